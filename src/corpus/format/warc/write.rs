//! Records of type `conversion`, which is what WET files hold.

use std::fmt::Write as _;
use std::io::{self, BufRead, Read};

use sha2::{Digest, Sha256};

use super::Head;
use crate::corpus::columns::plain;
use crate::corpus::json_text::escape;
use crate::corpus::row::{Names, Row};

/// What is not copied from the record that was read: it spoke of the bytes that are replaced.
const STALE: [&str; 4] = [
    "Content-Length",
    "WARC-Block-Digest",
    "WARC-Payload-Digest",
    "WARC-Truncated",
];
/// The time of a record that tells none; the format asks for one.
const NO_TIME: &str = "1970-01-01T00:00:00Z";
/// Name of the header that holds, as JSON, the fields for which the format has no header of its own.
const FIELDS: &str = "limpid-Fields";

/// `text` as the record that was converted from the one with `head`.
pub(crate) fn of_warc(head: &Head, text: &str) -> Vec<u8> {
    let is_conversion = head
        .get("WARC-Type")
        .is_some_and(|t| t.eq_ignore_ascii_case("conversion"));
    if is_conversion {
        let fields: Vec<(&str, &str)> = head
            .fields
            .iter()
            .filter(|(n, _)| !STALE.iter().any(|s| s.eq_ignore_ascii_case(n)))
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        return record(&fields, text);
    }
    let original = head.get("WARC-Record-ID").unwrap_or_default();
    let id = uuid(original);
    let mut fields = vec![("WARC-Type", "conversion"), ("WARC-Record-ID", id.as_str())];
    for name in ["WARC-Target-URI", "WARC-Date"] {
        if let Some(value) = head.get(name) {
            fields.push((name, value));
        }
    }
    if !original.is_empty() {
        fields.push(("WARC-Refers-To", original));
    }
    fields.push(("Content-Type", "text/plain"));
    record(&fields, text)
}

/// `text` as a record with what `row` holds beside it, of the document called `name`.
pub(crate) fn of_row(row: &Row, name: &str, names: &Names, text: &str) -> Vec<u8> {
    let value = |wanted: &str| {
        row.fields
            .iter()
            .find(|(n, v)| n == wanted && v.starts_with('"'))
            .map(|(_, v)| one_line(&plain(v)))
    };
    let id = match value(&names.id) {
        Some(id) if id.starts_with("urn:uuid:") => format!("<{id}>"),
        _ => uuid(name),
    };
    let url = value(&names.url);
    let date = ["date", "added", "created"]
        .iter()
        .find_map(|n| value(n).and_then(|v| time(&v)));
    let others: Vec<String> = row
        .fields
        .iter()
        .enumerate()
        .filter(|(i, (n, v))| *i != row.text && !(*n == names.url && v.starts_with('"')))
        // As ASCII, since headers are that where anything else would have to be guessed.
        .map(|(_, (n, v))| format!("{}:{}", escape(n, true), ascii(v)))
        .collect();
    let others = format!("{{{}}}", others.join(","));
    let mut fields = vec![("WARC-Type", "conversion"), ("WARC-Record-ID", id.as_str())];
    if let Some(url) = &url {
        fields.push(("WARC-Target-URI", url));
    }
    fields.push(("WARC-Date", date.as_deref().unwrap_or(NO_TIME)));
    fields.push(("Content-Type", "text/plain"));
    // The reader takes headers of a mebibyte.
    if others.len() > 2 && others.len() < (1 << 19) {
        fields.push((FIELDS, &others));
    }
    record(&fields, text)
}

/// The bytes of the next record of a file that was written here.
pub(crate) fn read_record(file: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut record = Vec::new();
    let mut length = 0u64;
    loop {
        let begin = record.len();
        if file.read_until(b'\n', &mut record)? == 0 {
            return Ok(record);
        }
        let line = String::from_utf8_lossy(&record[begin..]);
        if line.trim().is_empty() {
            break;
        }
        if let Some(n) = line.strip_prefix("Content-Length:") {
            length = n.trim().parse().unwrap_or_default();
        }
    }
    // The block and the two line ends behind it.
    file.take(length + 4).read_to_end(&mut record)?;
    Ok(record)
}

fn record(fields: &[(&str, &str)], text: &str) -> Vec<u8> {
    let mut out = String::with_capacity(text.len() + 512);
    out.push_str("WARC/1.0\r\n");
    for (name, value) in fields {
        out.push_str(name);
        out.push_str(": ");
        out.push_str(value);
        out.push_str("\r\n");
    }
    // Writing into a String cannot fail.
    let _ = write!(out, "Content-Length: {}\r\n\r\n", text.len());
    out.push_str(text);
    out.push_str("\r\n\r\n");
    out.into_bytes()
}

/// The name of the record made of what is called `name`: the same for the same name, since a run's results do not change.
fn uuid(name: &str) -> String {
    let digest = Sha256::digest(format!("limpid conversion {name}").as_bytes());
    let mut b = [0u8; 16];
    b.copy_from_slice(&digest[..16]);
    // Version 8 (own rules) and variant, RFC 9562.
    b[6] = (b[6] & 0x0F) | 0x80;
    b[8] = (b[8] & 0x3F) | 0x80;
    let hex = b.iter().fold(String::new(), |mut hex, b| {
        // As above.
        let _ = write!(hex, "{b:02x}");
        hex
    });
    format!(
        "<urn:uuid:{}-{}-{}-{}-{}>",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// `value` as a time of the format, where it is one: `2024-05-01`, with or without `T12:30:00Z`.
fn time(value: &str) -> Option<String> {
    let shape: String = value
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    match shape.as_str() {
        "0000-00-00" => Some(format!("{value}T00:00:00Z")),
        "0000-00-00T00:00:00Z" => Some(value.to_owned()),
        _ => None,
    }
}

/// `value` without line ends, which would end the header.
fn one_line(value: &str) -> String {
    value.replace(['\r', '\n'], " ")
}

/// The JSON `value` in ASCII and on one line.
fn ascii(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            // Line ends stand between values only; inside strings they are escaped already.
            '\r' | '\n' => out.push(' '),
            c if c.is_ascii() => out.push(c),
            c => {
                let mut units = [0u16; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out
}
