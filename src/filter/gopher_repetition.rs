//! Gopher's repetition rules, as datatrove carries them out.
//!
//! The same table of thresholds is read differently by each implementation. datatrove: a repeated line counts from its
//! second time on; the commonest n-gram counts its length, blanks included, as often as it occurs, overlaps and all,
//! and ties go to the one seen first; of longer n-grams what repeats an earlier one is counted and skipped; all by the
//! characters of the whole text. [`gopher_datamap`](super::gopher_datamap) says how the other one does it.
//!
//! Source: Rae et al. 2021, arXiv:2112.11446, table A1; datatrove 0.10 `gopher_repetition_filter.py`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::characters::{length, share, strip};
use super::{Found, RuleInfo, View};
use crate::text::hash::{hash, seed};

const DUPLICATE: &str = "characters of n-grams seen before, by all characters";
const TOP: &str = "characters of the commonest n-gram, all its places, by all characters";

/// The rules, in the order of the original; those of the other implementation have the same names and bounds.
pub(super) const RULES: [RuleInfo; 14] = [
    RuleInfo::at_least("empty", "characters", 1.0),
    RuleInfo::at_most("dup-para-frac", "share of paragraphs seen before", 0.3),
    RuleInfo::at_most(
        "dup-para-char-frac",
        "characters of paragraphs seen before, by all characters",
        0.2,
    ),
    RuleInfo::at_most("dup-line-frac", "share of lines seen before", 0.3),
    RuleInfo::at_most(
        "dup-line-char-frac",
        "characters of lines seen before, by all characters",
        0.2,
    ),
    RuleInfo::at_most("top-2-gram", TOP, 0.2),
    RuleInfo::at_most("top-3-gram", TOP, 0.18),
    RuleInfo::at_most("top-4-gram", TOP, 0.16),
    RuleInfo::at_most("dup-5-grams", DUPLICATE, 0.15),
    RuleInfo::at_most("dup-6-grams", DUPLICATE, 0.14),
    RuleInfo::at_most("dup-7-grams", DUPLICATE, 0.13),
    RuleInfo::at_most("dup-8-grams", DUPLICATE, 0.12),
    RuleInfo::at_most("dup-9-grams", DUPLICATE, 0.11),
    RuleInfo::at_most("dup-10-grams", DUPLICATE, 0.1),
];

/// Judges repetition; the first rule stands at place `base` of the preset.
pub(super) fn repetition(view: &View<'_>, base: usize, out: &mut Found) {
    let all = view.length();
    out.value(base, all as f64);
    if all == 0 {
        return;
    }
    let stripped = strip(view.text);
    for (rule, parts) in [
        (base + 1, parted(stripped, 2)),
        (base + 3, parted(view.text, 1)),
    ] {
        let (count, characters) = repeated(&parts);
        out.value(rule, share(count, parts.len()));
        out.value(rule + 1, share(characters, all));
    }
    let mut grams = Grams::new(view);
    // Only where the n-gram of one word less repeats can this one; nothing is known of single words.
    let mut candidates: Vec<usize> = (0..grams.count(2)).collect();
    for n in 2..=4 {
        if let Some(characters) = grams.top(n, &mut candidates) {
            out.value(base + 3 + n, share(characters, all));
        }
    }
    grams.find_heads();
    for n in 5..=10 {
        out.value(base + 3 + n, share(grams.duplicate(n), all));
    }
}

/// `text` parted at runs of `least` line feeds or more.
fn parted(text: &str, least: usize) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(i) = memchr::memchr(b'\n', &bytes[at..]) {
        let begin = at + i;
        let run = bytes[begin..].iter().take_while(|b| **b == b'\n').count();
        at = begin + run;
        if run >= least {
            parts.push(&text[start..begin]);
            start = at;
        }
    }
    parts.push(&text[start..]);
    parts
}

/// How many of `parts` were seen before, and their characters.
fn repeated(parts: &[&str]) -> (usize, usize) {
    let mut seen: FxHashSet<&str> = FxHashSet::default();
    parts
        .iter()
        .filter(|part| !seen.insert(part))
        .fold((0, 0), |(n, characters), part| {
            (n + 1, characters + length(part))
        })
}

