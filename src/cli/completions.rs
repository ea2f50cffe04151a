//! `ombuds completions`: subcommands and options for the shell's completion.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Outcome};

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ombuds completions bash > /usr/share/bash-completion/completions/ombuds
  ombuds completions zsh > /usr/share/zsh/site-functions/_ombuds
  ombuds completions fish > ~/.config/fish/completions/ombuds.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

impl CompletionsArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        // In memory first: the generator takes a reader that has gone away for a bug of its own.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "ombuds", &mut script);
        super::print(&String::from_utf8(script)?)?;
        Ok(Outcome::Done)
    }
}
