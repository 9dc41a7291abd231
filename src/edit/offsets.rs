//! Bytes inside, Unicode scalar values in files: the one place that converts.

use super::{ByteSpan, CharSpan};

/// Bytes between two checkpoints; a look-up counts at most this many.
const STEP: usize = 512;

/// Converts byte offsets of one text to offsets in Unicode scalar values and lines, and back.
///
/// Holds two `u32` per 512 bytes of text; a look-up is `O(512)`. Texts of 4 GiB and more are not supported: the
/// readers reject them.
#[derive(Debug)]
pub struct Offsets<'t> {
    text: &'t str,
    /// At byte `i * STEP`: scalar values begun and line feeds passed before it.
    marks: Vec<(u32, u32)>,
}

impl<'t> Offsets<'t> {
    /// Reads `text` once.
    pub fn new(text: &'t str) -> Self {
        let mut marks = Vec::with_capacity(text.len() / STEP + 1);
        let (mut chars, mut lines) = (0u32, 0u32);
        for chunk in text.as_bytes().chunks(STEP) {
            marks.push((chars, lines));
            let (c, l) = count(chunk);
            chars += c;
            lines += l;
        }
        marks.push((chars, lines));
        Self { text, marks }
    }

    /// Scalar values before byte `at`, which is a character boundary.
    pub fn chars(&self, at: usize) -> usize {
        let (mark, rest) = self.near(at);
        (mark.0 + count(rest).0) as usize
    }

    /// The 1-based line of byte `at`.
    pub fn line(&self, at: usize) -> usize {
        let (mark, rest) = self.near(at);
        (mark.1 + count(rest).1) as usize + 1
    }

    /// A byte span in scalar values.
    pub fn char_span(&self, span: ByteSpan) -> CharSpan {
        CharSpan {
            start: self.chars(span.start),
            end: self.chars(span.end),
        }
    }

    /// The byte offset of the scalar value number `chars`, or `None` behind the end.
    pub fn byte(&self, chars: usize) -> Option<usize> {
        let i = self
            .marks
            .partition_point(|m| m.0 as usize <= chars)
            .saturating_sub(1);
        let mut at = (i * STEP).min(self.text.len());
        let mut seen = self.marks[i].0 as usize;
        let bytes = self.text.as_bytes();
        // A checkpoint may fall inside a character that began before it.
        while at < bytes.len() && is_continuation(bytes[at]) {
            at += 1;
        }
        while seen < chars {
            if at >= bytes.len() {
                return None;
            }
            at += 1;
            while at < bytes.len() && is_continuation(bytes[at]) {
                at += 1;
            }
            seen += 1;
        }
        Some(at)
    }

    fn near(&self, at: usize) -> ((u32, u32), &[u8]) {
        let i = at / STEP;
        (self.marks[i], &self.text.as_bytes()[i * STEP..at])
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Scalar values that begin in `bytes`, and line feeds.
fn count(bytes: &[u8]) -> (u32, u32) {
    let mut chars = 0;
    let mut lines = 0;
    for &b in bytes {
        chars += u32::from(!is_continuation(b));
        lines += u32::from(b == b'\n');
    }
    (chars, lines)
}
