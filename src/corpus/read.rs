//! One input, document by document.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::compression::{Compression, Limits, UnpackError};
use super::format::csv::{CsvReader, Delimiter};
use super::format::jsonl::JsonReader;
use super::format::warc::{Head, WarcReader};
use super::inputs::Input;
use super::line::Line;
use super::{Format, Reject};
use crate::text::hash::{hash, seed};

/// How records are read. In `limpid.toml` the table `[input]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// How documents stand in files, whatever their names and first bytes say. Default: what these say.
    pub format: Option<Format>,
    /// Field or column of a record that holds the text. Default `text`.
    pub text_field: String,
    /// Field or column of a record that names it in the run folder's files, where it has one. Default `id`.
    pub id_field: String,
    /// Field or column of a record that holds the page's address, where it has one. Default `url`, or `url` of the field `metadata`.
    pub url_field: String,
    /// What parts the fields of CSV and TSV, one ASCII character. Default: comma or tab by the file's name; a semicolon where
    /// the header holds one and no comma.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<Delimiter>,
    /// Bytes a document may have, unpacked; larger ones are rejected. Default 256 MiB, at most 4 GiB less one byte.
    pub max_document: u64,
    /// Bytes that a packed file, or an archive, may unpack to for each of its own, beyond the first 64 MiB; more is rejected as a
    /// bomb. Default 1000.
    pub max_ratio: u64,
    /// Seconds a document may take, after which it is rejected; results then depend on how fast the machine is. Default 0: any
    /// number.
    pub max_seconds: u64,
}

impl Settings {
    /// Bounds on what a packed file may unpack to.
    pub fn limits(&self) -> Limits {
        Limits::default().with_ratio(self.max_ratio)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            format: None,
            text_field: "text".into(),
            id_field: "id".into(),
            url_field: "url".into(),
            delimiter: None,
            max_document: 256 << 20,
            max_ratio: 1000,
            max_seconds: 0,
        }
    }
}

/// A document as it stands in its input, not yet decoded.
#[derive(Clone, Debug)]
pub struct Raw {
    /// Byte offset of the document in the unpacked input; of a row of a table, how many stand before it.
    pub offset: u64,
    /// What it is made of.
    pub body: Body,
}

/// The bytes of a document.
#[derive(Clone, Debug)]
pub enum Body {
    /// The file.
    Text(Vec<u8>),
    /// A record of a file.
    Record(Record),
}

/// One of a file's documents.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its number, from 1: of the line on which it begins, or of the row or record.
    pub number: u64,
    /// What is to be cleaned.
    pub content: Content,
    /// Its own name.
    pub id: Option<String>,
    /// The page's address.
    pub url: Option<String>,
    /// When it was fetched.
    pub date: Option<String>,
    /// What else its file says about it, by name.
    pub extra: BTreeMap<String, String>,
    /// How it stands in its file.
    pub carrier: Carrier,
}

/// The text of a record, or bytes that must be decoded first.
#[derive(Clone, Debug)]
pub enum Content {
    /// Text: its format fixes the encoding.
    Text(String),
    /// Bytes in an encoding that nobody fixes.
    Bytes(Payload),
}

/// Bytes that hold a document, as they were sent.
#[derive(Clone, Debug, Default)]
pub struct Payload {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The charset that their sender named.
    pub charset: Option<String>,
    /// Whether their sender called them a page of HTML.
    pub page: bool,
}

/// How a record stands in its file.
#[derive(Clone, Debug)]
pub enum Carrier {
    /// As a stretch of text.
    Line(Line),
    /// As a row of a table, whose other columns are read again when it is written.
    Row,
    /// As the payload of a record of a web archive.
    Warc(Box<Head>),
}

impl Record {
    /// An empty record.
    pub(crate) fn new(number: u64, carrier: Carrier) -> Self {
        Self {
            number,
            content: Content::Text(String::new()),
            id: None,
            url: None,
            date: None,
            extra: BTreeMap::new(),
            carrier,
        }
    }
}

impl Content {
    /// The bytes, of a text those of UTF-8.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(payload) => &payload.bytes,
        }
    }

    /// The text, where no decoding is needed.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(_) => None,
        }
    }
}

