//! Sequences that lost a byte on the way: a no-break space that became a blank or went (`Ã ` for `à`, `Â` for a space),
//! a soft hyphen or control that was dropped (`Ã` for `í`, `â€` for `”`), a byte without a character that became U+FFFD.

use std::ops::Range;

use super::repairs::Repairs;
use super::{bytes, cost};
use crate::decode::pairs;

/// Bytes of text on either side of a lost letter that say which it was.
const AROUND: usize = 48;
/// Quarter bits by which one letter must suit better than the next.
const CLEAR: i32 = 12;

/// A sequence without one of its bytes.
pub(super) struct Lost {
    /// Bytes of the text that it takes.
    pub(super) length: usize,
    /// What it can have been, likelier ones first.
    pub(super) options: Vec<char>,
    /// Whether the place of the byte is marked by U+FFFD.
    pub(super) marked: bool,
    /// Whether the first option stands where nothing is clear: no-break spaces are lost more than anything else.
    pub(super) usual: bool,
    /// Whether a byte of it became a blank.
    pub(super) blank: Option<Blank>,
}

/// A byte of a sequence, A0 or the no-break space, that became a blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blank {
    /// It stands between two bytes of the sequence.
    Inside,
    /// It is the last, and may as well be a blank behind a sequence whose last byte is gone.
    Last,
    /// It is the last and stands before another, behind a small letter: `modalitÃ  di`.
    Doubled,
}

/// Reads the beginning of `text` as such a sequence of reading `codec`, behind `before`.
pub(super) fn read(text: &str, codec: usize, before: Option<char>) -> Option<Lost> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let second = chars.next();
    let lead = bytes::of(first)[codec];
    let length = first.len_utf8();
    let lost = |length, options: Vec<char>, marked| {
        Some(Lost {
            length,
            usual: options.first() == Some(&'à'),
            options,
            marked,
            blank: None,
        })
    };
    // A capital that seems to stand inside a word is the end of that word.
    let is_end = lead == 0xC5 && before.is_some_and(char::is_alphabetic);
    if !is_end && let Some((c, length, blank)) = with_blank(text, codec) {
        return Some(Lost {
            length,
            options: vec![c],
            marked: false,
            usual: false,
            blank: Some(blank),
        });
    }
    let inside = || before.is_some_and(char::is_lowercase);
    match second {
        Some('\u{FFFD}') if (0xC3..=0xDF).contains(&lead) => {
            let options = letters(lead, bytes::unread(codec));
            (!options.is_empty()).then_some(())?;
            lost(length + '\u{FFFD}'.len_utf8(), options, true)
        }
        Some(' ') if lead == 0xC3 => {
            let then = chars.next();
            let closed = then.is_none_or(|c| {
                c.is_ascii_punctuation() && !matches!(c, '(' | '[' | '{') || c == '\n'
            });
            if !(inside() || closed || then.is_some_and(|c| c.is_lowercase() || c == ' ')) {
                return None;
            }
            // The blank was the byte; where there was a blank too, two stand here, or one that was two.
            let joined =
                then == Some(' ') || closed || matches!(before, Some('\'' | '’' | '™' | '-'));
            // Behind a letter the blank may also be a blank, and a soft hyphen lost.
            let options = if inside() && !joined {
                vec!['à', 'í']
            } else {
                vec!['à']
            };
            let is_small = chars.next().is_some_and(char::is_lowercase);
            let behind = inside() || (is_small && before.is_some_and(char::is_alphabetic));
            let doubled = codec == 0 && then == Some(' ') && behind;
            let mut lost = lost(length + usize::from(joined), options, false)?;
            lost.blank = doubled.then_some(Blank::Doubled);
            Some(lost)
        }
        None | Some('\n') if lead == 0xC3 && inside() => lost(length, vec!['à', 'í'], false),
        Some(' ' | '\n') | None if lead == 0xC2 => {
            let double = text[length..].starts_with("  ")
                || second == Some(' ') && before.is_some_and(char::is_whitespace);
            lost(length + usize::from(double), Vec::new(), false)
        }
        Some(c) if lead == 0xE2 && bytes::of(c)[codec] == 0x80 => {
            let third = text[length + c.len_utf8()..].chars().next();
            let marked = third == Some('\u{FFFD}');
            let mark = bytes::unread(codec)
                .iter()
                .filter_map(|b| char::from_u32(0x2000 + u32::from(b & 0x3F)))
                .find(|c| {
                    matches!(
                        c,
                        '\u{2013}' | '\u{2014}' | '\u{2018}'..='\u{201E}' | '\u{2026}'
                    )
                })
                .unwrap_or('\u{201D}');
            let gap = if marked { '\u{FFFD}'.len_utf8() } else { 0 };
            lost(length + c.len_utf8() + gap, vec![mark], marked)
        }
        // The many letters of other alphabets cannot be told from one another.
        _ if lead == 0xC3 && (inside() || second.is_some_and(char::is_lowercase)) => {
            // An entity may be the rest of the sequence: that is read first.
            (second != Some('&')).then_some(())?;
            let mut options = letters(lead, bytes::unread(codec));
            options.extend(['í', 'à']);
            lost(length, options, false)
        }
        _ => None,
    }
}

