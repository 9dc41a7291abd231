//! Tables with their original texts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;

use super::{RunDocument, RunReader};
use crate::corpus::Format;
use crate::corpus::compression::{Compression, PackedWriter};
use crate::corpus::format::table::write::{DECISIONS, Manner, Rows};
use crate::corpus::format::table::{Steps, text_column};
use crate::corpus::read::Carrier;
use crate::corpus::shards::split::aside;

/// An original table being written again, from the shards that its rows went to.
pub(super) struct Original {
    dir: PathBuf,
    format: Format,
    rows: Rows,
    /// The shards open now: the one with what stayed, and the one with what was taken out.
    open: BTreeMap<bool, (String, Steps)>,
}

impl Original {
    /// Starts the table in `file`, whose first row is `first`.
    pub(super) fn create(
        file: PackedWriter<File>,
        run: &RunReader,
        first: &RunDocument,
    ) -> io::Result<Self> {
        let steps = open(&run.dir, first)?;
        let config = &run.manifest.config;
        let text = text_column(steps.schema(), &config.input.text_field)
            .ok_or_else(|| io::Error::other("its text is missing"))?;
        let manner = Manner {
            format: first.to,
            codec: steps.codec(),
            stream: steps.is_stream(),
            flatten: false,
        };
        let without = if config.output.decisions {
            DECISIONS
        } else {
            0
        };
        let rows = Rows::start(file, steps.schema(), manner, text, false, without)?;
        Ok(Self {
            dir: run.dir.clone(),
            format: first.to,
            rows,
            open: BTreeMap::new(),
        })
    }

    /// Writes the row of `document` with the bytes of its original text.
    pub(super) fn put(&mut self, document: &RunDocument, text: &[u8]) -> io::Result<()> {
        debug_assert_eq!(self.format, document.to);
        let path = &document.row.path;
        let dropped = document.row.dropped;
        let number = match &document.record {
            Some(record) if matches!(record.carrier, Carrier::Row) => record.number,
            _ => return Err(io::Error::other("a row of a table is no row")),
        };
        let steps = match self.open.remove(&dropped) {
            Some((open, steps)) if open == *path => steps,
            _ => open(&self.dir, document)?,
        };
        let (_, steps) = self.open.entry(dropped).or_insert((path.clone(), steps));
        let (batch, at) = steps.row(number)?;
        self.rows.put(batch, at, Some(text), None)
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.rows.finish()
    }
}

/// The shard that holds `document`.
fn open(dir: &std::path::Path, document: &RunDocument) -> io::Result<Steps> {
    let row = &document.row;
    let (compression, _) = Compression::of_name(&row.path);
    let below = if row.dropped {
        aside(&row.path)
    } else {
        row.path.clone()
    };
    Steps::open(&dir.join(below), document.to, compression)
}
