//! `limpid inspect`: one document, every change.

use std::io::{self, Write};

use anyhow::bail;
use clap::Args;
use limpid::corpus::inputs::find;
use limpid::pipeline::inspect::{Inspection, inspect};
use limpid::report::terminal;

use super::common::{ColorArg, LexiconArgs, Outcome, ReadArgs};

/// Show what would be done to one document, and why; writes nothing
///
/// Removed text is struck (or in [-…-]), new text is marked (or in {+…+}), and every edit is listed with its rule and
/// confidence. What only a whole corpus tells, such as lines that recur on a site, is not known here.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  limpid inspect seeds/002_29bf571dcb90a8f4.txt
  limpid inspect corpus.jsonl --first 3 --edits")]
pub(crate) struct InspectArgs {
    /// File to look at, or - for standard input
    #[arg(value_name = "FILE")]
    file: String,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    lexicons: LexiconArgs,
    /// Look at the first N documents of the file
    #[arg(long, value_name = "N", default_value_t = 1)]
    first: usize,
    /// Only list the edits
    #[arg(long)]
    edits: bool,
    /// Print rows as in the run folder
    #[arg(long, conflicts_with = "edits")]
    json: bool,
    /// When to colour
    #[arg(long, value_enum, default_value_t)]
    color: ColorArg,
}

impl InspectArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let mut config = self.read.config()?;
        self.lexicons.apply(&mut config);
        let found = find(std::slice::from_ref(&self.file), None, config.input.format)?;
        let [input] = found.inputs.as_slice() else {
            bail!(
                "{}: inspect looks at one file, and this is a folder of {}",
                self.file,
                found.inputs.len()
            );
        };
        let mut out = io::BufWriter::new(io::stdout().lock());
        let mut outcome = Outcome::Done;
        for result in inspect(&config, input, self.first)? {
            match result {
                Ok(inspection) => self.show(&mut out, &inspection)?,
                Err(reject) => {
                    eprintln!(
                        "rejected: {}: {}: {}",
                        reject.path, reject.reason, reject.detail
                    );
                    outcome = Outcome::Rejects;
                }
            }
        }
        out.flush()?;
        Ok(outcome)
    }

    fn show(&self, out: &mut impl Write, inspection: &Inspection) -> anyhow::Result<()> {
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&inspection.row)?)?;
            for edit in &inspection.edits {
                writeln!(out, "{}", serde_json::to_string(edit)?)?;
            }
            return Ok(());
        }
        let style = terminal::Style {
            color: self.color.on(),
        };
        terminal::head(out, &inspection.row, style)?;
        if !self.edits {
            terminal::marked(out, &inspection.source()?, &inspection.edits, style)?;
        }
        terminal::edits(out, &inspection.edits, style)?;
        Ok(())
    }
}
