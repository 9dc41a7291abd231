//! Sequences that lost a byte on the way: a no-break space that became a blank or went (`Ã ` for `à`, `Â` for a space),
//! a soft hyphen or control that was dropped (`Ã` for `í`, `â€` for `”`), a byte without a character that became U+FFFD.

use std::ops::Range;

use super::bytes;
use super::repairs::Repairs;
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
        })
    };
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
            lost(length + usize::from(joined), options, false)
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
