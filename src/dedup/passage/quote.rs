//! Whether a passage is a quotation: in quotation marks, with a word beside them that says whose words they are.
//!
//! Two reports that quote one speech share its words without one being copied from the other. Quotation marks alone are not
//! enough: they also stand around titles, terms and irony, and a copied story has the quotations of the original, which are
//! then a small part of the passage.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use crate::edit::ByteSpan;

/// Part of a passage that must stand in quotation marks.
const SHARE: f32 = 0.8;
/// Longest quotation, in bytes, without a mark.
const LONGEST: usize = 4096;
/// Bytes before and behind a quotation in which its speaker is named.
const BESIDE: usize = 160;

/// Words that attribute, lower-case, with their languages.
const ATTRIBUTION: &str = include_str!("../../../data/dedup/attribution.tsv");
static WORDS: LazyLock<FxHashSet<&str>> = LazyLock::new(|| {
    let first = |line: &'static str| line.split('\t').next();
    ATTRIBUTION.lines().filter_map(first).collect()
});

/// Whether the stretch of `text` under `span` is a quotation, by marks or by `>` before its lines, and attributed.
///
/// `O(bytes)` of the stretch and [`LONGEST`] bytes around it.
pub(super) fn is_quoted(text: &str, span: ByteSpan) -> bool {
    if !may_be_quoted(text, span) {
        return false;
    }
    let from = char_boundary(text, span.start.saturating_sub(LONGEST));
    let to = char_boundary(text, (span.end + LONGEST).min(text.len()));
    // Most texts have none near: then nothing is gathered.
    let mut quotations = Vec::new();
    marked(text, (from, to), &mut quotations);
    lines(text, (from, to), &mut quotations);
    quotations.sort_unstable_by_key(|q| (q.start, q.end));
    let covered: usize = quotations
        .iter()
        .map(|q| q.end.min(span.end).saturating_sub(q.start.max(span.start)))
        .sum();
    if (covered as f32) < SHARE * span.len() as f32 || span.is_empty() {
        return false;
    }
    let of_span = |q: &ByteSpan| q.overlaps(span);
    (0..quotations.len())
        .filter(|&i| of_span(&quotations[i]))
        .any(|i| {
            let q = quotations[i];
            let before = quotations[..i].last().map_or(0, |p| p.end);
            let after = quotations.get(i + 1).map_or(text.len(), |n| n.start);
            let near = char_boundary(text, q.start.saturating_sub(BESIDE));
            let far = char_boundary(text, (q.end + BESIDE).min(text.len()));
            let head = text.get(before.max(near)..q.start).unwrap_or("");
            let tail = text.get(q.end..after.min(far)).unwrap_or("");
            attributes(head) || introduces(head) || attributes(tail) || signs(tail)
        })
}

/// Whether a quotation can be open at the beginning of the stretch, or begin in its first fifth: what the nearest mark before it
/// says. Nearly every passage is none, and this reads a few hundred bytes of it.
fn may_be_quoted(text: &str, span: ByteSpan) -> bool {
    const MARKS: [char; 12] = ['"', '“', '”', '„', '‟', '«', '»', '「', '『', '‘', '’', '>'];
    let first = char_boundary(text, span.start + span.len() / 5 + 1);
    let begins = text.get(span.start..first);
    if begins.is_none_or(|t| has_first_byte(t.as_bytes()) && t.contains(MARKS)) {
        return true;
    }
    let from = char_boundary(text, span.start.saturating_sub(LONGEST));
    let mut before = &text[from..span.start];
    loop {
        // On from the nearest byte that a mark may begin with; what lies behind it is none.
        let Some(at) = last_first_byte(before.as_bytes()) else {
            return false;
        };
        let mut chars = before[at..].chars();
        let c = chars.next().unwrap_or(' ');
        let prior = before[..at].chars().next_back();
        match c {
            '"' => return prior.is_none_or(opens_behind),
            '”' | '」' | '』' => return false,
            '“' | '„' | '‟' | '«' | '»' | '「' | '『' | '‘' => return true,
            '>' if prior.is_none_or(char::is_whitespace) => return true,
            _ => {}
        }
        before = &before[..at];
    }
}

/// Whether a mark may begin with this byte in UTF-8; these stand in no other place of a character.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches the loop over bytes becomes vector code"
)]
const fn is_first_byte(b: u8) -> bool {
    (b == b'"') | (b == b'>') | (b == 0xC2) | (b == 0xE2) | (b == 0xE3)
}

fn has_first_byte(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |any, &b| any | is_first_byte(b))
}

/// The last byte with which a mark may begin.
fn last_first_byte(bytes: &[u8]) -> Option<usize> {
    let mut end = bytes.len();
    for part in bytes.rchunks(64) {
        let start = end - part.len();
        if has_first_byte(part) {
            return part
                .iter()
                .rposition(|&b| is_first_byte(b))
                .map(|at| start + at);
        }
        end = start;
    }
    None
}

