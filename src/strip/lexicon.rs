//! The words that give a line away, found in one pass over the folded line.
//!
//! Phrases live in `data/strip/*.tsv`, one class a file. Start reading at [`Lexicon::load`]; what a line carries
//! comes out as [`Hits`].

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::stage::SetupError;
use crate::text::hash::{hash, seed};

/// A class of phrases; the number is its bit in [`Hits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Topic {
    Share,
    Newsletter,
    Related,
    More,
    Comments,
    Navigation,
    Cookie,
    Paywall,
    Credit,
    Byline,
    Copyright,
    Print,
    Link,
    Promo,
    Label,
}

impl Topic {
    pub(super) const COUNT: usize = 15;

    pub(super) const fn bit(self) -> u16 {
        1 << self as u8
    }
}

macro_rules! source {
    ($name:literal) => {
        (
            concat!($name, ".tsv"),
            include_str!(concat!("../../data/strip/", $name, ".tsv")),
        )
    };
}

static PHRASES: [(&str, &str); Topic::COUNT] = [
    source!("share"),
    source!("newsletter"),
    source!("related"),
    source!("more"),
    source!("comments"),
    source!("navigation"),
    source!("cookie"),
    source!("paywall"),
    source!("credit"),
    source!("byline"),
    source!("copyright"),
    source!("print"),
    source!("link"),
    source!("promo"),
    source!("label"),
];

/// Classes of which a line carries a phrase, as bits by [`Topic`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hits {
    /// The phrase is the whole line.
    pub whole: u16,
    /// The line begins with the phrase.
    pub start: u16,
    /// The phrase stands anywhere.
    pub any: u16,
}

impl Hits {
    /// Whether a phrase of `topic` is the line or begins it.
    pub(super) const fn leads(self, topic: Topic) -> bool {
        (self.whole | self.start) & topic.bit() != 0
    }

    /// Whether a phrase of `topic` is the line.
    pub(super) const fn is(self, topic: Topic) -> bool {
        self.whole & topic.bit() != 0
    }

    /// Whether a phrase of `topic` stands in the line where it may.
    pub(super) const fn has(self, topic: Topic) -> bool {
        (self.whole | self.start | self.any) & topic.bit() != 0
    }

    /// Whether there is any phrase.
    pub(super) const fn some(self) -> bool {
        self.whole | self.start | self.any != 0
    }
}

/// Lines longer than this are looked at only at both ends: furniture in a long paragraph stands there.
const LONG: usize = 480;
const LONG_HEAD: usize = 120;
const LONG_TAIL: usize = 240;

#[derive(Clone, Copy, Default)]
struct Places {
    start: u16,
    any: u16,
}

/// All phrases, ready to be looked up.
pub(super) struct Lexicon {
    whole: FxHashMap<u64, u16>,
    automaton: AhoCorasick,
    places: Vec<Places>,
    /// One bit for each 16-bit slice of a word's hash: about one word in a hundred passes wrongly.
    stop: Vec<u64>,
    months: FxHashMap<u64, u8>,
    datewords: FxHashSet<u64>,
}

