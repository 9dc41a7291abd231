//! One input, document by document.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::inputs::Input;
use super::json_text::unescape;
use super::{Format, Reject};
use crate::text::hash::{hash, seed};

/// How records are read. In `limpid.toml` the table `[input]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// How documents stand in files: by their name (`.jsonl` and `.ndjson` hold records) unless set. Default: by name.
    pub format: Option<Format>,
    /// Field of a JSONL record that holds the text. Default `text`.
    pub text_field: String,
    /// Field of a JSONL record that names it in the run folder's files, where it has one. Default `id`.
    pub id_field: String,
    /// Field of a JSONL record that holds the page's address, where it has one. Default `url`.
    pub url_field: String,
    /// Bytes a document may have, unpacked; larger ones are rejected. Default 256 MiB, at most 4 GiB less one byte.
    pub max_document: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            format: None,
            text_field: "text".into(),
            id_field: "id".into(),
            url_field: "url".into(),
            max_document: 256 << 20,
        }
    }
}

/// A document as it stands in its input, not yet decoded.
#[derive(Clone, Debug)]
pub struct Raw {
    /// Byte offset of the document in the unpacked input.
    pub offset: u64,
    /// What it is made of.
    pub body: Body,
}

/// The bytes of a document.
#[derive(Clone, Debug)]
pub enum Body {
    /// The file.
    Text(Vec<u8>),
    /// A record and where its text stands.
    Record(Record),
}

/// One JSONL line.
#[derive(Clone, Debug)]
pub struct Record {
    /// The line with its line end, as it stands.
    pub line: String,
    /// Where the text's literal stands in it, quotes included.
    pub literal: Range<usize>,
    /// The text.
    pub text: String,
    /// 1-based line number.
    pub number: u64,
    /// The record's own name.
    pub id: Option<String>,
    /// The page's address.
    pub url: Option<String>,
}

impl Raw {
    /// Bytes held, for batching.
    pub fn bytes(&self) -> usize {
        match &self.body {
            Body::Text(bytes) => bytes.len(),
            Body::Record(r) => r.line.len() + r.text.len(),
        }
    }

    /// XXH3 of the document's own bytes.
    pub(crate) fn digest(&self) -> u64 {
        match &self.body {
            Body::Text(bytes) => hash(bytes, seed::TEXT),
            Body::Record(r) => hash(r.text.as_bytes(), seed::TEXT),
        }
    }
}

/// Reads one input. An iterator of documents and rejects; after a failure of the file itself it ends.
pub struct Reader<'i> {
    input: &'i Input,
    settings: &'i Settings,
    stream: Option<BufReader<Box<dyn Read + Send + 'i>>>,
    offset: u64,
    line: u64,
}

impl<'i> Reader<'i> {
    /// Opens `input`.
    ///
    /// # Errors
    /// When it cannot be opened: the reject that stands for it.
    pub fn open(input: &'i Input, settings: &'i Settings) -> Result<Self, Reject> {
        let raw: Box<dyn Read + Send> = if input.is_stdin() {
            Box::new(io::stdin())
        } else {
            let file = File::open(&input.source).map_err(|e| failure(input, 0, &e))?;
            Box::new(file)
        };
        Self::over(input, settings, raw)
    }

    /// Reads `input` from `raw`, whatever its source says: for standard input that was kept in a file.
    ///
    /// # Errors
    /// When it cannot be unpacked: the reject that stands for it.
    pub fn over(
        input: &'i Input,
        settings: &'i Settings,
        raw: Box<dyn Read + Send>,
    ) -> Result<Self, Reject> {
        let stream = input
            .compression
            .reader(raw)
            .map_err(|e| failure(input, 0, &e))?;
        Ok(Self {
            input,
            settings,
            stream: Some(BufReader::with_capacity(1 << 18, stream)),
            offset: 0,
            line: 0,
        })
    }

    fn reject(&self, reason: &str, detail: impl Into<String>) -> Reject {
        Reject::new(&self.input.path, self.offset, reason, detail)
    }

