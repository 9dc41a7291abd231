//! The last word on the repairs of a text: boosted trees over all evidence, once the neighbours are known.
//!
//! The lattice has found the best reading with a linear judge, which must be cheap and can only add up. Here each repair
//! that is left is looked at again with its neighbours read as they were decided: what the judge says is where the trees
//! begin, and they see what no sum does (a rare word that is some common word's first choice is no chance; the same word
//! where it was seen standing of itself is). The readings of a phrase, and leaving it, share one probability. Trees:
//! `data/repair/trees.tsv`, grown by `scripts/repair/train_judge.py` on `data/repair/passages.tsv`.

use super::judge::{FEATURES, NAMES as JUDGED, odds_of_own};
use super::lattice::{Arc, Buffers, Context};
use super::memory::Memory;
use crate::forest::{Forest, LANES, Seedling};
use crate::stage::SetupError;
use crate::text::ngrams::key;

/// What the trees see beyond the judge's evidence, in this order behind it.
const BEYOND: [&str; 12] = [
    "context",      // what the language model says for it, against what stands there
    "judged",       // log-odds of the judge, the context included
    "shared",       // what was decided where the phrase stands elsewhere
    "stands",       // log-probability of the phrase
    "said",         // log-probability of the repair
    "spunness",     // weight of all repairs of the phrase, logarithm
    "among-rivals", // its share of that, logarithm
    "rivals",       // how many they are
    "seen-right",   // how often it was meant in the passages, logarithm
    "seen-other",   // how often something else was
    "seen-stood",   // how often the phrase stood of itself
    "seen-share",   // share of the first in all three
];

/// What the trees see.
const COUNT: usize = FEATURES + BEYOND.len();
/// Places in a row.
const WIDTH: usize = 64;
const _: () = assert!(COUNT <= WIDTH);

type Row = [f32; WIDTH];

/// The trees and what they remember.
#[derive(Debug)]
pub(super) struct Reranker {
    forest: Forest,
    memory: Memory,
}

/// What the trees say of a repair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranked {
    /// Log-odds against leaving the phrase.
    pub(super) odds: f32,
    /// Probability that it is right, against leaving the phrase and its other repairs.
    pub(super) probability: f32,
    /// It is part of the reading that is carried out, if it is sure enough.
    pub(super) chosen: bool,
}

impl Reranker {
    /// The trees that are part of the program.
    pub(super) fn embedded() -> Result<Self, SetupError> {
        const NAME: &str = "data/repair/trees.tsv";
        let names = names();
        let mut forest = Forest::default();
        let mut open = Seedling::new(NAME);
        for (i, line) in include_str!("../../data/repair/trees.tsv")
            .lines()
            .enumerate()
        {
            let mut columns = line.split('\t');
            match columns.next().unwrap_or_default() {
                kind if kind.starts_with('#') => {}
                "tree" => forest.plant(&mut open)?,
                kind => open.push(kind, columns, &names, i + 1)?,
            }
        }
        forest.plant(&mut open)?;
        Ok(Self {
            forest,
            memory: Memory::embedded()?,
        })
    }
}

/// Names of what the trees see, in the order of a row.
pub(super) fn names() -> Vec<&'static str> {
    JUDGED.into_iter().chain(BEYOND).collect()
}

