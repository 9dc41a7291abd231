//! `limpid clean`: the main job.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use limpid::corpus::compression::Compression;
use limpid::dedup::Policy;
use limpid::filter::Action;
use limpid::pipeline::config::Config;
use limpid::pipeline::{CleanJob, clean};
use limpid::repair::Mode;
use limpid::report::write_prometheus;

use super::common::{
    FormatArg, InputArgs, LexiconArgs, Outcome, ReadArgs, StageArg, parse_size, set, tell_run,
};
use super::{bar, log};

/// Clean documents: decode, strip, repair, and flag duplicates
///
/// Reads INPUT, cleans each document and writes the results to DIR under the names they had. What was done to each
/// document, and why, stands beside them in DIR/_limpid: documents, edits, duplicates, rejects, a manifest and a report.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  limpid clean seeds --out cleaned
  limpid clean a.txt b.jsonl.gz 'more/**/*.txt' --out cleaned
  zcat dump.jsonl.gz | limpid clean - --out cleaned
  limpid clean crawl.csv --out cleaned --text-field body --format jsonl --compression zstd --shard-size 256MiB
  limpid clean crawl --out cleaned --stages decode,strip --keep caption,byline
  limpid clean crawl --out cleaned --filter c4,gopher --filter-action drop
  limpid clean crawl --out cleaned --lexicon myspinner.tsv
  limpid clean crawl --out cleaned --duplicates keep-best --similarity 0.7")]
pub(crate) struct CleanArgs {
    #[command(flatten)]
    inputs: InputArgs,
    /// Folder for the results: new, empty, or that of an earlier run, which is replaced
    #[arg(long, short, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    settings: SettingArgs,
    #[command(flatten)]
    tell: TellArgs,
}

/// Every setting that a flag changes.
#[derive(Debug, Args)]
pub(crate) struct SettingArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    how: HowArgs,
    /// Stages to run [default: decode,strip,repair,dedup]
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "STAGES",
        help_heading = "Stages"
    )]
    stages: Option<Vec<StageArg>>,
    /// Strip rules that must not remove anything, such as caption,byline (`limpid config --rules` lists them)
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "RULES",
        help_heading = "Stages"
    )]
    keep: Option<Vec<String>>,
    /// What happens to garbled words: mend them, only say so, or leave them
    #[arg(long, value_enum, help_heading = "Stages")]
    repair: Option<RepairArg>,
    /// Mend only where the confidence is at least this, 0 to 1
    #[arg(long, value_name = "SHARE", help_heading = "Stages")]
    repair_confidence: Option<f32>,
    #[command(flatten)]
    lexicons: LexiconArgs,
    /// Published rules to judge the cleaned texts by, such as c4,gopher (`limpid config --filters` lists them)
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "PRESETS",
        help_heading = "Filters"
    )]
    filter: Option<Vec<String>>,
    /// What filters find: only flag it, or drop lines and documents [default: flag]
    #[arg(long, value_enum, value_name = "ACTION", help_heading = "Filters")]
    filter_action: Option<ActionArg>,
    #[command(flatten)]
    duplicates: DuplicateArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ActionArg {
    /// Texts stay, rows say what fired
    Flag,
    /// Lines are removed, documents set aside in _limpid/dropped
    Drop,
}

/// How a run works, whatever it does.
#[derive(Debug, Args)]
pub(crate) struct HowArgs {
    /// Memory the run may take [default: 2GiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = "Settings")]
    memory: Option<u64>,
    /// Write documents in this format [default: as they are read]
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Output")]
    format: Option<FormatArg>,
    /// Cut files of records into numbered ones of about this size, unpacked
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = "Output")]
    shard_size: Option<u64>,
    /// Pack files of documents so [default: as they are read]
    #[arg(long, value_enum, value_name = "KIND", help_heading = "Output")]
    compression: Option<CompressionArg>,
    /// Add columns for what was decided about each document to Parquet and Arrow
    #[arg(long, help_heading = "Output")]
    decisions: bool,
    /// Pack the .jsonl files of the run folder with Zstandard
    #[arg(long, help_heading = "Settings")]
    compress_rows: bool,
}

