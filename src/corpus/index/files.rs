//! Names and small file operations of an index. Everything is on disk before something that names it is.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::Xxh3;

use super::IndexError;

pub(super) const LIST: &str = "index.json";
pub(super) const LOCK: &str = "lock";
/// What a segment's folder begins with, and that of one being written.
pub(super) const SEGMENT: &str = "segment-";
pub(super) const INCOMING: &str = "incoming-";
/// In the folder of a segment.
pub(super) const ABOUT: &str = "segment.json";
/// In the folder of one being written.
pub(super) const PLAN: &str = "inputs.json";
pub(super) const DOCUMENTS: &str = "documents";
pub(super) const TEXTS: &str = "texts";
pub(super) const COLUMNS: &str = "columns";
pub(super) const BANDS: &str = "bands";
pub(super) const FINGERPRINTS: &str = "fingerprints";

/// Turns an error of the system into one that names the file and what was tried.
pub(super) fn failed<'p>(
    path: &'p Path,
    doing: &'static str,
) -> impl Fn(io::Error) -> IndexError + 'p {
    move |source| IndexError::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}

pub(super) fn damaged(path: &Path, problem: impl Into<String>) -> IndexError {
    IndexError::Damaged {
        path: path.to_owned(),
        problem: problem.into(),
    }
}

pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, IndexError> {
    let text = fs::read_to_string(path).map_err(failed(path, "read"))?;
    serde_json::from_str(&text).map_err(|e| damaged(path, e.to_string()))
}

/// Writes `value` beside `path` and renames it into place: readers see the old file or the new one.
pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), IndexError> {
    let beside = path.with_extension("json.new");
    let mut text =
        serde_json::to_string_pretty(value).map_err(|e| failed(path, "write")(e.into()))?;
    text.push('\n');
    let write = || {
        let mut file = File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(failed(path, "write"))
}

/// Makes renames in `folder` last, where the system can.
pub(super) fn sync_folder(folder: &Path) -> Result<(), IndexError> {
    if cfg!(unix) {
        let sync = || File::open(folder)?.sync_all();
        sync().map_err(failed(folder, "write"))?;
    }
    Ok(())
}

pub(super) fn remove_folder(path: &Path) -> Result<(), IndexError> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed(path, "remove")(e)),
        _ => Ok(()),
    }
}

/// Length and XXH3 of a file.
pub(super) fn digest(path: &Path) -> io::Result<(u64, u64)> {
    let mut file = File::open(path)?;
    let mut hash = Xxh3::new();
    let mut buffer = vec![0; 1 << 18];
    let mut length = 0;
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok((length, hash.digest()));
        }
        hash.update(&buffer[..n]);
        length += n as u64;
    }
}

/// A file being written, whose length and digest are taken on the way.
pub(super) struct Digesting {
    file: BufWriter<File>,
    hash: Xxh3,
    length: u64,
}

impl Digesting {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::with_capacity(1 << 18, File::create(path)?),
            hash: Xxh3::new(),
            length: 0,
        })
    }

    /// Puts all on disk; length and digest.
    pub(super) fn finish(self) -> io::Result<(u64, u64)> {
        let file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok((self.length, self.hash.digest()))
    }
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.hash.update(&bytes[..n]);
        self.length += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
