//! What several commands share: settings from file and flags, sizes, how a run is told.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use limpid::corpus::Format;
use limpid::corpus::format::csv::Delimiter;
use limpid::corpus::index::IndexError;
use limpid::corpus::inputs::InputError;
use limpid::decode::Html;
use limpid::edit::StageName;
use limpid::pipeline::RunError;
use limpid::pipeline::config::{Config, ConfigError};
use limpid::pipeline::learning::LearnError;
use limpid::pipeline::manifest::Manifest;
use limpid::pipeline::restore::RestoreError;
use limpid::stage::SetupError;

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is well.
    Done,
    /// Done, but some documents could not be read.
    Rejects,
}

/// Which stages, by their names on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum StageArg {
    /// Charset, mojibake, Unicode, entities
    Decode,
    /// Lines and blocks that are not the document
    Strip,
    /// Spun text back to what was meant
    Repair,
    /// Near-duplicate documents and passages
    Dedup,
}

impl From<StageArg> for StageName {
    fn from(arg: StageArg) -> Self {
        match arg {
            StageArg::Decode => Self::Decode,
            StageArg::Strip => Self::Strip,
            StageArg::Repair => Self::Repair,
            StageArg::Dedup => Self::Dedup,
        }
    }
}

/// How documents stand in files.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FormatArg {
    /// One document a file
    Text,
    /// One JSON object a line
    Jsonl,
    /// Fields parted by commas, under a header
    Csv,
    /// Fields parted by tabs, under a header
    Tsv,
    /// Rows of a Parquet file
    Parquet,
    /// Rows of an Arrow IPC file or stream (Feather)
    Arrow,
    /// Records of a web archive: WARC, and WET, which is what is written
    Warc,
}

impl From<FormatArg> for Format {
    fn from(arg: FormatArg) -> Self {
        match arg {
            FormatArg::Text => Self::Text,
            FormatArg::Jsonl => Self::Jsonl,
            FormatArg::Csv => Self::Csv,
            FormatArg::Tsv => Self::Tsv,
            FormatArg::Parquet => Self::Parquet,
            FormatArg::Arrow => Self::Arrow,
            FormatArg::Warc => Self::Warc,
        }
    }
}

/// Settings that say how inputs are read; shared by all commands that read any.
#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    /// Settings file; flags win over it
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    config: Option<PathBuf>,
    /// Read inputs as this format, whatever their names and first bytes say
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Input")]
    input_format: Option<FormatArg>,
    /// Field or column of a record that holds the text [default: text]
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    text_field: Option<String>,
    /// Field or column of a record that names it [default: id]
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    id_field: Option<String>,
    /// What parts the fields of CSV and TSV, such as ';' [default: told by name and header]
    #[arg(long, value_name = "CHAR", help_heading = "Input")]
    delimiter: Option<Delimiter>,
    /// Read texts as pages of HTML: those that begin like one or are called .html, all, or none [default: auto]
    #[arg(long, value_enum, value_name = "WHEN", help_heading = "Input")]
    html: Option<HtmlArg>,
    /// Reject documents larger than this [default: 256MiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = "Input")]
    max_document: Option<u64>,
    /// Reject packed files that unpack to more than this many times their size, beyond 64 MiB [default: 1000]
    #[arg(long, value_name = "N", help_heading = "Input")]
    max_ratio: Option<u64>,
    /// Reject documents that take longer than this [default: no limit]
    #[arg(long, value_name = "SECONDS", help_heading = "Input")]
    max_seconds: Option<u64>,
}

impl ReadArgs {
    /// The settings file that is named, where one is.
    pub(crate) fn file(&self) -> Option<&std::path::Path> {
        self.config.as_deref()
    }

