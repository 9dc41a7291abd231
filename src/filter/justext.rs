//! jusText's classes of paragraphs, on the lines of plain text.

use rustc_hash::{FxHashMap, FxHashSet};

use super::characters::{Breaks, lines, lower, malformed, split, strip};
use super::{Found, Preset, PresetInfo, RuleInfo, View};
use crate::edit::ByteSpan;
use crate::stage::SetupError;

/// jusText with its default settings, each line that is not blank a paragraph.
///
/// Plain text has no markup: the density of links is 0, no line is a heading or an option of a form; so the rules
/// about these never fire, and short lines before text are not kept as headings. Documents whose language is unknown,
/// or has no stop list, are not judged.
pub(super) struct JusText;

const BAD: usize = 0;
const SHORT: usize = 1;
const NEAR_GOOD: usize = 2;
const EMPTY: usize = 3;

static INFO: PresetInfo = PresetInfo {
    name: "justext",
    about: "jusText's classes of paragraphs, by length, stop words and neighbours",
    source: "jusText 3.0 justext/core.py; Pomikálek 2011, is.muni.cz/th/o6om2",
    rules: &[
        RuleInfo::line(
            "bad",
            "70 characters or more with less than 30 % stop words, or a ©",
        ),
        RuleInfo::line("short", "under 70 characters, not among good lines"),
        RuleInfo::line(
            "near-good",
            "under 32 % stop words or at most 200 characters, not beside a good line",
        ),
        RuleInfo::at_least("empty", "good lines", 1.0),
    ],
};

const LENGTH_LOW: usize = 70;
const LENGTH_HIGH: usize = 200;
const STOP_WORDS_LOW: f64 = 0.30;
const STOP_WORDS_HIGH: f64 = 0.32;

/// Stop lists by ISO 639 code.
pub(super) struct StopWords(FxHashMap<&'static str, FxHashSet<&'static str>>);

impl StopWords {
    /// Reads the embedded lists.
    ///
    /// # Errors
    /// When they are malformed.
    pub(super) fn load() -> Result<Self, SetupError> {
        let mut lists = FxHashMap::default();
        for (number, line) in (1..).zip(include_str!("../../data/filter/stop_words.tsv").lines()) {
            if line.starts_with('#') {
                continue;
            }
            let (language, words) = line
                .split_once('\t')
                .ok_or_else(|| malformed("stop_words.tsv", number, "not two fields"))?;
            lists.insert(language, words.split(' ').collect());
        }
        Ok(Self(lists))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Good,
    NearGood,
    Short,
    Bad,
}

impl Preset for JusText {
    fn info(&self) -> &'static PresetInfo {
        &INFO
    }

    fn judge(&self, view: &View<'_>, out: &mut Found) {
        let Some(list) = view.language.and_then(|l| view.stop_words.0.get(l)) else {
            return;
        };
        let mut word = String::new();
        let (spans, free): (Vec<ByteSpan>, Vec<Class>) = lines(view.text, Breaks::Feeds)
            .iter()
            .map(|l| (l.whole, strip(l.content.of(view.text))))
            .filter(|(_, text)| !text.is_empty())
            .map(|(span, text)| (span, context_free(text, list, &mut word)))
            .unzip();
        let classes = revised(&free);
        for ((span, free), class) in spans.iter().zip(&free).zip(&classes) {
            let rule = match free {
                _ if *class == Class::Good => continue,
                Class::Short => SHORT,
                Class::NearGood => NEAR_GOOD,
                Class::Bad | Class::Good => BAD,
            };
            out.line(rule, *span);
        }
        let good = classes.iter().filter(|c| **c == Class::Good).count();
        out.value(EMPTY, good as f64);
    }
}

/// The class of a stripped line by itself; `word` is a buffer.
fn context_free(text: &str, list: &FxHashSet<&str>, word: &mut String) -> Class {
    // Runs of white space are one character.
    let (mut words, mut stop, mut length) = (0usize, 0usize, 0usize);
    for w in split(text) {
        lower(w, word);
        words += 1;
        stop += usize::from(list.contains(word.as_str()));
        length += super::characters::length(w);
    }
    let length = length + words.saturating_sub(1);
    let density = super::characters::share(stop, words);
    if text.contains('©') || text.contains("&copy") {
        Class::Bad
    } else if length < LENGTH_LOW {
        Class::Short
    } else if density >= STOP_WORDS_HIGH && length > LENGTH_HIGH {
        Class::Good
    } else if density >= STOP_WORDS_LOW {
        Class::NearGood
    } else {
        Class::Bad
    }
}

