//! Files of 64-bit numbers, little-endian, that are there whole or not at all: the last number is the XXH3 of those before it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crate::text::hash::{hash, seed};

/// Writes `numbers` to `path`.
///
/// # Errors
/// When the disk is full.
pub(crate) fn write(path: &Path, numbers: &[u64]) -> io::Result<()> {
    let mut bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    bytes.extend(hash(&bytes, seed::TEXT).to_le_bytes());
    let beside = path.with_extension("new");
    File::create(&beside)?.write_all(&bytes)?;
    std::fs::rename(beside, path)
}

/// The numbers in the file at `path`; `None` where there is none, or it is not what was written.
pub(crate) fn read(path: &Path) -> Option<Vec<u64>> {
    let bytes = std::fs::read(path).ok()?;
    let (bytes, sum) = bytes.split_last_chunk::<8>()?;
    if hash(bytes, seed::TEXT) != u64::from_le_bytes(*sum) {
        return None;
    }
    let numbers = bytes.as_chunks::<8>().0.iter();
    Some(numbers.map(|b| u64::from_le_bytes(*b)).collect())
}
