//! Runs the repair stage over passages or documents and writes what the scorer reads.
//!
//! `repair_score [--gate off] [--bar N] [--without SOURCE] [--lexicon FILE] [--lm MODEL] [--lm-spots N] [--assess] [--batch FILE]... INPUT OUT`: INPUT is a JSONL file
//! with `id` and `text`, OUT gets `{"id","text","edits","score","family","spun","changed_again"}`. `--assess` stops after
//! the spun score. `--batch` names
//! text files that stand beside every document of INPUT in the survey; rows of INPUT with the same `batch` stand beside one another, on the site
//! `site` where they name one. `--induction off` leaves out the pairs induced from the batch. Offsets count Unicode scalar values.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use limpid::document::Document;
use limpid::edit::{Edit, Offsets, apply};
use limpid::pipeline::RepairStage;
use limpid::repair::{Gate, Settings};
use limpid::stage::{Scratch, Stage};
use limpid::survey::Survey;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = Settings::default();
    let mut batch = Vec::new();
    let mut assess = false;
    let mut files = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--gate" => {
                settings.gate = if value()? == "off" {
                    Gate::Off
                } else {
                    Gate::On
                }
            }
            "--bar" => settings.confidence = value()?.parse()?,
            "--induction" => settings.induction = value()? == "on",
            "--batch-weight" => settings.batch_weight = value()?.parse()?,
            "--without" => settings.without_sources.push(value()?),
            "--lexicon" => settings.lexicons.push(value()?.into()),
            "--lm" => settings.lm = Some(value()?.into()),
            "--lm-spots" => settings.lm_spots = value()?.parse()?,
            "--assess" => assess = true,
            "--batch" => batch.push(value()?),
            _ => files.push(arg),
        }
    }
    let [input, out] = files.as_slice() else {
        return Err("INPUT OUT".into());
    };
    let repair = RepairStage::new(&settings)?.stage;
    let batch: Vec<Document> = batch
        .iter()
        .map(|path| {
            Ok(Document::new(
                path.as_str(),
                0,
                std::fs::read_to_string(path)?,
            ))
        })
        .collect::<Result<_, std::io::Error>>()?;
    let mut scratch = Scratch::new();
    let mut writer = std::io::BufWriter::new(std::fs::File::create(out)?);
    let rows: Vec<serde_json::Value> = std::io::BufReader::new(std::fs::File::open(input)?)
        .lines()
        .map(|line| Ok(serde_json::from_str(&line?)?))
        .collect::<Result<_, Box<dyn std::error::Error>>>()?;
    let mut batches: BTreeMap<&str, Vec<Document>> = BTreeMap::new();
    for row in &rows {
        if let Some(name) = row["batch"].as_str() {
            batches.entry(name).or_default().push(document(row));
        }
    }
    let surveys: BTreeMap<&str, Survey> = batches
        .iter()
        .map(|(name, docs)| (*name, repair.survey(docs)))
        .collect();
    let mut alone;
    for row in &rows {
        let text = row["text"].as_str().unwrap_or_default();
        if assess {
            let a = repair.assess(text, &mut scratch);
            let line = serde_json::json!({"id": row["id"], "best": a.evidence, "words": a.words, "markers": a.markers, "density": a.density, "score": a.score,
                "family": a.family, "spun": a.spun});
            writeln!(writer, "{line}")?;
            continue;
        }
        let doc = document(row);
        let survey = if let Some(name) = row["batch"].as_str() {
            &surveys[name]
        } else {
            let mut docs = batch.clone();
            docs.push(doc.clone());
            alone = repair.survey(&docs);
            &alone
        };
        let mut edits = Vec::new();
        repair.edit(&doc, survey, &mut scratch, &mut edits);
        let assessed = repair.assess(text, &mut scratch);
        let repaired = apply(text, &edits);
        let mut again: Vec<Edit> = Vec::new();
        let second = Document::new("again", 0, repaired.as_str());
        repair.edit(&second, survey, &mut scratch, &mut again);
        let offsets = Offsets::new(text);
        let show = |e: &Edit| {
            let span = offsets.char_span(e.span);
            serde_json::json!({"start": span.start, "end": span.end, "before": e.span.of(text), "after": e.after,
                "confidence": e.confidence, "rule": e.rule})
        };
        let applied: Vec<_> = edits.iter().filter(|e| e.applied).map(show).collect();
        let suggested: Vec<_> = edits.iter().filter(|e| !e.applied).map(show).collect();
        let changed: Vec<String> = again
            .iter()
            .filter(|e| e.applied)
            .map(|e| format!("{} -> {}", e.span.of(&repaired), e.after))
            .collect();
        let line = serde_json::json!({"id": row["id"], "text": repaired, "edits": applied, "suggested": suggested,
            "score": assessed.score, "family": assessed.family, "spun": assessed.spun, "best": assessed.evidence, "density": assessed.density,
            "words": assessed.words, "changed_again": changed});
        writeln!(writer, "{line}")?;
    }
    Ok(())
}

fn document(row: &serde_json::Value) -> Document {
    let text = row["text"].as_str().unwrap_or_default();
    let mut doc = Document::new(row["id"].as_str().unwrap_or("?"), 0, text);
    doc.metadata.site = row["site"].as_str().map(str::to_owned);
    doc
}
