//! `ombuds data`: files of others made ready for training.

mod import;

use clap::{Args, Subcommand};

use super::Outcome;

/// Make labelled files of others ready for training
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Debug, Subcommand)]
enum DataCommand {
    Import(import::ImportArgs),
}

impl DataArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.command {
            DataCommand::Import(args) => args.run(),
        }
    }
}
