//! The readings of a line: every word as it stands, or what a lexicon entry says was meant; and the best of them.
//!
//! A path through the lattice is scored as a noisy channel. A word that stays costs nothing. A repair brings the
//! log-odds of its entry. Both bring what the language model says about the words *in this context*, relative to
//! the same words anywhere: so a frequent word is no better than a rare one unless the neighbours ask for it, and
//! the entry's prior is not counted twice. What the words of the spun phrase say for one another is credited to the
//! repair too, for the prior already speaks about the phrase as a whole.
//!
//! Source: the channel model as in Kernighan, Church and Gale 1990, doi:10.3115/997939.997975.

use std::borrow::Cow;

use super::compose::Compose;
use super::induce::Source;
use super::judge::{Evidence, Weights};
use super::lexicon::Lexicon;
use super::lm::{Marks, Memo, Stats};
use super::tokens::{Token, flag};
use super::vectors::Vectors;

/// Weight of the language model against the entries' priors.
pub(super) const TRUST: f32 = 0.55;
/// The most one word in its context may say, either way, in nats.
const LOUDEST: f32 = 7.0;
/// Words read at a time: a longer line is read in pieces, so memory does not follow its length.
const LONGEST_LINE: usize = 8192;
/// Readings kept at each place.
const BEAM: usize = 3;
/// What the mean verdict over the other occurrences of a phrase adds to the odds of one.
const SHARED: f32 = 0.5;

/// A repair at a place of the line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arc {
    /// First token of the phrase, in the document.
    pub(super) from: u32,
    /// One past the last.
    pub(super) to: u32,
    /// Index into the lexicon's forms; [`NOTHING`] for a composed repair.
    pub(super) form: u32,
    /// Index into the lexicon's repairs.
    pub(super) meant: u32,
    /// What follows it in a composed repair: more repairs, or [`TOKEN`] and a token that stays; then [`NOTHING`].
    pub(super) also: [u32; 3],
    /// The phrase ends in 's beyond what the entry says; the repair gets it too.
    pub(super) possessive: bool,
    /// Log-odds of the entry, and what the phrase says for itself.
    pub(super) base: f32,
    /// Of it, what the phrase says for itself.
    pub(super) own: f32,
    /// Where the repair comes from.
    pub(super) evidence: Evidence,
    /// What the verdicts on other occurrences add, and those of a language model.
    pub(super) shared: f32,
    /// What the words of the repair say for one another, to be taken off.
    pub(super) inner: f32,
    /// The words mean much the same in good English.
    pub(super) harmless: bool,
}

/// A partial reading.
#[derive(Clone, Copy, Debug)]
struct State {
    a: u64,
    b: u64,
    score: f32,
    /// Index of the arc that led here; [`KEEP`] for a word that stays.
    arc: u32,
    /// Index of the state before; [`NONE`] at the start.
    before: u32,
    /// Next state at the same place.
    next: u32,
}

/// No index.
pub(super) const NOTHING: u32 = u32::MAX;
/// In [`Arc::also`]: the other bits are the index of a token.
pub(super) const TOKEN: u32 = 1 << 31;
const KEEP: u32 = u32::MAX;
const NONE: u32 = u32::MAX;

/// What an arc puts in: [`Arc::meant`] and [`Arc::also`].
type Phrase = (u32, [u32; 3]);

/// Buffers of the decoder.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    states: Vec<State>,
    heads: Vec<u32>,
    open: Vec<u32>,
    path: Vec<u64>,
    /// Chosen arcs of the document, by index, in reading order.
    pub(super) chosen: Vec<u32>,
    /// All arcs of the document, sorted by place.
    pub(super) arcs: Vec<Arc>,
    verdicts: Vec<(Phrase, f32)>,
}

/// What the decoder needs to know besides the arcs.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) lexicon: &'a Lexicon,
    pub(super) stats: &'a Stats<'a>,
    pub(super) marks: &'a Marks,
    pub(super) memo: &'a Memo,
    /// Trust in the entries of each family.
    pub(super) trust: [f32; 3],
    /// Added to the log-odds of every entry.
    pub(super) shift: f32,
    /// Whether an entry may match, at a lower prior, where its conditions want other neighbours.
    pub(super) soft: bool,
    /// Whether to keep also what no context would make likely.
    pub(super) all: bool,
    /// The judge's model.
    pub(super) weights: &'a Weights,
    /// Vectors of words.
    pub(super) vectors: &'a Vectors,
    /// What may be composed beyond the entries.
    pub(super) compose: Compose,
    /// What the batch's clean documents say of pairs of words, where they are to be heard.
    pub(super) batch: Option<Source<'a>>,
}

