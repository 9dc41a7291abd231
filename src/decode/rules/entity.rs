//! `entity`: HTML entities left in plain text, also those escaped more than once.

use std::borrow::Cow;

use crate::edit::{ByteSpan, Edit};

/// Longest entity: `&CounterClockwiseContourIntegral;`.
const LONGEST: usize = 33;
/// Closing tags from which a text counts as markup, where entities belong.
const TAGS: usize = 3;

/// Appends the edits that replace entities by their characters; as suggestions where the text is about entities.
///
/// **Fires on** `&name;` and `&#number;` with their semicolon, escaped once or more (`&amp;amp;quot;`).
/// **Leaves alone** texts that are markup themselves (they hold tags), texts that talk about entities (an entity in
/// quotes or backticks, or on a line that speaks of HTML entities or escapes), what would make a tag
/// (`&lt;b&gt;`), and `&name` in addresses and C code.
pub(in crate::decode) fn edits(text: &str, rule: &'static str, out: &mut Vec<Edit>) {
    if is_markup(text) {
        return;
    }
    let first = out.len();
    let mut about = false;
    let mut at = 0;
    while let Some(i) = memchr::memchr(b'&', &text.as_bytes()[at..]) {
        let start = at + i;
        let Some((length, value)) = read(&text[start..]) else {
            at = start + 1;
            continue;
        };
        let span = ByteSpan::new(start, start + length);
        at = span.end;
        about |= is_quoted(text, span) || is_about(line_of(text, start));
        if !is_address_of(text, span) && !makes_tag(text, span, &value) {
            out.push(Edit::new(span, value.into_owned(), rule, 0.98));
        }
    }
    if about {
        for edit in &mut out[first..] {
            edit.applied = false;
            edit.confidence = 0.4;
        }
    }
}

/// Length and value of the entity at the start of `text`, unescaped as often as it was escaped.
fn read(text: &str) -> Option<(usize, Cow<'_, str>)> {
    let mut length = one(text)?;
    let mut value = htmlize::unescape(&text[..length]);
    if value.starts_with('&') && value.len() > 1 || !is_text(&value) {
        return None;
    }
    // `&amp;` may begin another: take in what follows while it does.
    while value == "&" {
        let rest = &text[length..];
        let Some(end) = rest.bytes().take(LONGEST).position(|b| b == b';') else {
            break;
        };
        let inner = format!("&{}", &rest[..=end]);
        if one(&inner) != Some(inner.len()) {
            break;
        }
        let next = htmlize::unescape(inner.as_str()).into_owned();
        if next == inner || !is_text(&next) {
            break;
        }
        length += end + 1;
        value = Cow::Owned(next);
    }
    Some((length, value))
}

fn is_text(value: &str) -> bool {
    value
        .chars()
        .all(|c| (!c.is_control() || matches!(c, '\n' | '\t')) && c != '\u{FFFD}')
}

/// Length of what has the form of an entity, semicolon included.
fn one(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let end = bytes.iter().take(LONGEST).position(|b| *b == b';')?;
    let name = bytes.get(1..end)?;
    let fine = match name {
        [b'#', b'x' | b'X', digits @ ..] => {
            !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit)
        }
        [b'#', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        [first, rest @ ..] => {
            first.is_ascii_alphabetic() && rest.iter().all(u8::is_ascii_alphanumeric)
        }
        [] => false,
    };
    fine.then_some(end + 1)
}

/// Whether the text is HTML or XML source.
fn is_markup(text: &str) -> bool {
    let mut tags = 0;
    let bytes = text.as_bytes();
    for i in memchr::memmem::find_iter(bytes, b"</") {
        tags += usize::from(bytes.get(i + 2).is_some_and(u8::is_ascii_alphabetic));
        if tags >= TAGS {
            return true;
        }
    }
    let head = text.trim_start().as_bytes();
    [&b"<!doctype"[..], b"<html", b"<?xml"]
        .iter()
        .any(|m| head.len() >= m.len() && head[..m.len()].eq_ignore_ascii_case(m))
}

