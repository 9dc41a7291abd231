//! CSV and TSV with a header: RFC 4180 as people write it.
//!
//! The reader parts a file into records without changing a byte: a record keeps its line end and the blank lines behind
//! it, and knows where each field's literal stands. Fields may be quoted and hold line ends; a quote inside an unquoted
//! field is a character as any other. What a field means is decided as the `csv` crate does, against which it is tested.

use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Format;
use crate::corpus::Reject;
use crate::corpus::json_text::Escapes;
use crate::corpus::line::Line;
use crate::corpus::read::{Body, Carrier, Content, Place, Raw, Record, Records, nearest_field};

/// What parts the fields: one ASCII character that is neither a quote nor a line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Delimiter(u8);

/// Why something is no delimiter.
#[derive(Debug, thiserror::Error)]
#[error("{given:?} is no delimiter: one ASCII character, or tab, comma, semicolon, pipe")]
pub struct NoDelimiter {
    /// As given.
    given: String,
}

impl Delimiter {
    /// Tab.
    pub const TAB: Self = Self(b'\t');
    /// Comma.
    pub const COMMA: Self = Self(b',');

    /// The character.
    pub fn byte(self) -> u8 {
        self.0
    }

    /// What parts the fields of files in `format`, where nobody says otherwise.
    pub fn of(format: Format) -> Self {
        match format {
            Format::Tsv => Self::TAB,
            _ => Self::COMMA,
        }
    }
}

impl std::str::FromStr for Delimiter {
    type Err = NoDelimiter;

    fn from_str(text: &str) -> Result<Self, NoDelimiter> {
        match text.as_bytes() {
            [b] if b.is_ascii() && !matches!(b, b'"' | b'\n' | b'\r') => Ok(Self(*b)),
            b"tab" | b"\\t" => Ok(Self::TAB),
            b"comma" => Ok(Self::COMMA),
            b"semicolon" => Ok(Self(b';')),
            b"pipe" => Ok(Self(b'|')),
            _ => Err(NoDelimiter {
                given: text.to_owned(),
            }),
        }
    }
}

impl TryFrom<String> for Delimiter {
    type Error = NoDelimiter;

    fn try_from(text: String) -> Result<Self, NoDelimiter> {
        text.parse()
    }
}

impl From<Delimiter> for String {
    fn from(delimiter: Delimiter) -> Self {
        char::from(delimiter.0).to_string()
    }
}

/// The first record of a file, which names the fields.
#[derive(Clone, Debug)]
pub struct Header {
    /// All its bytes, byte order mark and line end included.
    pub raw: String,
    /// The names.
    pub names: Vec<String>,
    /// Which of them holds the text.
    pub text: usize,
    /// What parts the fields.
    pub delimiter: u8,
}

/// The literal by which `text` was written: quoted only where it must be, quoted all the same, or something else.
pub(crate) fn habit(literal: &str, text: &str, header: &Header) -> Escapes {
    for habit in [Escapes::Minimal, Escapes::Quoted] {
        if self::literal(text, &habit, header) == literal {
            return habit;
        }
    }
    Escapes::Literal(literal.to_owned())
}

/// `text` as a field of a record under `header`, written by `habit`.
pub(crate) fn literal(text: &str, habit: &Escapes, header: &Header) -> String {
    match habit {
        Escapes::Literal(literal) => literal.clone(),
        Escapes::Quoted => quoted(text),
        _ if must_be_quoted(text, header.delimiter) => quoted(text),
        // A record of one empty field would be a blank line, which is no record.
        _ if text.is_empty() && header.names.len() == 1 => quoted(text),
        _ => text.to_owned(),
    }
}

/// Whether `text` cannot stand in a record without quotes.
pub(crate) fn must_be_quoted(text: &str, delimiter: u8) -> bool {
    text.bytes()
        .any(|b| b == delimiter || matches!(b, b'"' | b'\n' | b'\r'))
}

/// `text` between quotes.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// The text that a field's `literal` stands for.
pub(crate) fn value(literal: &str) -> String {
    let Some(body) = literal.strip_prefix('"') else {
        return literal.to_owned();
    };
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    // Inside the quotes until one that is not doubled; what follows it counts as it stands, as everywhere.
    while let Some(at) = rest.find('"') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                out.push('"');
                rest = after;
            }
            None => break,
        }
    }
    out.push_str(rest);
    out
}

