//! The clean pass for one document: bytes in, cleaned text and rows out.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::batches::Item;
use super::rows::{DocumentRow, EditRow, RestoreRow, edit_rows, round};
use super::stages::Stages;
use crate::corpus::compression::Compression;
use crate::corpus::read::{Body, Content};
use crate::corpus::shards::{Rendered, render};
use crate::corpus::spool::CharRegion;
use crate::corpus::{Format, Reject};
use crate::decode::{self, ByteRecord, Evidence};
use crate::dedup::Sketch;
use crate::document::{DocId, Document};
use crate::edit::{ByteSpan, EditLog, Offsets, StageName};
use crate::filter::Verdict;
use crate::stage::Scratch;
use crate::survey::Survey;
use crate::text::hash::{combine, hash, seed};
use crate::text::words;

/// How a document's text came to be one.
pub(super) struct Origin {
    pub log: EditLog,
    pub encoding: String,
    pub confidence: f32,
    pub evidence: String,
    pub record: ByteRecord,
    pub malformed: Vec<(usize, Vec<u8>)>,
}

/// The document of `item` as the stages after the first see it, and where its text came from.
pub(super) fn decoded(
    stages: &Stages,
    item: &Item<'_>,
    scratch: &mut Scratch,
) -> Result<(Document, Origin), Reject> {
    let path = &item.input.path;
    let mut url = None;
    let mut origin = match &item.raw.body {
        Body::Text(bytes) => read_bytes(stages, item, bytes, None)?,
        Body::Record(record) => {
            url.clone_from(&record.url);
            match &record.content {
                Content::Text(text) => Origin {
                    log: EditLog::new(text.clone()),
                    encoding: "utf-8".to_owned(),
                    confidence: 1.0,
                    evidence: fixed_by(item.input.format).to_owned(),
                    record: ByteRecord::default(),
                    malformed: Vec::new(),
                },
                Content::Bytes(payload) => {
                    read_bytes(stages, item, &payload.bytes, payload.charset.as_deref())?
                }
            }
        }
    };
    let mut markup = None;
    if stages.normalise {
        markup = stages.decode.markup(&mut origin.log, is_called_page(item));
        stages.decode.normalise(&mut origin.log, scratch);
    }
    let mut document = Document::new(path.clone(), item.raw.offset, origin.log.text());
    document.metadata.url = url;
    if let Some(mut markup) = markup {
        markup.structure.follow(&origin.log);
        document.structure = Some(markup.structure);
        document.metadata.fill_from(markup.metadata);
    }
    Ok((document, origin))
}

/// The text of `bytes`, of which their sender said that they are in `charset`.
fn read_bytes(
    stages: &Stages,
    item: &Item<'_>,
    bytes: &[u8],
    charset: Option<&str>,
) -> Result<Origin, Reject> {
    let decoded = stages
        .decode
        .read(bytes, charset)
        .map_err(|e| Reject::new(&item.input.path, item.raw.offset, e.reason(), e.to_string()))?;
    Ok(Origin {
        log: EditLog::new(decoded.text),
        encoding: decoded.encoding,
        confidence: decoded.confidence,
        evidence: evidence_name(decoded.evidence).to_owned(),
        record: decoded.record,
        malformed: decoded.malformed,
    })
}

/// What fixes the encoding of a record's text.
fn fixed_by(format: Format) -> &'static str {
    match format {
        Format::Jsonl => "json",
        _ => "format",
    }
}

/// Whether the name of the file, or the server that sent it, says that it is a page of HTML.
fn is_called_page(item: &Item<'_>) -> bool {
    if let Body::Record(record) = &item.raw.body {
        return matches!(&record.content, Content::Bytes(payload) if payload.page);
    }
    let (_, stem) = Compression::of_name(&item.input.path);
    let extension = stem.rsplit_once('.').map_or("", |(_, e)| e);
    ["html", "htm", "xhtml"]
        .iter()
        .any(|e| extension.eq_ignore_ascii_case(e))
}

fn evidence_name(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Forced => "forced",
        Evidence::Bom => "bom",
        Evidence::Transport => "transport",
        Evidence::Declared => "declared",
        Evidence::Utf8 => "utf8",
        Evidence::Statistics => "statistics",
    }
}

