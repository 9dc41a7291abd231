//! One pass over a text that says which rules may have anything to do, and a walk to the places where they have.
//!
//! Text is looked at 64 bytes at a time, as one bit for each byte at which a character beyond plain ASCII begins; such a
//! character costs one table look-up.

use std::sync::LazyLock;

use super::mojibake::Suspect;
use super::mojibake::bytes::Roles;
use super::mojibake::legacy::{RUN, is_latin};
use super::rules::bit;
use crate::text::window;

/// Characters below this stand in a table.
const TABLED: usize = 0x2600;
/// Bits of a character: 16 for the rules that look at it, and above them its [`Roles`] in garbled text.
pub(super) type Entry = u64;

static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    (0..TABLED as u32)
        .map(|c| char::from_u32(c).map_or(0, compute))
        .collect()
});

fn compute(c: char) -> Entry {
    u64::from(rules_of(c)) | Roles::compute(c).0
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

/// Bits of a character.
pub(super) fn entry_of(c: char) -> Entry {
    entry(&TABLE, c)
}

/// Bits of a character, given the table.
fn entry(table: &[Entry], c: char) -> Entry {
    match table.get(c as usize) {
        Some(e) => *e,
        // Ideographs with their marks, kana, Hangul and emoji: the many that nothing looks at.
        None if matches!(c as u32, 0x3000..=0x3029 | 0x3030..=0x3098 | 0x309B..=0x9FFF | 0xAC00..=0xD7A3 | 0x1F000..=0x1FFFE) => {
            u64::from(bit::NFKC)
        }
        None => compute(c),
    }
}

/// One bit for each of 64 bytes: whether a character begins there that is not plain ASCII text.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches the loop becomes vector code"
)]
#[inline]
fn candidates(chunk: &[u8; 64]) -> u64 {
    let mut flags = [0u8; 64];
    let mut any = 0;
    for (flag, &b) in flags.iter_mut().zip(chunk) {
        let layout = (b == b'\n') | (b == b'\t');
        let text = (b.wrapping_sub(0x20) < 0x5F) & (b != b'&') & (b != b'\\');
        let inside = b & 0xC0 == 0x80;
        *flag = u8::from(!(text | layout | inside));
        any |= *flag;
    }
    if any == 0 {
        return 0;
    }
    window::flags(&flags)
}

/// Whether 64 bytes are plain ASCII text, told with half the work of [`candidates`]; tabs are left to that.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches the loop becomes vector code"
)]
#[inline]
fn is_plain(chunk: &[u8; 64]) -> bool {
    let mut other = 0;
    for &b in chunk {
        // DEL and bytes beyond ASCII become negative, so that one comparison finds them with the controls.
        let control = (b.wrapping_add(1) as i8) < 0x21;
        let odd = (control & (b != b'\n')) | (b == b'&') | (b == b'\\');
        other |= u8::from(odd);
    }
    other == 0
}

/// Bytes of plain text that are passed over at once.
const BLOCK: usize = 1024;

/// Whether a [`BLOCK`] is plain ASCII text: signs are looked for with the widest registers there are.
#[inline]
fn is_plain_block(block: &[u8]) -> bool {
    // Most that are none are known by their beginning.
    let begins = block.first_chunk().is_some_and(is_plain);
    begins
        && !window::any(block, window::is_control_or_beyond)
        && memchr::memchr3(b'&', b'\\', 0x7F, block).is_none()
}

/// Characters of interest in 64 bytes from which on the idle ones among them are looked for.
const DENSE: u32 = 8;

/// Whether a letter begins with the byte `b` before `next` that does nothing but count as a letter beyond ASCII: most of Greek,
/// Cyrillic, Hebrew, Arabic and kana, the ideographs, most of Hangul.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches a loop over bytes becomes vector code"
)]
#[inline]
fn begins_idle(b: u8, next: u8) -> bool {
    let ideographs = (b.wrapping_sub(0xE4) < 6) | (b == 0xEB) | (b == 0xEC);
    let kana = (b == 0xE3) & ((next == 0x81) | (next == 0x83));
    let greek = ((b == 0xCE) & (next >= 0x91) & (next != 0x9C) & (next != 0xA9))
        | ((b == 0xCF) & (next.wrapping_sub(0x81) < 14));
    let cyrillic = ((b == 0xD0) & (next >= 0x90)) | ((b == 0xD1) & (next < 0x90));
    let hebrew = (b == 0xD7) & (next.wrapping_sub(0x90) < 27);
    let arabic = ((b == 0xD8) & (next >= 0xA0)) | ((b == 0xD9) & (next < 0x8B));
    ideographs | kana | greek | cyrillic | hebrew | arabic
}

