//! Integration tests: the program as its users run it, and the laws that hold the core together, on
//! the library's public face.

/// Bad input of every kind, through all that reads it.
mod bad_input;
mod corpora;
mod evaluate;
mod explain;
/// `ombuds flag`: files in, files out, exit statuses and messages.
mod flag;
#[cfg(feature = "default-model")]
mod golden;
mod import;
mod laws;
mod made_up;
/// `ombuds completions` and `ombuds man`.
mod manual;
mod model_file;
mod newsroom;
mod oracle_logistic;
/// `ombuds page`: saved pages, and those given to `flag`.
mod page;
mod recipe;
/// `ombuds evaluate --robustness` on the model built in.
#[cfg(feature = "default-model")]
mod robustness;
/// `ombuds serve`, on the model built in.
#[cfg(all(feature = "serve", feature = "default-model"))]
mod serve;
/// Labels and keys that outlive the program: `ombuds store`, `ombuds key`, and a server that is killed.
#[cfg(feature = "serve")]
mod store;
mod training;