/// What came of one document.
pub(super) struct Cleaned {
    pub id: DocId,
    /// Hash of where it was read.
    pub origin: u64,
    pub row: DocumentRow,
    /// Lines of `edits.jsonl`.
    pub edit_lines: Vec<u8>,
    /// Line of `restore.jsonl`, where there is need for one.
    pub restore_line: Vec<u8>,
    /// What goes into the file or shard.
    pub output: Rendered,
    /// The cleaned text.
    pub text: String,
    pub regions: Vec<CharRegion>,
    pub sketch: Option<Sketch>,
    /// Stage, rule and whether applied, of each edit that is not history.
    pub edits: Vec<(StageName, String, bool)>,
    /// Edits that stand in the result.
    pub applied: usize,
    pub spun: bool,
    pub bytes_in: u64,
    pub digest: u64,
    /// Seconds by stage, in the order of [`StageName::ALL`].
    pub seconds: [f64; StageName::COUNT],
    /// What the filters said.
    pub verdict: Verdict,
}

/// Runs the stages over one document.
pub(super) fn clean(
    stages: &Stages,
    survey: &Survey,
    item: Item<'_>,
    scratch: &mut Scratch,
) -> Result<Cleaned, Reject> {
    let target = stages.output.format_of(item.input.format);
    let mut clock = Clock::start();
    let (mut document, mut origin) = decoded(stages, &item, scratch)?;
    let log = &mut origin.log;
    // What only compares does not pay for it.
    let language = (stages.normalise || stages.filters.is_some())
        .then(|| decode::language(&document.text))
        .flatten();
    // The words of a page are those that it shows, not those of its markup.
    let shown = document
        .structure
        .is_some()
        .then(|| words::count(&document.text));
    clock.lap(StageName::Decode);

    let mut metadata = std::mem::take(&mut document.metadata);
    if let Some(strip) = &stages.strip {
        document.metadata = metadata.clone();
        let mut edits = Vec::new();
        metadata.fill_from(strip.read(&document, survey, scratch, &mut edits));
        log.push(StageName::Strip, edits);
        set_text(&mut document, log);
        clock.lap(StageName::Strip);
    }
    if let Body::Record(record) = &item.raw.body {
        // When it was fetched stands in where nothing tells when it was published.
        if metadata.date.is_none() {
            metadata.date.clone_from(&record.date);
        }
        for (key, value) in &record.extra {
            metadata.extra.entry(key.clone()).or_insert(value.clone());
        }
    }
    document.metadata = metadata;

    let mut spun = None;
    if let Some(repair) = &stages.repair {
        let mut edits = Vec::new();
        let assessment = repair.read(&document, survey, scratch, &mut edits);
        log.push(StageName::Repair, edits);
        set_text(&mut document, log);
        spun = Some(assessment);
        clock.lap(StageName::Repair);
    }

    let verdict = stages.filters.as_ref().map(|filters| {
        let verdict = filters.judge(&document.text, language.map(|(code, _)| code));
        log.push(StageName::Filter, filters.edits(&verdict));
        set_text(&mut document, log);
        clock.lap(StageName::Filter);
        (filters.drops(&verdict), verdict)
    });
    let (filtered, verdict) = verdict.unwrap_or_default();

    // What is taken out must not stand for its duplicates.
    let sketch = stages
        .dedup
        .as_ref()
        .filter(|_| !filtered)
        .map(|dedup| dedup.sketch(&document.text, scratch));
    clock.lap(StageName::Dedup);

    let bytes_in = item.raw.content();
    let rows = edit_rows(&item.name, log, &origin.malformed);
    let edits = rows
        .iter()
        .filter(|r| !r.superseded)
        .map(|r| (r.stage, r.rule.clone(), r.applied))
        .collect::<Vec<_>>();
    let words_in = shown.unwrap_or_else(|| words::count(log.source())) as u64;
    let unchanged = log.text().len() == log.source().len() && log.text() == log.source();
    let sha256_in = hex(&Sha256::digest(bytes_in));
    let row = DocumentRow {
        id: item.name.clone(),
        path: item.input.path.clone(),
        input: None,
        source: item.input.shown().display().to_string(),
        line: match &item.raw.body {
            Body::Record(record) => Some(record.number),
            Body::Text(_) => None,
        },
        offset: item.raw.offset,
        encoding: origin.encoding,
        encoding_confidence: round(origin.confidence),
        encoding_evidence: origin.evidence,
        language: language.map(|(code, _)| code.to_owned()),
        language_confidence: language.map(|(_, confidence)| round(confidence)),
        metadata: std::mem::take(&mut document.metadata),
        spun_score: spun.as_ref().map(|a| round(a.score)),
        spun_family: spun.as_ref().filter(|a| a.spun).and_then(|a| a.family),
        words_in,
        words_out: if unchanged {
            words_in
        } else {
            words::count(&document.text) as u64
        },
        sha256_out: if unchanged && bytes_in == document.text.as_bytes() {
            sha256_in.clone()
        } else {
            hex(&Sha256::digest(document.text.as_bytes()))
        },
        sha256_in,
        dropped: filtered,
        filters: filter_values(&verdict),
    };
    let (output, escapes) = render(
        &item.raw,
        (&item.name, &item.input.path),
        &document.text,
        (item.input.format, target),
        &stages.input,
    );
    let origin_hash = origin_of(&item, scratch);
    let restore = RestoreRow {
        id: item.name,
        bytes: (!origin.record.is_trivial()).then_some(origin.record),
        escapes,
    };
    Ok(Cleaned {
        id: document.id,
        origin: origin_hash,
        edit_lines: json_lines(&rows),
        restore_line: if restore.bytes.is_some() || restore.escapes.is_some() {
            json_lines(std::slice::from_ref(&restore))
        } else {
            Vec::new()
        },
        output,
        regions: if stages.dedup.is_some() {
            char_regions(log)
        } else {
            Vec::new()
        },
        text: document.text,
        sketch,
        applied: edits.iter().filter(|(_, _, applied)| *applied).count(),
        edits,
        spun: spun.is_some_and(|a| a.spun),
        bytes_in: bytes_in.len() as u64,
        digest: hash(bytes_in, seed::TEXT),
        row,
        seconds: clock.seconds,
        verdict,
    })
}

