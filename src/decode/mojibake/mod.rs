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
mod cost;

use crate::edit::{ByteSpan, Edit};

/// Gain in bits from which a run is repaired on its own.
const STRONG: i32 = 12;
/// Gain from which it is repaired in a document with [`WITNESSES`] strong runs of the same encoding.
const WEAK: i32 = 3;
/// Strong runs that make an encoding sure for a document.
const WITNESSES: usize = 2;

/// A proposed repair.
struct Repair {
    span: ByteSpan,
    after: String,
    codec: usize,
    gain: i32,
    /// Never without witnesses.
    lossy: bool,
}

/// Appends the repairs of `text`; those that lack evidence as suggestions.
pub(super) fn edits(text: &str, rule: &'static str, out: &mut Vec<Edit>) {
    let mut repairs = Vec::new();
    let mut at = 0;
    let raw = text.as_bytes();
    while let Some(skip) = raw[at..].iter().position(|b| *b >= 0x80) {
        at += skip;
        match repair_at(text, at) {
            Some(repair) => {
                at = repair.span.end;
                repairs.push(repair);
            }
            None => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    let mut witnesses = [0; bytes::COUNT];
    for r in repairs.iter().filter(|r| r.gain >= STRONG && !r.lossy) {
        witnesses[r.codec] += 1;
    }
    for r in repairs {
        let sure = witnesses[r.codec] >= WITNESSES && r.gain >= WEAK;
        let strong =
            r.gain >= STRONG && (!r.lossy || witnesses[r.codec] > 0 || r.gain >= 2 * STRONG);
        let doubt = (-0.15 * r.gain.max(0) as f32).exp2();
        let confidence = if sure {
            0.95_f32.max(1.0 - doubt)
        } else {
            1.0 - doubt
        };
        let edit = Edit::new(r.span, r.after, rule, confidence);
        if strong || sure {
            out.push(edit);
        } else if r.gain >= STRONG / 2 && !r.lossy {
            out.push(edit.suggested());
        }
    }
}

/// The best repair that begins at byte `at`.
fn repair_at(text: &str, at: usize) -> Option<Repair> {
    let rest = &text[at..];
    let first = rest.chars().next()?;
    let leads = bytes::of(first);
    let before = text[..at].chars().next_back();
    let mut best: Option<Repair> = None;
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
        let repair = Repair {
            span: ByteSpan::new(at, at + length),
            after,
            codec,
            gain: old - new,
            lossy,
        };
        if best.as_ref().is_none_or(|b| repair.gain > b.gain) {
            best = Some(repair);
        }
    }
    best.or_else(|| control_at(text, at, first, before))
}

/// Reads sequences of `codec` as long as one follows the other: bytes of `text` used, and what they mean.
fn read_run(text: &str, codec: usize) -> Option<(usize, String)> {
    let mut used = 0;
    let mut after = String::new();
    while let Some((length, c)) = read_one(&text[used..], codec) {
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
        .next()?;
    Some((used, c))
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
        Some(' ') if lead == 0xC3 && before.is_some_and(char::is_lowercase) => {
            Some((length, "à".to_owned(), true))
        }
        Some(' ') if lead == 0xC3 && chars.next().is_some_and(|c| c.is_lowercase() || c == ' ') => {
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
fn control_at(text: &str, at: usize, c: char, before: Option<char>) -> Option<Repair> {
    if !('\u{80}'..='\u{9F}').contains(&c) {
        return None;
    }
    // NEL ends the lines of a text that has no other line ends.
    if c == '\u{85}' && !text.contains('\n') && !text.contains('\r') && text.matches(c).count() > 1
    {
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