/// Where the scanner is inside a record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    FieldStart,
    Plain,
    Quoted,
    QuoteInQuoted,
    /// Behind the record's carriage return.
    Return,
    /// Behind the record, among blank lines.
    Behind,
}

/// One record, parted from a stream.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    /// All its bytes with its line end and the blank lines behind it.
    pub bytes: Vec<u8>,
    /// Where its fields' literals stand, of the first [`MOST_FIELDS`].
    pub fields: Vec<Range<usize>>,
    /// How many fields there are.
    pub count: usize,
    /// Line ends in it.
    pub lines: u64,
    /// Bytes that were passed over, where it is longer than may be.
    pub beyond: u64,
    /// Whether the stream ended inside quotes.
    pub open: bool,
}

impl Scanned {
    fn field(&mut self, field: Range<usize>) {
        self.count += 1;
        if self.fields.len() < MOST_FIELDS {
            self.fields.push(field);
        }
    }
}

/// Fields of a record whose places are kept, so that memory does not follow a file of nothing but commas.
const MOST_FIELDS: usize = 1 << 16;

/// Reads the next record of at most `limit` bytes from `stream`; a longer one is passed over. `None` behind the last.
pub(crate) fn scan(
    stream: &mut impl BufRead,
    delimiter: u8,
    limit: u64,
) -> io::Result<Option<Scanned>> {
    let mut out = Scanned::default();
    let mut at = At::FieldStart;
    let mut start = 0;
    let mut returned = false;
    loop {
        let buffer = match stream.fill_buf() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        if buffer.is_empty() {
            break;
        }
        let base = out.bytes.len() + out.beyond as usize;
        let mut used = 0;
        while used < buffer.len() {
            let byte = buffer[used];
            let here = base + used;
            at = match (at, byte) {
                (At::Return | At::Behind, b'\n' | b'\r') => At::Behind,
                (At::Return | At::Behind, _) => {
                    take(&mut out, &buffer[..used], limit);
                    stream.consume(used);
                    return Ok(Some(out));
                }
                // Blank lines above the first record.
                (At::FieldStart, b'\n' | b'\r') if out.count == 0 && start == here => {
                    start = here + 1;
                    At::FieldStart
                }
                (At::Quoted, b'"') => At::QuoteInQuoted,
                (At::FieldStart | At::QuoteInQuoted, b'"') | (At::Quoted, _) => At::Quoted,
                (_, b'\n' | b'\r') => {
                    out.field(start..here);
                    if byte == b'\n' {
                        At::Behind
                    } else {
                        At::Return
                    }
                }
                (_, b) if b == delimiter => {
                    out.field(start..here);
                    start = here + 1;
                    At::FieldStart
                }
                _ => At::Plain,
            };
            out.lines += u64::from(byte == b'\r' || (byte == b'\n' && !returned));
            returned = byte == b'\r';
            used += 1;
            if at == At::Plain || at == At::Quoted {
                // Most bytes of a text are none that could end it.
                let rest = &buffer[used..];
                let stop = match at {
                    At::Quoted => memchr::memchr3(b'"', b'\n', b'\r', rest),
                    _ => memchr::memchr3(delimiter, b'\n', b'\r', rest),
                };
                let passed = stop.unwrap_or(rest.len());
                returned &= passed == 0;
                used += passed;
            }
        }
        let n = buffer.len();
        take(&mut out, buffer, limit);
        stream.consume(n);
    }
    let end = out.bytes.len() + out.beyond as usize;
    if end == 0 {
        return Ok(None);
    }
    out.open = at == At::Quoted;
    if !matches!(at, At::Return | At::Behind) && (start < end || out.count > 0) {
        out.field(start..end);
    }
    Ok(Some(out))
}

/// Takes `bytes` over, as far as the limit allows.
fn take(out: &mut Scanned, bytes: &[u8], limit: u64) {
    let room = usize::try_from(limit).unwrap_or(usize::MAX) - out.bytes.len();
    let now = if out.beyond > 0 {
        0
    } else {
        bytes.len().min(room)
    };
    out.bytes.extend_from_slice(&bytes[..now]);
    out.beyond += (bytes.len() - now) as u64;
}

