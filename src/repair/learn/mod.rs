//! Learning a spinner from pairs: texts that it has garbled, each with its original.
//!
//! Sentences are paired and their words aligned; what differs between words that stayed is a span, "spun phrase, for
//! original phrase". [`Learner::finish`] makes of the spans a lexicon in the format of [`UserLexicon`], with how often
//! each phrase stood for what and how often it stood for itself. It reads English only, and does not learn the order
//! of words, whole sentences, names and numbers.
//!
//! Start with [`Learner`]; `align` finds what is which, `entries` decides what is worth an entry.

mod align;
mod entries;
mod fold;

use std::collections::BTreeMap;
use std::ops::Range;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::condition::Classes;
use super::inflect::Inflector;
use super::tokens::{Token, Tokeniser, flag};
use super::user::{self, Row};
use super::{Family, UserLexicon, lm, protect};
use crate::stage::SetupError;
use crate::text::ngrams::token_key;
use crate::text::sentences::sentences;

/// Longest phrase of an entry, on either side, in words.
const LONGEST: usize = 5;
/// Share of the words of a pair of sentences that must have stayed.
const STAYED: f32 = 0.4;
/// In place of a word: the sentence ends.
const END: u32 = u32::MAX;

/// What was read and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Pairs of texts.
    pub pairs: u64,
    /// Those in which no sentence's original was found.
    pub unlike: u64,
    /// Sentences of the spun texts.
    pub sentences: u64,
    /// Sentences whose original was found.
    pub aligned: u64,
    /// Places where words differ.
    pub spans: u64,
    /// Spans that can be no entry, by the reason.
    pub spans_left_out: BTreeMap<&'static str, u64>,
    /// Rows of the lexicon that are in use.
    pub entries: u64,
    /// Those that were not in it before.
    pub new: u64,
    /// Rows that wait for more of their kind.
    pub waiting: u64,
    /// What was not made an entry, by the reason: different phrases.
    pub left_out: BTreeMap<&'static str, u64>,
}

/// A lexicon and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    /// The file.
    pub text: String,
    /// What was read.
    pub summary: Summary,
}

/// A word of a spun sentence, kept for counting.
#[derive(Clone, Copy, Debug)]
struct Kept {
    word: u32,
    flags: u16,
    /// The word stands in the original too.
    stayed: bool,
    /// And so does the word before it, before it.
    joined: bool,
}

/// A place where words differ.
#[derive(Clone, Debug)]
struct Span {
    /// The spun words, in [`Learner::kept`].
    at: usize,
    words: usize,
    /// The words of the original.
    meant: Vec<u32>,
    /// A word that stayed had to be taken in, because nothing stood against what was put in.
    padded: bool,
}

/// Numbers for words.
#[derive(Debug, Default)]
struct Interner {
    numbers: FxHashMap<Box<str>, u32>,
    words: Vec<Box<str>>,
}

impl Interner {
    fn number(&mut self, word: String) -> u32 {
        if let Some(&n) = self.numbers.get(word.as_str()) {
            return n;
        }
        let n = self.words.len() as u32;
        let word = word.into_boxed_str();
        self.words.push(word.clone());
        self.numbers.insert(word, n);
        n
    }
}

/// Reads pairs and learns what a spinner puts for what. Holds 8 bytes a word of the spun texts, and the spans.
#[derive(Debug)]
pub struct Learner {
    model: lm::Model,
    tokeniser: Tokeniser,
    classes: Classes,
    inflector: Inflector,
    words: Interner,
    kept: Vec<Kept>,
    spans: Vec<Span>,
    summary: Summary,
}

/// A text as its tokens and sentences.
struct Side<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    keys: Vec<u64>,
    sentences: Vec<Range<usize>>,
}

impl Side<'_> {
    fn words_of(&self) -> Vec<&[u64]> {
        self.sentences
            .iter()
            .map(|s| &self.keys[s.clone()])
            .collect()
    }

    /// The word as phrases hold it: in lower case, with straight apostrophes.
    fn word(&self, at: usize) -> String {
        let word = self.tokens[at].span.of(self.text);
        word.to_lowercase().replace('\u{2019}', "'")
    }
}

