//! Parquet and Arrow files for the end-to-end tests, written by the crates themselves.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{Int32Builder, ListBuilder, StringBuilder};
use arrow_array::{
    Array, ArrayRef, BinaryArray, DictionaryArray, Int64Array, LargeStringArray, RecordBatch,
    StringArray, StringViewArray, StructArray, TimestampMicrosecondArray, types::Int32Type,
};
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{DataType, Field, Fields, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;

/// How a column of text is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    Utf8,
    LargeUtf8,
    Utf8View,
    Dictionary,
    Binary,
}

/// A batch with `documents`, and columns of types that no other format has.
pub fn batch(documents: &[(&str, &str)], held: Held) -> RecordBatch {
    let texts: Vec<&str> = documents.iter().map(|(_, t)| *t).collect();
    let text: ArrayRef = match held {
        Held::Utf8 => Arc::new(StringArray::from_iter_values(texts)),
        Held::LargeUtf8 => Arc::new(LargeStringArray::from_iter_values(texts)),
        Held::Utf8View => Arc::new(StringViewArray::from_iter_values(texts)),
        Held::Dictionary => Arc::new(texts.into_iter().collect::<DictionaryArray<Int32Type>>()),
        Held::Binary => Arc::new(BinaryArray::from_iter_values(texts)),
    };
    let n = documents.len();
    let mut lists = ListBuilder::new(Int32Builder::new());
    let mut tags = StringBuilder::new();
    for i in 0..n {
        lists.append_value([Some(i as i32), None]);
        tags.append_option((i % 2 == 0).then_some("even"));
    }
    let urls: ArrayRef = Arc::new(StringArray::from_iter_values(
        (0..n).map(|i| format!("https://example.org/{i}")),
    ));
    let fields = Fields::from(vec![Field::new("url", DataType::Utf8, true)]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "id",
            Arc::new(StringArray::from_iter_values(
                documents.iter().map(|(id, _)| *id),
            )),
        ),
        ("n", Arc::new(Int64Array::from_iter_values(0..n as i64))),
        ("text", text),
        ("list", Arc::new(lists.finish())),
        ("tag", Arc::new(tags.finish())),
        (
            "when",
            Arc::new(
                TimestampMicrosecondArray::from_iter_values(
                    (0..n as i64).map(|i| 1_700_000_000_000_000 + i),
                )
                .with_timezone("UTC"),
            ),
        ),
        (
            "kind",
            Arc::new(
                (0..n)
                    .map(|_| "news")
                    .collect::<DictionaryArray<Int32Type>>(),
            ),
        ),
        (
            "metadata",
            Arc::new(StructArray::new(fields, vec![urls], None)),
        ),
    ];
    let plain = RecordBatch::try_from_iter(columns).unwrap();
    let schema = Schema::clone(&plain.schema()).with_metadata(std::collections::HashMap::from([(
        "note".to_owned(),
        "kept".to_owned(),
    )]));
    RecordBatch::try_new(Arc::new(schema), plain.columns().to_vec()).unwrap()
}

/// Writes `batches` to `path`, as what its ending says; `arrows` is a stream.
pub fn write(path: &Path, batches: &[RecordBatch]) {
    let file = File::create(path).unwrap();
    let schema = batches[0].schema();
    match path.extension().unwrap().to_str().unwrap() {
        "parquet" => {
            let notes = vec![parquet::file::metadata::KeyValue::new(
                "note".to_owned(),
                "kept".to_owned(),
            )];
            let properties = WriterProperties::builder()
                .set_key_value_metadata(Some(notes))
                .set_compression(parquet::basic::Compression::SNAPPY)
                .build();
            let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).unwrap();
            for batch in batches {
                writer.write(batch).unwrap();
                writer.flush().unwrap();
            }
            writer.close().unwrap();
        }
        "arrows" => {
            let mut writer = StreamWriter::try_new(file, &schema).unwrap();
            for batch in batches {
                writer.write(batch).unwrap();
            }
            writer.finish().unwrap();
        }
        _ => {
            let mut writer = FileWriter::try_new(file, &schema).unwrap();
            for batch in batches {
                writer.write(batch).unwrap();
            }
            writer.finish().unwrap();
        }
    }
}

/// All rows of the table at `path`, as one batch.
pub fn read(path: &Path) -> RecordBatch {
    let file = File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let batches: Vec<RecordBatch> = match path.extension().unwrap().to_str().unwrap() {
        "parquet" => ParquetRecordBatchReaderBuilder::try_new(file)
            .unwrap()
            .build()
            .unwrap()
            .map(Result::unwrap)
            .collect(),
        "arrows" => arrow_ipc::reader::StreamReader::try_new(file, None)
            .unwrap()
            .map(Result::unwrap)
            .collect(),
        _ => FileReader::try_new(file, None)
            .unwrap()
            .map(Result::unwrap)
            .collect(),
    };
    arrow_select::concat::concat_batches(&batches[0].schema(), &batches).unwrap()
}

/// The table without its column `text`, for comparison.
pub fn others(batch: &RecordBatch) -> RecordBatch {
    let schema = batch.schema();
    let kept: Vec<usize> = (0..batch.num_columns())
        .filter(|&i| schema.field(i).name() != "text")
        .collect();
    batch.project(&kept).unwrap()
}

/// The texts of the table.
pub fn texts(batch: &RecordBatch) -> Vec<String> {
    let column = batch.column_by_name("text").unwrap();
    let strings: Vec<Option<&str>> = match column.data_type() {
        DataType::Utf8 => column
            .as_any()
            .downcast_ref::<StringArray>()
            .unwrap()
            .iter()
            .collect(),
        DataType::LargeUtf8 => column
            .as_any()
            .downcast_ref::<LargeStringArray>()
            .unwrap()
            .iter()
            .collect(),
        DataType::Utf8View => column
            .as_any()
            .downcast_ref::<StringViewArray>()
            .unwrap()
            .iter()
            .collect(),
        DataType::Binary => column
            .as_any()
            .downcast_ref::<BinaryArray>()
            .unwrap()
            .iter()
            .map(|b| b.map(|b| std::str::from_utf8(b).unwrap()))
            .collect(),
        other => panic!("texts are held as {other}"),
    };
    strings.into_iter().map(|s| s.unwrap().to_owned()).collect()
}
