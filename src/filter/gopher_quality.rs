//! Gopher's quality rules, as datatrove carries them out; with [`gopher_repetition`] the
//! preset `gopher`.

use rustc_hash::FxHashSet;

use super::characters::{Breaks, class, is_space, length, lines, share};
use super::gopher_repetition::{self, repetition};
use super::{Found, Preset, PresetInfo, RuleInfo, View};

/// `MassiveText`'s rules for web documents: quality and repetition, both datatrove's.
pub(super) struct Gopher;

const WORDS: usize = 0;
const WORD_LENGTH: usize = 1;
const HASHES: usize = 2;
const ELLIPSES: usize = 3;
const BULLETS: usize = 4;
const ENDS: usize = 5;
const ALPHABETIC: usize = 6;
const STOP_WORDS: usize = 7;
/// Place of the first rule of repetition.
const REPETITION: usize = 8;

static INFO: PresetInfo = PresetInfo {
    name: "gopher",
    about: "Gopher's quality and repetition rules, datatrove's",
    source: "datatrove 0.10 GopherQualityFilter and GopherRepetitionFilter; Rae et al. 2021, arXiv:2112.11446",
    rules: &[
        RuleInfo::within(
            "word-count",
            "words that are not punctuation",
            50.0,
            100_000.0,
        ),
        RuleInfo::within(
            "mean-word-length",
            "characters by word that is not punctuation",
            3.0,
            10.0,
        ),
        RuleInfo::at_most("hash-ratio", "# by words", 0.1),
        RuleInfo::at_most("ellipsis-ratio", "... and … by words", 0.1),
        RuleInfo::at_most("bullet-lines", "share of lines that begin with • or -", 0.9),
        RuleInfo::at_most("ellipsis-lines", "share of lines that end in ... or …", 0.3),
        RuleInfo::at_least("alphabetic-words", "share of words with a letter", 0.8),
        RuleInfo::at_least(
            "stop-words",
            "how many of: the be to of and that have with",
            2.0,
        ),
        gopher_repetition::RULES[0],
        gopher_repetition::RULES[1],
        gopher_repetition::RULES[2],
        gopher_repetition::RULES[3],
        gopher_repetition::RULES[4],
        gopher_repetition::RULES[5],
        gopher_repetition::RULES[6],
        gopher_repetition::RULES[7],
        gopher_repetition::RULES[8],
        gopher_repetition::RULES[9],
        gopher_repetition::RULES[10],
        gopher_repetition::RULES[11],
        gopher_repetition::RULES[12],
        gopher_repetition::RULES[13],
    ],
};

/// The eight words of the paper; also those of [`gopher_datamap`](super::gopher_datamap).
pub(super) const STOP: [&str; 8] = ["the", "be", "to", "of", "and", "that", "have", "with"];

impl Preset for Gopher {
    fn info(&self) -> &'static PresetInfo {
        &INFO
    }

    fn judge(&self, view: &View<'_>, out: &mut Found) {
        quality(view, out);
        repetition(view, REPETITION, out);
    }
}

fn quality(view: &View<'_>, out: &mut Found) {
    let (mut plain, mut letters, mut alphabetic) = (0usize, 0usize, 0usize);
    let mut stop: FxHashSet<&str> = FxHashSet::default();
    for word in view.words() {
        let word = word.of(view.text);
        let symbols = word
            .chars()
            .all(|c| view.english.classes.is(c, class::SYMBOL));
        if !symbols {
            plain += 1;
            letters += length(word);
        }
        let letter = |c: char| c.is_ascii_alphabetic() || view.english.classes.is(c, class::LETTER);
        alphabetic += usize::from(word.chars().any(letter));
        if word.len() <= 4 && STOP.contains(&word) {
            stop.insert(word);
        }
    }
    let all = view.words().len();
    let count =
        |sign: &str| memchr::memmem::find_iter(view.text.as_bytes(), sign.as_bytes()).count();
    out.value(WORDS, plain as f64);
    // Nothing has no mean, and the original lets that pass; the count of words takes such a text.
    if plain > 0 {
        out.value(WORD_LENGTH, share(letters, plain));
    }
    out.value(HASHES, share(count("#"), all));
    out.value(ELLIPSES, share(count("...") + count("…"), all));
    let (mut number, mut bullets, mut ends) = (0usize, 0usize, 0usize);
    for line in lines(view.text, Breaks::Python) {
        let line = line.content.of(view.text);
        number += 1;
        bullets += usize::from(line.trim_start_matches(is_space).starts_with(['•', '-']));
        let end = line.trim_end_matches(is_space);
        ends += usize::from(end.ends_with("...") || end.ends_with('…'));
    }
    out.value(BULLETS, share(bullets, number));
    out.value(ENDS, share(ends, number));
    out.value(ALPHABETIC, share(alphabetic, all));
    out.value(STOP_WORDS, stop.len() as f64);
}

