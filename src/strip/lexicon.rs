//! The words that give a line away, looked up word by word while the line is read.
//!
//! Phrases live in `data/strip/*.tsv`, one class a file. Start reading at [`Lexicon::load`]; what a line carries
//! comes out as [`Hits`].

use rustc_hash::{FxHashMap, FxHashSet};

use super::chars;
use crate::stage::SetupError;
use crate::text::hash::{combine, hash, seed};

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

/// A word of a folded line: its [`word_key`] and where it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub key: u64,
    pub start: u32,
    /// Whether it begins with a capital.
    pub capital: bool,
    /// Whether it is long enough to tell what a text is about, and no number.
    pub tells: bool,
    /// Letters and digits of a word with a digit in it; 0 for others.
    pub numeric: u8,
}

/// A phrase that may begin a line or stand anywhere in it.
#[derive(Clone, Debug)]
struct Phrase {
    text: Box<str>,
    /// Bytes of signs before its first word, as the bracket of "(photo by".
    signs: usize,
    /// Key of its first word.
    key: u64,
    /// Bytes from its beginning to where its first letters and digits end.
    lead: usize,
    /// Up to four bytes behind that, and which of them there are: they tell most phrases apart.
    next: u32,
    mask: u32,
    start: u16,
    any: u16,
}

/// The phrases that begin with one word, as places in [`Lexicon::phrases`].
#[derive(Clone, Copy, Debug)]
struct Phrases {
    from: u32,
    /// Where those end that may stand anywhere.
    inner: u32,
    to: u32,
}

/// A set of keys by 16 bits of each: about one in a hundred others passes wrongly.
struct Sieve(Box<[u64; 1024]>);

impl Sieve {
    fn of(keys: impl Iterator<Item = u64>) -> Self {
        let mut bits = Box::new([0u64; 1024]);
        for key in keys {
            let h = key as u16;
            bits[usize::from(h >> 6)] |= 1 << (h & 63);
        }
        Self(bits)
    }

    fn has(&self, key: u64) -> bool {
        let h = key as u16;
        self.0[usize::from(h >> 6)] >> (h & 63) & 1 == 1
    }
}

/// All phrases, ready to be looked up.
pub(super) struct Lexicon {
    whole: FxHashMap<u64, u16>,
    /// Sorted by key; of one key, those first that may stand anywhere.
    phrases: Vec<Phrase>,
    /// By key: the phrases that begin with this word.
    by_word: FxHashMap<u64, Phrases>,
    firsts: Sieve,
    /// As `firsts`, of the phrases that may stand anywhere.
    inner: Sieve,
    /// Most bytes of signs before the first word of a phrase.
    lead: usize,
    /// Phrases without a word, such as the copyright sign.
    signs: Vec<Phrase>,
    stop: Sieve,
    months: FxHashMap<u64, u8>,
    datewords: FxHashSet<u64>,
}

