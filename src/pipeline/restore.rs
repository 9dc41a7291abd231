//! From a run folder back to the original bytes of every document.
//!
//! The cleaned texts and `edits.jsonl` give the decoded source texts; the encoding's name and `restore.jsonl` give
//! the bytes. Each is checked against the SHA-256 that `documents.jsonl` holds, so what comes out is the original
//! or an error, never something near it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Lines, Write};
use std::iter::Peekable;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::cleaning::hex;
use super::manifest::Manifest;
use super::rows::{DocumentRow, EditRow, RestoreRow, source_text};
use crate::corpus::Format;
use crate::corpus::compression::{Compression, PackedWriter};
use crate::corpus::folder::{FolderError, META, open_rows};
use crate::corpus::inputs::Input;
use crate::corpus::json_text::Escapes;
use crate::corpus::read::{Body, Reader, Record, Settings};
use crate::decode::{ByteRecord, encode};

/// Why a run folder cannot be restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The run folder cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A file of rows is damaged.
    #[error("{}: {name}.jsonl: line {line}: not a row of limpid's", folder.display())]
    Row {
        /// The run folder.
        folder: PathBuf,
        /// The file.
        name: &'static str,
        /// 1-based line.
        line: u64,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The cleaned document is not what the run wrote.
    #[error("{path}: is not what the run wrote: {why}")]
    Changed {
        /// The document's id.
        path: String,
        /// What shows it.
        why: String,
    },
    /// The target is not empty.
    #[error("{}: not empty", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{}: cannot be {doing}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Read or written.
        doing: &'static str,
        /// Why.
        source: io::Error,
    },
}

impl RestoreError {
    /// What the user can do about it, for the `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Folder(e) => e.help(),
            Self::Changed { .. } => Some(
                "restoring needs the cleaned files as limpid wrote them; run `limpid clean` again"
                    .into(),
            ),
            Self::NotEmpty { .. } => Some("name an empty or new folder".into()),
            _ => None,
        }
    }
}

/// Writes the original bytes of every document of the run in `dir` to `out`; returns how many there were.
///
/// Text files come back under their paths, records in their shards. A packed file holds the original bytes, packed
/// anew: the packing itself may differ.
///
/// # Errors
/// When the folder is no finished run, was changed, or `out` is not empty or cannot be written.
pub fn restore(dir: &Path, out: &Path) -> Result<u64, RestoreError> {
    if out
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some())
    {
        return Err(RestoreError::NotEmpty {
            path: out.to_owned(),
        });
    }
    let mut run = RunReader::open(dir)?;
    let mut shard: Option<(String, PackedWriter<File>)> = None;
    let mut restored = 0;
    while let Some(document) = run.next_document()? {
        let path = document.row.path.clone();
        let target = out.join(&path);
        let failed = |source| RestoreError::Io {
            path: target.clone(),
            doing: "written",
            source,
        };
        let (compression, _) = Compression::of_name(&path);
        let bytes = document.original()?;
        if shard.as_ref().is_none_or(|(open, _)| *open != path) {
            if let Some((_, writer)) = shard.take() {
                writer.finish().map_err(failed)?;
            }
            std::fs::create_dir_all(target.parent().unwrap_or(out)).map_err(failed)?;
            let file = File::create(&target).map_err(failed)?;
            shard = Some((path, compression.writer(file).map_err(failed)?));
        }
        if let Some((_, writer)) = &mut shard {
            writer.write_all(&bytes).map_err(failed)?;
        }
        restored += 1;
    }
    if let Some((path, writer)) = shard {
        let target = out.join(path);
        writer.finish().map_err(|source| RestoreError::Io {
            path: target,
            doing: "written",
            source,
        })?;
    }
    std::fs::create_dir_all(out).map_err(|source| RestoreError::Io {
        path: out.to_owned(),
        doing: "written",
        source,
    })?;
    Ok(restored)
}