impl Context<'_> {
    /// The word keys that `arc` puts in.
    pub(super) fn words_of(&self, arc: &Arc) -> impl DoubleEndedIterator<Item = u64> {
        let of = |piece: u32| -> &[u64] {
            if piece == NOTHING {
                &[]
            } else if piece & TOKEN != 0 {
                std::slice::from_ref(&self.tokens[(piece & !TOKEN) as usize].key)
            } else {
                self.lexicon.keys_of(&self.lexicon.meant[piece as usize])
            }
        };
        let [b, c, d] = arc.also;
        of(arc.meant)
            .iter()
            .chain(of(b))
            .chain(of(c))
            .chain(of(d))
            .copied()
    }

    /// The words that `arc` puts in.
    pub(super) fn text_of(&self, arc: &Arc) -> Cow<'_, str> {
        let of = |piece: u32| {
            if piece & TOKEN == 0 {
                &self.lexicon.meant[piece as usize].text
            } else {
                self.tokens[(piece & !TOKEN) as usize].span.of(self.text)
            }
        };
        if arc.also[0] == NOTHING {
            return Cow::Borrowed(of(arc.meant));
        }
        let mut text = String::from(of(arc.meant));
        for &piece in arc.also.iter().filter(|&&p| p != NOTHING) {
            text.push(' ');
            text.push_str(of(piece));
        }
        Cow::Owned(text)
    }

    /// Finds the best reading of the whole document, twice: the second time each occurrence of a phrase hears what
    /// was decided on the others.
    pub(super) fn decode(&self, buffers: &mut Buffers) {
        self.read_all(buffers);
        self.share(buffers);
        self.read_all(buffers);
    }

    /// Finds the best reading of the whole document, once.
    pub(super) fn read_all(&self, buffers: &mut Buffers) {
        buffers.chosen.clear();
        let mut at = 0;
        let mut arc = 0;
        while at < self.tokens.len() {
            let most = (at + LONGEST_LINE).min(self.tokens.len());
            let end = self.tokens[at + 1..most]
                .iter()
                .position(|t| t.has(flag::LINE))
                .map_or(most, |n| at + 1 + n);
            let first = arc;
            while arc < buffers.arcs.len() && (buffers.arcs[arc].from as usize) < end {
                arc += 1;
            }
            if arc > first {
                self.read_line(at, end, first, arc, buffers);
            }
            at = end;
        }
    }

    /// Appends the arcs of the best reading of the tokens `from..to`, whose arcs are `first..last`.
    fn read_line(&self, from: usize, to: usize, first: usize, last: usize, buffers: &mut Buffers) {
        let Buffers {
            states,
            heads,
            open,
            path,
            chosen,
            arcs,
            ..
        } = buffers;
        states.clear();
        heads.clear();
        heads.resize(to - from + 1, NONE);
        push(
            states,
            heads,
            0,
            State {
                a: self.marks.start,
                b: self.marks.start,
                score: 0.0,
                arc: KEEP,
                before: NONE,
                next: NONE,
            },
        );
        let mut arc = first;
        let mut reach = from;
        for at in from..to {
            gather(states, heads, at - from, open);
            let begin = arc;
            while arc < last && arcs[arc].from as usize == at {
                reach = reach.max(arcs[arc].to as usize);
                arc += 1;
            }
            // With one reading so far and nothing to choose here, what the model says is the same for all.
            let quiet = open.len() == 1 && begin == arc && reach <= at;
            for &s in open.iter() {
                let state = states[s as usize];
                path.clear();
                self.lead(at, path);
                let lead = path.len();
                path.push(self.tokens[at].key);
                let (gain, a, b) = if quiet {
                    Self::shifted(&state, path)
                } else {
                    self.step(state.a, state.b, path)
                };
                push(
                    states,
                    heads,
                    at + 1 - from,
                    State {
                        a,
                        b,
                        score: state.score + gain,
                        arc: KEEP,
                        before: s,
                        next: NONE,
                    },
                );
                for (i, c) in arcs[begin..arc].iter().enumerate() {
                    if c.to as usize > to {
                        continue;
                    }
                    path.truncate(lead);
                    path.extend(self.words_of(c));
                    let (gain, a, b) = self.step(state.a, state.b, path);
                    let score = state.score + gain + c.base + c.shared - c.inner;
                    push(
                        states,
                        heads,
                        c.to as usize - from,
                        State {
                            a,
                            b,
                            score,
                            arc: (begin + i) as u32,
                            before: s,
                            next: NONE,
                        },
                    );
                }
            }
        }
        gather(states, heads, to - from, open);
        let tail = if self.tokens[to - 1].has(flag::LAST_STOP) {
            self.marks.stop
        } else {
            self.marks.end
        };
        let best = open.iter().copied().max_by(|&x, &y| {
            let total = |s: u32| {
                let s = &states[s as usize];
                s.score + self.step(s.a, s.b, &[tail]).0
            };
            total(x).total_cmp(&total(y)).then(y.cmp(&x))
        });
        let start = chosen.len();
        let mut at = best.unwrap_or(NONE);
        while at != NONE {
            let s = &states[at as usize];
            if s.arc != KEEP {
                chosen.push(s.arc);
            }
            at = s.before;
        }
        chosen[start..].reverse();
    }

    /// Appends the mark for what stands before the token `at`, if anything that the model knows.
    fn lead(&self, at: usize, path: &mut Vec<u64>) {
        if self.tokens[at].has(flag::STOP) {
            path.push(self.marks.stop);
        }
    }

    /// What `words` are worth after `a b`, and the two last words then.
    fn step(&self, mut a: u64, mut b: u64, words: &[u64]) -> (f32, u64, u64) {
        let mut gain = 0.0;
        for &c in words {
            gain += TRUST * self.memo.lift(self.stats, a, b, c).clamp(-LOUDEST, LOUDEST);
            (a, b) = (b, c);
        }
        (gain, a, b)
    }

    fn shifted(state: &State, words: &[u64]) -> (f32, u64, u64) {
        let (mut a, mut b) = (state.a, state.b);
        for &c in words {
            (a, b) = (b, c);
        }
        (0.0, a, b)
    }

    /// Log-odds of `arc` against leaving its phrase, its neighbours read as in the best reading; and the same
    /// against all its rivals at this place and leaving together.
    pub(super) fn margin(&self, at: usize, buffers: &Buffers) -> (f32, f32) {
        // What the odds are counted in: where the judge speaks, less than nats.
        let unit = if self.compose == Compose::All {
            self.weights.context
        } else {
            1.0
        };
        let arc = &buffers.arcs[at];
        let keep = self.local(None, arc, buffers);
        let own = self.local(Some(arc), arc, buffers);
        let mut rest = keep;
        let same = |a: &Arc| a.from == arc.from && a.to == arc.to;
        let from = buffers.arcs.partition_point(|a| a.from < arc.from);
        for rival in buffers.arcs[from..]
            .iter()
            .take_while(|a| a.from == arc.from)
        {
            if same(rival) && (rival.meant, rival.also) != (arc.meant, arc.also) {
                rest = log_add(unit * rest, unit * self.local(Some(rival), arc, buffers)) / unit;
            }
        }
        (own - keep, own - rest)
    }

    /// Score of the surroundings of `place` with `arc` taken there, or its phrase left.
    pub(super) fn local(&self, arc: Option<&Arc>, place: &Arc, buffers: &Buffers) -> f32 {
        let (from, to) = (place.from as usize, place.to as usize);
        let mut words = [0u64; 64];
        let mut n = 0;
        // Two words to the left as chosen, then the phrase, then two words to the right as chosen.
        let (a, b) = self.left_of(from, buffers);
        {
            let mut put = |k: u64| {
                if n < words.len() {
                    words[n] = k;
                    n += 1;
                }
            };
            if self.tokens[from].has(flag::STOP) {
                put(self.marks.stop);
            }
            match arc {
                Some(c) => self.words_of(c).for_each(&mut put),
                None => self.tokens[from..to].iter().for_each(|t| put(t.key)),
            }
            let mut at = to;
            let mut right = 0;
            while right < 2 {
                match self.tokens.get(at) {
                    Some(t) if !t.has(flag::LINE) => {
                        if t.has(flag::STOP) {
                            put(self.marks.stop);
                            right += 1;
                        }
                        let chosen = buffers
                            .chosen
                            .binary_search_by_key(&at, |&c| buffers.arcs[c as usize].from as usize);
                        if let Ok(c) = chosen {
                            let c = &buffers.arcs[buffers.chosen[c] as usize];
                            for k in self.words_of(c) {
                                put(k);
                                right += 1;
                            }
                            at = c.to as usize;
                        } else {
                            put(t.key);
                            right += 1;
                            at += 1;
                        }
                    }
                    _ => {
                        let stop = self.tokens[at - 1].has(flag::LAST_STOP);
                        put(if stop {
                            self.marks.stop
                        } else {
                            self.marks.end
                        });
                        break;
                    }
                }
            }
        }
        let gain = self.step(a, b, &words[..n]).0;
        gain + arc.map_or(0.0, |c| c.base + c.shared - c.inner)
    }

    /// The two words before the token `at` in the best reading.
    fn left_of(&self, at: usize, buffers: &Buffers) -> (u64, u64) {
        let mut found = [self.marks.start; 2];
        let mut n = 0;
        let mut at = at;
        while n < 2 && at > 0 && !self.tokens[at].has(flag::LINE) {
            let i = buffers
                .chosen
                .partition_point(|&c| (buffers.arcs[c as usize].to as usize) < at);
            let chosen = buffers
                .chosen
                .get(i)
                .map(|&c| &buffers.arcs[c as usize])
                .filter(|c| c.to as usize == at);
            if let Some(c) = chosen {
                for k in self.words_of(c).rev().take(2 - n) {
                    found[n] = k;
                    n += 1;
                }
                at = c.from as usize;
            } else {
                at -= 1;
                found[n] = self.tokens[at].key;
                n += 1;
            }
            if n < 2 && self.tokens[at].has(flag::STOP) {
                found[n] = self.marks.stop;
                n += 1;
            }
        }
        (found[1], found[0])
    }

    /// Lets every occurrence of a phrase hear the mean verdict on the others.
    fn share(&self, buffers: &mut Buffers) {
        let mut verdicts = std::mem::take(&mut buffers.verdicts);
        verdicts.clear();
        for i in 0..buffers.arcs.len() {
            let (margin, _) = self.margin(i, buffers);
            let arc = &buffers.arcs[i];
            verdicts.push(((arc.meant, arc.also), margin.clamp(-6.0, 6.0)));
        }
        let mut sums: Vec<(Phrase, f32, u32)> = Vec::new();
        let mut sorted = verdicts.clone();
        sorted.sort_by_key(|v| v.0);
        for &(meant, margin) in &sorted {
            match sums.last_mut() {
                Some(last) if last.0 == meant => {
                    last.1 += margin;
                    last.2 += 1;
                }
                _ => sums.push((meant, margin, 1)),
            }
        }
        for (arc, &(meant, margin)) in buffers.arcs.iter_mut().zip(&verdicts) {
            if let Ok(i) = sums.binary_search_by_key(&meant, |s| s.0)
                && sums[i].2 > 1
            {
                arc.shared = SHARED * (sums[i].1 - margin) / (sums[i].2 - 1) as f32;
            }
        }
        buffers.verdicts = verdicts;
    }
}

fn push(states: &mut Vec<State>, heads: &mut [u32], at: usize, mut state: State) {
    state.next = heads[at];
    heads[at] = states.len() as u32;
    states.push(state);
}

/// Overwrites `open` with the best states at a place, one for each pair of last words.
fn gather(states: &[State], heads: &[u32], at: usize, open: &mut Vec<u32>) {
    open.clear();
    let mut s = heads[at];
    while s != NONE {
        open.push(s);
        s = states[s as usize].next;
    }
    open.sort_by(|&x, &y| {
        let (sx, sy) = (&states[x as usize], &states[y as usize]);
        sy.score.total_cmp(&sx.score).then(x.cmp(&y))
    });
    let mut kept = 0;
    for i in 0..open.len() {
        let s = &states[open[i] as usize];
        let known = open[..kept].iter().any(|&o| {
            let o = &states[o as usize];
            o.a == s.a && o.b == s.b
        });
        if !known && kept < BEAM {
            open[kept] = open[i];
            kept += 1;
        }
    }
    open.truncate(kept);
}

fn log_add(x: f32, y: f32) -> f32 {
    let (hi, lo) = if x >= y { (x, y) } else { (y, x) };
    hi + (lo - hi).exp().ln_1p()
}