impl Learner {
    /// Reads what is known about English, all part of the program.
    ///
    /// # Errors
    /// When an embedded file is malformed.
    pub fn new() -> Result<Self, SetupError> {
        Ok(Self {
            model: lm::Model::embedded().ok_or_else(|| SetupError::Data {
                name: "data/ngrams/en.lm".to_owned(),
                line: 0,
                problem: "the file is damaged".to_owned(),
            })?,
            tokeniser: Tokeniser::new()?,
            classes: Classes::new()?,
            inflector: Inflector::new()?,
            words: Interner::default(),
            kept: Vec::new(),
            spans: Vec::new(),
            summary: Summary::default(),
        })
    }

    /// Aligns a text with its original and keeps what differs; returns how many places that are.
    pub fn add(&mut self, spun: &str, original: &str) -> u64 {
        let (before, aligned) = (self.summary.spans, self.summary.aligned);
        let (spun, original) = (self.side(spun), self.side(original));
        self.summary.pairs += 1;
        self.summary.sentences += spun.sentences.len() as u64;
        let pairs = align::sentences(&spun.words_of(), &original.words_of());
        for (i, j) in pairs {
            let (a, b) = (spun.sentences[i].clone(), original.sentences[j].clone());
            self.add_sentence((&spun, a), (&original, b));
        }
        self.summary.unlike += u64::from(self.summary.aligned == aligned);
        self.summary.spans - before
    }

    /// The lexicon of all that was added, together with what `old` holds already. Rows that are new are marked as of
    /// `family`.
    ///
    /// # Errors
    /// When `old` is malformed.
    pub fn finish(
        self,
        old: Option<&UserLexicon>,
        family: Option<Family>,
    ) -> Result<Learned, SetupError> {
        let old = old.map_or(Ok(Vec::new()), UserLexicon::rows)?;
        let (rows, summary) = entries::rows(self, old, family);
        Ok(Learned {
            text: user::write(&rows),
            summary,
        })
    }