    /// The settings file (or the defaults) with these flags over it.
    pub(crate) fn config(&self) -> anyhow::Result<Config> {
        let mut config = match &self.config {
            Some(path) => Config::load(path)?,
            None => Config::default(),
        };
        let input = &mut config.input;
        set(&mut input.format, self.input_format.map(|f| Some(f.into())));
        set(&mut input.text_field, self.text_field.clone());
        set(&mut input.id_field, self.id_field.clone());
        set(&mut input.delimiter, self.delimiter.map(Some));
        set(&mut input.max_document, self.max_document);
        set(&mut input.max_ratio, self.max_ratio);
        set(&mut input.max_seconds, self.max_seconds);
        set(&mut config.decode.html, self.html.map(Into::into));
        Ok(config)
    }
}

/// What is read.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Files, folders, globs (in quotes), - for standard input, or addresses (s3://, gs://, az://, https://); packed files and archives are
    /// unpacked
    #[arg(required_unless_present = "files_from", value_name = "INPUT")]
    inputs: Vec<String>,
    /// Read what this file names too, one a line
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    files_from: Option<PathBuf>,
}

impl InputArgs {
    /// All that is named.
    pub(crate) fn all(self) -> anyhow::Result<Vec<String>> {
        let mut inputs = self.inputs;
        if let Some(list) = &self.files_from {
            let text = std::fs::read_to_string(list)
                .with_context(|| format!("{}: cannot be read", list.display()))?;
            let lines = text.lines().map(str::trim_end);
            inputs.extend(lines.filter(|l| !l.is_empty()).map(str::to_owned));
        }
        Ok(inputs)
    }
}

/// Lexicons and language model of the user; shared by the commands that repair.
#[derive(Debug, Args)]
pub(crate) struct LexiconArgs {
    /// Lexicon of a spinner, as `limpid learn-spin` writes it, to use beside the embedded ones; may be given again
    #[arg(long = "lexicon", value_name = "FILE", help_heading = "Stages")]
    lexicons: Option<Vec<PathBuf>>,
    /// Language model (GGUF, such as SmolLM2-135M) to ask about doubtful repairs; slow, and needs a limpid built with `--features neural`
    #[arg(long, value_name = "FILE", help_heading = "Stages")]
    lm: Option<PathBuf>,
}

impl LexiconArgs {
    /// Takes these flags over into `config`.
    pub(crate) fn apply(&self, config: &mut Config) {
        set(&mut config.repair.lexicons, self.lexicons.clone());
        set(&mut config.repair.lm, self.lm.clone().map(Some));
    }
}

/// Which texts are pages of HTML.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum HtmlArg {
    /// Texts that begin like a page, and files called .html, .htm or .xhtml
    Auto,
    /// All
    Always,
    /// None: markup is text
    Never,
}

impl From<HtmlArg> for Html {
    fn from(arg: HtmlArg) -> Self {
        match arg {
            HtmlArg::Auto => Self::Auto,
            HtmlArg::Always => Self::Always,
            HtmlArg::Never => Self::Never,
        }
    }
}

/// Replaces a setting by a flag's value, where the flag was given.
pub(crate) fn set<T>(slot: &mut T, flag: Option<T>) {
    if let Some(value) = flag {
        *slot = value;
    }
}

/// Bytes, as `512`, `64KB`, `2GiB`.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => {
            return Err(format!(
                "{unit:?} is no unit; use KB, MB, GB, KiB, MiB or GiB"
            ));
        }
    };
    let number: f64 = digits
        .trim()
        .parse()
        .map_err(|_| "not a size such as 512MiB".to_owned())?;
    let bytes = number * factor as f64;
    if bytes.is_finite() && bytes >= 1.0 && bytes < u64::MAX as f64 {
        Ok(bytes as u64)
    } else {
        Err("must be at least one byte".to_owned())
    }
}

/// The `help:` line of an error of the library, wherever in the chain it stands.
pub(crate) fn help_of(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|e| {
        e.downcast_ref::<RunError>()
            .and_then(RunError::help)
            .or_else(|| e.downcast_ref::<InputError>().and_then(InputError::help))
            .or_else(|| e.downcast_ref::<IndexError>().and_then(IndexError::help))
            .or_else(|| e.downcast_ref::<ConfigError>().and_then(ConfigError::help))
            .or_else(|| e.downcast_ref::<LearnError>().and_then(LearnError::help))
            .or_else(|| e.downcast_ref::<SetupError>().and_then(SetupError::help))
            .or_else(|| {
                e.downcast_ref::<RestoreError>()
                    .and_then(RestoreError::help)
            })
    })
}

