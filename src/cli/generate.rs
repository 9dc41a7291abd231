//! `limpid completions` and `limpid man`.

use std::io::{self, Write};

use clap::{Args, CommandFactory};

use super::Cli;
use super::common::Outcome;

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:
  limpid completions bash > ~/.local/share/bash-completion/completions/limpid")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

impl CompletionsArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "limpid", &mut text);
        io::stdout().write_all(&text)?;
        Ok(Outcome::Done)
    }
}

/// Print the manual page
#[derive(Debug, Args)]
#[command(after_help = "Example:
  limpid man | man -l -")]
pub(crate) struct ManArgs;

impl ManArgs {
    pub(crate) fn run() -> anyhow::Result<Outcome> {
        let mut text = Vec::new();
        let mut command = Cli::command();
        command.build();
        clap_mangen::Man::new(command.clone()).render(&mut text)?;
        for sub in command.get_subcommands().filter(|s| s.get_name() != "help") {
            clap_mangen::Man::new(sub.clone()).render(&mut text)?;
        }
        io::stdout().write_all(&text)?;
        Ok(Outcome::Done)
    }
}
