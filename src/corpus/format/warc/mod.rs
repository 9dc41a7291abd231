//! WARC, the format of web archives, and WET, its form with the text of pages: versions 0.17 to 1.1.
//!
//! Documents are the payloads of `response` records (what the server sent, its packing undone), of `resource` and of
//! `conversion` records; `warcinfo`, `request`, `metadata`, `revisit` and what else there may be are passed over and
//! counted. A record whose length is wrong costs that record alone: reading goes on at the next line that begins one.

pub(crate) mod http;
pub(crate) mod write;

use std::io::{self, Read};

use memchr::memmem::Finder;

use crate::corpus::Reject;
use crate::corpus::json_text::escape;
use crate::corpus::read::{Body, Carrier, Content, Payload, Place, Raw, Record, Records};
use crate::corpus::row::{Names, Row};

/// What a WARC file says about a record.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The header's fields in their order.
    pub fields: Vec<(String, String)>,
    /// Type of the payload's content, without parameters, lower case.
    pub content_type: Option<String>,
    /// Status of the server's answer, where there was one.
    pub status: Option<u16>,
}

impl Head {
    /// The value of the field called `name`, whatever its case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }

    /// The record's name, without the brackets around it.
    fn id(&self) -> Option<String> {
        self.get("WARC-Record-ID").map(|id| bare(id).to_owned())
    }

    /// Fields for another format: name, address, time of fetching, text, and what else is known.
    pub(crate) fn row(&self, names: &Names) -> Row {
        let or_null =
            |value: Option<&str>| value.map_or_else(|| "null".to_owned(), |v| escape(v, false));
        let mut metadata = Vec::new();
        if let Some(kind) = self.get("WARC-Type") {
            metadata.push(format!("\"warc_type\":{}", escape(kind, false)));
        }
        if let Some(kind) = &self.content_type {
            metadata.push(format!("\"content_type\":{}", escape(kind, false)));
        }
        if let Some(status) = self.status {
            metadata.push(format!("\"http_status\":{status}"));
        }
        Row {
            fields: vec![
                (names.id.clone(), or_null(self.id().as_deref())),
                (
                    names.url.clone(),
                    or_null(self.get("WARC-Target-URI").map(bare)),
                ),
                ("date".to_owned(), or_null(self.get("WARC-Date"))),
                (names.text.clone(), String::new()),
                ("metadata".to_owned(), format!("{{{}}}", metadata.join(","))),
            ],
            text: 3,
        }
    }
}

/// `value` without the angle brackets that some writers put around names and addresses.
fn bare(value: &str) -> &str {
    value
        .strip_prefix('<')
        .and_then(|v| v.strip_suffix('>'))
        .unwrap_or(value)
}

/// Bytes of a record's header at most.
const MOST_HEADER: usize = 1 << 20;
/// Bytes beside the document that its block may hold: the headers of the server's answer, and what chunks add.
const MOST_BESIDE: u64 = 1 << 20;
/// Bytes read at a time while looking for the next record.
const STEP: usize = 1 << 16;

/// Reads a WARC file.
pub(crate) struct WarcReader {
    place: Place,
    source: Source,
    number: u64,
    skipped: u64,
    ended: bool,
}

impl WarcReader {
    pub(crate) fn new(place: Place, stream: Box<dyn Read + Send>) -> Self {
        Self {
            place,
            source: Source {
                stream,
                held: Vec::new(),
                at: 0,
                base: 0,
                ended: false,
            },
            number: 0,
            skipped: 0,
            ended: false,
        }
    }

