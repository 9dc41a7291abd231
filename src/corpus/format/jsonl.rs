//! JSON lines: one object a line, the text in one of its fields.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::corpus::Reject;
use crate::corpus::json_text::unescape;
use crate::corpus::line::Line;
use crate::corpus::read::{
    Body, Carrier, Content, Place, Raw, Record, Records, Settings, nearest_field,
};

/// Reads a file of JSON lines.
pub(crate) struct JsonReader {
    place: Place,
    stream: Option<BufReader<Box<dyn Read + Send>>>,
    /// Where the line that was read last begins, and where it ends.
    offset: u64,
    end: u64,
    line: u64,
}

impl JsonReader {
    pub(crate) fn new(place: Place, stream: BufReader<Box<dyn Read + Send>>) -> Self {
        Self {
            place,
            stream: Some(stream),
            offset: 0,
            end: 0,
            line: 0,
        }
    }

    fn reject(&self, reason: &str, detail: impl Into<String>) -> Reject {
        self.place.reject(self.offset, reason, detail)
    }

    fn parse(&self, bytes: Vec<u8>) -> Result<Raw, Reject> {
        let number = self.line;
        let settings = &self.place.settings;
        let raw = String::from_utf8(bytes).map_err(|e| {
            let at = e.utf8_error().valid_up_to();
            self.reject(
                "not-utf8",
                format!("line {number}: byte {at} is not UTF-8, which JSON requires"),
            )
        })?;
        let mut json = serde_json::Deserializer::from_str(&raw);
        let picked = Picked::new(settings);
        let picked = picked.deserialize(&mut json).and_then(|picked| {
            json.end()?;
            Ok(picked)
        });
        let picked = picked.map_err(|e| {
            // serde_json counts lines within what it was given, which is always this one.
            let why = e.to_string();
            let why = why.split(" at line ").next().unwrap_or(&why).to_owned();
            self.reject(
                "not-json",
                format!("line {number}, column {}: {why}", e.column()),
            )
        })?;
        let field = &settings.text_field;
        let Some(value) = picked.text else {
            let fields = serde_json::from_str::<Fields>(&raw).map_or_else(|_| Vec::new(), |f| f.0);
            let near = nearest_field(field, fields.iter().map(|(name, _)| name.as_str()));
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
        if text.len() as u64 > settings.max_document {
            return Err(self.place.too_large(self.offset));
        }
        // `get` borrows from the line itself, so the difference of addresses is the place.
        let start = literal.as_ptr() as usize - raw.as_ptr() as usize;
        let literal = start..start + literal.len();
        let id = picked.id.and_then(name_of);
        let url = match picked.url {
            Some(url) => unescape(url.get()),
            None => picked
                .metadata
                .and_then(|m| url_within(m, &settings.url_field)),
        };
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
                        header: None,
                    }),
                )
            }),
        })
    }
}

impl JsonReader {
    /// The next line that is not blank.
    fn line(&mut self) -> Option<Result<Vec<u8>, Reject>> {
        loop {
            self.offset = self.end;
            let stream = self.stream.as_mut()?;
            let mut bytes = Vec::new();
            // A line may hold escapes and other fields besides the text, so it gets some room above the document's limit.
            let limit = self.place.settings.max_document.saturating_mul(2) + (1 << 16);
            let read = match read_line(stream, limit, &mut bytes) {
                Err(e) => {
                    self.stream = None;
                    let at = self.offset + bytes.len() as u64;
                    return Some(Err(self.place.failure(at, &e)));
                }
                Ok(0) => {
                    self.stream = None;
                    return None;
                }
                Ok(n) => n,
            };
            self.line += 1;
            self.end += read;
            if read == limit && bytes.last() != Some(&b'\n') {
                match skip_line(stream) {
                    Ok(0) => {}
                    Ok(n) => {
                        self.end += n;
                        return Some(Err(self.place.too_large(self.offset)));
                    }
                    Err(e) => {
                        self.stream = None;
                        return Some(Err(self.place.failure(self.offset, &e)));
                    }
                }
            }
            if !bytes.trim_ascii().is_empty() {
                return Some(Ok(bytes));
            }
        }
    }
}

impl Records for JsonReader {
    /// The next record that is not a blank line.
    fn next(&mut self) -> Option<Result<Raw, Reject>> {
        Some(self.line()?.and_then(|bytes| self.parse(bytes)))
    }

    fn pass(&mut self) -> Option<u64> {
        Some(self.line()?.map_or(0, |bytes| bytes.len() as u64))
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

/// The fields of a record that its reader looks at, each as it stands; of two of one name the last.
struct Picked<'s, 'r> {
    settings: &'s Settings,
    text: Option<&'r RawValue>,
    id: Option<&'r RawValue>,
    url: Option<&'r RawValue>,
    metadata: Option<&'r RawValue>,
}

impl<'s> Picked<'s, '_> {
    fn new(settings: &'s Settings) -> Self {
        Self {
            settings,
            text: None,
            id: None,
            url: None,
            metadata: None,
        }
    }
}

impl<'r> DeserializeSeed<'r> for Picked<'_, 'r> {
    type Value = Self;

    fn deserialize<D: Deserializer<'r>>(self, deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'r> Visitor<'r> for Picked<'_, 'r> {
    type Value = Self;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What serde_json calls an object.
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'r>>(mut self, mut map: A) -> Result<Self, A::Error> {
        // Names nearly never hold escapes, and then they are borrowed.
        while let Some(Name(name)) = map.next_key()? {
            let value: &RawValue = map.next_value()?;
            // One field may serve for more than one of them.
            if name == self.settings.text_field {
                self.text = Some(value);
            }
            if name == self.settings.id_field {
                self.id = Some(value);
            }
            if name == self.settings.url_field {
                self.url = Some(value);
            }
            if name == "metadata" {
                self.metadata = Some(value);
            }
        }
        Ok(self)
    }
}

/// The name of a field.
#[derive(Deserialize)]
struct Name<'r>(#[serde(borrow)] Cow<'r, str>);

/// The address in the object `metadata`, where datatrove and Dolma keep it.
fn url_within(metadata: &RawValue, field: &str) -> Option<String> {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(metadata.get()).ok()?;
    unescape(fields.get(field)?.get())
}

/// The fields of a JSON object in their order, each value as it stands.
pub(crate) struct Fields(pub Vec<(String, String)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Fields;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Fields, A::Error> {
                let mut fields: Vec<(String, String)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    // The last of two fields of one name counts, as for the reader.
                    fields.retain(|(n, _)| *n != name);
                    fields.push((name, value.get().to_owned()));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Visitor)
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