/// Whether such a letter seems to miss a byte of a sequence all by itself in some reading, as `Ã` does: `В`, `Г`, `Β`, `Γ`, `آ`, `أ`.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches a loop over bytes becomes vector code"
)]
#[inline]
fn begins_telling(b: u8, next: u8) -> bool {
    (((b == 0xD0) | (b == 0xCE)) & ((next == 0x92) | (next == 0x93)))
        | ((b == 0xD8) & ((next == 0xA2) | (next == 0xA3)))
}

/// Whether [`walk_garbled`] passes over `c`.
#[inline]
pub(super) fn is_passed(c: char) -> bool {
    // Before Greek there are none.
    c >= '\u{370}' && is_passed_beyond(c)
}

fn is_passed_beyond(c: char) -> bool {
    let mut bytes = [0; 4];
    c.encode_utf8(&mut bytes);
    begins_idle(bytes[0], bytes[1]) && !begins_telling(bytes[0], bytes[1])
}

/// One bit for each of 64 bytes: whether an idle letter begins there, where not `TELLING` only one that tells nothing.
/// `after` is the byte behind the 64.
#[inline]
fn idle<const TELLING: bool>(chunk: &[u8; 64], after: u8) -> u64 {
    let mut next = [after; 64];
    next[..63].copy_from_slice(&chunk[1..]);
    let mut flags = [0u8; 64];
    for (flag, (&b, &next)) in flags.iter_mut().zip(chunk.iter().zip(&next)) {
        let idle = begins_idle(b, next);
        *flag = u8::from(if TELLING {
            idle
        } else {
            idle & !begins_telling(b, next)
        });
    }
    window::flags(&flags)
}

/// Which characters beyond plain ASCII text a walk stops at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stops {
    All,
    /// All but most of the idle ones, where they are many.
    Few,
    /// All but the ones that [`is_passed`] names.
    Garbled,
}

/// Calls `see` with place, character and bits of every character beyond plain ASCII text.
#[inline]
pub(super) fn walk(text: &str, mut see: impl FnMut(usize, char, Entry)) {
    walk_over::<{ Stops::All as u8 }>(text, |at, c, entry| {
        see(at, c, entry);
        at
    });
}

/// The same without those that [`is_passed`] names, and on from the place that `see` returns, if that lies ahead.
#[inline]
pub(super) fn walk_garbled(text: &str, see: impl FnMut(usize, char, Entry) -> usize) {
    walk_over::<{ Stops::Garbled as u8 }>(text, see);
}

/// The same for the ones that `STOPS`, one of [`Stops`], has. Whether idle ones were passed over.
#[inline]
#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "compiled for processors that are asked first")
)]
fn walk_over<const STOPS: u8>(text: &str, see: impl FnMut(usize, char, Entry) -> usize) -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
        fn wide<const STOPS: u8>(text: &str, see: impl FnMut(usize, char, Entry) -> usize) -> bool {
            walk_chunks::<STOPS>(text, see)
        }
        if window::has_wide_registers() {
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { wide::<STOPS>(text, see) };
        }
    }
    walk_chunks::<STOPS>(text, see)
}

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "becomes part of code for wide registers"
)]
fn walk_chunks<const STOPS: u8>(
    text: &str,
    mut see: impl FnMut(usize, char, Entry) -> usize,
) -> bool {
    let bytes = text.as_bytes();
    let table: &[Entry] = &TABLE;
    let mut start = 0;
    let mut passed = false;
    let mut padded;
    // Most texts are plain for long, or hardly anywhere.
    let mut was_plain = true;
    // Where a block is looked at again, after one that is not plain.
    let mut next_block = 0;
    'chunks: while start < bytes.len() {
        if was_plain
            && start >= next_block
            && let Some(block) = bytes.get(start..start + BLOCK)
        {
            if is_plain_block(block) {
                start += BLOCK;
                continue;
            }
            next_block = start + BLOCK;
        }
        let chunk = if let Some(chunk) = bytes[start..].first_chunk() {
            chunk
        } else {
            let rest = &bytes[start..];
            padded = [b' '; 64];
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        };
        if was_plain && is_plain(chunk) {
            start += 64;
            continue;
        }
        let mut bits = candidates(chunk);
        was_plain = bits == 0;
        let after = || bytes.get(start + 64).copied().unwrap_or(0);
        if STOPS == Stops::Few as u8 && bits.count_ones() >= DENSE {
            let idle = idle::<true>(chunk, after());
            passed |= idle != 0;
            bits &= !idle;
        }
        let dense = bits.count_ones() >= DENSE;
        if STOPS == Stops::Garbled as u8 && dense {
            bits &= !idle::<false>(chunk, after());
        }
        while bits != 0 {
            let at = start + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let b = bytes[at];
            let c = if b < 0x80 {
                char::from(b)
            } else {
                decode(bytes, at, b)
            };
            if STOPS == Stops::Garbled as u8 && !dense && b >= 0xCE && is_passed(c) {
                continue;
            }
            // One call, so that the closure becomes part of the loop.
            let entry = entry(table, c);
            if entry == 0 && b < 0x80 {
                continue;
            }
            let next = see(at, c, entry);
            if next > at {
                if next >= start + 64 {
                    start = next;
                    continue 'chunks;
                }
                bits &= u64::MAX << (next - start);
            }
        }
        start += 64;
    }
    passed
}

