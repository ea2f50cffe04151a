//! Ombuds: self-hosted moderation of reader comments.

pub mod comment;

pub mod text;

pub mod features;

pub mod linear;

pub mod relation;

pub mod evidence;

pub mod verdict;

pub mod policy;

pub mod phrases;

pub mod model;

pub mod explain;

pub mod moderate;

pub mod metrics;

pub mod train;

pub mod robustness;

pub mod data;

pub mod page;

pub mod report;

#[cfg(feature = "serve")]
pub mod store;

#[cfg(feature = "serve")]
pub mod serve;

pub mod cli;