    /// The document of the next record, which begins where the source stands, if it is one.
    fn record(&mut self) -> Result<Option<Raw>, Problem> {
        let start = self.source.offset();
        self.number += 1;
        let head = self.head(start)?;
        let length: u64 = head
            .get("Content-Length")
            .and_then(|n| n.trim().parse().ok())
            .ok_or_else(|| {
                Problem::Record(self.place.reject(
                    start,
                    "bad-record",
                    format!(
                        "the record at byte {start} has no Content-Length; read on at the next one"
                    ),
                ))
            })?;
        let kind = head
            .get("WARC-Type")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let is_document = match kind.as_str() {
            "resource" | "conversion" => true,
            // Answers of name servers are kept as responses too.
            "response" => !head
                .get("Content-Type")
                .is_some_and(|t| t.to_ascii_lowercase().starts_with("text/dns")),
            _ => false,
        };
        let limit = self.place.settings.max_document.saturating_add(MOST_BESIDE);
        if length > limit {
            self.source.pass(length)?;
            self.check_end(start)?;
            return if is_document {
                Err(Problem::Document(self.place.too_large(start)))
            } else {
                Ok(None)
            };
        }
        let block = self.block(start, length as usize)?;
        if !is_document {
            return Ok(None);
        }
        self.document(start, &kind, head, block)
            .map(Some)
            .map_err(Problem::Document)
    }

