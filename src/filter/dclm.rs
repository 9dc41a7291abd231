//! DCLM's rules for lines, after `RefinedWeb`.

use super::characters::{Breaks, class, is_space, length, lines, share, split, strip};
use super::{Found, Preset, PresetInfo, RuleInfo, View};
use crate::edit::ByteSpan;

/// The line modifiers of DCLM's `dclm_baseline_refinedweb.yaml`, and the page rule that follows from them.
///
/// datamap-rs has the same steps, but measures shares of upper case and digits against bytes, takes Unicode's words,
/// and its substring step removes at any length of line, in the given case only and with the blank behind the match,
/// because the configuration says `max_length` where the code reads `max_len`.
pub(super) struct Dclm;

const UPPERCASE: usize = 0;
const NUMERIC: usize = 1;
const COUNTER: usize = 2;
const SHORT: usize = 3;
const ITEMS_IN_CART: usize = 4;
const READ_MORE: usize = 5;
const SIGN_IN: usize = 6;
const REMOVED: usize = 7;
const EMPTY: usize = 8;

static INFO: PresetInfo = PresetInfo {
    name: "dclm-lines",
    about: "DCLM's and RefinedWeb's rules for lines",
    source: "mlfoundations/dclm baselines/mappers/modifiers.py, dclm_baseline_refinedweb.yaml; Li et al. 2024, arXiv:2406.11794; Penedo et al. 2023, arXiv:2306.01116",
    rules: &[
        RuleInfo::line(
            "uppercase",
            "more than half of the characters are upper case",
        ),
        RuleInfo::line("numeric", "all characters are digits"),
        RuleInfo::line("counter", "a count of likes, shares, comments and the like"),
        RuleInfo::line("one-word", "fewer than 2 words"),
        RuleInfo::line(
            "items-in-cart",
            "items in cart, in a line of at most 10 words",
        ),
        RuleInfo::line(
            "read-more",
            "Read more... at the end of a line of at most 10 words",
        ),
        RuleInfo::line(
            "sign-in",
            "Sign-in at the head of a line of at most 10 words",
        ),
        RuleInfo::at_most(
            "words-removed",
            "share of words that the other rules remove",
            0.05,
        ),
        RuleInfo::at_least("empty", "lines that stay and are not blank", 1.0),
    ],
};

const COUNTED: [&str; 11] = [
    "likes",
    "shares",
    "comments",
    "retweets",
    "reposts",
    "quotes",
    "bookmarks",
    "upvotes",
    "downvotes",
    "downloads",
    "views",
];
/// Words of lines that the phrases are looked for in, at most.
const MOST_WORDS: usize = 10;

impl Preset for Dclm {
    fn info(&self) -> &'static PresetInfo {
        &INFO
    }

    fn judge(&self, view: &View<'_>, out: &mut Found) {
        let (mut before, mut after, mut stay) = (0, 0, 0usize);
        let mut spans = Vec::new();
        for line in lines(view.text, Breaks::Feeds) {
            let text = line.content.of(view.text);
            let words = count_words(view, text);
            before += words;
            if text.is_empty() {
                continue;
            }
            if let Some(rule) = fault(view, text) {
                out.line(rule, line.whole);
                continue;
            }
            spans.clear();
            let left = phrases(text, &mut spans);
            let Some(left) = left else {
                // Nothing is left of the line: it goes as a whole, for the last reason.
                if let Some((rule, _)) = spans.last() {
                    out.line(*rule, line.whole);
                }
                continue;
            };
            spans.sort_unstable_by_key(|(_, span)| *span);
            for (rule, span) in &spans {
                let at = line.content.start;
                out.line(*rule, ByteSpan::new(at + span.start, at + span.end));
            }
            after += if spans.is_empty() {
                words
            } else {
                count_words(view, &left)
            };
            stay += usize::from(!strip(&left).is_empty());
        }
        out.value(REMOVED, share(before - after, before));
        out.value(EMPTY, stay as f64);
    }
}

