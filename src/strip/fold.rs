//! The keys of a page's lines and nothing else: all that the survey counts by.
//!
//! The same keys as [`Line::key`](super::page::Line::key), at the speed of copying: what is ASCII with single blanks goes
//! over in one piece, and is lower-cased at the end.

use super::chars::{self, CLASS, HIGH, OPENER, SPACE, Sort, WORD};
use crate::text::hash::{hash, seed};
use crate::text::lines::lines;

/// Bytes looked at together.
const STEP: usize = 32;

/// Calls `f` with the key of each line of `text` that has two letters or more; `folded` is overwritten.
pub(super) fn keys(text: &str, folded: &mut String, mut f: impl FnMut(u64)) {
    let sorts = chars::sorts();
    for line in lines(text) {
        let line = line.text.trim();
        if has_letters(line, sorts) {
            fold(line, sorts, folded);
            f(hash(folded.as_bytes(), seed::LINE));
        }
    }
}

/// Whether there are two letters; a digit that is no ASCII counts as one.
fn has_letters(line: &str, sorts: &[Sort]) -> bool {
    line.chars()
        .filter(|&c| c.is_ascii_alphabetic() || !c.is_ascii() && chars::sort(c, sorts).alphanumeric)
        .nth(1)
        .is_some()
}

/// The folded form of a line without white space at its ends.
fn fold(line: &str, sorts: &[Sort], folded: &mut String) {
    folded.clear();
    let bytes = line.as_bytes();
    let class = |at: usize| bytes.get(at).map_or(0, |&b| CLASS[usize::from(b)]);
    let mut at = 0;
    while at < bytes.len() {
        if folded.is_empty() {
            while at < bytes.len() && class(at) & (WORD | OPENER | HIGH) == 0 {
                at += 1;
            }
        }
        let end = at + regular(&bytes[at..]);
        folded.push_str(&line[at..end]);
        at = end;
        if class(at) & SPACE != 0 {
            blank(folded);
            while class(at) & SPACE != 0 {
                at += 1;
            }
            continue;
        }
        let Some(c) = line[at..].chars().next() else {
            break;
        };
        at += c.len_utf8();
        let sort = chars::sort(c, sorts);
        if sort.alphanumeric {
            folded.push(sort.lower);
        } else if sort.space {
            blank(folded);
            while class(at) & SPACE != 0 {
                at += 1;
            }
        } else if !folded.is_empty() || c == '©' {
            folded.push(chars::straight(c));
        }
    }
    folded.make_ascii_lowercase();
    let trimmed = folded.trim_end().len();
    folded.truncate(trimmed);
}

/// One blank, but none at the beginning or behind another.
pub(super) fn blank(folded: &mut String) {
    if !folded.is_empty() && !folded.ends_with(' ') {
        folded.push(' ');
    }
}

/// How many bytes from the first on are ASCII with single blanks between.
fn regular(bytes: &[u8]) -> usize {
    // Both loops ask the same of a byte and the one behind it; the first one so that it runs in wide registers.
    let odd = |b: u8, next: u8| {
        b & 0x80
            | u8::from(b.wrapping_sub(b'\t') < 5)
            | u8::from(b == b' ') & u8::from(next == b' ')
    };
    let mut at = 0;
    while let (Some(these), Some(next)) =
        (bytes.get(at..at + STEP), bytes.get(at + 1..at + 1 + STEP))
    {
        let found = these
            .iter()
            .zip(next)
            .fold(0, |found, (&b, &next)| found | odd(b, next));
        if found != 0 {
            break;
        }
        at += STEP;
    }
    let rest = &bytes[at..];
    at + rest
        .iter()
        .enumerate()
        .position(|(i, &b)| odd(b, rest.get(i + 1).map_or(0, |&n| n)) != 0)
        .unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::lexicon::Lexicon;
    use crate::strip::page::Page;
    use proptest::prelude::*;

    fn full(text: &str) -> Vec<u64> {
        let mut page = Page::default();
        page.read(text, &Lexicon::load().expect("embedded data is sound"));
        let lines = page.lines.iter();
        lines.filter(|l| l.letters >= 2).map(|l| l.key).collect()
    }

    fn light(text: &str) -> Vec<u64> {
        let mut all = Vec::new();
        keys(text, &mut String::new(), |key| all.push(key));
        all
    }

    #[test]
    fn keys_are_those_of_the_page() {
        let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
        for entry in std::fs::read_dir(seeds).expect("seeds") {
            let bytes = std::fs::read(entry.expect("readable").path()).expect("readable");
            let text = String::from_utf8_lossy(&bytes);
            assert_eq!(light(&text), full(&text));
        }
    }

    proptest! {
        #[test]
        fn keys_are_those_of_the_page_whatever_it_holds(
            text in "([a-cXYZ019 .!?,:'\"@#(|/\t\n\u{b}\u{1c}]|\u{a0}|’|“|é|ß|Ж|今|。|»|©|…|İ|ǅ|\u{301}|\u{2028}| many plain words in a row ){0,80}"
        ) {
            prop_assert_eq!(light(&text), full(&text));
        }
    }
}
