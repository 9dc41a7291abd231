//! Compressed files: told by their name or their first bytes, read and written as streams.
//!
//! Every kind is read across concatenated members, as `cat a.gz b.gz` makes them. What is read stays within [`Limits`]:
//! the error that says otherwise carries an [`UnpackError`]. A file that breaks off gives
//! [`UnexpectedEof`](io::ErrorKind::UnexpectedEof), bytes that make no sense [`InvalidData`](io::ErrorKind::InvalidData).

mod limits;
mod lz4;

use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write};

use serde::{Deserialize, Serialize};

pub use limits::{Limits, UnpackError};
pub(crate) use limits::{Meter, Packed};

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
    /// bzip2, of any number of streams.
    Bzip2,
    /// xz, of any number of streams; reading takes at most [`XZ_MEMORY`].
    Xz,
    /// LZ4 frames, any number of them.
    Lz4,
}

/// Bytes of memory that reading one xz file may take. `xz -9` makes files that need 65 MiB.
pub const XZ_MEMORY: u64 = 256 << 20;

/// How hard xz tries.
const XZ_PRESET: u32 = 6;

/// First bytes of a file that [`Compression::of_magic`] needs to tell every kind.
pub const MAGIC_BYTES: usize = 10;

/// Endings of names; the first of a kind is the one that is written.
const ENDINGS: &[(&str, Compression)] = &[
    (".gz", Compression::Gzip),
    (".zst", Compression::Zstd),
    (".zstd", Compression::Zstd),
    (".bz2", Compression::Bzip2),
    (".xz", Compression::Xz),
    (".lz4", Compression::Lz4),
];

impl Compression {
    /// What the ending of a file's name says, and the name without it.
    pub fn of_name(name: &str) -> (Self, &str) {
        for &(ending, kind) in ENDINGS {
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

    /// What a file's first bytes say, at best [`MAGIC_BYTES`] of them: for standard input, and where the name lies.
    ///
    /// [`Compression::None`] when no kind begins so.
    pub fn of_magic(first: &[u8]) -> Self {
        match first {
            // The third byte is the method, of which there is one.
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            // A text may begin with BZh and a digit; what follows in a packed file is π or, when it is empty, √π.
            [
                b'B',
                b'Z',
                b'h',
                b'1'..=b'9',
                0x31,
                0x41,
                0x59,
                0x26,
                0x53,
                0x59,
                ..,
            ]
            | [
                b'B',
                b'Z',
                b'h',
                b'1'..=b'9',
                0x17,
                0x72,
                0x45,
                0x38,
                0x50,
                0x90,
                ..,
            ] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Lz4,
            _ => Self::None,
        }
    }

    /// The ending that names of such files get, with its dot; empty for [`Compression::None`].
    pub fn ending(self) -> &'static str {
        ENDINGS
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(ending, _)| ending)
    }

    /// The unpacked bytes of `raw`, within the default [`Limits`].
    ///
    /// # Errors
    /// When the decoder cannot be set up.
    pub fn reader<'r>(self, raw: impl Read + Send + 'r) -> io::Result<Box<dyn Read + Send + 'r>> {
        self.reader_within(raw, Limits::default())
    }

    /// The unpacked bytes of `raw`; reading fails with an [`UnpackError`] where they exceed `limits`.
    ///
    /// What is not packed is not limited.
    ///
    /// # Errors
    /// When the decoder cannot be set up.
    pub fn reader_within<'r>(
        self,
        raw: impl Read + Send + 'r,
        limits: Limits,
    ) -> io::Result<Box<dyn Read + Send + 'r>> {
        self.metered_reader(raw, &Meter::new(limits))
    }

    /// As [`reader_within`](Self::reader_within), on a meter that others may use too.
    pub(crate) fn metered_reader<'r>(
        self,
        raw: impl Read + Send + 'r,
        meter: &Meter,
    ) -> io::Result<Box<dyn Read + Send + 'r>> {
        if self == Self::None {
            return Ok(Box::new(raw));
        }
        let packed = BufReader::with_capacity(1 << 16, meter.packed(raw));
        let decoder = match self {
            Self::None | Self::Gzip => Decoder::Gzip(flate2::bufread::MultiGzDecoder::new(packed)),
            Self::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(packed)?;
                // Archives made with `--long=31` need windows of 2 GiB; the memory is only taken where the file asks.
                decoder.window_log_max(31)?;
                Decoder::Zstd(decoder)
            }
            Self::Bzip2 => Decoder::Bzip2(bzip2::bufread::MultiBzDecoder::new(packed)),
            Self::Xz => Decoder::Xz(Box::new(lzma_rust2::XzReader::new_mem_limit(
                packed,
                true,
                (XZ_MEMORY >> 10) as u32,
            ))),
            Self::Lz4 => Decoder::Lz4(lz4::Frames::new(packed)),
        };
        Ok(Box::new(Unpacked {
            decoder,
            meter: meter.clone(),
            failed: false,
        }))
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
            Self::Bzip2 => PackedWriter::Bzip2(bzip2::write::BzEncoder::new(
                raw,
                bzip2::Compression::best(),
            )),
            Self::Xz => PackedWriter::Xz(Box::new(lzma_rust2::XzWriter::new(
                raw,
                lzma_rust2::XzOptions::with_preset(XZ_PRESET),
            )?)),
            Self::Lz4 => {
                let mut frame = lz4_flex::frame::FrameInfo::new();
                frame.content_checksum = true;
                PackedWriter::Lz4(Box::new(lz4_flex::frame::FrameEncoder::with_frame_info(
                    frame, raw,
                )))
            }
        })
    }

    /// Appends `text` to `out` as one member, with no more memory than its length asks for.
    pub(crate) fn pack(self, text: &[u8], out: Vec<u8>) -> io::Result<Vec<u8>> {
        if self != Self::Xz {
            let mut writer = self.writer(out)?;
            writer.write_all(text)?;
            return writer.finish();
        }
        let mut options = lzma_rust2::XzOptions::with_preset(XZ_PRESET);
        // An encoder takes some eleven times its window, which need not be wider than the text.
        let window = &mut options.lzma_options.dict_size;
        *window = (*window).min(text.len().next_power_of_two().max(1 << 16) as u32);
        let mut writer = lzma_rust2::XzWriter::new(out, options)?;
        writer.write_all(text)?;
        writer.finish()
    }
}

