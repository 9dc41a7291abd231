//! The rows of the run folder's files, as `DESIGN.md` fixes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cleaning::hex;
use super::compare::{Keep, Kind};
use crate::decode::ByteRecord;
use crate::document::Metadata;
use crate::edit::{Change, CharSpan, EditLog, Offsets, RestoreError, Row, StageName, restore_text};
use crate::repair::Family;

/// A row of `documents.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DocumentRow {
    /// Names the document in all files of the run folder.
    pub id: String,
    /// Path of its file or shard, relative to the run folder.
    pub path: String,
    /// Path of the file it was read from, as the manifest names it, where results have another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// Where it was read, as named by the user.
    pub source: String,
    /// 1-based line of the record, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Byte offset in the unpacked source.
    pub offset: u64,
    /// Character encoding, by its WHATWG or IANA name, lower case.
    pub encoding: String,
    /// How sure that is, 0 to 1.
    pub encoding_confidence: f32,
    /// What the encoding was told by.
    pub encoding_evidence: String,
    /// ISO 639 code, where it could be told.
    pub language: Option<String>,
    /// How sure that is, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_confidence: Option<f32>,
    /// What was lifted out of the text or stood beside it.
    pub metadata: Metadata,
    /// How likely it is that a synonym spinner garbled the text, 0 to 1; absent when the stage did not run.
    pub spun_score: Option<f32>,
    /// The spinner family, where the text is spun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spun_family: Option<Family>,
    /// Words of the decoded source text.
    pub words_in: u64,
    /// Words of the cleaned text.
    pub words_out: u64,
    /// SHA-256 of the document's bytes (of a record: of its text as UTF-8), hexadecimal.
    pub sha256_in: String,
    /// SHA-256 of the cleaned text as UTF-8.
    pub sha256_out: String,
    /// The document rules of filters that it fails, as `preset/rule`, with what was measured.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filters: BTreeMap<String, f64>,
    /// A filter or the duplicate policy took it out of the results: it lies in `_limpid/dropped/`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dropped: bool,
}

/// A row of `edits.jsonl`. Offsets count Unicode scalar values of the decoded source text, half-open.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EditRow {
    /// The document.
    pub id: String,
    /// The stage that made the edit.
    pub stage: StageName,
    /// The rule that made it.
    pub rule: String,
    /// First scalar value.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// 1-based line of the source text.
    pub line: usize,
    /// The source text there.
    pub before: String,
    /// What stands there afterwards.
    pub after: String,
    /// How sure the rule is, 0 to 1.
    pub confidence: f32,
    /// Whether it stands in the cleaned text. The applied rows of a document are disjoint and make the cleaned text.
    pub applied: bool,
    /// Carried out, and then taken in by a later stage's edit, which is a row of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub superseded: bool,
    /// The bytes that U+FFFD stands for, hexadecimal, where they could not be decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
}

impl EditRow {
    /// What the edit did, for [`restore_text`].
    pub fn change(&self) -> Change<'_> {
        Change {
            span: CharSpan {
                start: self.start,
                end: self.end,
            },
            before: &self.before,
            after: &self.after,
        }
    }
}

/// The decoded source text of a document, from its cleaned text and its rows.
///
/// # Errors
/// When the text is not the one that the rows were written for.
pub fn source_text(text: &str, rows: &[EditRow]) -> Result<String, RestoreError> {
    let changes: Vec<Change<'_>> = rows
        .iter()
        .filter(|row| row.applied)
        .map(EditRow::change)
        .collect();
    restore_text(text, &changes)
}

/// One side of a duplicate: a stretch of the decoded source text in scalar values.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Side {
    /// The document.
    pub id: String,
    /// First scalar value.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// Whether it is a document of an earlier run, named as that run named it, from the index.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub indexed: bool,
}

/// A row of `duplicates.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DuplicateRow {
    /// `document`, `passage`, `contained` (the shorter stands in the longer, and is what a policy drops), `spun_copy` (a text and
    /// what a synonym spinner made of it), or `template`: one form filled in with other facts, which no policy drops.
    pub kind: Kind,
    /// The side that stands first: the anchor of the cluster for documents.
    pub a: Side,
    /// The side that repeats it.
    pub b: Side,
    /// How alike the two are, 0 to 1, by `measure`.
    pub similarity: f32,
    /// How it was measured.
    pub measure: String,
    /// Documents of one cluster share a number.
    pub cluster: Option<u64>,
    /// Which sides a policy that drops keeps: `a`, `b`, `both` or `neither`.
    pub keep: Keep,
    /// How many documents hold the text, where it stands in so many that this row stands for all their pairs.
    #[serde(default = "two", skip_serializing_if = "is_two")]
    pub documents: u64,
    /// Whether it is a passage that one of the two quotes: it stands in quotation marks there, with a word that says whose words
    /// they are. Absent where it is not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quoted: bool,
}

fn two() -> u64 {
    2
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn is_two(n: &u64) -> bool {
    *n == 2
}

/// A row of `restore.jsonl`: what the original bytes need beyond the cleaned text and `edits.jsonl`. Only for
/// documents that need it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RestoreRow {
    /// The document.
    pub id: String,
    /// Byte order mark, malformed bytes, and what re-encoding would not give back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<ByteRecord>,
    /// How the record's text was escaped, where not minimally.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escapes: Option<crate::corpus::json_text::Escapes>,
}

/// The rows of one document's log, in reading order, with the malformed bytes among them.
pub fn edit_rows(id: &str, log: &EditLog, malformed: &[(usize, Vec<u8>)]) -> Vec<EditRow> {
    let rows = log.rows();
    if rows.is_empty() && malformed.is_empty() {
        return Vec::new();
    }
    let offsets = Offsets::new(log.source());
    let mut out: Vec<EditRow> = rows
        .into_iter()
        .map(|row| {
            let Row {
                stage,
                rule,
                span,
                before,
                after,
                confidence,
                applied,
                superseded,
            } = row;
            let chars = offsets.char_span(span);
            EditRow {
                id: id.to_owned(),
                stage,
                rule: rule.into_owned(),
                start: chars.start,
                end: chars.end,
                line: offsets.line(span.start),
                before,
                after,
                confidence: round(confidence),
                applied,
                superseded,
                bytes: None,
            }
        })
        .collect();
    for (at, bytes) in malformed {
        let start = offsets.chars(*at);
        out.push(EditRow {
            id: id.to_owned(),
            stage: StageName::Decode,
            rule: "malformed-bytes".into(),
            start,
            end: start + 1,
            line: offsets.line(*at),
            before: "\u{FFFD}".into(),
            after: "\u{FFFD}".into(),
            confidence: 1.0,
            // It is what reading did, before the source text was there; no edit of that text.
            applied: false,
            superseded: false,
            bytes: Some(hex(bytes)),
        });
    }
    out.sort_by_key(|r| (r.start, r.end));
    out
}

/// Confidence as it is written: three decimals, so that files do not differ by the last bit of a float.
pub fn round(confidence: f32) -> f32 {
    (confidence * 1000.0).round() / 1000.0
}
