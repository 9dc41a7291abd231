//! Tables: Parquet and Arrow IPC (the file, also known as Feather, and the stream).
//!
//! A row is a document, one column its text. [`TableReader`] reads the few columns it needs, batch by batch; where rows are
//! written, [`Steps`] reads the source a second time in step with the results, so that all other columns come through with
//! their types, and [`write::TableFile`] takes whole batches of which only the text is another. Whatever a damaged file makes
//! the libraries do, even to panic, becomes a reject ([`guard`]).

mod arrow;
mod build;
mod cells;
mod guard;
mod json;
mod parquet;
pub(crate) mod write;

use std::fs::File;
use std::io::{self, Seek};
use std::path::Path;

use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow_schema::{DataType, SchemaRef};

use self::cells::{Cell, cell, flat};
use crate::corpus::compression::Compression;
use crate::corpus::read::{
    Body, Carrier, Content, Payload, Place, Raw, Record, Records, nearest_field,
};
use crate::corpus::{Format, Reject};
pub(crate) use build::Builder;
pub(crate) use json::row;

/// How the columns of a file are packed, as far as the same can be asked of the writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Codec {
    /// Not at all.
    #[default]
    Plain,
    Snappy,
    Gzip,
    Zstd,
    Lz4,
    Brotli,
}

/// The batches of a table, in order.
pub(crate) struct Batches {
    /// All columns of the file, whichever are read, with the file's own metadata.
    pub schema: SchemaRef,
    /// How its text is packed.
    pub codec: Codec,
    /// Whether it is a stream of Arrow's, not a file.
    pub stream: bool,
    rest: Box<dyn Iterator<Item = Result<RecordBatch, String>> + Send>,
}

impl Batches {
    /// Opens `file`, of which only the columns that `wanted` names are read, or all; a dot parts a column from its field.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn open(
        file: File,
        format: Format,
        wanted: Option<&[String]>,
    ) -> Result<Self, String> {
        guard::quietly(|| match format {
            Format::Parquet => parquet::open(file, wanted),
            _ => arrow::open(file, wanted),
        })?
    }

    /// The next batch that has rows.
    fn next(&mut self) -> Option<Result<RecordBatch, String>> {
        loop {
            let rest = &mut self.rest;
            match guard::quietly(|| rest.next()) {
                Ok(Some(Ok(batch))) if batch.num_rows() == 0 => {}
                Ok(next) => return next,
                Err(panic) => return Some(Err(panic)),
            }
        }
    }
}

/// The file at `path`, unpacked where it is packed as a whole: tables are read from their end.
pub(crate) fn seekable(path: &Path, compression: Compression) -> io::Result<File> {
    let file = File::open(path)?;
    if compression == Compression::None && file.metadata()?.is_file() {
        return Ok(file);
    }
    kept(compression.reader(file)?)
}

/// All of `stream`, in a file without a name.
pub(crate) fn kept(mut stream: impl io::Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut stream, &mut file)?;
    file.rewind()?;
    Ok(file)
}

/// Reads the documents of a table.
pub(crate) struct TableReader {
    place: Place,
    batches: Option<Batches>,
    batch: Option<Columns>,
    /// Rows before the batch.
    before: u64,
    /// The next row in the batch.
    at: usize,
}

/// The columns of a batch that matter.
struct Columns {
    text: ArrayRef,
    id: Option<ArrayRef>,
    url: Option<ArrayRef>,
    rows: usize,
}

impl TableReader {
    /// Opens the table in `file`.
    ///
    /// # Errors
    /// The reject that stands for all of it.
    pub(crate) fn new(place: Place, file: File) -> Result<Self, Reject> {
        if file.metadata().is_ok_and(|m| m.len() == 0) {
            return Err(place.reject(0, "empty", "the file holds no bytes"));
        }
        let settings = &place.settings;
        let wanted = [
            settings.text_field.clone(),
            settings.id_field.clone(),
            settings.url_field.clone(),
            format!("metadata.{}", settings.url_field),
        ];
        let batches = Batches::open(file, place.format, Some(&wanted))
            .map_err(|why| damaged(&place, 0, &why))?;
        let schema = &batches.schema;
        let Some((_, field)) = schema.column_with_name(&settings.text_field) else {
            let names = schema.fields().iter().map(|f| f.name().as_str());
            let near = nearest_field(&settings.text_field, names);
            return Err(place.reject(
                0,
                "no-text",
                format!(
                    "no column {:?}{near}; name it with --text-field",
                    settings.text_field
                ),
            ));
        };
        if !cells::is_text(field.data_type()) {
            return Err(place.reject(
                0,
                "no-text",
                format!(
                    "column {:?} holds {}, which is no text; name another with --text-field",
                    settings.text_field,
                    field.data_type()
                ),
            ));
        }
        Ok(Self {
            place,
            batches: Some(batches),
            batch: None,
            before: 0,
            at: 0,
        })
    }

