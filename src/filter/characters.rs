//! Classes of characters as Python, spaCy and datatrove know them, and Python's ways of cutting text.
//!
//! The rules of the presets were written in Python, whose white space, letters and digits are not quite those of
//! Rust; where a threshold is near, the difference shows. The classes stand in `data/filter/english.tsv`.

use crate::edit::ByteSpan;
use crate::stage::SetupError;

/// The classes, one bit each, in the order of [`NAMES`].
pub(super) mod class {
    /// Letters of spaCy's classes.
    pub(crate) const ALPHA: u32 = 1;
    /// Lower-case letters of spaCy's.
    pub(crate) const LOWER: u32 = 1 << 1;
    /// Upper-case letters of spaCy's.
    pub(crate) const UPPER: u32 = 1 << 2;
    /// Split off the front of a word.
    pub(crate) const PREFIX: u32 = 1 << 3;
    /// Split off the end of a word.
    pub(crate) const SUFFIX: u32 = 1 << 4;
    /// Signs of currencies.
    pub(crate) const CURRENCY: u32 = 1 << 5;
    /// Always a token of its own.
    pub(crate) const INFIX: u32 = 1 << 6;
    /// A full stop behind one of these is split off the end.
    pub(crate) const DOT_BEFORE: u32 = 1 << 7;
    /// A full stop between one of these and one of the next parts a word.
    pub(crate) const INNER_DOT_BEFORE: u32 = 1 << 8;
    /// See [`INNER_DOT_BEFORE`].
    pub(crate) const INNER_DOT_AFTER: u32 = 1 << 9;
    /// Ends a sentence, by spaCy's sentencizer.
    pub(crate) const SENTENCE_END: u32 = 1 << 10;
    /// datatrove's `PUNCTUATION_SET`.
    pub(crate) const SYMBOL: u32 = 1 << 11;
    /// datatrove's `TERMINAL_PUNCTUATION`.
    pub(crate) const TERMINAL: u32 = 1 << 12;
    /// Unicode category P.
    pub(crate) const PUNCTUATION: u32 = 1 << 13;
    /// Python's `isalpha`.
    pub(crate) const LETTER: u32 = 1 << 14;
    /// Python's `isalnum`.
    pub(crate) const ALPHANUMERIC: u32 = 1 << 15;
    /// Python's `isdigit`.
    pub(crate) const DIGIT: u32 = 1 << 16;
}

/// The names of the classes in the data file, by bit.
const NAMES: [&str; 17] = [
    "alpha",
    "lower",
    "upper",
    "prefix",
    "suffix",
    "currency",
    "infix",
    "dot-before",
    "inner-dot-before",
    "inner-dot-after",
    "sentence-end",
    "symbol",
    "terminal",
    "punctuation",
    "letter",
    "alphanumeric",
    "digit",
];

/// Characters below this stand in a table of 256 KiB: the Basic Multilingual Plane.
const TABLED: usize = 0x1_0000;

/// Which character is in which class.
pub(super) struct Classes {
    table: Vec<u32>,
    /// Beyond the table: first, last, bits; a character may stand in several.
    beyond: Vec<(u32, u32, u32)>,
}

impl Classes {
    /// No character is in any class.
    pub(super) fn new() -> Self {
        Self {
            table: vec![0; TABLED],
            beyond: Vec::new(),
        }
    }

