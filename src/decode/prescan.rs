//! The encoding that an HTML or XML document declares about itself near its beginning.
//!
//! Source: "prescan a byte stream to determine its encoding" of the HTML standard,
//! <https://html.spec.whatwg.org/multipage/parsing.html#prescan-a-byte-stream-to-determine-its-encoding>.

use super::codec::Codec;
use super::wide::Width;

/// Bytes that are looked at. Browsers prescan 1,024 and change their mind when a declaration comes later; both are one
/// here, for as far as a head goes.
const REACH: usize = 16_384;

/// The declared encoding: that of an XML declaration, or of the first `meta` element that names one that is known.
///
/// As the standard asks, a declaration of UTF-16 that can be read as ASCII means UTF-8.
pub(super) fn declared(bytes: &[u8]) -> Option<Codec> {
    let bytes = &bytes[..bytes.len().min(REACH)];
    let found = xml(bytes).or_else(|| meta(bytes))?;
    let codec = by_label(found)?;
    Some(match codec {
        Codec::Wide(Width::Utf16Le | Width::Utf16Be) => Codec::UTF_8,
        Codec::Web(e) if e == encoding_rs::X_USER_DEFINED => Codec::Web(encoding_rs::WINDOWS_1252),
        other => other,
    })
}

/// The encoding in `<?xml … encoding="…"?>`.
fn xml(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(b"<?xml")?;
    let rest = &rest[..memchr::memchr(b'>', rest)?];
    let at = memchr::memmem::find(rest, b"encoding")? + b"encoding".len();
    let rest = trim(&rest[at..]).strip_prefix(b"=")?;
    let rest = trim(rest);
    let quote = *rest.first().filter(|q| matches!(q, b'"' | b'\''))?;
    let rest = &rest[1..];
    Some(&rest[..memchr::memchr(quote, rest)?])
}

fn meta(bytes: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(b"<!--") {
            // The end may share its hyphens with the beginning: `<!-->` is a comment.
            at += 2 + memchr::memmem::find(&rest[2..], b"-->")? + 3;
        } else if starts_with_tag(rest, b"<meta") {
            let mut tag = Attributes { bytes, at: at + 6 };
            if let Some(found) = meta_charset(&mut tag) {
                return Some(found);
            }
            at = tag.at.max(at + 6);
        } else if rest[0] == b'<' && rest.get(1).is_some_and(u8::is_ascii_alphabetic)
            || rest.starts_with(b"</") && rest.get(2).is_some_and(u8::is_ascii_alphabetic)
        {
            let name = rest.iter().position(|b| is_space(*b) || *b == b'>')?;
            let mut tag = Attributes {
                bytes,
                at: at + name,
            };
            while tag.next().is_some() {}
            at = tag.at + 1;
        } else if rest.starts_with(b"<!") || rest.starts_with(b"</") || rest.starts_with(b"<?") {
            at += memchr::memchr(b'>', rest)? + 1;
        } else {
            at += 1 + memchr::memchr(b'<', &rest[1..])?;
        }
    }
    None
}

fn starts_with_tag(rest: &[u8], tag: &[u8]) -> bool {
    rest.len() > tag.len()
        && rest[..tag.len()].eq_ignore_ascii_case(tag)
        && (is_space(rest[tag.len()]) || rest[tag.len()] == b'/')
}

/// The charset that one `meta` element names, if it names a known one.
fn meta_charset<'b>(tag: &mut Attributes<'b>) -> Option<&'b [u8]> {
    let (mut pragma, mut charset, mut needs_pragma) = (false, None, None);
    let mut seen: [bool; 3] = [false; 3];
    for (name, value) in tag.by_ref() {
        if name.eq_ignore_ascii_case(b"http-equiv") && !std::mem::replace(&mut seen[0], true) {
            pragma |= value.eq_ignore_ascii_case(b"content-type");
        } else if name.eq_ignore_ascii_case(b"content") && !std::mem::replace(&mut seen[1], true) {
            if charset.is_none()
                && let Some(found) = in_content(value)
            {
                charset = Some(found);
                needs_pragma = Some(true);
            }
        } else if name.eq_ignore_ascii_case(b"charset") && !std::mem::replace(&mut seen[2], true) {
            charset = Some(value);
            needs_pragma = Some(false);
        }
    }
    if needs_pragma? && !pragma {
        return None;
    }
    let found = charset?;
    by_label(found).map(|_| found)
}

/// The encoding of a label as it stands in a document: with a stray quote it is none.
fn by_label(label: &[u8]) -> Option<Codec> {
    let label = std::str::from_utf8(label).ok()?;
    (!label.contains(['"', '\''])).then(|| Codec::for_label(label))?
}

/// The encoding in the `content` attribute: `text/html; charset=…`.
fn in_content(value: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    loop {
        let rest = &value[at..];
        let here = rest
            .windows(7)
            .position(|w| w.eq_ignore_ascii_case(b"charset"))?;
        at += here + 7;
        let Some(rest) = trim(&value[at..]).strip_prefix(b"=") else {
            continue;
        };
        let rest = trim(rest);
        let quote = *rest.first()?;
        return if matches!(quote, b'"' | b'\'') {
            memchr::memchr(quote, &rest[1..]).map(|end| &rest[1..=end])
        } else {
            let end = rest
                .iter()
                .position(|b| is_space(*b) || *b == b';')
                .unwrap_or(rest.len());
            Some(&rest[..end])
        };
    }
}

/// The attributes of a tag, as the standard's "get an attribute" reads them.
struct Attributes<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Iterator for Attributes<'b> {
    type Item = (&'b [u8], &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while self.peek().is_some_and(|b| is_space(b) || b == b'/') {
            self.at += 1;
        }
        if self.peek()? == b'>' {
            return None;
        }
        let start = self.at;
        loop {
            match self.peek()? {
                b'=' if self.at > start => break,
                b'/' | b'>' => return Some((&self.bytes[start..self.at], b"")),
                b if is_space(b) => break,
                _ => self.at += 1,
            }
        }
        let name = &self.bytes[start..self.at];
        self.skip_space();
        if self.peek()? != b'=' {
            return Some((name, b""));
        }
        self.at += 1;
        self.skip_space();
        let quote = self.peek()?;
        if matches!(quote, b'"' | b'\'') {
            let from = self.at + 1;
            let end = from
                + memchr::memchr(quote, self.bytes.get(from..)?).or_else(|| {
                    self.at = self.bytes.len();
                    None
                })?;
            self.at = end + 1;
            return Some((name, &self.bytes[from..end]));
        }
        let from = self.at;
        while self.peek().is_some_and(|b| !is_space(b) && b != b'>') {
            self.at += 1;
        }
        self.peek()?;
        Some((name, &self.bytes[from..self.at]))
    }
}

impl Attributes<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }
}

fn is_space(b: u8) -> bool {
    matches!(b, b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

fn trim(bytes: &[u8]) -> &[u8] {
    let start = bytes
        .iter()
        .position(|b| !is_space(*b))
        .unwrap_or(bytes.len());
    &bytes[start..]
}

#[cfg(test)]
#[path = "prescan_tests.rs"]
mod tests;
