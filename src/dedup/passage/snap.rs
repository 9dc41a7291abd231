//! Puts the ends of a passage where a reader would: on sentence boundaries, when one is near.

use super::words::{Stretch, Words};
use crate::edit::ByteSpan;
use crate::text::sentences::sentences;

/// Words that an end may move outward, taking words in.
const OUTWARD: u32 = 6;
/// Words that an end may move inward, giving words up.
const INWARD: u32 = 3;
/// Words on either side of an end that can matter.
const MARGIN: u32 = OUTWARD + 2;
/// Bytes of text looked at on either side of an end: enough for the sentence boundaries that can matter.
const SIGHT: usize = 128;

/// A stretch of a text, of which only what stands around its ends is read.
#[derive(Debug, Default)]
pub(super) struct Ends {
    head: Stretch,
    tail: Stretch,
    range: (u32, u32),
}

impl Ends {
    /// Reads the text around both ends of words `range`.
    pub(super) fn read(&mut self, text: &str, words: Words<'_>, range: (u32, u32)) {
        self.range = range;
        let (from, to) = range;
        let near = (from + 1).min(to);
        self.head.read(text, words, from, near, MARGIN);
        self.tail
            .read(text, words, (to.max(1) - 1).max(from), to, MARGIN);
    }

    /// The bytes of the words.
    pub(super) fn bytes(&self) -> ByteSpan {
        let (from, to) = self.range;
        let first = self.head.words(from, from + 1).first();
        let last = self.tail.words(to.max(1) - 1, to).first();
        match (first, last) {
            (Some(first), Some(last)) if first.1 < last.2 => {
                ByteSpan::new(first.1 as usize, last.2 as usize)
            }
            _ => ByteSpan::new(0, 0),
        }
    }

    /// The bytes of the words, with both ends moved to the nearest sentence boundary within reach.
    pub(super) fn snapped(&self, text: &str) -> ByteSpan {
        let bytes = self.bytes();
        let (from, to) = self.range;
        let start = boundaries(text, bytes.start, |s| s.start)
            .map(|at| (self.head.number(at), at))
            .filter(|&(n, _)| within(n, from, OUTWARD, INWARD))
            .min_by_key(|&(n, _)| n.abs_diff(from))
            .map_or(bytes.start, |(_, at)| at);
        let end = boundaries(text, bytes.end, |s| s.end)
            .map(|at| (self.tail.number(at), at))
            .filter(|&(n, _)| within(n, to, INWARD, OUTWARD))
            .min_by_key(|&(n, _)| n.abs_diff(to))
            .map_or(bytes.end, |(_, at)| at);
        if start < end {
            ByteSpan::new(start, end)
        } else {
            bytes
        }
    }
}

/// Whether `at` lies in `from - below ..= from + above`.
fn within(at: u32, from: u32, below: u32, above: u32) -> bool {
    at + below >= from && at <= from + above
}

/// The starts or ends of sentences near byte `at`. Where sight ends no sentence does, unless the text does.
fn boundaries(
    text: &str,
    at: usize,
    side: impl Fn(ByteSpan) -> usize,
) -> impl Iterator<Item = usize> {
    let from = boundary_before(text, at.saturating_sub(SIGHT));
    let to = boundary_before(text, (at + SIGHT).min(text.len()));
    sentences(&text[from..to])
        .map(move |s| side(s) + from)
        .filter(move |&b| (b > from || from == 0) && (b < to || to == text.len()))
}

/// The last character boundary at or before byte `at`.
fn boundary_before(text: &str, at: usize) -> usize {
    (0..=at)
        .rev()
        .find(|&i| text.is_char_boundary(i))
        .unwrap_or(0)
}
