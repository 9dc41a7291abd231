//! From a run folder back to the original bytes of every document.
//!
//! The cleaned texts and `edits.jsonl` give the decoded source texts; the encoding's name and `restore.jsonl` give
//! the bytes. Each is checked against the SHA-256 that `documents.jsonl` holds, so what comes out is the original
//! or an error, never something near it.

#[cfg(feature = "parquet")]
mod tables;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, Lines, Read, Write};
use std::iter::Peekable;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::cleaning::hex;
use super::manifest::Manifest;
use super::rows::{DocumentRow, EditRow, RestoreRow, source_text};
use crate::corpus::compression::{Compression, Limits, PackedWriter};
use crate::corpus::folder::{FolderError, META, open_rows};
use crate::corpus::inputs::Input;
use crate::corpus::json_text::Escapes;
use crate::corpus::line::Line;
use crate::corpus::names::file_name;
use crate::corpus::read::{Body, Carrier, Reader, Record, Settings};
use crate::corpus::shards::split::aside;
use crate::corpus::{Format, Reject};
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
/// Text files come back under their paths, and so do the records of JSONL and CSV, in files that hold them as they stood. A
/// packed file holds the original bytes, packed anew: the packing itself may differ. Tables come back as tables with the
/// original texts (a column of them that was a dictionary is plain) and all other columns; the bytes of such a file are other
/// ones. Of a run that wrote its records in
/// another format than it read, and of WARC files, each document's bytes become a file of their own, in a folder that has
/// the path of the input.
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
    let mut open: Option<Original> = None;
    let mut restored = 0;
    while let Some(document) = run.next_document()? {
        let path = document.row.input.as_ref().unwrap_or(&document.row.path);
        if document.stands_alone() {
            let name = file_name(&document.row.id);
            let target = out.join(path).join(name);
            write_file(&target, &document.payload()?)?;
            restored += 1;
            continue;
        }
        if open.as_ref().is_none_or(|o| o.path != *path) {
            if let Some(done) = open.take() {
                done.finish()?;
            }
            open = Some(Original::create(out, path, &run, &document)?);
        }
        if let Some(original) = &mut open {
            original.put(&document)?;
        }
        restored += 1;
    }
    if let Some(done) = open {
        done.finish()?;
    }
    std::fs::create_dir_all(out).map_err(|source| RestoreError::Io {
        path: out.to_owned(),
        doing: "written",
        source,
    })?;
    Ok(restored)
}

fn write_file(target: &Path, bytes: &[u8]) -> Result<(), RestoreError> {
    let parent = target.parent().unwrap_or(target);
    std::fs::create_dir_all(parent)
        .and_then(|()| std::fs::write(target, bytes))
        .map_err(|source| RestoreError::Io {
            path: target.to_owned(),
            doing: "written",
            source,
        })
}

/// An original file being written again.
struct Original {
    /// Path of the input.
    path: String,
    target: PathBuf,
    kind: Kind,
}

/// How it is written.
enum Kind {
    /// As bytes that follow each other.
    Bytes(Box<PackedWriter<File>>),
    /// As rows of a table.
    #[cfg(feature = "parquet")]
    Table(Box<tables::Original>),
}

impl Original {
    /// Starts the file at `path`, whose first document is `first`.
    fn create(
        out: &Path,
        path: &str,
        run: &RunReader,
        first: &RunDocument,
    ) -> Result<Self, RestoreError> {
        let target = out.join(path);
        let failed = |source| RestoreError::Io {
            path: target.clone(),
            doing: "written",
            source,
        };
        std::fs::create_dir_all(target.parent().unwrap_or(out)).map_err(failed)?;
        let (compression, _) = Compression::of_name(path);
        let mut file = File::create(&target)
            .and_then(|f| compression.writer(f))
            .map_err(failed)?;
        #[cfg(feature = "parquet")]
        if first.from == first.to && first.to.is_table() {
            let table = tables::Original::create(file, run, first).map_err(failed)?;
            return Ok(Self {
                path: path.to_owned(),
                target,
                kind: Kind::Table(Box::new(table)),
            });
        }
        // Only tables need more of the run than their documents.
        let _ = run;
        if let Some(header) = first.header() {
            file.write_all(header.as_bytes()).map_err(failed)?;
        }
        Ok(Self {
            path: path.to_owned(),
            target,
            kind: Kind::Bytes(Box::new(file)),
        })
    }

    fn put(&mut self, document: &RunDocument) -> Result<(), RestoreError> {
        let bytes = document.original()?;
        let written = match &mut self.kind {
            Kind::Bytes(file) => file.write_all(&bytes),
            #[cfg(feature = "parquet")]
            Kind::Table(table) => table.put(document, &bytes),
        };
        written.map_err(|source| RestoreError::Io {
            path: self.target.clone(),
            doing: "written",
            source,
        })
    }