    /// The whole input as one document.
    fn whole(&mut self) -> Option<Result<Raw, Reject>> {
        let stream = self.stream.take()?;
        let mut bytes =
            Vec::with_capacity(self.input.bytes.min(self.settings.max_document) as usize);
        let limit = self.settings.max_document;
        Some(match stream.take(limit + 1).read_to_end(&mut bytes) {
            Err(e) => Err(failure(self.input, bytes.len() as u64, &e)),
            Ok(_) if bytes.len() as u64 > limit => Err(self.too_large()),
            Ok(_) if bytes.is_empty() => Err(self.reject("empty", "the file holds no bytes")),
            Ok(_) => Ok(Raw {
                offset: 0,
                body: Body::Text(bytes),
            }),
        })
    }

    fn too_large(&self) -> Reject {
        let limit = self.settings.max_document;
        self.reject(
            "too-large",
            format!("more than {limit} bytes unpacked; raise --max-document if it is meant"),
        )
    }

    /// The next record that is not a blank line.
    fn record(&mut self) -> Option<Result<Raw, Reject>> {
        loop {
            let stream = self.stream.as_mut()?;
            let mut bytes = Vec::new();
            // A line may hold escapes and other fields besides the text, so it gets some room above the document's limit.
            let limit = self.settings.max_document.saturating_mul(2) + (1 << 16);
            let read = match read_line(stream, limit, &mut bytes) {
                Err(e) => {
                    self.stream = None;
                    return Some(Err(failure(
                        self.input,
                        self.offset + bytes.len() as u64,
                        &e,
                    )));
                }
                Ok(0) => {
                    self.stream = None;
                    return None;
                }
                Ok(n) => n,
            };
            self.line += 1;
            let mut skipped = 0;
            if read == limit && bytes.last() != Some(&b'\n') {
                match skip_line(stream) {
                    Ok(n) => skipped = n,
                    Err(e) => {
                        let reject = failure(self.input, self.offset, &e);
                        self.stream = None;
                        return Some(Err(reject));
                    }
                }
            }
            let item = if skipped > 0 {
                Some(Err(self.too_large()))
            } else if bytes.trim_ascii().is_empty() {
                None
            } else {
                Some(self.parse(bytes))
            };
            self.offset += read + skipped;
            if item.is_some() {
                return item;
            }
        }
    }

    fn parse(&self, bytes: Vec<u8>) -> Result<Raw, Reject> {
        let number = self.line;
        let line = String::from_utf8(bytes).map_err(|e| {
            let at = e.utf8_error().valid_up_to();
            self.reject(
                "not-utf8",
                format!("line {number}: byte {at} is not UTF-8, which JSON requires"),
            )
        })?;
        let fields: BTreeMap<String, &RawValue> = serde_json::from_str(&line).map_err(|e| {
            // serde_json counts lines within what it was given, which is always this one.
            let why = e.to_string();
            let why = why.split(" at line ").next().unwrap_or(&why).to_owned();
            self.reject(
                "not-json",
                format!("line {number}, column {}: {why}", e.column()),
            )
        })?;
        let field = &self.settings.text_field;
        let Some(value) = fields.get(field) else {
            let near = nearest_field(field, fields.keys().map(String::as_str));
            return Err(self.reject(
                "no-text",
                format!("line {number}: no field {field:?}{near}; name it with --text-field"),
            ));
        };
        let literal = value.get();
        let Some(text) = unescape(literal) else {
            return Err(self.reject(
                "no-text",
                format!("line {number}: field {field:?} is not a string"),
            ));
        };
        if text.len() as u64 > self.settings.max_document {
            return Err(self.too_large());
        }
        // `get` borrows from the line itself, so the difference of addresses is the place.
        let start = literal.as_ptr() as usize - line.as_ptr() as usize;
        let literal = start..start + literal.len();
        let id = fields.get(&self.settings.id_field).and_then(|v| name_of(v));
        let url = fields
            .get(&self.settings.url_field)
            .and_then(|v| unescape(v.get()));
        Ok(Raw {
            offset: self.offset,
            body: Body::Record(Record {
                line,
                literal,
                text,
                number,
                id,
                url,
            }),
        })
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Raw, Reject>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.input.format {
            Format::Text => self.whole(),
            Format::Jsonl => self.record(),
        }
    }
}

