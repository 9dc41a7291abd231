//! The survey passes: what the stages ask of the whole corpus, counted in bounded memory.
//!
//! The first pass asks, the second, made where some document is spun, counts the phrases that were asked about. A survey that is
//! interrupted goes on: of the first pass a [`Log`] holds what was noted, of the second a file the counts, and each says how far
//! the reading had come.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::batches::{self, Item, Mark, Source, Take};
use super::checkpoint::{interval, write_whole};
use super::cleaning::decoded;
use super::job::RunError;
use super::progress::{Pass, Progress};
use super::stages::Stages;
use crate::corpus::Reject;
use crate::corpus::counts::KeyCounts;
use crate::document::DocId;
use crate::stage::{Scratch, Stage};
use crate::survey::log::{Extent, Log};
use crate::survey::{Questions, Survey, numbers};
use crate::text::ngrams::Asked;

/// Whether there is something of a survey in `tmp` that can be gone on with.
pub(super) fn is_begun(tmp: &Path) -> bool {
    Survey::load(tmp).is_some() || Reached::load(tmp).is_some()
}

/// Reads the corpus once, twice where some document is spun, and answers what the stages ask; takes over what an interrupted run
/// left in `tmp`.
pub(super) fn survey(
    stages: &Stages,
    source: Source<'_>,
    tmp: &Path,
    progress: &dyn Progress,
) -> Result<Survey, RunError> {
    if let Some(survey) = Survey::load(tmp) {
        return Ok(survey);
    }
    let asking: Vec<&dyn Stage> = [
        stages.strip.as_ref().map(|s| s as &dyn Stage),
        stages.repair.as_ref().map(|s| s as &dyn Stage),
    ]
    .into_iter()
    .flatten()
    .collect();
    let survey = if asking.is_empty() {
        Survey::default()
    } else {
        let noted = ask(stages, &asking, source, tmp, progress)?;
        noted.answered(stages, source, tmp, progress)?
    };
    survey.save(tmp).map_err(RunError::spill(tmp))?;
    for path in [Reached::path(tmp), Log::path(tmp), Counting::path(tmp)] {
        // What stays is in nobody's way.
        let _ = fs::remove_file(path);
    }
    Ok(survey)
}

/// How far the first pass has come.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Reached {
    mark: Mark,
    /// Bytes of documents read.
    bytes: u64,
    /// Whether that was all.
    all: bool,
    log: Extent,
}

impl Reached {
    fn path(tmp: &Path) -> PathBuf {
        tmp.join("survey.json")
    }

    fn load(tmp: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(Self::path(tmp)).ok()?).ok()
    }
}

/// The first pass.
fn ask(
    stages: &Stages,
    asking: &[&dyn Stage],
    source: Source<'_>,
    tmp: &Path,
    progress: &dyn Progress,
) -> Result<Noted, RunError> {
    progress.begin(Pass::Survey, source.bytes());
    let work = |item: Item<'_>, scratch: &mut Scratch| -> Option<(DocId, Questions)> {
        let (document, _) = decoded(stages, &item, scratch).ok()?;
        let mut questions = Questions::default();
        for stage in asking {
            stage.ask(&document, scratch, &mut questions);
        }
        questions.lines.sort_unstable();
        questions.lines.dedup();
        Some((document.id, questions))
    };
    let mut asked = Asking::begun(source.memory, tmp, progress)?;
    if !asked.reached.all {
        let from = asked.reached.mark;
        let (mark, _) = batches::run(source, from, progress, work, &mut asked)?;
        asked.save(mark, true)?;
    }
    Ok(asked.noted)
}

/// Takes what the first pass asks.
struct Asking<'s> {
    noted: Noted,
    log: Log,
    reached: Reached,
    /// Bytes of documents read when that was last saved.
    saved: u64,
    interval: u64,
    tmp: &'s Path,
}