impl Raw {
    /// Bytes held, for batching.
    pub fn bytes(&self) -> usize {
        match &self.body {
            Body::Text(bytes) => bytes.len(),
            Body::Record(r) => {
                r.content.bytes().len()
                    + match &r.carrier {
                        Carrier::Line(line) => line.raw.len(),
                        Carrier::Row | Carrier::Warc(_) => 0,
                    }
            }
        }
    }

    /// The document's own bytes, of a record those of its text.
    pub fn content(&self) -> &[u8] {
        match &self.body {
            Body::Text(bytes) => bytes,
            Body::Record(record) => record.content.bytes(),
        }
    }

    /// XXH3 of the document's own bytes.
    pub(crate) fn digest(&self) -> u64 {
        hash(self.content(), seed::TEXT)
    }
}

/// What reads the documents of a file in one format.
pub(crate) trait Records: Send {
    /// The next document or reject; after a failure of the file itself `None`.
    fn next(&mut self) -> Option<Result<Raw, Reject>>;

    /// Goes past the next document or reject, without a look at what is in it where that is not needed to find its end. The
    /// bytes passed, about; `None` where there is no more.
    fn pass(&mut self) -> Option<u64> {
        let bytes = |raw: Raw| match raw.body {
            Body::Text(bytes) => bytes.len() as u64,
            Body::Record(record) => record.content.bytes().len() as u64,
        };
        Some(self.next()?.map_or(0, bytes))
    }

    /// Parts of the file passed over so far that are no documents and were not meant to be.
    fn skipped(&self) -> u64 {
        0
    }
}

/// What a reader must know of the file it reads.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub path: String,
    pub format: Format,
    pub compression: Compression,
    /// Bytes on disk, packed; 0 where unknown.
    pub bytes: u64,
    pub settings: Settings,
}

impl Place {
    pub(crate) fn reject(&self, offset: u64, reason: &str, detail: impl Into<String>) -> Reject {
        Reject::new(&self.path, offset, reason, detail)
    }

    pub(crate) fn too_large(&self, offset: u64) -> Reject {
        let limit = self.settings.max_document;
        self.reject(
            offset,
            "too-large",
            format!("more than {limit} bytes unpacked; raise --max-document if it is meant"),
        )
    }

    /// What an I/O error means for the user.
    pub(crate) fn failure(&self, offset: u64, error: &io::Error) -> Reject {
        failure(self, offset, error)
    }

    #[cfg(test)]
    pub(crate) fn for_test(format: Format, settings: Settings) -> Self {
        Self {
            path: "memory".into(),
            format,
            compression: Compression::None,
            bytes: 0,
            settings,
        }
    }
}

/// Reads one input. An iterator of documents and rejects; after a failure of the file itself it ends.
pub struct Reader {
    records: Box<dyn Records>,
}

impl Reader {
    /// Opens `input`.
    ///
    /// # Errors
    /// When it cannot be opened: the reject that stands for it.
    pub fn open(input: &Input, settings: &Settings) -> Result<Self, Reject> {
        if input.is_stdin() {
            return Self::over(input, settings, Box::new(io::stdin()));
        }
        Self::open_at(input, settings, &input.source)
    }

    /// Reads the table in `file`.
    #[cfg(feature = "parquet")]
    fn table(place: Place, file: io::Result<File>) -> Result<Self, Reject> {
        let file = file.map_err(|e| place.failure(0, &e))?;
        Ok(Self {
            records: Box::new(super::format::table::TableReader::new(place, file)?),
        })
    }

    /// Says that this program reads no tables.
    #[cfg(not(feature = "parquet"))]
    #[expect(clippy::needless_pass_by_value, reason = "as the one that reads")]
    fn table(place: Place, _: io::Result<File>) -> Result<Self, Reject> {
        Err(place.reject(
            0,
            "not-supported",
            "this limpid was built without the feature `parquet`; build it with that, or convert the file to JSON lines",
        ))
    }

    /// Opens `input` at `path`, whatever its source says: for what was kept in another file.
    ///
    /// # Errors
    /// When it cannot be opened: the reject that stands for it.
    pub fn open_at(input: &Input, settings: &Settings, path: &Path) -> Result<Self, Reject> {
        #[cfg(feature = "parquet")]
        if input.format.is_table() {
            let file = super::format::table::seekable(path, input.compression);
            return Self::table(place(input, settings), file);
        }
        let file = File::open(path).map_err(|e| place(input, settings).failure(0, &e))?;
        Self::over(input, settings, Box::new(file))
    }

