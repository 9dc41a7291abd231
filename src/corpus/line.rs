//! A record that is a stretch of a text file: its bytes as they stand, and where the text's literal stands in them.
//!
//! Writing the record with another text replaces the literal and nothing else, so that all other fields come through
//! byte for byte; how the literal was written ([`Escapes`]) is kept for giving it back as it was.

use std::ops::Range;
use std::sync::Arc;

use super::format::csv::{self, Header};
use super::json_text::Escapes;

/// A record of JSONL, CSV or TSV as it stands in its file.
#[derive(Clone, Debug)]
pub struct Line {
    /// All its bytes, line end included.
    pub raw: String,
    /// Where the text's literal stands in it, quotes included.
    pub literal: Range<usize>,
    /// The header above it, where it is one of CSV; else it is JSON.
    pub header: Option<Arc<Header>>,
}

impl Line {
    /// How the literal, which stands for `text`, was written.
    pub fn habit(&self, text: &str) -> Escapes {
        let literal = &self.raw[self.literal.clone()];
        match &self.header {
            None => Escapes::of(literal, text),
            Some(header) => csv::habit(literal, text, header),
        }
    }

    /// The record with `text` in place of its own, written by `habit`.
    pub fn with(&self, text: &str, habit: &Escapes) -> String {
        let literal = match &self.header {
            None => habit.write(text),
            Some(header) => csv::literal(text, habit, header),
        };
        let (head, tail) = (
            &self.raw[..self.literal.start],
            &self.raw[self.literal.end..],
        );
        format!("{head}{literal}{tail}")
    }
}
