//! Gopher's quality and repetition rules, as datamap-rs carries them out: Rust code after DCLM's Python.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;
use unicode_segmentation::UnicodeSegmentation;

use super::gopher_quality::STOP;
use super::{Found, Preset, PresetInfo, RuleInfo, View};
use crate::text::hash::{combine, hash, seed};

/// The steps of datamap-rs's `all_dressed` configuration that look at the text alone, up to its line modifiers.
///
/// Unlike [`gopher`](super::gopher_quality): lengths are bytes, words are stretches between white space (for the word
/// count runs of letters and digits, for n-grams Unicode's words), a repeated line or n-gram counts from its first
/// place on, places of the commonest n-gram that overlap count once, shares of n-grams are of the words' bytes, and
/// all shares are 32-bit. DCLM's Python, which it follows, counts characters, `uniseg`'s words and overlaps.
pub(super) struct GopherDatamap;

const CHARACTERS: usize = 0;
const WORDS: usize = 1;
const WORD_LENGTH: usize = 2;
const SYMBOLS: usize = 3;
const BULLETS: usize = 4;
const ENDS: usize = 5;
const NOT_ALPHABETIC: usize = 6;
const STOP_WORDS: usize = 7;
const DUP_LINE: usize = 8;
const DUP_PARA: usize = 9;
const DUP_LINE_CHAR: usize = 10;
const DUP_PARA_CHAR: usize = 11;
/// Place of the rule about pairs of words.
const TOP_2: usize = 12;

const REPEATED: &str = "bytes of words in n-grams that stand twice, by bytes of words";
const TOP: &str = "bytes of words in the commonest n-gram that stands twice, by bytes of words";

static INFO: PresetInfo = PresetInfo {
    name: "gopher-datamap",
    about: "Gopher's quality and repetition rules, datamap-rs's",
    source: "allenai/datamap-rs src/map_fxn.rs, configs/all_dressed; Rae et al. 2021, arXiv:2112.11446",
    rules: &[
        RuleInfo::at_least("char-count", "characters", 150.0),
        RuleInfo::within("word-count", "words", 50.0, 100_000.0),
        RuleInfo::within(
            "mean-word-length",
            "bytes by stretch without white space",
            3.0,
            10.0,
        ),
        RuleInfo::at_most(
            "symbol-ratio",
            "#, ..., . . . and … by words",
            0.1_f32 as f64,
        ),
        RuleInfo::at_most(
            "bullet-lines",
            "share of lines that begin with ● • * or -",
            0.9_f32 as f64,
        ),
        RuleInfo::at_most(
            "ellipsis-lines",
            "share of lines that end in ..., . . . or …",
            0.3_f32 as f64,
        ),
        RuleInfo::at_most(
            "non-alphabetic-words",
            "share of words without a letter; 1 for a single word",
            0.2_f32 as f64,
        ),
        RuleInfo::at_least(
            "stop-words",
            "places of: the be to of and that have with",
            2.0,
        ),
        RuleInfo::at_most(
            "dup-line-frac",
            "share of lines that stand twice",
            0.3_f32 as f64,
        ),
        RuleInfo::at_most(
            "dup-para-frac",
            "share of paragraphs that stand twice",
            0.3_f32 as f64,
        ),
        RuleInfo::at_most(
            "dup-line-char-frac",
            "bytes of lines that stand twice, by bytes of lines",
            0.2_f32 as f64,
        ),
        RuleInfo::at_most(
            "dup-para-char-frac",
            "bytes of paragraphs that stand twice, by bytes of paragraphs",
            0.2_f32 as f64,
        ),
        RuleInfo::at_most("top-2-gram", TOP, 0.2_f32 as f64),
        RuleInfo::at_most("top-3-gram", TOP, 0.18_f32 as f64),
        RuleInfo::at_most("top-4-gram", TOP, 0.16_f32 as f64),
        RuleInfo::at_most("dup-5-grams", REPEATED, 0.15_f32 as f64),
        RuleInfo::at_most("dup-6-grams", REPEATED, 0.14_f32 as f64),
        RuleInfo::at_most("dup-7-grams", REPEATED, 0.13_f32 as f64),
        RuleInfo::at_most("dup-8-grams", REPEATED, 0.12_f32 as f64),
        RuleInfo::at_most("dup-9-grams", REPEATED, 0.11_f32 as f64),
        RuleInfo::at_most("dup-10-grams", REPEATED, 0.1_f32 as f64),
    ],
};

