//! The survey pass: what the stages ask of the whole corpus, counted in bounded memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use super::batches::{self, Item, Kept};
use super::cleaning::decoded;
use super::job::RunError;
use super::progress::{Pass, Progress};
use super::stages::Stages;
use crate::corpus::inputs::Input;
use crate::corpus::read::Settings;
use crate::document::DocId;
use crate::stage::{Scratch, Stage};
use crate::survey::{Questions, Survey};
use crate::text::ngrams::Asked;

/// Reads the corpus once, twice where some document is spun, and answers what the stages ask.
pub(super) fn survey(
    stages: &Stages,
    inputs: &[Input],
    kept: &Kept,
    settings: &Settings,
    memory: u64,
    tmp: &Path,
    progress: &dyn Progress,
) -> Result<Survey, RunError> {
    let mut survey = Survey::default();
    let asking: Vec<&dyn Stage> = [
        stages.strip.as_ref().map(|s| s as &dyn Stage),
        stages.repair.as_ref().map(|s| s as &dyn Stage),
    ]
    .into_iter()
    .flatten()
    .collect();
    if asking.is_empty() {
        return Ok(survey);
    }
    let bytes = inputs.iter().map(|i| i.bytes).sum();
    let mut lines = KeyCounts::new((memory / 8) as usize / ENTRY_BYTES, tmp);
    let mut asked = Asked::default();
    let mut spun: FxHashSet<DocId> = FxHashSet::default();
    let mut calm = Vec::new();
    // What phrases may take; the questions of documents beyond it stay unanswered, which only leaves repairs undone.
    let most_asked = ((memory / 16) as usize / ENTRY_BYTES).max(LEAST_ASKED);
    progress.begin(Pass::Survey, bytes);
    let ask = |item: Item<'_>, scratch: &mut Scratch| -> Option<(DocId, Questions)> {
        let (document, _) = decoded(stages, &item, scratch).ok()?;
        let mut questions = Questions::default();
        for stage in &asking {
            stage.ask(&document, scratch, &mut questions);
        }
        questions.lines.sort_unstable();
        questions.lines.dedup();
        Some((document.id, questions))
    };
    batches::run(inputs, kept, settings, memory, progress, ask, |answer| {
        // Rejects are told of in the clean pass.
        let Ok(Some((id, questions))) = answer else {
            return Ok(());
        };
        survey.documents += 1;
        if questions.spun {
            spun.insert(id);
        }
        calm.extend(questions.calm.map(|c| (id, c)));
        if asked.len() + questions.ngrams.len() <= most_asked {
            asked.extend(questions.ngrams);
        }
        lines.add(&questions.lines).map_err(RunError::spill(tmp))
    })?;
    survey.spun = spun.len() as u64;
    survey.set_calm(calm);
    survey.lines = lines.finish().map_err(RunError::spill(tmp))?;
    if asked.is_empty() {
        return Ok(survey);
    }
    progress.begin(Pass::Phrases, bytes);
    let count = |item: Item<'_>, scratch: &mut Scratch| -> Option<(usize, Vec<u64>)> {
        let (document, _) = decoded(stages, &item, scratch).ok()?;
        if spun.contains(&document.id) {
            return None;
        }
        let mut hits = Vec::new();
        let words = asked.find(&document.text, &mut hits);
        Some((words, hits))
    };
    batches::run(inputs, kept, settings, memory, progress, count, |answer| {
        if let Ok(Some((words, hits))) = answer {
            survey.clean_words += words as u64;
            for key in hits {
                let n = survey.ngrams.entry(key).or_insert(0);
                *n = n.saturating_add(1);
            }
        }
        Ok(())
    })?;
    Ok(survey)
}

/// Phrases that may be asked about however little memory the run is given: those of a few spun documents, 2 MiB.
const LEAST_ASKED: usize = 1 << 16;
/// What one entry of a hash map of counts takes, with the room that growing leaves.
const ENTRY_BYTES: usize = 32;

/// Exact counts of keys in bounded memory: what does not fit goes to disk in sorted runs, merged at the end.
///
/// The outcome does not depend on the order in which keys come, nor on where runs were cut.
struct KeyCounts {
    counts: FxHashMap<u64, u32>,
    most: usize,
    runs: Vec<File>,
    tmp: PathBuf,
}

