//! `control`, `zero-width` and `bidi`: characters that nobody sees.

/// What must be known about a whole text to judge its invisible characters.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::decode) struct Scripts {
    /// Letters that run from right to left.
    pub(in crate::decode) rtl: bool,
    /// Ideographs, kana, Hangul.
    pub(in crate::decode) cjk: bool,
}

impl Scripts {
    pub(in crate::decode) fn of(text: &str) -> Self {
        let mut found = Self::default();
        for c in text.chars().filter(|c| !c.is_ascii()) {
            found.rtl |= is_rtl(c);
            found.cjk |= is_cjk(c);
        }
        found
    }
}

pub(in crate::decode) fn is_rtl(c: char) -> bool {
    matches!(c as u32, 0x590..=0x61B | 0x61D..=0x8FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFE | 0x10800..=0x10FFF | 0x1E800..=0x1EFFF)
}

fn is_cjk(c: char) -> bool {
    matches!(c as u32, 0x1100..=0x11FF | 0x2E80..=0xA4CF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x31FFF)
        || matches!(c, '\u{FF66}'..='\u{FFDC}')
}

/// Whether a zero-width character between these two does nothing; `after` is the next one that is not zero-width.
pub(in crate::decode) fn zero_width_is_idle(
    c: char,
    before: Option<char>,
    after: Option<char>,
) -> bool {
    match c {
        // Marks word limits in scripts that write none.
        '\u{200B}' => !(before.is_some_and(is_unspaced) && after.is_some_and(is_unspaced)),
        // Decides how letters join; between letters that never join, and beside blanks, it does nothing.
        '\u{200C}' | '\u{200D}' => before.is_none_or(never_joins) && after.is_none_or(never_joins),
        '\u{180E}' => !before.is_some_and(is_mongolian),
        _ => true,
    }
}

pub(in crate::decode) fn is_zero_width(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}'
    )
}

/// Thai, Lao, Tibetan, Burmese, Khmer, Tai, Balinese, Javanese.
fn is_unspaced(c: char) -> bool {
    matches!(c as u32, 0xE00..=0x109F | 0x1780..=0x17FF | 0x1950..=0x19FF | 0x1A20..=0x1AAF | 0x1B00..=0x1B7F | 0xA980..=0xAADF)
}

fn is_mongolian(c: char) -> bool {
    matches!(c as u32, 0x1800..=0x18AF)
}

/// Latin, Greek, Cyrillic, Armenian, Georgian, CJK, and punctuation: whatever has no joining forms. Emoji join.
fn never_joins(c: char) -> bool {
    let v = c as u32;
    let joins = matches!(v, 0xA9 | 0xAE | 0x23 | 0x2A | 0x30..=0x39);
    !joins
        && matches!(v, 0..=0x2FF | 0x370..=0x58F | 0x10A0..=0x10FF | 0x1E00..=0x1FFF | 0x2010..=0x2027 | 0x2030..=0x203B | 0x3000..=0x302F | 0x3041..=0x9FFF | 0xAC00..=0xD7AF)
}

/// The stretch before a backspace that it strikes over, in bytes: printers' bold (`N␈N`) and underline (`_␈N`).
pub(in crate::decode) fn struck(before: Option<char>, after: &str) -> usize {
    let (Some(last), Some(next)) = (before, after.chars().next()) else {
        return 0;
    };
    if last.is_alphanumeric() && last == next || last == '_' {
        last.len_utf8()
    } else {
        0
    }
}
