//! Compressed files: told by their name, read and written as streams.

use std::io::{self, BufReader, BufWriter, Read, Write};

use serde::{Deserialize, Serialize};

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, of any number of members.
    Gzip,
    /// Zstandard, of any number of frames.
    Zstd,
}

impl Compression {
    /// What the ending of a file's name says, and the name without it.
    pub fn of_name(name: &str) -> (Self, &str) {
        for (ending, kind) in [
            (".gz", Self::Gzip),
            (".zst", Self::Zstd),
            (".zstd", Self::Zstd),
        ] {
            if let Some(cut) = name.len().checked_sub(ending.len())
                && cut > 0
                && name.is_char_boundary(cut)
                && name[cut..].eq_ignore_ascii_case(ending)
            {
                return (kind, &name[..cut]);
            }
        }
        (Self::None, name)
    }

    /// The ending of files packed so, with its dot; empty where it is not packed.
    pub fn ending(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }

    /// The unpacked bytes of `raw`.
    ///
    /// # Errors
    /// When the decoder cannot be set up.
    pub fn reader<'r>(self, raw: impl Read + Send + 'r) -> io::Result<Box<dyn Read + Send + 'r>> {
        Ok(match self {
            Self::None => Box::new(raw),
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(BufReader::with_capacity(
                1 << 16,
                raw,
            ))),
            Self::Zstd => {
                let mut decoder = zstd::Decoder::new(raw)?;
                // Archives made with `--long=31` need windows of 2 GiB; the memory is only taken where the file asks.
                decoder.window_log_max(31)?;
                Box::new(decoder)
            }
        })
    }

    /// A writer that packs into `raw`; [`PackedWriter::finish`] closes the stream.
    ///
    /// # Errors
    /// When the encoder cannot be set up.
    pub fn writer<W: Write>(self, raw: W) -> io::Result<PackedWriter<W>> {
        let raw = BufWriter::with_capacity(1 << 16, raw);
        Ok(match self {
            Self::None => PackedWriter::Plain(raw),
            Self::Gzip => PackedWriter::Gzip(flate2::write::GzEncoder::new(
                raw,
                flate2::Compression::default(),
            )),
            Self::Zstd => PackedWriter::Zstd(zstd::Encoder::new(raw, 3)?),
        })
    }
}

/// A file being written, packed or plain.
#[non_exhaustive]
pub enum PackedWriter<W: Write> {
    /// As it is.
    Plain(BufWriter<W>),
    /// One gzip member.
    Gzip(flate2::write::GzEncoder<BufWriter<W>>),
    /// One Zstandard frame.
    Zstd(zstd::Encoder<'static, BufWriter<W>>),
}

impl<W: Write> PackedWriter<W> {
    /// Writes what is still held back and the stream's end; gives back the file.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub fn finish(self) -> io::Result<W> {
        let buffered = match self {
            Self::Plain(w) => w,
            Self::Gzip(w) => w.finish()?,
            Self::Zstd(w) => w.finish()?,
        };
        buffered
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
    }
}

impl<W: Write> Write for PackedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(w) => w.write(bytes),
            Self::Gzip(w) => w.write(bytes),
            Self::Zstd(w) => w.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(w) => w.flush(),
            Self::Gzip(w) => w.flush(),
            Self::Zstd(w) => w.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_packing() {
        assert_eq!(
            Compression::of_name("a.txt.gz"),
            (Compression::Gzip, "a.txt")
        );
        assert_eq!(
            Compression::of_name("a.JSONL.ZST"),
            (Compression::Zstd, "a.JSONL")
        );
        assert_eq!(Compression::of_name(".gz"), (Compression::None, ".gz"));
        assert_eq!(Compression::of_name("é"), (Compression::None, "é"));
    }

    #[test]
    fn packed_bytes_come_back() {
        for kind in [Compression::None, Compression::Gzip, Compression::Zstd] {
            let mut writer = kind.writer(Vec::new()).unwrap();
            writer.write_all(b"some bytes").unwrap();
            let packed = writer.finish().unwrap();
            let mut back = Vec::new();
            kind.reader(&packed[..])
                .unwrap()
                .read_to_end(&mut back)
                .unwrap();
            assert_eq!(back, b"some bytes");
        }
    }
}