/// The letter at the beginning of `text` of which the byte A0 became a blank, and its length: `Ð µ` was `Ð\u{A0}µ`. Those
/// of C2 and C3 are told otherwise.
fn with_blank(text: &str, codec: usize) -> Option<(char, usize, Blank)> {
    if !bytes::may_blank(codec) {
        return None;
    }
    let mut chars = text.chars();
    let mut next = || {
        let c = chars.next()?;
        Some((c, bytes::of(c)[codec], c.len_utf8()))
    };
    let (first, lead, length) = next()?;
    if first >= bytes::BEYOND_BLANKS {
        return None;
    }
    let (second, byte, more) = next()?;
    let letter = |code| {
        let c = char::from_u32(code)?;
        (c.is_alphabetic() && cost::class(c).0 != cost::Class::Unknown).then_some(c)
    };
    let follows = |byte: u8| (0x80..=0xBF).contains(&byte);
    match lead {
        // `Š`, `Π`, `Р` and `נ`; others that end with A0 are hardly ever met.
        0xC5 | 0xCE | 0xD0 | 0xD7 if second == ' ' => {
            let rest = &text[length + 1..];
            let goes_on = rest.starts_with(closes)
                || begins_sequence(rest, codec)
                || (lead == 0xC5 && rest.starts_with(|c: char| c.is_ascii_lowercase()));
            let c = letter(u32::from(lead & 0x1F) << 6 | 0x20)?;
            goes_on.then_some((c, length + 1, Blank::Last))
        }
        0xE0..=0xEF => {
            let (third, last, width) = next()?;
            let high = u32::from(lead & 0x0F) << 12;
            if second == ' ' && follows(last) {
                let c = letter(high | 0x20 << 6 | u32::from(last & 0x3F))?;
                return Some((c, length + 1 + width, Blank::Inside));
            }
            // Beside E2 and 80 it is more likely a quotation mark that lost its last byte.
            if !follows(byte) || third != ' ' || (lead, byte) == (0xE2, 0x80) {
                return None;
            }
            let end = length + more + 1;
            let rest = &text[end..];
            let goes_on =
                rest.is_empty() || rest.starts_with(closes) || begins_sequence(rest, codec);
            let c = letter(high | u32::from(byte & 0x3F) << 6 | 0x20)?;
            // What is written longer than needed is no sequence.
            (goes_on && c >= '\u{800}').then_some((c, end, Blank::Last))
        }
        _ => None,
    }
}

/// Whether no word begins with this, and a blank before it is seldom.
fn closes(c: char) -> bool {
    matches!(
        c,
        ' ' | '\n' | ',' | '.' | '!' | '?' | ':' | ';' | ')' | '"' | '\''
    )
}