/// A document of a finished run, with all that is known about it.
#[derive(Debug)]
#[non_exhaustive]
pub struct RunDocument {
    /// Its row.
    pub row: DocumentRow,
    /// Its edits and suggestions, in reading order.
    pub edits: Vec<EditRow>,
    /// The cleaned text.
    pub text: String,
    record: Option<Record>,
    restore: Option<RestoreRow>,
}

impl RunDocument {
    /// The decoded source text.
    ///
    /// # Errors
    /// When the cleaned text is not the one the run wrote.
    pub fn source_text(&self) -> Result<String, RestoreError> {
        source_text(&self.text, &self.edits).map_err(|e| self.changed(e.to_string()))
    }

    /// The document's original bytes; of a record, its line.
    ///
    /// # Errors
    /// As [`source_text`](Self::source_text), and when the outcome does not have the original's SHA-256.
    pub fn original(&self) -> Result<Vec<u8>, RestoreError> {
        let source = self.source_text()?;
        let none = ByteRecord::default();
        let record = self
            .restore
            .as_ref()
            .and_then(|r| r.bytes.as_ref())
            .unwrap_or(&none);
        let bytes = match &self.record {
            None => encode(&source, &self.row.encoding, record)
                .map_err(|e| self.changed(e.to_string()))?,
            Some(_) => source.clone().into_bytes(),
        };
        if hex(&Sha256::digest(&bytes)) != self.row.sha256_in {
            return Err(self.changed("its SHA-256 is another".into()));
        }
        let Some(record) = &self.record else {
            return Ok(bytes);
        };
        let habit = self
            .restore
            .as_ref()
            .and_then(|r| r.escapes.as_ref())
            .unwrap_or(&Escapes::Minimal);
        let (head, tail) = (
            &record.line[..record.literal.start],
            &record.line[record.literal.end..],
        );
        Ok(format!("{head}{}{tail}", habit.write(&source)).into_bytes())
    }

    fn changed(&self, why: String) -> RestoreError {
        RestoreError::Changed {
            path: self.row.id.clone(),
            why,
        }
    }
}

/// Reads a finished run document by document, in the order of `documents.jsonl`, all files side by side.
pub struct RunReader {
    dir: PathBuf,
    /// The run's manifest.
    pub manifest: Manifest,
    documents: Rows<DocumentRow>,
    edits: Peekable<Rows<EditRow>>,
    restore: Peekable<Rows<RestoreRow>>,
    kept: Option<ShardReader>,
    dropped: Option<ShardReader>,
}

impl RunReader {
    /// Opens the run in `dir`.
    ///
    /// # Errors
    /// When it holds no finished run.
    pub fn open(dir: &Path) -> Result<Self, RestoreError> {
        let path = dir.join(META).join("manifest.json");
        let manifest = std::fs::read(&path)
            .ok()
            .and_then(|text| serde_json::from_slice::<Manifest>(&text).ok())
            .ok_or_else(|| FolderError::NoRun {
                path: dir.to_owned(),
            })?;
        Ok(Self {
            dir: dir.to_owned(),
            manifest,
            documents: Rows::open(dir, "documents")?,
            edits: Rows::open(dir, "edits")?.peekable(),
            restore: Rows::open(dir, "restore")?.peekable(),
            kept: None,
            dropped: None,
        })
    }

    /// The next document, or `None` behind the last.
    ///
    /// # Errors
    /// When a row is damaged or a document's file cannot be read.
    pub fn next_document(&mut self) -> Result<Option<RunDocument>, RestoreError> {
        let Some(row) = self.documents.next().transpose()? else {
            return Ok(None);
        };
        let mut edits = Vec::new();
        while let Some(next) = self
            .edits
            .next_if(|e| e.as_ref().map_or(true, |e| e.id == row.id))
        {
            edits.push(next?);
        }
        let restore = self
            .restore
            .next_if(|r| r.as_ref().map_or(true, |r| r.id == row.id))
            .transpose()?;
        let (text, record) = self.text_of(&row)?;
        Ok(Some(RunDocument {
            row,
            edits,
            text,
            record,
            restore,
        }))
    }