/// The first byte with which a mark may begin.
fn next_first_byte(bytes: &[u8]) -> Option<usize> {
    let mut start = 0;
    for part in bytes.chunks(64) {
        if has_first_byte(part) {
            return part
                .iter()
                .position(|&b| is_first_byte(b))
                .map(|at| start + at);
        }
        start += part.len();
    }
    None
}

/// Whether a straight mark behind this character opens.
fn opens_behind(before: char) -> bool {
    before.is_whitespace() || matches!(before, '(' | '[' | '—' | '–')
}

/// Whether one of the words attributes.
fn attributes(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric())
        .any(|word| !word.is_empty() && WORDS.contains(word.to_lowercase().as_str()))
}

/// Whether a name and a colon stand right before the quotation.
fn introduces(head: &str) -> bool {
    head.trim_end()
        .strip_suffix(':')
        .is_some_and(|h| h.ends_with(char::is_alphanumeric))
}

/// Whether a dash and a name stand right behind the quotation.
fn signs(tail: &str) -> bool {
    tail.trim_start()
        .strip_prefix(['—', '–', '-', '―'])
        .is_some_and(|name| name.trim_start().starts_with(char::is_uppercase))
}

/// What closes a quotation that `mark` opens; empty when `mark` opens none.
fn closing(mark: char) -> &'static [char] {
    match mark {
        '“' => &['”'],
        '„' | '‟' => &['“', '”'],
        '«' => &['»'],
        '»' => &['«'],
        '「' => &['」'],
        '『' => &['』'],
        '‘' => &['’'],
        '"' => &['"'],
        _ => &[],
    }
}

/// Appends the stretches between quotation marks, the marks included.
///
/// A mark behind white space or an opening bracket opens, one behind anything else closes: so a mark too many, as for inches,
/// turns nothing round. A paragraph that opens another quotation before the last one was closed continues it.
fn marked(text: &str, (from, to): (usize, usize), out: &mut Vec<ByteSpan>) {
    let mut open: Option<(usize, char)> = None;
    let part = &text[from..to];
    let mut at = from;
    // Characters that are no marks change nothing, but that a quotation is too long behind some of them.
    while let Some(next) = next_first_byte(&part.as_bytes()[at - from..]) {
        at += next;
        let Some(c) = text[at..to].chars().next() else {
            break;
        };
        let end = at + c.len_utf8();
        let before = text[..at].chars().next_back();
        let opens = before.is_none_or(opens_behind);
        let last = at - before.map_or(0, char::len_utf8);
        if open.is_some_and(|(start, _)| last > start + LONGEST) {
            open = None;
        }
        match open {
            Some((start, _)) if at - start > LONGEST => open = None,
            // An apostrophe is no end.
            Some((start, mark))
                if closing(mark).contains(&c)
                    && !(opens && c == '"')
                    && !(c == '’' && text[end..to].starts_with(char::is_alphanumeric)) =>
            {
                out.push(ByteSpan::new(start, end));
                open = None;
            }
            Some((_, mark)) if mark == c && begins_line(&text[from..at]) => {}
            Some((_, '"')) if c == '"' => open = Some((at, c)),
            None if (opens || matches!(c, '「' | '『')) && !closing(c).is_empty() => {
                open = Some((at, c));
            }
            _ => {}
        }
        at = end;
    }
}

/// Whether nothing but white space stands on the line behind this.
fn begins_line(head: &str) -> bool {
    let line = head.rsplit('\n').next().unwrap_or(head);
    line.chars().all(char::is_whitespace)
}

/// Appends the runs of lines that begin with `>`.
fn lines(text: &str, (from, to): (usize, usize), out: &mut Vec<ByteSpan>) {
    let mut at = from;
    let mut run: Option<ByteSpan> = None;
    for line in text[from..to].split_inclusive('\n') {
        let end = at + line.len();
        if line.trim_start().starts_with('>') {
            let start = run.map_or(at, |r| r.start);
            run = Some(ByteSpan::new(start, end));
        } else {
            out.extend(run.take());
        }
        at = end;
    }
    out.extend(run);
}