    /// Reads `input` from `raw`, whatever its source says.
    ///
    /// # Errors
    /// When it cannot be unpacked: the reject that stands for it.
    pub fn over(
        input: &Input,
        settings: &Settings,
        raw: Box<dyn Read + Send>,
    ) -> Result<Self, Reject> {
        let place = place(input, settings);
        let stream = input
            .compression
            .reader_within(raw, settings.limits())
            .map_err(|e| place.failure(0, &e))?;
        let stream = BufReader::with_capacity(1 << 18, stream);
        if input.format.is_table() {
            return Self::table(place, kept(stream));
        }
        let records: Box<dyn Records> = match input.format {
            Format::Text => Box::new(Whole {
                place,
                stream: Some(stream),
            }),
            Format::Jsonl => Box::new(JsonReader::new(place, stream)),
            Format::Csv | Format::Tsv => Box::new(CsvReader::new(place, stream)),
            // Done above.
            Format::Parquet | Format::Arrow => unreachable!("tables are read from files"),
            Format::Warc => Box::new(WarcReader::new(place, Box::new(stream))),
        };
        Ok(Self { records })
    }

    /// Parts of the file passed over so far that are no documents and were not meant to be, such as a WARC file's requests.
    pub fn skipped(&self) -> u64 {
        self.records.skipped()
    }

    /// Goes past the next document or reject; the bytes passed, about, or `None` where there is no more.
    pub(crate) fn pass(&mut self) -> Option<u64> {
        self.records.pass()
    }
}

impl Iterator for Reader {
    type Item = Result<Raw, Reject>;

    fn next(&mut self) -> Option<Self::Item> {
        self.records.next()
    }
}

/// All of `stream`, in a file without a name: tables are read from their end.
#[cfg(feature = "parquet")]
fn kept(stream: impl Read) -> io::Result<File> {
    super::format::table::kept(stream)
}

/// No file, since no table is read.
#[cfg(not(feature = "parquet"))]
fn kept(_: impl Read) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

fn place(input: &Input, settings: &Settings) -> Place {
    Place {
        path: input.path.clone(),
        format: input.format,
        compression: input.compression,
        bytes: input.bytes,
        settings: settings.clone(),
    }
}

/// A file that is one document.
struct Whole {
    place: Place,
    stream: Option<BufReader<Box<dyn Read + Send>>>,
}

impl Records for Whole {
    fn next(&mut self) -> Option<Result<Raw, Reject>> {
        let stream = self.stream.take()?;
        let limit = self.place.settings.max_document;
        let mut bytes = Vec::with_capacity(self.place.bytes.min(limit) as usize);
        Some(match stream.take(limit + 1).read_to_end(&mut bytes) {
            Err(e) => Err(self.place.failure(bytes.len() as u64, &e)),
            Ok(_) if bytes.len() as u64 > limit => Err(self.place.too_large(0)),
            Ok(_) if bytes.is_empty() => {
                Err(self.place.reject(0, "empty", "the file holds no bytes"))
            }
            Ok(_) => Ok(Raw {
                offset: 0,
                body: Body::Text(bytes),
            }),
        })
    }
}

/// The fields there are, those most like the one that was wanted first.
pub(crate) fn nearest_field<'f>(wanted: &str, fields: impl Iterator<Item = &'f str>) -> String {
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

/// What an I/O error means for the user.
fn failure(place: &Place, offset: u64, error: &io::Error) -> Reject {
    let packed = place.compression != Compression::None;
    if let Some(unpacking) = UnpackError::of(error) {
        let help = unpacking.help().map_or(String::new(), |h| format!("; {h}"));
        let detail = format!("{unpacking}{help}");
        return Reject::new(&place.path, offset, unpacking.reason(), detail);
    }
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
    place.reject(offset, reason, detail)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

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
            named: None,
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
            (r.content.text(), r.id.as_deref(), r.number),
            (Some("aé\nb"), Some("7"), 1)
        );
        let Carrier::Line(line) = &r.carrier else {
            panic!("{:?}", r.carrier)
        };
        assert_eq!(&line.raw[line.literal.clone()], "\"a\\u00e9\\nb\"");
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
