//! Ombuds past one machine: scores as SQL functions over Parquet, in one process (Apache DataFusion) or on a cluster
//! (Apache Ballista), and what follows from them: bulk flagging, evaluation, training, streams.
//!
//! The `ombuds` library makes every score; here are only the ways of comments to it. [`kernel`] knows Arrow arrays and
//! no engine, [`functions`] make SQL functions of it, [`engine`] runs queries here or on a cluster, and the rest are
//! jobs written as queries.

mod content;

pub mod kernel;

pub mod functions;

pub mod engine;

pub mod arguments;

pub mod flag;

pub mod evaluate;

pub mod train;

pub mod stream;

pub mod cli;