/// Tells the end of a run on standard error, or as JSON on standard output.
pub(crate) fn tell_run(
    manifest: &Manifest,
    out: &std::path::Path,
    json: bool,
    quiet: bool,
) -> anyhow::Result<Outcome> {
    let c = &manifest.counts;
    if json {
        println!("{}", serde_json::to_string(manifest)?);
    }
    if !quiet {
        let told = |n: u64, what: &str| match n {
            0 => String::new(),
            n => format!(", {} {what}", grouped(n)),
        };
        let dropped = told(c.filtered, "dropped by filters")
            + &told(c.dropped - c.filtered, "dropped as duplicates");
        eprintln!(
            "{} documents in, {} out, {} rejected{dropped}",
            grouped(c.documents_in),
            grouped(c.documents_out),
            grouped(c.rejects)
        );
        for (reason, n) in &c.reject_reasons {
            eprintln!("  rejected: {reason} {}", grouped(*n));
        }
        eprintln!(
            "{} words in, {} out",
            grouped(c.words_in),
            grouped(c.words_out)
        );
        for stage in &manifest.config.stages {
            let sum = |counts: &std::collections::BTreeMap<String, u64>| -> u64 {
                counts
                    .iter()
                    .filter(|(k, _)| k.split('/').next() == Some(stage.as_str()))
                    .map(|(_, n)| n)
                    .sum()
            };
            match stage {
                StageName::Dedup => {
                    eprintln!(
                        "  dedup: {} document pairs, {} template pairs, {} contained, {} spun copies, {} passage pairs",
                        grouped(c.duplicate_documents),
                        grouped(c.duplicate_templates),
                        grouped(c.duplicate_contained),
                        grouped(c.duplicate_spun),
                        grouped(c.duplicate_passages)
                    );
                    for line in manifest.config.dedup.banding().to_string().lines() {
                        eprintln!("    {line}");
                    }
                }
                _ => eprintln!(
                    "  {stage}: {} edits, {} suggestions{}",
                    grouped(sum(&c.edits)),
                    grouped(sum(&c.suggestions)),
                    if *stage == StageName::Repair {
                        format!(", {} spun documents", grouped(c.spun))
                    } else {
                        String::new()
                    }
                ),
            }
        }
        if manifest.config.index.is_some() {
            eprintln!(
                "  index: compared with {} earlier documents, {} added",
                grouped(c.comparison.earlier),
                grouped(c.index_added)
            );
        }
        for (rule, count) in &c.filters {
            let lines = match count.lines {
                0 => String::new(),
                n => format!("{} lines in ", grouped(n)),
            };
            eprintln!(
                "  filter {rule}: {lines}{} documents",
                grouped(count.documents)
            );
        }
        let mb = c.bytes_in as f64 / 1e6;
        eprintln!(
            "{:.1} MB in {:.2} s ({:.1} MB/s); the record of every change is in {}",
            mb,
            manifest.run.seconds,
            mb / manifest.run.seconds.max(1e-9),
            out.join("_limpid").display()
        );
    }
    Ok(if c.rejects > 0 {
        Outcome::Rejects
    } else {
        Outcome::Done
    })
}

/// A number with separators between thousands.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum ColorArg {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorArg {
    /// Whether standard output gets colours.
    pub(crate) fn on(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                std::io::stdout().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        assert_eq!(parse_size("2GiB"), Ok(2 << 30));
        assert_eq!(parse_size("1.5kb"), Ok(1500));
        assert_eq!(parse_size("7"), Ok(7));
        assert!(parse_size("7 apples").is_err());
        assert!(parse_size("GiB").is_err());
        assert!(parse_size("0").is_err());
    }

    #[test]
    fn thousands_are_parted() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1234), "1,234");
        assert_eq!(grouped(123_456_789), "123,456,789");
    }
}