impl<'s> Asking<'s> {
    /// With what an interrupted run in `tmp` noted.
    fn begun(memory: u64, tmp: &'s Path, progress: &dyn Progress) -> Result<Self, RunError> {
        let mut noted = Noted::new(memory, tmp);
        let mut begun = None;
        if let Some(reached) = Reached::load(tmp) {
            let log = Log::again(tmp, reached.log, |id, questions| noted.note(id, questions));
            begun = log.map_err(RunError::spill(tmp))?.map(|log| (log, reached));
        }
        let (log, reached) = if let Some(begun) = begun {
            if begun.1.mark.items > 0 {
                progress.note(&format!(
                    "going on with the survey that was interrupted after {} documents",
                    begun.1.mark.items
                ));
                progress.advance(begun.1.bytes, begun.1.mark.items);
            }
            begun
        } else {
            let mut log = Log::create(tmp).map_err(RunError::spill(tmp))?;
            let reached = Reached {
                mark: Mark::default(),
                bytes: 0,
                all: false,
                log: log.flush().map_err(RunError::spill(tmp))?,
            };
            (log, reached)
        };
        Ok(Self {
            noted,
            log,
            reached,
            saved: reached.bytes,
            interval: interval(memory),
            tmp,
        })
    }

    /// Says in a file how far this is.
    fn save(&mut self, mark: Mark, all: bool) -> Result<(), RunError> {
        self.reached.mark = mark;
        self.reached.all = all;
        self.reached.log = self.log.flush().map_err(RunError::spill(self.tmp))?;
        self.saved = self.reached.bytes;
        write_whole(&Reached::path(self.tmp), &self.reached)
    }
}

impl Take<Option<(DocId, Questions)>> for Asking<'_> {
    fn take(&mut self, answer: Result<Option<(DocId, Questions)>, Reject>) -> Result<(), RunError> {
        // Rejects are told of in the clean pass.
        if let Ok(Some((id, questions))) = answer {
            let logged = self.log.add(id, &questions);
            logged
                .and_then(|()| self.noted.note(id, questions))
                .map_err(RunError::spill(self.tmp))?;
        }
        Ok(())
    }

    fn reached(&mut self, mark: Mark, bytes: usize) -> Result<(), RunError> {
        self.reached.bytes += bytes as u64;
        if self.reached.bytes < self.saved + self.interval {
            return Ok(());
        }
        self.save(mark, false)
    }
}

/// What was noted of all documents.
struct Noted {
    survey: Survey,
    lines: KeyCounts,
    asked: Asked,
    claims: Vec<(u64, u64)>,
    /// Documents that are no examples of clean text.
    unfit: FxHashSet<DocId>,
    calm: Vec<(DocId, crate::survey::Calm)>,
    /// What phrases may take; the questions of documents beyond it stay unanswered, which only leaves repairs undone.
    most_asked: usize,
}

impl Noted {
    fn new(memory: u64, tmp: &Path) -> Self {
        Self {
            survey: Survey::default(),
            lines: KeyCounts::new((memory / 8) as usize, tmp),
            asked: Asked::default(),
            claims: Vec::new(),
            unfit: FxHashSet::default(),
            calm: Vec::new(),
            most_asked: ((memory / 16) as usize / ENTRY_BYTES).max(LEAST_ASKED),
        }
    }

    /// Notes one document, in reading order.
    fn note(&mut self, id: DocId, mut questions: Questions) -> std::io::Result<()> {
        self.survey.documents += 1;
        self.survey.spun += u64::from(questions.spun);
        if questions.spun || questions.doubtful {
            self.unfit.insert(id);
        }
        self.calm.extend(questions.calm.map(|c| (id, c)));
        if questions.ngrams.len() <= self.room() {
            self.asked.extend(questions.ngrams);
            let more = questions.more_ngrams.len() + questions.claims.len() / 2;
            if more <= self.room() {
                self.asked.extend(questions.more_ngrams);
                self.claims.append(&mut questions.claims);
            }
        }
        self.lines.add(&questions.lines)
    }

    /// Phrases that may be asked about yet. A claim takes half of what an entry of the set does.
    fn room(&self) -> usize {
        self.most_asked
            .saturating_sub(self.asked.len() + self.claims.len() / 2)
    }