/// The character that begins with the lead byte `b` at `at` in valid UTF-8.
#[inline]
fn decode(bytes: &[u8], at: usize, b: u8) -> char {
    let next = |i: usize| bytes.get(at + i).map_or(0, |b| u32::from(b & 0x3F));
    let b = u32::from(b);
    let code = if b < 0xE0 {
        (b & 0x1F) << 6 | next(1)
    } else if b < 0xF0 {
        (b & 0x0F) << 12 | next(1) << 6 | next(2)
    } else {
        (b & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3)
    };
    char::from_u32(code).unwrap_or('\u{FFFD}')
}

/// The rules of `mask` that may have something to do in `text`. Where there is mojibake, it comes first, and others may be missing.
pub(super) fn scan(text: &str, mask: u32) -> u32 {
    let bytes = text.as_bytes();
    let mut rules = 0u32;
    let mut before = Before::default();
    // What costs more than a look is left out where nobody asks.
    let looks_garbled = mask & bit::MOJIBAKE != 0;
    let mut suspect = Suspect::of(text);
    // Characters of windows-1252 behind one another.
    let mut run = 0;
    let passed = walk_over::<{ Stops::Few as u8 }>(text, |at, c, entry| {
        let mut here = entry as u32 & 0xFFFF;
        if c.is_ascii() {
            if !is_sign(bytes, at) {
                here = 0;
            }
        } else {
            let roles = Roles(entry);
            let [last, last_but_one] = before.two(text, at);
            if looks_garbled
                && ((may_end_a_sequence(roles, last, last_but_one)
                    && ends_a_sequence(&mut suspect, text, at, [roles, last, last_but_one]))
                    || (lost_its_end(bytes, at, c) && suspect.gains(at)))
            {
                here |= bit::MOJIBAKE;
            }
            let is_byte = is_latin(c) || roles.follows() & 1 != 0;
            run = match (is_byte, at == before.end) {
                (true, true) => run + 1,
                (is_byte, _) => u32::from(is_byte),
            };
            if run == RUN {
                here |= bit::LEGACY;
            }
            before.pass(at + c.len_utf8(), roles);
        }
        rules |= here;
        // Where there is mojibake, that is all that need be known.
        if rules & mask & bit::MOJIBAKE == 0 {
            at
        } else {
            usize::MAX
        }
    });
    mask & (rules | if passed { bit::NFKC } else { 0 })
}

/// Rules of `mask` that look for what is written in ASCII and may have something to do in `text`.
pub(super) fn scan_ascii(text: &str, mask: u32) -> u32 {
    let bytes = text.as_bytes();
    let signs = memchr::memchr3_iter(b'&', b'\\', b'\x1B', bytes);
    let rules = signs
        .filter(|at| is_sign(bytes, *at))
        .map(|at| entry_of(char::from(bytes[at])) as u32);
    mask & (bit::ENTITY | bit::SURROGATE | bit::TERMINAL) & rules.fold(0, |all, one| all | one)
}

/// Whether the ASCII character at `at` can mean something: two that are common in clean text only before some others.
#[inline]
fn is_sign(bytes: &[u8], at: usize) -> bool {
    let next = bytes.get(at + 1).copied().unwrap_or(0);
    match bytes[at] {
        b'&' => next.is_ascii_alphabetic() || next == b'#',
        b'\\' => next == b'u',
        _ => true,
    }
}

