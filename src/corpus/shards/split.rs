//! A shard that was written, parted into what stays and what a policy takes out, which are files of their own.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
#[cfg(feature = "parquet")]
use std::path::Path;

use crate::corpus::Format;
use crate::corpus::compression::Compression;
use crate::corpus::folder::{FolderError, META, RunFolder};
use crate::corpus::format::csv;
use crate::corpus::format::warc::write::read_record;
use crate::corpus::read::Settings;

#[cfg(feature = "parquet")]
use crate::corpus::format::table::Steps;
#[cfg(feature = "parquet")]
use crate::corpus::format::table::write::{Manner, Rows};
use crate::corpus::sections::{Packing, Sections};

/// A shard being parted.
pub(crate) struct Split {
    /// The shard's path.
    pub path: String,
    parting: Parting,
}

/// How the shard is parted.
enum Parting {
    Lines(Box<Lines>),
    #[cfg(feature = "parquet")]
    Table(Box<Table>),
}

impl Split {
    /// Begins with the shard of `format` at `path` of the results of `folder`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn begin(
        folder: &RunFolder,
        path: &str,
        format: Format,
        settings: &Settings,
    ) -> Result<Self, FolderError> {
        let staged = folder.staged(path);
        let failed = |source| FolderError::Io {
            path: staged.clone(),
            doing: "be parted",
            source,
        };
        let (compression, _) = Compression::of_name(path);
        #[cfg(feature = "parquet")]
        if format.is_table() {
            let table = Table::begin(&staged, format, compression).map_err(failed)?;
            return Ok(Self {
                path: path.to_owned(),
                parting: Parting::Table(Box::new(table)),
            });
        }
        let from = File::open(&staged)
            .and_then(|f| compression.reader(f))
            .map_err(failed)?;
        let lines =
            Lines::begin(BufReader::new(from), format, compression, settings).map_err(failed)?;
        let parting = Parting::Lines(Box::new(lines));
        Ok(Self {
            path: path.to_owned(),
            parting,
        })
    }

    /// Takes the next record out, or leaves it.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub(crate) fn next(&mut self, folder: &RunFolder, dropped: bool) -> Result<(), FolderError> {
        match &mut self.parting {
            Parting::Lines(lines) => lines.next(folder, &self.path, dropped),
            #[cfg(feature = "parquet")]
            Parting::Table(table) => table.next(folder, &self.path, dropped),
        }
    }

    /// Ends parting.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub(crate) fn finish(self) -> Result<(), FolderError> {
        let Self { parting, path } = self;
        let failed = |source| FolderError::Io {
            path: path.clone().into(),
            doing: "be parted",
            source,
        };
        match parting {
            Parting::Lines(lines) => lines.finish(),
            #[cfg(feature = "parquet")]
            Parting::Table(table) => table.finish(),
        }
        .map_err(failed)
    }
}

/// Where a document that was taken out lies.
pub(crate) fn aside(path: &str) -> String {
    format!("{META}/dropped/{path}")
}

/// A shard that is a table.
#[cfg(feature = "parquet")]
struct Table {
    steps: Steps,
    manner: Manner,
    compression: Compression,
    /// Records parted so far.
    number: u64,
    stays: Option<Rows>,
    goes: Option<Rows>,
}

#[cfg(feature = "parquet")]
impl Table {
    fn begin(staged: &Path, format: Format, compression: Compression) -> io::Result<Self> {
        let steps = Steps::open(staged, format, compression)?;
        let manner = Manner {
            format,
            codec: steps.codec(),
            stream: steps.is_stream(),
            flatten: false,
        };
        Ok(Self {
            steps,
            manner,
            compression,
            number: 0,
            stays: None,
            goes: None,
        })
    }

    fn next(&mut self, folder: &RunFolder, path: &str, dropped: bool) -> Result<(), FolderError> {
        let failed = |source| FolderError::Io {
            path: path.into(),
            doing: "be parted",
            source,
        };
        self.number += 1;
        let (side, path) = if dropped {
            (&mut self.goes, aside(path))
        } else {
            (&mut self.stays, path.to_owned())
        };
        let rows = if let Some(rows) = side {
            rows
        } else {
            let file = folder.part(&path, self.compression)?;
            let schema = self.steps.schema().clone();
            let rows = Rows::start(file, &schema, self.manner, usize::MAX, false, 0);
            side.insert(rows.map_err(failed)?)
        };
        let (batch, at) = self.steps.row(self.number).map_err(failed)?;
        rows.put(batch, at, None, None).map_err(failed)
    }

    fn finish(self) -> io::Result<()> {
        for rows in [self.stays, self.goes].into_iter().flatten() {
            rows.finish()?;
        }
        Ok(())
    }
}

/// A shard whose records are stretches of bytes.
struct Lines {
    from: BufReader<Box<dyn Read + Send>>,
    format: Format,
    compression: Compression,
    /// What parts the fields, where it is CSV.
    delimiter: u8,
    /// What stands above the first record.
    head: Vec<u8>,
    stays: Option<Sections>,
    goes: Option<Sections>,
}

impl Lines {
    fn begin(
        mut from: BufReader<Box<dyn Read + Send>>,
        format: Format,
        compression: Compression,
        settings: &Settings,
    ) -> io::Result<Self> {
        let mut head = Vec::new();
        let mut delimiter = b',';
        if matches!(format, Format::Csv | Format::Tsv) {
            delimiter = csv::delimiter_of(from.fill_buf()?, format, settings.delimiter);
            if let Some(header) = csv::scan(&mut from, delimiter, u64::MAX)? {
                head = header.bytes;
            }
        }
        Ok(Self {
            from,
            format,
            compression,
            delimiter,
            head,
            stays: None,
            goes: None,
        })
    }

    fn next(&mut self, folder: &RunFolder, path: &str, dropped: bool) -> Result<(), FolderError> {
        let failed = |source| FolderError::Io {
            path: path.into(),
            doing: "be parted",
            source,
        };
        let record = self.record().map_err(failed)?;
        let (side, path) = if dropped {
            (&mut self.goes, aside(path))
        } else {
            (&mut self.stays, path.to_owned())
        };
        let writer = if let Some(writer) = side {
            writer
        } else {
            let packing = Packing::of_records(self.format, self.compression);
            let writer = side.insert(folder.part_in_sections(&path, packing)?);
            if !self.head.is_empty() {
                writer.put(&self.head).map_err(failed)?;
            }
            writer
        };
        writer.put(&record).map_err(failed)
    }

    fn record(&mut self) -> io::Result<Vec<u8>> {
        let mut record = Vec::new();
        match self.format {
            Format::Csv | Format::Tsv => {
                if let Some(scanned) = csv::scan(&mut self.from, self.delimiter, u64::MAX)? {
                    record = scanned.bytes;
                }
            }
            Format::Warc => record = read_record(&mut self.from)?,
            _ => {
                self.from.read_until(b'\n', &mut record)?;
            }
        }
        Ok(record)
    }

    fn finish(self) -> io::Result<()> {
        for writer in [self.stays, self.goes].into_iter().flatten() {
            writer.finish()?;
        }
        Ok(())
    }
}
