//! `ligature`, `full-width` and `quotes`: other shapes of plain characters.

/// The letters of a Latin ligature.
pub(in crate::decode) fn ligature(c: char) -> &'static str {
    match c {
        '\u{FB00}' => "ff",
        '\u{FB01}' => "fi",
        '\u{FB02}' => "fl",
        '\u{FB03}' => "ffi",
        '\u{FB04}' => "ffl",
        _ => "st",
    }
}

/// The plain form of a full-width one.
pub(in crate::decode) fn plain_width(c: char) -> Option<char> {
    matches!(c, '\u{FF01}'..='\u{FF5E}')
        .then(|| char::from_u32(c as u32 - 0xFEE0))
        .flatten()
}

/// The straight form of a curly quote.
pub(in crate::decode) fn straight(c: char) -> &'static str {
    if c < '\u{201C}' { "'" } else { "\"" }
}
