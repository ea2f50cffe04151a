//! `ombuds serve` in a build without the server.

use anyhow::bail;
use clap::Args;

use super::Outcome;

/// Answer over HTTP, in place of the Perspective API (not in this build)
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct ServeArgs {
    /// Whatever the server would have been told
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _ignored: Vec<String>,
}

impl ServeArgs {
    #[expect(clippy::unused_self)] // the shape of all subcommands
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        bail!(
            "this build has no server; make one that has with: cargo build --release --features serve"
        )
    }
}
