//! What a run found, as Dolma's attribute files, so that Dolma's mixer can apply it to the original documents.
//!
//! Format: one line for each document, `{"id", "attributes": {name: [[start, end, score], …]}}`, in the order of the documents and in
//! files of the documents' names (Soldaini et al. 2024, Dolma, and the toolkit's `docs/data-format.md`). Offsets count Unicode scalar values
//! of the source text, as Python does.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, Write};
use std::path::Path;

use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::Value;

use super::compare::{Keep, Kind};
use super::restore::RestoreError;
use super::rows::{DocumentRow, DuplicateRow, EditRow};
use crate::corpus::compression::{Compression, PackedWriter};
use crate::corpus::folder::open_rows;
use crate::text::hash::{hash, seed};

/// `[start, end, score]`.
type Span = (usize, usize, f32);

#[derive(Serialize)]
struct Line<'r> {
    id: &'r str,
    attributes: BTreeMap<String, Vec<Span>>,
}

/// Writes the attributes of the finished run in `dir` to files below `out`, gzip-packed, as many and called as the run's inputs; returns for
/// how many documents.
///
/// Attributes are `limpid__STAGE_RULE` for edits, carried out (`applied`) or only suggested (`limpid__STAGE_RULE_suggested`), and
/// `limpid__duplicate_KIND` for stretches that stand elsewhere too: documents that a policy that drops would leave out, and the second place
/// of a passage. Memory holds
/// 32 bytes for each of the latter.
///
/// # Errors
/// When `dir` is no finished run or a file cannot be written.
pub fn write_dolma(dir: &Path, out: &Path) -> Result<u64, RestoreError> {
    let mut duplicates = duplicates(dir)?;
    let mut edits = rows::<EditRow>(dir, "edits")?.peekable();
    let mut open: Option<(String, PackedWriter<File>)> = None;
    let mut written = 0;
    for row in rows::<DocumentRow>(dir, "documents")? {
        let row = row?;
        let mut attributes: BTreeMap<String, Vec<Span>> = BTreeMap::new();
        while let Some(edit) = edits.next_if(|e| e.as_ref().map_or(true, |e| e.id == row.id)) {
            let edit = edit?;
            if edit.superseded {
                continue;
            }
            let suggested = if edit.applied { "" } else { "_suggested" };
            let rule = edit.rule.replace('-', "_");
            let name = format!("limpid__{}_{rule}{suggested}", edit.stage);
            let span = (edit.start, edit.end, edit.confidence);
            attributes.entry(name).or_default().push(span);
        }
        for (kind, span) in duplicates
            .remove(&hash(row.id.as_bytes(), seed::TEXT))
            .unwrap_or_default()
        {
            let name = format!("limpid__duplicate_{kind}");
            attributes.entry(name).or_default().push(span);
        }
        for spans in attributes.values_mut() {
            spans.sort_by_key(|s| (s.0, s.1));
        }
        let input = row.input.as_deref().unwrap_or(&row.path);
        let (_, bare) = Compression::of_name(input);
        let path = out.join(format!("{bare}.gz"));
        let failed = |source| RestoreError::Io {
            path: path.clone(),
            doing: "written",
            source,
        };
        if open.as_ref().is_none_or(|(name, _)| name != input) {
            if let Some((_, writer)) = open.take() {
                writer.finish().map_err(failed)?;
            }
            std::fs::create_dir_all(path.parent().unwrap_or(out)).map_err(failed)?;
            let writer = File::create(&path).and_then(|f| Compression::Gzip.writer(f));
            open = Some((input.to_owned(), writer.map_err(failed)?));
        }
        if let Some((_, writer)) = &mut open {
            let line = Line {
                id: &row.id,
                attributes,
            };
            serde_json::to_writer(&mut *writer, &line).map_err(|e| failed(e.into()))?;
            writer.write_all(b"\n").map_err(failed)?;
        }
        written += 1;
    }
    if let Some((_, writer)) = open {
        writer.finish().map_err(|source| RestoreError::Io {
            path: out.to_owned(),
            doing: "written",
            source,
        })?;
    }
    Ok(written)
}

/// By hash of the document's id: the stretches that a policy that drops leaves out, with their kinds.
fn duplicates(dir: &Path) -> Result<FxHashMap<u64, Vec<(String, Span)>>, RestoreError> {
    let mut found: FxHashMap<u64, Vec<(String, Span)>> = FxHashMap::default();
    for row in rows::<DuplicateRow>(dir, "duplicates")? {
        let row = row?;
        let (a, b) = match row.keep {
            // Whichever documents stay: the passage stands in the first of the two already.
            _ if row.kind == Kind::Passage => (false, true),
            Keep::A => (false, true),
            Keep::B => (true, false),
            Keep::Both => (false, false),
            Keep::Neither => (true, true),
        };
        let Ok(Value::String(kind)) = serde_json::to_value(row.kind) else {
            continue;
        };
        for (side, goes) in [(&row.a, a), (&row.b, b)] {
            if goes && !side.indexed {
                found
                    .entry(hash(side.id.as_bytes(), seed::TEXT))
                    .or_default()
                    .push((kind.clone(), (side.start, side.end, row.similarity)));
            }
        }
    }
    Ok(found)
}

/// The rows of one file of the run.
fn rows<T: serde::de::DeserializeOwned>(
    dir: &Path,
    name: &'static str,
) -> Result<impl Iterator<Item = Result<T, RestoreError>>, RestoreError> {
    let folder = dir.to_owned();
    let lines = open_rows(dir, name)?.lines();
    Ok(lines.zip(1u64..).map(move |(line, number)| {
        let line = line.map_err(|source| RestoreError::Io {
            path: folder.join(name),
            doing: "read",
            source,
        })?;
        serde_json::from_str(&line).map_err(|source| RestoreError::Row {
            folder: folder.clone(),
            name,
            line: number,
            source,
        })
    }))
}