/// The words of a text set side by side, so that each n-gram is one stretch of bytes.
struct Grams {
    /// Words one after the other.
    joined: Vec<u8>,
    /// Where word `i` begins in `joined`; one more for the end.
    starts: Vec<usize>,
    /// Characters before word `i`.
    characters: Vec<usize>,
    /// Whether the [`HEAD`] bytes from word `i` on stand at another word too.
    repeats: Vec<bool>,
}

/// Bytes by which most n-grams that stand once are told without being looked up.
const HEAD: usize = 16;

impl Grams {
    fn new(view: &View<'_>) -> Self {
        let words = view.words();
        let mut joined = Vec::with_capacity(view.text.len());
        let mut starts = Vec::with_capacity(words.len() + 1);
        let mut characters = Vec::with_capacity(words.len() + 1);
        let mut sum = 0;
        for word in words {
            starts.push(joined.len());
            characters.push(sum);
            let word = word.of(view.text);
            joined.extend_from_slice(word.as_bytes());
            sum += length(word);
        }
        starts.push(joined.len());
        characters.push(sum);
        Self {
            joined,
            starts,
            characters,
            repeats: Vec::new(),
        }
    }

    /// Places of n-grams.
    fn count(&self, n: usize) -> usize {
        (self.starts.len()).saturating_sub(n)
    }

    /// Characters of the words of the n-gram at `i`.
    fn length(&self, i: usize, n: usize) -> usize {
        self.characters[i + n] - self.characters[i]
    }

    /// The n-gram at `i`, its words run together.
    fn key(&self, i: usize, n: usize) -> u64 {
        hash(&self.joined[self.starts[i]..self.starts[i + n]], seed::WORD)
    }

    /// The n-gram at `i`, told apart by where its words part.
    fn parted_key(&self, i: usize, n: usize) -> u64 {
        let from = self.starts[i];
        let parts = (1..n).fold(0u64, |k, j| {
            k.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (self.starts[i + j] - from) as u64
        });
        self.key(i, n) ^ parts.wrapping_mul(0xD6E8_FEB8_6659_FD93)
    }

    /// Characters of the commonest n-gram with blanks between its words, times its places; `None` without any.
    ///
    /// `candidates` are the places whose n-gram may repeat, in order; those whose n-gram does are left.
    fn top(&self, n: usize, candidates: &mut Vec<usize>) -> Option<usize> {
        let places = self.count(n);
        if places == 0 {
            return None;
        }
        candidates.retain(|i| *i < places);
        let mut counts: FxHashMap<u64, (usize, usize)> = FxHashMap::default();
        counts.reserve(candidates.len());
        let keys: Vec<u64> = candidates.iter().map(|i| self.parted_key(*i, n)).collect();
        for (key, i) in keys.iter().zip(candidates.iter()) {
            counts.entry(*key).or_insert((0, *i)).0 += 1;
        }
        // The most places; of those with as many, the first. Where none repeats, that is the first of all.
        let (count, first) = counts
            .values()
            .copied()
            .filter(|(count, _)| *count > 1)
            .max_by_key(|(count, first)| (*count, std::cmp::Reverse(*first)))
            .unwrap_or((1, 0));
        let mut keys = keys.iter();
        candidates.retain(|_| keys.next().is_some_and(|key| counts[key].0 > 1));
        Some((self.length(first, n) + n - 1) * count)
    }

    /// Finds out which places begin with bytes that stand elsewhere too.
    fn find_heads(&mut self) {
        let words = self.count(1);
        let mut first: FxHashMap<u64, usize> = FxHashMap::default();
        first.reserve(words);
        // What is too short for a head is looked up.
        self.repeats = vec![true; words];
        for i in 0..words {
            let Some(head) = self.joined[self.starts[i]..].first_chunk::<HEAD>() else {
                break;
            };
            let before = *first.entry(hash(head, seed::WORD)).or_insert(i);
            self.repeats[i] = before != i;
            self.repeats[before] |= before != i;
        }
    }

    /// Characters of n-grams that repeat an earlier one; behind such a one its `n` words are skipped.
    fn duplicate(&self, n: usize) -> usize {
        let mut seen: FxHashSet<u64> = FxHashSet::default();
        let (mut characters, mut i) = (0, 0);
        while i < self.count(n) {
            let bytes = self.starts[i + n] - self.starts[i];
            if (bytes >= HEAD && !self.repeats[i]) || seen.insert(self.key(i, n)) {
                i += 1;
            } else {
                characters += self.length(i, n);
                i += n;
            }
        }
        characters
    }
}