/// The last character boundary at or before byte `at`.
fn char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|&i| text.is_char_boundary(i))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WORDS_OF_ANOTHER: &str =
        "We will not sell the harbour to anyone, now or later, whatever they may offer";

    fn quoted(text: &str) -> bool {
        let start = text.find("We will").unwrap();
        let end = text.find("offer").unwrap() + "offer".len();
        is_quoted(text, ByteSpan::new(start, end))
    }

    #[test]
    fn marks_and_a_speaker_make_a_quotation() {
        for form in [
            "The port was busy. \"{},\" the mayor said on Monday.",
            "The mayor told reporters: “{}.” Nobody asked further.",
            "According to the mayor, «{}».",
            "« {} », a déclaré le maire.",
            "„{}“, sagte der Bürgermeister.",
            "»{}«, schrieb er.",
            "‘{}’, the mayor’s office said.",
            "Mayor: \"{}\"",
            "“{}”\n— Jane Miller, mayor",
            "On Monday Jane Miller wrote:\n> {}\n\nI disagree.",
        ] {
            let text = form.replace("{}", WORDS_OF_ANOTHER);
            assert!(quoted(&text), "{text}");
        }
    }

    #[test]
    fn a_quotation_that_is_interrupted_or_goes_on_is_one() {
        assert!(quoted(
            "\"We will not sell the harbour to anyone,\" she said, \"now or later, whatever they may offer.\""
        ));
        assert!(quoted(
            "The mayor said: \"This is final.\n\n\"We will not sell the harbour to anyone.\n\n\"Now or later, whatever they may offer.\""
        ));
    }

    #[test]
    fn no_marks_or_no_speaker_make_none() {
        for form in [
            "{}.",
            "The mayor said {}.",
            "The mayor said \"no\". {}. \"No\", he said.",
            "It had \"{}\" on a banner.",
            "A 12\" pipe. {}. A 10\" pipe, she said.",
            "The mayor said: \"{}. And there is no end to this",
        ] {
            let text = form.replace("{}", WORDS_OF_ANOTHER);
            assert!(!quoted(&text), "{text}");
        }
    }

    #[test]
    fn a_copied_story_with_a_quotation_in_it_is_none() {
        let text = "We will meet at noon, the clerk of the harbour office wrote in the paper of Monday. \"Fine,\" the mayor said. He went home at noon to see what they may offer";
        assert!(!quoted(text));
    }

    #[test]
    fn the_word_list_is_sorted_and_lower_case() {
        let rows: Vec<(&str, &str)> = ATTRIBUTION
            .lines()
            .filter_map(|l| l.split_once('\t'))
            .collect();
        assert_eq!(rows.len(), ATTRIBUTION.lines().count());
        assert!(rows.is_sorted_by(|a, b| a.0 < b.0));
        assert!(
            rows.iter()
                .all(|r| r.0 == r.0.to_lowercase() && !r.1.is_empty())
        );
    }

    #[test]
    fn every_mark_begins_with_a_byte_that_is_looked_for() {
        for c in "\"“”„‟«»「『」』‘’>".chars() {
            assert!(has_first_byte(c.encode_utf8(&mut [0; 4]).as_bytes()), "{c}");
        }
    }

    /// [`marked`], character by character.
    fn one_by_one(text: &str, (from, to): (usize, usize)) -> Vec<ByteSpan> {
        let mut out = Vec::new();
        let mut open: Option<(usize, char)> = None;
        let mut before = text[..from].chars().next_back();
        let mut fresh = true;
        for (i, c) in text[from..to].char_indices() {
            let at = from + i;
            let end = at + c.len_utf8();
            let opens = before.is_none_or(opens_behind);
            let goes_on = text[end..to].starts_with(char::is_alphanumeric);
            match open {
                Some((start, _)) if at - start > LONGEST => open = None,
                Some((start, mark))
                    if closing(mark).contains(&c)
                        && !(opens && c == '"')
                        && !(c == '’' && goes_on) =>
                {
                    out.push(ByteSpan::new(start, end));
                    open = None;
                }
                Some((_, mark)) if mark == c && fresh => {}
                Some((_, '"')) if c == '"' => open = Some((at, c)),
                None if (opens || matches!(c, '「' | '『')) && !closing(c).is_empty() => {
                    open = Some((at, c));
                }
                _ => {}
            }
            fresh = c == '\n' || fresh && c.is_whitespace();
            before = Some(c);
        }
        out
    }

    proptest! {
        #[test]
        fn marks_alone_need_be_looked_at(
            text in "([a \"“”„«»「」>\n’‘é東]{0,30}|a{60,70}|[“\"]é{2020,2060}[”\"]){0,6}",
            from in 0usize..40,
        ) {
            let part = (char_boundary(&text, from), text.len());
            let mut found = Vec::new();
            marked(&text, part, &mut found);
            prop_assert_eq!(found, one_by_one(&text, part));
        }

        #[test]
        fn any_text_has_an_answer(text in "[ab \"“”«»>:\n’‘é]{0,60}", from in 0usize..60, len in 0usize..60) {
            let start = char_boundary(&text, from.min(text.len()));
            let end = char_boundary(&text, (start + len).min(text.len()));
            let _ = is_quoted(&text, ByteSpan::new(start, end));
        }
    }
}