impl Preset for GopherDatamap {
    fn info(&self) -> &'static PresetInfo {
        &INFO
    }

    fn judge(&self, view: &View<'_>, out: &mut Found) {
        quality(view, out);
        repetition(view.text, out);
    }
}

fn share(count: usize, whole: usize) -> f64 {
    f64::from(count as f32 / whole.max(1) as f32)
}

fn quality(view: &View<'_>, out: &mut Found) {
    const ELLIPSES: [&str; 3] = ["...", ". . .", "…"];
    let text = view.text;
    out.value(CHARACTERS, view.length() as f64);
    out.value(WORDS, count_words(text) as f64);
    let (mut words, mut bytes, mut plain, mut stop) = (0usize, 0usize, 0usize, 0usize);
    for word in text.split_whitespace() {
        words += 1;
        bytes += word.len();
        plain += usize::from(!word.chars().any(char::is_alphabetic));
        // A longer word cannot become one of these in lower case.
        stop += usize::from(word.len() <= 8 && STOP.contains(&word.to_lowercase().as_str()));
    }
    out.value(WORD_LENGTH, share(bytes, words));
    let count = |sign: &str| memchr::memmem::find_iter(text.as_bytes(), sign.as_bytes()).count();
    // An ellipsis with blanks inside is one word to this rule, and its own blanks part the two words beside none.
    let spaced = count(". . .");
    let by = if spaced == 0 {
        words
    } else {
        text.replace(". . .", "...").split_whitespace().count()
    };
    out.value(
        SYMBOLS,
        share(count("#") + count("...") + spaced + count("…"), by),
    );
    let (mut lines, mut bullets) = (0usize, 0usize);
    for line in text.split('\n') {
        lines += 1;
        bullets += usize::from(line.starts_with(['●', '•', '*', '-']));
    }
    out.value(BULLETS, share(bullets, lines));
    let (mut lines, mut ends) = (0usize, 0usize);
    for line in text.lines().filter(|l| !l.is_empty()) {
        lines += 1;
        ends += usize::from(ELLIPSES.iter().any(|e| line.ends_with(e)));
    }
    out.value(ENDS, share(ends, lines));
    out.value(
        NOT_ALPHABETIC,
        if words == 1 { 1.0 } else { share(plain, words) },
    );
    out.value(STOP_WORDS, stop as f64);
}

/// Runs of letters and digits of ASCII text, Unicode's words of other text.
fn count_words(text: &str) -> usize {
    if text.is_ascii() {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|w| !w.is_empty())
            .count()
    } else {
        text.unicode_words().count()
    }
}

fn repetition(text: &str, out: &mut Found) {
    // The step before makes two line feeds of more; with fewer at once paragraphs would begin with a line feed.
    let text = feeds(text);
    let lines: Vec<&str> = text.split('\n').filter(|l| !l.is_empty()).collect();
    let paragraphs: Vec<&str> = text.split("\n\n").filter(|p| !p.is_empty()).collect();
    for (rule, bytes_rule, parts) in [
        (DUP_LINE, DUP_LINE_CHAR, &lines),
        (DUP_PARA, DUP_PARA_CHAR, &paragraphs),
    ] {
        let (count, bytes) = repeated(parts);
        out.value(rule, count);
        out.value(bytes_rule, bytes);
    }
    let words: Vec<(u64, usize)> = text
        .unicode_words()
        .map(|w| (hash(w.as_bytes(), seed::WORD), w.len()))
        .collect();
    let bytes: usize = words.iter().map(|w| w.1).sum();
    let mut grams: Vec<(usize, u64)> = words.iter().map(|w| w.0).enumerate().collect();
    for n in 2..=10 {
        out.value(TOP_2 + n - 2, in_grams(&words, n, bytes, &mut grams));
    }
}

