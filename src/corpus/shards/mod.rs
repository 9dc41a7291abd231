//! Writing documents: files of their own, or records of shards in the format that was read or in another.
//!
//! `plan` settles where the documents of each input go before the first is written. `render` makes of one document what can
//! be made of it alone, on any thread; `Shards` takes documents in reading order and writes them, with what only the file
//! as a whole knows: headers, columns, where a shard ends. `split` parts a shard that was written into what stays and what a
//! policy takes out.

mod plan;
mod render;
pub(crate) mod split;
#[cfg(feature = "parquet")]
mod tables;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Format;
use super::columns::{Columns, MORE, plain};
use super::compression::Compression;
use super::folder::{FolderError, RunFolder};
use super::format::csv::{self, Delimiter, Header};
#[cfg(feature = "parquet")]
use super::format::table::{self, Steps, text_column};
use super::inputs::Input;
use super::json_text::Escapes;
use super::read;
use super::row::Row;
use super::sections::{Cut, Packing, Sections};
use plan::Target;
pub(crate) use render::{Rendered, render};
#[cfg(feature = "parquet")]
use tables::Table;

/// How results are written. In `limpid.toml` the table `[output]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// Packs the `.jsonl` files of the run folder with Zstandard. Default no.
    pub compress_rows: bool,
    /// How documents are written. Default: as they were read, and JSON lines for those of web archives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// How files of documents are packed. Default: as they were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
    /// Bytes, unpacked, at which a file of records ends and the next begins, numbered `name-00000`, `name-00001` and so on.
    /// Default: one file for each input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard_size: Option<u64>,
    /// Adds columns to Parquet and Arrow for what was decided about each document: `limpid_language`, `limpid_spun_score`,
    /// `limpid_words_in`, `limpid_words_out`, `limpid_edits`. Default no.
    pub decisions: bool,
}

impl Settings {
    /// How documents read as `from` are written.
    pub fn format_of(&self, from: Format) -> Format {
        self.format.unwrap_or(match from {
            // A page that was fetched is not what is left of it: records of text are.
            Format::Warc => Format::Jsonl,
            from => from,
        })
    }
}

/// A file of records that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRecord {
    /// Path, relative to the run folder.
    pub path: String,
    /// How the records stand in it.
    pub format: Format,
}

/// One document for [`Shards::put`].
pub(crate) struct Outgoing<'d> {
    /// The path of its input.
    pub input: &'d str,
    /// Its name.
    pub name: &'d str,
    /// Its cleaned text.
    pub text: &'d str,
    /// What was made of it.
    pub rendered: &'d Rendered,
    /// What was decided about it.
    #[cfg_attr(
        not(feature = "parquet"),
        expect(dead_code, reason = "only tables ask for it")
    )]
    pub decisions: &'d Decisions,
}

/// What was decided about a document, for the columns of tables.
#[derive(Clone, Debug, Default)]
#[cfg_attr(
    not(feature = "parquet"),
    expect(dead_code, reason = "only tables have columns for it")
)]
pub(crate) struct Decisions {
    pub language: Option<String>,
    pub spun_score: Option<f32>,
    pub words_in: u64,
    pub words_out: u64,
    /// Edits that stand in the result.
    pub edits: u64,
}

/// Why a document is not written.
#[derive(Debug)]
pub(crate) enum PutError {
    /// The results cannot be written: nothing can go on.
    Folder(FolderError),
    /// The rest of its row cannot be read, nor that of those behind it: the document is a reject.
    Source(String),
}

impl From<FolderError> for PutError {
    fn from(error: FolderError) -> Self {
        Self::Folder(error)
    }
}

/// Where an input can be read a second time.
#[derive(Clone, Debug)]
struct Source {
    input: Input,
    path: PathBuf,
}

