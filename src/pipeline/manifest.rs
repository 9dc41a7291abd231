//! `manifest.json`: what a run was, read, did and took.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::config::Config;
use crate::corpus::Format;
use crate::corpus::shards::ShardRecord;

/// The summary of a run. Only `run` differs between two runs over the same input.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Manifest {
    /// Version of limpid that made the run.
    pub version: String,
    /// Version of the run folder's format.
    pub format: u32,
    /// The effective settings.
    pub config: Config,
    /// SHA-256 of the settings as JSON, hexadecimal.
    pub config_sha256: String,
    /// The files read, in order of their path.
    pub inputs: Vec<InputRecord>,
    /// The files of records written, in order of writing; documents with a file of their own are not among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<ShardRecord>,
    /// Lexicons of the user, where any were used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lexicons: Vec<InputRecord>,
    /// Language model that was asked about doubtful repairs, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_model: Option<InputRecord>,
    /// What went in and out.
    pub counts: Counts,
    /// What this run took.
    pub run: Run,
}

/// A file that was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InputRecord {
    /// As the documents carry it.
    pub path: String,
    /// How documents stand in it; absent for what holds none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// Bytes on disk.
    pub bytes: u64,
    /// XXH3 of the bytes of its documents in order, 64 bits, hexadecimal.
    pub digest: String,
}

/// What went in and out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Counts {
    /// Documents found: those that came out and the rejects.
    pub documents_in: u64,
    /// Documents written.
    pub documents_out: u64,
    /// Documents taken out by filters or by the duplicate policy; they lie in `_limpid/dropped/`.
    pub dropped: u64,
    /// Those among them that filters took out.
    #[serde(default)]
    pub filtered: u64,
    /// Parts of inputs that are no documents and were not meant to be, such as the requests in a web archive.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: u64,
    /// What could not be read.
    pub rejects: u64,
    /// Rejects by reason.
    pub reject_reasons: BTreeMap<String, u64>,
    /// Bytes of documents read, unpacked.
    pub bytes_in: u64,
    /// Bytes of cleaned text.
    pub bytes_out: u64,
    /// Words of the decoded source texts.
    pub words_in: u64,
    /// Words of the cleaned texts.
    pub words_out: u64,
    /// Edits that stand in the results, by `stage/rule`.
    pub edits: BTreeMap<String, u64>,
    /// Edits proposed but not carried out, by `stage/rule`.
    pub suggestions: BTreeMap<String, u64>,
    /// What filters found, by `preset/rule`, whatever became of it.
    #[serde(default)]
    pub filters: BTreeMap<String, FilterCount>,
    /// Documents judged spun.
    pub spun: u64,
    /// Pairs of near-duplicate documents.
    pub duplicate_documents: u64,
    /// Pairs of documents that are one form with other facts.
    #[serde(default)]
    pub duplicate_templates: u64,
    /// Pairs of which the shorter document stands in the longer one.
    #[serde(default)]
    pub duplicate_contained: u64,
    /// Pairs of a text and what a synonym spinner made of it.
    #[serde(default)]
    pub duplicate_spun: u64,
    /// Pairs of passages that stand in two places.
    pub duplicate_passages: u64,
    /// Documents added to the index of earlier runs.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub index_added: u64,
    /// What the comparison looked at, and where its cost was bounded.
    pub comparison: super::compare::Counts,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// What one rule of a filter found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterCount {
    /// Documents that fail it, or that hold a line it finds.
    pub documents: u64,
    /// Lines, or stretches of lines, that it finds; 0 for rules about documents.
    pub lines: u64,
}

/// What a run took.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Run {
    /// Seconds since 1970 at the start.
    pub started: u64,
    /// XXH3 of version, settings, and inputs with their size and time, 64 bits, hexadecimal: tells a run from one of another job.
    #[serde(default)]
    pub job: String,
    /// Threads that worked.
    pub threads: usize,
    /// Seconds from start to end.
    pub seconds: f64,
    /// Documents and rejects that an interrupted run had done, which this one went on with; 0 where there was none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub resumed_after: u64,
    /// Seconds by pass.
    pub pass_seconds: BTreeMap<String, f64>,
    /// Seconds of computing by stage, summed over threads, and MB of input a second of it.
    pub stages: BTreeMap<String, StageTime>,
}

/// What one stage took.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct StageTime {
    /// Seconds of computing, summed over threads.
    pub seconds: f64,
    /// MB of document bytes read a second of computing.
    pub mb_per_second: f64,
}
