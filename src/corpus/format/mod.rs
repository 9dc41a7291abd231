//! The formats in which documents stand in files: how they are told apart, and one module for each that holds records.
//!
//! A format's module reads a file record by record and knows where the text of a record stands, so that writing the
//! same format again changes that place alone. What a record holds beside its text is a [`Row`](super::row::Row) where
//! it is written in another format.

pub mod csv;
pub mod jsonl;
#[cfg(feature = "parquet")]
pub(crate) mod table;
pub mod warc;

use serde::{Deserialize, Serialize};

use super::compression::Compression;

/// How documents stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// One document a file, in any encoding.
    Text,
    /// One JSON object a line, the text in one of its fields.
    Jsonl,
    /// Fields parted by commas (or semicolons) under a header that names them.
    Csv,
    /// The same parted by tabs.
    Tsv,
    /// Rows of a Parquet file.
    Parquet,
    /// Rows of an Arrow IPC file (Feather) or stream.
    Arrow,
    /// Records of a web archive, or of its texts (WET).
    Warc,
}

/// Bytes of a file that [`Format::sniff`] wants to see.
pub const SNIFFED: usize = 8 << 10;

impl Format {
    /// What the ending of a file's name (without that of its packing) says; `None` where it says nothing.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        Some(match ending.to_ascii_lowercase().as_str() {
            "txt" | "text" | "md" | "html" | "htm" | "xhtml" | "xml" => Self::Text,
            "jsonl" | "ndjson" => Self::Jsonl,
            "csv" => Self::Csv,
            "tsv" => Self::Tsv,
            "parquet" | "pq" => Self::Parquet,
            "arrow" | "arrows" | "feather" | "ipc" => Self::Arrow,
            "warc" | "wet" => Self::Warc,
            _ => return None,
        })
    }

    /// What the first bytes of a file say, at most [`SNIFFED`] of them; `None` where they say nothing.
    pub fn sniff(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"WARC/1.") || head.starts_with(b"WARC/0.") {
            return Some(Self::Warc);
        }
        if head.starts_with(b"PAR1") {
            return Some(Self::Parquet);
        }
        if head.starts_with(b"ARROW1") {
            return Some(Self::Arrow);
        }
        first_line_is_object(head).then_some(Self::Jsonl)
    }

    /// The ending of files that limpid writes, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Warc => "warc",
        }
    }

    /// Whether it is one of columns with types, which programs read from its end.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }

    /// Whether files of it are packed inside where `kind` is asked for, column by column, and not as a whole.
    pub fn packs_itself(self, kind: Compression) -> bool {
        match self {
            Self::Parquet => true,
            // Arrow knows no gzip.
            Self::Arrow => kind != Compression::Gzip,
            _ => false,
        }
    }

    /// Whether a file holds any number of documents.
    pub fn holds_records(self) -> bool {
        self != Self::Text
    }

    /// Whether its first bytes tell it from all others.
    pub fn has_magic(self) -> bool {
        match self {
            Self::Text | Self::Jsonl | Self::Csv | Self::Tsv => false,
            Self::Parquet | Self::Arrow | Self::Warc => true,
        }
    }

    /// `name` without the ending that says this format, where it has one.
    pub fn stem(name: &str) -> &str {
        match name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() && Self::of_name(name).is_some() => stem,
            _ => name,
        }
    }
}

/// Whether the first line is a JSON object, or begins as one where it is longer than `head`.
fn first_line_is_object(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let text = text.trim_ascii_start();
    if let Some(end) = memchr::memchr(b'\n', text) {
        return text.first() == Some(&b'{')
            && serde_json::from_slice::<serde::de::IgnoredAny>(&text[..end]).is_ok();
    }
    if head.len() < SNIFFED {
        return text.first() == Some(&b'{')
            && serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok();
    }
    // A line longer than what was looked at: `{"name":` is how records begin.
    let Some(rest) = text.strip_prefix(b"{") else {
        return false;
    };
    let Some(rest) = rest.trim_ascii_start().strip_prefix(b"\"") else {
        return false;
    };
    memchr::memchr(b'"', rest)
        .is_some_and(|end| rest[end + 1..].trim_ascii_start().first() == Some(&b':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_tell_the_format() {
        assert_eq!(Format::of_name("a.JSONL"), Some(Format::Jsonl));
        assert_eq!(Format::of_name("a.tsv"), Some(Format::Tsv));
        assert_eq!(Format::of_name("a.json"), None);
        assert_eq!(Format::of_name("README"), None);
        assert_eq!(Format::stem("a/b.csv"), "a/b");
        assert_eq!(Format::stem("a/b.dat"), "a/b.dat");
    }

    #[test]
    fn a_first_line_that_is_an_object_means_records() {
        assert_eq!(
            Format::sniff(b"{\"text\": \"a\"}\n{\"text\""),
            Some(Format::Jsonl)
        );
        assert_eq!(Format::sniff(b"{\"text\": \"a\"}"), Some(Format::Jsonl));
        assert_eq!(Format::sniff(b"{\n  \"text\": \"a\"\n}\n"), None);
        assert_eq!(Format::sniff(b"{curly} words\n"), None);
        assert_eq!(Format::sniff(b""), None);
        let long = format!("{{ \"text\" : \"{}", "x".repeat(SNIFFED));
        assert_eq!(
            Format::sniff(&long.as_bytes()[..SNIFFED]),
            Some(Format::Jsonl)
        );
    }
}
