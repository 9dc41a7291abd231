//! How much a repair is worth before its context is heard.
//!
//! Several sources may speak for the same repair at the same place: an entry of the inverse lexicon, the forward tables
//! of the families, the thesaurus, a composed term. Their evidence is summed up by a logistic model over the readings of a
//! place (a conditional logit), trained on passages whose original is known; the language model says the rest in the lattice.

use super::forward::{Link, SLOTS, THESAURUS, UNLISTED};
use super::lattice::{Arc, Context, NOTHING, TRUST};
use super::table::{Table, rows};
use super::tokens::flag;
use super::vectors;
use crate::stage::SetupError;
use crate::text::ngrams::{key, token_key};

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
        }
    }
}

/// Most words in a link.
const LINK: usize = 5;
/// Most repairs of one phrase that are read in context.
const MOST: usize = 4;
/// Log-odds, without the context, below which a repair is not read in context; and what the vectors can add at most, or nearly.
const HOPELESS: f32 = -3.0;
const MOST_FIT: f32 = 1.5;
/// Most words of a repair that are counted.
const LONGEST: usize = 16;
/// Number of [`Context::features`].
pub(super) const FEATURES: usize = 25;

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
];

/// The logistic model that sums up the evidence: `data/repair/judge.tsv`, made by `scripts/repair/train_judge.py`.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    weights: [f32; FEATURES],
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
        let mut weights = [0.0; FEATURES];
        weights.copy_from_slice(&all[..FEATURES]);
        Ok(Self {
            weights,
            intercept: all[FEATURES],
            context: all[FEATURES + 1],
        })
    }

    fn sum(&self, features: &[f32; FEATURES]) -> f32 {
        let sum: f32 = features.iter().zip(&self.weights).map(|(x, w)| x * w).sum();
        self.intercept + sum
    }

    /// Probability that a repair is right to which the lattice gives the log-odds `odds`.
    pub(super) fn probability(&self, odds: f32) -> f32 {
        1.0 / (1.0 + (-self.context * odds).exp())
    }
}

