//! A run from start to end.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use super::batches::{self, Kept};
use super::cleaning::{self, Cleaned, hex, json_lines};
use super::compare::{Compare, CompareError, Findings, Rank};
use super::config::Config;
use super::manifest::{Counts, FilterCount, InputRecord, Manifest, Run, StageTime};
use super::progress::{Pass, Progress};
use super::publishing;
use super::stages::Stages;
use super::surveying::survey;
use crate::corpus::compression::{Compression, PackedWriter};
use crate::corpus::folder::{FolderError, RunFolder};
use crate::corpus::index::{Index, IndexError};
use crate::corpus::inputs::{Found, Input, InputError, find_for};
use crate::corpus::shards::{Decisions, Outgoing, ShardRecord, Shards};
use crate::corpus::spool::{Spool, SpoolWriter};
use crate::corpus::{Format, Reject};
use crate::edit::StageName;
use crate::filter::Verdict;
use crate::report;
use crate::stage::SetupError;
use crate::survey::Survey;
use crate::text::hash::combine;

/// Version of the run folder's format.
const FORMAT: u32 = 1;

/// What a run is to do. [`clean`] checks it before the first byte is written.
#[derive(Clone, Debug)]
pub struct CleanJob {
    /// Files, folders, globs, `-`.
    pub inputs: Vec<String>,
    /// The run folder.
    pub out: PathBuf,
    /// All settings.
    pub config: Config,
    /// Threads that work; 0 for as many as there are cores.
    pub threads: usize,
}

/// Why a run could not go on. Bad documents are not among the reasons: they are rejects.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The inputs cannot be told.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The run folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A stage cannot be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The comparison failed.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// The index of earlier runs cannot be used.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// Results cannot be written.
    #[error("{}: cannot be written", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Standard input cannot be read.
    #[error("standard input: cannot be read")]
    Stdin {
        /// Why.
        source: io::Error,
    },
    /// The report cannot be written; all else is done.
    #[error(transparent)]
    Report(#[from] report::ReportError),
    /// Working threads cannot be started.
    #[error("cannot start {threads} threads")]
    Threads {
        /// As many as were asked for.
        threads: usize,
        /// Why.
        source: rayon::ThreadPoolBuildError,
    },
}

impl RunError {
    /// What the user can do about it, for the `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Input(e) => e.help(),
            Self::Folder(e) => e.help(),
            Self::Setup(e) => e.help(),
            Self::Compare(e) => e.help(),
            Self::Index(e) => e.help(),
            Self::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => Some(
                "the disk is full; earlier results stand as they were, make room and run again"
                    .into(),
            ),
            _ => None,
        }
    }

    /// For writing below `path`.
    pub(super) fn write(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        move |source| Self::Write {
            path: path.to_owned(),
            source,
        }
    }

    /// For files that live only as long as the run.
    pub(super) fn spill(tmp: &Path) -> impl Fn(io::Error) -> Self + '_ {
        Self::write(tmp)
    }
}

