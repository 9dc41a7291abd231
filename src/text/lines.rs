//! Lines of a text, with their places.

use crate::edit::ByteSpan;

/// A line: what stands between two line feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'t> {
    /// The bytes of the line without its line feed.
    pub span: ByteSpan,
    /// 1-based.
    pub number: usize,
    /// The text of the line without its line feed, untrimmed.
    pub text: &'t str,
}

impl Line<'_> {
    /// Whether the line holds nothing but white space.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// The lines of `text`, in order. A text that ends in a line feed has no empty line behind it; an empty text has none.
pub fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut at = 0;
    let mut number = 0;
    std::iter::from_fn(move || {
        if at >= text.len() {
            return None;
        }
        let end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |i| at + i);
        number += 1;
        let line = Line {
            span: ByteSpan::new(at, end),
            number,
            text: &text[at..end],
        };
        at = end + 1;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_quote_their_spans() {
        let text = "a\n\n b\nc";
        let all: Vec<_> = lines(text).collect();
        assert_eq!(
            all.iter().map(|l| l.text).collect::<Vec<_>>(),
            ["a", "", " b", "c"]
        );
        assert!(all.iter().all(|l| l.span.of(text) == l.text));
        assert_eq!(lines("a\n").count(), 1);
        assert_eq!(lines("").count(), 0);
    }
}