    fn side<'t>(&self, text: &'t str) -> Side<'t> {
        let mut tokens = Vec::new();
        self.tokeniser.cut(text, &mut tokens);
        protect::mark(text, &mut tokens, &mut protect::Buffers::default());
        // The article follows the word behind it and says nothing by itself.
        let (a, an) = (token_key("a"), token_key("an"));
        let keys = tokens
            .iter()
            .map(|t| if t.key == an { a } else { t.key })
            .collect();
        let mut at = 0;
        let sentences = sentences(text)
            .map(|span| {
                let from = at;
                at += tokens[at..].partition_point(|t| t.span.start < span.end);
                from..at
            })
            .filter(|s| !s.is_empty())
            .collect();
        Side {
            text,
            tokens,
            keys,
            sentences,
        }
    }

    fn add_sentence(
        &mut self,
        (spun, a): (&Side<'_>, Range<usize>),
        (original, b): (&Side<'_>, Range<usize>),
    ) {
        let is_grammar = |k| self.classes.is_function(k);
        let (left, right) = (&spun.keys[a.clone()], &original.keys[b.clone()]);
        let mut stayed = align::words(left, right, is_grammar);
        if (stayed.len() as f32) < STAYED * left.len().max(right.len()) as f32 {
            return;
        }
        drop_chance(&mut stayed, left, right.len(), is_grammar);
        self.summary.aligned += 1;
        let first = self.kept.len();
        for at in a.clone() {
            let word = self.words.number(spun.word(at));
            self.kept.push(Kept {
                word,
                flags: spun.tokens[at].flags,
                stayed: false,
                joined: false,
            });
        }
        self.kept.push(Kept {
            word: END,
            flags: flag::LINE,
            stayed: false,
            joined: false,
        });
        for (n, &(i, j)) in stayed.iter().enumerate() {
            let kept = &mut self.kept[first + i];
            kept.stayed = true;
            kept.joined = n > 0 && stayed[n - 1] == (i.wrapping_sub(1), j.wrapping_sub(1));
        }
        for (i, j) in gaps(&stayed, left.len(), right.len()) {
            self.summary.spans += 1;
            let place = (first, (&i, &j));
            if let Err(why) = self.add_gap((spun, a.start), (original, b.start), place) {
                *self.summary.spans_left_out.entry(why).or_default() += 1;
            }
        }
    }

    /// Keeps what stands in a gap between words that stayed, or says why it is no entry.
    fn add_gap(
        &mut self,
        (spun, a): (&Side<'_>, usize),
        (original, b): (&Side<'_>, usize),
        (first, (i, j)): (usize, (&Range<usize>, &Range<usize>)),
    ) -> Result<(), &'static str> {
        let (mut i, mut j) = (i.clone(), j.clone());
        let mut padded = false;
        if i.is_empty() {
            return Err("words left out");
        }
        if j.is_empty() {
            // Nothing stands against these words: the word before them, which stayed, is what they were put to.
            if i.start == 0 || j.start == 0 {
                return Err("words put in");
            }
            i.start -= 1;
            j.start -= 1;
            padded = true;
        }
        let (i, j) = (a + i.start..a + i.end, b + j.start..b + j.end);
        let (left, right) = (pieces(&spun.tokens, &i), pieces(&original.tokens, &j));
        if left.len() != right.len() {
            return Err("punctuation differs");
        }
        let mut said = Ok(());
        for (i, j) in left.into_iter().zip(right) {
            if let Err(why) = fits(spun, &i).and_then(|()| fits(original, &j)) {
                said = Err(why);
                continue;
            }
            let meant = j.map(|at| self.words.number(original.word(at))).collect();
            self.spans.push(Span {
                at: first + i.start - a,
                words: i.len(),
                meant,
                padded,
            });
        }
        said
    }
}

/// Takes out grammar words that seem to have stayed between two gaps of which one has only one side: there the word
/// is part of a phrase, and meets its like by chance ("keeping *in* mind the end goal", for "*in* order").
fn drop_chance(
    stayed: &mut Vec<(usize, usize)>,
    keys: &[u64],
    other: usize,
    is_grammar: impl Fn(u64) -> bool,
) {
    let mut kept: Vec<(usize, usize)> = Vec::with_capacity(stayed.len());
    for (n, &(i, j)) in stayed.iter().enumerate() {
        let (from_i, from_j) = kept.last().map_or((0, 0), |&(i, j)| (i + 1, j + 1));
        let (to_i, to_j) = stayed.get(n + 1).copied().unwrap_or((keys.len(), other));
        let before = (i - from_i, j - from_j);
        let behind = (to_i - i - 1, to_j - j - 1);
        let one_sided = |(x, y): (usize, usize)| (x == 0) != (y == 0);
        let chance = is_grammar(keys[i])
            && before != (0, 0)
            && behind != (0, 0)
            && (one_sided(before) || one_sided(behind));
        if !chance {
            kept.push((i, j));
        }
    }
    *stayed = kept;
}

/// What lies between words that stayed, on either side or both.
fn gaps(stayed: &[(usize, usize)], a: usize, b: usize) -> Vec<(Range<usize>, Range<usize>)> {
    let (mut i, mut j) = (0, 0);
    let mut out = Vec::new();
    for &(next_i, next_j) in stayed.iter().chain([&(a, b)]) {
        if i < next_i || j < next_j {
            out.push((i..next_i, j..next_j));
        }
        (i, j) = (next_i + 1, next_j + 1);
    }
    out
}

/// `range` parted where something else than a blank stands between two words.
fn pieces(tokens: &[Token], range: &Range<usize>) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut from = range.start;
    for (at, token) in tokens.iter().enumerate().take(range.end).skip(from + 1) {
        if token.has(flag::BREAK) {
            out.push(from..at);
            from = at;
        }
    }
    out.push(from..range.end);
    out
}

/// Whether the words may be one side of an entry.
fn fits(side: &Side<'_>, range: &Range<usize>) -> Result<(), &'static str> {
    if range.len() > LONGEST {
        return Err("longer than five words");
    }
    for token in &side.tokens[range.clone()] {
        let word = token.span.of(side.text);
        if !word
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '\u{2019}'))
        {
            return Err("numbers and signs");
        }
        let title = token.has(flag::TITLE) && token.has(flag::CAP);
        if token.has(flag::NAME | flag::UPPER) || title {
            return Err("names");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