impl Lexicon {
    /// The embedded lexicons.
    pub(super) fn load() -> Result<Self, SetupError> {
        let mut whole: FxHashMap<u64, u16> = FxHashMap::default();
        let mut index: FxHashMap<&str, usize> = FxHashMap::default();
        let mut phrases: Vec<Phrase> = Vec::new();
        let mut signs: Vec<Phrase> = Vec::new();
        for (topic, (name, text)) in PHRASES.iter().enumerate() {
            let bit = 1u16 << topic;
            for row in rows(name, text) {
                let (line, phrase, place) = row?;
                if place == "whole" {
                    *whole.entry(whole_key(phrase)).or_default() |= bit;
                    continue;
                }
                let at = *index.entry(phrase).or_insert_with(|| {
                    let first = words_of(phrase).next();
                    let lead = first.map_or(0, |w| w.start as usize + first_length(phrase, w));
                    let (next, mask) = four(phrase.as_bytes(), lead);
                    phrases.push(Phrase {
                        text: phrase.into(),
                        signs: first.map_or(0, |w| w.start as usize),
                        key: first.map_or(0, |w| w.key),
                        lead,
                        next,
                        mask,
                        start: 0,
                        any: 0,
                    });
                    phrases.len() - 1
                });
                match place {
                    "start" => phrases[at].start |= bit,
                    "any" => phrases[at].any |= bit,
                    _ => return Err(bad(name, line, "the place is none of whole, start, any")),
                }
            }
        }
        signs.extend(phrases.iter().filter(|p| p.key == 0).cloned());
        phrases.retain(|p| p.key != 0);
        phrases.sort_by(|a, b| (a.key, a.any == 0, &a.text).cmp(&(b.key, b.any == 0, &b.text)));
        let mut by_word: FxHashMap<u64, Phrases> = FxHashMap::default();
        for (i, phrase) in phrases.iter().enumerate() {
            let i = i as u32;
            let range = by_word.entry(phrase.key).or_insert(Phrases {
                from: i,
                inner: i,
                to: i,
            });
            range.to = i + 1;
            if phrase.any != 0 {
                range.inner = i + 1;
            }
        }
        let inner = Sieve::of(phrases.iter().filter(|p| p.any != 0).map(|p| p.key));
        let lead = phrases.iter().map(|p| p.signs).max().unwrap_or(0);
        let firsts = Sieve::of(phrases.iter().map(|p| p.key));
        let stop = Sieve::of(
            include_str!("../../data/strip/stopwords.tsv")
                .lines()
                .map(|line| word_key(line.split('\t').next().unwrap_or_default())),
        );
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
            phrases,
            by_word,
            firsts,
            inner,
            lead,
            signs,
            stop,
            months,
            datewords,
        })
    }

    /// What the folded text carries; for short strings, lines are read with [`hits_at`](Self::hits_at).
    pub(super) fn hits(&self, folded: &str) -> Hits {
        self.look(folded, words_of(folded), !folded.is_ascii())
    }

    /// What the folded line with these words carries.
    pub(super) fn hits_at(&self, folded: &str, words: &[At], plain: bool) -> Hits {
        self.look(folded, words.iter().copied(), !plain)
    }

    fn look(&self, folded: &str, words: impl Iterator<Item = At>, signs: bool) -> Hits {
        let mut hits = Hits::default();
        if folded.is_empty() {
            return hits;
        }
        if folded.len() <= 80 {
            hits.whole = self.whole.get(&whole_key(folded)).copied().unwrap_or(0);
        }
        let bytes = folded.as_bytes();
        let (head, tail) = if bytes.len() <= LONG {
            (bytes.len(), 0)
        } else {
            (LONG_HEAD, bytes.len() - LONG_TAIL)
        };
        for word in words {
            let at = word.start as usize;
            // Behind the beginning only some phrases count.
            let opening = at <= self.lead;
            let sieve = if opening { &self.firsts } else { &self.inner };
            if !sieve.has(word.key) || at >= head && at < tail {
                continue;
            }
            let Some(range) = self.by_word.get(&word.key) else {
                continue;
            };
            let to = if opening { range.to } else { range.inner };
            for phrase in &self.phrases[range.from as usize..to as usize] {
                if let Some(from) = at.checked_sub(phrase.signs)
                    && four(bytes, from + phrase.lead).0 & phrase.mask == phrase.next
                {
                    take(phrase, bytes, from, &mut hits);
                }
            }
        }
        if signs {
            for phrase in &self.signs {
                let sign = phrase.text.as_bytes();
                for part in [(0, head), (tail.max(head), bytes.len())] {
                    for at in memchr::memmem::find_iter(&bytes[part.0..part.1], sign) {
                        take(phrase, bytes, part.0 + at, &mut hits);
                    }
                }
            }
        }
        hits
    }

    /// Whether a word with this [`word_key`] is a stop word of some language.
    pub(super) fn is_stop(&self, key: u64) -> bool {
        self.stop.has(key)
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

/// Bytes of the letters and digits at the beginning of `word`.
fn first_length(phrase: &str, word: At) -> usize {
    let rest = &phrase[word.start as usize..];
    rest.find(|c: char| !c.is_alphanumeric())
        .unwrap_or(rest.len())
}

/// The four bytes from `at` on as a number, and a mask of those that there are.
fn four(bytes: &[u8], at: usize) -> (u32, u32) {
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some(&four) = rest.first_chunk() {
        return (u32::from_le_bytes(four), u32::MAX);
    }
    rest.iter()
        .enumerate()
        .fold((0, 0), |(next, mask), (i, &b)| {
            (next | u32::from(b) << (8 * i), mask | 0xff << (8 * i))
        })
}

/// Marks the places of `phrase` if it stands at byte `from` of the line.
fn take(phrase: &Phrase, bytes: &[u8], from: usize, hits: &mut Hits) {
    let text = phrase.text.as_bytes();
    if bytes[from..].starts_with(text) && is_edge(bytes, from) && is_edge(bytes, from + text.len())
    {
        hits.any |= phrase.any;
        if from == 0 {
            hits.start |= phrase.start;
        }
    }
}

/// The words of a text that is folded already; hyphens and apostrophes inside are no part of the key, as in `page`.
fn words_of(folded: &str) -> impl Iterator<Item = At> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &folded[at..];
        let start = at + rest.find(char::is_alphanumeric)?;
        at = start;
        let (mut key, mut joined) = (KEY_START, false);
        while let Some(c) = folded[at..].chars().next() {
            let run = chars::run(folded.as_bytes(), at);
            if run.length > 0 {
                key = step_key(key, run.bytes);
                joined = false;
            } else if c.is_alphanumeric() {
                key = step_key(key, u64::from(c));
                joined = false;
            } else if !joined && matches!(c, '\'' | '-') {
                joined = true;
            } else {
                break;
            }
            at += if run.length > 0 {
                run.length
            } else {
                c.len_utf8()
            };
        }
        Some(At {
            key,
            start: start as u32,
            capital: false,
            tells: false,
            numeric: 0,
        })
    })
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

/// The key of a lower-case word: up to eight letters and digits of ASCII at a time, other characters one by one. The hot
/// loop of the page builds the same key.
pub(super) fn word_key(word: &str) -> u64 {
    let (mut key, mut at) = (KEY_START, 0);
    while let Some(c) = word[at..].chars().next() {
        let run = chars::run(word.as_bytes(), at);
        if run.length > 0 {
            key = step_key(key, run.bytes);
            at += run.length;
        } else {
            key = step_key(key, u64::from(c));
            at += c.len_utf8();
        }
    }
    key
}

pub(super) const KEY_START: u64 = 0xcbf2_9ce4_8422_2325;

pub(super) const fn step_key(state: u64, next: u64) -> u64 {
    combine(state, next)
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
