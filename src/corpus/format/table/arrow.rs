//! Reading Arrow IPC, the file and the stream.
//!
//! Blocks are read here, by what the footer says of them and never more than the file holds; the library decodes them.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{FileDecoder, StreamDecoder, read_footer_length};
use arrow_ipc::{Block, CompressionType, root_as_footer, root_as_message};
use arrow_schema::SchemaRef;

use super::{Batches, Codec};
use crate::corpus::compression::Limits;

const MAGIC: &[u8] = b"ARROW1";
/// Before the length of a message, since format version 5.
const MARKER: [u8; 4] = [0xFF; 4];

pub(super) fn open(mut file: File, wanted: Option<&[String]>) -> Result<Batches, String> {
    let mut head = [0; 6];
    let read = file.read(&mut head).map_err(|e| e.to_string())?;
    file.rewind().map_err(|e| e.to_string())?;
    if &head[..read] == MAGIC {
        return open_file(file, wanted);
    }
    if head.starts_with(b"FEA1") {
        return Err("it is Feather of version 1, which is read by no more than a few programs; write it again as version 2".into());
    }
    open_stream(file)
}

fn open_file(mut file: File, wanted: Option<&[String]>) -> Result<Batches, String> {
    let length = file.metadata().map_err(|e| e.to_string())?.len();
    let cut = || "it ends in the middle".to_owned();
    let trailer = length.checked_sub(10).ok_or_else(cut)?;
    let mut tail = [0; 10];
    let read = |file: &mut File, at: u64, into: &mut [u8]| -> Result<(), String> {
        file.seek(SeekFrom::Start(at))
            .and_then(|_| file.read_exact(into))
            .map_err(|e| e.to_string())
    };
    read(&mut file, trailer, &mut tail)?;
    if !tail.ends_with(MAGIC) {
        return Err(cut());
    }
    let size = read_footer_length(tail).map_err(|e| e.to_string())? as u64;
    let start = trailer.checked_sub(size).ok_or_else(cut)?;
    let mut footer = vec![0; size as usize];
    read(&mut file, start, &mut footer)?;
    let footer = root_as_footer(&footer).map_err(|e| e.to_string())?;
    let schema = footer.schema().ok_or("it has no schema")?;
    let schema: SchemaRef = Arc::new(try_fb_to_schema(schema).map_err(|e| e.to_string())?);
    let mut decoder = FileDecoder::new(schema.clone(), footer.version());
    if let Some(wanted) = wanted {
        decoder = decoder.with_projection(
            schema
                .fields()
                .iter()
                .enumerate()
                .filter(|(_, f)| wanted.iter().any(|w| w.split('.').next() == Some(f.name())))
                .map(|(i, _)| i)
                .collect(),
        );
    }
    let mut blocks = Blocks { file, length };
    for block in footer.dictionaries().iter().flatten() {
        let bytes = blocks.read(block)?;
        decoder
            .read_dictionary(block, &bytes)
            .map_err(|e| e.to_string())?;
    }
    let batches: Vec<Block> = footer.recordBatches().iter().flatten().copied().collect();
    let codec = match batches.first() {
        Some(first) => codec(&blocks.read(first)?),
        None => Codec::Plain,
    };
    let mut failed = false;
    let batches = batches
        .into_iter()
        .filter_map(move |block| {
            let bytes = match blocks.read(&block) {
                Ok(bytes) => bytes,
                Err(why) => return Some(Err(why)),
            };
            let batch = decoder.read_record_batch(&block, &bytes);
            batch.map_err(|e| e.to_string()).transpose()
        })
        // Behind a damaged batch there is no saying which rows follow.
        .take_while(move |batch| !std::mem::replace(&mut failed, batch.is_err()));
    Ok(Batches {
        schema,
        codec,
        stream: false,
        rest: Box::new(batches),
    })
}

/// The blocks of a file.
struct Blocks {
    file: File,
    length: u64,
}

impl Blocks {
    fn read(&mut self, block: &Block) -> Result<Buffer, String> {
        let place = || -> Option<(u64, u64)> {
            let at = u64::try_from(block.offset()).ok()?;
            let head = u64::try_from(block.metaDataLength()).ok()?;
            let size = head.checked_add(u64::try_from(block.bodyLength()).ok()?)?;
            (at.checked_add(size)? <= self.length).then_some((at, size))
        };
        let (at, size) = place().ok_or("a block lies outside of the file")?;
        let mut bytes = vec![0; size as usize];
        self.file
            .seek(SeekFrom::Start(at))
            .and_then(|_| self.file.read_exact(&mut bytes))
            .map_err(|e| e.to_string())?;
        // Old files have no marker before the length of the message.
        let begin = if bytes.starts_with(&MARKER) { 8 } else { 4 };
        let head = u64::try_from(block.metaDataLength()).unwrap_or(0) as usize;
        if let (Some(message), Some(body)) = (bytes.get(begin..head), bytes.get(head..)) {
            check_sizes(message, body)?;
        }
        Ok(Buffer::from_vec(bytes))
    }
}