    /// The header of the record at `start`, up to the blank line.
    fn head(&mut self, start: u64) -> Result<Head, Problem> {
        let mut head = Head::default();
        // The version, which was looked at already.
        self.source.line(MOST_HEADER)?;
        let mut room = MOST_HEADER;
        loop {
            let line = self.source.line(room)?;
            let Some(line) = line.filter(|_| room > 0) else {
                return Err(Problem::Record(self.place.reject(
                    start,
                    "truncated",
                    format!("the header of the record at byte {start} does not end; fetch the file again"),
                )));
            };
            room = room.saturating_sub(line.len());
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\r', '\n']);
            if text.is_empty() {
                return Ok(head);
            }
            if text.starts_with([' ', '\t']) {
                if let Some((_, value)) = head.fields.last_mut() {
                    value.push(' ');
                    value.push_str(text.trim());
                }
            } else if let Some((name, value)) = text.split_once(':') {
                head.fields
                    .push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
    }

    /// The block of `length` bytes of the record at `start`, if it ends where it should.
    fn block(&mut self, start: u64, length: usize) -> Result<Vec<u8>, Problem> {
        let begin = self.source.offset();
        let whole = self.source.fill(length)? >= length;
        if whole {
            let block = self.source.held[self.source.at..self.source.at + length].to_vec();
            self.source.at += length;
            // What is looked at behind the block must not let go of it.
            if self.source.is_between_records()? {
                return Ok(block);
            }
            self.source.back_to(begin);
        }
        if self.source.seek_record()? {
            let next = self.source.offset();
            return Err(Problem::Told(self.place.reject(
                start,
                "bad-length",
                format!(
                    "the record at byte {start} is not as long as its Content-Length says; read on at byte {next}"
                ),
            )));
        }
        Err(Problem::Told(self.place.reject(
            start,
            "truncated",
            format!("the file ends in the middle of the record at byte {start}; fetch it again"),
        )))
    }

    /// Whether a record follows, or nothing, behind one that was passed over.
    fn check_end(&mut self, start: u64) -> Result<(), Problem> {
        if self.source.is_between_records()? {
            return Ok(());
        }
        self.source.seek_record()?;
        let next = self.source.offset();
        Err(Problem::Told(self.place.reject(
            start,
            "bad-length",
            format!(
                "the record at byte {start} is not as long as its Content-Length says; read on at byte {next}"
            ),
        )))
    }

    /// The document in `block`.
    fn document(
        &self,
        start: u64,
        kind: &str,
        mut head: Head,
        block: Vec<u8>,
    ) -> Result<Raw, Reject> {
        let declared = head.get("Content-Type").unwrap_or_default().to_owned();
        let limit = self.place.settings.max_document;
        let is_answer = kind == "response"
            && (declared.is_empty()
                || declared
                    .to_ascii_lowercase()
                    .starts_with("application/http"))
            && block.starts_with(b"HTTP/");
        let (content_type, bytes) = if is_answer {
            let answer = http::parse(&block);
            let bytes = match answer.body(limit) {
                Ok(bytes) => bytes,
                Err(http::Broken::TooLarge) => return Err(self.place.too_large(start)),
                Err(http::Broken::Coding(coding)) => {
                    return Err(self.place.reject(
                        start,
                        "corrupt",
                        format!("what the server packed by {coding} cannot be unpacked; fetch the page again"),
                    ));
                }
            };
            head.status = answer.status;
            (
                answer.get("Content-Type").unwrap_or_default().to_owned(),
                bytes,
            )
        } else {
            (declared, block)
        };
        let (media, charset) = http::media_type(&content_type);
        if !http::is_text(&media) {
            return Err(self.place.reject(
                start,
                "not-text",
                format!("the record at byte {start} holds {media}, which is no text"),
            ));
        }
        if bytes.len() as u64 > limit {
            return Err(self.place.too_large(start));
        }
        if bytes.is_empty() {
            return Err(self.place.reject(
                start,
                "empty",
                format!("the record at byte {start} holds no bytes"),
            ));
        }
        let page = media == "text/html" || media == "application/xhtml+xml";
        head.content_type = Some(media).filter(|m| !m.is_empty());
        let mut record = Record {
            content: Content::Bytes(Payload {
                bytes,
                charset,
                page,
            }),
            id: head.id(),
            url: head.get("WARC-Target-URI").map(|u| bare(u).to_owned()),
            date: head.get("WARC-Date").map(str::to_owned),
            ..Record::new(self.number, Carrier::Warc(Box::default()))
        };
        if let Some(media) = &head.content_type {
            record.extra.insert("content_type".into(), media.clone());
        }
        if let Some(status) = head.status {
            record
                .extra
                .insert("http_status".into(), status.to_string());
        }
        if let Some(date) = &record.date {
            record.extra.insert("warc_date".into(), date.clone());
        }
        record.carrier = Carrier::Warc(Box::new(head));
        Ok(Raw {
            offset: start,
            body: Body::Record(record),
        })
    }
}

/// Why a record is no document.
enum Problem {
    /// Its payload cannot be used; the next record follows.
    Document(Reject),
    /// It is no proper record; the next one must be looked for.
    Record(Reject),
    /// The same, and it was looked for.
    Told(Reject),
    /// The file cannot be read on.
    File(io::Error),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

/// What stands next in the file.
enum Step {
    Document(Box<Raw>),
    /// A record that is none.
    Passed,
    End,
}

impl WarcReader {
    fn step(&mut self) -> Result<Step, Problem> {
        if !self.source.is_between_records()? {
            let start = self.source.offset();
            let found = self.source.seek_record()?;
            let next = self.source.offset();
            let on = if found {
                format!("read on at byte {next}")
            } else {
                "none follows; is this WARC?".to_owned()
            };
            return Err(Problem::Told(self.place.reject(
                start,
                "not-warc",
                format!("no record begins at byte {start}; {on}"),
            )));
        }
        if self.source.fill(1)? == 0 {
            return Ok(Step::End);
        }
        self.source.forget();
        Ok(match self.record()? {
            Some(document) => Step::Document(Box::new(document)),
            None => Step::Passed,
        })
    }
}

impl Records for WarcReader {
    fn next(&mut self) -> Option<Result<Raw, Reject>> {
        while !self.ended {
            match self.step() {
                Ok(Step::Document(raw)) => return Some(Ok(*raw)),
                Ok(Step::Passed) => self.skipped += 1,
                Ok(Step::End) => self.ended = true,
                Err(Problem::Document(reject) | Problem::Told(reject)) => return Some(Err(reject)),
                Err(Problem::Record(reject)) => {
                    if self.source.seek_record().is_err() {
                        self.ended = true;
                    }
                    return Some(Err(reject));
                }
                Err(Problem::File(e)) => {
                    self.ended = true;
                    return Some(Err(self.place.failure(self.source.offset(), &e)));
                }
            }
        }
        None
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }
}

/// A stream of which a part is held, so that reading can go back in it.
struct Source {
    stream: Box<dyn Read + Send>,
    held: Vec<u8>,
    /// Where reading stands in what is held.
    at: usize,
    /// Offset of the first held byte.
    base: u64,
    ended: bool,
}

impl Source {
    /// Offset of the next byte.
    fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Holds `wanted` bytes from here on, if there are so many; how many there are.
    fn fill(&mut self, wanted: usize) -> io::Result<usize> {
        while self.held.len() - self.at < wanted && !self.ended {
            let room = (wanted - (self.held.len() - self.at)).max(STEP);
            let before = self.held.len();
            let read = (&mut self.stream)
                .take(room as u64)
                .read_to_end(&mut self.held)?;
            debug_assert_eq!(self.held.len(), before + read);
            self.ended = read == 0;
        }
        Ok(self.held.len() - self.at)
    }

    /// Lets go of what was read.
    fn forget(&mut self) {
        if self.at >= STEP {
            self.held.drain(..self.at);
            self.base += self.at as u64;
            self.at = 0;
            // A large record does not keep its memory.
            self.held.shrink_to(4 * STEP);
        }
    }

    /// Goes back to `offset`, from where on everything is still held.
    fn back_to(&mut self, offset: u64) {
        debug_assert!(offset >= self.base, "only what is held can be read again");
        self.at = (offset - self.base) as usize;
    }

    /// The next line with its end, of at most `most` bytes; `None` where it does not end within them.
    fn line(&mut self, most: usize) -> io::Result<Option<Vec<u8>>> {
        let mut looked = 0;
        loop {
            let there = self.fill(looked + 1)?.min(most);
            let held = &self.held[self.at..self.at + there];
            if let Some(end) = memchr::memchr(b'\n', &held[looked.min(there)..]) {
                let line = held[..=looked + end].to_vec();
                self.at += line.len();
                return Ok(Some(line));
            }
            if there == most || there <= looked {
                return Ok(None);
            }
            looked = there;
        }
    }

    /// Passes `length` bytes, or what there is.
    fn pass(&mut self, length: u64) -> io::Result<()> {
        let held = (self.held.len() - self.at) as u64;
        if length <= held {
            self.at += length as usize;
            return Ok(());
        }
        self.base += self.held.len() as u64;
        self.held.clear();
        self.at = 0;
        let rest = length - held;
        let passed = io::copy(&mut (&mut self.stream).take(rest), &mut io::sink())?;
        self.base += passed;
        self.ended = passed < rest;
        Ok(())
    }

    /// Passes blank lines; whether a record or nothing follows.
    fn is_between_records(&mut self) -> io::Result<bool> {
        self.skip_blank()?;
        let there = self.fill(7)?;
        let next = &self.held[self.at..self.at + there.min(7)];
        // A version cut by the end of the file is one too, whose record is then truncated.
        let is_cut = there < 7 && (b"WARC/1.".starts_with(next) || b"WARC/0.".starts_with(next));
        Ok(is_cut || begins_record(next))
    }

    fn skip_blank(&mut self) -> io::Result<()> {
        while self.fill(1)? > 0 && matches!(self.held[self.at], b'\r' | b'\n') {
            self.at += 1;
        }
        Ok(())
    }

    /// Goes to the next line that begins a record, or to the end; whether there is one.
    fn seek_record(&mut self) -> io::Result<bool> {
        let finder = Finder::new(b"\nWARC/");
        loop {
            let there = self.fill(STEP)?;
            let held = &self.held[self.at..];
            match finder.find(held) {
                Some(found) if held.len() < found + 8 && !self.ended => {
                    // Cut by the end of what is held.
                    self.at += found;
                    self.fill(STEP)?;
                }
                Some(found) => {
                    let begins = begins_record(&held[found + 1..]);
                    self.at += found + 1;
                    if begins {
                        return Ok(true);
                    }
                }
                None if self.ended && there < STEP => {
                    self.at = self.held.len();
                    return Ok(false);
                }
                None => {
                    self.at = self.held.len() - 6;
                    self.forget();
                }
            }
        }
    }
}

/// Whether `bytes` begin with the version of a record that can be read.
fn begins_record(bytes: &[u8]) -> bool {
    bytes.starts_with(b"WARC/1.") || bytes.starts_with(b"WARC/0.")
}

#[cfg(test)]
mod tests;
