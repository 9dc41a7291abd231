//! Files of results that are packed on more than one thread, and that a run which was interrupted can go on with.
//!
//! The bytes depend on what is written and on where [`cut`](Sections::cut) was called, never on the number of threads or on
//! interruptions. Zstandard is one frame from start to end ([`frame`]), since many readers take the first for the whole file;
//! of the other kinds, whose readers read on, each block of the text is a member of its own ([`blocks`]).

mod blocks;
mod frame;

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::Format;
use super::compression::Compression;
use blocks::Blocks;
use frame::Frame;

/// What the members of a packed file hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Stretches of the text, wherever they end.
    Stretches(Compression),
    /// One record each, packed with gzip, as readers of web archives expect.
    Records,
}

impl Packing {
    /// How a file of records of `format` is packed, if it is with `compression`.
    pub(crate) fn of_records(format: Format, compression: Compression) -> Self {
        if format == Format::Warc && compression == Compression::Gzip {
            Self::Records
        } else {
            Self::Stretches(compression)
        }
    }
}

/// How far a file is: what is needed to go on behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// Bytes of the file.
    length: u64,
    /// Of Zstandard only: unpacked bytes.
    #[serde(default, skip_serializing_if = "is_zero")]
    plain: u64,
    /// Their XXH3.
    #[serde(default, skip_serializing_if = "is_zero")]
    digest: u64,
    /// How many of them were packed together last, to which the next may refer.
    #[serde(default, skip_serializing_if = "is_zero")]
    job: u64,
}

/// A place in a file that is known as soon as all before it is written.
///
/// Saved as the place; one that is not known yet must not be.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Place", into = "Place")]
pub(crate) struct Cut(Arc<OnceLock<Place>>);

impl Cut {
    /// The place, if it is known.
    pub(crate) fn place(&self) -> Option<Place> {
        self.0.get().copied()
    }

    fn is_at(&self, place: Place) {
        // A place is told once; a second time would tell the same.
        let _ = self.0.set(place);
    }
}

impl From<Place> for Cut {
    fn from(place: Place) -> Self {
        Self(Arc::new(place.into()))
    }
}

impl From<Cut> for Place {
    fn from(cut: Cut) -> Self {
        debug_assert!(cut.place().is_some(), "only known places are saved");
        cut.place().unwrap_or_default()
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over references"
)]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// A file of results being written.
///
/// Memory: of Zstandard about 8 MiB and 6 MiB more for each of at most four threads, with what it holds back; of the other
/// kinds a block (1 MiB, of xz 8 MiB), plain or packed, for each thread and two more. An encoder of xz takes some 90 MiB.
pub(crate) struct Sections {
    packer: Packer,
}

enum Packer {
    Plain(BufWriter<File>),
    Frame(Box<Frame>),
    Blocks(Blocks),
}

impl Sections {
    /// Begins with `file`, which is empty.
    ///
    /// # Errors
    /// When the encoder cannot be set up.
    pub(crate) fn start(file: File, packing: Packing) -> io::Result<Self> {
        Self::again(file, packing, Place::default())
    }

    /// Goes on with `file`, which was written to by an earlier run, behind `place`; what it holds behind that is cut off.
    ///
    /// # Errors
    /// When the file is shorter than that, or, of Zstandard, not what was written. The latter reads the file up to there.
    pub(crate) fn again(mut file: File, packing: Packing, place: Place) -> io::Result<Self> {
        if file.metadata()?.len() < place.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        file.set_len(place.length)?;
        let packer = match packing {
            Packing::Stretches(Compression::Zstd) => {
                Packer::Frame(Box::new(Frame::again(file, place)?))
            }
            Packing::Stretches(Compression::None) => {
                file.seek(SeekFrom::End(0))?;
                Packer::Plain(BufWriter::with_capacity(1 << 16, file))
            }
            packing => {
                file.seek(SeekFrom::End(0))?;
                Packer::Blocks(Blocks::new(file, packing))
            }
        };
        Ok(Self { packer })
    }

    /// Writes one record.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn put(&mut self, record: &[u8]) -> io::Result<()> {
        match &mut self.packer {
            Packer::Plain(file) => file.write_all(record),
            Packer::Frame(frame) => frame.put(record),
            Packer::Blocks(blocks) => blocks.put(record),
        }
    }

    /// Makes that the file can be gone on with behind what was put so far. Where that is, is known at once, or after some
    /// [`settle`](Self::settle) or [`finish`](Self::finish): packing goes on meanwhile.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn cut(&mut self) -> io::Result<Cut> {
        match &mut self.packer {
            Packer::Plain(file) => {
                file.flush()?;
                Place::at_end(file.get_ref()).map(Cut::from)
            }
            Packer::Frame(frame) => frame.cut().map(Cut::from),
            Packer::Blocks(blocks) => blocks.cut(),
        }
    }

    /// Writes what is packed by now, and tells the cuts in it their places.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn settle(&mut self) -> io::Result<()> {
        match &mut self.packer {
            Packer::Plain(_) | Packer::Frame(_) => Ok(()),
            Packer::Blocks(blocks) => blocks.settle(usize::MAX),
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self.packer {
            Packer::Plain(mut file) => file.flush(),
            Packer::Frame(frame) => frame.finish(),
            Packer::Blocks(blocks) => blocks.finish(),
        }
    }
}

impl Place {
    /// All that stands in `file`.
    fn at_end(file: &File) -> io::Result<Self> {
        Ok(Self {
            length: file.metadata()?.len(),
            ..Self::default()
        })
    }
}

#[cfg(test)]
mod tests;
