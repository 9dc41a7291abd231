//! Writing Parquet and Arrow IPC: whole batches, and rows of a source with another text.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, RecordBatch, StringArray, UInt64Array};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::{Codec, cells, value_type};
use crate::corpus::Format;
use crate::corpus::compression::PackedWriter;
use crate::corpus::shards::Decisions;

/// Bytes of a row group that are held before it is written.
const GROUP_BYTES: usize = 32 << 20;
/// Bytes of texts that are held before their rows are written.
const TEXT_BYTES: usize = 4 << 20;

/// A table being written.
pub(crate) enum TableFile {
    Parquet(Box<ArrowWriter<PackedWriter<File>>>),
    Arrow(Box<FileWriter<PackedWriter<File>>>),
    Stream(Box<StreamWriter<PackedWriter<File>>>),
}

/// How a table is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub format: Format,
    pub codec: Codec,
    /// Whether it is a stream of Arrow's, not a file.
    pub stream: bool,
    /// Whether columns that are numbers into a dictionary become what these stand for.
    pub flatten: bool,
}

impl TableFile {
    /// Starts a table with the columns of `schema` in `file`.
    ///
    /// # Errors
    /// When a column has a type that the format does not have, or nothing can be written.
    pub(crate) fn start(
        file: PackedWriter<File>,
        schema: &SchemaRef,
        manner: Manner,
    ) -> io::Result<Self> {
        if manner.format == Format::Parquet {
            let properties = properties(schema, manner.codec)?;
            return ArrowWriter::try_new(file, schema.clone(), Some(properties))
                .map(|w| Self::Parquet(Box::new(w)))
                .map_err(failed);
        }
        let packing = match manner.codec {
            Codec::Plain => None,
            Codec::Lz4 => Some(CompressionType::LZ4_FRAME),
            _ => Some(CompressionType::ZSTD),
        };
        let options = IpcWriteOptions::default()
            .try_with_compression(packing)
            .map_err(refused)?;
        if manner.stream {
            return StreamWriter::try_new_with_options(file, schema, options)
                .map(|w| Self::Stream(Box::new(w)))
                .map_err(refused);
        }
        FileWriter::try_new_with_options(file, schema, options)
            .map(|w| Self::Arrow(Box::new(w)))
            .map_err(refused)
    }

    /// Writes a batch.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn put(&mut self, batch: &RecordBatch) -> io::Result<()> {
        match self {
            Self::Parquet(writer) => {
                writer.write(batch).map_err(failed)?;
                if writer.in_progress_size() >= GROUP_BYTES {
                    writer.flush().map_err(failed)?;
                }
                Ok(())
            }
            Self::Arrow(writer) => writer.write(batch).map_err(refused),
            Self::Stream(writer) => writer.write(batch).map_err(refused),
        }
    }

    /// Ends the table.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub(crate) fn finish(self) -> io::Result<()> {
        let file = match self {
            Self::Parquet(writer) => writer.into_inner().map_err(failed)?,
            Self::Arrow(writer) => writer.into_inner().map_err(refused)?,
            Self::Stream(writer) => writer.into_inner().map_err(refused)?,
        };
        file.finish().map(drop)
    }
}

fn properties(schema: &Schema, codec: Codec) -> io::Result<WriterProperties> {
    let codec = match codec {
        Codec::Plain => Compression::UNCOMPRESSED,
        Codec::Snappy => Compression::SNAPPY,
        Codec::Gzip => Compression::GZIP(GzipLevel::default()),
        Codec::Zstd => Compression::ZSTD(ZstdLevel::try_new(3).map_err(failed)?),
        Codec::Lz4 => Compression::LZ4_RAW,
        Codec::Brotli => Compression::BROTLI(BrotliLevel::default()),
    };
    // What other programs note about a table, such as pandas; sorted, so that the bytes do not differ from run to run.
    let notes: BTreeMap<&String, &String> = schema.metadata().iter().collect();
    let notes: Vec<KeyValue> = notes
        .into_iter()
        .map(|(k, v)| KeyValue::new(k.clone(), v.clone()))
        .collect();
    Ok(WriterProperties::builder()
        .set_compression(codec)
        .set_created_by(format!("limpid {}", env!("CARGO_PKG_VERSION")))
        .set_key_value_metadata((!notes.is_empty()).then_some(notes))
        .build())
}

fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => io::Error::other(cause),
        },
        other => io::Error::other(other),
    }
}

fn refused(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, cause) => cause,
        other => io::Error::other(other),
    }
}

/// Rows of a source, some with another text, on their way into a table.
///
/// They are collected as long as they come from one batch, so that what follows each other there is copied as a whole.
pub(crate) struct Rows {
    file: TableFile,
    schema: SchemaRef,
    /// Columns of the source that are written; a restored table leaves out those that limpid had added.
    columns: usize,
    text: usize,
    decide: bool,
    batch: Option<RecordBatch>,
    picked: Vec<u64>,
    texts: Vec<Vec<u8>>,
    bytes: usize,
    decisions: Vec<Decisions>,
}

