//! Inverse collocations: several spun words in a row, each known to stand for others, that together were a set
//! phrase ("counterfeit consciousness" for "artificial intelligence").
//!
//! The lexicon lists whole phrases; this finds those that nobody listed. Every word that the thesaurus or the lexicon
//! links to others may be exchanged; what counts is that the exchanged words form a known term, or a pair of words
//! that is far commoner in English than the one that stands there. A single exchange needs its neighbours to agree.

use rustc_hash::FxHashMap;

use super::judge::Evidence;
use super::lattice::{Arc, Context, NOTHING, TOKEN, TRUST};
use super::tokens::flag;
use crate::text::hash::combine;
use crate::text::ngrams::key;

/// What may be composed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Compose {
    /// Nothing.
    Off,
    /// Listed terms: the document is not called spun, its gate was forced open.
    Terms,
    /// Terms, likely pairs, and single words.
    All,
}

/// What each place in the list of a row costs, and the last place that costs more.
const LINK_STEP: f32 = -0.3;
const LAST_PLACE: u8 = 5;
/// Most words in a link, on either side.
const LINK: usize = 5;
/// Log-odds of a term of which several words were exchanged; of which one was, among three or more; among two.
const TERM: [f32; 3] = [4.0, 2.5, 1.5];
/// What a term loses by each factor of e in the count of what stands in its place.
const INNOCENT: f32 = 0.9;
/// A plural counted less often than this is none that is said.
const RARE: f32 = 20.0;
/// What a term loses that only a pattern makes.
const PATTERN: f32 = 1.5;
/// What a term of a pattern loses for each nat by which its words meet oftener by chance than [`CHANCE`].
const PATTERN_CHANCE_WEIGHT: f32 = 0.9;
/// Log-odds of a pair, before what its words say for one another.
const PAIR: f32 = -3.0;
/// Least count of a pair, its least association in nats, and the most that the spun pair may have of its count.
const PAIR_COUNT: f32 = 6.0;
const PAIR_ASSOCIATION: f32 = 2.5;
const PAIR_RATIO: f32 = 0.02;
/// Log-odds of a term where the document is not called spun: of two words, both exchanged; what each word more costs,
/// and what it costs that one was exchanged only; what it brings that some stay beside two exchanged, and that three
/// were exchanged. Fitted, with the weights below, on the train half of the tortured terms.
const UNSPUN: f32 = 2.2;
const UNSPUN_WORD: f32 = -1.9;
const UNSPUN_ONE: f32 = -1.35;
const UNSPUN_KEPT: f32 = 2.1;
const UNSPUN_THREE: f32 = 3.0;
/// What it loses there by each factor of e in the count of what stands in its place, and the weight of the links.
const UNSPUN_INNOCENT: f32 = 2.6;
const UNSPUN_LINK: f32 = 2.28;
/// How much it gains there for each nat by which the words that stand there would more rarely than this stand in a
/// row by chance, and the bounds of that. Common words do now and then, and mean it.
const CHANCE_WEIGHT: f32 = 1.2;
const CHANCE: f32 = -9.5;
const CHANCE_BOUNDS: (f32, f32) = (-8.0, 8.0);
/// The same for a pair that is no listed term: before all else, by the weight of its links, by each nat of its
/// association and by each factor of e in its count.
const UNSPUN_PAIR: f32 = -1.5;
const UNSPUN_PAIR_LINK: f32 = 1.5;
const UNSPUN_PAIR_ASSOCIATION: f32 = 0.55;
const UNSPUN_PAIR_COUNT: f32 = 0.3;

/// An exchange of `len` tokens.
#[derive(Clone, Copy, Debug)]
struct Unit {
    len: u8,
    meant: u32,
    /// Log-odds lost because other phrases stand for it oftener.
    weight: f32,
}

/// The exchanges at every token.
#[derive(Debug, Default)]
struct Units {
    starts: Vec<u32>,
    all: Vec<Unit>,
}

impl Units {
    fn at(&self, token: usize) -> &[Unit] {
        &self.all[self.starts[token] as usize..self.starts[token + 1] as usize]
    }
}

/// Most exchanges and words that stay, together, in one composed repair.
const PIECES: usize = 4;

/// A term being spelt: where its next word stands, and what was exchanged.
#[derive(Clone, Copy)]
struct Spelling {
    first: usize,
    at: usize,
    state: State,
    changed: u8,
    kept: u8,
    /// Repairs, or [`TOKEN`] and a token that stays.
    pieces: [u32; PIECES],
    weight: f32,
}

