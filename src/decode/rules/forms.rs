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

/// Whether a ligature is part of a word; alone it is the subject, as in tables of characters.
pub(in crate::decode) fn is_in_word(before: Option<char>, after: &str) -> bool {
    before.is_some_and(char::is_alphabetic) || after.chars().next().is_some_and(char::is_alphabetic)
}

/// Whether a full-width character belongs to running text: a letter or digit beside others, or punctuation behind a
/// word. Between other punctuation, as in a pattern (`[:：]`), it is meant.
pub(in crate::decode) fn is_in_text(c: char, before: Option<char>, after: &str) -> bool {
    let next = after.chars().next();
    if c.is_alphanumeric() {
        let beside = |c: char| c.is_alphanumeric();
        return before.is_some_and(beside) || next.is_some_and(beside);
    }
    let open = matches!(c, '（' | '［' | '｛' | '＄' | '＃' | '＠' | '＂' | '＇');
    before.is_some_and(|c| c.is_alphanumeric() || ('\u{FF01}'..='\u{FF5E}').contains(&c))
        || open && next.is_some_and(char::is_alphanumeric)
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
