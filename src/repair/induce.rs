//! Induction from the batch: pairs of words that turn phrases nobody writes into phrases of the user's clean documents.
//!
//! A spun document says "safety promises" where the clean ones of the same crawl say "security guarantees". Every link
//! that any table holds may exchange a word, however weak; what counts is that the exchanged words stand in the clean
//! documents beside the same rare neighbour (a *hit*), more often than the many trials would hit by chance. A pair of a
//! spun and a meant phrase that hits at two different places, or one that the clean documents say five times, is
//! *induced*: it speaks for itself wherever else its phrase stands in the document. Pairs that hit in other spun
//! documents of the same site are counted by the survey ([`Questions::claim`](crate::survey::Questions::claim)).
//!
//! What is found here is evidence; the judge weighs it with the rest.

use rustc_hash::FxHashMap;

use super::forward::UNLISTED;
use super::judge::Evidence;
use super::lattice::{Arc, Context, NOTHING, TRUST};
use super::tokens::flag;
use crate::survey::Survey;
use crate::text::hash::combine;
use crate::text::ngrams::key;

/// Most words of a phrase that is exchanged, and of what is put in its place.
const SPUN_WORDS: usize = 3;
const MEANT_WORDS: usize = 2;
/// Most exchanges of a phrase that are tried, and of each of two neighbours.
const MOST: usize = 40;
const MOST_OF_TWO: usize = 12;
/// A phrase counted oftener than this in English is what its writer meant, unless what would stand in its place is so much commoner.
const RARE: f32 = 2.5;
const RATIO: f32 = 0.02;
/// Nats by which a hit must be likelier than chance, all trials at its place taken into account.
const LEAST: f32 = 1.5;
/// The most that one hit may say.
const MOST_SAID: f32 = 8.0;
/// Different phrases, or occurrences of one, that make a pair induced.
const PHRASES: usize = 2;
const COUNT: u32 = 5;
/// Share of the phrases tried in other documents that must have hit.
const SHARE: f32 = 0.05;
/// How often the clean documents may say the spun phrase of an induced pair, for each time that they say the meant one.
const WANTING: f32 = 0.5;
/// The most that the counts of single words may say.
const MOST_TOPIC: f32 = 4.0;

/// What the clean documents of the batch say for a repair.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Batch {
    /// They say what would stand at this place: nats beyond chance.
    pub(super) here: f32,
    /// Logarithm of one more than the different phrases of theirs that the same exchange makes at other places.
    pub(super) elsewhere: f32,
    /// The same in other documents of the site.
    pub(super) site: f32,
    /// How much oftener than in English they say what was meant, against what stands there, in nats.
    pub(super) topic: f32,
}

impl Batch {
    /// Whether they say anything for this repair in particular.
    pub(super) fn speaks(&self) -> bool {
        self.here > 0.0 || self.elsewhere > 0.0 || self.site > 0.0
    }
}

/// Where the evidence comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) survey: &'a Survey,
    /// The site of the document, as [`site_key`](super::site_key) has it; 0 where it names none.
    pub(super) site: u64,
}

/// A pair of phrases on a site, as the survey knows it.
pub(super) fn claim(site: u64, pair: Pair) -> u64 {
    combine(combine(site, pair.0), pair.1)
}

/// The keys of a spun phrase and of what was meant.
pub(super) type Pair = (u64, u64);

/// A phrase that may be exchanged.
#[derive(Clone, Copy, Debug)]
struct Exchange {
    from: u32,
    to: u32,
    meant: u32,
    rank: u8,
}

/// A phrase to look for in the clean documents.
#[derive(Clone, Copy, Debug)]
struct Trial {
    /// What would stand there.
    ngram: u64,
    /// What stands there.
    stands: u64,
    /// What stays of it: its count is the number of chances. Of two exchanges, the first one's words.
    rest: u64,
    /// What is put in beside it.
    put: u64,
    first: Exchange,
    second: Option<Exchange>,
    /// Trials at this place.
    tried: usize,
}