    fn finish(self) -> Result<(), RestoreError> {
        let Self { target, kind, .. } = self;
        let finished = match kind {
            Kind::Bytes(file) => file.finish().map(drop),
            #[cfg(feature = "parquet")]
            Kind::Table(table) => table.finish(),
        };
        finished.map_err(|source| RestoreError::Io {
            path: target,
            doing: "written",
            source,
        })
    }
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
    /// How it was read.
    from: Format,
    /// How it was written.
    to: Format,
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

    /// The document's original bytes: of a file all of them, of a record those of its text.
    ///
    /// # Errors
    /// As [`source_text`](Self::source_text), and when the outcome does not have the original's SHA-256.
    pub fn payload(&self) -> Result<Vec<u8>, RestoreError> {
        let source = self.source_text()?;
        self.checked(&source)
    }

    fn checked(&self, source: &str) -> Result<Vec<u8>, RestoreError> {
        let none = ByteRecord::default();
        let record = self
            .restore
            .as_ref()
            .and_then(|r| r.bytes.as_ref())
            .unwrap_or(&none);
        let bytes =
            encode(source, &self.row.encoding, record).map_err(|e| self.changed(e.to_string()))?;
        if hex(&Sha256::digest(&bytes)) != self.row.sha256_in {
            return Err(self.changed("its SHA-256 is another".into()));
        }
        Ok(bytes)
    }

    /// The document's original bytes: of a file all of them, of a record of JSONL or CSV those of the record, where it
    /// was written as one.
    ///
    /// # Errors
    /// As [`payload`](Self::payload).
    pub fn original(&self) -> Result<Vec<u8>, RestoreError> {
        let source = self.source_text()?;
        let bytes = self.checked(&source)?;
        let Some(line) = self.line() else {
            return Ok(bytes);
        };
        let habit = self
            .restore
            .as_ref()
            .and_then(|r| r.escapes.as_ref())
            .unwrap_or(&Escapes::Minimal);
        Ok(line.with(&source, habit).into_bytes())
    }

    /// The record's bytes as written, where it was written as it was read.
    fn line(&self) -> Option<&Line> {
        match &self.record.as_ref()?.carrier {
            Carrier::Line(line) if self.from == self.to => Some(line),
            Carrier::Line(_) | Carrier::Row | Carrier::Warc(_) => None,
        }
    }

    /// What stood above the records of its file.
    fn header(&self) -> Option<&str> {
        let header = self.line()?.header.as_ref()?;
        Some(&header.raw)
    }