/// Takes documents in reading order and writes them.
pub(crate) struct Shards<'r> {
    folder: &'r RunFolder,
    targets: BTreeMap<String, Target>,
    sources: BTreeMap<String, Source>,
    read: read::Settings,
    #[cfg_attr(
        not(feature = "parquet"),
        expect(dead_code, reason = "only tables ask for it")
    )]
    settings: Settings,
    shard_size: u64,
    /// The table being read again, by the path of its input.
    #[cfg(feature = "parquet")]
    steps: Option<(String, Steps)>,
    open: Option<Shard>,
    /// The input whose rows cannot be read again any more, and why.
    broken: Option<(String, String)>,
    /// The file of which a shard was written last, and the number that its next one gets.
    next: (String, u32),
    written: Vec<ShardRecord>,
}

/// How far the writing of documents is; see [`Shards::note`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Noted {
    open: Option<NotedShard>,
    broken: Option<(String, String)>,
    next: (String, u32),
    written: Vec<ShardRecord>,
}

impl Noted {
    /// Whether all of it is written, so that it can be gone on with.
    pub(crate) fn is_known(&self) -> bool {
        self.open.as_ref().is_none_or(|s| s.place.place().is_some())
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct NotedShard {
    path: String,
    input: String,
    /// How far the file is.
    place: Cut,
    /// Bytes of records, unpacked.
    bytes: u64,
    /// What its lines of CSV are written with.
    csv: Option<(Columns, u8)>,
}

/// A file of records being written.
struct Shard {
    path: String,
    /// The path of the input whose document was the first in it.
    input: String,
    /// The path of its first shard, which names the file that is cut.
    file: String,
    to: Format,
    bytes: u64,
    sink: Sink,
}

/// How its records are written.
enum Sink {
    /// As they were rendered.
    Bytes(Sections),
    /// As lines of CSV under these columns.
    Csv(Sections, Columns, u8),
    /// As rows of a table.
    #[cfg(feature = "parquet")]
    Table(Table),
}

impl<'r> Shards<'r> {
    /// Ready to write the documents of `inputs`, of which those in `kept` stand in other files, below `folder`.
    pub(crate) fn new(
        folder: &'r RunFolder,
        inputs: &[Input],
        kept: &BTreeMap<String, PathBuf>,
        read: &read::Settings,
        settings: &Settings,
    ) -> Self {
        let sources = inputs
            .iter()
            .map(|input| {
                let path = kept.get(&input.path).unwrap_or(&input.source).clone();
                let input = input.clone();
                (input.path.clone(), Source { input, path })
            })
            .collect();
        Self {
            folder,
            targets: plan::plan(inputs, settings),
            sources,
            read: read.clone(),
            settings: settings.clone(),
            #[cfg(feature = "parquet")]
            steps: None,
            shard_size: settings.shard_size.unwrap_or(u64::MAX),
            open: None,
            broken: None,
            next: (String::new(), 0),
            written: Vec::new(),
        }
    }

    /// Writes one document; returns the path of the file it stands in, relative to the run folder.
    ///
    /// # Errors
    /// When it cannot be written, or the input cannot be read again where that is needed.
    pub(crate) fn put(&mut self, document: &Outgoing<'_>) -> Result<String, PutError> {
        let Some(target) = self.targets.get(document.input).cloned() else {
            debug_assert!(false, "every document comes from a planned input");
            return Ok(document.input.to_owned());
        };
        if target.to == Format::Text {
            let path = target.file(document.name);
            let mut file = self.folder.shard(&path, target.packing)?;
            file.write_all(document.text.as_bytes())
                .and_then(|()| file.finish())
                .map_err(at(&path))?;
            return Ok(path);
        }
        if let Rendered::Step(number) = document.rendered {
            if let Some((input, why)) = &self.broken
                && input == document.input
            {
                return Err(PutError::Source(why.clone()));
            }
            let put = self.put_step(&target, document, *number);
            if let Err(PutError::Source(why)) = &put {
                self.broken = Some((document.input.to_owned(), why.clone()));
            }
            return put;
        }
        Ok(self.put_record(&target, document)?)
    }

    /// Writes a document that is more than its text, and no row of a table.
    fn put_record(
        &mut self,
        target: &Target,
        document: &Outgoing<'_>,
    ) -> Result<String, FolderError> {
        self.turn(target)?;
        if self.open.is_none() {
            let path = self.next_path(target);
            let sink = self.start(&path, target, document)?;
            self.begin(path, document.input, target, sink);
        }
        let Some(shard) = &mut self.open else {
            return Ok(document.input.to_owned());
        };
        shard.bytes += shard.sink.put(document).map_err(at(&shard.path))?;
        Ok(shard.path.clone())
    }

    /// Ends the open file if documents of `target` do not go there.
    fn turn(&mut self, target: &Target) -> Result<(), FolderError> {
        let file = target.shard(0);
        let full = |s: &Shard| s.file != file || s.bytes >= self.shard_size;
        if self.open.as_ref().is_some_and(full) {
            self.close()?;
        }
        Ok(())
    }

    /// The path of the next file for documents of `target`.
    fn next_path(&mut self, target: &Target) -> String {
        let file = target.shard(0);
        if self.next.0 != file {
            self.next = (file, 0);
        }
        let path = target.shard(self.next.1);
        self.next.1 += 1;
        path
    }

    fn begin(&mut self, path: String, input: &str, target: &Target, sink: Sink) {
        self.open = Some(Shard {
            path,
            input: input.to_owned(),
            file: target.shard(0),
            to: target.to,
            bytes: 0,
            sink,
        });
    }

    /// Starts the file of records at `path`, whose first record is `document`.
    fn start(
        &self,
        path: &str,
        target: &Target,
        document: &Outgoing<'_>,
    ) -> Result<Sink, FolderError> {
        #[cfg(feature = "parquet")]
        if target.to.is_table() {
            let columns = self.columns(document.input);
            let file = self.folder.shard(path, target.packing)?;
            let kinds = (target.from, target.to);
            return Table::of_records(file, kinds, columns, &self.settings)
                .map(Sink::Table)
                .map_err(at(path));
        }
        let packing = Packing::of_records(target.to, target.packing);
        let mut file = self.folder.shard_in_sections(path, packing, None)?;
        match (target.to, document.rendered) {
            (Format::Csv | Format::Tsv, Rendered::Line(_, Some(header))) => {
                file.put(header.raw.as_bytes()).map_err(at(path))?;
                Ok(Sink::Bytes(file))
            }
            (Format::Csv | Format::Tsv, _) => {
                let delimiter = self
                    .read
                    .delimiter
                    .unwrap_or(Delimiter::of(target.to))
                    .byte();
                let columns = self.columns(document.input);
                let header = csv_header(&columns, delimiter);
                file.put(header.as_bytes()).map_err(at(path))?;
                Ok(Sink::Csv(file, columns, delimiter))
            }
            _ => Ok(Sink::Bytes(file)),
        }
    }

    /// The columns that the records of an input need.
    fn columns(&self, input: &str) -> Columns {
        let mut columns = Columns::default();
        let Some(source) = self.sources.get(input) else {
            return columns;
        };
        #[cfg(feature = "parquet")]
        if let Some((_, steps)) = self.steps.as_ref().filter(|(path, _)| path == input) {
            columns.look_at_names(
                steps.schema().fields().iter().map(|f| f.name().as_str()),
                &self.read.text_field,
            );
            return columns;
        }
        if source.input.format == Format::Text {
            // All files of text together, which all have the same fields.
            columns.look(&Row::of_file(&super::row::Names::of(&self.read), "", ""));
            return columns;
        }
        let reader = read::Reader::open_at(&source.input, &self.read, &source.path);
        for raw in reader.into_iter().flatten().flatten() {
            if let Some(row) = render::row(&raw, &self.read) {
                columns.look(&row);
            }
        }
        columns
    }

    /// Ends the open file, where there is one.
    ///
    /// # Errors
    /// When its last bytes cannot be written.
    pub(crate) fn close(&mut self) -> Result<(), FolderError> {
        let Some(shard) = self.open.take() else {
            return Ok(());
        };
        shard.sink.finish().map_err(at(&shard.path))?;
        self.written.push(ShardRecord {
            path: shard.path,
            format: shard.to,
        });
        Ok(())
    }

    /// Makes that the writing can be gone on with behind what was put so far, and tells how far that is; `None` in the middle of a table, which cannot be gone on with.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn note(&mut self) -> Result<Option<Noted>, FolderError> {
        if self
            .open
            .as_ref()
            .is_some_and(|s| s.bytes >= self.shard_size)
        {
            self.close()?;
        }
        let open = match &mut self.open {
            None => None,
            Some(shard) => {
                let (file, csv) = match &mut shard.sink {
                    Sink::Bytes(file) => (file, None),
                    Sink::Csv(file, columns, delimiter) => {
                        (file, Some((columns.clone(), *delimiter)))
                    }
                    #[cfg(feature = "parquet")]
                    Sink::Table(_) => return Ok(None),
                };
                Some(NotedShard {
                    place: file.cut().map_err(at(&shard.path))?,
                    path: shard.path.clone(),
                    input: shard.input.clone(),
                    bytes: shard.bytes,
                    csv,
                })
            }
        };
        Ok(Some(Noted {
            open,
            broken: self.broken.clone(),
            next: self.next.clone(),
            written: self.written.clone(),
        }))
    }

    /// Writes what is packed by now; what was [`note`](Self::note)d before it is known then.
    ///
    /// # Errors
    /// When the disk is full.
    pub(crate) fn settle(&mut self) -> Result<(), FolderError> {
        match &mut self.open {
            Some(Shard {
                sink: Sink::Bytes(file) | Sink::Csv(file, ..),
                path,
                ..
            }) => file.settle().map_err(at(path)),
            _ => Ok(()),
        }
    }

    /// Goes on where `noted` says that the writing was, right after [`new`](Self::new).
    ///
    /// # Errors
    /// When the open file is not there, or is shorter than it was.
    pub(crate) fn go_on(&mut self, noted: Noted) -> Result<(), FolderError> {
        self.next = noted.next;
        self.broken = noted.broken;
        self.written = noted.written;
        let Some(open) = noted.open else {
            return Ok(());
        };
        let Some(target) = self.targets.get(&open.input).cloned() else {
            return Err(at(&open.path)(io::ErrorKind::NotFound.into()));
        };
        let packing = Packing::of_records(target.to, target.packing);
        let place = open.place.place();
        let file = self.folder.shard_in_sections(&open.path, packing, place)?;
        let sink = match open.csv {
            Some((columns, delimiter)) => Sink::Csv(file, columns, delimiter),
            None => Sink::Bytes(file),
        };
        self.begin(open.path, &open.input, &target, sink);
        if let Some(shard) = &mut self.open {
            shard.bytes = open.bytes;
        }
        Ok(())
    }

    /// Ends writing; the files of records that were written.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub(crate) fn finish(mut self) -> Result<Vec<ShardRecord>, FolderError> {
        self.close()?;
        Ok(self.written)
    }
}

