//! `limpid config`: the effective settings.

use clap::Args;
use limpid::strip;

use super::common::{Outcome, ReadArgs};

/// Print the effective settings as a limpid.toml
#[derive(Debug, Args)]
#[command(after_help = "Example:
  limpid config > limpid.toml")]
pub(crate) struct ConfigArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// List the strip rules instead, with what they remove
    #[arg(long)]
    rules: bool,
}

impl ConfigArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        if self.rules {
            for rule in strip::rules() {
                println!("{:24} {}", rule.name, rule.about);
            }
        } else {
            print!("{}", toml::to_string(&self.read.config()?)?);
        }
        Ok(Outcome::Done)
    }
}
