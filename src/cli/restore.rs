//! `limpid restore`: the original bytes.

use std::path::PathBuf;

use clap::Args;
use limpid::pipeline::restore::restore;

use super::common::{Outcome, grouped};

/// Give back the original bytes of every document of a run
///
/// Each document is checked against the SHA-256 taken when it was read. Packed files are packed anew.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  limpid restore cleaned --out original && diff -r seeds original")]
pub(crate) struct RestoreArgs {
    /// Folder of a finished run
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// New or empty folder for the originals
    #[arg(long, short, value_name = "DIR2")]
    out: PathBuf,
    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

impl RestoreArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let n = restore(&self.dir, &self.out)?;
        if !self.quiet {
            eprintln!(
                "{} documents restored to {}",
                grouped(n),
                self.out.display()
            );
        }
        Ok(Outcome::Done)
    }
}