/// The classes in their context: first short lines, then those nearly good.
fn revised(free: &[Class]) -> Vec<Class> {
    use Class::{Bad, Good, NearGood, Short};
    let strong = |c: Class| matches!(c, Good | Bad);
    let firm = |c: Class| c != Short;
    let mut classes = free.to_vec();
    let neighbours = |is: &dyn Fn(Class) -> bool| {
        (nearest(free, is), {
            let mut behind: Vec<Class> = free.iter().rev().copied().collect();
            behind = nearest(&behind, is);
            behind.reverse();
            behind
        })
    };
    let (before, after) = neighbours(&strong);
    let (firm_before, firm_after) = neighbours(&firm);
    for i in (0..free.len()).filter(|i| free[*i] == Short) {
        classes[i] = match (before[i], after[i]) {
            (Good, Good) => Good,
            (Bad, Bad) => Bad,
            (before, after)
                if (before == Bad && firm_before[i] == NearGood)
                    || (after == Bad && firm_after[i] == NearGood) =>
            {
                Good
            }
            _ => Bad,
        };
    }
    // Here a line made good helps those behind it. What lies ahead is good, bad or nearly good, and not yet changed.
    let ahead: Vec<Class> = {
        let mut behind: Vec<Class> = classes.iter().rev().copied().collect();
        behind = nearest(&behind, &strong);
        behind.reverse();
        behind
    };
    let mut last = Bad;
    for (class, next) in classes.iter_mut().zip(ahead) {
        if *class == NearGood {
            *class = if (last, next) == (Bad, Bad) {
                Bad
            } else {
                Good
            };
        }
        last = *class;
    }
    classes
}

/// For each place the nearest class before it that `is`; bad where there is none.
fn nearest(classes: &[Class], is: &dyn Fn(Class) -> bool) -> Vec<Class> {
    let mut last = Class::Bad;
    classes
        .iter()
        .map(|class| {
            let before = last;
            if is(*class) {
                last = *class;
            }
            before
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::filter::tests::{failed, filters, removed};
    use crate::filter::{Action, tests};

    /// A line of `length` characters with `stop` stop words of `words` words.
    fn line(length: usize, stop: usize, words: usize) -> String {
        let mut line = "the ".repeat(stop) + &"xy ".repeat(words - stop - 1);
        let rest = length - line.len();
        line.push_str(&"z".repeat(rest));
        line
    }

    fn rules(text: &str) -> Vec<&'static str> {
        removed("justext", text).into_iter().map(|r| r.0).collect()
    }

    #[test]
    fn length_and_stop_words_have_their_bounds() {
        assert_eq!(rules(&line(201, 8, 25)), [""; 0]);
        assert_eq!(rules(&line(200, 8, 25)), ["near-good"]);
        assert_eq!(rules(&line(400, 31, 97)), ["near-good"]);
        assert_eq!(rules(&line(400, 30, 100)), ["near-good"]);
        assert_eq!(rules(&line(400, 29, 100)), ["bad"]);
        assert_eq!(rules(&line(70, 1, 9)), ["bad"]);
        assert_eq!(rules(&line(69, 9, 10)), ["short"]);
        assert_eq!(rules(&(line(250, 9, 20) + " ©")), ["bad"]);
    }

    #[test]
    fn neighbours_decide_where_a_line_alone_does_not() {
        let (good, near, short, bad) = (
            line(201, 8, 25),
            line(100, 8, 20),
            line(20, 1, 3),
            line(100, 1, 20),
        );
        let page = |lines: &[&str]| lines.join("\n\n");
        assert_eq!(rules(&page(&[&good, &short, &good])), [""; 0]);
        assert_eq!(
            rules(&page(&[&good, &short, &bad, &good])),
            ["short", "bad"]
        );
        assert_eq!(rules(&page(&[&good, &short, &near, &bad])), ["bad"]);
        assert_eq!(
            rules(&page(&[&good, &near, &near, &bad, &near])),
            ["bad", "near-good"]
        );
        assert_eq!(rules(&page(&[&bad, &near, &good])), ["bad"]);
    }

    #[test]
    fn a_page_without_good_lines_is_empty_and_one_of_unknown_language_not_judged() {
        assert_eq!(failed("justext", "empty", "short"), Some(0.0));
        assert_eq!(failed("justext", "empty", &line(201, 8, 25)), None);
        let filters = filters(&["justext"], Action::Flag);
        assert_eq!(
            filters.judge("short", None),
            tests::judge("justext", &line(201, 8, 25))
        );
        assert_eq!(
            filters.judge("short", Some("xx")),
            tests::judge("justext", &line(201, 8, 25))
        );
    }
}
