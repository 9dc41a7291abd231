//! Johab, the Korean encoding of DOS (KS X 1001 annex 3, code page 1361): Hangul syllables by their letters, the rest by
//! the cells of KS X 1001, which EUC-KR holds too.

use super::codec::Read;

/// Number in Unicode of the five bits of an initial, a vowel and a final; 255 where there is none.
const INITIAL: [u8; 32] = numbers(&[(2, 0, 19)]);
const VOWEL: [u8; 32] = numbers(&[(3, 0, 5), (10, 5, 6), (18, 11, 6), (26, 17, 4)]);
const FINAL: [u8; 32] = numbers(&[(2, 1, 16), (19, 17, 11)]);
/// Letters that stand alone, by number of initial and final, in the block of compatibility letters from U+3131.
const ALONE_INITIAL: [u8; 19] = [
    0, 1, 3, 6, 7, 8, 16, 17, 18, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
];
const ALONE_FINAL: [u8; 27] = [
    0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 25, 26, 27, 28,
    29,
];

/// Runs of (first bits, first number, how many).
const fn numbers(runs: &[(usize, u8, u8)]) -> [u8; 32] {
    let mut out = [255; 32];
    let mut r = 0;
    while r < runs.len() {
        let (from, first, many) = runs[r];
        let mut i = 0;
        while i < many {
            out[from + i as usize] = first + i;
            i += 1;
        }
        r += 1;
    }
    out
}

/// Decodes; malformed bytes become U+FFFD and are reported.
pub(super) fn decode(bytes: &[u8]) -> Read {
    let mut text = String::with_capacity(bytes.len() * 3 / 2 + 4);
    let mut malformed = Vec::new();
    let mut at = 0;
    while let Some(&b) = bytes.get(at) {
        let (c, used) = match (b, bytes.get(at + 1)) {
            (0..0x80, _) => (Some(b as char), 1),
            (0x84..=0xD3, Some(&t)) => (hangul(u16::from_be_bytes([b, t])), 2),
            (0xD9..=0xDE | 0xE0..=0xF9, Some(&t)) => (cell(b, t), 2),
            _ => (None, 1),
        };
        if let Some(c) = c {
            text.push(c);
            at += used;
        } else {
            // The trail of a pair that is none is read by itself: it may be ASCII.
            malformed.push((text.len(), vec![b]));
            text.push('\u{FFFD}');
            at += 1;
        }
    }
    (text, malformed)
}

fn hangul(code: u16) -> Option<char> {
    let part = |table: &[u8; 32], shift: u32| table[usize::from(code >> shift & 31)];
    let (initial, vowel) = (part(&INITIAL, 10), part(&VOWEL, 5));
    // Bits 1 of an initial and a final, 2 of a vowel, say that there is none.
    let no_initial = code >> 10 & 31 == 1;
    let no_vowel = code >> 5 & 31 == 2;
    let no_final = code & 31 == 1;
    let last = if no_final { 0 } else { part(&FINAL, 0) };
    let compatible = |n: u8| char::from_u32(0x3131 + u32::from(n));
    if last == 255 {
        return None;
    }
    match (no_initial, no_vowel, no_final) {
        (false, false, _) if initial < 255 && vowel < 255 => {
            let n = (u32::from(initial) * 21 + u32::from(vowel)) * 28 + u32::from(last);
            char::from_u32(0xAC00 + n)
        }
        (false, true, true) if initial < 255 => compatible(ALONE_INITIAL[usize::from(initial)]),
        (true, false, true) if vowel < 255 => compatible(30 + vowel),
        (true, true, false) => compatible(ALONE_FINAL[usize::from(last - 1)]),
        _ => None,
    }
}

