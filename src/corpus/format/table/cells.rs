//! Columns of text: what a cell holds, and a column with other texts in place of its own.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, BinaryViewBuilder, LargeBinaryBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, LargeStringArray, RecordBatch, StringArray, StringViewArray};
use arrow_schema::{ArrowError, DataType};

use super::value_type;

/// What a cell holds.
pub(super) enum Cell<'a> {
    Null,
    Text(&'a str),
    Bytes(&'a [u8]),
    /// Something that is no text.
    Other,
}

/// Whether a column of that type can be a document's text.
pub(super) fn is_text(kind: &DataType) -> bool {
    matches!(
        value_type(kind),
        DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
    )
}

/// The column with the values themselves in place of numbers into a dictionary.
pub(super) fn flat(column: &ArrayRef) -> ArrayRef {
    let Some(dictionary) = column.as_any_dictionary_opt() else {
        return column.clone();
    };
    arrow_select::take::take(dictionary.values(), dictionary.keys(), None)
        // Only for numbers outside of the dictionary, which the decoder has looked for.
        .unwrap_or_else(|_| column.clone())
}

/// Cell `i` of a [`flat`] column.
pub(super) fn cell(column: &ArrayRef, i: usize) -> Cell<'_> {
    if column.is_null(i) {
        return Cell::Null;
    }
    match column.data_type() {
        DataType::Utf8 => Cell::Text(column.as_string::<i32>().value(i)),
        DataType::LargeUtf8 => Cell::Text(column.as_string::<i64>().value(i)),
        DataType::Utf8View => Cell::Text(column.as_string_view().value(i)),
        DataType::Binary => Cell::Bytes(column.as_binary::<i32>().value(i)),
        DataType::LargeBinary => Cell::Bytes(column.as_binary::<i64>().value(i)),
        DataType::BinaryView => Cell::Bytes(column.as_binary_view().value(i)),
        DataType::Null => Cell::Null,
        _ => Cell::Other,
    }
}

/// A column of `kind` with `texts`.
///
/// # Errors
/// When one of them is not UTF-8 where the type asks for that.
pub(super) fn column(kind: &DataType, texts: &[Vec<u8>]) -> Result<ArrayRef, ArrowError> {
    let strings = || -> Result<Vec<&str>, ArrowError> {
        texts
            .iter()
            .map(|t| {
                std::str::from_utf8(t).map_err(|e| ArrowError::InvalidArgumentError(e.to_string()))
            })
            .collect()
    };
    Ok(match value_type(kind) {
        DataType::Utf8 => Arc::new(StringArray::from_iter_values(strings()?)),
        DataType::LargeUtf8 => Arc::new(LargeStringArray::from_iter_values(strings()?)),
        DataType::Utf8View => Arc::new(StringViewArray::from_iter_values(strings()?)),
        DataType::Binary => {
            let mut builder = BinaryBuilder::new();
            for text in texts {
                builder.append_value(text);
            }
            Arc::new(builder.finish())
        }
        DataType::LargeBinary => {
            let mut builder = LargeBinaryBuilder::new();
            for text in texts {
                builder.append_value(text);
            }
            Arc::new(builder.finish())
        }
        DataType::BinaryView => {
            let mut builder = BinaryViewBuilder::new();
            for text in texts {
                builder.append_value(text);
            }
            Arc::new(builder.finish())
        }
        other => {
            return Err(ArrowError::InvalidArgumentError(format!(
                "{other} is no text"
            )));
        }
    })
}

/// Rows `rows` of `batch`, in order.
///
/// # Errors
/// When a column has a type of which rows cannot be picked.
pub(super) fn picked(batch: &RecordBatch, rows: &[u64]) -> Result<RecordBatch, ArrowError> {
    let first = rows.first().copied().unwrap_or_default();
    let together = rows.iter().zip(first..).all(|(a, b)| *a == b);
    if together {
        return Ok(batch.slice(first as usize, rows.len()));
    }
    let rows = arrow_array::UInt64Array::from(rows.to_vec());
    arrow_select::take::take_record_batch(batch, &rows)
}
