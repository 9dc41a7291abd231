//! How much a repair is worth before its context is heard.
//!
//! Several sources may speak for the same repair at the same place: an entry of the inverse lexicon, the forward tables
//! of the families, the thesaurus, a composed term. Their evidence is summed up by a logistic model over the readings of a
//! place (a conditional logit), trained on passages whose original is known; the language model says the rest in the lattice.

use std::cell::OnceCell;

use super::candidates::UNASKED;
use super::forward::{SLOTS, THESAURUS, UNLISTED};
use super::induce::Batch;
use super::lattice::{Arc, Context, NOTHING, TRUST};
use super::lexicon::OWN;
use super::table::{Table, rows};
use super::tokens::{Token, flag};
use super::vectors;
use crate::stage::SetupError;

/// Where a repair comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    /// Prior of the entry; 0 without one.
    pub(super) entry: f32,
    /// Sides on which the entry wants other neighbours.
    pub(super) half: u8,
    /// Share among the repairs of the entry.
    pub(super) share: f32,
    /// Family of the entry.
    pub(super) family: u8,
    /// Place in the rows of the forward tables.
    pub(super) ranks: [u8; SLOTS],
    /// Log-odds of a composed repair.
    pub(super) composed: Option<f32>,
    /// How commonly it is meant where its phrase stands, as the tables have it: see [`Rivals`].
    pub(super) rivals: Rivals,
    /// What the batch's clean documents say.
    pub(super) batch: Batch,
}

/// A repair among all that are offered at its place, by Bayes' rule from the tables alone: how common it is, times how
/// likely a spinner is to write the phrase for it, over how common the phrase is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rivals {
    /// Its own weight.
    pub(super) own: f32,
    /// The weights of all repairs of the phrase.
    pub(super) total: f32,
    /// How many there are.
    pub(super) number: u16,
}

impl Evidence {
    /// The family in whose forward table it stands best, as trusted; `None` where it stands in none.
    pub(super) fn family_of_link(&self, trust: &[f32; 3]) -> Option<u8> {
        (0..3u8)
            .zip(trust.iter().zip(&self.ranks))
            .filter(|(_, (_, rank))| **rank != UNLISTED)
            .map(|(family, (trust, &rank))| (family, trust * worth_of(rank)))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
            .map(|(family, _)| family)
    }
}

/// What a place in a row is worth, from 1 for the first one; 0 where the table has none.
fn worth_of(rank: u8) -> f32 {
    if rank == UNLISTED {
        0.0
    } else {
        (-0.35 * f32::from(rank)).exp()
    }
}

impl Default for Evidence {
    fn default() -> Self {
        Self {
            entry: 0.0,
            half: 0,
            share: 1.0,
            family: 0,
            ranks: [UNLISTED; SLOTS],
            composed: None,
            rivals: Rivals::default(),
            batch: Batch::default(),
        }
    }
}

/// Most repairs of one phrase that are read in context.
const MOST: usize = 4;
/// Log-odds, without the context, below which a repair is not read in context; and what the vectors can add at most, or nearly.
const HOPELESS: f32 = -2.5;
const MOST_FIT: f32 = 1.5;
/// Most words of a repair that are counted.
const LONGEST: usize = 16;
/// Places among the features of "own", "others" and "rarer".
const OWN_RANK: usize = 8;
const OTHERS: usize = 9;
const RARER: usize = 11;
/// Number of [`Witness::features`].
pub(super) const FEATURES: usize = 29;
/// Place of the three features of the vectors among them, and of the four of the batch.
const FIT: usize = 22;
const BATCH: usize = 25;

/// What the model of the judge looks at, in the order of [`Weights`].
pub(super) const NAMES: [&str; FEATURES] = [
    "entry", // an entry of the inverse lexicons says so, no forward table
    "both",  // both do
    "link",  // forward tables only
    "composed",
    "prior",
    "half",
    "share",
    "doubted",
    "own",
    "others",
    "thesaurus",
    "rarer",
    "spun-words",
    "meant-words",
    "composed-odds",
    "wrong-number",
    "link-w",
    "link-a",
    "link-b",
    "rarer-w",
    "thesaurus-only",
    "function-word",
    "alike",
    "narrow",
    "wide",
    "batch-here", // what the batch's clean documents say: see `induce`
    "batch-elsewhere",
    "batch-site",
    "batch-topic",
];

/// The logistic model that sums up the evidence: `data/repair/judge.tsv`, made by `scripts/repair/train_judge.py`.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    by_evidence: [f32; FEATURES],
    /// Log-odds of a repair for which nothing speaks.
    intercept: f32,
    /// Weight of what the lattice says of the context, itself weighted by [`TRUST`].
    pub(super) context: f32,
}