/// Runs `job`: reads its inputs, cleans them and writes the run folder.
///
/// # Errors
/// When the run as a whole cannot go on; earlier results in the folder then stand as they were.
pub fn clean(job: &CleanJob, progress: &Arc<dyn Progress>) -> Result<Manifest, RunError> {
    let stages = Stages::new(&job.config)?;
    let mut found = find_for(
        &job.inputs,
        Some(&job.out),
        job.config.input.format,
        job.config.output.format,
    )?;
    if job.config.output.format.is_some_and(Format::holds_records) {
        // Files of text become records of one file, which is written in one go.
        found.inputs.sort_by_key(|i| i.format != Format::Text);
    }
    let folder = RunFolder::create(&job.out)?;
    let index = match (&job.config.index, &stages.dedup) {
        (Some(dir), Some(dedup)) => Some(Index::for_adding(dir, &dedup.shape())?),
        _ => None,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(job.threads)
        .build()
        .map_err(|source| RunError::Threads {
            threads: job.threads,
            source,
        })?;
    let manifest = pool.install(|| run(job, &stages, &found, folder, index, progress.as_ref()))?;
    report::write(&job.out)?;
    Ok(manifest)
}

fn run(
    job: &CleanJob,
    stages: &Stages,
    found: &Found,
    folder: RunFolder,
    index: Option<Index>,
    progress: &dyn Progress,
) -> Result<Manifest, RunError> {
    let started = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_secs());
    let start = Instant::now();
    let mut passes: BTreeMap<String, f64> = BTreeMap::new();
    let mut timed = |pass: Pass, since: Instant| {
        passes.insert(pass.as_str().to_owned(), since.elapsed().as_secs_f64());
    };
    let config = &job.config;
    let kept = keep_stdin(&found.inputs, folder.tmp())?;

    let since = Instant::now();
    let survey = survey(
        stages,
        &found.inputs,
        &kept,
        &config.input,
        config.memory,
        folder.tmp(),
        progress,
    )?;
    timed(Pass::Survey, since);

    let since = Instant::now();
    progress.begin(Pass::Clean, found.inputs.iter().map(|i| i.bytes).sum());
    let mut sink = Sink::new(stages, config, &folder, &found.inputs, &kept)?;
    if let Some(index) = index {
        let compare = sink.compare.take();
        sink.compare = compare.map(|c| c.with_index(index, &job.inputs));
    }
    for reject in &found.rejects {
        sink.reject(reject)?;
    }
    let work =
        |item: batches::Item<'_>, scratch: &mut _| cleaning::clean(stages, &survey, item, scratch);
    let skipped = batches::run(
        &found.inputs,
        &kept,
        &config.input,
        config.memory,
        progress,
        work,
        |result| match result.and_then(|r| r) {
            Ok(cleaned) => sink.take(cleaned),
            Err(reject) => sink.reject(&reject),
        },
    )?;
    let Written {
        mut counts,
        digests,
        seconds,
        compare,
        shards,
        spool,
    } = sink.finish()?;
    counts.skipped = skipped;
    timed(Pass::Clean, since);

    let since = Instant::now();
    progress.begin(Pass::Compare, 0);
    let mut findings = match compare {
        Some(compare) => Some(compare.finish(&spool)?),
        None => None,
    };
    timed(Pass::Compare, since);
    counts.comparison = findings.as_ref().map(Findings::counts).unwrap_or_default();

    let since = Instant::now();
    progress.begin(Pass::Publish, 0);
    publishing::duplicates(
        &folder,
        rows_compression(config),
        findings.as_mut(),
        &spool,
        &mut counts,
    )?;
    publishing::dropped(
        &folder,
        rows_compression(config),
        findings.as_ref(),
        (&shards, &config.input),
        &mut counts,
    )?;
    if let Some(addition) = findings.as_mut().and_then(Findings::addition) {
        counts.index_added = addition.commit(&spool, |n| is_dropped(findings.as_ref(), n))?;
    }
    timed(Pass::Publish, since);

    debug_assert_eq!(
        counts.documents_in,
        counts.documents_out + counts.dropped + counts.rejects
    );
    let total = start.elapsed().as_secs_f64();
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        format: FORMAT,
        config_sha256: hex(&Sha256::digest(
            serde_json::to_vec(config).unwrap_or_default(),
        )),
        config: config.clone(),
        inputs: found
            .inputs
            .iter()
            .map(|i| InputRecord {
                path: i.path.clone(),
                format: Some(i.format),
                bytes: i.bytes,
                digest: format!("{:016x}", digests.get(&i.path).copied().unwrap_or(0)),
            })
            .collect(),
        shards,
        lexicons: stages.lexicons.clone(),
        language_model: stages.language_model.clone(),
        run: Run {
            started,
            threads: rayon::current_num_threads(),
            seconds: total,
            pass_seconds: passes,
            stages: stage_times(config, seconds, counts.bytes_in),
        },
        counts,
    };
    let mut text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    text.push('\n');
    folder.file("manifest.json", &text)?;
    folder.publish()?;
    Ok(manifest)
}

