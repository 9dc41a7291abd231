//! A file in sections, so that a run which was interrupted can go on behind the last one that is whole.

use std::fs::File;
use std::io::{self, Write};

use super::compression::{Compression, PackedWriter};

/// A file that begins a new member, where it is packed, whenever a section ends.
pub(crate) struct Sections {
    /// `None` only after a section could not be ended.
    writer: Option<PackedWriter<File>>,
    compression: Compression,
}

impl Sections {
    pub(crate) fn of(writer: PackedWriter<File>, compression: Compression) -> Self {
        Self {
            writer: Some(writer),
            compression,
        }
    }

    /// Ends the section and begins the next; how long the file is now.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn cut(&mut self) -> io::Result<u64> {
        let writer = self.writer.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let file = writer.finish()?;
        let length = file.metadata()?.len();
        self.writer = Some(self.compression.writer(file)?);
        Ok(length)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.writer.map_or(Ok(()), |w| w.finish().map(drop))
    }
}

impl Write for Sections {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let writer = self.writer.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }
}