impl Weights {
    /// The weights that are part of the program.
    pub(super) fn embedded() -> Result<Self, SetupError> {
        const TABLE: Table = Table {
            name: "data/repair/judge.tsv",
            text: include_str!("../../data/repair/judge.tsv"),
        };
        let mut all = [0.0; FEATURES + 2];
        let mut seen = 0;
        for row in rows(&TABLE) {
            let [name, weight] = row.columns()?;
            let at = NAMES
                .iter()
                .chain(&["intercept", "context"])
                .position(|n| *n == name)
                .ok_or_else(|| row.error(format!("no evidence is called {name}")))?;
            all[at] = weight
                .parse()
                .map_err(|_| row.error("the weight is no number"))?;
            seen += 1;
        }
        if seen != all.len() || all[FEATURES + 1] <= 0.0 {
            return Err(SetupError::Data {
                name: TABLE.name.to_owned(),
                line: 0,
                problem: format!(
                    "{seen} of {} weights, or a context that counts nothing",
                    all.len()
                ),
            });
        }
        let mut by_evidence = [0.0; FEATURES];
        by_evidence.copy_from_slice(&all[..FEATURES]);
        Ok(Self {
            by_evidence,
            intercept: all[FEATURES],
            context: all[FEATURES + 1],
        })
    }

    /// Log-odds, but for the context.
    pub(super) fn sum(&self, features: &[f32; FEATURES]) -> f32 {
        let sum: f32 = features
            .iter()
            .zip(&self.by_evidence)
            .map(|(x, w)| x * w)
            .sum();
        self.intercept + sum
    }

    /// Log-odds that the words of the batch's clean documents alone bring.
    pub(super) fn of_batch(&self, batch: &Batch) -> f32 {
        let said = batch_features(batch);
        let weights = &self.by_evidence[BATCH..];
        said.iter().zip(weights).map(|(x, w)| x * w).sum()
    }

    /// Probability that a repair is right to which the lattice gives the log-odds `odds`.
    pub(super) fn probability(&self, odds: f32) -> f32 {
        1.0 / (1.0 + (-self.context * odds).exp())
    }
}