/// Refuses a message whose packed buffers say that they unpack to more than packed data could: the library takes that much memory before
/// it looks.
fn check_sizes(message: &[u8], body: &[u8]) -> Result<(), String> {
    let Ok(message) = root_as_message(message) else {
        // The library says what is wrong.
        return Ok(());
    };
    let batch = message
        .header_as_record_batch()
        .or_else(|| message.header_as_dictionary_batch()?.data());
    let Some(batch) = batch.filter(|b| b.compression().is_some()) else {
        return Ok(());
    };
    let limits = Limits::default();
    for buffer in batch.buffers().iter().flatten() {
        let (Ok(at), Ok(packed)) = (
            usize::try_from(buffer.offset()),
            u64::try_from(buffer.length()),
        ) else {
            return Err("a buffer lies outside of its block".into());
        };
        let claim = body.get(at..).and_then(<[u8]>::first_chunk::<8>);
        // Less than nothing: the buffer is not packed.
        let claim = claim.map_or(0, |b| i64::from_le_bytes(*b).max(0)) as u64;
        if packed > 8 && claim > limits.free.max(packed.saturating_mul(limits.ratio)) {
            return Err(format!(
                "a buffer of {packed} bytes says that it unpacks to {claim}"
            ));
        }
    }
    Ok(())
}

/// How the buffers of the batch in `block` are packed.
fn codec(block: &Buffer) -> Codec {
    // Old files have no marker before the length of the message.
    let begin = if block.starts_with(&MARKER) { 8 } else { 4 };
    let compression = block
        .get(begin..)
        .and_then(|bytes| root_as_message(bytes).ok())
        .and_then(|m| m.header_as_record_batch()?.compression());
    match compression.map(|c| c.codec()) {
        Some(CompressionType::ZSTD) => Codec::Zstd,
        Some(CompressionType::LZ4_FRAME) => Codec::Lz4,
        _ => Codec::Plain,
    }
}

fn open_stream(file: File) -> Result<Batches, String> {
    let mut stream = Stream {
        file,
        decoder: StreamDecoder::new(),
        chunk: Buffer::from_vec(Vec::<u8>::new()),
        ended: false,
    };
    // The schema comes before the first batch.
    let first = stream.next();
    let schema = match (&first, stream.decoder.schema()) {
        (Some(Err(why)), None) => return Err(why.clone()),
        (_, Some(schema)) => schema,
        (_, None) => return Err("it holds no schema".into()),
    };
    Ok(Batches {
        schema,
        codec: Codec::Plain,
        stream: true,
        rest: Box::new(first.into_iter().chain(stream)),
    })
}

/// The batches of a stream.
struct Stream {
    file: File,
    decoder: StreamDecoder,
    chunk: Buffer,
    ended: bool,
}

impl Stream {
    /// The next message with its body, never more than the file holds; empty behind the last.
    fn message(&mut self) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let mut read = |n: u64, bytes: &mut Vec<u8>| -> Result<bool, String> {
            let read = (&mut self.file).take(n).read_to_end(bytes);
            Ok(read.map_err(|e| e.to_string())? as u64 == n)
        };
        let mut whole = read(4, &mut bytes)?;
        if whole && bytes == MARKER {
            whole = read(4, &mut bytes)?;
        }
        let begin = bytes.len();
        let length = bytes
            .last_chunk::<4>()
            .map_or(0, |b| u32::from_le_bytes(*b));
        if !whole || length == 0 {
            // The end, or half a beginning, of which the library knows what to say.
            return Ok(bytes);
        }
        if !read(length.into(), &mut bytes)? {
            return Ok(bytes);
        }
        let head = bytes.len();
        let body = root_as_message(&bytes[begin..])
            .ok()
            .and_then(|m| u64::try_from(m.bodyLength()).ok());
        if let Some(body) = body {
            read(body, &mut bytes)?;
            check_sizes(&bytes[begin..head], &bytes[head..])?;
        }
        Ok(bytes)
    }

    fn step(&mut self) -> Result<Option<RecordBatch>, String> {
        loop {
            if self.chunk.is_empty() {
                let bytes = self.message()?;
                if bytes.is_empty() {
                    self.decoder.finish().map_err(|e| e.to_string())?;
                    return Ok(None);
                }
                self.chunk = Buffer::from_vec(bytes);
            }
            let batch = self.decoder.decode(&mut self.chunk);
            if let Some(batch) = batch.map_err(|e| e.to_string())? {
                return Ok(Some(batch));
            }
        }
    }
}

impl Iterator for Stream {
    type Item = Result<RecordBatch, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.step().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}
