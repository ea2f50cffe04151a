//! Commands of the server in a build without it.

use anyhow::bail;
use clap::Args;

use super::Outcome;

#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct AbsentArgs {
    /// Whatever the command would have been told
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _ignored: Vec<String>,
}

impl AbsentArgs {
    #[expect(clippy::unused_self)] // the shape of all subcommands
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        bail!(
            "this build has no server; make one that has with: cargo build --release --features serve"
        )
    }
}
