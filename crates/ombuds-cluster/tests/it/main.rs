//! The program as its users run it: real processes on this machine, compared with the library bit by bit.

/// Processes and files.
mod bench;
/// Broken inputs and other models.
mod errors;
/// Evaluation and training: one machine and many.
mod figures;
/// The bulk job, resumed and killed.
mod flag;
/// Kafka, as librdkafka mocks it.
#[cfg(feature = "kafka")]
mod kafka;
/// Executors in networks of their own, where this machine allows.
mod spaces;
/// Queries, here and on a cluster.
mod sql;
/// Buckets of S3, where there is a server.
mod stores;
/// NATS JetStream, where there is a server.
mod stream;