/// How the run is told.
#[derive(Debug, Args)]
pub(crate) struct TellArgs {
    /// Threads that work [default: one a core]
    #[arg(long, value_name = "N", help_heading = "Settings")]
    threads: Option<usize>,
    /// Print the summary as one JSON object on standard output
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Write the counts of the run for Prometheus' text file collector
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    metrics: Option<PathBuf>,
    /// Say nothing but errors
    #[arg(long, short, help_heading = "Output")]
    quiet: bool,
    /// Log what the run does on standard error; twice, each reject and checkpoint too
    #[arg(long, short, action = clap::ArgAction::Count, conflicts_with = "quiet", help_heading = "Output")]
    verbose: u8,
}

/// What counts as a duplicate and what becomes of it.
#[derive(Debug, Args)]
pub(crate) struct DuplicateArgs {
    /// Duplicates: only flag them, drop all but the first of each cluster, or keep the best of each
    #[arg(long, value_enum, value_name = "POLICY", help_heading = "Duplicates")]
    duplicates: Option<PolicyArg>,
    /// Documents at least this alike are duplicates, 0 to 1 [default: 0.8]
    #[arg(long, value_name = "SHARE", help_heading = "Duplicates")]
    similarity: Option<f32>,
    /// Bands, shingles and similarity of another tool: curator, fineweb, marin or olmo3; `limpid config --dedup-presets` lists them
    #[arg(long, value_name = "NAME", help_heading = "Duplicates")]
    dedup_preset: Option<String>,
    /// Do not look for passages that stand in two places
    #[arg(long, help_heading = "Duplicates")]
    no_passages: bool,
    /// Compare with the documents of earlier runs in this index too, and add these; made if there is none
    #[arg(long, value_name = "DIR", help_heading = "Duplicates")]
    index: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PolicyArg {
    /// Texts stay, rows say what repeats
    Flag,
    /// Only the anchor of each cluster stays
    Drop,
    /// Only the best of each cluster stays: longest clean text, fewest edits, earliest date
    KeepBest,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CompressionArg {
    /// Not at all
    None,
    /// gzip
    Gzip,
    /// Zstandard
    Zstd,
    /// bzip2
    Bzip2,
    /// xz
    Xz,
    /// LZ4 frames
    Lz4,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RepairArg {
    /// Mend what is sure, suggest the rest
    Apply,
    /// Suggest all, change nothing
    Suggest,
    /// Leave it
    Off,
}

impl HowArgs {
    /// Takes these flags over into `config`.
    pub(crate) fn apply(&self, config: &mut Config) {
        set(&mut config.memory, self.memory);
        let output = &mut config.output;
        output.compress_rows |= self.compress_rows;
        output.decisions |= self.decisions;
        set(&mut output.format, self.format.map(|f| Some(f.into())));
        set(&mut output.shard_size, self.shard_size.map(Some));
        set(
            &mut output.compression,
            self.compression.map(|c| {
                Some(match c {
                    CompressionArg::None => Compression::None,
                    CompressionArg::Gzip => Compression::Gzip,
                    CompressionArg::Zstd => Compression::Zstd,
                    CompressionArg::Bzip2 => Compression::Bzip2,
                    CompressionArg::Xz => Compression::Xz,
                    CompressionArg::Lz4 => Compression::Lz4,
                })
            }),
        );
    }
}

impl TellArgs {
    /// Runs the job and tells how it went.
    pub(crate) fn run(
        &self,
        inputs: Vec<String>,
        out: PathBuf,
        config: Config,
    ) -> anyhow::Result<Outcome> {
        on_interrupt()?;
        log::to_stderr(self.verbose);
        use_small_pages(config.memory);
        let job = CleanJob {
            inputs,
            out,
            config,
            threads: self.threads.unwrap_or(0),
        };
        let manifest = clean(&job, &bar::progress(self.quiet || self.json))?;
        if let Some(path) = &self.metrics {
            write_prometheus(&manifest, path)
                .with_context(|| format!("{}: cannot be written", path.display()))?;
        }
        tell_run(&manifest, &job.out, self.json, self.quiet || self.json)
    }
}

/// Memory of a run, in bytes, from which on it may come from the system in pieces of 2 MB.
const LARGE: u64 = 512 << 20;

/// Where little memory may be taken, takes it in pages of 4 kB: what is used of larger ones is often a small part, and this halves
/// the peak. Where there is much, larger ones save some percent of the time.
#[cfg(target_os = "linux")]
fn use_small_pages(memory: u64) {
    if memory < LARGE
        && let Err(error) = rustix::thread::disable_transparent_huge_pages(true)
    {
        // More memory is all that comes of it.
        tracing::debug!(%error, "large pages stay");
    }
}

/// Nothing, where there is no such call.
#[cfg(not(target_os = "linux"))]
fn use_small_pages(_memory: u64) {}

/// Ctrl-C ends the run at once. What is done is on disk at any moment, up to the last checkpoint, so there is nothing to wait for.
fn on_interrupt() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        eprintln!("\nstopped; nothing in the output folder was changed. The same command goes on from here");
        exit_interrupted();
    })
    .context("cannot listen for Ctrl-C")
}

