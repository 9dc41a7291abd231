//! Reading Parquet.

use std::fs::File;

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};

use super::{Batches, Codec};

/// Bytes of columns, unpacked, that a batch aims at, so that memory does not follow the size of rows.
const BATCH_BYTES: u64 = 1 << 20;
/// Rows of a batch at most.
const BATCH_ROWS: u64 = 1024;

pub(super) fn open(file: File, wanted: Option<&[String]>) -> Result<Batches, String> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| e.to_string())?;
    let schema = builder.schema().clone();
    let leaves: Vec<usize> = builder
        .parquet_schema()
        .columns()
        .iter()
        .enumerate()
        .filter(|(_, column)| wanted.is_none_or(|w| is_wanted(w, column.path().parts())))
        .map(|(i, _)| i)
        .collect();
    let rows = rows_of_a_batch(builder.metadata(), &leaves);
    let codec = codec(builder.metadata(), &leaves);
    let mask = ProjectionMask::leaves(builder.parquet_schema(), leaves);
    let reader = builder
        .with_projection(mask)
        .with_batch_size(rows)
        .build()
        .map_err(|e| e.to_string())?;
    Ok(Batches {
        schema,
        codec,
        stream: false,
        rest: Box::new(reader.map(|batch| batch.map_err(|e| e.to_string()))),
    })
}

/// Whether the column at `path` is one of those `wanted`, or a part of one.
fn is_wanted(wanted: &[String], path: &[String]) -> bool {
    wanted.iter().any(|w| {
        let mut names = w.split('.');
        w == &path[0] || path.iter().all(|p| names.next() == Some(p.as_str()))
    })
}

fn rows_of_a_batch(metadata: &ParquetMetaData, leaves: &[usize]) -> usize {
    let largest = metadata
        .row_groups()
        .iter()
        .map(|group| {
            let bytes: u64 = leaves
                .iter()
                .filter_map(|&l| group.columns().get(l))
                .map(|c| c.uncompressed_size().max(0) as u64)
                .sum();
            bytes / (group.num_rows().max(1) as u64)
        })
        .max()
        .unwrap_or_default();
    (BATCH_BYTES / largest.max(1)).clamp(1, BATCH_ROWS) as usize
}

/// How most of the bytes that are read are packed.
fn codec(metadata: &ParquetMetaData, leaves: &[usize]) -> Codec {
    let columns = metadata.row_groups().first().map(RowGroupMetaData::columns);
    let largest = leaves
        .iter()
        .filter_map(|&l| columns?.get(l))
        .max_by_key(|c| c.uncompressed_size());
    match largest.map(ColumnChunkMetaData::compression) {
        Some(Compression::SNAPPY) => Codec::Snappy,
        Some(Compression::GZIP(_)) => Codec::Gzip,
        Some(Compression::ZSTD(_)) => Codec::Zstd,
        Some(Compression::LZ4 | Compression::LZ4_RAW) => Codec::Lz4,
        Some(Compression::BROTLI(_)) => Codec::Brotli,
        _ => Codec::Plain,
    }
}