/// What parts the fields of the header `line`: what the settings or the format say, and a semicolon where there is no comma.
pub(crate) fn delimiter_of(line: &[u8], format: Format, set: Option<Delimiter>) -> u8 {
    if let Some(set) = set {
        return set.byte();
    }
    if format == Format::Csv && !is_outside_quotes(line, b',') && is_outside_quotes(line, b';') {
        return b';';
    }
    Delimiter::of(format).byte()
}

/// Whether `wanted` stands in `line` outside quotes.
fn is_outside_quotes(line: &[u8], wanted: u8) -> bool {
    let mut inside = false;
    for &b in line {
        match b {
            b'"' => inside = !inside,
            b'\n' | b'\r' if !inside => return false,
            b if b == wanted && !inside => return true,
            _ => {}
        }
    }
    false
}

/// Reads a file of CSV or TSV.
pub(crate) struct CsvReader {
    place: Place,
    stream: Option<BufReader<Box<dyn Read + Send>>>,
    header: Option<Columns>,
    offset: u64,
    line: u64,
}

/// The header, and which fields are the record's own name and address.
struct Columns {
    header: Arc<Header>,
    id: Option<usize>,
    url: Option<usize>,
}

impl CsvReader {
    pub(crate) fn new(place: Place, stream: BufReader<Box<dyn Read + Send>>) -> Self {
        Self {
            place,
            stream: Some(stream),
            header: None,
            offset: 0,
            line: 1,
        }
    }

    fn reject(&self, reason: &str, detail: impl Into<String>) -> Reject {
        self.place.reject(self.offset, reason, detail)
    }

    /// The bytes a record may have: its text may be all quotes, which are doubled, and has other fields beside it.
    fn limit(&self) -> u64 {
        self.place
            .settings
            .max_document
            .saturating_mul(2)
            .saturating_add(1 << 16)
    }

    fn read_header(&mut self) -> Result<Columns, Reject> {
        let limit = self.limit();
        let Some(stream) = self.stream.as_mut() else {
            return Err(self.reject("empty", "the file holds no header"));
        };
        let delimiter = match stream.fill_buf() {
            Ok(head) => delimiter_of(head, self.place.format, self.place.settings.delimiter),
            Err(e) => return Err(self.place.failure(0, &e)),
        };
        let scanned = match scan(stream, delimiter, limit) {
            Ok(Some(scanned)) => scanned,
            Ok(None) => return Err(self.reject("empty", "the file holds no bytes, so no header")),
            Err(e) => return Err(self.place.failure(0, &e)),
        };
        if scanned.beyond > 0 || scanned.open || scanned.count > scanned.fields.len() {
            return Err(self.reject(
                "no-header",
                "the first record does not end where a header would: a quote is never closed, or it is far too long; is this CSV?",
            ));
        }
        let bytes = scanned.bytes.len() as u64;
        let raw = String::from_utf8(scanned.bytes).map_err(|e| {
            let at = e.utf8_error().valid_up_to();
            self.reject(
                "not-utf8",
                format!("line 1: byte {at} of the header is not UTF-8; convert the file first, as with iconv"),
            )
        })?;
        let names: Vec<String> = scanned
            .fields
            .iter()
            .map(|f| value(raw[f.clone()].trim_start_matches('\u{FEFF}')))
            .collect();
        let find = |wanted: &str| names.iter().position(|n| n == wanted);
        let wanted = &self.place.settings.text_field;
        let Some(text) = find(wanted) else {
            let near = nearest_field(wanted, names.iter().map(String::as_str));
            return Err(self.reject(
                "no-text",
                format!("the header names no column {wanted:?}{near}; name it with --text-field"),
            ));
        };
        let (id, url) = (
            find(&self.place.settings.id_field),
            find(&self.place.settings.url_field),
        );
        self.offset = bytes;
        self.line = 1 + scanned.lines;
        Ok(Columns {
            id,
            url,
            header: Arc::new(Header {
                raw,
                names,
                text,
                delimiter,
            }),
        })
    }

