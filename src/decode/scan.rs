//! One pass over a text that says which rules may have anything to do, and a walk to the places where they have.
//!
//! Clean stretches of ASCII are passed 64 bytes at a time; a character beyond ASCII costs one table look-up.

use std::sync::LazyLock;

use super::mojibake::bytes as garbled;
use super::rules::bit;

/// Characters below this stand in a table.
const TABLED: usize = 0x2600;
/// Number of single-byte encodings that mojibake is looked for in.
const CODECS: u32 = garbled::COUNT as u32;
/// Where the groups of bits of an [`Entry`] begin.
const LEAD2: u32 = 16;
const LEAD3: u32 = LEAD2 + CODECS;
const FOLLOW: u32 = LEAD3 + CODECS;
/// Whether the byte is E2, or 80, in any of them.
const IS_E2: u64 = 1 << (FOLLOW + CODECS);
const IS_80: u64 = IS_E2 << 1;
const GROUP: u64 = (1 << CODECS) - 1;
/// Bits of characters that can end a sequence.
const CLOSING: u64 = GROUP << FOLLOW;

/// Bits of a character: 16 for the rules that look at it; then, one a reading, whether its byte there begins a UTF-8
/// sequence of two bytes, of more, continues one; whether it is E2 or 80 in any.
type Entry = u64;

static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    (0..TABLED as u32)
        .map(|c| char::from_u32(c).map_or(0, compute))
        .collect()
});

fn compute(c: char) -> Entry {
    let mut entry = u64::from(rules_of(c));
    if !c.is_ascii() {
        for (k, byte) in garbled::of(c).into_iter().enumerate() {
            let mut set = |group: u32, on: bool| entry |= u64::from(on) << (group + k as u32);
            set(LEAD2, (0xC2..=0xDF).contains(&byte));
            set(LEAD3, (0xE0..=0xF4).contains(&byte));
            set(FOLLOW, (0x80..=0xBF).contains(&byte));
            entry |= if byte == 0xE2 { IS_E2 } else { 0 };
            entry |= if byte == 0x80 { IS_80 } else { 0 };
        }
    }
    entry
}

/// The rules that look at a character, whatever stands beside it.
fn rules_of(c: char) -> u32 {
    let own = match c {
        '\r' | '\u{B}' | '\u{C}' | '\u{2028}' | '\u{2029}' => bit::LINE_ENDS,
        '\u{85}' => bit::LINE_ENDS | bit::MOJIBAKE,
        '\u{1B}' => bit::TERMINAL | bit::CONTROL,
        '&' => bit::ENTITY,
        '\\' => bit::SURROGATE,
        '\t' | '\n' => 0,
        '\0'..='\u{1F}' | '\u{7F}' | '\u{FFF9}'..='\u{FFFC}' => bit::CONTROL,
        '\u{80}'..='\u{9F}' => bit::CONTROL | bit::MOJIBAKE,
        '\u{AD}' | '\u{180E}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' => {
            bit::ZERO_WIDTH
        }
        '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202D}' | '\u{2066}'..='\u{2069}' => {
            bit::BIDI
        }
        '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' => bit::EXOTIC_SPACE,
        '\u{FB00}'..='\u{FB06}' => bit::LIGATURE,
        '\u{FF01}'..='\u{FF5E}' => bit::FULL_WIDTH,
        '\u{2018}'..='\u{201F}' => bit::QUOTES,
        _ => 0,
    };
    let nfkc = if c.is_ascii() { 0 } else { bit::NFKC };
    own | nfkc | if may_change_in_nfc(c) { bit::NFC } else { 0 }
}

/// Whether a character can be other than itself in NFC, alone or with neighbours. Errs towards yes, by blocks.
fn may_change_in_nfc(c: char) -> bool {
    !matches!(c as u32,
        0..=0x2FF | 0x370..=0x373 | 0x375..=0x37D | 0x37F..=0x386 | 0x388..=0x482 | 0x488..=0x590 | 0x5D0..=0x60F
        | 0x620..=0x64A | 0x660..=0x66F | 0x671..=0x6D5 | 0xE00..=0xE37 | 0xE3B..=0xE47 | 0xE4F..=0xEB7
        | 0x10A0..=0x10FF | 0x1E00..=0x1EFF | 0x2010..=0x20CF | 0x2100..=0x2125 | 0x2127..=0x2129 | 0x212C..=0x2328
        | 0x232B..=0x2ADB | 0x2ADD..=0x2C7F | 0x2E00..=0x3029 | 0x3030..=0x3098 | 0x309B..=0x9FFF | 0xAC00..=0xD7A3
        | 0xE000..=0xF8FF | 0xFB00..=0xFB1C | 0xFE30..=0xFFFF | 0x1F000..=0x2F7FF)
}

/// Bits of a character, given the table.
fn entry(table: &[Entry], c: char) -> Entry {
    match table.get(c as usize) {
        Some(e) => *e,
        // Ideographs, kana, Hangul and emoji: the many that nothing looks at.
        None if matches!(c as u32, 0x3030..=0x3098 | 0x309B..=0x9FFF | 0xAC00..=0xD7A3 | 0x1F000..=0x1FFFE) => {
            u64::from(bit::NFKC)
        }
        None => compute(c),
    }
}