/// Whether such a letter stands at the beginning of `text`.
pub(super) fn begins_with_blank(text: &str, codec: usize) -> bool {
    with_blank(text, codec).is_some()
}

/// Whether one with the blank inside stands at the end of `text`.
pub(super) fn ends_with_blank(text: &str, codec: usize) -> bool {
    let mut chars = text.char_indices().rev();
    let [Some(_), Some((_, ' ')), Some((at, _))] = [chars.next(), chars.next(), chars.next()]
    else {
        return false;
    };
    with_blank(&text[at..], codec).is_some_and(|(_, length, _)| at + length == text.len())
}

/// Whether a sequence begins here, of which a byte may have become a blank.
fn begins_sequence(text: &str, codec: usize) -> bool {
    let mut chars = text.chars();
    let lead = chars.next().map_or(0, |c| bytes::of(c)[codec]);
    let second = chars.next();
    (0xC2..=0xF4).contains(&lead)
        && second.is_some_and(|c| c == ' ' || (0x80..=0xBF).contains(&bytes::of(c)[codec]))
}

/// The letters of two bytes that begin with `lead` and end with one of `bytes`.
fn letters(lead: u8, bytes: &[u8]) -> Vec<char> {
    let letter = |b: &u8| char::from_u32(u32::from(lead & 0x1F) << 6 | u32::from(b & 0x3F));
    bytes
        .iter()
        .filter_map(letter)
        .filter(|c| is_letter(*c))
        .collect()
}

/// Whether it is one, which for those of Latin is known without a look at tables.
fn is_letter(c: char) -> bool {
    match c {
        '×' | '÷' => false,
        'À'..='ɏ' => true,
        _ => c.is_alphabetic(),
    }
}

/// Decides which letter `repairs[i]` is, by what is repaired around it; whether that is clear.
///
/// Where U+FFFD marks the place and nothing is clear, that one character is what is left of the letter.
pub(super) fn decide(text: &str, repairs: &mut Repairs, i: usize) -> bool {
    let repair = &repairs.list[i];
    if repair.marked {
        // Letter pairs name the commonest letter, not the one that stood there.
        repairs.write(i, '\u{FFFD}');
        return true;
    }
    let (span, usual) = (repair.span, repair.usual);
    let from = crate::text::cut::floor(text, span.start.saturating_sub(AROUND));
    let to = crate::text::cut::floor(text, (span.end + AROUND).min(text.len()));
    let left = repaired(text, repairs, 0..i, from, span.start);
    let right = repaired(text, repairs, i + 1..repairs.list.len(), span.end, to);
    let mut ranked: Vec<(i32, char)> = repair
        .options
        .iter()
        .map(|c| (pairs::surprise(&format!("{left}{c}{right}")), *c))
        .collect();
    ranked.sort_by_key(|r| r.0);
    match ranked[..] {
        [] => false,
        [(best, c), ref rest @ ..] => {
            let clear = rest.first().is_none_or(|r| r.0 - best >= CLEAR);
            let c = match repair.options.first() {
                Some(first) if usual && !clear => *first,
                _ => c,
            };
            repairs.write(i, c);
            clear || usual
        }
    }
}

/// `text[from..to]` with those of the repairs `among` that lie in it carried out, but for those that wait to be decided.
fn repaired(text: &str, repairs: &Repairs, among: Range<usize>, from: usize, to: usize) -> String {
    let mut out = String::new();
    let mut at = from;
    let among = &repairs.list[among];
    let first = among.partition_point(|r| r.span.start < from);
    for r in among[first..].iter().take_while(|r| r.span.end <= to) {
        if r.options.len() > 1 && r.after.is_empty() {
            continue;
        }
        out.push_str(&text[at..r.span.start]);
        out.push_str(repairs.after(r));
        at = r.span.end;
    }
    out + &text[at..to]
}
