//! `entity`: HTML entities left in plain text, also those escaped more than once.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::decode::layers::append;
use crate::edit::{ByteSpan, Edit};

/// Longest entity: `&CounterClockwiseContourIntegral;`.
const LONGEST: usize = 33;
/// Bytes of a line either side of an entity that are looked at: a paragraph.
const REACH: usize = 400;
/// Closing tags from which a text counts as markup, where entities belong.
const TAGS: usize = 3;

/// Appends the edits that replace entities by their characters; as suggestions where the text is about entities.
///
/// **Fires on** `&name;` and `&#number;` with their semicolon, escaped once or more (`&amp;amp;quot;`).
/// **Leaves alone** texts that are markup themselves (they hold tags), texts that talk about entities (an entity in
/// quotes or backticks, on a line that speaks of HTML entities or escapes, or close to its own character between quotes
/// or brackets), lines of markup and of code, what would make a tag (`&lt;b&gt;`), and `&name` in addresses and C code.
pub(in crate::decode) fn edits(text: &str, rule: &'static str, out: &mut Vec<Edit>) {
    if is_markup(text) {
        return;
    }
    let first = out.len();
    // Entities close to one another are asked about together, so that the cost stays linear.
    let (mut about, mut asked, mut foreign) = (false, 0, false);
    let mut tagged = false;
    let mut at = 0;
    while let Some(i) = memchr::memchr(b'&', &text.as_bytes()[at..]) {
        let start = at + i;
        // Beside other references, or what they made, one to a control is a byte of mojibake.
        let in_bytes = matches!(text.as_bytes()[..start].last(), Some(b';' | 0x80..));
        let Some((length, value)) = read(&text[start..], in_bytes) else {
            at = start + 1;
            continue;
        };
        let span = ByteSpan::new(start, start + length);
        at = span.end;
        about = about || is_quoted(text, span);
        if start >= asked {
            let line = line_of(text, start);
            foreign = is_source(line.of(text));
            about = about || is_about(line.of(text)) || names(text, line, &value);
            asked = line.end.min(start + REACH / 4);
        }
        let tag = makes_tag(text, span, &value);
        tagged |= tag;
        if !foreign && !tag && !is_address_of(text, span) {
            append(out, span, &value, rule, 0.98);
        }
    }
    // Half of an escaped tag is no better than the whole of it.
    if tagged {
        let mut kept = out.split_off(first);
        kept.retain(|e| !e.after.contains(['<', '>']));
        out.append(&mut kept);
    }
    if about {
        for edit in &mut out[first..] {
            edit.applied = false;
            edit.confidence = 0.4;
        }
    }
}

/// Whether a line is of markup or of a program: it holds a closing tag or a backslash escape, or ends as statements do.
fn is_source(line: &str) -> bool {
    let bytes = line.as_bytes();
    let pairs = |mark: u8| memchr::memchr_iter(mark, bytes).filter_map(|i| bytes.get(i + 1));
    let tag = memchr::memmem::find_iter(bytes, b"</")
        .any(|i| bytes.get(i + 2).is_some_and(u8::is_ascii_alphabetic));
    let escape = pairs(b'\\').any(|b| matches!(b, b'x' | b'u' | b'n' | b't' | b'r' | b'"' | b'0'));
    let line = line.trim_end();
    let end = line.ends_with(['{', '}'])
        || line.ends_with(");")
        || line.ends_with("\";")
        || line.ends_with("',");
    tag || escape || end
}

/// Whether the character that an entity stands for is itself named around `line`: between quotes or brackets.
fn names(text: &str, line: ByteSpan, value: &str) -> bool {
    let mut chars = value.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else {
        return false;
    };
    let from = crate::text::cut::floor(text, line.start.saturating_sub(REACH));
    let to = crate::text::cut::floor(text, line.end + REACH);
    let around = &text[from..to];
    around.match_indices(c).any(|(i, found)| {
        let before = around[..i].trim_end_matches([' ', '\u{A0}', '\u{202F}']);
        let after = around[i + found.len()..].trim_start_matches([' ', '\u{A0}', '\u{202F}']);
        matches!(
            (before.chars().next_back(), after.chars().next()),
            (Some('('), Some(')'))
                | (Some('['), Some(']'))
                | (Some('"'), Some('"'))
                | (Some('\''), Some('\''))
                | (Some('`'), Some('`' | '\''))
                | (Some('«'), Some('»'))
                | (Some('“' | '„' | '”'), Some('”' | '“'))
                | (Some('‘' | '‚'), Some('’' | '‘'))
                | (Some('「'), Some('」'))
        )
    })
}

/// Length and value of the entity at the start of `text`, unescaped as often as it was escaped. `in_bytes`: C1 controls
/// are values too.
fn read(text: &str, in_bytes: bool) -> Option<(usize, Cow<'_, str>)> {
    let mut length = one(text)?;
    let mut value = htmlize::unescape(&text[..length]);
    if value.starts_with('&') && value.len() > 1 || !is_text(&value, in_bytes) {
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
        if next == inner || !is_text(&next, in_bytes) {
            break;
        }
        length += end + 1;
        value = Cow::Owned(next);
    }
    Some((length, value))
}

fn is_text(value: &str, in_bytes: bool) -> bool {
    value.chars().all(|c| match c {
        '\n' | '\t' => true,
        '\u{80}'..='\u{9F}' => in_bytes,
        _ => !c.is_control() && c != '\u{FFFD}',
    })
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
    let spaced = [' ', '\u{A0}', '\u{202F}'];
    text[..span.start].trim_end_matches(spaced).ends_with('«')
        && text[span.end..].trim_start_matches(spaced).starts_with('»')
        || matches!(
            (before, after),
            (Some('"'), Some('"'))
                | (Some('\''), Some('\''))
                | (Some('`'), Some('`'))
                | (Some('“'), Some('”'))
                | (Some('‘'), Some('’'))
        )
        || before == Some('`')
        || after == Some('`')
}

fn line_of(text: &str, at: usize) -> ByteSpan {
    let floor = crate::text::cut::floor(text, at.saturating_sub(REACH));
    let ceiling = crate::text::cut::floor(text, (at + REACH).min(text.len()));
    let start = text[floor..at].rfind('\n').map_or(floor, |i| floor + i + 1);
    let end = text[at..ceiling].find('\n').map_or(ceiling, |i| at + i);
    ByteSpan::new(start, end)
}

/// Words of `data/decode/entity_talk.tsv`: of markup, and of escaping.
static TALK: LazyLock<[Option<AhoCorasick>; 2]> = LazyLock::new(|| {
    [0, 1].map(|column| {
        let words = include_str!("../../../data/decode/entity_talk.tsv")
            .lines()
            .filter_map(|row| row.split('\t').nth(column))
            .filter(|word| !word.is_empty());
        let mut builder = AhoCorasick::builder();
        builder.ascii_case_insensitive(true).build(words).ok()
    })
});

/// Whether a line speaks of markup and of escaping.
fn is_about(line: &str) -> bool {
    TALK.iter()
        .all(|words| words.as_ref().is_some_and(|w| w.is_match(line)))
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
            "// <code>[Box]&lt;dyn [Error]&gt;</code>",
            "[Box]&lt;dyn [Error]&gt; or [Arc]&lt; T &gt;",
            "    b\"\\xC1&#128169;\\xF4\",",
            "assert_eq!(title(page), \"R&amp;D today\");",
            "The ampersand (&) has to be\nrewritten as &amp;.  Note that",
            "« & » doit être réécrit sous\n  forme « &amp; ». Notez que",
        ] {
            assert_eq!(run(text), text);
        }
    }
}