/// Whether the entity stands alone between quotes or backticks.
fn is_quoted(text: &str, span: ByteSpan) -> bool {
    let before = text[..span.start].chars().next_back();
    let after = text[span.end..].chars().next();
    matches!(
        (before, after),
        (Some('"'), Some('"'))
            | (Some('\''), Some('\''))
            | (Some('`'), Some('`'))
            | (Some('“'), Some('”'))
            | (Some('‘'), Some('’'))
    ) || before == Some('`')
        || after == Some('`')
}

fn line_of(text: &str, at: usize) -> &str {
    // A line without end is looked at for as long as a paragraph, so that the cost stays linear.
    let floor = text.floor_char_boundary(at.saturating_sub(400));
    let ceiling = text.floor_char_boundary((at + 400).min(text.len()));
    let start = text[floor..at].rfind('\n').map_or(floor, |i| floor + i + 1);
    let end = text[at..ceiling].find('\n').map_or(ceiling, |i| at + i);
    &text[start..end]
}

/// Whether a line speaks of markup and of escaping: words of `data/decode/entity_talk.tsv`, one of each column.
fn is_about(line: &str) -> bool {
    let has = |column: usize| {
        include_str!("../../../data/decode/entity_talk.tsv")
            .lines()
            .filter_map(|row| row.split('\t').nth(column))
            .filter(|word| !word.is_empty())
            .any(|word| contains_ignoring_case(line, word))
    };
    has(0) && has(1)
}

fn contains_ignoring_case(line: &str, word: &str) -> bool {
    line.as_bytes()
        .windows(word.len())
        .any(|w| w.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether `&name;` is C's "address of", ending a statement.
fn is_address_of(text: &str, span: ByteSpan) -> bool {
    let name = &text[span.start + 1..span.end - 1];
    let before = text[..span.start].trim_end_matches(' ').chars().next_back();
    !name.starts_with('#')
        && !matches!(name, "amp" | "lt" | "gt" | "quot" | "apos" | "nbsp")
        && matches!(before, Some('=' | '(' | ',' | '&' | '!' | '*'))
}

/// Whether putting `<` or `>` here would look like a tag.
fn makes_tag(text: &str, span: ByteSpan, value: &str) -> bool {
    let after = text[span.end..].chars().next();
    let before = text[..span.start].chars().next_back();
    match value {
        "<" => after.is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')),
        ">" => {
            before.is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '"' | '\'' | '-'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::apply;

    fn run(text: &str) -> String {
        let mut out = Vec::new();
        edits(text, "entity", &mut out);
        apply(text, &out)
    }

    #[test]
    fn entities_become_characters_however_often_they_were_escaped() {
        assert_eq!(
            run("Tom &amp; Jerry said &quot;hi&quot;"),
            "Tom & Jerry said \"hi\""
        );
        assert_eq!(run("&amp;amp;quot;deep&amp;quot;"), "\"deep\"");
        assert_eq!(run("caf&eacute; &#8211; it&#x2019;s"), "café – it’s");
        assert_eq!(run("see /?a=1&amp;b=2"), "see /?a=1&b=2");
        assert_eq!(run("5 &lt; 6 &gt; 3"), "5 < 6 > 3");
        assert_eq!(run("it&#146;s"), "it’s");
    }

    #[test]
    fn addresses_code_markup_and_talk_are_left_alone() {
        for text in [
            "http://x.org/?a=1&copy=2&reg=3",
            "p = &reg;",
            "AT&T; R&D; Q&A",
            "<p>a &amp; b</p><p>c</p><p>d</p>",
            "write `&amp;` for an ampersand &mdash; always",
            "In HTML the entity &nbsp; is a no-break space",
            "s.replace(\"&lt;\", \"<\")",
            "&lt;b&gt;bold&lt;/b&gt;",
            "&#0; &#xD800; &unknown;",
        ] {
            assert_eq!(run(text), text);
        }
    }
}
