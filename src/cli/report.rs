//! `limpid report`: the HTML page of a run, again.

use std::path::PathBuf;

use clap::Args;
use limpid::report;

use super::common::Outcome;

/// Write the HTML report of a finished run again
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Folder of a finished run
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

impl ReportArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let path = report::write(&self.dir)?;
        println!("{}", path.display());
        Ok(Outcome::Done)
    }
}
