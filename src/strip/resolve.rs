//! From marked lines to edits: whole lines, one edit for each run of a rule, and the blank lines that went with them.

use super::page::{Line, Page};
use super::rules::rules;
use super::verdict::{Mark, Verdict};
use crate::edit::{ByteSpan, Edit};

/// Appends the edits that remove the marked lines of the page, except those of `kept` rules.
///
/// Between two lines that stay, the fewer of the blank lines before and after what goes remain; at the ends of the text
/// none does. The last line feed stays where the text had one.
pub(super) fn edits(
    text: &str,
    page: &Page,
    verdict: &Verdict,
    kept: &[bool],
    out: &mut Vec<Edit>,
) {
    let lines = &page.lines;
    let goes = |i: usize| verdict.marks[i].filter(|m| !kept[m.rule]);
    let mut i = 0;
    while i < lines.len() {
        if goes(i).is_none() {
            i += 1;
            continue;
        }
        let from = i;
        while i < lines.len() && goes(i).is_some() {
            i += 1;
        }
        run(text, lines, from..i, &|j| goes(j), out);
    }
}

/// The edits of one run of lines that go.
fn run(
    text: &str,
    lines: &[Line],
    range: std::ops::Range<usize>,
    mark: &dyn Fn(usize) -> Option<Mark>,
    out: &mut Vec<Edit>,
) {
    let whole = span(text, lines, &range);
    let mut from = range.start;
    let mut at = whole.start;
    while from < range.end {
        let Some(first) = mark(from) else { return };
        let mut sum = 0.0;
        let mut to = from;
        while to < range.end
            && let Some(m) = mark(to)
            && m.rule == first.rule
        {
            sum += m.confidence;
            to += 1;
        }
        // Blank lines between two rules' lines go with the earlier ones.
        let end = if to == range.end {
            whole.end
        } else {
            lines[to].from
        };
        out.push(Edit::new(
            ByteSpan::new(at, end),
            "",
            rules()[first.rule].name,
            sum / (to - from) as f32,
        ));
        at = end;
        from = to;
    }
}

/// What to take out for lines `range`, blank lines and line feeds considered.
fn span(text: &str, lines: &[Line], range: &std::ops::Range<usize>) -> ByteSpan {
    let first = &lines[range.start];
    let last = &lines[range.end - 1];
    let before = range.start.checked_sub(1).map(|i| &lines[i]);
    match (before, lines.get(range.end)) {
        (None, None) => ByteSpan::new(0, text.len()),
        (None, Some(next)) => ByteSpan::new(0, next.from),
        (Some(previous), None) => {
            let start = if text.ends_with('\n') || previous.to == text.len() {
                previous.to
            } else {
                previous.to - 1
            };
            ByteSpan::new(start, text.len())
        }
        (Some(previous), Some(next)) => {
            // The blank lines that stay are those before, or those after: the fewer, but not none where one side has some.
            let keep_before = first.blanks > 0 && (next.blanks == 0 || first.blanks <= next.blanks);
            if keep_before {
                ByteSpan::new(first.from, next.from)
            } else {
                ByteSpan::new(previous.to, last.to)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::apply;
    use crate::strip::lexicon::Lexicon;

    /// Removes the lines that begin with `-` and says what is left.
    fn strip(text: &str) -> String {
        let mut page = Page::default();
        page.read(text, &Lexicon::load().expect("embedded data is sound"));
        let verdict = Verdict {
            marks: page
                .lines
                .iter()
                .map(|l| {
                    let rule = match l.text(text).as_bytes()[0] {
                        b'-' => 1,
                        b'=' => 2,
                        _ => return None,
                    };
                    Some(Mark {
                        rule,
                        confidence: 0.9,
                    })
                })
                .collect(),
            ..Verdict::default()
        };
        let mut out = Vec::new();
        edits(text, &page, &verdict, &[false; 64], &mut out);
        assert!(out.windows(2).all(|w| w[0].span.end <= w[1].span.start));
        apply(text, &out)
    }

    #[test]
    fn blank_lines_go_with_what_they_belonged_to() {
        assert_eq!(strip("a\n\n-x\n\nb\n"), "a\n\nb\n");
        assert_eq!(strip("a\n-x\nb\n"), "a\nb\n");
        assert_eq!(strip("a\n\n\n-x\n=y\n\nb"), "a\n\nb");
        assert_eq!(strip("a\n\n-x\nb"), "a\n\nb");
        assert_eq!(strip("a\n-x\n\nb"), "a\n\nb");
    }

    #[test]
    fn the_ends_of_the_text_are_left_clean() {
        assert_eq!(strip("-x\n\n\na\n"), "a\n");
        assert_eq!(strip("\n\n-x\na"), "a");
        assert_eq!(strip("a\n\n-x\n\n"), "a\n");
        assert_eq!(strip("a\n\n\n-x\n\n=y"), "a");
        assert_eq!(strip("-x\n=y\n"), "");
        assert_eq!(strip("a"), "a");
    }
}
