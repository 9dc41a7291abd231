//! Records of other formats as batches of a table.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, LargeStringArray, RecordBatch, StringArray,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

use crate::corpus::columns::{Columns, Kind, MORE, plain};
use crate::corpus::row::Row;

/// Bytes of records that a batch takes at most, and how many of them.
const BATCH_BYTES: usize = 4 << 20;
const BATCH_ROWS: usize = 1024;

/// Collects records until they are a batch.
pub(crate) struct Builder {
    columns: Columns,
    schema: SchemaRef,
    rows: Vec<(Row, String)>,
    bytes: usize,
}

impl Builder {
    pub(crate) fn new(columns: Columns) -> Self {
        let fields = columns.columns.iter().enumerate().map(|(i, column)| {
            let kind = match column.kind {
                _ if i == columns.text => DataType::LargeUtf8,
                Kind::Bool => DataType::Boolean,
                Kind::Int => DataType::Int64,
                Kind::Float => DataType::Float64,
                Kind::Null | Kind::Text | Kind::Json => DataType::Utf8,
            };
            Field::new(&column.name, kind, true)
        });
        let more = columns.more.then(|| Field::new(MORE, DataType::Utf8, true));
        let schema = Arc::new(Schema::new(fields.chain(more).collect::<Vec<_>>()));
        Self {
            columns,
            schema,
            rows: Vec::new(),
            bytes: 0,
        }
    }

    /// The columns and their types.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Takes a record with its cleaned text.
    pub(crate) fn put(&mut self, row: Row, text: &str) {
        self.bytes += row.bytes() + text.len();
        self.rows.push((row, text.to_owned()));
    }

    /// Whether a batch should be made.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes >= BATCH_BYTES || self.rows.len() >= BATCH_ROWS
    }

    /// The records collected, as a batch; `None` where there are none.
    ///
    /// # Errors
    /// When they do not fit the columns.
    pub(crate) fn batch(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        if rows.is_empty() {
            return Ok(None);
        }
        let (values, more): (Vec<_>, Vec<_>) =
            rows.iter().map(|(row, _)| self.columns.values(row)).unzip();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for (i, column) in self.columns.columns.iter().enumerate() {
            let cells = values.iter().map(|v| v[i]);
            arrays.push(match column.kind {
                _ if i == self.columns.text => Arc::new(LargeStringArray::from_iter_values(
                    rows.iter().map(|(_, text)| text),
                )),
                Kind::Bool => Arc::new(
                    cells
                        .map(|v| v.map(|v| v == "true"))
                        .collect::<BooleanArray>(),
                ),
                Kind::Int => Arc::new(
                    cells
                        .map(|v| v.and_then(|v| v.parse::<i64>().ok()))
                        .collect::<Int64Array>(),
                ),
                Kind::Float => Arc::new(
                    cells
                        .map(|v| v.and_then(|v| v.parse::<f64>().ok()))
                        .collect::<Float64Array>(),
                ),
                Kind::Null | Kind::Text | Kind::Json => {
                    Arc::new(cells.map(|v| v.map(plain)).collect::<StringArray>())
                }
            });
        }
        if self.columns.more {
            arrays.push(Arc::new(more.into_iter().collect::<StringArray>()));
        }
        RecordBatch::try_new(self.schema.clone(), arrays).map(Some)
    }
}