impl Context<'_> {
    /// Sets the log-odds of all `arcs`, sorted by place, and leaves out those that no context would make likely.
    pub(super) fn judge(&self, arcs: &mut Vec<Arc>) {
        let places = self.vector_places();
        let mut spots: Vec<Spot> = Vec::new();
        let mut plain: Vec<(usize, [f32; FEATURES])> = Vec::with_capacity(arcs.len());
        for arc in arcs.iter_mut() {
            let at = self.spot(&mut spots, arc);
            let features = self.plain_features(arc, &spots[at]);
            arc.evidence.rivals.own = weight_of(&features);
            plain.push((at, features));
        }
        set_rivals(arcs);
        let mut plain = plain.into_iter();
        arcs.retain_mut(|arc| {
            // One was pushed for each.
            let Some((at, mut features)) = plain.next() else {
                return false;
            };
            // The vectors are asked last: they seldom save what the rest is sure about.
            let own = odds_of_own(arc);
            if !self.all && own.is_none() && self.weights.sum(&features) < HOPELESS - MOST_FIT {
                return false;
            }
            self.add_fit(arc, &spots[at], &places, &mut features);
            let odds = own.unwrap_or_else(|| self.weights.sum(&features));
            arc.base = arc.own + odds / self.weights.context;
            if arc.inner == 0.0 && (self.all || odds > HOPELESS) {
                let keys: Vec<u64> = self.words_of(arc).collect();
                arc.inner = TRUST * self.stats.inner(&keys);
            }
            self.all || odds > HOPELESS
        });
        if self.all {
            arcs.sort_by_key(|a| (a.from, a.to));
        } else {
            prune(arcs);
        }
    }

    /// The vector of each token, where it has one.
    fn vector_places(&self) -> Vec<Option<u32>> {
        self.tokens
            .iter()
            .map(|t| {
                let word = t.span.of(self.text);
                vectors::parts(word)
                    .next()
                    .and_then(|w| self.vectors.place(w))
            })
            .collect()
    }

    /// Which of `spots` is the phrase that `arc` replaces; it is added where the last ones are not it.
    fn spot(&self, spots: &mut Vec<Spot>, arc: &Arc) -> usize {
        let place = (arc.from as usize, arc.to as usize);
        let known = spots
            .iter()
            .rev()
            .take_while(|s| s.place.0 == place.0)
            .position(|s| s.place == place);
        if let Some(back) = known {
            return spots.len() - 1 - back;
        }
        let tokens = &self.tokens[place.0..place.1];
        let keys: Vec<u64> = tokens.iter().map(|t| t.key).collect();
        spots.push(Spot {
            place,
            phrase: self.stats.alone().phrase(&keys),
            function: keys.len() == 1 && self.lexicon.classes.is_function(keys[0]),
            around: OnceCell::new(),
        });
        spots.len() - 1
    }

    /// Of `places`, one for each token, those before and behind the tokens `from..to` on their line.
    fn line_of<'p>(
        &self,
        places: &'p [Option<u32>],
        (from, to): (usize, usize),
    ) -> (&'p [Option<u32>], &'p [Option<u32>]) {
        let tokens = &self.tokens;
        let starts = |t: &Token| t.has(flag::LINE);
        let start = tokens[..=from].iter().rposition(starts).unwrap_or(0);
        let rest = tokens[to..].iter().position(starts);
        let end = rest.map_or(places.len(), |n| to + n);
        (&places[start..from], &places[to..end])
    }

    /// The evidence of `arc` but for that of the vectors.
    fn plain_features(&self, arc: &Arc, spot: &Spot) -> [f32; FEATURES] {
        let e = &arc.evidence;
        let listed = e.ranks[..=THESAURUS].iter().any(|&r| r != UNLISTED);
        let entry = e.entry > 0.0;
        let on = |b: bool| f32::from(u8::from(b));
        let mut own = 0.0f32;
        let mut others = 0.0;
        for (&trust, &rank) in self.trust.iter().zip(&e.ranks) {
            own = own.max(trust * worth_of(rank));
            others += worth_of(rank);
        }
        let mut keys = [0u64; LONGEST];
        let mut words = 0;
        for (slot, key) in keys.iter_mut().zip(self.words_of(arc)) {
            *slot = key;
            words += 1;
        }
        let keys = &keys[..words];
        let (from, to) = (arc.from as usize, arc.to as usize);
        let said = if arc.also[0] == NOTHING {
            let meant = &self.lexicon.meant[arc.meant as usize];
            meant.phrase(|| self.stats.alone().phrase(keys))
        } else {
            self.stats.alone().phrase(keys)
        };
        let rarer = (said - spot.phrase).clamp(-8.0, 8.0);
        let p = e.entry.clamp(0.01, 0.99);
        let [here, elsewhere, site, topic] = batch_features(&e.batch);
        let link = on(!entry && listed);
        [
            on(entry && !listed),
            on(entry && listed),
            link,
            on(e.composed.is_some()),
            on(entry) * (p / (1.0 - p)).ln(),
            f32::from(e.half),
            if entry { e.share.ln() } else { 0.0 },
            if entry {
                self.trust_in(e.family).ln()
            } else {
                0.0
            },
            own,
            others,
            worth_of(e.ranks[THESAURUS]),
            rarer,
            (to - from - 1).min(3) as f32,
            words.saturating_sub(1).min(3) as f32,
            e.composed.unwrap_or(0.0),
            keys.first().map_or(0.0, |&k| self.disagreement(from, k)),
            link * self.trust[0],
            link * self.trust[1],
            link * self.trust[2],
            rarer * on(self.trust[0] >= 1.0),
            on(listed && e.ranks[..THESAURUS].iter().all(|&r| r == UNLISTED)),
            on(spot.function),
            0.0,
            0.0,
            0.0,
            here,
            elsewhere,
            site,
            topic,
        ]
    }

    /// Adds to `features` what the vectors say; `places` are those of [`vector_places`](Self::vector_places).
    fn add_fit(
        &self,
        arc: &Arc,
        spot: &Spot,
        places: &[Option<u32>],
        features: &mut [f32; FEATURES],
    ) {
        let place = spot.place;
        let around = spot.around.get_or_init(|| {
            let tokens = &self.tokens[place.0..place.1];
            let direction = self.vectors.direction(vectors::words(self.text, tokens));
            direction.map(|d| self.vectors.around(self.line_of(places, place), d))
        });
        let Some(around) = around else {
            return;
        };
        let text = self.text_of(arc);
        if let Some(meant) = self.vectors.direction(vectors::parts(&text)) {
            let fit = around.fit(&meant);
            features[FIT..FIT + 3].copy_from_slice(&[fit.alike, fit.narrow, fit.wide]);
        }
    }

    /// Who gives all evidence of one arc after another.
    pub(super) fn witness(&self) -> Witness<'_> {
        Witness {
            context: self,
            places: self.vector_places(),
            spots: Vec::new(),
        }
    }
}

/// Gives all evidence of arcs that come sorted by place.
pub(super) struct Witness<'c> {
    context: &'c Context<'c>,
    places: Vec<Option<u32>>,
    spots: Vec<Spot>,
}

