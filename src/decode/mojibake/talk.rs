//! Garbled text that is spoken of: in an article about encodings, between quotation marks, as a string of a program.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

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
        // Small, and every line with garbled text is read.
        .kind(Some(AhoCorasickKind::DFA))
        .build(words)
        .ok()
});

/// What a text says about the runs in it. Asked about runs in their order, it reads each line once.
pub(super) struct Talk<'t> {
    text: &'t str,
    /// Where the line that was asked about last begins and ends.
    line: ByteSpan,
    /// Where it speaks of encodings.
    words: Vec<ByteSpan>,
}

impl<'t> Talk<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self {
            text,
            line: ByteSpan::new(0, 0),
            words: Vec::new(),
        }
    }

    /// Whether the run at `span` is quoted as it stands, or its line speaks of encodings not far from it.
    pub(super) fn is_cited(&mut self, span: ByteSpan) -> bool {
        let before = self.text[..span.start].chars().next_back();
        let after = self.text[span.end..].chars().next();
        (before.is_some_and(is_quote) && after.is_some_and(is_quote)) || self.line_speaks(span)
    }

    fn line_speaks(&mut self, span: ByteSpan) -> bool {
        if span.start < self.line.start || span.end > self.line.end || self.line.is_empty() {
            let raw = self.text.as_bytes();
            let start = memchr::memrchr(b'\n', &raw[..span.start]).map_or(0, |i| i + 1);
            let end = memchr::memchr(b'\n', &raw[span.end..]).map_or(raw.len(), |i| span.end + i);
            self.line = ByteSpan::new(start, end);
            self.words.clear();
            if let Some(words) = WORDS.as_ref() {
                let found = words.find_iter(&raw[start..end]);
                self.words
                    .extend(found.map(|m| ByteSpan::new(start + m.start(), start + m.end())));
            }
        }
        let (from, to) = (span.start.saturating_sub(AROUND), span.end + AROUND);
        let first = self.words.partition_point(|w| w.start < from);
        self.words.get(first).is_some_and(|w| w.end <= to)
    }
}

fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '`' | '“' | '”' | '‘' | '’' | '„' | '«' | '»' | '(' | ')' | '[' | ']'
    )
}