/// The file that documents were read from last, and its hash: most come from the same one as those before them.
#[derive(Debug, Default)]
struct LastSource {
    path: PathBuf,
    hash: u64,
}

/// Hash of where a document was read: the file, wherever the program was started, and the place in it.
fn origin_of(item: &Item<'_>, scratch: &mut Scratch) -> u64 {
    let source = item.input.shown();
    let last: &mut LastSource = scratch.of();
    if last.path != source {
        source.clone_into(&mut last.path);
        let path = std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
        last.hash = hash(path.as_os_str().as_encoded_bytes(), seed::TEXT);
    }
    combine(last.hash, item.raw.offset)
}

/// The document rules that failed, with their values, by name.
fn filter_values(verdict: &Verdict) -> BTreeMap<String, f64> {
    verdict
        .documents
        .iter()
        .map(|f| {
            // Six decimals, so that files do not differ by the last bit of a float.
            let value = (f.value * 1e6).round() / 1e6;
            (format!("{}/{}", f.preset, f.rule), value)
        })
        .collect()
}

/// The rows of one document without running anything else: for `limpid inspect`.
pub(super) fn rows_of(cleaned: &Cleaned) -> Vec<EditRow> {
    cleaned
        .edit_lines
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .filter_map(|l| serde_json::from_slice(l).ok())
        .collect()
}

/// What a document that the stages leave as it is costs beside them: its digest and word count. Measured apart by
/// `limpid bench`.
pub(super) fn bookkeeping(item: &Item<'_>) -> (String, usize) {
    let bytes = item.raw.content();
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    (hex(&Sha256::digest(bytes)), words::count(text))
}

fn set_text(document: &mut Document, log: &EditLog) {
    if document.text != log.text() {
        log.text().clone_into(&mut document.text);
    }
}

/// Where the cleaned text differs from the source, in scalar values of both.
fn char_regions(log: &EditLog) -> Vec<CharRegion> {
    let regions: Vec<(ByteSpan, ByteSpan)> = log.regions().collect();
    if regions.is_empty() {
        return Vec::new();
    }
    let (source, cleaned) = (Offsets::new(log.source()), Offsets::new(log.text()));
    regions
        .into_iter()
        .map(|(s, c)| CharRegion {
            source: source.char_span(s),
            cleaned: cleaned.char_span(c),
        })
        .collect()
}

/// `rows` as JSON, one a line.
pub(super) fn json_lines<T: serde::Serialize>(rows: &[T]) -> Vec<u8> {
    let mut out = Vec::new();
    for row in rows {
        // The rows are plain structs of strings and finite numbers, written to memory: this cannot fail.
        if serde_json::to_writer(&mut out, row).is_ok() {
            out.push(b'\n');
        }
    }
    out
}

/// Lower-case hexadecimal digits of `bytes`.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(2 * bytes.len());
    for b in bytes {
        out.push(char::from(DIGITS[usize::from(b >> 4)]));
        out.push(char::from(DIGITS[usize::from(b & 15)]));
    }
    out
}

struct Clock {
    last: Instant,
    seconds: [f64; StageName::COUNT],
}

impl Clock {
    fn start() -> Self {
        Self {
            last: Instant::now(),
            seconds: [0.0; StageName::COUNT],
        }
    }

    fn lap(&mut self, stage: StageName) {
        let now = Instant::now();
        self.seconds[stage as usize] += (now - self.last).as_secs_f64();
        self.last = now;
    }
}