impl Spelling {
    /// Goes on with `piece`, which reads `len` tokens.
    fn with(mut self, piece: u32, len: usize, state: State) -> Option<Self> {
        *self.pieces.get_mut(usize::from(self.changed + self.kept))? = piece;
        if piece & TOKEN == 0 {
            self.changed += 1;
        } else {
            self.kept += 1;
        }
        self.at += len;
        self.state = state;
        Some(self)
    }
}

/// How far a term is spelt: the hash of its words, and, past its beginning, the patterns that go on there.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    hash: u64,
    patterns: u64,
}

/// A term; one only where the document is not called spun.
const LISTED: u8 = 1;
const WIDE: u8 = 2;

/// Most patterns.
pub(super) const MOST_PATTERNS: u32 = 64;

/// Terms, by the hash of their words and of all their beginnings.
///
/// A term is listed as a whole, or made by a pattern: any of its beginnings, then any of its heads.
#[derive(Debug, Default)]
pub(super) struct Terms {
    /// Whether it is a term ([`LISTED`], [`WIDE`]), and the patterns of which it is a beginning.
    by_hash: FxHashMap<u64, (u8, u64)>,
    /// The patterns of which it is a head.
    heads: FxHashMap<u64, u64>,
}

impl Terms {
    /// Adds the term `words`; with a pattern, one of its heads.
    pub(super) fn insert(&mut self, words: &[u64], pattern: Option<u32>) {
        let mut hash = 0;
        for (i, &word) in words.iter().enumerate() {
            hash = combine(hash, word);
            let last = i + 1 == words.len();
            match pattern {
                Some(p) => *self.heads.entry(hash).or_default() |= u64::from(last) << p,
                None => self.by_hash.entry(hash).or_default().0 |= u8::from(last) * LISTED,
            }
        }
    }

    /// Adds a term of documents that are not called spun.
    pub(super) fn insert_wide(&mut self, words: &[u64]) {
        let mut hash = 0;
        for (i, &word) in words.iter().enumerate() {
            hash = combine(hash, word);
            let last = i + 1 == words.len();
            self.by_hash.entry(hash).or_default().0 |= u8::from(last) * WIDE;
        }
    }

    /// Adds a beginning of `pattern`.
    pub(super) fn insert_beginning(&mut self, words: &[u64], pattern: u32) {
        let mut hash = 0;
        for (i, &word) in words.iter().enumerate() {
            hash = combine(hash, word);
            let last = i + 1 == words.len();
            self.by_hash.entry(hash).or_default().1 |= u64::from(last) << pattern;
        }
    }

    /// The states after `state` and `words`, of those that some term goes through.
    fn after(&self, state: State, words: &[u64]) -> impl Iterator<Item = State> {
        let mut hash = state.hash;
        let mut on = true;
        for &word in words {
            hash = combine(hash, word);
            on &= if state.patterns == 0 {
                self.by_hash.contains_key(&hash)
            } else {
                self.heads.contains_key(&hash)
            };
        }
        let on = on.then_some(State { hash, ..state });
        // Where a beginning is complete, a head may follow.
        let turn = on
            .filter(|s| s.patterns == 0)
            .and_then(|s| self.by_hash.get(&s.hash))
            .filter(|s| s.1 != 0)
            .map(|s| State {
                hash: 0,
                patterns: s.1,
            });
        on.into_iter().chain(turn)
    }

    /// Whether `state` is the end of a term, of those that `lists` names.
    fn is_term(&self, state: State, lists: u8) -> bool {
        if state.patterns == 0 {
            self.by_hash
                .get(&state.hash)
                .is_some_and(|s| s.0 & lists != 0)
        } else {
            self.heads
                .get(&state.hash)
                .is_some_and(|h| h & state.patterns != 0)
        }
    }
}

