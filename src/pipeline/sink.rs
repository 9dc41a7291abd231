//! Takes the results of the clean pass in reading order, writes them, and notes at checkpoints how far that is.

use std::collections::{BTreeMap, VecDeque};

use super::batches::{Mark, Source, Take};
use super::checkpoint::{Checkpoint, ROWS, interval, interval_of_fast};
use super::cleaning::{Cleaned, json_lines};
use super::compare::{Compare, Rank};
use super::compared::{ComparedWriter, Given};
use super::config::Config;
use super::job::{RunError, rows_compression};
use super::manifest::{Counts, FilterCount};
use super::stages::Stages;
use crate::corpus::Reject;
use crate::corpus::folder::RunFolder;
use crate::corpus::index::Index;
use crate::corpus::sections::Sections;
use crate::corpus::shards::{Decisions, Outgoing, PutError, ShardRecord, Shards};
use crate::corpus::spool::Spool;
use crate::edit::StageName;
use crate::filter::Verdict;
use crate::text::hash::combine;

/// See the module.
pub(super) struct Sink<'r> {
    folder: &'r RunFolder,
    /// In the order of [`ROWS`].
    rows: Vec<Sections>,
    shards: Shards<'r>,
    compare: Option<Compare>,
    compared: ComparedWriter,
    counts: Counts,
    digests: BTreeMap<String, u64>,
    seconds: [f64; StageName::COUNT],
    /// Bytes read at the last checkpoint, and how many more make the next.
    noted: u64,
    interval: u64,
    /// Whether the last checkpoint says that all was read.
    ended: bool,
    /// Checkpoints before which not all is written, in order.
    waiting: VecDeque<Checkpoint>,
}

/// What the clean pass leaves behind.
pub(super) struct Written {
    pub counts: Counts,
    pub digests: BTreeMap<String, u64>,
    pub seconds: [f64; StageName::COUNT],
    pub compare: Option<Compare>,
    pub shards: Vec<ShardRecord>,
    pub spool: Spool,
}

fn compare(
    stages: &Stages,
    config: &Config,
    folder: &RunFolder,
    index: Option<(Index, &[String])>,
) -> Result<Option<Compare>, RunError> {
    if stages.dedup.is_none() {
        return Ok(None);
    }
    let compare = Compare::new(&config.dedup, config.memory / 2, folder.tmp())?;
    Ok(Some(match index {
        Some((index, inputs)) => compare.with_index(index, inputs),
        None => compare,
    }))
}

/// Bytes of documents between two checkpoints.
fn bytes_between(stages: &Stages, config: &Config) -> u64 {
    if stages.strip.is_none() && stages.repair.is_none() {
        interval_of_fast(config.memory)
    } else {
        interval(config.memory)
    }
}

fn shards<'r>(config: &Config, folder: &'r RunFolder, source: Source<'_>) -> Shards<'r> {
    Shards::new(
        folder,
        source.inputs,
        source.kept,
        &config.input,
        &config.output,
    )
}

impl<'r> Sink<'r> {
    /// Ready for the first document of `source`.
    pub(super) fn new(
        stages: &Stages,
        config: &Config,
        folder: &'r RunFolder,
        source: Source<'_>,
        index: Option<(Index, &[String])>,
    ) -> Result<Self, RunError> {
        let compression = rows_compression(config);
        let rows = ROWS
            .iter()
            .map(|name| Ok(folder.rows_in_sections(name, compression, None)?))
            .collect::<Result<_, RunError>>()?;
        Ok(Self {
            folder,
            rows,
            shards: shards(config, folder, source),
            compare: compare(stages, config, folder, index)?,
            compared: ComparedWriter::create(folder.tmp())
                .map_err(RunError::spill(folder.tmp()))?,
            counts: Counts::default(),
            digests: BTreeMap::new(),
            seconds: [0.0; StageName::COUNT],
            noted: 0,
            interval: bytes_between(stages, config),
            ended: false,
            waiting: VecDeque::new(),
        })
    }

    /// Ready for the first document behind `checkpoint`, with all that came before as it was then.
    pub(super) fn again(
        stages: &Stages,
        config: &Config,
        folder: &'r RunFolder,
        source: Source<'_>,
        index: Option<(Index, &[String])>,
        checkpoint: Checkpoint,
    ) -> Result<Self, RunError> {
        let compression = rows_compression(config);
        let rows = ROWS
            .iter()
            .zip(checkpoint.rows)
            .map(|(name, cut)| Ok(folder.rows_in_sections(name, compression, cut.place())?))
            .collect::<Result<_, RunError>>()?;
        let mut shards = shards(config, folder, source);
        shards.go_on(checkpoint.shards)?;
        let mut compare = compare(stages, config, folder, index)?;
        let compared = match (&mut compare, &stages.dedup) {
            (Some(compare), Some(dedup)) => {
                ComparedWriter::again(folder.tmp(), checkpoint.compared, dedup, compare)?
            }
            _ => ComparedWriter::create(folder.tmp()).map_err(RunError::spill(folder.tmp()))?,
        };
        let mut seconds = [0.0; StageName::COUNT];
        for (to, from) in seconds.iter_mut().zip(checkpoint.seconds) {
            *to = from;
        }
        Ok(Self {
            folder,
            rows,
            shards,
            compare,
            compared,
            noted: checkpoint.counts.bytes_in,
            interval: bytes_between(stages, config),
            ended: checkpoint.all,
            waiting: VecDeque::new(),
            counts: checkpoint.counts,
            digests: checkpoint.digests,
            seconds,
        })
    }

