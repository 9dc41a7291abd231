//! A server's answer as an archive keeps it: status, headers, and a body that may be chunked and packed.

use std::io::Read;

/// A parsed answer.
pub(crate) struct Answer<'b> {
    pub status: Option<u16>,
    headers: Vec<(String, String)>,
    raw: &'b [u8],
}

/// Why a body cannot be had.
pub(crate) enum Broken {
    /// It is larger than may be.
    TooLarge,
    /// It is packed by this, and damaged.
    Coding(&'static str),
}

/// Parts `block` into headers and body; what has no blank line is all headers.
pub(crate) fn parse(block: &[u8]) -> Answer<'_> {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut status = None;
    let mut rest = block;
    let mut first = true;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |i| i + 1);
        let line = rest[..end].trim_ascii_end();
        rest = &rest[end..];
        if line.is_empty() {
            break;
        }
        let text = String::from_utf8_lossy(line);
        if std::mem::take(&mut first) {
            status = text
                .split_ascii_whitespace()
                .nth(1)
                .and_then(|s| s.parse().ok());
        } else if text.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut() {
                value.push(' ');
                value.push_str(text.trim());
            }
        } else if let Some((name, value)) = text.split_once(':') {
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    Answer {
        status,
        headers,
        raw: rest,
    }
}

impl Answer<'_> {
    /// The value of the header called `name`, whatever its case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }

    /// The body as the page's author wrote it, of at most `limit` bytes.
    ///
    /// Many archives undo chunks and packing themselves and leave the headers that name them: what does not begin as it
    /// should is taken for such a body.
    pub(crate) fn body(&self, limit: u64) -> Result<Vec<u8>, Broken> {
        let chunked = self
            .get("Transfer-Encoding")
            .is_some_and(|t| t.to_ascii_lowercase().contains("chunked"));
        let body = chunked.then(|| unchunk(self.raw)).flatten();
        let mut body = body.unwrap_or_else(|| self.raw.to_vec());
        let codings = self.get("Content-Encoding").unwrap_or_default();
        // The last one named was put on last.
        for coding in codings.rsplit(',') {
            body = match coding.trim().to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" if body.starts_with(b"\x1f\x8b") => {
                    let unpacked = flate2::read::MultiGzDecoder::new(&body[..]);
                    read(unpacked, limit)?.ok_or(Broken::Coding("gzip"))?
                }
                "deflate" => {
                    // The standard means zlib; some servers send what is inside of it alone.
                    match read(flate2::read::ZlibDecoder::new(&body[..]), limit)? {
                        Some(unpacked) => unpacked,
                        None => read(flate2::read::DeflateDecoder::new(&body[..]), limit)?
                            .filter(|b| !b.is_empty())
                            .unwrap_or(body),
                    }
                }
                "br" => match read(
                    brotli_decompressor::Decompressor::new(&body[..], 1 << 14),
                    limit,
                )? {
                    Some(unpacked) => unpacked,
                    None => body,
                },
                _ => body,
            };
        }
        if body.len() as u64 > limit {
            return Err(Broken::TooLarge);
        }
        Ok(body)
    }
}

/// All that `stream` gives; `None` where it is damaged.
fn read(stream: impl Read, limit: u64) -> Result<Option<Vec<u8>>, Broken> {
    let mut out = Vec::new();
    match stream.take(limit.saturating_add(1)).read_to_end(&mut out) {
        Ok(_) if out.len() as u64 > limit => Err(Broken::TooLarge),
        Ok(_) => Ok(Some(out)),
        Err(_) => Ok(None),
    }
}

/// The bytes of a chunked body; `None` where it is not chunked. A body cut short gives what there is.
fn unchunk(raw: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    let mut chunks = 0;
    loop {
        let end = memchr::memchr(b'\n', rest.get(..64.min(rest.len()))?);
        let line = match end {
            Some(end) => &rest[..end],
            None if chunks > 0 => return Some(out),
            None => return None,
        };
        let digits = line.split(|b| *b == b';').next()?.trim_ascii();
        let size = std::str::from_utf8(digits)
            .ok()
            .filter(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|d| usize::from_str_radix(d, 16).ok());
        let Some(size) = size else {
            return (chunks > 0).then_some(out);
        };
        rest = &rest[line.len() + 1..];
        if size == 0 {
            return Some(out);
        }
        let now = size.min(rest.len());
        out.extend_from_slice(&rest[..now]);
        rest = &rest[now..];
        rest = rest.strip_prefix(b"\r").unwrap_or(rest);
        rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        chunks += 1;
    }
}

/// The media type of a `Content-Type`, lower case, and the charset it names.
pub(crate) fn media_type(value: &str) -> (String, Option<String>) {
    let mut parts = value.split(';');
    let media = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let charset = parts
        .filter_map(|p| p.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .map(|(_, v)| v.trim().trim_matches(['"', '\'']).to_owned())
        .filter(|v| !v.is_empty());
    (media, charset)
}

/// Whether content of that type is text that people read. What names no type may be.
pub(crate) fn is_text(media: &str) -> bool {
    match media {
        "" | "application/xhtml+xml" | "application/xml" => true,
        "text/css" | "text/javascript" | "text/ecmascript" => false,
        _ => {
            media.starts_with("text/")
                || (media.starts_with("application/") && media.ends_with("+xml"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn body(block: &[u8]) -> Option<Vec<u8>> {
        parse(block).body(1000).ok()
    }

    #[test]
    fn chunks_and_packing_are_undone() {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(b"some text").unwrap();
        let packed = gz.finish().unwrap();
        let (a, b) = packed.split_at(7);
        let mut block =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\ncontent-encoding: gzip\r\n\r\n"
                .to_vec();
        for part in [a, b] {
            block.extend(format!("{:x}\r\n", part.len()).bytes());
            block.extend(part);
            block.extend(b"\r\n");
        }
        block.extend(b"0\r\n\r\n");
        assert_eq!(body(&block).unwrap(), b"some text");
        assert_eq!(parse(&block).status, Some(200));
    }

    #[test]
    fn a_body_that_was_unpacked_already_is_taken_as_it_is() {
        let block =
            b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Encoding: gzip\n\nplain words";
        assert_eq!(body(block).unwrap(), b"plain words");
    }

    #[test]
    fn a_small_body_that_unpacks_to_much_is_too_large() {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        zlib.write_all(&vec![b'x'; 100_000]).unwrap();
        let mut block = b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n".to_vec();
        block.extend(zlib.finish().unwrap());
        assert!(matches!(parse(&block).body(1000), Err(Broken::TooLarge)));
    }

    #[test]
    fn media_types_are_parted_from_their_charset() {
        let (media, charset) = media_type("Text/HTML; a=b; Charset=\"Shift_JIS\"");
        assert_eq!(
            (media.as_str(), charset.as_deref()),
            ("text/html", Some("Shift_JIS"))
        );
        assert!(is_text(&media) && is_text("application/atom+xml") && is_text(""));
        assert!(!is_text("image/png") && !is_text("application/pdf") && !is_text("text/css"));
    }
}