/// Whether 64 bytes hold nothing that a rule could look at.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches the loop becomes vector code"
)]
fn is_plain(chunk: &[u8]) -> bool {
    chunk.iter().fold(true, |plain, &b| {
        plain
            & ((b.wrapping_sub(0x20) < 0x5F) & (b != b'&') & (b != b'\\')
                | (b == b'\n')
                | (b == b'\t'))
    })
}

/// Calls `see` with place, character and bits of every character beyond plain ASCII text.
fn walk(text: &str, mut see: impl FnMut(usize, char, Entry)) {
    let bytes = text.as_bytes();
    let table: &[Entry] = &TABLE;
    let mut at = 0;
    while at < bytes.len() {
        let end = (at + 64).min(bytes.len());
        if is_plain(&bytes[at..end]) {
            at = end;
            continue;
        }
        while at < end {
            let b = bytes[at];
            if b < 0x80 {
                let entry = table[b as usize];
                if entry != 0 {
                    see(at, b as char, entry);
                }
                at += 1;
            } else {
                let (c, length) = decode(bytes, at, b);
                see(at, c, entry(table, c));
                at += length;
            }
        }
    }
}

/// The character that begins with the lead byte `b` at `at` in valid UTF-8, and its length.
#[inline]
fn decode(bytes: &[u8], at: usize, b: u8) -> (char, usize) {
    let next = |i: usize| bytes.get(at + i).map_or(0, |b| u32::from(b & 0x3F));
    let b = u32::from(b);
    let (code, length) = if b < 0xE0 {
        ((b & 0x1F) << 6 | next(1), 2)
    } else if b < 0xF0 {
        ((b & 0x0F) << 12 | next(1) << 6 | next(2), 3)
    } else {
        ((b & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3), 4)
    };
    (char::from_u32(code).unwrap_or('\u{FFFD}'), length)
}

/// The rules that may have something to do in `text`.
pub(super) fn scan(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let mut rules = 0u32;
    let (mut before, mut last, mut end) = (0u64, 0u64, 0usize);
    walk(text, |at, c, entry| {
        let mut here = entry as u32 & 0xFFFF;
        if c.is_ascii() {
            // Two characters that are common in clean text: look on.
            let next = bytes.get(at + 1).copied().unwrap_or(0);
            if c == '&' && !(next.is_ascii_alphabetic() || next == b'#') {
                here = 0;
            }
            if c == '\\' && next != b'u' {
                here = 0;
            }
            rules |= here;
            return;
        }
        // Ideographs and kana are bytes of no sequence: what follows starts afresh, as behind ASCII.
        if entry == u64::from(bit::NFKC) {
            rules |= bit::NFKC;
            return;
        }
        if at != end {
            (before, last) = (0, 0);
        }
        let group = |e: Entry, from: u32| (e >> from) & GROUP;
        let hit = if entry & CLOSING == 0 {
            0
        } else {
            group(last, LEAD2) & group(entry, FOLLOW)
                | group(before, LEAD3) & group(last, FOLLOW) & group(entry, FOLLOW)
                | if last & IS_E2 != 0 && entry & IS_80 != 0 {
                    group(last, LEAD3) & group(entry, FOLLOW)
                } else {
                    0
                }
        };
        end = at + c.len_utf8();
        // A continuation byte that became a blank or was lost.
        let lost = matches!(c, 'Â' | 'Ã')
            && bytes
                .get(end)
                .is_some_and(|b| *b == b' ' || b.is_ascii_lowercase());
        if hit != 0 || lost {
            here |= bit::MOJIBAKE;
        }
        rules |= here;
        (before, last) = (last, entry);
    });
    rules
}

/// Calls `see` with place and character wherever one of the rules of `mask` looks at a character.
pub(super) fn find(text: &str, mask: u32, mut see: impl FnMut(usize, char, u32)) {
    walk(text, |at, c, entry| {
        let rules = entry as u32 & mask;
        if rules != 0 {
            see(at, c, rules);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_text_asks_for_nothing() {
        let clean = "Größe, naïve café – “quoted” text… Всё хорошо. Ελληνικά 漢字かな 한국어 עברית العربية ไทย\n\tR & D, a\\b";
        assert_eq!(scan(clean) & !(bit::QUOTES | bit::NFKC), 0);
    }

    #[test]
    fn what_is_safe_in_nfc_is_left_alone_by_the_normaliser() {
        let nfc = icu_normalizer::ComposingNormalizerBorrowed::new_nfc();
        for c in ('\0'..=char::MAX).filter(|c| !may_change_in_nfc(*c)) {
            let mut text = String::from(c);
            assert!(nfc.is_normalized(&text), "{c:?} {:x}", c as u32);
            for base in ['a', 'e', 'か', 'ㄱ', '가', 'я', 'ა', '\u{1100}', '\u{9C7}'] {
                text.clear();
                text.extend([base, c]);
                assert!(nfc.is_normalized(&text), "{text:?}");
            }
        }
    }
}
