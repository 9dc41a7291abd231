//! `FineWeb`'s own rules about the shape of lines.

use rustc_hash::FxHashSet;

use super::characters::{Breaks, class, length, lines, share, strip};
use super::{Found, Preset, PresetInfo, RuleInfo, View};

/// Four shares over the lines that are not blank.
///
/// The paper names 0.1 as the bound for duplicated characters, the code 0.01; the code is meant. Terminal punctuation
/// is datatrove's set of 0.4 and later, without quotes; the version that made `FineWeb` took `. ' " ! ?` and counted
/// empty lines.
pub(super) struct FineWeb;

const EMPTY: usize = 0;
const PUNCTUATED: usize = 1;
const SHORT: usize = 2;
const DUPLICATE: usize = 3;
const NEWLINES: usize = 4;

static INFO: PresetInfo = PresetInfo {
    name: "fineweb-lines",
    about: "FineWeb's shares of punctuated, short, repeated lines",
    source: "datatrove 0.10 FineWebQualityFilter; Penedo et al. 2024, arXiv:2406.17557",
    rules: &[
        RuleInfo::at_least("empty", "lines that are not blank", 1.0),
        RuleInfo::at_least(
            "line-punct-ratio",
            "share of lines that end in terminal punctuation",
            0.12,
        ),
        RuleInfo::at_most(
            "short-line-ratio",
            "share of lines of at most 30 characters",
            0.67,
        ),
        RuleInfo::at_most(
            "char-dup-ratio",
            "characters in lines seen before, by all characters",
            0.01,
        ),
        RuleInfo::at_most("list-ratio", "line feeds by words", 0.3),
    ],
};

impl Preset for FineWeb {
    fn info(&self) -> &'static PresetInfo {
        &INFO
    }

    fn judge(&self, view: &View<'_>, out: &mut Found) {
        let lines: Vec<&str> = lines(view.text, Breaks::Feeds)
            .iter()
            .map(|l| l.content.of(view.text))
            .filter(|l| !strip(l).is_empty())
            .collect();
        out.value(EMPTY, lines.len() as f64);
        if lines.is_empty() {
            return;
        }
        let terminal = |l: &&&str| {
            l.chars()
                .next_back()
                .is_some_and(|c| view.english.classes.is(c, class::TERMINAL))
        };
        let lengths: Vec<usize> = lines.iter().map(|l| length(l)).collect();
        let short = lengths.iter().filter(|n| **n <= 30).count();
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let repeated: usize = lines
            .iter()
            .zip(&lengths)
            .filter(|(line, _)| !seen.insert(line))
            .map(|(_, n)| n)
            .sum();
        let feeds = memchr::memchr_iter(b'\n', view.text.as_bytes()).count();
        out.value(
            PUNCTUATED,
            share(lines.iter().filter(terminal).count(), lines.len()),
        );
        out.value(SHORT, share(short, lines.len()));
        out.value(DUPLICATE, share(repeated, view.length() - feeds));
        out.value(NEWLINES, share(feeds, view.words().len()));
    }
}

#[cfg(test)]
mod tests {
    use crate::filter::tests::failed;

    /// Lines of `words` words each, `ended` of `of` with a full stop.
    fn page(of: usize, ended: usize, words: usize) -> String {
        let lines = (0..of).map(|i| {
            let stop = if i < ended { "." } else { "" };
            format!("{}line {i}{stop}\n", "word ".repeat(words))
        });
        lines.collect::<Vec<_>>().concat()
    }

    #[test]
    fn twelve_of_a_hundred_lines_must_end_in_punctuation() {
        assert_eq!(
            failed("fineweb-lines", "line-punct-ratio", &page(100, 12, 9)),
            None
        );
        assert_eq!(
            failed("fineweb-lines", "line-punct-ratio", &page(100, 11, 9)),
            Some(0.11)
        );
    }

    #[test]
    fn two_thirds_of_the_lines_may_be_short() {
        let mixed = |short: usize| page(short, short, 2) + &page(100 - short, 9, 9);
        assert_eq!(
            failed("fineweb-lines", "short-line-ratio", &mixed(67)),
            None
        );
        assert_eq!(
            failed("fineweb-lines", "short-line-ratio", &mixed(68)),
            Some(0.68)
        );
        let line = |n| "x".repeat(n);
        assert_eq!(
            failed("fineweb-lines", "short-line-ratio", &line(30)),
            Some(1.0)
        );
        assert_eq!(failed("fineweb-lines", "short-line-ratio", &line(31)), None);
    }

    #[test]
    fn a_hundredth_of_the_characters_may_repeat() {
        let text = |rest: usize| format!("ab\nab\n{}", "x".repeat(rest));
        assert_eq!(failed("fineweb-lines", "char-dup-ratio", &text(196)), None);
        assert_eq!(
            failed("fineweb-lines", "char-dup-ratio", &text(195)),
            Some(2.0 / 199.0)
        );
    }

    #[test]
    fn three_line_feeds_may_come_on_ten_words() {
        assert_eq!(
            failed("fineweb-lines", "list-ratio", "a b c d\n e f g\n h i\nj"),
            None
        );
        assert_eq!(
            failed("fineweb-lines", "list-ratio", "a b c d\n e f g\n h\ni"),
            Some(3.0 / 9.0)
        );
    }

    #[test]
    fn nothing_is_empty() {
        assert_eq!(failed("fineweb-lines", "empty", " \n\n"), Some(0.0));
        assert_eq!(failed("fineweb-lines", "empty", "x"), None);
    }
}