/// A record's own name: a string or a number.
fn name_of(value: &RawValue) -> Option<String> {
    let literal = value.get();
    match literal.as_bytes().first()? {
        b'"' => unescape(literal),
        b'0'..=b'9' | b'-' => Some(literal.to_owned()),
        _ => None,
    }
}

fn nearest_field<'f>(wanted: &str, fields: impl Iterator<Item = &'f str>) -> String {
    let mut near: Vec<&str> = fields.collect();
    near.sort_by(|a, b| {
        strsim::jaro_winkler(wanted, b)
            .total_cmp(&strsim::jaro_winkler(wanted, a))
            .then(a.cmp(b))
    });
    match near.as_slice() {
        [] => String::new(),
        names => format!(" (there is {})", names[..names.len().min(4)].join(", ")),
    }
}

/// Reads to the end of the line, at most `limit` bytes, into the empty `line`; returns how many.
///
/// As [`BufRead::read_until`], but most lines lie in the buffer whole and are copied once, at their size.
fn read_line(stream: &mut impl BufRead, limit: u64, line: &mut Vec<u8>) -> io::Result<u64> {
    loop {
        let buffer = match stream.fill_buf() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        let room = usize::try_from(limit - line.len() as u64).unwrap_or(usize::MAX);
        let within = &buffer[..buffer.len().min(room)];
        let end = memchr::memchr(b'\n', within).map(|i| i + 1);
        let n = end.unwrap_or(within.len());
        line.extend_from_slice(&within[..n]);
        stream.consume(n);
        if end.is_some() || n == 0 {
            return Ok(line.len() as u64);
        }
    }
}

/// Reads on to the end of the line; returns the bytes passed.
fn skip_line(stream: &mut impl BufRead) -> io::Result<u64> {
    let mut passed = 0;
    loop {
        let buffer = stream.fill_buf()?;
        if buffer.is_empty() {
            return Ok(passed);
        }
        let end = memchr::memchr(b'\n', buffer).map(|i| i + 1);
        let n = end.unwrap_or(buffer.len());
        stream.consume(n);
        passed += n as u64;
        if end.is_some() {
            return Ok(passed);
        }
    }
}