#[cfg(feature = "parquet")]
impl Shards<'_> {
    /// Writes the document in row `number` of its source.
    fn put_step(
        &mut self,
        target: &Target,
        document: &Outgoing<'_>,
        number: u64,
    ) -> Result<String, PutError> {
        let Some(source) = self.sources.get(document.input) else {
            return Ok(document.input.to_owned());
        };
        let again = |error: io::Error| PutError::Source(error.to_string());
        let mut steps = match self.steps.take() {
            Some((path, steps)) if path == document.input => steps,
            _ => {
                let input = &source.input;
                Steps::open(&source.path, input.format, input.compression).map_err(again)?
            }
        };
        let text = text_column(steps.schema(), &self.read.text_field).unwrap_or_default();
        let (batch, row) = steps.row(number).map_err(again)?;
        let (batch, row) = (batch.clone(), row);
        let unfit = |why: String| again(io::Error::other(why));
        if !target.to.is_table() {
            let fields = table::row(&batch, row, text).map_err(unfit)?;
            let rendered =
                render::of_row(fields, document.name, document.text, target.to, &self.read);
            self.steps = Some((document.input.to_owned(), steps));
            let document = Outgoing {
                rendered: &rendered,
                ..*document
            };
            return Ok(self.put_record(target, &document)?);
        }
        self.turn(target)?;
        if self.open.is_none() {
            let path = self.next_path(target);
            let file = self.folder.shard(&path, target.packing)?;
            let kinds = (target.from, target.to);
            let table =
                Table::of_rows(file, kinds, &steps, text, &self.settings).map_err(at(&path))?;
            self.begin(path, document.input, target, Sink::Table(table));
        }
        self.steps = Some((document.input.to_owned(), steps));
        let Some(shard) = &mut self.open else {
            return Ok(document.input.to_owned());
        };
        if let Sink::Table(table) = &mut shard.sink {
            table
                .put_row((&batch, row), document.text, document.decisions)
                .map_err(at(&shard.path))?;
        }
        shard.bytes += document.text.len() as u64;
        Ok(shard.path.clone())
    }
}