enum Decoder<R: io::BufRead> {
    Gzip(flate2::bufread::MultiGzDecoder<R>),
    Zstd(zstd::Decoder<'static, R>),
    Bzip2(bzip2::bufread::MultiBzDecoder<R>),
    Xz(Box<lzma_rust2::XzReader<R>>),
    Lz4(lz4::Frames<R>),
}

impl<R: io::BufRead> Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(d) => d.read(buffer),
            Self::Zstd(d) => d.read(buffer),
            Self::Bzip2(d) => d.read(buffer),
            Self::Xz(d) => d.read(buffer),
            Self::Lz4(d) => d.read(buffer),
        }
    }

    /// The decoder's complaint in the words that all kinds share.
    fn translate(&self, error: io::Error) -> io::Error {
        let kind = match (self, error.kind()) {
            (_, ErrorKind::UnexpectedEof) => ErrorKind::UnexpectedEof,
            (Self::Xz(_), ErrorKind::OutOfMemory) => {
                return UnpackError::Memory { limit: XZ_MEMORY }.into();
            }
            (Self::Zstd(_), _) if error.to_string().contains("incomplete frame") => {
                ErrorKind::UnexpectedEof
            }
            _ => ErrorKind::InvalidData,
        };
        if kind == error.kind() {
            return error;
        }
        io::Error::new(kind, error)
    }
}

/// Counts and limits what a decoder gives, and says what went wrong in one way for all of them.
struct Unpacked<R: io::BufRead> {
    decoder: Decoder<R>,
    meter: Meter,
    failed: bool,
}

impl<R: io::BufRead> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The xz decoder takes an empty buffer for the end of its block.
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.failed {
            // Decoders promise nothing about reading on after an error.
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                "reading went on after unpacking had failed",
            ));
        }
        match self.decoder.read(buffer) {
            Ok(n) => {
                self.meter
                    .unpacked(n as u64)
                    .inspect_err(|_| self.failed = true)?;
                Ok(n)
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => Err(e),
            Err(e) => {
                self.failed = true;
                Err(if self.meter.source_failed() {
                    e
                } else {
                    self.decoder.translate(e)
                })
            }
        }
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
    /// One bzip2 stream.
    Bzip2(bzip2::write::BzEncoder<BufWriter<W>>),
    /// One xz stream of one block.
    Xz(Box<lzma_rust2::XzWriter<BufWriter<W>>>),
    /// One LZ4 frame.
    Lz4(Box<lz4_flex::frame::FrameEncoder<BufWriter<W>>>),
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
            Self::Bzip2(w) => w.finish()?,
            Self::Xz(w) => w.finish()?,
            Self::Lz4(w) => w.finish()?,
        };
        buffered
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
    }

    fn encoder(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(w) => w,
            Self::Gzip(w) => w,
            Self::Zstd(w) => w,
            Self::Bzip2(w) => w,
            Self::Xz(w) => w,
            Self::Lz4(w) => w,
        }
    }
}

impl<W: Write> Write for PackedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.encoder().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.encoder().flush()
    }
}

#[cfg(test)]
mod tests;
