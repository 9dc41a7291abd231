//! Shards that are tables.

use std::fs::File;
use std::io;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, Schema};

use super::{Decisions, Settings};
use crate::corpus::Format;
use crate::corpus::columns::Columns;
use crate::corpus::compression::{Compression, PackedWriter};
use crate::corpus::format::table::write::{
    Manner, Rows, TableFile, decision_columns, decision_fields,
};
use crate::corpus::format::table::{Builder, Codec, Steps};
use crate::corpus::row::Row;

/// A table being written.
pub(super) enum Table {
    /// With the rows of another, of which only the texts differ.
    Rows(Box<Rows>),
    /// With records of another format.
    Built(Box<Built>),
}

/// Records on their way into a table.
pub(super) struct Built {
    file: TableFile,
    builder: Builder,
    schema: Arc<Schema>,
    decide: bool,
    decisions: Vec<Decisions>,
}

/// How a table in `to` is written, of documents read as `from` whose source, where it is a table, is `source`.
fn manner(to: Format, from: Format, source: Option<&Steps>, settings: &Settings) -> Manner {
    let codec = match (settings.compression, source) {
        (Some(Compression::Gzip), _) => Codec::Gzip,
        (Some(Compression::Lz4), _) => Codec::Lz4,
        // Columns know neither bzip2 nor xz; what comes nearest to their size is Zstandard.
        (Some(Compression::Zstd | Compression::Bzip2 | Compression::Xz), _) => Codec::Zstd,
        (None, Some(source)) if from == to => source.codec(),
        (None, _) if to == Format::Parquet => Codec::Zstd,
        (Some(Compression::None) | None, _) => Codec::Plain,
    };
    Manner {
        format: to,
        codec,
        stream: from == to && source.is_some_and(Steps::is_stream),
        // Parquet has a dictionary for each row group, a file of Arrow's one for all.
        flatten: to == Format::Arrow && from != to,
    }
}

impl Table {
    /// Starts a table in `file` for rows of `source`, whose texts stand in column `text`.
    pub(super) fn of_rows(
        file: PackedWriter<File>,
        (from, to): (Format, Format),
        source: &Steps,
        text: usize,
        settings: &Settings,
    ) -> io::Result<Self> {
        let manner = manner(to, from, Some(source), settings);
        let rows = Rows::start(file, source.schema(), manner, text, settings.decisions, 0)?;
        Ok(Self::Rows(Box::new(rows)))
    }

    /// Starts a table in `file` for records with `columns`.
    pub(super) fn of_records(
        file: PackedWriter<File>,
        (from, to): (Format, Format),
        columns: Columns,
        settings: &Settings,
    ) -> io::Result<Self> {
        let manner = manner(to, from, None, settings);
        let builder = Builder::new(columns);
        let mut fields: Vec<_> = builder.schema().fields().iter().cloned().collect();
        if settings.decisions {
            let more = decision_fields(&fields);
            fields.extend(more.into_iter().map(Arc::new));
        }
        let schema = Arc::new(Schema::new(fields));
        Ok(Self::Built(Box::new(Built {
            file: TableFile::start(file, &schema, manner)?,
            builder,
            schema,
            decide: settings.decisions,
            decisions: Vec::new(),
        })))
    }

    /// Takes row `at` of `batch` with its cleaned text.
    pub(super) fn put_row(
        &mut self,
        (batch, at): (&RecordBatch, usize),
        text: &str,
        decisions: &Decisions,
    ) -> io::Result<()> {
        match self {
            Self::Rows(rows) => rows.put(batch, at, Some(text.as_bytes()), Some(decisions.clone())),
            Self::Built(_) => Err(io::Error::other("rows and records in one table")),
        }
    }

    /// Takes a record with its cleaned text.
    pub(super) fn put_record(
        &mut self,
        row: &Row,
        text: &str,
        decisions: &Decisions,
    ) -> io::Result<()> {
        match self {
            Self::Built(built) => {
                built.builder.put(row.clone(), text);
                if built.decide {
                    built.decisions.push(decisions.clone());
                }
                if built.builder.is_full() {
                    built.flush()?;
                }
                Ok(())
            }
            Self::Rows(_) => Err(io::Error::other("rows and records in one table")),
        }
    }

    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Rows(rows) => rows.finish(),
            Self::Built(mut built) => {
                built.flush()?;
                built.file.finish()
            }
        }
    }
}

impl Built {
    fn flush(&mut self) -> io::Result<()> {
        let other = |e: ArrowError| io::Error::other(e);
        let Some(batch) = self.builder.batch().map_err(other)? else {
            return Ok(());
        };
        let decisions = std::mem::take(&mut self.decisions);
        if !self.decide {
            return self.file.put(&batch);
        }
        let mut columns = batch.columns().to_vec();
        columns.extend(decision_columns(&decisions));
        let batch = RecordBatch::try_new(self.schema.clone(), columns).map_err(other)?;
        self.file.put(&batch)
    }
}
