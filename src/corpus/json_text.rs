//! The string literal that holds a document's text in a JSON record: reading it, writing it, and giving it back as it was.
//!
//! The other bytes of a record pass through untouched, so only this literal must be told apart: how its writer
//! escaped ([`Escapes`]) is nearly always one of two habits; where it is neither, the literal itself is kept.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// How the writer of a record's literal escapes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escapes {
    /// Only what must be: `"`, `\`, control characters (as `serde_json`, `jq`, Python with `ensure_ascii=False`); of a field of
    /// CSV, quoted only where it must be.
    Minimal,
    /// A field of CSV, quoted although it need not be.
    Quoted,
    /// Every character beyond ASCII as `\uXXXX` (Python's default).
    Ascii,
    /// Something else: the literal as it stood, quotes included.
    Literal(String),
}

impl Escapes {
    /// The habit by which `literal` (with quotes) was written for `text`.
    pub fn of(literal: &str, text: &str) -> Self {
        if is_minimal(literal) {
            return Self::Minimal;
        }
        if escape(text, true) == literal {
            return Self::Ascii;
        }
        Self::Literal(literal.to_owned())
    }

    /// `text` as a literal of JSON, with quotes; for [`Literal`](Self::Literal) the kept one, whatever `text` is.
    pub fn write(&self, text: &str) -> String {
        match self {
            // Nothing is quoted otherwise in JSON.
            Self::Minimal | Self::Quoted => escape(text, false),
            Self::Ascii => escape(text, true),
            Self::Literal(literal) => literal.clone(),
        }
    }
}

/// Whether `literal`, which a JSON parser has accepted, escapes as [`escape`] does without `ascii`: only what must be, each
/// in its short form where there is one.
fn is_minimal(literal: &str) -> bool {
    let bytes = literal.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        let escaped = &bytes[at + found + 1..];
        at += found + 2;
        match escaped {
            [b'"' | b'\\' | b'n' | b'r' | b't' | b'b' | b'f', ..] => {}
            [b'u', hex @ ..] => {
                let needed = hex
                    .get(..4)
                    .and_then(|h| std::str::from_utf8(h).ok())
                    .filter(|h| !h.bytes().any(|b| b.is_ascii_uppercase()))
                    .and_then(code_unit)
                    .is_some_and(|c| c < 0x20 && !matches!(c, 0x8 | 0x9 | 0xA | 0xC | 0xD));
                if !needed {
                    return false;
                }
            }
            _ => return false,
        }
    }
    true
}

/// Bytes that [`escape`] does not copy as they are: 1 what JSON escapes, 2 the bytes of characters beyond ASCII.
static ESCAPED: [u8; 256] = {
    let mut table = [0; 256];
    let mut b = 0;
    while b < 256 {
        if b < 0x20 || b == b'"' as usize || b == b'\\' as usize {
            table[b] = 1;
        } else if b >= 0x80 {
            table[b] = 2;
        }
        b += 1;
    }
    table
};

/// `text` as a JSON string literal with quotes; with `ascii` every character beyond ASCII is escaped too.
pub fn escape(text: &str, ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32 + 2);
    out.push('"');
    let bytes = text.as_bytes();
    let stops = if ascii { 3 } else { 1 };
    let mut from = 0;
    let mut at = 0;
    while at < bytes.len() {
        if ESCAPED[bytes[at] as usize] & stops == 0 {
            at += 1;
            continue;
        }
        // Bytes below 0x80 and first bytes of characters stop, so both ends are boundaries.
        out.push_str(&text[from..at]);
        let Some(c) = text[at..].chars().next() else {
            break;
        };
        at += c.len_utf8();
        from = at;
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => unit(&mut out, c as u16),
            // Python's default escapes DEL no more than other ASCII does.
            c => {
                let mut units = [0u16; 2];
                for u in c.encode_utf16(&mut units) {
                    unit(&mut out, *u);
                }
            }
        }
    }
    out.push_str(&text[from..]);
    out.push('"');
    out
}

fn unit(out: &mut String, value: u16) {
    // Writing into a String cannot fail.
    let _ = write!(out, "\\u{value:04x}");
}

/// The text of a JSON string `literal` (with quotes) that a JSON parser has accepted as a value.
///
/// Lone surrogates, which other parsers refuse the whole record for, become U+FFFD. `None` when it is no string.
pub fn unescape(literal: &str) -> Option<String> {
    let body = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let escape = *rest.as_bytes().get(at + 1)?;
        rest = &rest[at + 1..];
        let plain = match escape {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = code_unit(rest.get(1..5)?)?;
                rest = &rest[4..];
                let mut c = char::from_u32(u32::from(first));
                if (0xD800..0xDC00).contains(&first)
                    && rest.as_bytes().get(1..3) == Some(b"\\u")
                    && let Some(second) = rest.get(3..7).and_then(code_unit)
                    && (0xDC00..0xE000).contains(&second)
                {
                    let value = 0x10000
                        + ((u32::from(first) - 0xD800) << 10)
                        + (u32::from(second) - 0xDC00);
                    c = char::from_u32(value);
                    rest = &rest[6..];
                }
                c.unwrap_or('\u{FFFD}')
            }
            _ => return None,
        };
        out.push(plain);
        rest = &rest[1..];
    }
    out.push_str(rest);
    Some(out)
}

fn code_unit(hex: &str) -> Option<u16> {
    hex.bytes()
        .all(|b| b.is_ascii_hexdigit())
        .then(|| u16::from_str_radix(hex, 16).ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lone_surrogates_become_replacement_characters() {
        assert_eq!(
            unescape(r#""a\ud83d\ude00b""#).as_deref(),
            Some("a\u{1F600}b")
        );
        assert_eq!(
            unescape(r#""a\ud83db\ude00""#).as_deref(),
            Some("a\u{FFFD}b\u{FFFD}")
        );
        assert_eq!(unescape(r#""\ud83d\n""#).as_deref(), Some("\u{FFFD}\n"));
        assert_eq!(unescape("12"), None);
    }

    #[test]
    fn habits_are_told_apart() {
        assert_eq!(Escapes::of(r#""caf\u00e9""#, "café"), Escapes::Ascii);
        assert_eq!(Escapes::of(r#""café""#, "café"), Escapes::Minimal);
        let odd = r#""a\/b""#;
        assert_eq!(Escapes::of(odd, "a/b"), Escapes::Literal(odd.into()));
    }

    proptest! {
        #[test]
        fn a_minimal_literal_is_what_the_minimal_writer_writes(
            parts in prop::collection::vec("[a-c\u{e9}]|\\\\[\"\\\\/bfnrt]|\\\\u00[0-9a-fA-F]{2}", 0..12),
        ) {
            let literal = format!("\"{}\"", parts.concat());
            let text = unescape(&literal).unwrap();
            prop_assert_eq!(is_minimal(&literal), escape(&text, false) == literal);
        }

        #[test]
        fn any_text_comes_back(text in any::<String>(), ascii in any::<bool>()) {
            let literal = escape(&text, ascii);
            prop_assert_eq!(unescape(&literal), Some(text.clone()));
            prop_assert_eq!(serde_json::from_str::<String>(&literal).unwrap(), text);
        }
    }
}