#[cfg(test)]
mod tests {
    use crate::filter::tests::failed;

    fn of(word: &str, n: usize) -> String {
        format!("{word} ").repeat(n)
    }

    #[test]
    fn fifty_to_a_hundred_thousand_words() {
        assert_eq!(failed("gopher", "word-count", &of("word", 50)), None);
        // Punctuation is no word.
        assert_eq!(
            failed("gopher", "word-count", &(of("word", 49) + "!")),
            Some(49.0)
        );
        assert_eq!(failed("gopher", "word-count", &of("word", 100_000)), None);
        assert_eq!(
            failed("gopher", "word-count", &of("word", 100_001)),
            Some(100_001.0)
        );
    }

    #[test]
    fn words_of_three_to_ten_characters() {
        assert_eq!(failed("gopher", "mean-word-length", &of("abc", 60)), None);
        let short = of("abc", 59) + "ab";
        assert_eq!(
            failed("gopher", "mean-word-length", &short),
            Some(179.0 / 60.0)
        );
        assert_eq!(
            failed("gopher", "mean-word-length", &of("abcdefghij", 60)),
            None
        );
        let long = of("abcdefghij", 59) + "abcdefghijk";
        assert_eq!(
            failed("gopher", "mean-word-length", &long),
            Some(601.0 / 60.0)
        );
        assert_eq!(failed("gopher", "mean-word-length", "!"), None);
    }

    #[test]
    fn one_sign_on_ten_words() {
        // The signs are words too.
        assert_eq!(
            failed("gopher", "hash-ratio", &(of("word", 90) + &of("#", 10))),
            None
        );
        assert_eq!(
            failed("gopher", "hash-ratio", &(of("word", 89) + &of("#", 10))),
            Some(10.0 / 99.0)
        );
        assert_eq!(
            failed(
                "gopher",
                "ellipsis-ratio",
                &(of("word", 90) + &of("… ...", 5))
            ),
            None
        );
        assert_eq!(
            failed(
                "gopher",
                "ellipsis-ratio",
                &(of("word", 80) + &of("… ...", 5))
            ),
            Some(10.0 / 90.0)
        );
    }

    #[test]
    fn lines_that_begin_or_end_so() {
        let lines = |odd: &str, n: usize| format!("{odd}\n").repeat(n) + &"plain\n".repeat(10 - n);
        assert_eq!(failed("gopher", "bullet-lines", &lines(" - a", 9)), None);
        assert_eq!(
            failed("gopher", "bullet-lines", &lines("• a", 10)),
            Some(1.0)
        );
        assert_eq!(failed("gopher", "bullet-lines", &lines("* a", 10)), None);
        assert_eq!(failed("gopher", "ellipsis-lines", &lines("a... ", 3)), None);
        assert_eq!(
            failed("gopher", "ellipsis-lines", &lines("a…", 4)),
            Some(0.4)
        );
    }

    #[test]
    fn four_fifths_of_the_words_have_a_letter() {
        assert_eq!(
            failed(
                "gopher",
                "alphabetic-words",
                &(of("word", 80) + &of("12", 20))
            ),
            None
        );
        assert_eq!(
            failed(
                "gopher",
                "alphabetic-words",
                &(of("word", 79) + &of("12", 21))
            ),
            Some(0.79)
        );
    }

    #[test]
    fn two_different_stop_words_in_lower_case() {
        assert_eq!(failed("gopher", "stop-words", "the cat and dog"), None);
        assert_eq!(
            failed("gopher", "stop-words", "the cat the dog And"),
            Some(1.0)
        );
    }
}