/// The character in the cell of KS X 1001 that a pair names.
fn cell(lead: u8, trail: u8) -> Option<char> {
    let place = match trail {
        0x31..=0x7E => trail - 0x31,
        0x91..=0xFE => trail - 0x43,
        _ => return None,
    };
    let row = if lead < 0xE0 {
        2 * (lead - 0xD9)
    } else {
        2 * (lead - 0xE0) + 0x29
    } + place / 94;
    let pair = [row + 0xA1, place % 94 + 0xA1];
    let (text, bad) = encoding_rs::EUC_KR.decode_without_bom_handling(&pair);
    // Hangul has its own codes.
    let hangul = |c: &char| matches!(c, '\u{AC00}'..='\u{D7A3}' | '\u{3131}'..='\u{3163}');
    text.chars().next().filter(|c| !bad && !hangul(c))
}

/// Appends `text` to `out`; what Johab lacks is written as `?` and reported.
pub(super) fn encode(text: &str, out: &mut Vec<u8>, missing: &mut Vec<(usize, char)>) {
    for c in text.chars() {
        match c {
            '\0'..='\u{7F}' => out.push(c as u8),
            _ => {
                if let Some(pair) = pair(c) {
                    out.extend(pair);
                } else {
                    missing.push((out.len(), c));
                    out.push(b'?');
                }
            }
        }
    }
}

fn pair(c: char) -> Option<[u8; 2]> {
    let bits = |table: &[u8; 32], n: u32| table.iter().position(|x| u32::from(*x) == n);
    let code = |initial: usize, vowel: usize, last: usize| {
        Some((0x8000 | (initial << 10 | vowel << 5 | last) as u16).to_be_bytes())
    };
    match c {
        '\u{AC00}'..='\u{D7A3}' => {
            let n = c as u32 - 0xAC00;
            let last = match n % 28 {
                0 => 1,
                n => bits(&FINAL, n)?,
            };
            code(bits(&INITIAL, n / 588)?, bits(&VOWEL, n / 28 % 21)?, last)
        }
        '\u{3131}'..='\u{3163}' => {
            let n = (c as u32 - 0x3131) as u8;
            let place = |table: &[u8]| table.iter().position(|x| *x == n);
            if n >= 30 {
                code(1, bits(&VOWEL, u32::from(n - 30))?, 1)
            } else if let Some(initial) = place(&ALONE_INITIAL) {
                code(bits(&INITIAL, initial as u32)?, 2, 1)
            } else {
                code(1, 2, bits(&FINAL, place(&ALONE_FINAL)? as u32 + 1)?)
            }
        }
        _ => {
            let mut buffer = [0; 4];
            let (raw, _, bad) = encoding_rs::EUC_KR.encode(c.encode_utf8(&mut buffer));
            let (row, place) = match *raw {
                [a @ 0xA1..=0xFE, b @ 0xA1..=0xFE] if !bad => (a - 0xA1, b - 0xA1),
                _ => return None,
            };
            let (lead, odd) = match row {
                0..=0x0B => (0xD9 + row / 2, row % 2),
                0x29.. => (0xE0 + (row - 0x29) / 2, (row - 0x29) % 2),
                _ => return None,
            };
            let place = place + 94 * odd;
            let trail = if place < 0x4E {
                place + 0x31
            } else {
                place + 0x43
            };
            Some([lead, trail])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_pairs_come_back() {
        let mut known = 0;
        for code in 0x8000..=0xFFFFu16 {
            let raw = code.to_be_bytes();
            let (text, malformed) = decode(&raw);
            if malformed.is_empty() {
                known += 1;
                let (mut out, mut missing) = (Vec::new(), Vec::new());
                encode(&text, &mut out, &mut missing);
                // Where a letter alone has two codes, the other one is written.
                let (again, _) = decode(&out);
                assert!(missing.is_empty() && again == text, "{code:X} {text:?}");
            }
        }
        // 11,172 syllables, 51 letters, some of them twice, and about 5,870 cells.
        assert!((17_000..17_300).contains(&known), "{known}");
    }

    #[test]
    fn a_sentence_is_read() {
        // "한글" as every table of code page 1361 has it.
        assert_eq!(decode(b"\xD0\x65\x8B\x69!").0, "한글!");
    }
}