    fn record(&self, scanned: Scanned, columns: &Columns) -> Result<Raw, Reject> {
        let number = self.line;
        if scanned.beyond > 0 {
            return Err(self.place.too_large(self.offset));
        }
        if scanned.open {
            return Err(self.reject(
                "open-quote",
                format!(
                    "line {number}: a quote is opened and never closed; what follows cannot be parted into records"
                ),
            ));
        }
        let raw = String::from_utf8(scanned.bytes).map_err(|e| {
            let at = e.utf8_error().valid_up_to();
            self.reject(
                "not-utf8",
                format!("line {number}: byte {at} of the record is not UTF-8"),
            )
        })?;
        let header = &columns.header;
        if scanned.count != header.names.len() {
            return Err(self.reject(
                "wrong-fields",
                format!(
                    "line {number}: {} fields, where the header names {}; is {:?} what parts them?",
                    scanned.count,
                    header.names.len(),
                    char::from(header.delimiter),
                ),
            ));
        }
        let literal = scanned.fields[header.text].clone();
        let text = value(&raw[literal.clone()]);
        if text.len() as u64 > self.place.settings.max_document {
            return Err(self.place.too_large(self.offset));
        }
        let field = |n: Option<usize>| {
            n.map(|n| value(&raw[scanned.fields[n].clone()]))
                .filter(|v| !v.is_empty())
        };
        let (id, url) = (field(columns.id), field(columns.url));
        Ok(Raw {
            offset: self.offset,
            body: Body::Record(Record {
                content: Content::Text(text),
                id,
                url,
                ..Record::new(
                    number,
                    Carrier::Line(Line {
                        raw,
                        literal,
                        header: Some(header.clone()),
                    }),
                )
            }),
        })
    }
}

impl Records for CsvReader {
    fn next(&mut self) -> Option<Result<Raw, Reject>> {
        self.stream.as_ref()?;
        let columns = match self.header.take() {
            Some(columns) => columns,
            None => match self.read_header() {
                Ok(columns) => columns,
                Err(reject) => {
                    self.stream = None;
                    return Some(Err(reject));
                }
            },
        };
        let limit = self.limit();
        let stream = self.stream.as_mut()?;
        let scanned = match scan(stream, columns.header.delimiter, limit) {
            Ok(Some(scanned)) => scanned,
            Ok(None) => {
                self.stream = None;
                return None;
            }
            Err(e) => {
                self.stream = None;
                return Some(Err(self.place.failure(self.offset, &e)));
            }
        };
        let passed = scanned.bytes.len() as u64 + scanned.beyond;
        let lines = scanned.lines;
        let item = self.record(scanned, &columns);
        self.header = Some(columns);
        self.offset += passed;
        self.line += lines;
        Some(item)
    }
}

