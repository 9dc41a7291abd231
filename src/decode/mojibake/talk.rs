//! Garbled text that is spoken of: in an article about encodings, between quotation marks, as a string of a program.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::edit::ByteSpan;

/// Bytes of a line that are looked at on either side.
const AROUND: usize = 400;

/// Words of a line that speaks of encodings.
static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = include_str!("../../../data/decode/encoding_talk.tsv")
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'));
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(words)
        .ok()
});

/// Whether the run at `span` is quoted as it stands, or its line speaks of encodings.
pub(super) fn is_cited(text: &str, span: ByteSpan) -> bool {
    let before = text[..span.start].chars().next_back();
    let after = text[span.end..].chars().next();
    let quote = |c: Option<char>| {
        c.is_some_and(|c| {
            matches!(
                c,
                '"' | '\''
                    | '`'
                    | '“'
                    | '”'
                    | '‘'
                    | '’'
                    | '„'
                    | '«'
                    | '»'
                    | '('
                    | ')'
                    | '['
                    | ']'
            )
        })
    };
    (quote(before) && quote(after)) || line_speaks(text, span)
}

fn line_speaks(text: &str, span: ByteSpan) -> bool {
    let from = span.start.saturating_sub(AROUND);
    let raw = text.as_bytes();
    let start = memchr::memrchr(b'\n', &raw[from..span.start]).map_or(from, |i| from + i + 1);
    let to = (span.end + AROUND).min(raw.len());
    let end = memchr::memchr(b'\n', &raw[span.end..to]).map_or(to, |i| span.end + i);
    WORDS
        .as_ref()
        .is_some_and(|words| words.is_match(&raw[start..end]))
}