/// What an I/O error means for the user.
fn failure(input: &Input, offset: u64, error: &io::Error) -> Reject {
    use super::compression::Compression;
    let packed = input.compression != Compression::None;
    let (reason, detail) = match error.kind() {
        io::ErrorKind::PermissionDenied => (
            "permission-denied",
            "the file may not be read; change its mode or run as its owner".to_owned(),
        ),
        io::ErrorKind::NotFound => (
            "gone",
            "the file was there when the run began and is not any more".to_owned(),
        ),
        io::ErrorKind::UnexpectedEof if packed => (
            "truncated",
            format!(
                "the packed file ends in the middle, after {offset} unpacked bytes; fetch it again"
            ),
        ),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other
            if packed =>
        {
            let why = error.to_string();
            if why.contains("incomplete frame") {
                (
                    "truncated",
                    format!(
                        "the packed file ends in the middle, after {offset} unpacked bytes; fetch it again"
                    ),
                )
            } else {
                (
                    "corrupt",
                    format!("cannot be unpacked after {offset} bytes ({why}); fetch it again"),
                )
            }
        }
        _ => ("cannot-be-read", error.to_string()),
    };
    Reject::new(&input.path, offset, reason, detail)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::compression::Compression;
    use super::*;

    fn read(
        format: Format,
        compression: Compression,
        bytes: &[u8],
        settings: &Settings,
    ) -> Vec<Result<Raw, Reject>> {
        let input = Input {
            source: PathBuf::from("memory"),
            path: "memory".into(),
            format,
            compression,
            bytes: bytes.len() as u64,
        };
        let bytes = bytes.to_vec();
        Reader::over(&input, settings, Box::new(io::Cursor::new(bytes)))
            .map_or_else(|r| vec![Err(r)], Iterator::collect)
    }

    #[test]
    fn records_know_where_their_text_stands() {
        let lines =
            b"{\"id\":7,\"text\":\"a\\u00e9\\nb\",\"x\":{\"text\":1}}\r\n\n{\"text\":\"c\"}";
        let all = read(
            Format::Jsonl,
            Compression::None,
            lines,
            &Settings::default(),
        );
        assert_eq!(all.len(), 2);
        let Ok(Raw {
            offset: 0,
            body: Body::Record(r),
        }) = &all[0]
        else {
            panic!("{:?}", all[0])
        };
        assert_eq!(
            (r.text.as_str(), r.id.as_deref(), r.number),
            ("aé\nb", Some("7"), 1)
        );
        assert_eq!(&r.line[r.literal.clone()], "\"a\\u00e9\\nb\"");
        let Ok(Raw {
            offset,
            body: Body::Record(r),
        }) = &all[1]
        else {
            panic!("{:?}", all[1])
        };
        assert_eq!((*offset as usize, r.number), (lines.len() - 12, 3));
    }

    #[test]
    fn a_bad_line_is_rejected_alone_and_named() {
        let lines =
            b"{\"text\":\"a\"}\n{oops\n{\"txt\":\"b\"}\n{\"text\":3}\n\xff\n{\"text\":\"c\"}\n";
        let all = read(
            Format::Jsonl,
            Compression::None,
            lines,
            &Settings::default(),
        );
        let reasons: Vec<&str> = all
            .iter()
            .map(|r| r.as_ref().map_or_else(|r| r.reason.as_str(), |_| "ok"))
            .collect();
        assert_eq!(
            reasons,
            ["ok", "not-json", "no-text", "no-text", "not-utf8", "ok"]
        );
        let detail = &all[2].as_ref().unwrap_err().detail;
        assert!(
            detail.contains("line 3") && detail.contains("txt"),
            "{detail}"
        );
    }

    #[test]
    fn limits_hold() {
        let small = Settings {
            max_document: 4,
            ..Settings::default()
        };
        let all = read(Format::Text, Compression::None, b"12345", &small);
        assert_eq!(all[0].as_ref().unwrap_err().reason, "too-large");
        let long = format!(
            "{{\"text\":\"{}\"}}\n{{\"text\":\"ok\"}}\n",
            "x".repeat(1 << 17)
        );
        let all = read(Format::Jsonl, Compression::None, long.as_bytes(), &small);
        assert_eq!(all[0].as_ref().unwrap_err().reason, "too-large");
        assert!(all[1].is_ok());
    }

    #[test]
    fn a_truncated_archive_is_told_from_a_broken_one() {
        use std::io::Write as _;
        for kind in [Compression::Gzip, Compression::Zstd] {
            let mut writer = kind.writer(Vec::new()).unwrap();
            for i in 0..5000u32 {
                write!(writer, "{} ", i.wrapping_mul(2_654_435_761)).unwrap();
            }
            let packed = writer.finish().unwrap();
            let cut = read(
                Format::Text,
                kind,
                &packed[..packed.len() / 2],
                &Settings::default(),
            );
            assert_eq!(
                cut[0].as_ref().unwrap_err().reason,
                "truncated",
                "{kind:?}: {:?}",
                cut[0]
            );
            let junk = read(
                Format::Text,
                kind,
                b"not packed at all",
                &Settings::default(),
            );
            assert_eq!(
                junk[0].as_ref().unwrap_err().reason,
                "corrupt",
                "{kind:?}: {:?}",
                junk[0]
            );
        }
    }
}