impl KeyCounts {
    /// Holds at most about `most` keys in memory, the runs in `tmp`.
    fn new(most: usize, tmp: &Path) -> Self {
        Self {
            counts: FxHashMap::default(),
            most: most.max(1024),
            runs: Vec::new(),
            tmp: tmp.to_owned(),
        }
    }

    /// Counts each of `keys` once more.
    fn add(&mut self, keys: &[u64]) -> io::Result<()> {
        for &key in keys {
            let n = self.counts.entry(key).or_insert(0);
            *n = n.saturating_add(1);
        }
        if self.counts.len() > self.most {
            self.spill()
        } else {
            Ok(())
        }
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut sorted: Vec<(u64, u32)> = self.counts.drain().collect();
        sorted.sort_unstable();
        let mut writer = BufWriter::new(tempfile::tempfile_in(&self.tmp)?);
        for (key, count) in sorted {
            writer.write_all(&key.to_le_bytes())?;
            writer.write_all(&count.to_le_bytes())?;
        }
        let mut file = writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.runs.push(file);
        Ok(())
    }

    /// The keys counted twice or more; where these do not fit either, those counted most.
    fn finish(mut self) -> io::Result<FxHashMap<u64, u32>> {
        if self.runs.is_empty() {
            self.counts.retain(|_, n| *n > 1);
            return Ok(self.counts);
        }
        self.spill()?;
        let mut runs: Vec<BufReader<File>> = self.runs.into_iter().map(BufReader::new).collect();
        let mut heads = BinaryHeap::new();
        for (i, run) in runs.iter_mut().enumerate() {
            if let Some((key, count)) = read_entry(run)? {
                heads.push(Reverse((key, i, count)));
            }
        }
        let mut kept: FxHashMap<u64, u32> = FxHashMap::default();
        let mut least = 2u32;
        let mut current: Option<(u64, u32)> = None;
        loop {
            let next = heads.pop();
            let key = next.map(|Reverse((key, ..))| key);
            if let Some((last, count)) = current
                && key != Some(last)
            {
                if count >= least {
                    kept.insert(last, count);
                }
                while kept.len() > self.most {
                    least = least.saturating_mul(2);
                    kept.retain(|_, n| *n >= least);
                }
                current = None;
            }
            let Some(Reverse((key, i, count))) = next else {
                break;
            };
            let sum = current.map_or(0, |(_, n)| n).saturating_add(count);
            current = Some((key, sum));
            if let Some((key, count)) = read_entry(&mut runs[i])? {
                heads.push(Reverse((key, i, count)));
            }
        }
        kept.retain(|_, n| *n >= least);
        Ok(kept)
    }
}

fn read_entry(run: &mut impl Read) -> io::Result<Option<(u64, u32)>> {
    let mut key = [0; 8];
    let mut count = [0; 4];
    match run.read_exact(&mut key) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    run.read_exact(&mut count)?;
    Ok(Some((u64::from_le_bytes(key), u32::from_le_bytes(count))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(most: usize, documents: &[Vec<u64>]) -> Vec<(u64, u32)> {
        let dir = tempfile::tempdir().unwrap();
        let mut counts = KeyCounts::new(1024, dir.path());
        counts.most = most;
        for keys in documents {
            counts.add(keys).unwrap();
        }
        let mut all: Vec<_> = counts.finish().unwrap().into_iter().collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn spilled_counts_equal_those_in_memory_in_any_order() {
        let mut documents: Vec<Vec<u64>> = (0..300u64)
            .map(|d| (0..20).map(|i| (d * 7 + i * i * 13) % 1000).collect())
            .collect();
        for keys in &mut documents {
            keys.sort_unstable();
            keys.dedup();
        }
        let whole = counted(usize::MAX, &documents);
        assert!(whole.len() > 300);
        let tight = counted(400, &documents);
        documents.reverse();
        assert_eq!(counted(400, &documents), tight);
        // Those counted most, to the number.
        assert!(tight.len() <= 400 && tight.iter().all(|entry| whole.contains(entry)));
        let least = tight.iter().map(|e| e.1).min().unwrap();
        assert_eq!(whole.iter().filter(|e| e.1 >= least).count(), tight.len());
    }
}
