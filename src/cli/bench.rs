//! `limpid bench`: MB/s by stage on the user's own files.

use clap::Args;
use limpid::corpus::inputs::find;
use limpid::pipeline::bench::{Measured, bench};

use super::common::{LexiconArgs, Outcome, ReadArgs, parse_size};

/// Measure MB/s by stage on your own files
///
/// Reads the inputs into memory and runs each stage over them on one thread, several times; the best of the rounds
/// counts. MB are millions of bytes of original documents, so the stages' figures can be compared.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  limpid bench seeds")]
pub(crate) struct BenchArgs {
    /// Files, folders or globs
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<String>,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    lexicons: LexiconArgs,
    /// Read at most this much
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "64MiB")]
    most: u64,
    /// Seconds for each stage
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0)]
    seconds: f64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl BenchArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let mut config = self.read.config()?;
        self.lexicons.apply(&mut config);
        let found = find(&self.inputs, None, config.input.format)?;
        let measured = bench(&config, &found.inputs, self.most, self.seconds)?;
        if self.json {
            println!("{}", serde_json::to_string(&measured)?);
            return Ok(Outcome::Done);
        }
        let Measured {
            documents,
            bytes,
            stages,
            ..
        } = measured;
        println!(
            "{documents} documents, {:.2} MB, one thread",
            bytes as f64 / 1e6
        );
        println!("{:<10} {:>10} {:>8}", "step", "MB/s", "share");
        let total: f64 = stages.iter().map(|s| 1.0 / s.mb_per_second).sum();
        for s in &stages {
            println!(
                "{:<10} {:>10.1} {:>7.1}%",
                s.name,
                s.mb_per_second,
                100.0 / s.mb_per_second / total
            );
        }
        println!("{:<10} {:>10.1}", "all", 1.0 / total);
        Ok(Outcome::Done)
    }
}
