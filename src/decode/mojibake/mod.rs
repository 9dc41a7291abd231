//! `mojibake`: text whose UTF-8 bytes were read as a single-byte encoding is put back.
//!
//! A garbled character is a run of two to four characters whose bytes, in one of fifteen readings, make a UTF-8
//! sequence. Such runs also stand in clean text (`É”`, `├┤`, `СЃ`), so each is weighed: how many bits less surprising
//! the repair is than what stands there ([`cost`]). A large gain repairs at once; a small one only where the same
//! encoding has garbled other places of the document beyond doubt. Text that was garbled several times comes clean
//! layer by layer, as the stage runs until nothing changes.
//!
//! Also: sequences that lost a byte on the way ([`lost`]), and C1 controls that are characters of windows-1252. What is
//! quoted, or stands in a line about encodings, proves nothing and needs the proof of others ([`talk`]).

pub(super) mod bytes;
pub(super) mod cost;
mod lost;
mod talk;
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
/// Strong runs that make it so sure that a run of [`LETTERS`] characters and more is repaired at a loss of as many bits.
const CERTAIN: u32 = 5;
/// Characters of such a run: that many sequences behind one another are no chance.
const LETTERS: usize = 2;

/// A proposed repair.
struct Repair {
    span: ByteSpan,
    after: String,
    codec: usize,
    gain: i32,
    /// A byte is missing: never without witnesses.
    lossy: bool,
    /// What a lossy one can be, where that is not known yet.
    options: Vec<char>,
    /// U+FFFD marks the missing byte.
    marked: bool,
    /// The first option is taken where nothing is clear.
    usual: bool,
    /// Spoken of rather than meant: never without witnesses.
    cited: bool,
}

/// Bits against a run for each side on which bytes stand that belong to no sequence: GBK and other multi-byte text that
/// was read as latin-1 holds sequences by chance, between others that are none.
const STRAY: i32 = 12;
/// Bits against a run that begins with a letter of the text's own alphabet.
const NATIVE: i32 = 12;
/// Sequences that are weighed as one: enough to be sure of, and a bound on what is read in vain where another encoding
/// wins with a shorter run.
const LONGEST_RUN: usize = 24;
/// Weight of [`bytes::prior`] where encodings are weighed for a whole document.
const DOCUMENT: i32 = 4;
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
        &mut |vote: Vote| {
            votes[vote.codec] += i64::from((vote.gain + bytes::prior(vote.codec)).max(0));
            if !vote.lossy && vote.gain >= WEAK && !talk::is_cited(text, vote.span) {
                strong.count(&vote);
            }
        },
        &mut repairs,
        &mut seen,
    );
    let witnesses = strong.witnesses(&seen);
    // How seldom an encoding is the culprit counts once a document.
    for (k, vote) in votes.iter_mut().enumerate() {
        *vote -= i64::from(DOCUMENT * bytes::prior(k));
    }
    let house = (0..bytes::COUNT).max_by_key(|k| (votes[*k], std::cmp::Reverse(*k)));
    if repairs.iter().any(|r| Some(r.codec) != house) {
        repairs.clear();
        collect(text, house, &mut |_| {}, &mut repairs, &mut Seen::default());
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
        r.cited = r.gain >= WEAK && talk::is_cited(text, r.span);
    }
    let mut carried = Vec::with_capacity(repairs.len());
    for r in repairs {
        let confidence = confidence(&r, &witnesses);
        match confidence {
            Some(confidence) => carried.push((r, confidence)),
            None if r.gain >= STRONG / 2 && !r.lossy => {
                append(
                    out,
                    Edit::new(r.span, r.after, rule, doubt(r.gain)).suggested(),
                );
            }
            None => {}
        }
    }
    let (mut repairs, sure): (Vec<Repair>, Vec<f32>) = carried.into_iter().unzip();
    for (i, confidence) in sure.into_iter().enumerate() {
        if repairs[i].options.len() > 1 && !lost::decide(text, &mut repairs, i) {
            continue;
        }
        let r = &repairs[i];
        append(out, Edit::new(r.span, r.after.clone(), rule, confidence));
    }
    out.sort_by_key(|e| e.span.start);
}

/// How sure a repair of that gain is by itself.
fn doubt(gain: i32) -> f32 {
    1.0 - (-0.15 * gain.max(0) as f32).exp2()
}