    fn text_of(&mut self, row: &DocumentRow) -> Result<(String, Option<Record>), RestoreError> {
        let below = if row.dropped {
            format!("{META}/dropped/{}", row.path)
        } else {
            row.path.clone()
        };
        let path = self.dir.join(&below);
        let (compression, _) = Compression::of_name(&row.path);
        if row.line.is_none() {
            let mut text = String::new();
            File::open(&path)
                .and_then(|f| compression.reader(f))
                .and_then(|mut r| r.read_to_string(&mut text))
                .map_err(|source| RestoreError::Io {
                    path,
                    doing: "read",
                    source,
                })?;
            return Ok((text, None));
        }
        let shard = if row.dropped {
            &mut self.dropped
        } else {
            &mut self.kept
        };
        if shard.as_ref().is_none_or(|s| s.below != below) {
            *shard = Some(ShardReader::open(
                &below,
                &path,
                self.manifest.config.input.clone(),
            )?);
        }
        let record =
            shard
                .as_mut()
                .and_then(Iterator::next)
                .ok_or_else(|| RestoreError::Changed {
                    path: row.id.clone(),
                    why: "its line is missing".into(),
                })?;
        Ok((record.text.clone(), Some(record)))
    }
}

impl std::fmt::Debug for RunReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunReader")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

/// The records of one shard, read as the run read its input.
struct ShardReader {
    below: String,
    lines: std::vec::IntoIter<Record>,
    file: BufReader<Box<dyn io::Read + Send>>,
    input: Input,
    settings: Settings,
}

impl ShardReader {
    fn open(below: &str, path: &Path, settings: Settings) -> Result<Self, RestoreError> {
        let (compression, _) = Compression::of_name(below);
        let file = File::open(path)
            .and_then(|f| compression.reader(f))
            .map_err(|source| RestoreError::Io {
                path: path.to_owned(),
                doing: "read",
                source,
            })?;
        let input = Input {
            source: path.to_owned(),
            path: below.to_owned(),
            format: Format::Jsonl,
            compression: Compression::None,
            bytes: 0,
        };
        Ok(Self {
            below: below.to_owned(),
            lines: Vec::new().into_iter(),
            file: BufReader::with_capacity(1 << 16, file),
            input,
            settings,
        })
    }
}

impl Iterator for ShardReader {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        loop {
            if let Some(record) = self.lines.next() {
                return Some(record);
            }
            let mut line = Vec::new();
            if self.file.read_until(b'\n', &mut line).ok()? == 0 {
                return None;
            }
            let reader =
                Reader::over(&self.input, &self.settings, Box::new(io::Cursor::new(line))).ok()?;
            let records: Vec<Record> = reader
                .filter_map(|raw| match raw.ok()?.body {
                    Body::Record(record) => Some(record),
                    Body::Text(_) => None,
                })
                .collect();
            self.lines = records.into_iter();
        }
    }
}

/// The rows of one file.
struct Rows<T> {
    folder: PathBuf,
    name: &'static str,
    lines: Lines<Box<dyn BufRead>>,
    at: u64,
    row: std::marker::PhantomData<T>,
}

impl<T> Rows<T> {
    fn open(folder: &Path, name: &'static str) -> Result<Self, FolderError> {
        Ok(Self {
            folder: folder.to_owned(),
            name,
            lines: open_rows(folder, name)?.lines(),
            at: 0,
            row: std::marker::PhantomData,
        })
    }
}

impl<T: DeserializeOwned> Iterator for Rows<T> {
    type Item = Result<T, RestoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.lines.next()? {
            Ok(line) => line,
            Err(source) => {
                let path = self.folder.join(META).join(self.name);
                return Some(Err(RestoreError::Io {
                    path,
                    doing: "read",
                    source,
                }));
            }
        };
        self.at += 1;
        Some(
            serde_json::from_str(&line).map_err(|source| RestoreError::Row {
                folder: self.folder.clone(),
                name: self.name,
                line: self.at,
                source,
            }),
        )
    }
}