    fn columns(&self, batch: &RecordBatch) -> Option<Columns> {
        let settings = &self.place.settings;
        let column = |name: &str| batch.column_by_name(name).map(flat);
        let within = || {
            let metadata = batch.column_by_name("metadata")?;
            let metadata = metadata.as_any().downcast_ref::<StructArray>()?;
            metadata.column_by_name(&settings.url_field).map(flat)
        };
        Some(Columns {
            text: column(&settings.text_field)?,
            id: column(&settings.id_field),
            url: column(&settings.url_field).or_else(within),
            rows: batch.num_rows(),
        })
    }

    fn document(&self, columns: &Columns) -> Result<Raw, Reject> {
        let number = self.before + self.at as u64;
        let content = match cell(&columns.text, self.at) {
            Cell::Text(text) => Content::Text(text.to_owned()),
            Cell::Bytes(bytes) => Content::Bytes(Payload {
                bytes: bytes.to_vec(),
                ..Payload::default()
            }),
            Cell::Null | Cell::Other => {
                return Err(self.place.reject(
                    number,
                    "no-text",
                    format!("row {}: the text is null", number + 1),
                ));
            }
        };
        if content.bytes().len() as u64 > self.place.settings.max_document {
            return Err(self.place.too_large(number));
        }
        let word = |column: &Option<ArrayRef>| {
            column.as_ref().and_then(|c| match cell(c, self.at) {
                Cell::Text(text) => Some(text.to_owned()),
                Cell::Other => json::number(c, self.at),
                Cell::Bytes(_) | Cell::Null => None,
            })
        };
        let url = columns.url.as_ref().and_then(|c| match cell(c, self.at) {
            Cell::Text(text) => Some(text.to_owned()),
            _ => None,
        });
        Ok(Raw {
            offset: number,
            body: Body::Record(Record {
                content,
                id: word(&columns.id),
                url,
                ..Record::new(number + 1, Carrier::Row)
            }),
        })
    }
}

impl Records for TableReader {
    fn next(&mut self) -> Option<Result<Raw, Reject>> {
        loop {
            if let Some(columns) = self.batch.take() {
                if self.at < columns.rows {
                    let document = self.document(&columns);
                    self.at += 1;
                    self.batch = Some(columns);
                    return Some(document);
                }
                self.before += columns.rows as u64;
                self.at = 0;
            }
            match self.batches.as_mut()?.next() {
                Some(Ok(batch)) => self.batch = self.columns(&batch),
                Some(Err(why)) => {
                    self.batches = None;
                    return Some(Err(damaged(&self.place, self.before, &why)));
                }
                None => {
                    self.batches = None;
                    return None;
                }
            }
        }
    }
}

fn damaged(place: &Place, row: u64, why: &str) -> Reject {
    let behind = match row {
        0 => String::new(),
        n => format!(" behind row {n}"),
    };
    let what = match place.format {
        Format::Parquet => "Parquet",
        _ => "Arrow",
    };
    place.reject(
        row,
        "corrupt",
        format!("cannot be read as {what}{behind} ({why}); fetch or write the file again"),
    )
}

/// A table read again in step with what became of its rows.
pub(crate) struct Steps {
    batches: Batches,
    batch: Option<RecordBatch>,
    /// Rows before the batch.
    before: u64,
}

impl Steps {
    /// Opens the table at `path`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn open(path: &Path, format: Format, compression: Compression) -> io::Result<Self> {
        let file = seekable(path, compression)?;
        let batches = Batches::open(file, format, None).map_err(io::Error::other)?;
        Ok(Self {
            batches,
            batch: None,
            before: 0,
        })
    }

    /// All columns, with the file's metadata.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.batches.schema
    }

    /// How the source is packed inside.
    pub(crate) fn codec(&self) -> Codec {
        self.batches.codec
    }

    /// Whether the source is a stream of Arrow's.
    pub(crate) fn is_stream(&self) -> bool {
        self.batches.stream
    }

    /// The batch that holds row `number`, counted from 1, and its place there. Numbers may only grow.
    ///
    /// # Errors
    /// When the table cannot be read or has no such row: it has changed since it was read first.
    pub(crate) fn row(&mut self, number: u64) -> io::Result<(&RecordBatch, usize)> {
        loop {
            let rows = self.batch.as_ref().map_or(0, |b| b.num_rows() as u64);
            let at = number.checked_sub(self.before + 1);
            if let (Some(at), true) = (at, number <= self.before + rows) {
                return match &self.batch {
                    Some(batch) => Ok((batch, at as usize)),
                    None => Err(io::Error::other("the row was passed already")),
                };
            }
            self.before += rows;
            self.batch = match self.batches.next() {
                Some(Ok(batch)) => Some(batch),
                Some(Err(why)) => return Err(io::Error::other(why)),
                None => {
                    return Err(io::Error::other(format!("it has no row {number} any more")));
                }
            };
        }
    }
}

/// Where the column called `name` stands, if it holds text.
pub(crate) fn text_column(schema: &SchemaRef, name: &str) -> Option<usize> {
    let (at, field) = schema.column_with_name(name)?;
    cells::is_text(field.data_type()).then_some(at)
}

/// The type of values of a dictionary, and any other type as it is.
fn value_type(kind: &DataType) -> &DataType {
    match kind {
        DataType::Dictionary(_, value) => value,
        other => other,
    }
}

#[cfg(test)]
mod tests;
