//! A source text cut along its edits: what stays, what goes, what comes.

use std::borrow::Cow;

use crate::decode;
use crate::edit::MARKUP;
use crate::pipeline::rows::EditRow;

/// A stretch of a document as a reader should see it.
#[derive(Clone, Debug)]
pub struct Segment<'r> {
    /// The source text, empty for an insertion; of a page of HTML what a reader sees of it.
    pub before: Cow<'r, str>,
    /// What stands there now, or would for a suggestion; equal to `before` for text that stays.
    pub after: &'r str,
    /// The edit, where there is one.
    pub edit: Option<&'r EditRow>,
}

/// `source` cut along `edits` (of one document, in scalar values, in reading order).
///
/// Applied edits all show; a suggestion shows where no applied edit meets it. The markup of a page shows nowhere: what it
/// became is text that stays. `O(source + edits)`.
pub fn segments<'r>(source: &'r str, edits: &'r [EditRow]) -> Vec<Segment<'r>> {
    let mut shown: Vec<&EditRow> = edits.iter().filter(|e| e.applied).collect();
    let free = |s: &EditRow| {
        let at = shown.partition_point(|a| a.end <= s.start);
        shown.get(at).is_none_or(|a| a.start >= s.end)
    };
    let mut suggested: Vec<&EditRow> = Vec::new();
    for edit in edits
        .iter()
        .filter(|e| !e.applied && !e.superseded && e.before != e.after)
    {
        if free(edit) && suggested.last().is_none_or(|l| l.end <= edit.start) {
            suggested.push(edit);
        }
    }
    shown.extend(suggested);
    shown.sort_by_key(|e| (e.start, e.end));

    let is_page = is_page(edits);
    let mut out = Vec::new();
    let mut chars = source.char_indices();
    let (mut at, mut done) = (0usize, 0usize);
    let mut byte_of = |wanted: usize| -> usize {
        while done < wanted {
            match chars.next() {
                Some((i, c)) => at = i + c.len_utf8(),
                None => break,
            }
            done += 1;
        }
        at
    };
    let mut last = 0;
    for edit in shown {
        let start = byte_of(edit.start);
        let end = byte_of(edit.end);
        if start < last {
            continue;
        }
        if last < start {
            out.push(kept(&source[last..start]));
        }
        if edit.rule == MARKUP {
            out.push(kept(&edit.after));
        } else {
            out.push(Segment {
                before: if is_page {
                    decode::shown(&source[start..end]).into()
                } else {
                    source[start..end].into()
                },
                after: &edit.after,
                edit: Some(edit),
            });
        }
        last = end;
    }
    if last < source.len() {
        out.push(kept(&source[last..]));
    }
    out
}

/// Whether the edits are those of a page of HTML.
pub fn is_page(edits: &[EditRow]) -> bool {
    edits.iter().any(|e| e.applied && e.rule == MARKUP)
}

fn kept(text: &str) -> Segment<'_> {
    Segment {
        before: text.into(),
        after: text,
        edit: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::StageName;

    fn row(start: usize, end: usize, before: &str, after: &str, applied: bool) -> EditRow {
        EditRow {
            id: "x".into(),
            stage: StageName::Repair,
            rule: "r".into(),
            start,
            end,
            line: 1,
            before: before.into(),
            after: after.into(),
            confidence: 0.9,
            applied,
            superseded: false,
            bytes: None,
        }
    }

    #[test]
    fn segments_quote_the_source_in_order() {
        let rows = [
            row(0, 2, "é ", "", true),
            row(3, 4, "b", "B", false),
            row(3, 5, "b ", "x", true),
            row(5, 6, "c", "C", false),
        ];
        let all = segments("é ab c d".get(..).unwrap(), &rows);
        let flat: String = all.iter().map(|s| s.before.as_ref()).collect();
        assert_eq!(flat, "é ab c d");
        let edits: Vec<_> = all
            .iter()
            .filter_map(|s| s.edit.map(|e| (s.before.as_ref(), s.after, e.applied)))
            .collect();
        assert_eq!(
            edits,
            [("é ", "", true), ("b ", "x", true), ("c", "C", false)]
        );
    }
}