impl Context<'_> {
    /// Adds to `arcs`, sorted by place, what can be composed.
    pub(super) fn compose(&self, arcs: &mut Vec<Arc>) {
        let units = self.units();
        let mut found = Vec::new();
        for at in 0..self.tokens.len() {
            if self.tokens[at].has(flag::SHUT) {
                continue;
            }
            let start = Spelling {
                first: at,
                at,
                state: State::default(),
                changed: 0,
                kept: 0,
                pieces: [NOTHING; PIECES],
                weight: 0.0,
            };
            self.spell(start, &units, &mut found);
            if !self.tokens[at].has(flag::NAME) {
                self.pairs(at, &units, &mut found);
            }
        }
        self.merge(found, arcs);
    }

    /// Adds `found` to `arcs`, sorted by place; of two that say the same, the surer one stays.
    fn merge(&self, mut found: Vec<Arc>, arcs: &mut Vec<Arc>) {
        if found.is_empty() {
            return;
        }
        arcs.append(&mut found);
        arcs.sort_by_key(|a| a.from);
        let mut kept: usize = 0;
        for i in 0..arcs.len() {
            let arc = arcs[i];
            let twin = (0..kept)
                .rev()
                .take_while(|&k| arcs[k].from == arc.from)
                .find(|&k| {
                    let same = arcs[k].to == arc.to && arcs[k].possessive == arc.possessive;
                    same && self.words_of(&arcs[k]).eq(self.words_of(&arc))
                });
            if let Some(k) = twin {
                arcs[k].base = arcs[k].base.max(arc.base);
                arcs[k].evidence.composed = arc.evidence.composed.or(arcs[k].evidence.composed);
            } else {
                arcs[kept] = arc;
                kept += 1;
            }
        }
        arcs.truncate(kept);
    }

    /// The lists of terms that count.
    fn lists(&self) -> u8 {
        match self.compose {
            Compose::Terms => LISTED | WIDE,
            _ => LISTED,
        }
    }

    fn units(&self) -> Units {
        let wide = self.compose == Compose::Terms;
        let mut out = Units::default();
        let mut keys: Vec<u64> = Vec::with_capacity(LINK);
        for at in 0..self.tokens.len() {
            let start = out.all.len();
            out.starts.push(start as u32);
            keys.clear();
            for n in 1..=LINK {
                let Some(token) = self.tokens.get(at + n - 1) else {
                    break;
                };
                if token.has(flag::SHUT) || (n > 1 && token.has(flag::BREAK)) {
                    break;
                }
                keys.push(token.key);
                let key = key(&keys);
                let len = n as u8;
                let own = self.lexicon.forward.of(key).iter().filter_map(|link| {
                    let rank = link.for_terms(wide)?;
                    Some(Unit {
                        len,
                        meant: link.meant,
                        weight: LINK_STEP * f32::from(rank.min(LAST_PLACE)),
                    })
                });
                out.all.extend(own);
                for &f in self.lexicon.forms_of(key) {
                    let form = &self.lexicon.forms[f as usize];
                    if form.name {
                        continue;
                    }
                    for meant in form.repairs.clone() {
                        let words = self.keys_at(meant);
                        let known = out.all[start..]
                            .iter()
                            .any(|u| u.len == len && self.keys_at(u.meant) == words);
                        if words.len() <= LINK && !known {
                            out.all.push(Unit {
                                len,
                                meant,
                                weight: 0.5 * self.lexicon.meant[meant as usize].share.ln(),
                            });
                        }
                    }
                }
            }
        }
        out.starts.push(out.all.len() as u32);
        out
    }

    pub(super) fn keys_at(&self, meant: u32) -> &[u64] {
        self.lexicon.keys_of(&self.lexicon.meant[meant as usize])
    }

    /// Adds every term that can be spelt on from `so_far`.
    fn spell(&self, so_far: Spelling, units: &Units, arcs: &mut Vec<Arc>) {
        let terms = &self.lexicon.terms;
        let lists = self.lists();
        if so_far.changed > 0 && terms.is_term(so_far.state, lists) {
            self.term(so_far, arcs);
        }
        let Some(token) = self.tokens.get(so_far.at) else {
            return;
        };
        if token.has(flag::SHUT) || (so_far.at > so_far.first && token.has(flag::BREAK)) {
            return;
        }
        let mut stays = false;
        for state in terms.after(so_far.state, &[token.key]) {
            stays |= so_far.at > so_far.first && terms.is_term(state, lists);
            if let Some(next) = so_far.with(TOKEN | so_far.at as u32, 1, state) {
                self.spell(next, units, arcs);
            }
        }
        // A word that completes a term as it stands was not spun.
        if stays {
            return;
        }
        for unit in units.at(so_far.at) {
            for state in terms.after(so_far.state, self.keys_at(unit.meant)) {
                if let Some(mut next) = so_far.with(unit.meant, unit.len.into(), state) {
                    next.weight += unit.weight;
                    self.spell(next, units, arcs);
                }
            }
        }
    }

    fn term(&self, found: Spelling, arcs: &mut Vec<Arc>) {
        let mut place = (found.first, found.at);
        let tokens = &self.tokens[place.0..place.1];
        let least = if self.compose == Compose::All { 1 } else { 2 };
        // A capitalised word inside a sentence is a name, unless the whole phrase is a title.
        if tokens.iter().any(|t| t.has(flag::NAME))
            && (found.changed < least || !tokens.iter().all(|t| t.has(flag::CAP)))
        {
            return;
        }
        let pattern = found.state.patterns != 0;
        if self.is_term(place) || (pattern && (found.changed < 2 || self.compose == Compose::Terms))
        {
            return;
        }
        let odds = match (found.changed, found.kept) {
            (2.., _) => TERM[0],
            (_, 2..) => TERM[1],
            _ => TERM[2],
        } - INNOCENT * (1.0 + self.count_of(place)).ln()
            + found.weight
            - if pattern { PATTERN } else { 0.0 };

        let odds = match self.compose {
            Compose::Terms => self.unspun_term(&found, place),
            _ if pattern => {
                odds + (PATTERN_CHANCE_WEIGHT * (CHANCE - self.chance_of(place))).clamp(-4.0, 0.0)
            }
            _ => odds,
        };
        let mut pieces = &found.pieces[..usize::from(found.changed + found.kept)];
        // Plurals are built by rule, also where nobody says them.
        let last = pieces.last().filter(|&&p| p & TOKEN == 0);
        if let Some(&last) = last
            && self.lexicon.meant[last as usize].text.ends_with('s')
            && self
                .keys_at(last)
                .last()
                .is_some_and(|&k| self.stats.count(key(&[k])) < RARE)
        {
            return;
        }
        // What stays at either end is no part of the repair.
        while let [first, rest @ ..] = pieces
            && first & TOKEN != 0
        {
            pieces = rest;
            place.0 += 1;
        }
        while let [rest @ .., last] = pieces
            && last & TOKEN != 0
        {
            pieces = rest;
            place.1 -= 1;
        }
        self.offer(place, pieces, odds, arcs);
    }

    /// Log-odds of the term `found` in place of the tokens of `place` where the document is not called spun.
    fn unspun_term(&self, found: &Spelling, place: (usize, usize)) -> f32 {
        let if_so = |so: bool, odds: f32| if so { odds } else { 0.0 };
        UNSPUN + UNSPUN_WORD * (place.1 - place.0) as f32 - UNSPUN_WORD * 2.0
            + if_so(found.changed == 1, UNSPUN_ONE)
            + if_so(found.changed > 1 && found.kept > 0, UNSPUN_KEPT)
            + if_so(found.changed > 2, UNSPUN_THREE)
            - UNSPUN_INNOCENT * (1.0 + self.count_of(place)).ln()
            + UNSPUN_LINK * found.weight
            + self.rarity_of(place)
    }

    /// How rarely the tokens of `place` would stand in a row by chance, in log-odds.
    fn rarity_of(&self, place: (usize, usize)) -> f32 {
        (CHANCE_WEIGHT * (CHANCE - self.chance_of(place))).clamp(CHANCE_BOUNDS.0, CHANCE_BOUNDS.1)
    }

    /// How often the tokens of `place` would stand in a row by chance.
    fn chance_of(&self, (from, to): (usize, usize)) -> f32 {
        self.stats
            .by_chance(self.tokens[from..to].iter().map(|t| t.key))
    }

    /// Whether the tokens of `place` are a term as they stand.
    fn is_term(&self, (from, to): (usize, usize)) -> bool {
        let terms = &self.lexicon.terms;
        let mut states = vec![State::default()];
        for token in &self.tokens[from..to] {
            states = states
                .into_iter()
                .flat_map(|s| terms.after(s, std::slice::from_ref(&token.key)))
                .collect();
        }
        states.into_iter().any(|s| terms.is_term(s, self.lists()))
    }

    /// How often the tokens of `place` stand so in clean English; of more than three, the rarest three in a row.
    fn count_of(&self, (from, to): (usize, usize)) -> f32 {
        let keys: Vec<u64> = self.tokens[from..to].iter().map(|t| t.key).collect();
        keys.windows(keys.len().min(3))
            .map(|w| self.stats.count(key(w)))
            .fold(f32::INFINITY, f32::min)
    }

    /// Adds the pairs of words from the token `at` that are likelier than what stands there.
    fn pairs(&self, at: usize, units: &Units, arcs: &mut Vec<Arc>) {
        let Some(next) = self.tokens.get(at + 1) else {
            return;
        };
        if next.has(flag::BREAK | flag::NAME | flag::SHUT) {
            return;
        }
        let spun = self.count_of((at, at + 2));
        for a in units.at(at).iter().filter(|u| u.len == 1) {
            let [first] = *self.keys_at(a.meant) else {
                continue;
            };
            if self.lexicon.classes.is_function(first) {
                continue;
            }
            for b in units.at(at + 1).iter().filter(|u| u.len == 1) {
                let [second] = *self.keys_at(b.meant) else {
                    continue;
                };
                let count = self.stats.count(key(&[first, second]));
                if count < PAIR_COUNT || spun > count * PAIR_RATIO {
                    continue;
                }
                // Where one exchange is enough, the other word was not spun.
                let half = self.stats.count(key(&[first, next.key]));
                let other = self.stats.count(key(&[self.tokens[at].key, second]));
                if half.max(other) > count * PAIR_RATIO {
                    continue;
                }
                let association = self.stats.inner(&[first, second]);
                if association < PAIR_ASSOCIATION || self.lexicon.classes.is_function(second) {
                    continue;
                }
                let odds = if self.compose == Compose::Terms {
                    UNSPUN_PAIR
                        + UNSPUN_PAIR_LINK * (a.weight + b.weight)
                        + UNSPUN_PAIR_ASSOCIATION * association.min(7.0)
                        + UNSPUN_PAIR_COUNT * count.ln()
                        - UNSPUN_INNOCENT * (1.0 + spun).ln()
                        + self.rarity_of((at, at + 2))
                } else {
                    PAIR + a.weight + b.weight + TRUST * association.min(7.0)
                };
                self.offer((at, at + 2), &[a.meant, b.meant], odds, arcs);
            }
        }
    }

    /// Adds a repair of the tokens of `place`.
    fn offer(&self, (from, to): (usize, usize), pieces: &[u32], odds: f32, arcs: &mut Vec<Arc>) {
        let [meant, rest @ ..] = pieces else { return };
        let mut also = [NOTHING; PIECES - 1];
        for (slot, &piece) in also.iter_mut().zip(rest) {
            *slot = piece;
        }
        let own = TRUST * self.inner_of(&self.tokens[from..to]);
        let mut arc = Arc {
            from: from as u32,
            to: to as u32,
            form: NOTHING,
            meant: *meant,
            also,
            possessive: false,
            base: odds + own,
            own,
            evidence: Evidence {
                composed: Some(odds),
                ..Evidence::default()
            },
            shared: 0.0,
            inner: 0.0,
            harmless: false,
        };
        let words: Vec<u64> = self.words_of(&arc).collect();
        arc.inner = TRUST * self.stats.inner(&words);
        arcs.push(arc);
    }
}