impl Lexicon {
    /// The embedded lexicons.
    pub(super) fn load() -> Result<Self, SetupError> {
        let mut whole: FxHashMap<u64, u16> = FxHashMap::default();
        let mut index: FxHashMap<&str, usize> = FxHashMap::default();
        let mut phrases: Vec<&str> = Vec::new();
        let mut places: Vec<Places> = Vec::new();
        for (topic, (name, text)) in PHRASES.iter().enumerate() {
            let bit = 1u16 << topic;
            for row in rows(name, text) {
                let (line, phrase, place) = row?;
                if place == "whole" {
                    *whole.entry(whole_key(phrase)).or_default() |= bit;
                    continue;
                }
                let at = *index.entry(phrase).or_insert_with(|| {
                    phrases.push(phrase);
                    places.push(Places::default());
                    phrases.len() - 1
                });
                match place {
                    "start" => places[at].start |= bit,
                    "any" => places[at].any |= bit,
                    _ => return Err(bad(name, line, "the place is none of whole, start, any")),
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&phrases)
            .map_err(|e| bad("data/strip", 0, &e.to_string()))?;
        let mut stop = vec![0u64; 1024];
        for line in include_str!("../../data/strip/stopwords.tsv").lines() {
            let word = line.split('\t').next().unwrap_or_default();
            let h = word_key(word) as u16;
            stop[usize::from(h >> 6)] |= 1 << (h & 63);
        }
        let mut months = FxHashMap::default();
        for row in rows("months.tsv", include_str!("../../data/strip/months.tsv")) {
            let (line, name, number) = row?;
            let number = number
                .parse()
                .map_err(|_| bad("months.tsv", line, "the month is not a number"))?;
            months.insert(word_key(name), number);
        }
        let datewords = include_str!("../../data/strip/dateword.tsv")
            .lines()
            .map(|l| word_key(l.split('\t').next().unwrap_or_default()))
            .collect();
        Ok(Self {
            whole,
            automaton,
            places,
            stop,
            months,
            datewords,
        })
    }

    /// What the folded line carries (see [`fold`](super::page::fold)).
    pub(super) fn hits(&self, folded: &str) -> Hits {
        let mut hits = Hits::default();
        if folded.is_empty() {
            return hits;
        }
        if folded.len() <= 80 {
            hits.whole = self.whole.get(&whole_key(folded)).copied().unwrap_or(0);
        }
        if folded.len() <= LONG {
            self.scan(folded.as_bytes(), true, &mut hits);
        } else {
            let bytes = folded.as_bytes();
            self.scan(&bytes[..LONG_HEAD], true, &mut hits);
            self.scan(&bytes[bytes.len() - LONG_TAIL..], false, &mut hits);
        }
        hits
    }

    fn scan(&self, bytes: &[u8], from_start: bool, hits: &mut Hits) {
        for m in self.automaton.find_overlapping_iter(bytes) {
            if !is_edge(bytes, m.start()) || !is_edge(bytes, m.end()) {
                continue;
            }
            let place = self.places[m.pattern().as_usize()];
            hits.any |= place.any;
            if from_start && m.start() == 0 {
                hits.start |= place.start;
            }
        }
    }

    /// Whether a word with this [`word_key`] is a stop word of some language.
    pub(super) fn is_stop(&self, key: u64) -> bool {
        let h = key as u16;
        self.stop[usize::from(h >> 6)] >> (h & 63) & 1 == 1
    }

    /// The month that the lower-case `word` names, 1 to 12.
    pub(super) fn month(&self, word: &str) -> Option<u8> {
        self.months.get(&word_key(word)).copied()
    }

    /// Whether the lower-case `word` is a weekday or stands beside dates and counts.
    pub(super) fn is_dateword(&self, word: &str) -> bool {
        self.datewords.contains(&word_key(word))
    }
}

/// Whether a word may begin or end at byte `at`: one side is no letter or digit.
fn is_edge(bytes: &[u8], at: usize) -> bool {
    if at == 0 || at == bytes.len() {
        return true;
    }
    let inner = |b: u8| b.is_ascii_alphanumeric() || b >= 0xC3;
    let before = |b: u8| b.is_ascii_alphanumeric() || b >= 0x80;
    !(before(bytes[at - 1]) && inner(bytes[at]))
}

/// FNV-1a over a lower-case word, folded: the hot loop of the page builds the same key byte by byte.
pub(super) fn word_key(word: &str) -> u64 {
    finish_key(word.bytes().fold(KEY_START, step_key))
}

pub(super) const KEY_START: u64 = 0xcbf2_9ce4_8422_2325;

pub(super) const fn step_key(state: u64, byte: u8) -> u64 {
    (state ^ byte as u64).wrapping_mul(0x0100_0000_01b3)
}

pub(super) const fn finish_key(state: u64) -> u64 {
    state ^ (state >> 32) ^ (state >> 17)
}

fn whole_key(phrase: &str) -> u64 {
    hash(
        phrase.trim_matches(|c: char| !c.is_alphabetic()).as_bytes(),
        seed::LINE,
    )
}

/// Rows of a lexicon: line number, first and second column.
fn rows<'t>(
    name: &'static str,
    text: &'t str,
) -> impl Iterator<Item = Result<(usize, &'t str, &'t str), SetupError>> {
    text.lines().enumerate().map(move |(i, line)| {
        let mut columns = line.split('\t');
        match (columns.next(), columns.next()) {
            (Some(a), Some(b)) if !a.is_empty() => Ok((i + 1, a, b)),
            _ => Err(bad(name, i + 1, "fewer than two columns")),
        }
    })
}

pub(super) fn bad(name: &str, line: usize, problem: &str) -> SetupError {
    SetupError::Data {
        name: name.to_owned(),
        line,
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_count_at_their_place_and_at_word_edges_only() {
        let lexicon = Lexicon::load().expect("embedded data is sound");
        let hits = lexicon.hits("read more");
        assert!(hits.is(Topic::More) && hits.leads(Topic::More));
        assert!(
            !lexicon
                .hits("they read more books than ever")
                .has(Topic::More)
        );
        assert!(lexicon.hits("comments (12)").is(Topic::Comments));
        assert!(!lexicon.hits("sharepoint").has(Topic::Share));
        assert!(
            lexicon
                .hits("lesen sie auch: wie es weitergeht")
                .leads(Topic::Related)
        );
    }

    #[test]
    fn lexicons_are_sorted_lower_case_and_free_of_repeats() {
        for (name, text) in PHRASES {
            let keys: Vec<_> = text
                .lines()
                .map(|l| l.splitn(3, '\t').take(2).collect::<Vec<_>>())
                .collect();
            assert!(keys.windows(2).all(|w| w[0] < w[1]), "{name} is not sorted");
            for key in keys {
                assert_eq!(key[0], key[0].to_lowercase(), "{name}");
                assert_eq!(key[0], key[0].trim(), "{name}");
            }
        }
    }

    #[test]
    fn stop_words_and_months_are_known() {
        let lexicon = Lexicon::load().expect("embedded data is sound");
        assert!(lexicon.is_stop(word_key("nicht")) && !lexicon.is_stop(word_key("zeppelin")));
        assert_eq!(lexicon.month("września"), Some(9));
        assert!(lexicon.is_dateword("monday"));
    }
}
