//! Spun copies among the candidate pairs: checked on the texts, and which of the two is the spun one.

use super::Corpus;
use super::documents::{KIND, edge_value};
use super::findings::Kind;
use crate::dedup::Dedup;
use crate::dedup::diff;
use crate::dedup::form::{self, Form};
use crate::dedup::shape::Shape;
use crate::dedup::spun::check::{self, Content};
use crate::dedup::verify::{Measure, Prepared};

/// Tells spun copies from other candidates; what one worker reuses.
pub(super) struct Judge<'c> {
    corpus: &'c Corpus<'c>,
    dedup: &'c Dedup,
    contents: [Content; 2],
    read: Option<u32>,
    forms: [Form; 2],
    diff: diff::Buffers,
    buffers: form::Buffers,
}

impl<'c> Judge<'c> {
    pub(super) fn new(corpus: &'c Corpus<'c>, dedup: &'c Dedup) -> Self {
        Self {
            corpus,
            dedup,
            contents: Default::default(),
            read: None,
            forms: Default::default(),
            diff: diff::Buffers::default(),
            buffers: form::Buffers::default(),
        }
    }

    /// The value of the edge between two documents of which one is the other, spun. Pairs sorted by the later document are cheapest.
    pub(super) fn edge(&mut self, earlier: u32, later: u32) -> Option<u64> {
        let synonyms = self.dedup.synonyms()?;
        let (a, b) = (self.corpus.text(earlier), self.corpus.text(later));
        let [x, y] = &mut self.contents;
        if self.read != Some(later) {
            y.read(b, synonyms);
            self.read = Some(later);
        }
        x.read(a, synonyms);
        let found = check::compare(x, y, &mut self.diff);
        if !found.is_spun() {
            return None;
        }
        let (facts, grammar) = (self.dedup.fact_words(), self.dedup.function_words());
        let [x, y] = &mut self.forms;
        x.read(a, facts, grammar);
        y.read(b, facts, grammar);
        if !check::keeps_facts(&form::compare((x, a), (y, b), &mut self.buffers)) {
            return None;
        }
        let value = edge_value(found.aligned(), Measure::SynonymAlignment);
        Some(value | (Kind::SpunCopy as u64) << KIND)
    }
}

impl Corpus<'_> {
    /// Of an original and its spun copy, what a policy needs to leave out the copy: its words, its place and the original's. `None`
    /// unless exactly one of the two was called spun: then nobody knows which is the copy.
    pub(super) fn spun_of(&self, a: u32, b: u32, shape: Shape) -> Option<(u32, u32, u32)> {
        let spun = |place: u32| self.spun[self.number[place as usize] as usize];
        let (copy, original) = match (spun(a), spun(b)) {
            (true, false) => (a, b),
            (false, true) => (b, a),
            _ => return None,
        };
        let mut prepared = Prepared::default();
        prepared.read(self.text(copy), shape);
        Some((prepared.words(), copy, original))
    }
}