    /// Takes over a row of the data file: the name of a class and its ranges of hexadecimal scalar values.
    pub(super) fn add(&mut self, name: &str, ranges: &str) -> Result<(), &'static str> {
        let bit = NAMES
            .iter()
            .position(|n| *n == name)
            .map(|at| 1u32 << at)
            .ok_or("not the name of a class")?;
        for range in ranges.split_ascii_whitespace() {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let number = |text| u32::from_str_radix(text, 16).map_err(|_| "not a range");
            let (first, last) = (number(first)?, number(last)?);
            for code in first..=last.min(TABLED as u32 - 1) {
                self.table[code as usize] |= bit;
            }
            if last >= TABLED as u32 {
                self.beyond.push((first.max(TABLED as u32), last, bit));
            }
        }
        Ok(())
    }

    /// Whether each class got characters.
    pub(super) fn complete(&self) -> bool {
        self.table.iter().fold(0, |all, bits| all | bits) == (1 << NAMES.len()) - 1
    }

    /// The classes of `c`.
    #[inline]
    pub(super) fn of(&self, c: char) -> u32 {
        match self.table.get(c as usize) {
            Some(bits) => *bits,
            None => self
                .beyond
                .iter()
                .filter(|(first, last, _)| (*first..=*last).contains(&(c as u32)))
                .fold(0, |all, (.., bit)| all | bit),
        }
    }

    /// Whether `c` is in one of `classes`.
    #[inline]
    pub(super) fn is(&self, c: char, classes: u32) -> bool {
        self.of(c) & classes != 0
    }
}

/// For a malformed row of one of the filters' data files.
pub(super) fn malformed(file: &str, line: usize, problem: &str) -> SetupError {
    SetupError::Data {
        name: format!("filter/{file}"),
        line,
        problem: problem.to_owned(),
    }
}

/// Python's `str.isspace` of one character: white space of Unicode and the four separators of ASCII.
#[inline]
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Python's `str.strip`.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Python's `str.split` without arguments.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|w| !w.is_empty())
}

/// Number of scalar values, Python's `len`.
pub(super) fn length(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().count()
    }
}

/// `count` in `whole`; 0 of nothing.
pub(super) fn share(count: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        count as f64 / whole as f64
    }
}

/// A line with the mark that ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Without the mark.
    pub content: ByteSpan,
    /// With it.
    pub whole: ByteSpan,
}

/// What makes a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breaks {
    /// Line feeds only, as `text.split("\n")`; a text that ends in one has an empty line behind it.
    Feeds,
    /// All that `str.splitlines` breaks at; no empty line behind the last break.
    Python,
}

/// The lines of `text`.
pub(super) fn lines(text: &str, breaks: Breaks) -> Vec<Line> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut push = |start: usize, end: usize, next: usize| {
        out.push(Line {
            content: ByteSpan::new(start, end),
            whole: ByteSpan::new(start, next),
        });
    };
    if breaks == Breaks::Feeds {
        for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
            push(start, end, end + 1);
            start = end + 1;
        }
        push(start, text.len(), text.len());
        return out;
    }
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !is_break(c) {
            continue;
        }
        let mut next = at + c.len_utf8();
        if c == '\r' && chars.next_if(|(_, c)| *c == '\n').is_some() {
            next += 1;
        }
        push(start, at, next);
        start = next;
    }
    if start < text.len() {
        push(start, text.len(), text.len());
    }
    out
}

/// Whether Python's `splitlines` breaks at `c`.
fn is_break(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// `text` in lower case in `out`.
pub(super) fn lower(text: &str, out: &mut String) {
    out.clear();
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
    } else {
        // Not `chars::push_lower`: a sigma that ends a word has a form of its own, in Python too.
        out.push_str(&text.to_lowercase());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, breaks: Breaks) -> Vec<&str> {
        lines(text, breaks)
            .iter()
            .map(|l| l.content.of(text))
            .collect()
    }

    #[test]
    fn lines_are_those_of_python() {
        assert_eq!(cut("a\nb\n", Breaks::Feeds), ["a", "b", ""]);
        assert_eq!(cut("", Breaks::Feeds), [""]);
        assert_eq!(
            cut("a\r\nb\rc\u{2028}d\u{b}\n", Breaks::Python),
            ["a", "b", "c", "d", ""]
        );
        assert_eq!(cut("", Breaks::Python), Vec::<&str>::new());
        let text = "a\r\nb";
        let whole: String = lines(text, Breaks::Python)
            .iter()
            .map(|l| l.whole.of(text))
            .collect();
        assert_eq!(whole, text);
    }

    #[test]
    fn white_space_is_that_of_python() {
        assert_eq!(strip("\u{1f} a\u{a0}"), "a");
        assert_eq!(split(" a\u{1c}b  c").collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
