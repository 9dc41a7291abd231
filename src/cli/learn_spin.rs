//! `limpid learn-spin`: a lexicon from texts that were spun, each with its original.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, ValueEnum};
use limpid::pipeline::config::Config;
use limpid::pipeline::learning::{LearnJob, LearnReport, learn};
use limpid::repair::Family;

use super::Cli;
use super::common::{Outcome, grouped};

/// Learn what a spinner puts for what, from spun texts and their originals
///
/// Aligns each spun text with its original, counts which phrases stand for which, and writes those that are worth it as
/// a lexicon: one row a phrase, to be looked at and changed at will. `limpid clean --lexicon FILE` repairs with it.
/// A FILE that is there already is added to, so give each pair once. Rows with prior 0 wait until more of their kind
/// are learned. Spun and original may also be folders with files of the same names, or JSONL files in the same order.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  limpid learn-spin spun1.txt original1.txt spun2.txt original2.txt --out myspinner.tsv
  limpid learn-spin spun/ originals/ --out myspinner.tsv
  limpid learn-spin --pairs pairs.jsonl.gz --spun-field other --out myspinner.tsv
  limpid clean crawl --out cleaned --lexicon myspinner.tsv")]
pub(crate) struct LearnSpinArgs {
    /// A spun text and its original, as often as you like: files or folders; .gz and .zst are unpacked
    #[arg(value_names = ["SPUN", "ORIGINAL"])]
    files: Vec<String>,
    /// JSONL file of which each record holds a spun text and its original; may be given again
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pairs: Vec<String>,
    /// Field of a record that holds the spun text
    #[arg(
        long,
        value_name = "NAME",
        default_value = "spun",
        help_heading = "Input"
    )]
    spun_field: String,
    /// Field of a record that holds the original
    #[arg(
        long,
        value_name = "NAME",
        default_value = "original",
        help_heading = "Input"
    )]
    original_field: String,
    /// The lexicon: a new file, or one that is to be added to
    #[arg(long, short, value_name = "FILE.tsv")]
    out: PathBuf,
    /// Mark new rows as of this family, to be trusted as its embedded lexicon is [default: trusted in any spun text]
    #[arg(long, value_enum)]
    family: Option<FamilyArg>,
    /// Print the summary as one JSON object on standard output
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Say nothing but errors
    #[arg(long, short, help_heading = "Output")]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FamilyArg {
    /// Pivot-translation tables: "used to be", "the usage of"
    W,
    /// Article spinners of the 2010s: "keeping in mind the end goal to"
    A,
    /// Later paraphrasers: "some time recently"
    B,
}

impl LearnSpinArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        self.check()?;
        let job = LearnJob {
            files: self
                .files
                .chunks_exact(2)
                .map(|pair| (pair[0].clone(), pair[1].clone()))
                .collect(),
            records: self.pairs.clone(),
            fields: (self.spun_field.clone(), self.original_field.clone()),
            out: self.out.clone(),
            family: self.family.map(|f| match f {
                FamilyArg::W => Family::W,
                FamilyArg::A => Family::A,
                FamilyArg::B => Family::B,
            }),
            config: Config::default(),
        };
        let report = learn(&job)?;
        for reject in &report.rejects {
            eprintln!(
                "rejected: {}: {}: {}",
                reject.path, reject.reason, reject.detail
            );
        }
        if self.json {
            println!("{}", serde_json::to_string(&report)?);
        } else if !self.quiet {
            self.tell(&report);
        }
        Ok(if report.rejects.is_empty() {
            Outcome::Done
        } else {
            Outcome::Rejects
        })
    }

    /// What clap cannot see: that texts come in twos, and that there are any.
    fn check(&self) -> Result<(), clap::Error> {
        let complain = |kind, text: &str| Err(Cli::command().error(kind, text));
        if self.files.len() % 2 == 1 {
            return complain(
                ErrorKind::WrongNumberOfValues,
                &format!(
                    "{} texts were given: every SPUN needs its ORIGINAL behind it",
                    self.files.len()
                ),
            );
        }
        if self.files.is_empty() && self.pairs.is_empty() {
            return complain(
                ErrorKind::MissingRequiredArgument,
                "nothing to learn from: give SPUN and ORIGINAL, or --pairs FILE",
            );
        }
        Ok(())
    }

    fn tell(&self, report: &LearnReport) {
        let s = &report.summary;
        eprintln!(
            "{} pairs read, {} unlike, {} rejected",
            grouped(s.pairs),
            grouped(s.unlike),
            grouped(report.rejects.len() as u64)
        );
        eprintln!(
            "{} spun sentences, {} with their original; {} spans differ",
            grouped(s.sentences),
            grouped(s.aligned),
            grouped(s.spans)
        );
        for (why, n) in &s.spans_left_out {
            eprintln!("  spans left out: {why} {}", grouped(*n));
        }
        for (why, n) in &s.left_out {
            eprintln!("  phrases left out: {why} {}", grouped(*n));
        }
        eprintln!(
            "{} entries in use, {} of them new, {} wait for more of their kind, in {}",
            grouped(s.entries),
            grouped(s.new),
            grouped(s.waiting),
            self.out.display()
        );
    }
}
