//! After the comparison: rows of duplicates, and what the policy takes out.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::cleaning::json_lines;
use super::compare::{Findings, Guests, Kind, Match};
use super::job::{RunError, is_dropped};
use super::manifest::Counts;
use super::rows::{DocumentRow, DuplicateRow, Side, round};
use crate::corpus::Format;
use crate::corpus::compression::Compression;
use crate::corpus::folder::{Parted, RunFolder};
use crate::corpus::read::Settings;
use crate::corpus::shards::ShardRecord;
use crate::corpus::shards::split::{Split, aside};
use crate::corpus::spool::{Spool, Spooled};
use crate::edit::{ByteSpan, Offsets};

/// Writes `duplicates.jsonl`, spans in the source texts.
pub(super) fn duplicates(
    folder: &RunFolder,
    compression: Compression,
    findings: Option<&mut Findings>,
    spool: &Spool,
    counts: &mut Counts,
) -> Result<(), RunError> {
    // The texts of its rows are in memory, each with its neighbourhood in the spool.
    const CHUNK: usize = 1 << 7;
    // Rows made by one thread at a time.
    const PART: usize = 1 << 4;
    let failed = RunError::write(folder.tmp());
    let mut out = folder.rows("duplicates", compression)?;
    if let Some(findings) = findings {
        let (guests, mut matches) = findings.matches_with_guests()?;
        let library = Library { spool, guests };
        // Clusters are numbered from 1 in the order in which they appear.
        let mut clusters: FxHashMap<u64, u64> = FxHashMap::default();
        loop {
            let chunk: Vec<Match> = matches.by_ref().take(CHUNK).collect::<Result<_, _>>()?;
            if chunk.is_empty() {
                break;
            }
            let mut rows: Vec<DuplicateRow> = chunk
                .par_chunks(PART)
                .flat_map_iter(|part| library.rows(part))
                .collect();
            for row in &mut rows {
                match row.kind {
                    Kind::Document => counts.duplicate_documents += 1,
                    Kind::Passage => counts.duplicate_passages += 1,
                    Kind::Template => counts.duplicate_templates += 1,
                    Kind::Contained => counts.duplicate_contained += 1,
                    Kind::SpunCopy => counts.duplicate_spun += 1,
                }
                let next = clusters.len() as u64 + 1;
                row.cluster = row
                    .cluster
                    .map(|anchor| *clusters.entry(anchor).or_insert(next));
            }
            out.write_all(&json_lines(&rows)).map_err(&failed)?;
            spool.release();
        }
    }
    out.finish().map_err(&failed)?;
    Ok(())
}

/// The documents of this run, and those of earlier runs.
struct Library<'r> {
    spool: &'r Spool,
    guests: &'r Guests,
}

impl Library<'_> {
    fn rows(&self, matches: &[Match]) -> Vec<DuplicateRow> {
        // Rows of one document follow one another.
        let (mut a, mut b) = (None, None);
        let row = |m: &Match| DuplicateRow {
            kind: m.kind,
            a: self.side(m.a, &mut a),
            b: self.side(m.b, &mut b),
            similarity: round(m.similarity),
            measure: m.measure.to_owned(),
            cluster: m.cluster,
            keep: m.keep,
            documents: m.documents,
            quoted: m.quoted,
        };
        matches.iter().map(row).collect()
    }

    fn side<'r>(&'r self, (n, span): (u32, ByteSpan), last: &mut Option<Opened<'r>>) -> Side {
        let opened = match last.take() {
            Some(opened) if opened.n == n => opened,
            _ => self.open(n),
        };
        let opened = last.insert(opened);
        let source = opened.document.to_source(opened.offsets.char_span(span));
        Side {
            id: opened.document.name().to_owned(),
            start: source.start,
            end: source.end,
            indexed: n >= self.spool.len(),
        }
    }

    fn open(&self, n: u32) -> Opened<'_> {
        let document = match n.checked_sub(self.spool.len()) {
            Some(i) => self.guests.spooled(i),
            None => self.spool.get(n),
        };
        Opened {
            n,
            document,
            offsets: Offsets::new(document.text()),
        }
    }
}

/// A document whose characters were counted.
struct Opened<'r> {
    n: u32,
    document: Spooled<'r>,
    offsets: Offsets<'r>,
}

/// Parts the documents that filters and the policy take out from the others, for `_limpid/dropped/`, and marks them in
/// `documents.jsonl`. What was staged stays as it is, so that a run which dies here can go on from it.
pub(super) fn dropped(
    folder: &RunFolder,
    compression: Compression,
    findings: Option<&Findings>,
    (shards, settings): (&[ShardRecord], &Settings),
    counts: &mut Counts,
) -> Result<Parted, RunError> {
    let mut parted = Parted::default();
    folder.clear_parted()?;
    // Those that filters take out were not compared, so they have no number there.
    let compared = counts.documents_out - counts.filtered;
    let compared = u32::try_from(compared).unwrap_or(u32::MAX);
    if counts.filtered == 0 && !(0..compared).any(|n| is_dropped(findings, n)) {
        return Ok(parted);
    }
    let failed = RunError::write(folder.tmp());
    let staged = folder.staged_rows("documents", compression);
    let stream = File::open(&staged)
        .and_then(|f| compression.reader(f))
        .map_err(RunError::write(&staged))?;
    let name = staged.file_name().unwrap_or_default().to_string_lossy();
    let mut rows = folder.part(&name, compression)?;
    let formats: FxHashMap<&str, Format> =
        shards.iter().map(|s| (s.path.as_str(), s.format)).collect();
    let mut shard: Option<Split> = None;
    let mut numbers = 0u32..;
    for line in BufReader::new(stream).lines() {
        let line = line.map_err(RunError::write(&staged))?;
        let mut row: DocumentRow = serde_json::from_str(&line).map_err(|e| failed(e.into()))?;
        row.dropped = row.dropped || numbers.next().is_some_and(|n| is_dropped(findings, n));
        if row.dropped {
            counts.dropped += 1;
            counts.documents_out -= 1;
        }
        if let Some(&format) = formats.get(row.path.as_str()) {
            if shard.as_ref().is_none_or(|s| s.path != row.path) {
                if let Some(done) = shard.take() {
                    done.finish()?;
                }
                shard = Some(Split::begin(folder, &row.path, format, settings)?);
                parted.replaced.insert(row.path.clone());
            }
            if let Some(split) = &mut shard {
                split.next(folder, row.dropped)?;
            }
        } else if row.dropped {
            parted.redirected.insert(row.path.clone(), aside(&row.path));
        }
        rows.write_all(&json_lines(std::slice::from_ref(&row)))
            .map_err(&failed)?;
    }
    if let Some(done) = shard.take() {
        done.finish()?;
    }
    rows.finish().map_err(&failed)?;
    Ok(parted)
}
