//! A run from start to end.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use super::batches::{self, Kept, Source};
use super::checkpoint::{Checkpoint, JobKey, is_repeatable};
use super::cleaning::{self, hex};
use super::compare::{CompareError, Findings};
use super::config::Config;
use super::manifest::{InputRecord, Manifest, Run, StageTime};
use super::progress::{Pass, Progress};
use super::publishing;
use super::sink::{Sink, Written};
use super::stages::Stages;
use super::staging::{Staged, stage};
use super::surveying::{self, survey};
use crate::corpus::compression::Compression;
use crate::corpus::folder::{FolderError, META, Parted, RunFolder};
use crate::corpus::index::{Index, IndexError};
use crate::corpus::inputs::{Input, InputError, find_for};
use crate::corpus::spool::Spool;
use crate::corpus::{Format, Reject};
use crate::edit::StageName;
use crate::report;
use crate::stage::SetupError;
use crate::survey::Survey;

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
    /// An input was written to while it was read.
    #[error("{path}: changed while it was read")]
    InputChanged {
        /// The input.
        path: String,
    },
    /// What an interrupted run had read is not what is there now.
    #[error("what was read before the interruption has changed")]
    Changed,
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
                "the disk is full; earlier results stand as they were. Make room and give the same command again: it goes on where it stopped"
                    .into(),
            ),
            Self::Write { source, .. } if source.kind() == io::ErrorKind::NotFound => Some(
                "the output folder was moved or removed during the run; give the same command again"
                    .into(),
            ),
            Self::InputChanged { .. } => Some(
                "nothing was put into the output folder; wait until the input is complete and give the same command again"
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

/// Runs `job`: reads its inputs, cleans them and writes the run folder. Goes on where an interrupted run of the same job
/// stopped; `progress` is told so, or why it begins anew.
///
/// # Errors
/// When the run as a whole cannot go on; earlier results in the folder then stand as they were.
pub fn clean(job: &CleanJob, progress: &Arc<dyn Progress>) -> Result<Manifest, RunError> {
    let stages = Stages::new(&job.config)?;
    let found = find_for(
        &job.inputs,
        Some(&job.out),
        job.config.input.format,
        job.config.output.format,
    )?;
    tracing::info!(
        inputs = found.inputs.len(),
        bytes = found.inputs.iter().map(|i| i.bytes).sum::<u64>(),
        "inputs found"
    );
    let folder = RunFolder::create(&job.out)?;
    let key = JobKey::of(&job.config, &stages, &found.inputs);
    if folder.completed() {
        progress.note("moved the results of the interrupted run into place");
        // What came through standard input then is not what comes now.
        let same = |m: &Manifest| m.run.job == key.digest() && is_repeatable(&found.inputs);
        if let Some(manifest) = finished(&job.out).filter(same) {
            report::write(&job.out)?;
            return Ok(manifest);
        }
    }
    let index = || match (&job.config.index, &stages.dedup) {
        (Some(dir), Some(dedup)) => Index::for_adding(dir, &dedup.shape()).map(Some),
        _ => Ok(None),
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(job.threads)
        .build()
        .map_err(|source| RunError::Threads {
            threads: job.threads,
            source,
        })?;
    let staged = || -> Result<Staged, RunError> {
        let mut staged = stage(&found, &job.config.input, folder.tmp(), progress.as_ref())?;
        if job.config.output.format.is_some_and(Format::holds_records) {
            // Files of text become records of one file, which is written in one go.
            staged.inputs.sort_by_key(|i| i.format != Format::Text);
        }
        Ok(staged)
    };
    let attempt = |checkpoint: Option<Checkpoint>| {
        let attempt = Attempt {
            job,
            stages: &stages,
            named: &found.inputs,
            found: &staged()?,
            folder: &folder,
            key: &key,
            progress: progress.as_ref(),
        };
        let index = index()?;
        pool.install(|| attempt.run(index, checkpoint))
    };
    let checkpoint = taken_up(&folder, &key, &found.inputs, progress.as_ref())?;
    let (manifest, parted) = match attempt(checkpoint) {
        Err(RunError::Changed) => {
            progress
                .note("what the interrupted run had read or written has changed; beginning anew");
            begin(&folder, &key)?;
            attempt(None)?
        }
        other => other?,
    };
    folder.publish(&parted)?;
    tracing::info!(out = %job.out.display(), "results in place");
    report::write(&job.out)?;
    Ok(manifest)
}

/// How far an interrupted run of the same job came, where there was one; else the folder is made ready for a new one.
fn taken_up(
    folder: &RunFolder,
    key: &JobKey,
    inputs: &[Input],
    progress: &dyn Progress,
) -> Result<Option<Checkpoint>, RunError> {
    let checkpoint = Checkpoint::load(&folder.checkpoint());
    if let Some(difference) = key.difference(folder.tmp()) {
        if checkpoint.is_some() {
            progress.note(&format!(
                "not going on with the run that was interrupted, but beginning anew: {difference}"
            ));
        }
    } else if let Some(checkpoint) = checkpoint.filter(|_| is_repeatable(inputs)) {
        progress.note(&format!(
            "going on with the run that was interrupted after {} documents",
            checkpoint.mark.items
        ));
        return Ok(Some(checkpoint));
    } else if is_repeatable(inputs) && surveying::is_begun(folder.tmp()) {
        // Interrupted before the first checkpoint of the clean pass: only the survey is taken over.
        return Ok(None);
    }
    begin(folder, key)?;
    Ok(None)
}

/// The manifest of the finished run in `out`.
fn finished(out: &Path) -> Option<Manifest> {
    let text = std::fs::read(out.join(META).join("manifest.json")).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Makes the folder ready for a run from the start.
fn begin(folder: &RunFolder, key: &JobKey) -> Result<(), RunError> {
    folder.clear()?;
    key.save(folder.tmp())
}

/// One go at a job.
struct Attempt<'j> {
    job: &'j CleanJob,
    stages: &'j Stages,
    /// As the user named them.
    named: &'j [Input],
    found: &'j Staged,
    folder: &'j RunFolder,
    key: &'j JobKey,
    progress: &'j dyn Progress,
}

impl Attempt<'_> {
    /// Does all but the last step, moving the results into place.
    fn run(
        &self,
        index: Option<Index>,
        checkpoint: Option<Checkpoint>,
    ) -> Result<(Manifest, Parted), RunError> {
        let Self {
            job,
            stages,
            found,
            folder,
            progress,
            ..
        } = *self;
        let started = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| d.as_secs());
        let start = Instant::now();
        let mut passes: BTreeMap<String, f64> = BTreeMap::new();
        let mut timed = |pass: Pass, since: Instant| {
            let seconds = since.elapsed().as_secs_f64();
            tracing::info!(pass = pass.as_str(), seconds, "pass done");
            passes.insert(pass.as_str().to_owned(), since.elapsed().as_secs_f64());
        };
        let config = &job.config;
        let kept = keep_stdin(&found.inputs, folder.tmp())?;
        let source = Source {
            inputs: &found.inputs,
            kept: &kept,
            settings: &config.input,
            memory: config.memory,
        };

        let since = Instant::now();
        let survey = survey(stages, source, folder.tmp(), progress)?;
        timed(Pass::Survey, since);

        let since = Instant::now();
        progress.begin(Pass::Clean, found.inputs.iter().map(|i| i.bytes).sum());
        let resumed = checkpoint.as_ref().map_or(0, |c| c.mark.items);
        let written = self.clean_all(&survey, source, index, checkpoint)?;
        let Written {
            mut counts,
            digests,
            seconds,
            compare,
            shards,
            spool,
        } = written;
        timed(Pass::Clean, since);
        counts.skipped += found.skipped;
        if let Some(path) = self.key.changed(self.named) {
            return Err(RunError::InputChanged { path });
        }

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
        let compression = rows_compression(config);
        publishing::duplicates(folder, compression, findings.as_mut(), &spool, &mut counts)?;
        let parted = publishing::dropped(
            folder,
            compression,
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
                job: self.key.digest(),
                threads: rayon::current_num_threads(),
                seconds: start.elapsed().as_secs_f64(),
                resumed_after: resumed,
                pass_seconds: passes,
                stages: stage_times(config, seconds, counts.bytes_in),
            },
            counts,
        };
        let mut text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
        text.push('\n');
        folder.file("manifest.json", &text)?;
        Ok((manifest, parted))
    }

    /// The clean pass, or what is left of it behind `checkpoint`.
    fn clean_all(
        &self,
        survey: &Survey,
        source: Source<'_>,
        index: Option<Index>,
        checkpoint: Option<Checkpoint>,
    ) -> Result<Written, RunError> {
        let Self {
            job,
            stages,
            found,
            folder,
            progress,
            ..
        } = *self;
        let index = index.map(|index| (index, job.inputs.as_slice()));
        let config = &job.config;
        let from = checkpoint.as_ref().map(|c| c.mark).unwrap_or_default();
        let all = checkpoint.as_ref().is_some_and(|c| c.all);
        let mut sink = if let Some(checkpoint) = checkpoint {
            progress.advance(checkpoint.counts.bytes_in, checkpoint.mark.items);
            Sink::again(stages, config, folder, source, index, checkpoint).map_err(|e| match e {
                // Files that are missing or shorter than they were.
                RunError::Folder(_) | RunError::Write { .. } => RunError::Changed,
                other => other,
            })?
        } else {
            let mut sink = Sink::new(stages, config, folder, source, index)?;
            for reject in &found.rejects {
                sink.reject(reject)?;
            }
            sink
        };
        let mut end = (from, 0);
        if !all {
            let most = match config.input.max_seconds {
                0 => Duration::MAX,
                seconds => Duration::from_secs(seconds),
            };
            let work = |item: batches::Item<'_>, scratch: &mut _| {
                let (path, offset, begun) = (&item.input.path, item.raw.offset, Instant::now());
                let cleaned = cleaning::clean(stages, survey, item, scratch)?;
                if begun.elapsed() > most {
                    let detail = format!(
                        "took {} s; raise --max-seconds if it is meant",
                        begun.elapsed().as_secs()
                    );
                    return Err(Reject::new(path, offset, "too-slow", detail));
                }
                Ok(cleaned)
            };
            end = batches::run(source, from, progress, work, &mut sink)?;
        }
        sink.finish(end.0, end.1)
    }
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

impl super::compare::Texts for Spool {
    fn text(&self, n: u32) -> &str {
        Spool::text(self, n)
    }

    fn length(&self, n: u32) -> usize {
        self.place(n).map_or(0, |place| place.text_len as usize)
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
