//! MB/s by stage on given files, one thread: what `limpid bench` prints.

use std::time::Instant;

use serde::Serialize;

use super::batches::Item;
use super::cleaning::{self, decoded};
use super::compare::{Compare, Rank};
use super::config::Config;
use super::job::{RunError, no_survey};
use super::stages::Stages;
use crate::corpus::inputs::Input;
use crate::corpus::read::{Body, Content, Raw, Reader};
use crate::corpus::spool::SpoolWriter;
use crate::document::Document;
use crate::edit::EditLog;
use crate::stage::{Scratch, Stage};
use crate::survey::Questions;

/// What was measured.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Measured {
    /// Documents read.
    pub documents: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Speed of each step, in running order.
    pub stages: Vec<StageSpeed>,
}

/// The speed of one step.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct StageSpeed {
    /// The step.
    pub name: &'static str,
    /// Millions of document bytes a second on one thread, in the best round.
    pub mb_per_second: f64,
}

/// Reads at most `most` bytes of `inputs` into memory and runs each step over them for about `seconds` each.
///
/// # Errors
/// When the stages cannot be set up, or the comparison cannot spill.
pub fn bench(
    config: &Config,
    inputs: &[Input],
    most: u64,
    seconds: f64,
) -> Result<Measured, RunError> {
    let stages = Stages::new(config)?;
    let survey = no_survey();
    let mut scratch = Scratch::new();
    let documents = load(inputs, config, most);
    let bytes: u64 = documents.iter().map(|(_, raw)| size(raw)).sum();
    let item = |(input, raw): &(usize, Raw)| Item {
        input: &inputs[*input],
        raw: raw.clone(),
        name: String::new(),
    };
    let texts: Vec<Document> = documents
        .iter()
        .filter_map(|d| decoded(&stages, &item(d), &mut scratch).ok())
        .map(|(d, _)| d)
        .collect();
    let mut speeds = Vec::new();
    let mut measure = |name: &'static str,
                       work: &mut dyn FnMut() -> Result<(), RunError>|
     -> Result<(), RunError> {
        let (mut best, begun) = (f64::INFINITY, Instant::now());
        while best.is_infinite() || begun.elapsed().as_secs_f64() < seconds {
            let round = Instant::now();
            work()?;
            best = best.min(round.elapsed().as_secs_f64().max(1e-9));
        }
        speeds.push(StageSpeed {
            name,
            mb_per_second: bytes as f64 / 1e6 / best,
        });
        Ok(())
    };
    measure("decode", &mut || {
        for (_, raw) in &documents {
            let mut log = match &raw.body {
                Body::Text(bytes) => match stages.decode.read(bytes, None) {
                    Ok(decoded) => EditLog::new(decoded.text),
                    Err(_) => continue,
                },
                Body::Record(record) => match &record.content {
                    Content::Text(text) => EditLog::new(text.clone()),
                    Content::Bytes(payload) => {
                        match stages
                            .decode
                            .read(&payload.bytes, payload.charset.as_deref())
                        {
                            Ok(decoded) => EditLog::new(decoded.text),
                            Err(_) => continue,
                        }
                    }
                },
            };
            stages.decode.normalise(&mut log, &mut scratch);
            std::hint::black_box(log.text());
        }
        Ok(())
    })?;
    let stage_list = [
        stages.strip.as_ref().map(|s| s as &dyn Stage),
        stages.repair.as_ref().map(|s| s as &dyn Stage),
    ];
    let mut questions = Questions::default();
    measure("survey", &mut || {
        for document in &texts {
            for stage in stage_list.iter().flatten() {
                stage.ask(document, &mut scratch, &mut questions);
            }
            questions.clear();
        }
        Ok(())
    })?;
    let mut cleaned = texts.clone();
    for stage in stage_list.iter().flatten() {
        measure(stage.name().as_str(), &mut || {
            let mut edits = Vec::new();
            for document in &cleaned {
                edits.clear();
                stage.edit(document, &survey, &mut scratch, &mut edits);
                std::hint::black_box(&edits);
            }
            Ok(())
        })?;
        for document in &mut cleaned {
            let mut edits = Vec::new();
            stage.edit(document, &survey, &mut scratch, &mut edits);
            document.text = crate::edit::apply(&document.text, &edits);
        }
    }
    if let Some(filters) = &stages.filters {
        let languages: Vec<Option<&str>> = cleaned
            .iter()
            .map(|d| crate::decode::language(&d.text).map(|(code, _)| code))
            .collect();
        measure("filter", &mut || {
            for (document, language) in cleaned.iter().zip(&languages) {
                std::hint::black_box(filters.judge(&document.text, *language));
            }
            Ok(())
        })?;
    }
    if let Some(dedup) = &stages.dedup {
        measure("sketch", &mut || {
            for document in &cleaned {
                std::hint::black_box(dedup.sketch(&document.text, &mut scratch));
            }
            Ok(())
        })?;
        let tmp = std::env::temp_dir();
        measure("compare", &mut || {
            let mut compare = Compare::new(&config.dedup, config.memory / 2, &tmp)?;
            let mut spool = SpoolWriter::new(&tmp).map_err(RunError::spill(&tmp))?;
            for document in &cleaned {
                spool
                    .add("", &document.text, &[])
                    .map_err(RunError::spill(&tmp))?;
                compare.add(
                    document.id,
                    Rank::default(),
                    dedup.sketch(&document.text, &mut scratch),
                )?;
            }
            let spool = spool.finish().map_err(RunError::spill(&tmp))?;
            std::hint::black_box(compare.finish(&spool)?);
            Ok(())
        })?;
    }
    measure("rows", &mut || {
        for d in &documents {
            let _ = std::hint::black_box(cleaning::bookkeeping(&item(d)));
        }
        Ok(())
    })?;
    Ok(Measured {
        documents: documents.len(),
        bytes,
        stages: speeds,
    })
}

fn size(raw: &Raw) -> u64 {
    raw.content().len() as u64
}

/// Documents with the number of their input, up to `most` bytes; what cannot be read is left out.
fn load(inputs: &[Input], config: &Config, most: u64) -> Vec<(usize, Raw)> {
    let mut documents = Vec::new();
    let mut bytes = 0;
    for (n, input) in inputs.iter().enumerate() {
        let Ok(reader) = Reader::open(input, &config.input) else {
            continue;
        };
        for raw in reader.flatten() {
            bytes += size(&raw);
            if bytes > most && !documents.is_empty() {
                return documents;
            }
            documents.push((n, raw));
        }
    }
    documents
}
