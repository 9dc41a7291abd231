//! `mojibake`: text whose UTF-8 bytes were read as a single-byte encoding is put back.
//!
//! A garbled character is a run of two to four characters whose bytes, in one of nine encodings, make a UTF-8
//! sequence. Such runs also stand in clean text (`É”`, `├┤`, `СЃ`), so each is weighed: how many bits less surprising
//! the repair is than what stands there ([`cost`]). A large gain repairs at once; a small one only where the same
//! encoding has garbled other places of the document beyond doubt. Text that was garbled several times comes clean
//! layer by layer, as the stage runs until nothing changes.
//!
//! Also: sequences that lost a byte on the way (a no-break space that became a blank, a C1 control that was dropped),
//! and C1 controls that are characters of windows-1252.

pub(super) mod bytes;
pub(super) mod cost;
mod witness;

use super::layers::append;
use crate::edit::{ByteSpan, Edit};
use witness::{Seen, Strong};

/// Gain in bits from which a run is repaired on its own.
const STRONG: i32 = 12;
/// Gain from which it is repaired in a document with [`WITNESSES`] strong runs of the same encoding.
const WEAK: i32 = 3;
/// Strong runs that make an encoding sure for a document.
const WITNESSES: u32 = 2;

/// A proposed repair.
struct Repair {
    span: ByteSpan,
    after: String,
    codec: usize,
    gain: i32,
    /// Never without witnesses.
    lossy: bool,
}

/// Bits that a reading must gain more in the encodings that are seldom the culprit, by row of [`bytes::NAMES`].
const PRIOR: [i32; bytes::COUNT] = [0, 0, 1, 2, 2, 2, 2, 3, 3];
/// Bits against a run for each side on which bytes stand that belong to no sequence: GBK and other multi-byte text that
/// was read as latin-1 holds sequences by chance, between others that are none.
const STRAY: i32 = 12;
/// Bits against a run that begins with a letter of the text's own alphabet.
const NATIVE: i32 = 12;
/// Sequences that are weighed as one: enough to be sure of, and a bound on what is read in vain where another encoding
/// wins with a shorter run.
const LONGEST_RUN: usize = 24;
/// Bits in favour of the encoding that reads most of the document's garbled runs.
const HOUSE: i32 = 8;

/// Appends the repairs of `text`; those that lack evidence as suggestions.
pub(super) fn edits(text: &str, rule: &'static str, out: &mut Vec<Edit>) {
    // First every encoding is asked what it makes of the document, then the one that explains most of it leads.
    let mut votes = [0i64; bytes::COUNT];
    let mut repairs = Vec::new();
    let mut seen = Seen::default();
    let mut strong = Strong::default();
    collect(
        text,
        None,
        &mut |codec, gain, lossy, first| {
            votes[codec] += i64::from(gain.max(0));
            if !lossy && gain >= STRONG {
                strong.count(first, codec, gain >= STRONG + NATIVE);
            }
        },
        &mut repairs,
        &mut seen,
    );
    let witnesses = strong.witnesses(&seen);
    let house = (0..bytes::COUNT).max_by_key(|k| (votes[*k], std::cmp::Reverse(*k)));
    if repairs.iter().any(|r| Some(r.codec) != house) {
        repairs.clear();
        collect(
            text,
            house,
            &mut |_, _, _, _| {},
            &mut repairs,
            &mut Seen::default(),
        );
    }
    for r in &mut repairs {
        if r.span
            .of(text)
            .chars()
            .next()
            .is_some_and(|c| seen.is_native(c))
        {
            r.gain -= NATIVE;
        }
    }
    for r in repairs {
        let sure = witnesses[r.codec] >= WITNESSES && r.gain + PRIOR[r.codec] >= WEAK;
        // A single run of a seldom encoding is chance (`ƒã` in Ewe is Mac's `ċ`), unless it gains far more.
        let strong = r.gain >= STRONG + 2 * PRIOR[r.codec]
            && (!r.lossy || witnesses[r.codec] > 0 || r.gain >= 2 * STRONG);
        let doubt = (-0.15 * r.gain.max(0) as f32).exp2();
        let confidence = if sure {
            0.95_f32.max(1.0 - doubt)
        } else {
            1.0 - doubt
        };
        let edit = Edit::new(r.span, r.after, rule, confidence);
        if strong || sure {
            append(out, edit);
        } else if r.gain >= STRONG / 2 && !r.lossy {
            append(out, edit.suggested());
        }
    }
}

/// What ends the lines of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    /// NEL, several times and nothing else.
    Nel,
    Usual,
}

impl Breaks {
    fn of(text: &str) -> Self {
        let raw = text.as_bytes();
        let mut nels = memchr::memmem::find_iter(raw, "\u{85}".as_bytes());
        if nels.nth(1).is_some() && memchr::memchr2(b'\n', b'\r', raw).is_none() {
            Self::Nel
        } else {
            Self::Usual
        }
    }
}

/// Gathers the best repair at every place, and tells `vote` what each encoding would gain there.
fn collect(
    text: &str,
    house: Option<usize>,
    vote: &mut impl FnMut(usize, i32, bool, char),
    repairs: &mut Vec<Repair>,
    seen: &mut Seen,
) {
    let raw = text.as_bytes();
    let breaks = Breaks::of(text);
    let mut at = 0;
    while let Some(skip) = raw[at..].iter().position(|b| *b >= 0x80) {
        at += skip;
        let Some(c) = text[at..].chars().next() else {
            return;
        };
        if let Some(repair) = repair_at(text, at, house, breaks, vote) {
            at = repair.span.end;
            repairs.push(repair);
            seen.count(c, 1);
        } else {
            at += c.len_utf8();
            seen.count(c, 0);
        }
    }
}

