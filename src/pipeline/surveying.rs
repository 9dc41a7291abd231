//! The survey pass: what the stages ask of the whole corpus, counted in bounded memory.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::batches::{self, Item, Mark, Source};
use super::cleaning::decoded;
use super::job::RunError;
use super::progress::{Pass, Progress};
use super::stages::Stages;
use crate::corpus::Reject;
use crate::corpus::counts::KeyCounts;
use crate::document::DocId;
use crate::stage::{Scratch, Stage};
use crate::survey::{Questions, Survey};
use crate::text::ngrams::Asked;

/// Reads the corpus once, twice where some document is spun, and answers what the stages ask.
pub(super) fn survey(
    stages: &Stages,
    source: Source<'_>,
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
    let Source { inputs, memory, .. } = source;
    let bytes = inputs.iter().map(|i| i.bytes).sum();
    let mut lines = KeyCounts::new((memory / 8) as usize, tmp);
    let mut asked = Asked::default();
    let mut claims: Vec<(u64, u64)> = Vec::new();
    let mut unfit: FxHashSet<DocId> = FxHashSet::default();
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
    let note = |answer: Result<Option<(DocId, Questions)>, Reject>| {
        // Rejects are told of in the clean pass.
        let Ok(Some((id, mut questions))) = answer else {
            return Ok(());
        };
        survey.documents += 1;
        survey.spun += u64::from(questions.spun);
        if questions.spun || questions.doubtful {
            unfit.insert(id);
        }
        calm.extend(questions.calm.map(|c| (id, c)));
        // A claim takes half of what an entry of the set does.
        let room = |held: usize| most_asked.saturating_sub(held);
        if questions.ngrams.len() <= room(asked.len() + claims.len() / 2) {
            asked.extend(questions.ngrams);
            let more = questions.more_ngrams.len() + questions.claims.len() / 2;
            if more <= room(asked.len() + claims.len() / 2) {
                asked.extend(questions.more_ngrams);
                claims.append(&mut questions.claims);
            }
        }
        lines.add(&questions.lines).map_err(RunError::spill(tmp))
    };
    batches::run(source, Mark::default(), progress, ask, note)?;
    survey.set_calm(calm);
    survey.lines = Arc::new(lines.finish().map_err(RunError::spill(tmp))?);
    if asked.is_empty() {
        return Ok(survey);
    }
    progress.begin(Pass::Phrases, bytes);
    let count = |item: Item<'_>, scratch: &mut Scratch| -> Option<(usize, Vec<u64>)> {
        let (document, _) = decoded(stages, &item, scratch).ok()?;
        if unfit.contains(&document.id) {
            return None;
        }
        let mut hits = Vec::new();
        let words = asked.find(&document.text, &mut hits);
        Some((words, hits))
    };
    let note = |answer: Result<Option<(usize, Vec<u64>)>, Reject>| {
        if let Ok(Some((words, hits))) = answer {
            survey.clean_words += words as u64;
            for key in hits {
                let n = survey.ngrams.entry(key).or_insert(0);
                *n = n.saturating_add(1);
            }
        }
        Ok(())
    };
    batches::run(source, Mark::default(), progress, count, note)?;
    survey.settle(claims);
    Ok(survey)
}

/// Phrases that may be asked about however little memory the run is given: those of a few spun documents, 2 MiB.
const LEAST_ASKED: usize = 1 << 16;
/// What one entry of a hash map of counts takes, with the room that growing leaves.
const ENTRY_BYTES: usize = 32;
