//! Puts the ends of a passage where a reader would: on sentence boundaries, when one is near.

use super::words::Stretch;
use crate::edit::ByteSpan;
use crate::text::sentences::sentences;

/// Words that an end may move outward, taking words in.
const OUTWARD: u32 = 6;
/// Words that an end may move inward, giving words up.
const INWARD: u32 = 3;
/// Words on either side of an end that can matter.
pub(super) const MARGIN: u32 = OUTWARD + 2;
/// Bytes of text looked at on either side of an end: enough for the sentence boundaries that can matter.
const SIGHT: usize = 128;

/// The bytes of words `range`, with its ends moved to the nearest sentence boundary within reach. `stretch` holds these words
/// and [`MARGIN`] more on either side.
pub(super) fn span(text: &str, stretch: &Stretch, range: (u32, u32)) -> ByteSpan {
    let words = stretch.words(range.0, range.1);
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return ByteSpan::new(0, 0);
    };
    let (first, last) = (first.1 as usize, last.2 as usize);

    let start = boundaries(text, first, |s| s.start)
        .map(|at| (stretch.number(at), at))
        .filter(|&(n, _)| within(n, range.0, OUTWARD, INWARD))
        .min_by_key(|&(n, _)| n.abs_diff(range.0))
        .map_or(first, |(_, at)| at);
    let end = boundaries(text, last, |s| s.end)
        .map(|at| (stretch.number(at), at))
        .filter(|&(n, _)| within(n, range.1, INWARD, OUTWARD))
        .min_by_key(|&(n, _)| n.abs_diff(range.1))
        .map_or(last, |(_, at)| at);
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
