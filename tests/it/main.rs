//! Integration tests: the program as its users run it.

/// `ombuds flag`: files in, files out, exit statuses and messages.
mod flag;
//! The laws that hold the core together, on the library's public face and the program itself.

mod explain;
mod laws;
mod model_file;
mod newsroom;
mod oracle_logistic;
mod training;
