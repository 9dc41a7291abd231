//! `limpid attributes`: what a run found, for Dolma's mixer.

use std::path::PathBuf;

use clap::Args;
use limpid::pipeline::attributes::write_dolma;

use super::common::{Outcome, grouped};

/// Write what a run found as attribute files for Dolma's mixer
///
/// One line for each document, with the stretches of its original text that limpid would change or that stand elsewhere too. The
/// documents themselves stay as they are: what is done about them, the mixer's settings say.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  limpid clean documents --out cleaned
  limpid attributes cleaned --out attributes/limpid")]
pub(crate) struct AttributesArgs {
    /// Folder of a finished run
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Folder for the attributes, such as attributes/limpid beside Dolma's documents
    #[arg(long, short, value_name = "DIR2")]
    out: PathBuf,
    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

impl AttributesArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let n = write_dolma(&self.dir, &self.out)?;
        if !self.quiet {
            eprintln!(
                "attributes of {} documents in {}",
                grouped(n),
                self.out.display()
            );
        }
        Ok(Outcome::Done)
    }
}
