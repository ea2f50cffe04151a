//! Ombuds: self-hosted moderation of reader comments.

pub mod comment;
pub mod data;