impl Context<'_> {
    /// Adds what the forward tables offer to `arcs`, sorted by place.
    pub(super) fn link(&self, arcs: &mut Vec<Arc>) {
        let mut keys: Vec<u64> = Vec::with_capacity(LINK);
        let mut added: Vec<Arc> = Vec::new();
        for at in 0..self.tokens.len() {
            let first = &self.tokens[at];
            let longest = self.lexicon.forward.longest(first.key).min(LINK);
            keys.clear();
            for n in 1..=longest.max(usize::from(first.has(flag::POSSESSIVE))) {
                let Some(token) = self.tokens.get(at + n - 1) else {
                    break;
                };
                if token.has(flag::SHUT | flag::NAME) || (n > 1 && token.has(flag::BREAK)) {
                    break;
                }
                keys.push(token.key);
                let mut links = self.lexicon.forward.of(key(&keys));
                let mut possessive = false;
                if links.is_empty() && token.has(flag::POSSESSIVE) {
                    let word = token.span.of(self.text);
                    keys[n - 1] = token_key(word.trim_end_matches(['s', '\'', '\u{2019}']));
                    links = self.lexicon.forward.of(key(&keys));
                    keys[n - 1] = token.key;
                    possessive = true;
                }
                if !links.is_empty() {
                    self.link_at((at, at + n), links, possessive, arcs, &mut added);
                }
            }
        }
        arcs.append(&mut added);
        arcs.sort_by_key(|a| a.from);
    }

    fn link_at(
        &self,
        (from, to): (usize, usize),
        links: &[Link],
        possessive: bool,
        arcs: &mut [Arc],
        added: &mut Vec<Arc>,
    ) {
        let tokens = &self.tokens[from..to];
        let inner = self.inner_of(tokens);
        let start = arcs.partition_point(|a| (a.from as usize) < from);
        let end = start
            + arcs[start..]
                .iter()
                .take_while(|a| a.from as usize == from)
                .count();
        for link in links.iter().filter(|l| l.is_general()) {
            let keys = self
                .lexicon
                .keys_of(&self.lexicon.meant[link.meant as usize]);
            let twin = arcs[start..end].iter().position(|a| {
                a.to as usize == to
                    && a.possessive == possessive
                    && self.words_of(a).eq(keys.iter().copied())
            });
            if let Some(t) = twin {
                let ranks = &mut arcs[start + t].evidence.ranks;
                for (r, new) in ranks.iter_mut().zip(link.ranks) {
                    *r = (*r).min(new);
                }
                continue;
            }
            added.push(Arc {
                from: from as u32,
                to: to as u32,
                form: NOTHING,
                meant: link.meant,
                also: [NOTHING; 3],
                possessive,
                base: 0.0,
                own: TRUST * inner,
                evidence: Evidence {
                    ranks: link.ranks,
                    ..Evidence::default()
                },
                shared: 0.0,
                inner: TRUST * self.stats.inner(keys),
                harmless: false,
            });
        }
    }

    /// Sets the log-odds of all `arcs`, sorted by place, and leaves out those that no context would make likely.
    pub(super) fn judge(&self, arcs: &mut Vec<Arc>) {
        let places = self.vector_places();
        let mut spot = None;
        arcs.retain_mut(|arc| {
            let spot = self.spot(&mut spot, arc, &places);
            let mut features = self.plain_features(arc, spot);
            // The vectors are asked last: they seldom save what the rest is sure about.
            if !self.all && self.weights.sum(&features) < HOPELESS - MOST_FIT {
                return false;
            }
            self.add_fit(arc, spot, &mut features);
            let odds = self.weights.sum(&features);
            arc.base = arc.own + odds / self.weights.context;
            self.all || odds > HOPELESS
        });
        if !self.all {
            self.prune(arcs);
        }
    }

    /// Keeps the likeliest of `arcs`, sorted by place, at each place.
    fn prune(&self, arcs: &mut Vec<Arc>) {
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

    /// What is known of the phrase that `arc` replaces; taken from `last` where it was asked for last.
    fn spot<'s>(&self, last: &'s mut Option<Spot>, arc: &Arc, places: &[Option<u32>]) -> &'s Spot {
        let place = (arc.from as usize, arc.to as usize);
        if last.as_ref().is_none_or(|s| s.place != place) {
            let tokens = &self.tokens[place.0..place.1];
            let keys: Vec<u64> = tokens.iter().map(|t| t.key).collect();
            let direction = self.vectors.direction(vectors::words(self.text, tokens));
            *last = Some(Spot {
                place,
                phrase: self.stats.phrase(&keys),
                function: keys.len() == 1 && self.lexicon.classes.is_function(keys[0]),
                sides: direction.map(|d| (d, self.vectors.around(places, place))),
            });
        }
        // It was set above where it was not there.
        last.get_or_insert_default()
    }

    /// The evidence of `arc` but for that of the vectors.
    fn plain_features(&self, arc: &Arc, spot: &Spot) -> [f32; FEATURES] {
        let e = &arc.evidence;
        let listed = e.ranks[..=THESAURUS].iter().any(|&r| r != UNLISTED);
        let entry = e.entry > 0.0;
        let on = |b: bool| f32::from(u8::from(b));
        let place = |r: u8| {
            if r == UNLISTED {
                0.0
            } else {
                (-0.35 * f32::from(r)).exp()
            }
        };
        let mut own = 0.0f32;
        let mut others = 0.0;
        for (&trust, &rank) in self.trust.iter().zip(&e.ranks) {
            own = own.max(trust * place(rank));
            others += place(rank);
        }
        let mut keys = [0u64; LONGEST];
        let mut words = 0;
        for (slot, key) in keys.iter_mut().zip(self.words_of(arc)) {
            *slot = key;
            words += 1;
        }
        let keys = &keys[..words];
        let (from, to) = (arc.from as usize, arc.to as usize);
        let rarer = (self.stats.phrase(keys) - spot.phrase).clamp(-8.0, 8.0);
        let p = e.entry.clamp(0.01, 0.99);
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
            place(e.ranks[THESAURUS]),
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
        ]
    }

    /// Adds to `features` what the vectors say.
    fn add_fit(&self, arc: &Arc, spot: &Spot, features: &mut [f32; FEATURES]) {
        let Some((spun, around)) = &spot.sides else {
            return;
        };
        let text = self.text_of(arc);
        if let Some(meant) = self.vectors.direction(vectors::parts(&text)) {
            let fit = around.fit(spun, &meant);
            features[FEATURES - 3..].copy_from_slice(&[fit.alike, fit.narrow, fit.wide]);
        }
    }

    /// All evidence of each of `arcs`, for training.
    pub(super) fn features(&self, arcs: &[Arc]) -> Vec<[f32; FEATURES]> {
        let places = self.vector_places();
        let mut last = None;
        arcs.iter()
            .map(|arc| {
                let spot = self.spot(&mut last, arc, &places);
                let mut features = self.plain_features(arc, spot);
                self.add_fit(arc, spot, &mut features);
                features
            })
            .collect()
    }
}

/// What is known of a phrase that may be replaced.
#[derive(Debug, Default)]
struct Spot {
    place: (usize, usize),
    /// Its log-probability.
    phrase: f32,
    /// It is a single article, preposition or the like.
    function: bool,
    /// The direction of its vectors, and what surrounds it; none where it has no vector.
    sides: Option<(vectors::Sum, vectors::Around)>,
}