#[cfg(not(feature = "parquet"))]
impl Shards<'_> {
    /// Nothing: no document comes from a table.
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "as the one that writes rows"
    )]
    fn put_step(
        &mut self,
        _: &Target,
        document: &Outgoing<'_>,
        _: u64,
    ) -> Result<String, PutError> {
        Ok(document.input.to_owned())
    }
}

impl Sink {
    /// Writes one document; about how many bytes it took, unpacked.
    fn put(&mut self, document: &Outgoing<'_>) -> io::Result<u64> {
        match self {
            Self::Bytes(file) => {
                let bytes = match document.rendered {
                    Rendered::Line(bytes, _) => bytes.as_slice(),
                    Rendered::Text | Rendered::Row(_) | Rendered::Step(_) => {
                        debug_assert!(false, "lines are rendered as such");
                        &[]
                    }
                };
                file.put(bytes)?;
                Ok(bytes.len() as u64)
            }
            Self::Csv(file, columns, delimiter) => {
                let Rendered::Row(row) = document.rendered else {
                    debug_assert!(false, "what gets columns is rendered as a row");
                    return Ok(0);
                };
                let line = csv_line(columns, *delimiter, row, document.text);
                file.put(line.as_bytes())?;
                Ok(line.len() as u64)
            }
            #[cfg(feature = "parquet")]
            Self::Table(table) => {
                let Rendered::Row(row) = document.rendered else {
                    debug_assert!(false, "what gets columns is rendered as a row");
                    return Ok(0);
                };
                table.put_record(row, document.text, document.decisions)?;
                Ok((row.bytes() + document.text.len()) as u64)
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Bytes(file) | Self::Csv(file, ..) => file.finish(),
            #[cfg(feature = "parquet")]
            Self::Table(table) => table.finish(),
        }
    }
}

fn at(path: &str) -> impl FnOnce(io::Error) -> FolderError + '_ {
    move |source| FolderError::Io {
        path: Path::new(path).to_owned(),
        doing: "be written",
        source,
    }
}

