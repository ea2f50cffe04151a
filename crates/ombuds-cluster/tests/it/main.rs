//! The program as its users run it: real processes on this machine, compared with the library bit by bit.

/// Processes and files.
mod bench;
/// Broken inputs and other models.
mod errors;
/// Evaluation and training: one machine and many.
mod figures;
/// The bulk job, resumed and killed.
mod flag;
/// Queries, here and on a cluster.
mod sql;
/// NATS JetStream, where there is a server.
mod stream;
