//! `limpid dedup`: only stage 4.

use std::path::PathBuf;

use clap::Args;
use limpid::edit::StageName;

use super::clean::{DuplicateArgs, HowArgs, TellArgs};
use super::common::{InputArgs, Outcome, ReadArgs};

/// Flag near-duplicate documents and passages, and nothing else
///
/// As `limpid clean --stages dedup`: texts are only decoded to UTF-8.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  limpid dedup corpus.jsonl.zst --out flags
  limpid dedup tuesday.jsonl --out tuesday --index seen
  limpid dedup corpus --out unique --duplicates drop --similarity 0.7 --no-passages")]
pub(crate) struct DedupArgs {
    #[command(flatten)]
    inputs: InputArgs,
    /// Folder for the results: new, empty, or that of an earlier run, which is replaced
    #[arg(long, short, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    how: HowArgs,
    #[command(flatten)]
    duplicates: DuplicateArgs,
    #[command(flatten)]
    tell: TellArgs,
}

impl DedupArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let mut config = self.read.config()?;
        config.stages = vec![StageName::Dedup];
        self.duplicates.apply(&mut config);
        self.how.apply(&mut config);
        self.tell.run(self.inputs.all()?, self.out, config)
    }
}
