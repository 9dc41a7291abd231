//! A file of records being written.

use std::fs::File;
use std::io::{self, Write};

use crate::corpus::Format;
use crate::corpus::compression::{Compression, PackedWriter};
use crate::corpus::folder::FolderError;
use crate::corpus::sections::Sections;

/// A file that takes record after record.
pub(crate) enum RecordFile {
    /// Packed as a whole, or plain.
    Whole(Sections),
    /// Each record a gzip member of its own, as readers of web archives expect.
    Members(Sections),
}

impl RecordFile {
    /// A file of `format`, which `open` makes, or opens again, with the packing it is told.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn start(
        format: Format,
        packing: Compression,
        open: impl FnOnce(Compression) -> Result<PackedWriter<File>, FolderError>,
    ) -> Result<Self, FolderError> {
        if format == Format::Warc && packing == Compression::Gzip {
            let plain = Compression::None;
            return Ok(Self::Members(Sections::of(open(plain)?, plain)));
        }
        Ok(Self::Whole(Sections::of(open(packing)?, packing)))
    }

    /// Writes one record.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn put(&mut self, record: &[u8]) -> io::Result<()> {
        match self {
            Self::Whole(file) => file.write_all(record),
            Self::Members(file) => {
                let level = flate2::Compression::default();
                let mut member = flate2::write::GzEncoder::new(file, level);
                member.write_all(record)?;
                member.finish().map(drop)
            }
        }
    }

    /// Ends a section of the file; how long it is now.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn cut(&mut self) -> io::Result<u64> {
        match self {
            Self::Whole(file) | Self::Members(file) => file.cut(),
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::Whole(file) | Self::Members(file) => file.finish(),
        }
    }
}