/// `text` with runs of three or more line feeds cut to two.
fn feeds(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = 0;
    for piece in text.split_inclusive('\n') {
        run = if piece == "\n" { run + 1 } else { 1 };
        if run <= 2 {
            out.push_str(piece);
        }
    }
    out
}

/// The share of parts that stand twice, and of their bytes; 1 where there is no part, 0 where there is one.
fn repeated(parts: &[&str]) -> (f64, f64) {
    if parts.len() < 2 {
        let all = f64::from(u8::from(parts.is_empty()));
        return (all, all);
    }
    let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
    for part in parts {
        *counts.entry(part).or_insert(0) += 1;
    }
    let twice = parts.iter().filter(|p| counts[**p] > 1);
    let (count, bytes) = twice.fold((0, 0), |(n, bytes), p| (n + 1, bytes + p.len()));
    let all = parts.iter().map(|p| p.len()).sum();
    (share(count, parts.len()), share(bytes, all))
}

/// The share of `bytes` that stand in repeated n-grams: up to four words the commonest, of more words any.
///
/// `grams` are the places, in order, whose n-gram of one word less may repeat, with its key; those of `n` words that do
/// are left.
fn in_grams(words: &[(u64, usize)], n: usize, bytes: usize, grams: &mut Vec<(usize, u64)>) -> f64 {
    grams.retain(|(i, _)| i + n <= words.len());
    // By n-gram: places, the first of them.
    let mut counts: FxHashMap<u64, (u32, usize)> = FxHashMap::default();
    counts.reserve(grams.len());
    for (i, key) in grams.iter_mut() {
        *key = combine(*key, words[*i + n - 1].0);
        counts.entry(*key).or_insert((0, *i)).0 += 1;
    }
    grams.retain(|(_, key)| counts[key].0 > 1);
    let length = |i: usize| words[i..i + n].iter().map(|w| w.1).sum::<usize>();
    let top = grams
        .iter()
        .map(|(_, key)| (*key, counts[key]))
        // Where the original leaves a tie to the order of its hash table, the first n-gram is taken.
        .max_by_key(|(_, (count, first))| (*count, length(*first), Reverse(*first)));
    let (mut sum, mut covered) = (0, 0);
    for (i, key) in grams.iter() {
        if n > 4 || top.is_some_and(|(top, _)| top == *key) {
            sum += words[covered.max(*i)..i + n]
                .iter()
                .map(|w| w.1)
                .sum::<usize>();
            covered = i + n;
        }
    }
    share(sum, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::tests::failed as failed_of;

    fn failed(rule: &str, text: &str) -> Option<f64> {
        failed_of("gopher-datamap", rule, text).map(|v| (v * 1e6).round() / 1e6)
    }

    fn of(word: &str, n: usize) -> String {
        format!("{word} ").repeat(n)
    }

    #[test]
    fn quality_fails_at_one_side_of_each_bound() {
        assert_eq!(failed("char-count", &"é".repeat(150)), None);
        assert_eq!(failed("char-count", &"é".repeat(149)), Some(149.0));
        assert_eq!(failed("word-count", &of("it's", 25)), None);
        assert_eq!(failed("word-count", &of("word", 49)), Some(49.0));
        assert_eq!(failed("word-count", &of("word", 100_001)), Some(100_001.0));
        assert_eq!(failed("mean-word-length", &of("abc", 9)), None);
        assert_eq!(failed("mean-word-length", &of("ab", 9)), Some(2.0));
        // Bytes, not characters.
        assert_eq!(failed("mean-word-length", &of("éééééé", 9)), Some(12.0));
        assert_eq!(failed("symbol-ratio", &(of("word", 9) + "#")), None);
        assert_eq!(
            failed("symbol-ratio", &(of("word", 8) + ". . .")),
            Some(0.111_111)
        );
        assert_eq!(failed("bullet-lines", &("* a\n".repeat(9) + "a")), None);
        assert_eq!(
            failed("bullet-lines", &("● a\n".repeat(10) + "a")),
            Some(0.909_091)
        );
        assert_eq!(failed("bullet-lines", &(" - a\n".repeat(10) + "a")), None);
        assert_eq!(
            failed("ellipsis-lines", &("a...\n".repeat(3) + &"a\n\n".repeat(7))),
            None
        );
        assert_eq!(
            failed("ellipsis-lines", &("a…\n".repeat(4) + &"a\n".repeat(6))),
            Some(0.4)
        );
        assert_eq!(
            failed("non-alphabetic-words", &(of("word", 8) + &of("1", 2))),
            None
        );
        assert_eq!(
            failed("non-alphabetic-words", &(of("word", 7) + &of("1", 2))),
            Some(0.222_222)
        );
        assert_eq!(failed("non-alphabetic-words", "word"), Some(1.0));
        assert_eq!(failed("stop-words", "The cat, the dog"), None);
        assert_eq!(failed("stop-words", "The cat, a dog"), Some(1.0));
    }

    #[test]
    fn repeated_lines_count_from_their_first_place_on() {
        let lines = |n: usize| "twice\n".repeat(n) + "a\nb\nc\nd\ne\nf\ng\n";
        assert_eq!(failed("dup-line-frac", &lines(3)), None);
        assert_eq!(failed("dup-line-frac", &lines(4)), Some(0.363_636));
        let paragraphs = |n: usize| "twice\n\n\n".repeat(n) + "a\n\nb\n\nc\n\nd\n\ne\n\nf\n\ng";
        assert_eq!(failed("dup-para-frac", &paragraphs(3)), None);
        assert_eq!(failed("dup-para-frac", &paragraphs(4)), Some(0.363_636));
        let bytes = |rest: usize, sep: &str| format!("xxxxx{sep}xxxxx{sep}{}", "y".repeat(rest));
        assert_eq!(failed("dup-line-char-frac", &bytes(40, "\n")), None);
        assert_eq!(
            failed("dup-line-char-frac", &bytes(39, "\n")),
            Some(0.204_082)
        );
        assert_eq!(failed("dup-para-char-frac", &bytes(40, "\n\n")), None);
        assert_eq!(
            failed("dup-para-char-frac", &bytes(39, "\n\n")),
            Some(0.204_082)
        );
        assert_eq!(failed("dup-line-frac", ""), Some(1.0));
        assert_eq!(failed("dup-line-frac", "one"), None);
    }

    #[test]
    fn overlapping_places_of_an_n_gram_count_once() {
        // "a a" stands at three places in "a a a a": four bytes of eight.
        assert_eq!(failed("top-2-gram", "a a a a bcde"), Some(0.5));
        assert_eq!(
            failed("top-2-gram", "aa bb aa bb cccccccccccccccccccccccccccccccc"),
            None
        );
        assert_eq!(
            failed("top-2-gram", "aa bb aa bb ccccccccccccccccccccccccccccccc"),
            Some(0.205_128)
        );
        assert_eq!(
            failed("top-4-gram", "a b c d a b c d eeeeee"),
            Some(0.571_429)
        );
        let five = "a b c d e ";
        let text = |rest: usize| format!("{five}{five}{}", "z".repeat(rest));
        // Places 0 and 5 only: ten bytes.
        assert_eq!(failed("dup-5-grams", &text(57)), None);
        assert_eq!(failed("dup-5-grams", &text(56)), Some(0.151_515));
        let ten = "a b c d e f g h i j ";
        let text = |rest: usize| format!("{ten}{ten}{}", "z".repeat(rest));
        assert_eq!(failed("dup-10-grams", &text(180)), None);
        assert_eq!(failed("dup-10-grams", &text(179)), Some(0.100_503));
    }

    #[test]
    fn only_two_line_feeds_are_left() {
        assert_eq!(feeds("a\n\n\n\nb\nc\n\n\n"), "a\n\nb\nc\n\n");
        assert_eq!(feeds("\n\n\na"), "\n\na");
    }
}