    /// Takes what could not be read.
    pub(super) fn reject(&mut self, reject: &Reject) -> Result<(), RunError> {
        tracing::debug!(
            path = reject.path,
            offset = reject.offset,
            reason = reject.reason,
            detail = reject.detail,
            "reject"
        );
        self.counts.documents_in += 1;
        self.counts.rejects += 1;
        *self
            .counts
            .reject_reasons
            .entry(reject.reason.clone())
            .or_insert(0) += 1;
        self.write_row("rejects", &json_lines(std::slice::from_ref(reject)))
    }

    fn write_row(&mut self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        for (file, rows) in ROWS.iter().zip(&mut self.rows) {
            if *file == name {
                rows.put(bytes)
                    .map_err(RunError::write(self.folder.tmp()))?;
            }
        }
        Ok(())
    }

    fn document(&mut self, mut cleaned: Cleaned) -> Result<(), RunError> {
        let failed = RunError::write(self.folder.tmp());
        let put = self.shards.put(&Outgoing {
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
        });
        let path = match put {
            Ok(path) => path,
            Err(PutError::Folder(error)) => return Err(error.into()),
            Err(PutError::Source(why)) => {
                let detail = format!(
                    "its text can be read, but not the other columns from here on ({why}); fetch the file again"
                );
                let row = &cleaned.row;
                return self.reject(&Reject::new(&row.path, row.offset, "corrupt", detail));
            }
        };
        self.count(&cleaned);
        if path != cleaned.row.path {
            cleaned.row.input = Some(std::mem::replace(&mut cleaned.row.path, path));
        }
        self.write_row("documents", &json_lines(std::slice::from_ref(&cleaned.row)))?;
        self.write_row("edits", &cleaned.edit_lines)?;
        self.write_row("restore", &cleaned.restore_line)?;
        if let (Some(compare), Some(sketch)) = (&mut self.compare, cleaned.sketch) {
            let given = Given {
                origin: cleaned.origin,
                id: cleaned.id,
                rank: Rank {
                    words: cleaned.row.words_out.min(u32::MAX.into()) as u32,
                    edits: cleaned.applied as u32,
                    date: cleaned.row.metadata.date.as_deref().and_then(Rank::day),
                    spun: cleaned.spun,
                },
            };
            self.compared
                .add(given, &cleaned.row.id, &cleaned.text, &cleaned.regions)
                .map_err(&failed)?;
            compare.add_from(given.origin, given.id, given.rank, sketch)?;
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

    /// Makes a checkpoint, which is saved as soon as what was taken so far is written; not in the middle of a table.
    fn note(&mut self, mark: Mark, all: bool) -> Result<(), RunError> {
        let failed = RunError::write(self.folder.tmp());
        let Some(shards) = self.shards.note()? else {
            return Ok(());
        };
        let mut checkpoint = Checkpoint {
            mark,
            all,
            shards,
            counts: self.counts.clone(),
            digests: self.digests.clone(),
            seconds: self.seconds.to_vec(),
            compared: self.compared.flush().map_err(&failed)?,
            ..Checkpoint::default()
        };
        for (cut, rows) in checkpoint.rows.iter_mut().zip(&mut self.rows) {
            *cut = rows.cut().map_err(&failed)?;
        }
        self.noted = self.counts.bytes_in;
        self.waiting.push_back(checkpoint);
        self.save()
    }

    /// Saves the last checkpoint of which all is written.
    fn save(&mut self) -> Result<(), RunError> {
        let failed = RunError::write(self.folder.tmp());
        self.shards.settle()?;
        for rows in &mut self.rows {
            rows.settle().map_err(&failed)?;
        }
        let mut last = None;
        while self.waiting.front().is_some_and(Checkpoint::is_known) {
            last = self.waiting.pop_front();
        }
        let Some(checkpoint) = last else {
            return Ok(());
        };
        let Checkpoint { mark, all, .. } = &checkpoint;
        tracing::debug!(items = mark.items, all, "checkpoint");
        checkpoint.save(&self.folder.checkpoint())
    }

    /// Ends writing; `mark` is all there was to read, `skipped` parts of it no documents.
    pub(super) fn finish(mut self, mark: Mark, skipped: u64) -> Result<Written, RunError> {
        self.shards.close()?;
        if !self.ended {
            self.counts.skipped = skipped;
        }
        if !self.ended {
            self.note(mark, true)?;
            debug_assert!(
                self.waiting.is_empty(),
                "all shards are ended, and rows know their place at once"
            );
        }
        let failed = RunError::write(self.folder.tmp());
        for rows in self.rows {
            rows.finish().map_err(&failed)?;
        }
        Ok(Written {
            counts: self.counts,
            digests: self.digests,
            seconds: self.seconds,
            compare: self.compare,
            shards: self.shards.finish()?,
            spool: self.compared.finish().map_err(&failed)?,
        })
    }
}

impl Take<Result<Cleaned, Reject>> for Sink<'_> {
    fn take(&mut self, result: Result<Result<Cleaned, Reject>, Reject>) -> Result<(), RunError> {
        match result.and_then(|r| r) {
            Ok(cleaned) => self.document(cleaned),
            Err(reject) => self.reject(&reject),
        }
    }

    fn reached(&mut self, mark: Mark, _bytes: usize) -> Result<(), RunError> {
        if self.counts.bytes_in >= self.noted + self.interval {
            self.note(mark, false)
        } else if self.waiting.is_empty() {
            Ok(())
        } else {
            self.save()
        }
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