impl Context<'_> {
    /// What the trees see of each arc of `buffers`, sorted by place and decoded, and what the judge says in all: an arc
    /// to which he gives less than `least` has no row.
    pub(super) fn seen(
        &self,
        reranker: &Reranker,
        buffers: &Buffers,
        least: f32,
        mut f: impl FnMut(f32, Option<Row>),
    ) {
        let mut witness = self.witness();
        let mut last = None;
        for arc in &buffers.arcs {
            let place = (arc.from, arc.to);
            let keep = match last {
                Some((known, keep)) if known == place => keep,
                _ => self.local(None, arc, buffers),
            };
            last = Some((place, keep));
            let judged = arc.base - arc.own;
            let context = self.local(Some(arc), arc, buffers) - keep - judged - arc.shared;
            let judged = self.weights.context * (judged + context);
            let row = (judged >= least).then(|| {
                let features = witness.features(arc);
                let mut row = [0.0; WIDTH];
                row[..FEATURES].copy_from_slice(&features);
                row[FEATURES..COUNT].copy_from_slice(&self.beyond(reranker, arc, context, judged));
                row
            });
            f(judged, row);
        }
    }

    /// What [`BEYOND`] names, of one repair.
    fn beyond(
        &self,
        reranker: &Reranker,
        arc: &Arc,
        context: f32,
        judged: f32,
    ) -> [f32; BEYOND.len()] {
        let words: Vec<u64> = self.words_of(arc).collect();
        let tokens = &self.tokens[arc.from as usize..arc.to as usize];
        let phrase: Vec<u64> = tokens.iter().map(|t| t.key).collect();
        let alone = self.stats.alone();
        let seen = reranker.memory.of(key(&phrase), key(&words));
        let rivals = &arc.evidence.rivals;
        let all = (seen.right + seen.other + seen.stood + 2) as f32;
        let log = |n: u32| (n as f32).ln_1p();
        [
            context,
            judged,
            arc.shared,
            alone.phrase(&phrase),
            alone.phrase(&words),
            (rivals.total + 1e-3).ln(),
            ((rivals.own + 1e-4) / (rivals.total + 1e-3)).ln(),
            f32::from(rivals.number),
            log(seen.right),
            log(seen.other),
            log(seen.stood),
            seen.right as f32 / all,
        ]
    }

    /// What counts of the `score` of the trees. They have never seen a batch: what its clean documents say for a repair they do
    /// not talk down, and what was decided where the phrase stands elsewhere counts as the lattice has it.
    fn heard(&self, arc: &Arc, score: f32) -> f32 {
        if arc.evidence.batch.speaks() {
            score.max(0.0) + self.weights.context * arc.shared
        } else {
            score
        }
    }

    /// Overwrites `out` with what the trees say of each arc of `buffers`, in its order.
    ///
    /// Of repairs that overlap, the likeliest is chosen.
    pub(super) fn rerank(&self, reranker: &Reranker, buffers: &Buffers, out: &mut Vec<Ranked>) {
        let arcs = &buffers.arcs;
        let mut odds: Vec<f32> = Vec::with_capacity(arcs.len());
        // Rows wait until there are enough to be scored together.
        let mut lanes = [[0.0; WIDTH]; LANES];
        let mut waiting: Vec<usize> = Vec::with_capacity(LANES);
        self.seen(reranker, buffers, HOPELESS, |judged, row| {
            let at = odds.len();
            odds.push(judged);
            // What the user counted is taken at its word.
            if let (Some(row), None) = (row, odds_of_own(&arcs[at])) {
                lanes[waiting.len()] = row;
                waiting.push(at);
                if waiting.len() == LANES {
                    let scores = reranker.forest.score(&lanes);
                    for (at, score) in waiting.drain(..).zip(scores) {
                        odds[at] += self.heard(&arcs[at], score);
                    }
                }
            }
        });
        let scores = reranker.forest.score(&lanes);
        for (at, score) in waiting.into_iter().zip(scores) {
            odds[at] += self.heard(&arcs[at], score);
        }
        out.clear();
        out.extend(odds.into_iter().map(|odds| Ranked {
            odds,
            probability: 0.0,
            chosen: false,
        }));
        rank(arcs, self.tokens.len(), out);
    }
}

/// Sets probabilities and choice of `out`, one for each of `arcs` in their order, from its odds.
pub(super) fn rank(arcs: &[Arc], tokens: usize, out: &mut [Ranked]) {
    let mut from = 0;
    while from < arcs.len() {
        let place = (arcs[from].from, arcs[from].to);
        let same = arcs[from..].iter().take_while(|a| (a.from, a.to) == place);
        let to = from + same.count();
        let rivals = &mut out[from..to];
        let top = rivals.iter().fold(0.0f32, |a, r| a.max(r.odds));
        let total = rivals
            .iter()
            .fold((-top).exp(), |sum, r| sum + (r.odds - top).exp());
        for r in rivals {
            r.probability = (r.odds - top).exp() / total;
            r.chosen = false;
        }
        from = to;
    }
    let mut order: Vec<usize> = (0..arcs.len())
        .filter(|&i| out[i].probability > LEAST)
        .collect();
    order.sort_by(|&a, &b| {
        out[b]
            .probability
            .total_cmp(&out[a].probability)
            .then(a.cmp(&b))
    });
    let mut taken = vec![false; tokens];
    for i in order {
        let tokens = &mut taken[arcs[i].from as usize..arcs[i].to as usize];
        if !tokens.contains(&true) {
            tokens.fill(true);
            out[i].chosen = true;
        }
    }
}

/// Log-odds of the judge below which the trees are not asked: they seldom add as much as it would take.
const HOPELESS: f32 = -4.5;
/// Probability below which a repair is not chosen, whatever the settings.
const LEAST: f32 = 0.05;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trees_are_whole_and_every_name_is_given_once() {
        let reranker = Reranker::embedded().expect("the files are whole");
        assert!(reranker.forest.score(&[[0.0; WIDTH]; LANES])[0].is_finite());
        let mut names = names();
        assert_eq!(names.len(), COUNT);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COUNT);
    }
}
