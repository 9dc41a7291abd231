//! A row of a table as fields with JSON values, for the formats that have no types of their own.
//!
//! Numbers, truth values and strings are themselves; times are ISO 8601; bytes are hexadecimal; lists, structs and maps
//! are nested. A type that has no such form is written as `null` nowhere: the run stops and says which column it is.

use std::fmt::Write as _;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, TimeUnit};

use super::cells::{Cell, cell, flat};
use crate::corpus::json_text::escape;
use crate::corpus::row::Row;

/// Row `i` of `batch`, whose text stands in the column `text`.
///
/// # Errors
/// When a column has a type that has no form in JSON; its name.
pub(crate) fn row(batch: &RecordBatch, i: usize, text: usize) -> Result<Row, String> {
    let schema = batch.schema();
    let mut fields = Vec::with_capacity(batch.num_columns());
    for (n, column) in batch.columns().iter().enumerate() {
        let name = schema.field(n).name().clone();
        let mut json = String::new();
        if n != text {
            write(column, i, &mut json).ok_or_else(|| {
                format!(
                    "column {name:?} holds {}, which has no form outside of tables; leave it out or keep the format",
                    column.data_type()
                )
            })?;
        }
        fields.push((name, json));
    }
    Ok(Row { fields, text })
}

/// The whole number in cell `i`, as a name.
pub(super) fn number(column: &ArrayRef, i: usize) -> Option<String> {
    if !column.data_type().is_integer() {
        return None;
    }
    let mut out = String::new();
    write(column, i, &mut out)?;
    Some(out)
}

/// Writes cell `i` as JSON; `None` where its type has no form there.
fn write(column: &ArrayRef, i: usize, out: &mut String) -> Option<()> {
    macro_rules! plain {
        ($kind:ty) => {{
            // Writing into a String cannot fail, here and below.
            let _ = write!(out, "{}", column.as_primitive::<$kind>().value(i));
        }};
    }
    macro_rules! float {
        ($kind:ty) => {{
            let value = f64::from(column.as_primitive::<$kind>().value(i));
            if value.is_finite() {
                let _ = write!(out, "{:?}", column.as_primitive::<$kind>().value(i));
            } else {
                out.push_str("null");
            }
        }};
    }
    macro_rules! moment {
        ($kind:ty, $get:ident) => {{
            match column.as_primitive::<$kind>().$get(i) {
                Some(moment) => {
                    let _ = write!(out, "\"{moment:?}\"");
                }
                None => out.push_str("null"),
            }
        }};
    }
    macro_rules! timestamp {
        ($kind:ty, $zone:expr) => {{
            match column.as_primitive::<$kind>().value_as_datetime(i) {
                Some(moment) => {
                    // What has a zone is kept in UTC.
                    let utc = if $zone.is_some() { "Z" } else { "" };
                    let _ = write!(out, "\"{moment:?}{utc}\"");
                }
                None => out.push_str("null"),
            }
        }};
    }
    macro_rules! decimal {
        ($kind:ty) => {{
            let value = column.as_primitive::<$kind>().value_as_string(i);
            // As a string: readers of JSON would make a float of it.
            let _ = write!(out, "\"{value}\"");
        }};
    }
    match cell(column, i) {
        Cell::Null => {
            out.push_str("null");
            return Some(());
        }
        Cell::Text(text) => {
            out.push_str(&escape(text, false));
            return Some(());
        }
        Cell::Bytes(bytes) => {
            hexadecimal(bytes, out);
            return Some(());
        }
        Cell::Other => {}
    }
    match column.data_type() {
        DataType::Boolean => {
            let _ = write!(out, "{}", column.as_boolean().value(i));
        }
        DataType::Int8 => plain!(Int8Type),
        DataType::Int16 => plain!(Int16Type),
        DataType::Int32 => plain!(Int32Type),
        DataType::Int64 => plain!(Int64Type),
        DataType::UInt8 => plain!(UInt8Type),
        DataType::UInt16 => plain!(UInt16Type),
        DataType::UInt32 => plain!(UInt32Type),
        DataType::UInt64 => plain!(UInt64Type),
        DataType::Float16 => {
            let value = column.as_primitive::<Float16Type>().value(i).to_f32();
            if value.is_finite() {
                let _ = write!(out, "{value:?}");
            } else {
                out.push_str("null");
            }
        }
        DataType::Float32 => float!(Float32Type),
        DataType::Float64 => float!(Float64Type),
        DataType::Date32 => moment!(Date32Type, value_as_date),
        DataType::Date64 => moment!(Date64Type, value_as_datetime),
        DataType::Time32(TimeUnit::Second) => moment!(Time32SecondType, value_as_time),
        DataType::Time32(_) => moment!(Time32MillisecondType, value_as_time),
        DataType::Time64(TimeUnit::Microsecond) => moment!(Time64MicrosecondType, value_as_time),
        DataType::Time64(_) => moment!(Time64NanosecondType, value_as_time),
        DataType::Timestamp(TimeUnit::Second, zone) => timestamp!(TimestampSecondType, zone),
        DataType::Timestamp(TimeUnit::Millisecond, zone) => {
            timestamp!(TimestampMillisecondType, zone);
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            timestamp!(TimestampMicrosecondType, zone);
        }
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => {
            timestamp!(TimestampNanosecondType, zone);
        }
        DataType::Decimal32(..) => decimal!(Decimal32Type),
        DataType::Decimal64(..) => decimal!(Decimal64Type),
        DataType::Decimal128(..) => decimal!(Decimal128Type),
        DataType::Decimal256(..) => decimal!(Decimal256Type),
        DataType::FixedSizeBinary(_) => hexadecimal(column.as_fixed_size_binary().value(i), out),
        DataType::Dictionary(..) => return write(&flat(&column.slice(i, 1)), 0, out),
        DataType::List(_) => return list(&column.as_list::<i32>().value(i), out),
        DataType::LargeList(_) => return list(&column.as_list::<i64>().value(i), out),
        DataType::FixedSizeList(..) => return list(&column.as_fixed_size_list().value(i), out),
        DataType::Struct(fields) => {
            let columns = column.as_struct().columns();
            out.push('{');
            for (n, (field, column)) in fields.iter().zip(columns).enumerate() {
                if n > 0 {
                    out.push(',');
                }
                out.push_str(&escape(field.name(), false));
                out.push(':');
                write(column, i, out)?;
            }
            out.push('}');
        }
        DataType::Map(..) => {
            let entries = column.as_map().value(i);
            let (keys, values) = (entries.column(0), entries.column(1));
            out.push('{');
            for n in 0..entries.len() {
                if n > 0 {
                    out.push(',');
                }
                let mut key = String::new();
                write(keys, n, &mut key)?;
                // Keys of JSON are strings.
                if key.starts_with('"') {
                    out.push_str(&key);
                } else {
                    out.push_str(&escape(&key, false));
                }
                out.push(':');
                write(values, n, out)?;
            }
            out.push('}');
        }
        _ => return None,
    }
    Some(())
}

fn list(items: &ArrayRef, out: &mut String) -> Option<()> {
    out.push('[');
    for n in 0..items.len() {
        if n > 0 {
            out.push(',');
        }
        write(items, n, out)?;
    }
    out.push(']');
    Some(())
}

fn hexadecimal(bytes: &[u8], out: &mut String) {
    out.push('"');
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out.push('"');
}
