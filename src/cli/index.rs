//! `limpid index`: look after an index of earlier runs.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use limpid::corpus::index::{Index, Report};
use serde_json::json;

use super::common::{Outcome, grouped};

/// Look after an index of earlier runs
///
/// `limpid dedup INPUT... --out DIR --index INDEX` compares new documents with those of earlier runs and adds them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  limpid dedup monday.jsonl --out monday --index seen
  limpid dedup tuesday.jsonl --out tuesday --index seen
  limpid index info seen
  limpid index merge seen")]
pub(crate) struct IndexArgs {
    #[command(subcommand)]
    command: IndexCommand,
}

#[derive(Debug, Subcommand)]
enum IndexCommand {
    /// Say what the index holds and what its documents were compared by
    Info {
        /// Folder of the index
        dir: PathBuf,
        /// Print it as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Make one segment of all: later runs then have fewer files to read, and documents that were left out are gone
    Merge {
        /// Folder of the index
        dir: PathBuf,
    },
    /// Read every byte and say what is damaged or missing, and which inputs to index again
    ///
    /// Exits with 1 where something is damaged. What an interrupted run left behind is told too, and is no damage: nothing of that run
    /// is in the index, and the next run clears it.
    Verify {
        /// Folder of the index
        dir: PathBuf,
        /// Take damaged segments out of the index
        #[arg(long)]
        drop_damaged: bool,
    },
}

impl IndexArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self.command {
            IndexCommand::Info { dir, json } => info(&dir, json),
            IndexCommand::Merge { dir } => merge(&dir),
            IndexCommand::Verify { dir, drop_damaged } => verify(&dir, drop_damaged),
        }
    }
}

fn info(dir: &Path, as_json: bool) -> anyhow::Result<Outcome> {
    let index = Index::open(dir)?;
    let mut out = std::io::stdout().lock();
    let segments = index.segments();
    let documents: u64 = segments.iter().map(|s| s.documents()).sum();
    let bytes: u64 = segments.iter().map(|s| s.bytes()).sum();
    if as_json {
        let each: Vec<_> = segments
            .iter()
            .map(|s| {
                json!({
                    "name": s.name(),
                    "documents": s.documents(),
                    "left_out": u64::from(s.entries()) - s.documents(),
                    "bytes": s.bytes(),
                    "inputs": s.inputs(),
                })
            })
            .collect();
        let all = json!({
            "documents": documents,
            "bytes": bytes,
            "settings": index.shape(),
            "segments": each,
        });
        writeln!(out, "{all}")?;
        return Ok(Outcome::Done);
    }
    writeln!(
        out,
        "{} documents in {} segments, {:.1} MB",
        grouped(documents),
        segments.len(),
        bytes as f64 / 1e6
    )?;
    for (name, value) in index.shape() {
        writeln!(out, "  {name} = {value}")?;
    }
    for segment in segments {
        let left_out = u64::from(segment.entries()) - segment.documents();
        let left_out = match left_out {
            0 => String::new(),
            n => format!(", {} left out", grouped(n)),
        };
        writeln!(
            out,
            "{}: {} documents{left_out}, {:.1} MB, from {}",
            segment.name(),
            grouped(segment.documents()),
            segment.bytes() as f64 / 1e6,
            segment.inputs().join(", ")
        )?;
    }
    for leftover in index.leftovers()? {
        writeln!(
            out,
            "{}: of a run that was interrupted, or is at work, over {}; not part of the index",
            leftover.folder,
            leftover.inputs.join(", ")
        )?;
    }
    Ok(Outcome::Done)
}

fn merge(dir: &Path) -> anyhow::Result<Outcome> {
    let shape = Index::open(dir)?.shape().clone();
    let mut index = Index::for_adding(dir, &shape)?;
    let before = index.merge()?;
    let documents: u64 = index.segments().iter().map(|s| s.documents()).sum();
    eprintln!(
        "{} documents: {before} segments before, {} now",
        grouped(documents),
        index.segments().len()
    );
    Ok(Outcome::Done)
}

fn verify(dir: &Path, drop_damaged: bool) -> anyhow::Result<Outcome> {
    let mut out = std::io::stdout().lock();
    let report: Report = if drop_damaged {
        Index::drop_damaged(dir)?
    } else {
        Index::verify(dir)?
    };
    writeln!(
        out,
        "{} segments whole, {} documents; {} damaged",
        report.whole,
        grouped(report.documents),
        report.damage.len()
    )?;
    for damage in &report.damage {
        writeln!(out, "{}: {}", damage.segment, damage.problem)?;
        writeln!(out, "  index again: {}", damage.inputs.join(" "))?;
    }
    for leftover in &report.leftovers {
        writeln!(
            out,
            "{}: of a run that was interrupted, or is at work; not part of the index",
            leftover.folder
        )?;
        if leftover.inputs.is_empty() {
            writeln!(out, "  it had only begun: nothing was written yet")?;
        } else {
            writeln!(out, "  run again: {}", leftover.inputs.join(" "))?;
        }
    }
    if report.damage.is_empty() {
        return Ok(Outcome::Done);
    }
    if drop_damaged {
        eprintln!("the damaged segments are out of the index");
        return Ok(Outcome::Done);
    }
    anyhow::bail!(
        "{} of {} segments are damaged; take them out with --drop-damaged, then index their inputs again",
        report.damage.len(),
        report.damage.len() + report.whole
    )
}
