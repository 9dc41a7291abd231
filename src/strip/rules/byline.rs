use super::{Proposals, Rule, RuleInfo, View};
use crate::strip::dates;
use crate::strip::lexicon::{Lexicon, Topic};
use crate::strip::page::End;
use crate::text::words::words;

/// Lines that name the writer, with the outlet in the line after.
///
/// **Fires on** "By", "Von", "Par" ... and a name, near the headline or behind the text, when the text shows other signs of
/// a web page; on "Reporting by ..." and "Written by ..." likewise.
/// **Leaves alone** verses and sentences that begin with such a word: what follows must look like names to the line's end.
/// **Score** 0.85; the outlet's line gets 0.8.
/// **Source** own.
pub(super) struct Byline;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S15",
    name: "byline",
    about: "lines that name the writer and the outlet",
    apply_at: 0.75,
};

impl Rule for Byline {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        let lines = view.lines();
        if view.web < 1.0 {
            return;
        }
        for (i, line) in lines.iter().enumerate() {
            if line.hits.start & Topic::Byline.bit() == 0 || line.width > 140.0 {
                continue;
            }
            if !(view.is_near_headline(i) || i + 2 >= view.tail) {
                continue;
            }
            if names(view.line_text(i), view.lexicon).is_none() {
                continue;
            }
            out.line(i, 0.85);
            if outlet_follows(view, i) {
                out.line(i + 1, 0.8);
            }
        }
    }
}

/// Whether the line after byline `i` is the name of an outlet: close to it, a few words, all with capitals, before the text.
pub(in crate::strip) fn outlet_follows(view: &View<'_>, i: usize) -> bool {
    let Some(next) = view.lines().get(i + 1) else {
        return false;
    };
    next.blanks == 0
        && i + 1 < view.head
        && next.words <= 6
        && next.digits == 0
        && next.end_mark == End::Open
        && next.capital_words + next.stop_words.min(2) >= next.words
        && Some(i + 1) != view.headline
        && !next.hits.leads(Topic::Byline)
}

/// The names in a byline: what stands behind its opening words, when it looks like names only.
pub(in crate::strip) fn names<'t>(text: &'t str, lexicon: &Lexicon) -> Option<&'t str> {
    const JOINERS: &str = include_str!("../../../data/strip/name_joiner.tsv");
    const OPENERS: &str = include_str!("../../../data/strip/byline_word.tsv");
    let has = |list: &str, word: &str| list.lines().any(|l| l.split('\t').next() == Some(word));
    let mut from = 0;
    let mut all = words(text).peekable();
    while let Some(span) = all.peek() {
        let lower = span.of(text).to_lowercase();
        if !has(OPENERS, &lower) {
            break;
        }
        from = span.end;
        all.next();
    }
    if from == 0 {
        return None;
    }
    let rest = text[from..]
        .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | '–' | '—'));
    let start = text.len() - rest.len();
    // A date, a role or an outlet may follow the names behind a separator.
    let stop = dates::find(rest, lexicon).map_or(rest.len(), |f| f.span.start);
    let cut = rest[..stop]
        .find(['|', '·', '•', ';', '(', '/', '@', '\t'])
        .or_else(|| {
            rest[..stop]
                .find(" - ")
                .or_else(|| rest[..stop].find(" – "))
        })
        .unwrap_or(stop);
    let names = rest[..cut]
        .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '.' | ':' | '-'));
    let (mut capitals, mut count) = (0, 0);
    for span in words(names) {
        let word = span.of(names);
        count += 1;
        if word.chars().next().is_some_and(char::is_uppercase) {
            capitals += 1;
        } else if !has(JOINERS, word) {
            return None;
        }
    }
    let sentence = names.contains(". ") && count > 6 || names.ends_with(['!', '?']);
    (start > 0 && !sentence && (1..=12).contains(&count) && capitals >= 1 && capitals * 2 >= count)
        .then_some(names)
}