/// A trial that the clean documents answered.
#[derive(Clone, Copy, Debug)]
struct Hit {
    pair: Pair,
    from: u32,
    to: u32,
    ngram: u64,
    count: u32,
    strength: f32,
    /// It may be chance.
    weak: bool,
    /// One exchange made it: the survey was told that it would speak for the pair.
    claimed: bool,
}

impl Context<'_> {
    /// Asks for all that [`induce`](Self::induce) wants to know: calls `ngram` with the tokens of phrases, `claim` with a pair
    /// and the key of a phrase that would speak for it.
    pub(super) fn ask_batch(
        &self,
        mut ngram: impl FnMut(&[u64]),
        mut claim: impl FnMut(Pair, u64),
    ) {
        for at in 0..self.tokens.len() {
            for exchange in self.exchanges(at) {
                for token in &self.tokens[at..exchange.to as usize] {
                    ngram(&[token.key]);
                }
                let spun: Vec<u64> = self.tokens[at..exchange.to as usize]
                    .iter()
                    .map(|t| t.key)
                    .collect();
                ngram(&spun);
                ngram(self.keys_at(exchange.meant));
            }
        }
        self.trials(&mut |trial, words, stands| {
            ngram(words);
            ngram(stands);
            if trial.second.is_none() {
                ask_for_rest(words, trial, &mut ngram);
                claim(self.pair(trial.first), trial.ngram);
            }
        });
    }

    /// Adds to `arcs`, sorted by place, what the clean documents of the batch say: evidence for the repairs that are
    /// there, and repairs that are not.
    pub(super) fn induce(&self, arcs: &mut Vec<Arc>) {
        let Some(source) = self.batch else { return };
        if source.survey.clean_words() == 0 {
            return;
        }
        let found = Found::new(source, self.hits(source.survey));
        self.offer_induced(&found, arcs);
        let mut topics = FxHashMap::default();
        for arc in arcs.iter_mut() {
            arc.evidence.batch = self.said_of(arc, &found, &mut topics);
        }
    }

    /// What the clean documents say for `arc`.
    fn said_of(&self, arc: &Arc, found: &Found<'_>, topics: &mut FxHashMap<u64, f32>) -> Batch {
        let (from, to) = (arc.from as usize, arc.to as usize);
        let meant: Vec<u64> = self.words_of(arc).collect();
        let spun: Vec<u64> = self.tokens[from..to].iter().map(|t| t.key).collect();
        let mut out = found.support((key(&spun), key(&meant)), arc.from);
        // Of a phrase put in word by word, what speaks for each exchange; what stands there as a whole counts once.
        if spun.len() > 1 && spun.len() == meant.len() {
            for (i, pair) in spun
                .iter()
                .zip(&meant)
                .enumerate()
                .filter(|(_, p)| p.0 != p.1)
            {
                let one = found.support((key(&[*pair.0]), key(&[*pair.1])), (from + i) as u32);
                out.elsewhere += one.elsewhere;
                out.site += one.site;
            }
        }
        out.here = out
            .here
            .max(self.said_whole(found.source.survey, &spun, &meant));
        out.topic = self.topic(found.source.survey, &spun, &meant, topics);
        out
    }

    /// How far the clean documents say the phrase `meant`, which tells by itself what is meant, in nats beyond chance.
    fn said_whole(&self, survey: &Survey, spun: &[u64], meant: &[u64]) -> f32 {
        let (&[first, .., last], 2..=3) = (meant, meant.len()) else {
            return 0.0;
        };
        if [first, last]
            .iter()
            .any(|&k| self.lexicon.classes.is_function(k))
        {
            return 0.0;
        }
        let count = survey.ngram_count(key(meant));
        let stands = &spun[spun.len().saturating_sub(3)..];
        if count == 0 || survey.ngram_count(key(stands)) > 0 {
            return 0.0;
        }
        let strength = self.beyond_chance(survey, count, key(&[first]), key(&[last]), 1);
        if strength < LEAST { 0.0 } else { strength }
    }

    /// By how many nats `count` is more than chance brings where `put` may stand beside each `rest`, in `tried` trials.
    fn beyond_chance(&self, survey: &Survey, count: u32, rest: u64, put: u64, tried: usize) -> f32 {
        let total = survey.clean_words() as f32;
        // The rarer of "by chance in the batch" and "by chance in English" would flatter.
        let share = (survey.ngram_count(put) as f32 / total).max(self.english(put));
        let chances = survey.ngram_count(rest).max(1) as f32;
        let expected = chances * share * tried as f32;
        (count as f32 / expected).ln().min(MOST_SAID)
    }

    /// All trials that the clean documents answer, in reading order.
    fn hits(&self, survey: &Survey) -> Vec<Hit> {
        let mut hits: Vec<Hit> = Vec::new();
        self.trials(&mut |trial, _, _| {
            let count = survey.ngram_count(trial.ngram);
            if count == 0 || survey.ngram_count(trial.stands) > 0 {
                return;
            }
            let mut strength =
                self.beyond_chance(survey, count, trial.rest, trial.put, trial.tried);
            let weak = strength < LEAST;
            // Two exchanges share what is said of them.
            if trial.second.is_some() {
                strength /= 2.0;
            }
            for exchange in [Some(trial.first), trial.second].into_iter().flatten() {
                hits.push(Hit {
                    pair: self.pair(exchange),
                    from: exchange.from,
                    to: exchange.to,
                    ngram: trial.ngram,
                    count,
                    strength,
                    weak,
                    claimed: trial.second.is_none(),
                });
            }
        });
        hits.sort_by_key(|h| (h.from, h.to));
        hits
    }

    /// Adds the repairs that the clean documents speak for and no table offers by itself.
    fn offer_induced(&self, found: &Found<'_>, arcs: &mut Vec<Arc>) {
        let mut added: Vec<Arc> = Vec::new();
        for at in 0..self.tokens.len() {
            for exchange in self.exchanges(at) {
                let pair = self.pair(exchange);
                if !found.support(pair, at as u32).speaks() {
                    continue;
                }
                let keys = self.keys_at(exchange.meant);
                let known =
                    |a: &Arc| a.to == exchange.to && self.words_of(a).eq(keys.iter().copied());
                let first = arcs.partition_point(|a| a.from < exchange.from);
                let mut here = arcs[first..].iter().take_while(|a| a.from == exchange.from);
                if here.any(known)
                    || added
                        .iter()
                        .rev()
                        .take_while(|a| a.from == exchange.from)
                        .any(known)
                {
                    continue;
                }
                added.push(Arc {
                    from: exchange.from,
                    to: exchange.to,
                    form: NOTHING,
                    meant: exchange.meant,
                    also: [NOTHING; 3],
                    possessive: false,
                    base: 0.0,
                    own: TRUST * self.inner_of(&self.tokens[at..exchange.to as usize]),
                    evidence: Evidence::default(),
                    shared: 0.0,
                    inner: 0.0,
                    harmless: false,
                });
            }
        }
        if !added.is_empty() {
            arcs.append(&mut added);
            arcs.sort_by_key(|a| a.from);
        }
    }

    /// How much oftener the batch says the content words of `meant` than English does, against those of `spun`.
    fn topic(
        &self,
        survey: &Survey,
        spun: &[u64],
        meant: &[u64],
        known: &mut FxHashMap<u64, f32>,
    ) -> f32 {
        let total = survey.clean_words() as f32;
        let mut over = |words: &[u64], but: &[u64]| -> f32 {
            let content = |w: &&u64| !but.contains(w) && !self.lexicon.classes.is_function(**w);
            let of = |&word: &u64| {
                *known.entry(word).or_insert_with(|| {
                    let word = key(&[word]);
                    let seen = survey.ngram_count(word) as f32;
                    ((seen + 1.0) / (total * self.english(word) + 1.0)).ln()
                })
            };
            words.iter().filter(content).map(of).sum()
        };
        let odds = over(meant, spun) - over(spun, meant);
        odds.clamp(-MOST_TOPIC, MOST_TOPIC)
    }

    /// Share of the n-gram `key` in the words of English.
    fn english(&self, key: u64) -> f32 {
        (self.stats.alone().count(key) + 0.5) / self.stats.alone().words()
    }

    fn key_of(&self, from: usize, to: usize) -> u64 {
        let mut keys = [0u64; super::lexicon::MAX_WORDS];
        let n = (to - from).min(keys.len());
        for (slot, token) in keys.iter_mut().zip(&self.tokens[from..to]) {
            *slot = token.key;
        }
        key(&keys[..n])
    }

    fn pair(&self, exchange: Exchange) -> Pair {
        let spun = self.key_of(exchange.from as usize, exchange.to as usize);
        (spun, key(self.keys_at(exchange.meant)))
    }

    /// What the phrases that begin at the token `at` may have stood for by any table, conditions or not, likeliest first.
    fn exchanges(&self, at: usize) -> Vec<Exchange> {
        let mut out: Vec<Exchange> = Vec::new();
        let mut keys: Vec<u64> = Vec::with_capacity(SPUN_WORDS);
        for n in 1..=SPUN_WORDS {
            let Some(token) = self.tokens.get(at + n - 1) else {
                break;
            };
            if token.has(flag::SHUT | flag::NAME | flag::DIGIT) || (n > 1 && token.has(flag::BREAK))
            {
                break;
            }
            keys.push(token.key);
            if !self.has_content(&keys) {
                continue;
            }
            let start = out.len();
            let phrase = key(&keys);
            let links = self.lexicon.forward.of(phrase).iter().map(|link| {
                let rank = link.ranks.iter().copied().min().unwrap_or(UNLISTED);
                (link.meant, rank)
            });
            let entries = self.lexicon.forms_of(phrase).iter().flat_map(|&f| {
                let form = &self.lexicon.forms[f as usize];
                let repairs = if form.name {
                    0..0
                } else {
                    form.repairs.clone()
                };
                let first = repairs.start;
                repairs.map(move |m| (m, (m - first) as u8))
            });
            for (meant, rank) in entries.chain(links) {
                let words = self.keys_at(meant);
                let twin = out[start..]
                    .iter_mut()
                    .find(|e| self.keys_at(e.meant) == words);
                if let Some(twin) = twin {
                    twin.rank = twin.rank.min(rank);
                } else if words.len() <= MEANT_WORDS && words != keys && self.has_content(words) {
                    out.push(Exchange {
                        from: at as u32,
                        to: (at + n) as u32,
                        meant,
                        rank,
                    });
                }
            }
            out[start..].sort_by_key(|e| (e.rank, e.meant));
            out.truncate(start + MOST);
        }
        out
    }

    fn has_content(&self, words: &[u64]) -> bool {
        words.iter().any(|&w| !self.lexicon.classes.is_function(w))
    }

    /// Whether the token `at` may stand beside an exchanged word and tell what was meant.
    fn is_anchor(&self, at: usize) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|t| !self.lexicon.classes.is_function(t.key))
    }

    /// Calls `f` with every trial, the words that would stand there and those that do.
    fn trials(&self, f: &mut impl FnMut(&Trial, &[u64], &[u64])) {
        let all: Vec<Vec<Exchange>> = (0..self.tokens.len())
            .map(|at| self.exchanges(at))
            .collect();
        for at in 0..all.len() {
            let mut from = 0;
            while from < all[at].len() {
                let to = all[at][from].to;
                let same = all[at][from..].iter().take_while(|e| e.to == to).count();
                let exchanges = &all[at][from..from + same];
                self.beside(exchanges, f);
                self.together(exchanges, &all, f);
                from += same;
            }
        }
    }

    /// Trials of one exchange beside a word that stays, or a grammar word and a word that stays.
    fn beside(&self, exchanges: &[Exchange], f: &mut impl FnMut(&Trial, &[u64], &[u64])) {
        let (from, to) = (exchanges[0].from as usize, exchanges[0].to as usize);
        let left = |n: usize| {
            let first = from.checked_sub(n)?;
            let joined = self.tokens[first + 1..=from]
                .iter()
                .all(|t| !t.has(flag::BREAK));
            (joined && self.is_anchor(first) && (n == 1 || !self.is_anchor(first + 1)))
                .then_some(first)
        };
        let right = |n: usize| {
            let last = to + n;
            let joined = self
                .tokens
                .get(to..last)?
                .iter()
                .all(|t| !t.has(flag::BREAK));
            (joined && self.is_anchor(last - 1) && (n == 1 || !self.is_anchor(to))).then_some(last)
        };
        let places = [
            left(1).map(|a| (a, to)),
            left(2).map(|a| (a, to)),
            right(1).map(|b| (from, b)),
            right(2).map(|b| (from, b)),
        ];
        for (a, b) in places.into_iter().flatten() {
            let stands: Vec<u64> = self.tokens[a..b].iter().map(|t| t.key).collect();
            let rare = self
                .stats
                .alone()
                .count(key(&stands[..stands.len().min(3)]));
            let rest = [&stands[..from - a], &stands[to - a..]].concat();
            for &exchange in exchanges {
                let put = self.keys_at(exchange.meant);
                let words = [&stands[..from - a], put, &stands[to - a..]].concat();
                if words.len() > 3 || words == stands {
                    continue;
                }
                let ngram = key(&words);
                if rare > RARE && rare > RATIO * self.stats.alone().count(ngram) {
                    continue;
                }
                let trial = Trial {
                    ngram,
                    stands: key(&stands[stands.len().saturating_sub(3)..]),
                    rest: key(&rest),
                    put: key(put),
                    first: exchange,
                    second: None,
                    tried: exchanges.len(),
                };
                f(&trial, &words, &stands[stands.len().saturating_sub(3)..]);
            }
        }
    }

    /// Trials of two exchanges, side by side or with a grammar word between.
    fn together(
        &self,
        exchanges: &[Exchange],
        all: &[Vec<Exchange>],
        f: &mut impl FnMut(&Trial, &[u64], &[u64]),
    ) {
        let (from, to) = (exchanges[0].from as usize, exchanges[0].to as usize);
        if to != from + 1 {
            return;
        }
        let single = |e: &&Exchange| e.to == e.from + 1 && self.keys_at(e.meant).len() == 1;
        for gap in 0..2 {
            let next = to + gap;
            let Some(between) = self.tokens.get(to..next) else {
                continue;
            };
            if self.tokens.get(next).is_none()
                || self.tokens[to..=next].iter().any(|t| t.has(flag::BREAK))
                || (gap == 1 && self.is_anchor(to))
            {
                continue;
            }
            let stands: Vec<u64> = self.tokens[from..=next].iter().map(|t| t.key).collect();
            let rare = self.stats.alone().count(key(&stands));
            let firsts: Vec<&Exchange> =
                exchanges.iter().filter(single).take(MOST_OF_TWO).collect();
            let seconds: Vec<&Exchange> =
                all[next].iter().filter(single).take(MOST_OF_TWO).collect();
            let mut words = stands.clone();
            for (i, t) in between.iter().enumerate() {
                words[1 + i] = t.key;
            }
            for first in &firsts {
                words[0] = self.keys_at(first.meant)[0];
                for second in &seconds {
                    let last = self.keys_at(second.meant)[0];
                    *words.last_mut().unwrap_or(&mut 0) = last;
                    let ngram = key(&words);
                    if rare > RARE && rare > RATIO * self.stats.alone().count(ngram) {
                        continue;
                    }
                    let trial = Trial {
                        ngram,
                        stands: key(&stands),
                        rest: key(&words[..1]),
                        put: key(&[last]),
                        first: **first,
                        second: Some(**second),
                        tried: firsts.len() * seconds.len(),
                    };
                    f(&trial, &words, &stands);
                }
            }
        }
    }
}