/// How sure `r` is, where the evidence is enough to carry it out.
fn confidence(r: &Repair, witnesses: &[u32; bytes::COUNT]) -> Option<f32> {
    let known = witnesses[r.codec];
    let prior = bytes::prior(r.codec);
    let letters = r.after.chars().nth(LETTERS - 1).is_some();
    let least = if known >= CERTAIN && letters {
        -(CERTAIN as i32)
    } else {
        WEAK
    };
    if known >= WITNESSES && r.gain + prior >= least {
        return Some(doubt(r.gain).max(0.95));
    }
    // A single run of a seldom encoding is chance (`ƒã` in Ewe is Mac's `ċ`), unless it gains far more; which letter
    // lost its byte is a guess that needs a document full of others.
    let strong = r.gain >= STRONG + 2 * prior
        && !r.cited
        && (r.options.len() < 2 || r.usual)
        && (!r.lossy || known > 0 || r.gain >= 2 * STRONG);
    strong.then(|| doubt(r.gain))
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
    vote: &mut impl FnMut(Vote),
    repairs: &mut Vec<Repair>,
    seen: &mut Seen,
) {
    let raw = text.as_bytes();
    let breaks = Breaks::of(text);
    let (mut at, mut end) = (0, usize::MAX);
    while let Some(skip) = raw[at..].iter().position(|b| *b >= 0x80) {
        at += skip;
        let Some(c) = text[at..].chars().next() else {
            return;
        };
        if let Some(mut repair) = repair_at(text, at, house, breaks, vote) {
            if end != at && cost::is_inside(text, at) {
                repair.gain -= NATIVE;
            }
            at = repair.span.end;
            // Runs that gain nothing are a language's own, and so are letters beyond Latin that only seem to miss a
            // byte; `Ã` and `Â` that do say nothing.
            let counts = repair.gain >= WEAK && !repair.lossy;
            if !repair.lossy || !matches!(c, 'Â' | 'Ã') {
                seen.count(c, usize::from(counts));
            }
            repairs.push(repair);
            end = at;
        } else {
            at += c.len_utf8();
            seen.count(c, 0);
        }
    }
}

/// What one reading would gain at a place.
struct Vote {
    span: ByteSpan,
    /// First character of the garbled run.
    first: char,
    codec: usize,
    gain: i32,
    lossy: bool,
    /// First character of the repair.
    result: Option<char>,
}

/// The best repair that begins at byte `at`.
fn repair_at(
    text: &str,
    at: usize,
    house: Option<usize>,
    breaks: Breaks,
    vote: &mut impl FnMut(Vote),
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
        let (length, after, found) = if let Some((length, after)) = read_run(rest, codec) {
            (length, after, None)
        } else if let Some(found) = lost::read(rest, codec, before) {
            let next = rest[found.length..].chars().next();
            let best = found
                .options
                .iter()
                .min_by_key(|c| cost::of([**c], before, next));
            let after = best.map(char::to_string).unwrap_or_default();
            (found.length, after, Some(found))
        } else {
            continue;
        };
        let next = rest[length..].chars().next();
        // What stands beside a lost byte is mostly garbled too and says nothing yet.
        let telling = |c: &char| found.is_none() || bytes::of(*c)[codec] == 0;
        let (left, right) = (before.filter(telling), next.filter(telling));
        let old = cost::of(rest[..length].chars(), left, right);
        let mut new = cost::of(after.chars(), left, right) + cost::unknown(&after);
        if let Some(inner) = unwound(&after) {
            new = new.min(cost::of(inner.chars(), left, right) + INNER);
        }
        let strays = i32::from(left.is_some_and(is_stray)) + i32::from(right.is_some_and(is_stray));
        // No language writes a no-break space behind `Â`.
        let sure = if first == 'Â' && after.starts_with('\u{A0}') {
            4
        } else {
            0
        };
        let gain = old - new + sure - bytes::prior(codec) - STRAY * strays;
        let span = ByteSpan::new(at, at + length);
        vote(Vote {
            span,
            first,
            codec,
            gain,
            lossy: found.is_some(),
            result: after.chars().next(),
        });
        let rank = gain + if house == Some(codec) { HOUSE } else { 0 }
            - if found.is_some() { HOUSE } else { 0 };
        if best.as_ref().is_none_or(|b| rank > b.0) {
            let lossy = found.is_some();
            let (marked, usual) = found
                .as_ref()
                .map_or((false, false), |f| (f.marked, f.usual));
            let options = found.map_or_else(Vec::new, |f| f.options);
            let open = options.len() > 1;
            best = Some((
                rank,
                Repair {
                    span,
                    after: if open { String::new() } else { after },
                    codec,
                    gain,
                    lossy,
                    options,
                    marked,
                    usual,
                    cited: false,
                },
            ));
        }
    }
    best.map(|b| b.1)
        .or_else(|| control_at(text, at, first, before, breaks))
}

/// Bits that a repair which needs another one costs more.
const INNER: i32 = 4;

/// What `after` is once it is repaired in turn: text that was garbled twice is hardly likelier when it is so once.
fn unwound(after: &str) -> Option<String> {
    let first = after.chars().next()?;
    let leads = bytes::of(first);
    let whole = |codec| read_run(after, codec).filter(|(used, _)| *used == after.len());
    (0..bytes::COUNT)
        .filter(|codec| bytes::prior(*codec) < 4 && leads[*codec] >= 0xC2)
        .find_map(whole)
        .map(|(_, inner)| inner)
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
        after.push(windows(c));
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
    let after = windows(c).to_string();
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
        options: Vec::new(),
        marked: false,
        usual: false,
        cited: false,
    })
}

/// The character of windows-1252 that a C1 control stands for, anything else as it is.
fn windows(c: char) -> char {
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
