//! Sequences of UTF-8 bytes, each of which was read as a character of a single-byte encoding.

use super::bytes::{self, Roles};
use crate::decode::scan::entry_of;

/// Sequences that are weighed as one: enough to be sure of, and a bound on what is read in vain where another encoding
/// wins with a shorter run.
const LONGEST_RUN: usize = 24;
/// A run of such sequences.
#[derive(Clone, Copy)]
pub(super) struct Sequences {
    chars: [char; LONGEST_RUN],
    count: usize,
    /// Bytes that the garbled characters take.
    pub(super) length: usize,
}

impl Sequences {
    /// What they mean.
    pub(super) fn chars(&self) -> &[char] {
        &self.chars[..self.count]
    }
}

/// Reads sequences of `codec` while one follows the other.
pub(super) fn read(
    mut text: impl Iterator<Item = char> + Clone,
    codec: usize,
) -> Option<Sequences> {
    let mut run = Sequences {
        chars: ['\0'; LONGEST_RUN],
        count: 0,
        length: 0,
    };
    while run.count < LONGEST_RUN {
        let mut ahead = text.clone();
        let Some((length, c)) = read_one(&mut ahead, codec) else {
            break;
        };
        text = ahead;
        run.length += length;
        run.chars[run.count] = windows(c);
        run.count += 1;
    }
    (run.count > 0).then_some(run)
}

/// One sequence from the beginning of `chars`: its length in bytes and its meaning.
fn read_one(chars: &mut impl Iterator<Item = char>, codec: usize) -> Option<(usize, char)> {
    let first = chars.next()?;
    let lead = bytes::of(first)[codec];
    let (following, low) = match lead {
        0xC2..=0xDF => (1, 0x80),
        0xE0..=0xEF => (2, 0x800),
        0xF0..=0xF4 => (3, 0x1_0000),
        _ => return None,
    };
    let mut used = first.len_utf8();
    let mut code = u32::from(lead) & (0x3F >> following);
    for _ in 0..following {
        let c = chars.next()?;
        let byte = bytes::of(c)[codec];
        if !(0x80..=0xBF).contains(&byte) {
            return None;
        }
        code = code << 6 | u32::from(byte & 0x3F);
        used += c.len_utf8();
    }
    // Surrogates, what is written longer than needed and what lies beyond Unicode are no sequences.
    let c = char::from_u32(code).filter(|c| *c as u32 >= low && is_planned(*c))?;
    Some((used, c))
}

/// What `after` is once it is repaired in turn: text that was garbled twice is hardly likelier when it is so once.
pub(super) fn unwound(after: &[char]) -> Option<Sequences> {
    let [first, second, ..] = *after else {
        return None;
    };
    let [first, second] = [first, second].map(|c| Roles(entry_of(c)));
    let mut readings = first.leads() & second.follows();
    if readings == 0 {
        return None;
    }
    let length: usize = after.iter().map(|c| c.len_utf8()).sum();
    while readings != 0 {
        let codec = readings.trailing_zeros() as usize;
        readings &= readings - 1;
        if bytes::prior(codec) < 4
            && let Some(inner) = read(after.iter().copied(), codec)
            && inner.length == length
        {
            return Some(inner);
        }
    }
    None
}

/// Whether a character is in a plane that has any, and is none for ever.
fn is_planned(c: char) -> bool {
    !matches!(c as u32, 0xFDD0..=0xFDEF | 0xFFFE..=0xFFFF | 0x3_2400..=0xD_FFFF | 0xE_0200..=0x10_FFFF)
}

/// The character of windows-1252 that a C1 control stands for, anything else as it is.
pub(super) fn windows(c: char) -> char {
    if !('\u{80}'..='\u{9F}').contains(&c) {
        return c;
    }
    encoding_rs::WINDOWS_1252
        .decode_without_bom_handling(&[c as u8])
        .0
        .chars()
        .next()
        .unwrap_or(c)
}