#[cfg(test)]
mod tests {
    use crate::document::Document;
    use crate::edit::apply;
    use crate::repair::{Gate, Repair, Settings};
    use crate::stage::{Scratch, Stage};

    fn repaired(text: &str) -> String {
        let settings = Settings {
            gate: Gate::Off,
            ..Settings::default()
        };
        let repair = Repair::new(&settings).expect("settings are in range");
        let doc = Document::new("text", 0, text);
        let survey = repair.survey(std::slice::from_ref(&doc));
        let mut edits = Vec::new();
        repair.edit(&doc, &survey, &mut Scratch::new(), &mut edits);
        apply(text, &edits)
    }

    #[test]
    fn unlisted_terms_are_composed_from_their_words() {
        for (spun, meant) in [
            ("irregular timberland", "random forest"),
            ("bolster vector machines", "support vector machines"),
            ("hereditary calculations", "genetic algorithms"),
        ] {
            let text = format!("The second part deals with {spun} and later work.");
            assert_eq!(repaired(&text), text.replace(spun, meant));
        }
    }

    #[test]
    fn terms_and_common_words_stay() {
        for text in [
            "The second part deals with personal information and neural networks.",
            "It is a brilliant city with a large organization of help and support.",
        ] {
            assert_eq!(repaired(text), text);
        }
    }
}