/// The names of `columns` as a record of CSV.
fn csv_header(columns: &Columns, delimiter: u8) -> String {
    let names = columns.columns.iter().map(|c| c.name.as_str());
    let more = columns.more.then_some(MORE);
    let fields: Vec<String> = names
        .chain(more)
        .map(|name| {
            // Quoted, a semicolon is not taken for what parts the fields.
            if csv::must_be_quoted(name, delimiter) || name.contains(';') || name.is_empty() {
                csv::quoted(name)
            } else {
                name.to_owned()
            }
        })
        .collect();
    fields.join(&char::from(delimiter).to_string()) + "\n"
}

/// A record of CSV. Strings as they are, all else as JSON, nothing where there is no value.
fn csv_line(columns: &Columns, delimiter: u8, row: &Row, text: &str) -> String {
    let (values, more) = columns.values(row);
    let header = Header {
        raw: String::new(),
        names: columns.columns.iter().map(|c| c.name.clone()).collect(),
        text: columns.text,
        delimiter,
    };
    let mut fields: Vec<String> = values
        .into_iter()
        .enumerate()
        .map(|(i, value)| {
            let value = match value {
                _ if i == columns.text => text.to_owned(),
                Some(value) => plain(value),
                None => String::new(),
            };
            csv::literal(&value, &Escapes::Minimal, &header)
        })
        .collect();
    if columns.more {
        let more = more.unwrap_or_default();
        fields.push(csv::literal(&more, &Escapes::Minimal, &header));
    }
    fields.join(&char::from(delimiter).to_string()) + "\n"
}
