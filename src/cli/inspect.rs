//! `limpid inspect`: one document, every change.

use std::io::{self, Write};

use anyhow::{Context, bail};
use clap::Args;
use limpid::corpus::inputs::Input;
use limpid::corpus::inputs::find;
use limpid::edit::{ByteSpan, Offsets};
use limpid::pipeline::config::Config;
use limpid::pipeline::inspect::{Inspection, inspect};
use limpid::pipeline::pair::{self, Pair};
use limpid::report::{side_by_side, terminal};

use super::common::{ColorArg, LexiconArgs, Outcome, ReadArgs, set};

/// Show what would be done to one document, and why; writes nothing
///
/// Removed text is struck (or in [-…-]), new text is marked (or in {+…+}), and every edit is listed with its rule and
/// confidence. What only a whole corpus tells, such as lines that recur on a site, is not known here. With --pair it shows
/// two documents side by side instead, and whether they are duplicates.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  limpid inspect seeds/002_29bf571dcb90a8f4.txt
  limpid inspect corpus.jsonl --first 3 --edits
  limpid inspect --pair a.txt b.txt
  limpid inspect --pair corpus.jsonl:12 corpus.jsonl:40 --similarity 0.6")]
pub(crate) struct InspectArgs {
    /// File to look at, or - for standard input
    #[arg(value_name = "FILE", required_unless_present = "pair")]
    file: Option<String>,
    /// Compare two documents: files, or `FILE:N` for the Nth document of a file
    #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with_all = ["file", "edits", "first"])]
    pair: Option<Vec<String>>,
    /// With --pair, documents at least this alike are duplicates, 0 to 1 [default: 0.8]
    #[arg(long, value_name = "SHARE", requires = "pair")]
    similarity: Option<f32>,
    /// With --pair, characters in a line [default: $COLUMNS, or 100]
    #[arg(long, value_name = "N", requires = "pair")]
    width: Option<usize>,
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
        let mut out = io::BufWriter::new(io::stdout().lock());
        if let Some([a, b]) = self.pair.as_deref() {
            set(&mut config.dedup.similarity, self.similarity);
            let (a, b) = (document(a, &config)?, document(b, &config)?);
            let pair = pair::compare(&config, [(&a.0, a.1), (&b.0, b.1)])?;
            self.show_pair(&mut out, &pair)?;
            out.flush()?;
            return Ok(Outcome::Done);
        }
        let input = one_file(self.file.as_deref().unwrap_or("-"), &config)?;
        let mut outcome = Outcome::Done;
        for result in inspect(&config, &input, self.first)? {
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

    fn show_pair(&self, out: &mut impl Write, pair: &Pair) -> anyhow::Result<()> {
        let offsets = pair.texts.each_ref().map(|text| Offsets::new(text));
        let chars = |side: usize, span: ByteSpan| {
            let span = offsets[side].char_span(span);
            (span.start, span.end)
        };
        if self.json {
            let matches: Vec<serde_json::Value> = pair
                .matches
                .iter()
                .map(|m| {
                    let (a, b) = (chars(0, m.a), chars(1, m.b));
                    serde_json::json!({
                        "kind": m.kind,
                        "a": {"id": pair.ids[0], "start": a.0, "end": a.1},
                        "b": {"id": pair.ids[1], "start": b.0, "end": b.1},
                        "similarity": m.similarity,
                        "measure": m.measure,
                        "quoted": m.quoted,
                    })
                })
                .collect();
            let row = serde_json::json!({
                "matches": matches,
                "jaccard": pair.jaccard,
                "containment": pair.containment,
                "facts": pair.facts,
            });
            writeln!(out, "{row}")?;
            return Ok(());
        }
        let [a, b] = &pair.ids;
        writeln!(out, "{a} and {b}")?;
        for m in &pair.matches {
            let ((s, e), (t, f)) = (chars(0, m.a), chars(1, m.b));
            writeln!(
                out,
                "  {}: {} {:.3}, characters {s} to {e} and {t} to {f}{}",
                m.kind.as_str(),
                m.measure,
                m.similarity,
                if m.quoted { ", quoted" } else { "" }
            )?;
        }
        if pair.matches.is_empty() {
            writeln!(out, "  no match")?;
        }
        let facts = &pair.facts;
        writeln!(
            out,
            "  jaccard {:.3}, containment {:.3}; changed of numbers and dates {} of {}, of names {} of {}, of other words {} of {}{}\n",
            pair.jaccard,
            pair.containment,
            facts.numbers_changed,
            facts.numbers_changed + facts.numbers_kept,
            facts.names_changed,
            facts.names_changed + facts.names_kept,
            facts.words_changed,
            facts.words_changed + facts.words_kept,
            if facts.contrary {
                "; nearly the same words say something else"
            } else {
                ""
            },
        )?;
        let columns = || std::env::var("COLUMNS").ok()?.parse().ok();
        let width = self.width.or_else(columns).unwrap_or(100);
        let style = terminal::Style {
            color: self.color.on(),
        };
        side_by_side(out, pair, width, style)?;
        Ok(())
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

/// The one file that `name` stands for.
fn one_file(name: &str, config: &Config) -> anyhow::Result<Input> {
    let mut found = find(&[name.to_owned()], None, config.input.format)?;
    match found.inputs.pop() {
        Some(input) if found.inputs.is_empty() => Ok(input),
        Some(_) => bail!(
            "{name}: inspect looks at one file, and this is a folder of {}",
            found.inputs.len() + 1
        ),
        None => bail!("{name}: inspect looks at one file, and this is an empty folder"),
    }
}

/// The file and the number of the document that `name` stands for: `FILE`, or `FILE:N` where no file has that name.
fn document(name: &str, config: &Config) -> anyhow::Result<(Input, usize)> {
    if !std::path::Path::new(name).exists()
        && let Some((file, number)) = name.rsplit_once(':')
        && std::path::Path::new(file).exists()
    {
        let number: usize =
            number.parse().ok().filter(|&n| n > 0).with_context(|| {
                format!("{name}: {number:?} is no number of a document, from 1")
            })?;
        return Ok((one_file(file, config)?, number));
    }
    Ok((one_file(name, config)?, 1))
}
