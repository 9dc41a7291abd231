//! A file of records being written.

use std::fs::File;
use std::io::{self, Write};

use crate::corpus::Format;
use crate::corpus::compression::{Compression, PackedWriter};
use crate::corpus::folder::{FolderError, RunFolder};

/// A file that takes record after record.
pub(crate) enum RecordFile {
    /// Packed as a whole, or plain.
    Whole(PackedWriter<File>),
    /// Each record a gzip member of its own, as readers of web archives expect.
    Members(PackedWriter<File>),
}

impl RecordFile {
    /// Starts the file of `format` at `path` of the results.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn start(
        folder: &RunFolder,
        path: &str,
        format: Format,
        packing: Compression,
    ) -> Result<Self, FolderError> {
        if format == Format::Warc && packing == Compression::Gzip {
            return Ok(Self::Members(folder.shard(path, Compression::None)?));
        }
        folder.shard(path, packing).map(Self::Whole)
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

    /// Ends the file.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::Whole(file) | Self::Members(file) => file.finish().map(drop),
        }
    }
}
