//! Ombuds: self-hosted moderation of reader comments.

pub mod comment;
pub mod text;
pub mod features;
pub mod linear;
pub mod metrics;
pub mod data;
