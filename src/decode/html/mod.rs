//! Pages of HTML: which texts are some, and how they become the lines that a reader sees.
//!
//! A page's text is what a browser shows without style sheets: blocks on lines of their own, a blank line around
//! paragraphs, headings, lists and tables, cells parted by tabs, no bullets; scripts, styles, forms' choices and hidden
//! elements left out. Every stretch of markup that goes is an edit, so the page can be had back to the bit.
//!
//! Limits: style sheets are not read, so what only they hide is shown; text that scripts make is not there.

mod attributes;
mod facts;
mod flatten;
mod marks;
mod tags;
#[cfg(test)]
mod tests;

use crate::document::{Metadata, Structure};
use crate::edit::{ByteSpan, EditLog, StageName};
use crate::stage::SetupError;
use marks::ClassWords;

/// Bytes at the start of a text in which it must show that it is a page.
const SNIFF: usize = 4096;

/// What a page says beside its text.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Markup {
    /// The tree around the lines.
    pub structure: Structure,
    /// What the page tells of itself: title, author, date, site, section, address, language.
    pub metadata: Metadata,
}

/// Reads pages.
#[derive(Debug)]
pub(super) struct Reader {
    words: ClassWords,
}

impl Reader {
    pub(super) fn new() -> Result<Self, SetupError> {
        Ok(Self {
            words: ClassWords::load()?,
        })
    }

    /// Pushes the edits that make text of the page in `log`. `None` and no edit where the parser gives up.
    pub(super) fn read(&self, log: &mut EditLog, rule: &'static str) -> Option<Markup> {
        let flat = flatten::flatten(log.text(), &self.words, rule)?;
        log.push(StageName::Decode, flat.edits);
        Some(Markup {
            structure: flat.structure,
            metadata: flat.facts.metadata(),
        })
    }
}

/// Whether `text` is a page of HTML by its beginning: a document type, or one of the elements that a page begins with.
///
/// A byte order mark, white space, comments and an XML declaration may stand before. What a document is called does not
/// matter here.
pub fn is_page(text: &str) -> bool {
    let head = &text[..crate::text::cut::floor(text, SNIFF)];
    let mut rest = head.trim_start_matches('\u{FEFF}').trim_start();
    loop {
        let end = if rest.starts_with("<!--") {
            "-->"
        } else if rest.starts_with("<?") {
            ">"
        } else {
            break;
        };
        let Some((_, behind)) = rest.split_once(end) else {
            return false;
        };
        rest = behind.trim_start();
    }
    let begins = |name: &str| {
        rest.get(..name.len())
            .is_some_and(|r| r.eq_ignore_ascii_case(name))
            && rest[name.len()..].starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/')
    };
    begins("<!doctype html") || begins("<html") || begins("<head") || begins("<body")
}

/// What a reader sees of a stretch of markup, which may begin and end anywhere between tags: for showing what an edit of a
/// page has taken out.
pub fn shown(markup: &str) -> String {
    // Class names do not change what is shown.
    let reader = Reader {
        words: ClassWords::default(),
    };
    let mut log = EditLog::new(markup.to_owned());
    reader.read(&mut log, crate::edit::MARKUP);
    log.text().trim_end_matches('\n').to_owned()
}

/// Whether `text` holds a tag at all: what a file must that is called a page.
pub(super) fn has_tag(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'<', bytes).any(|i| bytes.get(i + 1).is_some_and(u8::is_ascii_alphabetic))
}

impl Structure {
    /// Makes [`lines`](Self::lines) those of the text in `log`, one for each that is not blank, by where they come from.
    ///
    /// Rules that ran after the markup was read may have taken lines out or joined some.
    pub fn follow(&mut self, log: &EditLog) {
        let mut lines = Vec::with_capacity(self.lines.len());
        let mut at = 0;
        for line in log.text().split_inclusive('\n') {
            let blank = line.len() - line.trim_start().len();
            let first = line.trim_start().chars().next().map_or(0, char::len_utf8);
            if first > 0 {
                let start = at + blank;
                let source = log.to_source(ByteSpan::new(start, start + first)).start;
                let n = self.lines.partition_point(|l| l.source <= source);
                lines.push(n.checked_sub(1).map(|i| self.lines[i]).unwrap_or_default());
            }
            at += line.len();
        }
        self.lines = lines;
    }
}