    /// The answers: with the second pass, where phrases are asked about.
    fn answered(
        self,
        stages: &Stages,
        source: Source<'_>,
        tmp: &Path,
        progress: &dyn Progress,
    ) -> Result<Survey, RunError> {
        let mut survey = self.survey;
        survey.set_calm(self.calm);
        survey.lines = Arc::new(self.lines.finish().map_err(RunError::spill(tmp))?);
        if self.asked.is_empty() {
            return Ok(survey);
        }
        progress.begin(Pass::Phrases, source.bytes());
        let work = |item: Item<'_>, scratch: &mut Scratch| -> Option<(usize, Vec<u64>)> {
            let (document, _) = decoded(stages, &item, scratch).ok()?;
            if self.unfit.contains(&document.id) {
                return None;
            }
            let mut hits = Vec::new();
            let words = self.asked.find(&document.text, &mut hits);
            Some((words, hits))
        };
        let mut counting = Counting::begun(survey, source.memory, tmp, progress);
        batches::run(source, counting.mark, progress, work, &mut counting)?;
        let mut survey = counting.survey;
        survey.settle(self.claims);
        Ok(survey)
    }
}

/// Counts phrases: the second pass.
struct Counting<'s> {
    survey: Survey,
    mark: Mark,
    /// Bytes of documents read.
    bytes: u64,
    /// As many when that was last saved.
    saved: u64,
    interval: u64,
    tmp: &'s Path,
}

impl<'s> Counting<'s> {
    fn path(tmp: &Path) -> PathBuf {
        tmp.join("survey.phrases")
    }

    /// Adds to `survey` what an interrupted run in `tmp` counted.
    fn begun(survey: Survey, memory: u64, tmp: &'s Path, progress: &dyn Progress) -> Self {
        let mut counting = Self {
            survey,
            mark: Mark::default(),
            bytes: 0,
            saved: 0,
            interval: interval(memory),
            tmp,
        };
        let numbers = numbers::read(&Self::path(tmp)).unwrap_or_default();
        if let Some(([items, digest, bytes, words], counts)) = numbers.split_first_chunk() {
            counting.mark = Mark {
                items: *items,
                digest: *digest,
            };
            counting.bytes = *bytes;
            counting.saved = *bytes;
            counting.survey.clean_words = *words;
            let counts = counts.as_chunks::<2>().0.iter();
            counting.survey.ngrams = counts.map(|[key, n]| (*key, *n as u32)).collect();
            progress.advance(*bytes, *items);
        }
        counting
    }

    fn save(&mut self) -> Result<(), RunError> {
        let mut numbers = vec![
            self.mark.items,
            self.mark.digest,
            self.bytes,
            self.survey.clean_words,
        ];
        let counts = self.survey.ngrams.iter();
        numbers.extend(counts.flat_map(|(&key, &n)| [key, n.into()]));
        self.saved = self.bytes;
        let path = Self::path(self.tmp);
        numbers::write(&path, &numbers).map_err(RunError::write(&path))
    }
}

impl Take<Option<(usize, Vec<u64>)>> for Counting<'_> {
    fn take(&mut self, found: Result<Option<(usize, Vec<u64>)>, Reject>) -> Result<(), RunError> {
        if let Ok(Some((words, hits))) = found {
            self.survey.clean_words += words as u64;
            for key in hits {
                let n = self.survey.ngrams.entry(key).or_insert(0);
                *n = n.saturating_add(1);
            }
        }
        Ok(())
    }

    fn reached(&mut self, mark: Mark, bytes: usize) -> Result<(), RunError> {
        self.bytes += bytes as u64;
        self.mark = mark;
        // All counts are written each time: no more of that than of reading.
        let size = (self.survey.ngrams.len() * 16) as u64;
        if self.bytes < self.saved + self.interval.max(4 * size) {
            return Ok(());
        }
        self.save()
    }
}

/// Phrases that may be asked about however little memory the run is given: those of a few spun documents, 2 MiB.
const LEAST_ASKED: usize = 1 << 16;
/// What one entry of a hash map of counts takes, with the room that growing leaves.
const ENTRY_BYTES: usize = 32;