/// 128 and the number of the signal, as shells tell it.
#[expect(
    clippy::exit,
    reason = "the handler runs on a thread of its own, beside the work"
)]
fn exit_interrupted() -> ! {
    std::process::exit(130)
}

impl DuplicateArgs {
    /// Takes these flags over into `config`.
    pub(crate) fn apply(&self, config: &mut Config) {
        let dedup = &mut config.dedup;
        set(
            &mut dedup.policy,
            self.duplicates.map(|p| match p {
                PolicyArg::Flag => Policy::Flag,
                PolicyArg::Drop => Policy::Drop,
                PolicyArg::KeepBest => Policy::KeepBest,
            }),
        );
        if let Some(name) = &self.dedup_preset {
            dedup.take_preset(name);
        }
        set(&mut dedup.similarity, self.similarity);
        if self.no_passages {
            dedup.passages = false;
        }
        set(&mut config.index, self.index.clone().map(Some));
    }
}

impl CleanArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let config = self.settings.config()?;
        self.tell.run(self.inputs.all()?, self.out, config)
    }
}

impl SettingArgs {
    /// The settings file that is named, where one is.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.read.file()
    }

    /// The settings file (or the defaults) with these flags over it.
    pub(crate) fn config(&self) -> anyhow::Result<Config> {
        let mut config = self.read.config()?;
        if let Some(stages) = &self.stages {
            config.stages = stages.iter().map(|s| (*s).into()).collect();
            config.stages.sort_unstable();
            config.stages.dedup();
        }
        set(&mut config.strip.keep, self.keep.clone());
        set(
            &mut config.repair.mode,
            self.repair.map(|r| match r {
                RepairArg::Apply => Mode::Apply,
                RepairArg::Suggest => Mode::Suggest,
                RepairArg::Off => Mode::Off,
            }),
        );
        set(&mut config.repair.confidence, self.repair_confidence);
        self.lexicons.apply(&mut config);
        set(&mut config.filter.presets, self.filter.clone());
        set(
            &mut config.filter.action,
            self.filter_action.map(|a| match a {
                ActionArg::Flag => Action::Flag,
                ActionArg::Drop => Action::Drop,
            }),
        );
        self.duplicates.apply(&mut config);
        self.how.apply(&mut config);
        Ok(config)
    }
}