/// The best repair that begins at byte `at`.
fn repair_at(
    text: &str,
    at: usize,
    house: Option<usize>,
    breaks: Breaks,
    vote: &mut impl FnMut(usize, i32, bool, char),
) -> Option<Repair> {
    let rest = &text[at..];
    let first = rest.chars().next()?;
    let leads = bytes::of(first);
    let before = text[..at].chars().next_back();
    let mut best: Option<(i32, Repair)> = None;
    for (codec, lead) in leads.into_iter().enumerate() {
        if !(0xC2..=0xF4).contains(&lead) {
            continue;
        }
        let run = read_run(rest, codec).map(|(length, after)| (length, after, false));
        let Some((length, after, lossy)) = run.or_else(|| read_lossy(rest, codec, before)) else {
            continue;
        };
        let next = rest[length..].chars().next();
        let old = cost::of(rest[..length].chars(), before, next);
        let new = cost::of(after.chars(), before, next);
        let strays =
            i32::from(before.is_some_and(is_stray)) + i32::from(next.is_some_and(is_stray));
        let gain = old - new - PRIOR[codec] - STRAY * strays;
        vote(codec, gain, lossy, first);
        let rank = gain + if house == Some(codec) { HOUSE } else { 0 };
        if best.as_ref().is_none_or(|b| rank > b.0) {
            let span = ByteSpan::new(at, at + length);
            best = Some((
                rank,
                Repair {
                    span,
                    after,
                    codec,
                    gain,
                    lossy,
                },
            ));
        }
    }
    best.map(|b| b.1)
        .or_else(|| control_at(text, at, first, before, breaks))
}

/// Whether a character beside a run is likelier a byte of something else than a letter of a word.
fn is_stray(c: char) -> bool {
    matches!(c, '\u{A2}'..='\u{AA}' | '\u{AC}' | '\u{AE}'..='\u{BA}' | '\u{BC}'..='\u{C1}' | '\u{C4}'..='\u{DE}' | '\u{F7}')
        || ('\u{E000}'..='\u{F8FF}').contains(&c)
}

/// Reads sequences of `codec` while one follows the other: bytes of `text` used, and what they mean.
fn read_run(text: &str, codec: usize) -> Option<(usize, String)> {
    let mut used = 0;
    let mut after = String::new();
    for _ in 0..LONGEST_RUN {
        let Some((length, c)) = read_one(&text[used..], codec) else {
            break;
        };
        used += length;
        after.push(c);
    }
    (used > 0).then_some((used, after))
}

fn read_one(text: &str, codec: usize) -> Option<(usize, char)> {
    let mut sequence = [0u8; 4];
    let mut chars = text.chars();
    let first = chars.next()?;
    sequence[0] = bytes::of(first)[codec];
    let needed = match sequence[0] {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let mut used = first.len_utf8();
    for slot in &mut sequence[1..needed] {
        let c = chars.next()?;
        *slot = bytes::of(c)[codec];
        if !(0x80..=0xBF).contains(slot) {
            return None;
        }
        used += c.len_utf8();
    }
    let c = std::str::from_utf8(&sequence[..needed])
        .ok()?
        .chars()
        .next()
        .filter(|c| is_planned(*c))?;
    Some((used, c))
}

/// Whether a character is in a plane that has any, and is none for ever.
fn is_planned(c: char) -> bool {
    !matches!(c as u32, 0xFDD0..=0xFDEF | 0xFFFE..=0xFFFF | 0x3_2400..=0xD_FFFF | 0xE_0200..=0x10_FFFF)
}

/// A sequence that lost its last byte: a no-break space that became a blank (`Ã ` for `à`, `Â ` for a space), or
/// a control that was dropped (`â€` for `”`).
fn read_lossy(text: &str, codec: usize, before: Option<char>) -> Option<(usize, String, bool)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let second = chars.next();
    let lead = bytes::of(first)[codec];
    let length = first.len_utf8();
    match second {
        Some(' ')
            if lead == 0xC3
                && (before.is_some_and(char::is_lowercase)
                    || chars.next().is_some_and(|c| c.is_lowercase() || c == ' ')) =>
        {
            // The blank was the byte; where there was a blank too, two stand here.
            let double = text[length..].starts_with("  ");
            Some((length + usize::from(double), "à".to_owned(), true))
        }
        Some(' ') if lead == 0xC2 => {
            let double =
                text[length..].starts_with("  ") || before.is_some_and(char::is_whitespace);
            Some((length + usize::from(double), String::new(), true))
        }
        Some(c) if lead == 0xE2 && bytes::of(c)[codec] == 0x80 => {
            Some((length + c.len_utf8(), "\u{201D}".to_owned(), true))
        }
        _ => None,
    }
}

/// A C1 control that is a character of windows-1252.
fn control_at(
    text: &str,
    at: usize,
    c: char,
    before: Option<char>,
    breaks: Breaks,
) -> Option<Repair> {
    if !('\u{80}'..='\u{9F}').contains(&c) {
        return None;
    }
    if c == '\u{85}' && breaks == Breaks::Nel {
        return None;
    }
    let after = encoding_rs::WINDOWS_1252
        .decode_without_bom_handling(&[c as u8])
        .0
        .into_owned();
    if after.starts_with(c) {
        return None;
    }
    let span = ByteSpan::new(at, at + c.len_utf8());
    let next = text[span.end..].chars().next();
    let gain = cost::of([c], before, next) - cost::of(after.chars(), before, next) + 8;
    Some(Repair {
        span,
        after,
        codec: 0,
        gain,
        lossy: false,
    })
}