/// The literals of all fields of `line`, as values, beside the header's names.
pub(crate) fn fields(line: &Line, header: &Header) -> Vec<(String, String)> {
    let mut bytes = line.raw.as_bytes();
    // It was parted once already, from a stream, so reading it from memory cannot fail.
    let scanned = scan(&mut bytes, header.delimiter, u64::MAX)
        .ok()
        .flatten()
        .unwrap_or_default();
    header
        .names
        .iter()
        .zip(scanned.fields)
        .map(|(name, field)| (name.clone(), value(&line.raw[field])))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::corpus::read::Settings;

    fn all(bytes: &[u8], buffer: usize) -> Vec<Scanned> {
        let mut stream = BufReader::with_capacity(buffer, bytes);
        std::iter::from_fn(|| scan(&mut stream, b',', u64::MAX).unwrap()).collect()
    }

    fn read(bytes: &[u8], settings: Settings) -> Vec<Result<Raw, Reject>> {
        let place = Place::for_test(Format::Csv, settings);
        let stream: Box<dyn Read + Send> = Box::new(io::Cursor::new(bytes.to_vec()));
        let mut reader = CsvReader::new(place, BufReader::new(stream));
        std::iter::from_fn(|| reader.next()).collect()
    }

    #[test]
    fn records_keep_every_byte_and_know_their_lines() {
        let file = b"\xEF\xBB\xBFid,text\r\n1,\"a \"\"b\"\"\nc\"\n\n2,plain\r3,\n";
        let read = read(file, Settings::default());
        let records: Vec<&Record> = read
            .iter()
            .map(|r| match &r.as_ref().unwrap().body {
                Body::Record(record) => record,
                Body::Text(_) => panic!("not a record"),
            })
            .collect();
        let texts: Vec<&str> = records.iter().map(|r| r.content.text().unwrap()).collect();
        assert_eq!(texts, ["a \"b\"\nc", "plain", ""]);
        assert_eq!(
            records.iter().map(|r| r.number).collect::<Vec<_>>(),
            [2, 5, 6]
        );
        let mut whole: Vec<u8> = Vec::new();
        for r in &records {
            let Carrier::Line(line) = &r.carrier else {
                panic!("not a line")
            };
            if whole.is_empty() {
                whole.extend(line.header.as_ref().unwrap().raw.as_bytes());
            }
            let text = r.content.text().unwrap();
            let again = line.with(text, &line.habit(text));
            assert_eq!(again, line.raw);
            whole.extend(again.as_bytes());
        }
        assert_eq!(whole, file);
    }

    #[test]
    fn bad_records_are_rejected_alone() {
        let file = b"id,text\n1,a\n2,b,c\n3,\xFF\n4,d\n5,\"never closed\n6,e\n";
        let read = read(file, Settings::default());
        let reasons: Vec<&str> = read
            .iter()
            .map(|r| r.as_ref().map_or_else(|r| r.reason.as_str(), |_| "ok"))
            .collect();
        assert_eq!(
            reasons,
            ["ok", "wrong-fields", "not-utf8", "ok", "open-quote"]
        );
        assert!(read[1].as_ref().unwrap_err().detail.contains("line 3"));
    }

    #[test]
    fn a_header_without_the_text_is_one_reject() {
        let read = read(b"id,body\n1,a\n2,b\n", Settings::default());
        assert_eq!(read.len(), 1);
        let detail = &read[0].as_ref().unwrap_err().detail;
        assert!(
            detail.contains("body") && detail.contains("--text-field"),
            "{detail}"
        );
    }

    #[test]
    fn semicolons_are_told_by_the_header() {
        let read = read(b"id;text\n1;a, b\n", Settings::default());
        let Body::Record(record) = &read[0].as_ref().unwrap().body else {
            panic!("not a record")
        };
        assert_eq!(record.content.text(), Some("a, b"));
    }

    #[test]
    fn records_longer_than_may_be_are_passed_over() {
        let settings = Settings {
            max_document: 4,
            ..Settings::default()
        };
        let file = format!(
            "text,n\n\"{}\",1\nlong text,2\nok,3\n",
            "x\n".repeat(1 << 16)
        );
        let read = read(file.as_bytes(), settings);
        let reasons: Vec<&str> = read
            .iter()
            .map(|r| r.as_ref().map_or_else(|r| r.reason.as_str(), |_| "ok"))
            .collect();
        assert_eq!(reasons, ["too-large", "too-large", "ok"]);
    }

    proptest! {
        #[test]
        fn fields_are_those_that_the_csv_crate_reads(
            file in prop::collection::vec("[ab,\"\n\r]|\r\n|\"\"", 0..24),
            buffer in 1usize..9,
        ) {
            let file = file.concat();
            let ours: Vec<Vec<String>> = all(file.as_bytes(), buffer)
                .iter()
                .map(|s| {
                    s.fields
                        .iter()
                        .map(|f| value(std::str::from_utf8(&s.bytes[f.clone()]).unwrap()))
                        .collect()
                })
                .filter(|r: &Vec<String>| !r.is_empty())
                .collect();
            let theirs: Vec<Vec<String>> = ::csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(file.as_bytes())
                .records()
                .map(|r| r.unwrap().iter().map(str::to_owned).collect())
                .collect();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn no_byte_is_lost(file in prop::collection::vec("[ab,\"\n\r]", 0..24), buffer in 1usize..9) {
            let file = file.concat();
            let bytes: Vec<u8> = all(file.as_bytes(), buffer).into_iter().flat_map(|s| s.bytes).collect();
            prop_assert_eq!(bytes, file.as_bytes());
        }

        #[test]
        fn any_text_comes_back(text in any::<String>(), quoted in any::<bool>()) {
            let header = Header { raw: String::new(), names: vec!["text".into()], text: 0, delimiter: b',' };
            let habit = if quoted { Escapes::Quoted } else { Escapes::Minimal };
            let written = literal(&text, &habit, &header);
            prop_assert_eq!(value(&written), text.clone());
            prop_assert_eq!(literal(&text, &self::habit(&written, &text, &header), &header), written);
        }
    }
}