/// The rule that removes the line `text`.
fn fault(view: &View<'_>, text: &str) -> Option<usize> {
    let classes = &view.english.classes;
    let (mut upper, mut digits) = (0, 0);
    for c in text.chars() {
        upper += usize::from(c.is_uppercase());
        digits += usize::from(classes.is(c, class::DIGIT));
    }
    let all = length(text);
    // More than half and more than 0.999999.
    if 2 * upper > all {
        Some(UPPERCASE)
    } else if share(digits, all) > 0.999_999 {
        Some(NUMERIC)
    } else if is_counter(view, text) {
        Some(COUNTER)
    } else if split(text).nth(1).is_none() {
        Some(SHORT)
    } else {
        None
    }
}

/// Whether the line is a number and what it counts, between signs: `3 likes`, `♥ 1.2k shares!`.
fn is_counter(view: &View<'_>, text: &str) -> bool {
    let classes = &view.english.classes;
    let word = |c: char| c == '_' || classes.is(c, class::ALPHANUMERIC);
    let text = text.trim_matches(|c| !word(c));
    if !text.starts_with(|c| classes.is(c, class::DIGIT)) {
        return false;
    }
    let rest = text.trim_start_matches(|c| c == ',' || c == '.' || classes.is(c, class::DIGIT));
    let rest = rest
        .strip_prefix(['K', 'k', 'M', 'm', 'B', 'b'])
        .unwrap_or(rest);
    let counted = rest.trim_start_matches(is_space);
    counted.len() < rest.len()
        && counted.len() <= 9
        && (COUNTED.iter().any(|c| counted.eq_ignore_ascii_case(c))
            || counted.eq_ignore_ascii_case("followers"))
}

/// Removes the three phrases from `text` one after the other, in any case; notes which and where.
///
/// `None` where nothing but white space is left.
fn phrases(text: &str, found: &mut Vec<(usize, ByteSpan)>) -> Option<String> {
    let mut left = text.to_owned();
    // Where the bytes of `left` stand in `text`.
    let mut places: Vec<usize> = Vec::new();
    for rule in [ITEMS_IN_CART, READ_MORE, SIGN_IN] {
        if split(&left).nth(MOST_WORDS).is_some() {
            continue;
        }
        let spans = matches(&left, rule);
        if spans.is_empty() {
            continue;
        }
        if places.is_empty() {
            places = (0..=text.len()).collect();
        }
        for span in spans.into_iter().rev() {
            // A match over a place where another was removed is told as what is left of it on both sides.
            let mut from = span.start;
            for at in span.start..span.end {
                if at + 1 == span.end || places[at + 1] != places[at] + 1 {
                    found.push((rule, ByteSpan::new(places[from], places[at] + 1)));
                    from = at + 1;
                }
            }
            left.replace_range(span.start..span.end, "");
            places.drain(span.start..span.end);
        }
        if strip(&left).is_empty() {
            return None;
        }
    }
    Some(left)
}

/// Where the phrase of `rule` stands in `line`, with one white space before it (behind it at the head of a line).
fn matches(line: &str, rule: usize) -> Vec<ByteSpan> {
    let is = |at: usize, phrase: &str| {
        line.get(at..at + phrase.len())
            .is_some_and(|s| s.eq_ignore_ascii_case(phrase))
    };
    let blank_before = |at: usize| {
        let blank = line[..at].chars().next_back().filter(|c| is_space(*c));
        at - blank.map_or(0, char::len_utf8)
    };
    match rule {
        SIGN_IN if is(0, "sign-in") => {
            let end = "sign-in".len();
            let blank = line[end..].chars().next().filter(|c| is_space(*c));
            vec![ByteSpan::new(0, end + blank.map_or(0, char::len_utf8))]
        }
        READ_MORE => {
            // The original's full stops stand in a regular expression: any three characters.
            let end = line.char_indices().rev().nth(2).map_or(0, |(at, _)| at);
            let phrase = "read more";
            match end.checked_sub(phrase.len()) {
                Some(at) if is(at, phrase) => vec![ByteSpan::new(blank_before(at), line.len())],
                _ => Vec::new(),
            }
        }
        ITEMS_IN_CART => {
            let phrase = "items in cart";
            let mut spans: Vec<ByteSpan> = Vec::new();
            let mut at = 0;
            while at + phrase.len() <= line.len() {
                if is(at, phrase) {
                    let last = spans.last().map_or(0, |s| s.end);
                    spans.push(ByteSpan::new(blank_before(at).max(last), at + phrase.len()));
                    at += phrase.len();
                } else {
                    at += 1;
                }
            }
            spans
        }
        _ => Vec::new(),
    }
}