    /// Whether its file cannot be made again of what the run keeps, so that its bytes are all there is to restore.
    fn stands_alone(&self) -> bool {
        let is_table = self.from == self.to && self.to.is_table();
        self.from != Format::Text && self.line().is_none() && !is_table
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
    /// How documents stand in the inputs, by path.
    read: BTreeMap<String, Format>,
    /// How records stand in the files that hold them, by path.
    written: BTreeMap<String, Format>,
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
        let read = manifest
            .inputs
            .iter()
            .filter_map(|i| Some((i.path.clone(), i.format?)))
            .collect();
        let written = manifest
            .shards
            .iter()
            .map(|s| (s.path.clone(), s.format))
            .collect();
        Ok(Self {
            dir: dir.to_owned(),
            manifest,
            read,
            written,
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
        match self.documents.next().transpose()? {
            Some(row) => self.document(row).map(Some),
            None => Ok(None),
        }
    }

    /// The next document whose id is `wanted`, or `None` behind the last and where `most` bytes were passed over: those that
    /// are not wanted are not looked into. `most` becomes what is left of it.
    ///
    /// # Errors
    /// As for [`next_document`](Self::next_document).
    pub fn next_wanted(
        &mut self,
        wanted: impl Fn(&str) -> bool,
        most: &mut u64,
    ) -> Result<Option<RunDocument>, RestoreError> {
        while *most > 0 {
            let Some(line) = self.documents.line().transpose()? else {
                return Ok(None);
            };
            let head: Head<'_> = self.documents.parse(&line)?;
            if wanted(&head.id) {
                let row = self.documents.parse(&line)?;
                return self.document(row).map(Some);
            }
            while self
                .edits
                .next_if(|e| e.as_ref().is_ok_and(|e| e.id == head.id))
                .is_some()
            {}
            self.restore
                .next_if(|r| r.as_ref().is_ok_and(|r| r.id == head.id));
            let to = self.written.get(&*head.path).copied();
            let passed = match to.unwrap_or(Format::Text) {
                Format::Text => 0,
                to => self
                    .shard(&head.path, head.dropped, to)?
                    .reader
                    .pass()
                    .unwrap_or(0),
            };
            *most = most.saturating_sub(passed + line.len() as u64);
        }
        Ok(None)
    }

    /// The document of `row`, which was read last.
    fn document(&mut self, row: DocumentRow) -> Result<RunDocument, RestoreError> {
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
        let to = self.written.get(&row.path).copied();
        let to = to.unwrap_or(Format::Text);
        let from = self
            .read
            .get(row.input.as_ref().unwrap_or(&row.path))
            .copied()
            .unwrap_or(Format::Text);
        let (text, record) = self.text_of(&row, to)?;
        Ok(RunDocument {
            row,
            edits,
            text,
            from,
            to,
            record,
            restore,
        })
    }

    /// The open shard at `path`.
    fn shard(
        &mut self,
        path: &str,
        dropped: bool,
        to: Format,
    ) -> Result<&mut ShardReader, RestoreError> {
        let below = if dropped {
            aside(path)
        } else {
            path.to_owned()
        };
        let shard = if dropped {
            &mut self.dropped
        } else {
            &mut self.kept
        };
        if shard.as_ref().is_some_and(|s| s.below != below) {
            *shard = None;
        }
        if let Some(open) = shard {
            return Ok(open);
        }
        let path = self.dir.join(&below);
        let settings = &self.manifest.config.input;
        Ok(shard.insert(ShardReader::open(&below, &path, to, settings)?))
    }

    fn text_of(
        &mut self,
        row: &DocumentRow,
        to: Format,
    ) -> Result<(String, Option<Record>), RestoreError> {
        if to == Format::Text {
            let below = if row.dropped {
                aside(&row.path)
            } else {
                row.path.clone()
            };
            let path = self.dir.join(&below);
            let (compression, _) = Compression::of_name(&row.path);
            let mut text = String::new();
            File::open(&path)
                .and_then(|f| compression.reader_within(f, Limits::NONE))
                .and_then(|mut r| r.read_to_string(&mut text))
                .map_err(|source| RestoreError::Io {
                    path,
                    doing: "read",
                    source,
                })?;
            return Ok((text, None));
        }
        let changed = |why: String| RestoreError::Changed {
            path: row.id.clone(),
            why,
        };
        let record = match self.shard(&row.path, row.dropped, to)?.next() {
            Some(Ok(record)) => record,
            Some(Err(reject)) => return Err(changed(reject.detail)),
            None => return Err(changed("its record is missing".into())),
        };
        let text = String::from_utf8(record.content.bytes().to_vec())
            .map_err(|e| changed(e.to_string()))?;
        Ok((text, Some(record)))
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
    reader: Reader,
}

impl ShardReader {
    fn open(
        below: &str,
        path: &Path,
        format: Format,
        settings: &Settings,
    ) -> Result<Self, RestoreError> {
        let (compression, _) = Compression::of_name(below);
        let input = Input {
            source: path.to_owned(),
            path: below.to_owned(),
            format,
            compression,
            bytes: 0,
            named: None,
        };
        let mut settings = settings.clone();
        // What was written is read again, however large it became.
        settings.max_document = u64::from(u32::MAX);
        settings.max_ratio = u64::MAX;
        let reader =
            Reader::open_at(&input, &settings, path).map_err(|reject| RestoreError::Changed {
                path: below.to_owned(),
                why: reject.detail,
            })?;
        Ok(Self {
            below: below.to_owned(),
            reader,
        })
    }

    fn next(&mut self) -> Option<Result<Record, Reject>> {
        loop {
            match self.reader.next()? {
                Ok(raw) => match raw.body {
                    Body::Record(record) => return Some(Ok(record)),
                    Body::Text(_) => {}
                },
                Err(reject) => return Some(Err(reject)),
            }
        }
    }
}

/// What is read of the row of a document that nobody wants.
#[derive(Deserialize)]
struct Head<'r> {
    #[serde(borrow)]
    id: Cow<'r, str>,
    #[serde(borrow)]
    path: Cow<'r, str>,
    #[serde(default)]
    dropped: bool,
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

    /// The next row as it stands.
    fn line(&mut self) -> Option<Result<String, RestoreError>> {
        let line = self.lines.next()?.map_err(|source| RestoreError::Io {
            path: self.folder.join(META).join(self.name),
            doing: "read",
            source,
        });
        self.at += 1;
        Some(line)
    }

    /// What the row read last says.
    fn parse<'r, U: Deserialize<'r>>(&self, line: &'r str) -> Result<U, RestoreError> {
        serde_json::from_str(line).map_err(|source| RestoreError::Row {
            folder: self.folder.clone(),
            name: self.name,
            line: self.at,
            source,
        })
    }
}

impl<T: DeserializeOwned> Iterator for Rows<T> {
    type Item = Result<T, RestoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.line()?.and_then(|line| self.parse(&line)))
    }
}
