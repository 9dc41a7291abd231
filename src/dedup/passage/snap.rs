//! Puts the ends of a passage where a reader would: on sentence boundaries, when one is near.

use super::Words;
use crate::edit::ByteSpan;
use crate::text::sentences::sentences;

/// Words that an end may move outward, taking words in.
const OUTWARD: u32 = 6;
/// Words that an end may move inward, giving words up.
const INWARD: u32 = 3;
/// Bytes of text looked at on either side of an end: enough for the sentences that can matter.
const SIGHT: usize = 4096;

/// The bytes of words `range`, with its ends moved to the nearest sentence boundary within reach.
pub(super) fn span(text: &str, words: &Words, range: (u32, u32)) -> ByteSpan {
    let first = words.starts[range.0 as usize] as usize;
    let last = words.ends[range.1 as usize - 1] as usize;
    let number = |at: usize| words.starts.partition_point(|&s| (s as usize) < at) as u32;

    let start = around(text, first)
        .map(|s| s.start)
        .filter(|&at| within(number(at), range.0, OUTWARD, INWARD))
        .min_by_key(|&at| number(at).abs_diff(range.0))
        .unwrap_or(first);
    let end = around(text, last)
        .map(|s| s.end)
        .filter(|&at| within(number(at), range.1, INWARD, OUTWARD))
        .min_by_key(|&at| number(at).abs_diff(range.1))
        .unwrap_or(last);
    if start < end {
        ByteSpan::new(start, end)
    } else {
        ByteSpan::new(first, last)
    }
}

/// Whether `at` lies in `from - below ..= from + above`.
fn within(at: u32, from: u32, below: u32, above: u32) -> bool {
    at + below >= from && at <= from + above
}

/// The sentences near byte `at`. Those at the rim of sight may be cut; they are too far away to be chosen, unless the
/// text is one long sentence.
fn around(text: &str, at: usize) -> impl Iterator<Item = ByteSpan> {
    let from = text.floor_char_boundary(at.saturating_sub(SIGHT));
    let to = text.ceil_char_boundary((at + SIGHT).min(text.len()));
    sentences(&text[from..to])
        .map(move |s| ByteSpan::new(s.start + from, s.end + from))
        .filter(move |s| s.start <= at + 256 && s.end + 256 >= at)
        .filter(move |s| (s.start > from || from == 0) || at - s.start < 64)
}
