//! The command line: one subcommand, one file; typed arguments → plan → run.
//!
//! Data goes to standard output or the file named, everything else to standard error. Exit status:
//! 0 done, 1 done but a gate failed, 2 could not.

#[cfg(not(feature = "serve"))]
mod absent;
mod completions;
mod data;
mod evaluate;
mod explain;
mod flag;
mod gate;
mod input;
#[cfg(feature = "serve")]
mod key;
mod labelled;
mod man;
mod mispairing;
mod model;
mod page;
mod progress;
mod robustness;
#[cfg(feature = "serve")]
mod serve;
mod spans;
#[cfg(feature = "serve")]
mod store;
mod stream;
mod train;
mod tune;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

/// How a run ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done: exit status 0.
    Done,
    /// Done, but a gate failed: exit status 1.
    GateFailed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => ExitCode::SUCCESS,
            Outcome::GateFailed => Self::from(1),
        }
    }
}

/// Self-hosted moderation of reader comments.
#[derive(Debug, Parser)]
#[command(name = "ombuds", version, about, max_term_width = 100)]
#[command(after_help = "Exit status: 0 done, 1 a gate failed, 2 could not.")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(train::TrainArgs),
    Evaluate(evaluate::EvaluateArgs),
    Tune(tune::TuneArgs),
    Flag(flag::FlagArgs),
    Explain(explain::ExplainArgs),
    Page(page::PageArgs),
    #[cfg(feature = "serve")]
    Serve(serve::ServeArgs),
    /// Answer over HTTP, in place of the Perspective API (not in this build)
    #[cfg(not(feature = "serve"))]
    Serve(absent::AbsentArgs),
    Model(model::ModelArgs),
    Data(data::DataArgs),
    #[cfg(feature = "serve")]
    Key(key::KeyArgs),
    /// Add, revoke and list the API keys that a server asks for (not in this build)
    #[cfg(not(feature = "serve"))]
    Key(absent::AbsentArgs),
    #[cfg(feature = "serve")]
    Store(store::StoreArgs),
    /// Export the labels that a server has kept for training (not in this build)
    #[cfg(not(feature = "serve"))]
    Store(absent::AbsentArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// Whatever stopped it, with its chain of causes.
    pub fn run(self) -> anyhow::Result<Outcome> {
        match self.command {
            Command::Train(args) => args.run(),
            Command::Evaluate(args) => args.run(),
            Command::Tune(args) => args.run(),
            Command::Flag(args) => args.run(),
            Command::Explain(args) => args.run(),
            Command::Page(args) => args.run(),
            Command::Serve(args) => args.run(),
            Command::Model(args) => args.run(),
            Command::Data(args) => args.run(),
            Command::Key(args) => args.run(),
            Command::Store(args) => args.run(),
            Command::Completions(args) => args.run(),
            Command::Man(args) => args.run(),
        }
    }
}

/// Says on standard error what the user should know about an input.
pub(crate) fn notices(notices: &[String]) {
    for notice in notices {
        anstream::eprintln!("note: {}", crate::report::escape(notice));
    }
}

/// Files by name, for messages.
pub(crate) fn list(files: &[std::path::PathBuf]) -> String {
    let names: Vec<String> = files
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    names.join(", ")
}

/// Writes to standard output; a reader that has gone away is an error that `main` takes as success.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let written = anstream::stdout().lock().write_all(text.as_bytes());
    written.context("standard output: cannot be written")
}

/// Bad rows told in full; the rest are counted.
pub(crate) const MAX_REPORTED: usize = 10;
