//! The HTML page of a run: one file, no script, no network, everything from documents escaped.

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use askama::Template;

use super::segments::segments;
use crate::corpus::Reject;
use crate::corpus::folder::{META, open_rows};
use crate::pipeline::compare::Keep;
use crate::pipeline::manifest::{Counts, FilterCount};
use crate::pipeline::restore::{RestoreError, RunDocument, RunReader};
use crate::pipeline::rows::{DuplicateRow, Side};

/// Documents shown in full; the page of a large run shows the first.
const MOST_DOCUMENTS: usize = 60;
/// Bytes of source text shown in full, over all documents.
const MOST_BYTES: usize = 2 << 20;
/// Bytes passed over for what duplicates have in common: a page is made in a moment whatever the size of the run.
const MOST_READ: u64 = 64 << 20;
/// Rows of duplicates and of rejects shown.
const MOST_ROWS: usize = 200;

/// Why the report could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The run folder cannot be read.
    #[error(transparent)]
    Run(#[from] RestoreError),
    /// The page cannot be written.
    #[error("{}: cannot be written", path.display())]
    Write {
        /// The page.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    counts: Counts,
    files: usize,
    share_kept: String,
    rules: Vec<RuleLine>,
    filters: Vec<(String, FilterCount)>,
    documents: Vec<DocumentView>,
    more_documents: u64,
    duplicates: Vec<DuplicateView>,
    more_duplicates: usize,
    rejects: Vec<Reject>,
    more_rejects: usize,
}

struct RuleLine {
    stage: String,
    rule: String,
    applied: u64,
    suggested: u64,
    bar: u64,
}

struct DocumentView {
    id: String,
    title: String,
    facts: Vec<(String, String)>,
    words_in: u64,
    words_out: u64,
    edits: usize,
    suggestions: usize,
    spun: bool,
    dropped: bool,
    segments: Vec<SegmentView>,
}

struct SegmentView {
    /// CSS class: `kept`, `gone`, `new`, `maybe`.
    class: &'static str,
    before: String,
    after: String,
    /// Tool tip: rule and confidence.
    why: String,
}

struct DuplicateView {
    row: DuplicateRow,
    kind: &'static str,
    keep: &'static str,
    text_a: String,
    text_b: String,
}

/// Writes `report.html` of the finished run in `dir`; returns its path.
///
/// # Errors
/// When the run cannot be read or the page not be written.
pub fn write(dir: &Path) -> Result<PathBuf, ReportError> {
    let page = page(dir)?;
    let path = dir.join(META).join("report.html");
    let failed = |source| ReportError::Write {
        path: path.clone(),
        source,
    };
    let text = page.render().map_err(|e| failed(io::Error::other(e)))?;
    let draft = path.with_extension("html.tmp");
    std::fs::write(&draft, text).map_err(failed)?;
    std::fs::rename(&draft, &path).map_err(failed)?;
    Ok(path)
}

fn page(dir: &Path) -> Result<Page, ReportError> {
    let mut run = RunReader::open(dir)?;
    let counts = run.manifest.counts.clone();
    let (duplicates, more_duplicates) = duplicates(dir)?;
    let mut sources: BTreeMap<String, String> = BTreeMap::new();
    let wanted: std::collections::BTreeSet<String> = duplicates
        .iter()
        .flat_map(|d| [&d.a, &d.b])
        .filter(|side| !side.indexed)
        .map(|side| side.id.clone())
        .collect();
    let mut documents = Vec::new();
    let (mut bytes, mut left) = (0, MOST_READ);
    while documents.len() < MOST_DOCUMENTS && bytes < MOST_BYTES {
        let Some(document) = run.next_document()? else {
            break;
        };
        left = left.saturating_sub(document.text.len() as u64);
        let source = document.source_text()?;
        bytes += source.len();
        documents.push(view(&document, &source));
        if wanted.contains(&document.row.id) {
            sources.insert(document.row.id, source);
        }
    }
    while sources.len() < wanted.len()
        && let Some(document) = run.next_wanted(|id| wanted.contains(id), &mut left)?
    {
        left = left.saturating_sub(document.text.len() as u64);
        let source = document.source_text()?;
        sources.insert(document.row.id, source);
    }
    let (rejects, more_rejects) = rejects(dir)?;
    Ok(Page {
        files: run.manifest.inputs.len(),
        share_kept: if counts.words_in == 0 {
            "–".to_owned()
        } else {
            format!(
                "{:.1} %",
                100.0 * counts.words_out as f64 / counts.words_in as f64
            )
        },
        rules: rules(&counts),
        filters: counts.filters.clone().into_iter().collect(),
        more_documents: (counts.documents_out + counts.dropped)
            .saturating_sub(documents.len() as u64),
        documents,
        duplicates: duplicates
            .into_iter()
            .map(|row| DuplicateView {
                text_a: side_text(&row.a, &sources),
                text_b: side_text(&row.b, &sources),
                kind: row.kind.as_str(),
                keep: match row.keep {
                    Keep::Both => "both",
                    Keep::A => "the first",
                    Keep::B => "the second",
                    Keep::Neither => "neither",
                },
                row,
            })
            .collect(),
        more_duplicates,
        rejects,
        more_rejects,
        counts,
    })
}

fn rules(counts: &Counts) -> Vec<RuleLine> {
    let mut keys: Vec<&String> = counts
        .edits
        .keys()
        .chain(counts.suggestions.keys())
        .collect();
    keys.sort();
    keys.dedup();
    let most = counts.edits.values().copied().max().unwrap_or(1).max(1);
    keys.into_iter()
        .map(|key| {
            let (stage, rule) = key.split_once('/').unwrap_or(("", key));
            let applied = counts.edits.get(key).copied().unwrap_or(0);
            RuleLine {
                stage: stage.to_owned(),
                rule: rule.to_owned(),
                applied,
                suggested: counts.suggestions.get(key).copied().unwrap_or(0),
                bar: applied * 100 / most,
            }
        })
        .collect()
}

fn view(document: &RunDocument, source: &str) -> DocumentView {
    let row = &document.row;
    let m = &row.metadata;
    let mut facts: Vec<(String, String)> = vec![
        (
            "encoding".into(),
            format!("{} ({:.2})", row.encoding, row.encoding_confidence),
        ),
        (
            "language".into(),
            row.language.clone().unwrap_or_else(|| "unknown".into()),
        ),
    ];
    if let Some(score) = row.spun_score {
        let family = row
            .spun_family
            .map(|f| format!(", family {f:?}"))
            .unwrap_or_default();
        facts.push(("spun score".into(), format!("{score:.2}{family}")));
    }
    let named = [
        ("author", &m.author),
        ("date", &m.date),
        ("site", &m.site),
        ("category", &m.category),
        ("url", &m.url),
    ];
    facts.extend(
        named
            .into_iter()
            .filter_map(|(k, v)| Some((k.to_owned(), v.clone()?))),
    );
    facts.extend(row.filters.iter().map(|(k, v)| (k.clone(), v.to_string())));
    facts.extend(m.extra.iter().map(|(k, v)| (k.clone(), v.clone())));
    DocumentView {
        id: row.id.clone(),
        title: m.title.clone().unwrap_or_default(),
        facts,
        words_in: row.words_in,
        words_out: row.words_out,
        edits: document.edits.iter().filter(|e| e.applied).count(),
        suggestions: document
            .edits
            .iter()
            .filter(|e| !e.applied && !e.superseded && e.before != e.after)
            .count(),
        spun: row.spun_family.is_some(),
        dropped: row.dropped,
        segments: segments(source, &document.edits)
            .into_iter()
            .map(|s| {
                let Some(e) = s.edit else {
                    return SegmentView {
                        class: "kept",
                        before: s.before.into_owned(),
                        after: String::new(),
                        why: String::new(),
                    };
                };
                let class = if !e.applied {
                    "maybe"
                } else if s.before.trim().is_empty() && s.after.trim().is_empty() {
                    "space"
                } else if s.after.trim().is_empty() {
                    "gone"
                } else {
                    "new"
                };
                SegmentView {
                    class,
                    before: s.before.into_owned(),
                    after: s.after.to_owned(),
                    why: format!(
                        "{}/{}, confidence {:.2}, line {}",
                        e.stage, e.rule, e.confidence, e.line
                    ),
                }
            })
            .collect(),
    }
}

/// The stretch of a source text, its middle left out when it is long.
fn excerpt(source: Option<&String>, start: usize, end: usize) -> String {
    const MOST: usize = 700;
    let Some(source) = source else {
        return "(far into the corpus; `limpid inspect --pair` shows it)".to_owned();
    };
    let n = end.saturating_sub(start);
    if n <= MOST {
        return source.chars().skip(start).take(n).collect();
    }
    let head: String = source.chars().skip(start).take(MOST / 2).collect();
    let tail: String = source.chars().skip(end - MOST / 2).take(MOST / 2).collect();
    format!("{head} […] {tail}")
}

/// What stands at one side of a row.
fn side_text(side: &Side, sources: &BTreeMap<String, String>) -> String {
    if side.indexed {
        return "(a document of an earlier run)".to_owned();
    }
    excerpt(sources.get(&side.id), side.start, side.end)
}

fn duplicates(dir: &Path) -> Result<(Vec<DuplicateRow>, usize), ReportError> {
    first_rows(dir, "duplicates")
}

fn rejects(dir: &Path) -> Result<(Vec<Reject>, usize), ReportError> {
    first_rows(dir, "rejects")
}

fn first_rows<T: serde::de::DeserializeOwned>(
    dir: &Path,
    name: &'static str,
) -> Result<(Vec<T>, usize), ReportError> {
    let rows = open_rows(dir, name).map_err(RestoreError::from)?;
    let mut first = Vec::new();
    let mut more = 0;
    for line in rows.lines() {
        let line = line.map_err(|source| ReportError::Write {
            path: dir.to_owned(),
            source,
        })?;
        if first.len() < MOST_ROWS {
            let row = serde_json::from_str(&line).map_err(|source| RestoreError::Row {
                folder: dir.to_owned(),
                name,
                line: first.len() as u64 + 1,
                source,
            })?;
            first.push(row);
        } else {
            more += 1;
        }
    }
    Ok((first, more))
}
