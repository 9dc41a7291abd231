//! Sequences of UTF-8 bytes, each of which was read as a character of a single-byte encoding.

use super::bytes;
use super::place::roles_of;

/// Sequences that are weighed as one: enough to be sure of, and a bound on what is read in vain where another encoding
/// wins with a shorter run.
pub(super) const LONGEST_RUN: usize = 24;

/// Reads sequences while one follows the other: how many, and where the last one ends. `byte` tells of each character
/// its byte and where it ends, and is asked in order; `chars` becomes what the sequences mean.
#[inline]
pub(super) fn read(
    mut byte: impl FnMut(usize) -> Option<(u8, usize)>,
    chars: &mut [char; LONGEST_RUN],
) -> Option<(usize, usize)> {
    let (mut count, mut at, mut end) = (0, 0, 0);
    while count < LONGEST_RUN {
        let Some((lead, _)) = byte(at) else { break };
        let (following, low) = match lead {
            0xC2..=0xDF => (1, 0x80),
            0xE0..=0xEF => (2, 0x800),
            0xF0..=0xF4 => (3, 0x1_0000),
            _ => break,
        };
        let mut code = u32::from(lead) & (0x3F >> following);
        let mut last = 0;
        for i in 1..=following {
            let Some((b @ 0x80..=0xBF, end)) = byte(at + i) else {
                last = 0;
                break;
            };
            code = code << 6 | u32::from(b & 0x3F);
            last = end;
        }
        // Surrogates, what is written longer than needed and what lies beyond Unicode are no sequences.
        let Some(c) =
            char::from_u32(code).filter(|c| last > 0 && *c as u32 >= low && is_planned(*c))
        else {
            break;
        };
        chars[count] = windows(c);
        count += 1;
        at += following + 1;
        end = last;
    }
    (count > 0).then_some((count, end))
}

/// What `after` is once it is repaired in turn: text that was garbled twice is hardly likelier when it is so once.
pub(super) fn unwound(after: &[char]) -> Option<impl Iterator<Item = char>> {
    let [first, second, ..] = *after else {
        return None;
    };
    let mut readings = unwinding(first, second);
    while readings != 0 {
        let codec = readings.trailing_zeros() as usize;
        readings &= readings - 1;
        let mut inner = ['\0'; LONGEST_RUN];
        let byte = |i: usize| after.get(i).map(|c| (bytes::of(*c)[codec], i + 1));
        if bytes::prior(codec) < 4
            && let Some((count, end)) = read(byte, &mut inner)
            && end == after.len()
        {
            return Some(inner.into_iter().take(count));
        }
    }
    None
}

/// The readings in which a run that begins with these two may be repaired in turn, one bit each.
#[inline]
fn unwinding(first: char, second: char) -> u64 {
    roles_of(first).leads() & roles_of(second).follows()
}

/// Whether [`unwound`] may find anything in what begins with these.
#[inline]
pub(super) fn may_unwind([first, second]: [char; 2]) -> bool {
    unwinding(first, second) != 0
}

/// Whether a character is in a plane that has any, and is none for ever.
pub(super) fn is_planned(c: char) -> bool {
    !matches!(c as u32, 0xFDD0..=0xFDEF | 0xFFFE..=0xFFFF | 0x3_2400..=0xD_FFFF | 0xE_0200..=0x10_FFFF)
}

/// The character of windows-1252 that a C1 control stands for, anything else as it is.
#[inline]
pub(super) fn windows(c: char) -> char {
    if ('\u{80}'..='\u{9F}').contains(&c) {
        of_control(c)
    } else {
        c
    }
}

#[cold]
fn of_control(c: char) -> char {
    encoding_rs::WINDOWS_1252
        .decode_without_bom_handling(&[c as u8])
        .0
        .chars()
        .next()
        .unwrap_or(c)
}