fn stage_times(
    config: &Config,
    seconds: [f64; StageName::COUNT],
    bytes: u64,
) -> BTreeMap<String, StageTime> {
    StageName::ALL
        .into_iter()
        .filter(|s| config.runs(*s))
        .map(|s| {
            let seconds = seconds[s as usize];
            let mb_per_second = if seconds > 0.0 {
                bytes as f64 / 1e6 / seconds
            } else {
                0.0
            };
            (
                s.as_str().to_owned(),
                StageTime {
                    seconds,
                    mb_per_second,
                },
            )
        })
        .collect()
}

/// Standard input is read more than once, so it is kept in a file first.
fn keep_stdin(inputs: &[Input], tmp: &Path) -> Result<Kept, RunError> {
    let mut kept = Kept::new();
    for input in inputs.iter().filter(|i| i.is_stdin()) {
        let path = tmp.join("stdin");
        let mut file = File::create(&path).map_err(RunError::write(&path))?;
        io::copy(&mut io::stdin().lock(), &mut file)
            .map_err(|source| RunError::Stdin { source })?;
        kept.insert(input.path.clone(), path);
    }
    Ok(kept)
}

pub(super) fn rows_compression(config: &Config) -> Compression {
    if config.output.compress_rows {
        Compression::Zstd
    } else {
        Compression::None
    }
}

/// Takes the results of the clean pass in reading order and writes them.
struct Sink<'r> {
    folder: &'r RunFolder,
    documents: PackedWriter<File>,
    edits: PackedWriter<File>,
    rejects: PackedWriter<File>,
    restore: PackedWriter<File>,
    shards: Shards<'r>,
    compare: Option<Compare>,
    spool: SpoolWriter,
    counts: Counts,
    digests: BTreeMap<String, u64>,
    seconds: [f64; StageName::COUNT],
}

/// What the clean pass leaves behind.
struct Written {
    counts: Counts,
    digests: BTreeMap<String, u64>,
    seconds: [f64; StageName::COUNT],
    compare: Option<Compare>,
    shards: Vec<ShardRecord>,
    spool: Spool,
}

impl<'r> Sink<'r> {
    fn new(
        stages: &Stages,
        config: &Config,
        folder: &'r RunFolder,
        inputs: &[Input],
        kept: &Kept,
    ) -> Result<Self, RunError> {
        let compression = rows_compression(config);
        let compare = match &stages.dedup {
            Some(_) => Some(Compare::new(
                &config.dedup,
                config.memory / 2,
                folder.tmp(),
            )?),
            None => None,
        };
        Ok(Self {
            folder,
            documents: folder.rows("documents", compression)?,
            edits: folder.rows("edits", compression)?,
            rejects: folder.rows("rejects", compression)?,
            restore: folder.rows("restore", compression)?,
            shards: Shards::new(folder, inputs, kept, &config.input, &config.output),
            compare,
            spool: SpoolWriter::new(folder.tmp()).map_err(RunError::spill(folder.tmp()))?,
            counts: Counts::default(),
            digests: BTreeMap::new(),
            seconds: [0.0; StageName::COUNT],
        })
    }

    fn reject(&mut self, reject: &Reject) -> Result<(), RunError> {
        self.counts.documents_in += 1;
        self.counts.rejects += 1;
        *self
            .counts
            .reject_reasons
            .entry(reject.reason.clone())
            .or_insert(0) += 1;
        self.rejects
            .write_all(&json_lines(std::slice::from_ref(reject)))
            .map_err(RunError::write(self.folder.tmp()))
    }

