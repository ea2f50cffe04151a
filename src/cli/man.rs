//! `ombuds man`: a page of the manual for the program and for each subcommand.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};

use super::{Cli, Outcome};

/// Write the manual pages to a folder
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds man /usr/local/share/man/man1
  ombuds man . && man ./ombuds-flag.1")]
pub(crate) struct ManArgs {
    /// Folder to write to, made if need be; pages that are there are replaced
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl ManArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let written = std::fs::create_dir_all(&self.folder)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), &self.folder));
        written.with_context(|| format!("{}: cannot be written", self.folder.display()))?;
        Ok(Outcome::Done)
    }
}
