//! Classes of characters by table, for the loops that look at every character of a text.

use std::sync::LazyLock;

/// Characters below this stand in the tables: the Basic Multilingual Plane.
const TABLED: usize = 0x1_0000;

/// One bit a character: whether it is part of a word.
static WORD: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut bits = vec![0u64; TABLED / 64];
    for c in (0..TABLED as u32)
        .filter_map(char::from_u32)
        .filter(|&c| compute(c))
    {
        bits[c as usize / 64] |= 1 << (c as usize % 64);
    }
    bits
});

/// Lower case by character, 0 where it is more than one character or stands beyond the table.
static LOWER: LazyLock<Vec<u16>> = LazyLock::new(|| {
    (0..TABLED as u32)
        .map(|code| {
            let mut lower = char::from_u32(code)
                .into_iter()
                .flat_map(char::to_lowercase);
            match (lower.next(), lower.next()) {
                (Some(c), None) => u16::try_from(u32::from(c)).unwrap_or(0),
                _ => 0,
            }
        })
        .collect()
});

/// Letters, digits and the marks that belong to them (combining diacritics, vowel signs).
fn compute(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0487}' | '\u{0591}'..='\u{05C7}'
        | '\u{064B}'..='\u{065F}' | '\u{093A}'..='\u{094F}' | '\u{0E31}'..='\u{0E4E}')
}

/// Whether `c` is part of a word: a letter, a digit, or a mark that belongs to one.
pub fn is_word(c: char) -> bool {
    match WORD.get(c as usize / 64) {
        Some(bits) => bits >> (c as usize % 64) & 1 != 0,
        None => compute(c),
    }
}

/// Appends `c` in lower case.
pub fn push_lower(c: char, out: &mut String) {
    match LOWER.get(c as usize).copied() {
        None | Some(0) => out.extend(c.to_lowercase()),
        // Entries are scalar values, so this is one.
        Some(lower) => out.push(char::from_u32(u32::from(lower)).unwrap_or(c)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_say_what_the_standard_says() {
        let mut lower = String::new();
        for c in '\0'..=char::MAX {
            assert_eq!(is_word(c), compute(c), "{c:?}");
            lower.clear();
            push_lower(c, &mut lower);
            assert!(lower.chars().eq(c.to_lowercase()), "{c:?}");
        }
    }
}
