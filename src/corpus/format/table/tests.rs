use std::io::Write as _;
use std::sync::Arc;

use arrow_array::{Int64Array, StringArray};

use super::write::{Manner, TableFile};
use super::*;
use crate::corpus::read::Settings;

const ROWS: i64 = 300;

/// A table in `format` whose text is missing in one row.
fn table(format: Format, codec: Codec, stream: bool) -> Vec<u8> {
    let texts = (0..ROWS).map(|i| (i != 7).then(|| format!("The text of row {i} says its own.")));
    let batch = RecordBatch::try_from_iter([
        (
            "id",
            Arc::new(Int64Array::from_iter_values(0..ROWS)) as ArrayRef,
        ),
        ("text", Arc::new(texts.collect::<StringArray>())),
    ])
    .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("table");
    let file = Compression::None
        .writer(File::create(&path).unwrap())
        .unwrap();
    let manner = Manner {
        format,
        codec,
        stream,
        flatten: false,
    };
    let mut writer = TableFile::start(file, &batch.schema(), manner).unwrap();
    writer.put(&batch).unwrap();
    writer.put(&batch).unwrap();
    writer.finish().unwrap();
    std::fs::read(&path).unwrap()
}

fn read(format: Format, bytes: &[u8]) -> Vec<Result<Raw, Reject>> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    let place = Place::for_test(format, Settings::default());
    match TableReader::new(place, file) {
        Ok(mut reader) => std::iter::from_fn(|| reader.next()).collect(),
        Err(reject) => vec![Err(reject)],
    }
}

fn all() -> Vec<(Format, Vec<u8>)> {
    let mut all: Vec<(Format, Vec<u8>)> = [
        Codec::Plain,
        Codec::Snappy,
        Codec::Gzip,
        Codec::Zstd,
        Codec::Lz4,
        Codec::Brotli,
    ]
    .into_iter()
    .map(|codec| (Format::Parquet, table(Format::Parquet, codec, false)))
    .collect();
    for codec in [Codec::Plain, Codec::Zstd, Codec::Lz4] {
        for stream in [false, true] {
            all.push((Format::Arrow, table(Format::Arrow, codec, stream)));
        }
    }
    all
}

#[test]
fn rows_are_documents_and_a_missing_text_is_a_reject() {
    for (format, bytes) in all() {
        let documents = read(format, &bytes);
        assert_eq!(documents.len() as i64, 2 * ROWS);
        let rejects: Vec<&Reject> = documents.iter().filter_map(|d| d.as_ref().err()).collect();
        assert_eq!(rejects.len(), 2);
        assert_eq!(
            (rejects[0].reason.as_str(), rejects[0].offset),
            ("no-text", 7)
        );
        let Ok(Raw {
            offset,
            body: Body::Record(record),
        }) = &documents[ROWS as usize + 1]
        else {
            panic!("not a record")
        };
        assert_eq!((*offset, record.number), (ROWS as u64 + 1, ROWS as u64 + 2));
        assert_eq!(record.id.as_deref(), Some("1"));
        assert_eq!(
            record.content.text(),
            Some("The text of row 1 says its own.")
        );
    }
}

#[test]
fn a_damaged_table_is_one_reject_and_never_a_panic() {
    for (format, bytes) in all() {
        for cut in (1..bytes.len()).step_by(bytes.len() / 40 + 1) {
            let documents = read(format, &bytes[..cut]);
            let corrupt = documents
                .iter()
                .filter(|d| d.as_ref().is_err_and(|r| r.reason == "corrupt"))
                .count();
            // A stream cut between its batches is one with fewer batches.
            assert!(
                corrupt == 1 || (format == Format::Arrow && corrupt == 0),
                "{format:?} cut at {cut}"
            );
        }
        for at in (0..bytes.len()).step_by(bytes.len() / 150 + 1) {
            let mut changed = bytes.clone();
            changed[at] ^= 0xA5;
            let documents = read(format, &changed);
            let corrupt = documents
                .iter()
                .filter(|d| d.as_ref().is_err_and(|r| r.reason == "corrupt"))
                .count();
            assert!(corrupt <= 1, "{format:?} changed at {at}");
        }
    }
}

#[test]
fn a_table_without_the_text_names_its_columns() {
    let bytes = table(Format::Parquet, Codec::Plain, false);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    let settings = Settings {
        text_field: "body".into(),
        ..Settings::default()
    };
    let Err(reject) = TableReader::new(Place::for_test(Format::Parquet, settings), file) else {
        panic!("it was read")
    };
    assert_eq!(reject.reason, "no-text");
    assert!(
        reject.detail.contains("text") && reject.detail.contains("--text-field"),
        "{}",
        reject.detail
    );
}