/// Asks for what stays where an exchange is tried: an ending of the phrase is asked for with it, a beginning is not.
fn ask_for_rest(words: &[u64], trial: &Trial, ngram: &mut impl FnMut(&[u64])) {
    for n in 1..words.len() {
        if key(&words[..n]) == trial.rest {
            ngram(&words[..n]);
        }
    }
}

/// All hits of a document and what they say of each pair.
struct Found<'a> {
    source: Source<'a>,
    /// In reading order.
    hits: Vec<Hit>,
    pairs: FxHashMap<Pair, Support>,
}

/// Whether the clean documents say what was meant, and the phrase that stands for it much more rarely: a word of theirs
/// needs no repair, and a spun document that was taken for a clean one may say the other now and then.
fn is_wanting(survey: &Survey, (spun, meant): Pair) -> bool {
    survey.ngram_count(spun) as f32 <= WANTING * survey.ngram_count(meant) as f32
}

/// What speaks for a pair.
#[derive(Debug, Default)]
struct Support {
    /// Different phrases of the clean documents that are no chance, by key, sorted; empty where the pair is not induced.
    phrases: Vec<u64>,
    /// Different phrases that the survey counts for this document's claim.
    claimed: usize,
}

impl<'a> Found<'a> {
    fn new(source: Source<'a>, hits: Vec<Hit>) -> Self {
        let mut by_pair: FxHashMap<Pair, Vec<usize>> = FxHashMap::default();
        for (i, hit) in hits.iter().enumerate() {
            by_pair.entry(hit.pair).or_default().push(i);
        }
        let distinct = |mut keys: Vec<u64>| {
            keys.sort_unstable();
            keys.dedup();
            keys
        };
        let pairs = by_pair
            .into_iter()
            .map(|(pair, own)| {
                let own = || own.iter().map(|&i| &hits[i]);
                let sure = || own().filter(|h| !h.weak);
                let mut phrases = distinct(sure().map(|h| h.ngram).collect());
                let places = distinct(sure().map(|h| h.from.into()).collect()).len();
                let often = sure().any(|h| h.count >= COUNT);
                let few = phrases.len() < PHRASES || places < PHRASES;
                if (few && !often) || !is_wanting(source.survey, pair) {
                    phrases.clear();
                }
                let claimed = own().filter(|h| h.claimed).map(|h| h.ngram).collect();
                let claimed = distinct(claimed).len();
                (pair, Support { phrases, claimed })
            })
            .collect();
        Self {
            source,
            hits,
            pairs,
        }
    }

    /// What speaks for `pair` at the token `from`.
    fn support(&self, pair: Pair, from: u32) -> Batch {
        let mut out = Batch::default();
        let known = self.pairs.get(&pair);
        if let Some(support) = known {
            let mut others = support.phrases.len();
            let first = self.hits.partition_point(|h| h.from < from);
            let mut counted: Vec<u64> = Vec::new();
            for hit in self.hits[first..].iter().take_while(|h| h.from == from) {
                if hit.pair != pair || hit.weak || counted.contains(&hit.ngram) {
                    continue;
                }
                out.here = out.here.max(hit.strength);
                counted.push(hit.ngram);
                others = others.saturating_sub(1);
            }
            out.elsewhere = (others as f32).ln_1p();
        }
        if self.source.site != 0 {
            let (tried, hit) = self.source.survey.claimed(claim(self.source.site, pair));
            // This document's own are among them.
            let own = known.map_or(0, |s| s.claimed);
            if hit as usize >= PHRASES
                && hit as f32 >= SHARE * tried as f32
                && is_wanting(self.source.survey, pair)
            {
                out.site = ((hit as usize).saturating_sub(own) as f32).ln_1p();
            }
        }
        out
    }
}