impl Witness<'_> {
    /// All evidence of `arc`.
    pub(super) fn features(&mut self, arc: &Arc) -> [f32; FEATURES] {
        let at = self.context.spot(&mut self.spots, arc);
        let spot = &self.spots[at];
        let mut features = self.context.plain_features(arc, spot);
        self.context.add_fit(arc, spot, &self.places, &mut features);
        features
    }
}

/// Tells every one of `arcs`, sorted by where they begin, what else is offered at its place.
fn set_rivals(arcs: &mut [Arc]) {
    let mut from = 0;
    while from < arcs.len() {
        let start = arcs[from].from;
        let to = from + arcs[from..].iter().take_while(|a| a.from == start).count();
        for i in from..to {
            let same = arcs[from..to].iter().filter(|a| a.to == arcs[i].to);
            let (total, number) =
                same.fold((0.0, 0), |(t, n), a| (t + a.evidence.rivals.own, n + 1));
            let rivals = &mut arcs[i].evidence.rivals;
            (rivals.total, rivals.number) = (total, number);
        }
        from = to;
    }
}

/// What [`Rivals`] says of a repair with these features.
fn weight_of(features: &[f32; FEATURES]) -> f32 {
    features[RARER].exp() * features[OWN_RANK].max(0.1 * features[OTHERS])
}

/// The features of what the batch says.
fn batch_features(batch: &Batch) -> [f32; FEATURES - BATCH] {
    [batch.here, batch.elsewhere, batch.site, batch.topic]
}

/// Log-odds of an entry of the user's own lexicons: its prior was counted, so it is taken at its word. `None` for
/// all other repairs.
pub(super) fn odds_of_own(arc: &Arc) -> Option<f32> {
    let e = &arc.evidence;
    (e.entry > 0.0 && e.family == OWN).then(|| {
        let p = (e.entry * UNASKED.powi(e.half.into())).clamp(0.01, 0.99);
        (p / (1.0 - p)).ln() + e.share.ln()
    })
}

/// Keeps the likeliest of `arcs`, sorted by place, at each place.
fn prune(arcs: &mut Vec<Arc>) {
    let mut kept = 0;
    let mut from = 0;
    while from < arcs.len() {
        let same = arcs[from..]
            .iter()
            .take_while(|a| a.from == arcs[from].from);
        let to = from + same.count();
        arcs[from..to].sort_by(|a, b| {
            let worth = |a: &Arc| a.base - a.own;
            a.to.cmp(&b.to)
                .then(worth(b).total_cmp(&worth(a)))
                .then(a.meant.cmp(&b.meant))
        });
        let mut rank = 0;
        for i in from..to {
            let next = i > from && arcs[i].to == arcs[i - 1].to;
            rank = if next { rank + 1 } else { 0 };
            if rank < MOST {
                arcs[kept] = arcs[i];
                kept += 1;
            }
        }
        from = to;
    }
    arcs.truncate(kept);
}

/// What is known of a phrase that may be replaced.
#[derive(Debug, Default)]
struct Spot {
    place: (usize, usize),
    /// Its log-probability.
    phrase: f32,
    /// It is a single article, preposition or the like.
    function: bool,
    /// What surrounds it, once somebody asked; none where it has no vector.
    around: OnceCell<Option<vectors::Around>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::repair::{Repair, Settings};
    use crate::stage::Scratch;

    #[test]
    fn the_weights_are_whole_and_a_sure_thing_is_likelier() {
        let weights = Weights::embedded().expect("the file is whole");
        assert!(weights.context > 0.0);
        assert!(weights.probability(8.0) > weights.probability(0.0));
        assert!((weights.probability(0.0) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn a_word_is_judged_by_its_neighbours() {
        let repair = Repair::new(&Settings::default()).expect("settings are in range");
        let text = "It used to be a long warfare. The usage of the gadget, the military fought thru the \
                    nighttime, and the warfare used to be misplaced.";
        let doc = Document::new("text", 0, text);
        let survey = repair.survey(std::slice::from_ref(&doc));
        let found = repair.candidates(&doc, &survey, &mut Scratch::new());
        let of = |spun: &str, meant: &str| {
            found
                .iter()
                .find(|c| c.span.of(text) == spun && c.meant == meant)
                .map_or(0.0, |c| c.probability)
        };
        assert!(of("warfare", "war") > 0.6, "{}", of("warfare", "war"));
        assert!(of("used to be", "was") > 0.9);
        assert!(of("thru", "through") > 0.7);
        assert!(of("military", "war") < 0.3);
        for c in &found {
            assert_eq!(c.evidence.len(), crate::repair::rerank::names().len());
            assert!((0.0..=1.0).contains(&c.probability), "{c:?}");
        }
    }
}
