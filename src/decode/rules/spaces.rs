//! `line-ends` and `exotic-space`.

/// What a line end other than a line feed becomes.
///
/// A carriage return before a line feed goes, so do several; alone it is a line feed, as are NEL, the Unicode
/// separators and the vertical tab. A form feed is a line feed only where it is the only break. `after` is the text
/// behind the character, or behind the run of carriage returns that it stands in.
pub(in crate::decode) fn line_end(c: char, before: Option<char>, after: &str) -> &'static str {
    match c {
        '\r' if after.starts_with('\n') => "",
        '\u{C}' if at_break(before) || at_break(after.chars().next()) => "",
        _ => "\n",
    }
}

fn at_break(c: Option<char>) -> bool {
    c.is_none_or(|c| {
        matches!(
            c,
            '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    })
}