impl Rows {
    /// Starts a table in `file` for rows of a source with `schema`, of which the last `without` columns are left out.
    ///
    /// # Errors
    /// As [`TableFile::start`].
    pub(crate) fn start(
        file: PackedWriter<File>,
        schema: &SchemaRef,
        manner: Manner,
        text: usize,
        decide: bool,
        without: usize,
    ) -> io::Result<Self> {
        let columns = schema.fields().len() - without.min(schema.fields().len());
        let mut fields: Vec<Arc<Field>> = schema.fields().iter().take(columns).cloned().collect();
        for (i, field) in fields.iter_mut().enumerate() {
            // A dictionary of an Arrow file is written once, before all texts are known.
            let is_dictionary = matches!(field.data_type(), DataType::Dictionary(..));
            if is_dictionary && (i == text || manner.flatten) {
                let plain = value_type(field.data_type()).clone();
                *field = Arc::new(field.as_ref().clone().with_data_type(plain));
            }
        }
        if decide {
            let more = decision_fields(&fields);
            fields.extend(more.into_iter().map(Arc::new));
        }
        let schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
        Ok(Self {
            file: TableFile::start(file, &schema, manner)?,
            schema,
            columns,
            text,
            decide,
            batch: None,
            picked: Vec::new(),
            texts: Vec::new(),
            bytes: 0,
            decisions: Vec::new(),
        })
    }

    /// Writes row `at` of `batch` with `text`, or with its own.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn put(
        &mut self,
        batch: &RecordBatch,
        at: usize,
        text: Option<&[u8]>,
        decisions: Option<Decisions>,
    ) -> io::Result<()> {
        let other = self
            .batch
            .as_ref()
            .is_some_and(|b| !is_same(b, batch) || self.texts.is_empty() != text.is_none());
        if other || self.bytes >= TEXT_BYTES {
            self.flush()?;
        }
        if self.batch.is_none() {
            self.batch = Some(batch.clone());
        }
        self.picked.push(at as u64);
        if let Some(text) = text {
            self.bytes += text.len();
            self.texts.push(text.to_owned());
        }
        self.decisions.extend(decisions.filter(|_| self.decide));
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let Some(batch) = self.batch.take() else {
            return Ok(());
        };
        let picked = std::mem::take(&mut self.picked);
        let texts = std::mem::take(&mut self.texts);
        let decisions = std::mem::take(&mut self.decisions);
        self.bytes = 0;
        let rows = cells::picked(&batch, &picked).map_err(refused)?;
        let mut columns: Vec<ArrayRef> = rows.columns()[..self.columns].to_vec();
        for (column, field) in columns.iter_mut().zip(self.schema.fields()) {
            if !matches!(field.data_type(), DataType::Dictionary(..)) {
                *column = cells::flat(column);
            }
        }
        if let Some(column) = columns.get_mut(self.text).filter(|_| !texts.is_empty()) {
            let kind = self.schema.field(self.text).data_type();
            *column = cells::column(kind, &texts).map_err(refused)?;
        }
        if self.decide {
            columns.extend(decision_columns(&decisions));
        }
        let batch = RecordBatch::try_new(self.schema.clone(), columns).map_err(refused)?;
        self.file.put(&batch)
    }

    /// Ends the table.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        self.file.finish()
    }
}

/// Whether the two are one batch, not only alike.
fn is_same(a: &RecordBatch, b: &RecordBatch) -> bool {
    a.num_rows() == b.num_rows()
        && a.columns()
            .iter()
            .zip(b.columns())
            .all(|(a, b)| Arc::ptr_eq(a, b))
}

/// Number of the columns of [`decision_fields`].
pub(crate) const DECISIONS: usize = 5;

/// The columns for what was decided about each document.
///
/// Where a table has columns of such names already, as results of an earlier run do, a number is added to all of them.
pub(crate) fn decision_fields(beside: &[Arc<Field>]) -> [Field; DECISIONS] {
    let mut number = String::new();
    let mut n = 1;
    loop {
        let fields = [
            ("limpid_language", DataType::Utf8, true),
            ("limpid_spun_score", DataType::Float32, true),
            ("limpid_words_in", DataType::UInt64, false),
            ("limpid_words_out", DataType::UInt64, false),
            ("limpid_edits", DataType::UInt64, false),
        ]
        .map(|(name, kind, nullable)| Field::new(format!("{name}{number}"), kind, nullable));
        let is_taken = |f: &Field| beside.iter().any(|b| b.name() == f.name());
        if !fields.iter().any(is_taken) {
            return fields;
        }
        n += 1;
        number = format!("_{n}");
    }
}

/// The values of the columns of [`decision_fields`].
pub(crate) fn decision_columns(decisions: &[Decisions]) -> [ArrayRef; DECISIONS] {
    let count = |get: fn(&Decisions) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(decisions.iter().map(get)))
    };
    [
        Arc::new(
            decisions
                .iter()
                .map(|d| d.language.as_deref())
                .collect::<StringArray>(),
        ),
        Arc::new(
            decisions
                .iter()
                .map(|d| d.spun_score)
                .collect::<Float32Array>(),
        ),
        count(|d| d.words_in),
        count(|d| d.words_out),
        count(|d| d.edits),
    ]
}