/// What a walk has passed last beyond ASCII: most such characters stand right behind one another or alone.
#[derive(Default)]
struct Before {
    /// Where the last one ends.
    end: usize,
    last: Roles,
    /// Of the one right before it, if one is.
    last_but_one: Roles,
}

impl Before {
    /// The two characters before `at`, the nearer one first; nothing where one is ASCII.
    #[inline]
    fn two(&mut self, text: &str, at: usize) -> [Roles; 2] {
        if at != self.end {
            let is_ascii = at == 0 || text.as_bytes()[at - 1] < 0x80;
            [self.last, self.last_but_one] = if is_ascii {
                [Roles::NONE; 2]
            } else {
                // An idle letter, which the walk has not told of.
                let mut before = text[..at].chars().rev().map(|c| Roles(entry_of(c)));
                let last = before.next().unwrap_or(Roles::NONE);
                [last, before.next().unwrap_or(Roles::NONE)]
            };
        }
        [self.last, self.last_but_one]
    }

    /// Notes the character that ends at `end`, after being asked what stands before it.
    #[inline]
    fn pass(&mut self, end: usize, roles: Roles) {
        self.last_but_one = self.last;
        self.last = roles;
        self.end = end;
    }
}

/// Whether a character behind two others can be the last byte of a garbled sequence of two or three, or the second of `â€` that
/// lost its third.
#[inline]
fn may_end_a_sequence(roles: Roles, last: Roles, last_but_one: Roles) -> bool {
    let follows = roles.follows();
    let mut readings = last.leads2();
    if last.is_e2() && roles.is_80() {
        readings |= last.leads3();
    }
    readings |= last_but_one.leads3() & last.follows();
    readings & follows != 0
}

/// Looks closer at a character at `at` that may end a sequence, and at the two before it.
#[cold]
fn ends_a_sequence(
    suspect: &mut Suspect<'_>,
    text: &str,
    at: usize,
    [roles, last, last_but_one]: [Roles; 3],
) -> bool {
    let mut before = text[..at].chars().rev().map(char::len_utf8);
    let second = at - before.next().unwrap_or(0);
    let first = second - before.next().unwrap_or(0);
    (may_end_a_sequence(roles, last, Roles::NONE) && suspect.gains(second))
        || (last_but_one.leads3() & last.follows() & roles.follows() != 0 && suspect.gains(first))
}

/// Whether a continuation byte behind `c` may have become a blank or gone.
#[inline]
fn lost_its_end(bytes: &[u8], at: usize, c: char) -> bool {
    matches!(c, 'Â' | 'Ã')
        && bytes
            .get(at + c.len_utf8())
            .is_some_and(|b| *b == b' ' || b.is_ascii_lowercase())
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
        assert_eq!(scan(clean, !(bit::QUOTES | bit::NFKC)), 0);
    }

    #[test]
    fn idle_letters_do_nothing() {
        let every = ('\0'..=char::MAX).filter(|c| !c.is_ascii());
        let mut found = 0;
        for c in every {
            let mut chunk = [b' '; 64];
            c.encode_utf8(&mut chunk[5..]);
            if idle::<true>(&chunk, 0) != 0 {
                found += 1;
                assert_eq!(entry_of(c) as u32 & 0xFFFF, bit::NFKC, "{c}");
                assert_eq!(Roles(entry_of(c)).follows(), 0, "{c}");
                assert_eq!(is_passed(c), !Roles(entry_of(c)).tells_alone(), "{c}");
            }
        }
        assert!(found > 30_000);
        // A character that the end of the 64 bytes parts.
        let mut chunk = [b' '; 64];
        chunk[63] = 0xD0;
        assert_eq!(idle::<true>(&chunk, 0x90), 1 << 63);
        assert_eq!(idle::<true>(&chunk, 0x81), 0);
    }

    proptest::proptest! {
        #[test]
        fn dense_text_asks_for_the_same(text in "[а-яёђіА-Я漢字가나кГÂÃ€ ©\u{AD}\u{301}-]{0,160}") {
            let mut rules = 0;
            let mask = !(bit::MOJIBAKE | bit::LEGACY);
            let mut all = |part: &str| rules |= scan(part, mask);
            // Parts of three characters are never dense.
            let chars: Vec<char> = text.chars().collect();
            for at in 0..chars.len() {
                let part: String = chars[at..chars.len().min(at + 3)].iter().collect();
                all(&part);
            }
            proptest::prop_assert_eq!(scan(&text, mask), rules);
        }
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