    fn take(&mut self, mut cleaned: Cleaned) -> Result<(), RunError> {
        let failed = RunError::write(self.folder.tmp());
        self.count(&cleaned);
        let path = self.shards.put(&Outgoing {
            input: &cleaned.row.path,
            name: &cleaned.row.id,
            text: &cleaned.text,
            rendered: &cleaned.output,
            decisions: &Decisions {
                language: cleaned.row.language.clone(),
                spun_score: cleaned.row.spun_score,
                words_in: cleaned.row.words_in,
                words_out: cleaned.row.words_out,
                edits: cleaned.applied as u64,
            },
        })?;
        if path != cleaned.row.path {
            cleaned.row.input = Some(std::mem::replace(&mut cleaned.row.path, path));
        }
        self.documents
            .write_all(&json_lines(std::slice::from_ref(&cleaned.row)))
            .map_err(&failed)?;
        self.edits.write_all(&cleaned.edit_lines).map_err(&failed)?;
        self.restore
            .write_all(&cleaned.restore_line)
            .map_err(&failed)?;
        if let (Some(compare), Some(sketch)) = (&mut self.compare, cleaned.sketch) {
            self.spool
                .add(&cleaned.row.id, &cleaned.text, &cleaned.regions)
                .map_err(&failed)?;
            let rank = Rank {
                words: cleaned.row.words_out.min(u32::MAX.into()) as u32,
                edits: cleaned.applied as u32,
                date: cleaned.row.metadata.date.as_deref().and_then(Rank::day),
                spun: cleaned.spun,
            };
            compare.add_from(cleaned.origin, cleaned.id, rank, sketch)?;
        }
        Ok(())
    }

    fn count(&mut self, cleaned: &Cleaned) {
        let counts = &mut self.counts;
        counts.documents_in += 1;
        counts.documents_out += 1;
        // Taken away from those out when it is moved, with the duplicates.
        counts.filtered += u64::from(cleaned.row.dropped);
        count_filters(&mut counts.filters, &cleaned.verdict);
        counts.bytes_in += cleaned.bytes_in;
        counts.bytes_out += cleaned.text.len() as u64;
        counts.words_in += cleaned.row.words_in;
        counts.words_out += cleaned.row.words_out;
        counts.spun += u64::from(cleaned.spun);
        for (stage, rule, applied) in &cleaned.edits {
            let by_rule = if *applied {
                &mut counts.edits
            } else {
                &mut counts.suggestions
            };
            *by_rule.entry(format!("{stage}/{rule}")).or_insert(0) += 1;
        }
        for (sum, s) in self.seconds.iter_mut().zip(cleaned.seconds) {
            *sum += s;
        }
        let digest = self.digests.entry(cleaned.row.path.clone()).or_insert(0);
        *digest = combine(*digest, cleaned.digest);
    }

    fn finish(self) -> Result<Written, RunError> {
        let failed = RunError::write(self.folder.tmp());
        for rows in [self.documents, self.edits, self.rejects, self.restore] {
            rows.finish().map_err(&failed)?;
        }
        Ok(Written {
            counts: self.counts,
            digests: self.digests,
            seconds: self.seconds,
            compare: self.compare,
            shards: self.shards.finish()?,
            spool: self.spool.finish().map_err(&failed)?,
        })
    }
}

/// Adds what filters said of one document.
fn count_filters(counts: &mut BTreeMap<String, FilterCount>, verdict: &Verdict) {
    let name = |preset: &str, rule: &str| format!("{preset}/{rule}");
    for finding in &verdict.documents {
        let key = name(finding.preset, finding.rule);
        counts.entry(key).or_default().documents += 1;
    }
    let mut lines: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for finding in &verdict.lines {
        *lines.entry((finding.preset, finding.rule)).or_insert(0) += 1;
    }
    for ((preset, rule), n) in lines {
        let count = counts.entry(name(preset, rule)).or_default();
        count.documents += 1;
        count.lines += n;
    }
}

impl super::compare::Texts for Spool {
    fn text(&self, n: u32) -> &str {
        Spool::text(self, n)
    }

    fn release(&self) {
        Spool::release(self);
    }
}

/// What a finished comparison says about document `n`.
pub(super) fn is_dropped(findings: Option<&Findings>, n: u32) -> bool {
    findings.is_some_and(|f| f.dropped(n))
}

/// The survey of a corpus that holds one document only, for `limpid inspect`.
pub(super) fn no_survey() -> Survey {
    Survey::default()
}