#[cfg(test)]
mod tests {
    use crate::filter::tests::failed;

    /// `n` different words of six letters.
    fn words(n: usize) -> String {
        let letter = |i: usize| char::from(b'a' + (i % 26) as u8);
        let words = (0..n).map(|i| format!("word{}{} ", letter(i / 26), letter(i)));
        words.collect::<Vec<_>>().concat()
    }

    #[test]
    fn three_of_ten_paragraphs_and_lines_may_repeat() {
        let page = |repeats: usize, sep: &str| {
            let mut parts: Vec<String> = (0..10 - repeats).map(|i| format!("part {i}")).collect();
            parts.extend(vec!["part 0".to_owned(); repeats]);
            parts.join(sep)
        };
        assert_eq!(failed("gopher", "dup-para-frac", &page(3, "\n\n\n")), None);
        assert_eq!(
            failed("gopher", "dup-para-frac", &page(4, "\n\n")),
            Some(0.4)
        );
        assert_eq!(failed("gopher", "dup-line-frac", &page(3, "\n")), None);
        assert_eq!(
            failed("gopher", "dup-line-frac", &page(4, "\n\n")),
            Some(0.4)
        );
    }

    #[test]
    fn a_fifth_of_the_characters_may_stand_in_repeated_lines() {
        let page = |rest: usize| format!("{0}\n{0}\n{1}", "x".repeat(20), "y".repeat(rest));
        assert_eq!(failed("gopher", "dup-line-char-frac", &page(58)), None);
        assert_eq!(
            failed("gopher", "dup-line-char-frac", &page(57)),
            Some(20.0 / 99.0)
        );
        let page = |rest: usize| format!("{0}\n\n{0}\n\n{1}", "x".repeat(20), "y".repeat(rest));
        assert_eq!(failed("gopher", "dup-para-char-frac", &page(56)), None);
        assert_eq!(
            failed("gopher", "dup-para-char-frac", &page(55)),
            Some(20.0 / 99.0)
        );
    }

    #[test]
    fn the_commonest_n_gram_counts_with_its_blanks_and_all_its_places() {
        // "aa bb " 4 times and others: 5 characters by 4 places in 100.
        let text = |rest: usize| format!("{}{}", "aa bb ".repeat(4), "z".repeat(rest));
        assert_eq!(failed("gopher", "top-2-gram", &text(76)), None);
        assert_eq!(failed("gopher", "top-2-gram", &text(75)), Some(20.0 / 99.0));
        let text = |rest: usize| format!("{}{}", "a b c ".repeat(2), "z".repeat(rest));
        assert_eq!(failed("gopher", "top-3-gram", &text(44)), None);
        assert_eq!(failed("gopher", "top-3-gram", &text(43)), Some(10.0 / 55.0));
        let text = |rest: usize| format!("{}{}", "a b c d ".repeat(2), "z".repeat(rest));
        assert_eq!(failed("gopher", "top-4-gram", &text(72)), None);
        assert_eq!(failed("gopher", "top-4-gram", &text(71)), Some(14.0 / 87.0));
    }

    #[test]
    fn longer_n_grams_count_where_they_repeat_and_are_skipped() {
        for (n, bound) in [
            (5, 0.15),
            (6, 0.14),
            (7, 0.13),
            (8, 0.12),
            (9, 0.11),
            (10, 0.1),
        ] {
            let rule = format!("dup-{n}-grams");
            // The n-gram twice: its characters without blanks once, over all.
            let once = words(n);
            let repeated = (6 * n) as f64;
            let least = (repeated / bound).ceil() as usize;
            let text = |all: usize| format!("{once}{once}{}", "z".repeat(all - 2 * once.len()));
            assert_eq!(failed("gopher", &rule, &text(least)), None, "{rule}");
            assert_eq!(
                failed("gopher", &rule, &text(least - 1)),
                Some(repeated / (least - 1) as f64),
                "{rule}"
            );
            assert_eq!(failed("gopher", &rule, &words(300)), None, "{rule}");
        }
    }

    #[test]
    fn nothing_is_empty() {
        assert_eq!(failed("gopher", "empty", ""), Some(0.0));
        assert_eq!(failed("gopher", "empty", " "), None);
    }
}