/// Words as fastText's tokenizer parts them, those that begin with a letter or digit.
fn count_words(view: &View<'_>, line: &str) -> usize {
    line.split([' ', '\t', '\u{b}', '\u{c}', '\r', '\0'])
        .filter(|w| {
            w.chars()
                .next()
                .is_some_and(|c| view.english.classes.is(c, class::ALPHANUMERIC))
        })
        .count()
}

#[cfg(test)]
mod tests {
    use crate::filter::tests::{failed, removed};

    fn rules(line: &str) -> Vec<&'static str> {
        let text = format!("Some plain words here.\n{line}\n");
        removed("dclm-lines", &text)
            .into_iter()
            .map(|r| r.0)
            .collect()
    }

    #[test]
    fn lines_go_at_both_sides_of_each_bound() {
        assert_eq!(rules("ABCD abcd"), [""; 0]);
        assert_eq!(rules("ABCDE abc"), ["uppercase"]);
        assert_eq!(rules("2024"), ["numeric"]);
        assert_eq!(rules("2024 05"), [""; 0]);
        assert_eq!(rules("3 likes"), ["counter"]);
        assert_eq!(rules("♥ 1,2.3K  Shares!"), ["counter"]);
        assert_eq!(rules("120 followers"), ["counter"]);
        assert_eq!(rules("3 likers"), [""; 0]);
        assert_eq!(rules("3likes so"), [""; 0]);
        assert_eq!(rules("He got 3 likes"), [""; 0]);
        assert_eq!(rules("Word"), ["one-word"]);
        assert_eq!(rules("Two words"), [""; 0]);
        assert_eq!(rules("  "), ["one-word"]);
        assert_eq!(rules(""), [""; 0]);
    }

    #[test]
    fn phrases_go_out_of_short_lines() {
        let gone = |line: &str| {
            let text = format!("Some plain words here.\n{line}\n");
            removed("dclm-lines", &text)
                .into_iter()
                .map(|(rule, text)| (rule, text.to_owned()))
                .collect::<Vec<_>>()
        };
        let one = |rule, text: &str| vec![(rule, text.to_owned())];
        assert_eq!(
            gone("3 Items in Cart now"),
            one("items-in-cart", " Items in Cart")
        );
        assert_eq!(
            gone("items in cart"),
            one("items-in-cart", "items in cart\n")
        );
        assert_eq!(
            gone("The story goes on read more..."),
            one("read-more", " read more...")
        );
        assert_eq!(gone("The story goes on. Read more now"), []);
        assert_eq!(gone("Sign-in to comment"), one("sign-in", "Sign-in "));
        assert_eq!(gone("Please sign-in to comment"), []);
        assert_eq!(
            gone("a b c d e f g items in cart"),
            one("items-in-cart", " items in cart")
        );
        assert_eq!(gone("a b c d e f g h items in cart"), []);
        assert_eq!(
            gone("sign-in to the shop, items in cart"),
            [
                ("sign-in", "sign-in ".to_owned()),
                ("items-in-cart", " items in cart".to_owned())
            ]
        );
    }

    #[test]
    fn a_twentieth_of_the_words_may_go() {
        let text = |words: usize| format!("{}\nWord\n", "word ".repeat(words));
        assert_eq!(failed("dclm-lines", "words-removed", &text(19)), None);
        assert_eq!(
            failed("dclm-lines", "words-removed", &text(18)),
            Some(1.0 / 19.0)
        );
    }

    #[test]
    fn a_page_without_lines_is_empty() {
        assert_eq!(failed("dclm-lines", "empty", "Word\n12\n"), Some(0.0));
        assert_eq!(failed("dclm-lines", "empty", "two words"), None);
    }
}
