//! Writes every repair that any source offers for a document, with the evidence for it: what the judge is trained on.
//!
//! `repair_candidates [--without SOURCE]... [--batch FILE]... [--lm MODEL] INPUT OUT`: INPUT is a JSONL file with `id` and `text`, OUT gets a row for each
//! candidate: `{"id","start","end","meant","evidence":{name: value},"probability","chosen"}`. Offsets count Unicode scalar values. `--batch` names text files that stand
//! beside every document of INPUT in the survey; rows of INPUT with the same `batch` stand beside one another, on the site `site` where they
//! name one, and only those that are `spun` get rows. `--lm` (feature `neural`) adds what a language model says: `"nats"`, null where it is not asked.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use limpid::document::Document;
use limpid::edit::Offsets;
use limpid::pipeline::RepairStage;
use limpid::repair::Settings;
use limpid::stage::Scratch;
use limpid::survey::Survey;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = Settings::default();
    let mut batch = Vec::new();
    let mut files = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--without" => settings.without_sources.push(value()?),
            "--batch" => {
                let path = value()?;
                let text = std::fs::read_to_string(&path)?;
                batch.push(Document::new(path, 0, text));
            }
            "--lm" => settings.lm = Some(value()?.into()),
            _ => files.push(arg),
        }
    }
    let [input, out] = files.as_slice() else {
        return Err("INPUT OUT".into());
    };
    let repair = RepairStage::new(&settings)?.stage;
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
        let doc = document(row);
        let survey = match row["batch"].as_str() {
            Some(_) if row["spun"] != true => continue,
            Some(name) => &surveys[name],
            None => {
                let mut docs = batch.clone();
                docs.push(doc.clone());
                alone = repair.survey(&docs);
                &alone
            }
        };
        let offsets = Offsets::new(text);
        for candidate in repair.candidates(&doc, survey, &mut scratch) {
            let span = offsets.char_span(candidate.span);
            let evidence: serde_json::Map<String, serde_json::Value> = candidate
                .evidence
                .iter()
                .map(|&(name, value)| (name.to_owned(), value.into()))
                .collect();
            let row = serde_json::json!({"id": row["id"], "start": span.start, "end": span.end, "meant": candidate.meant,
                "evidence": evidence, "probability": candidate.probability, "chosen": candidate.chosen,
                "nats": candidate.heard});
            writeln!(writer, "{row}")?;
        }
    }
    Ok(())
}

fn document(row: &serde_json::Value) -> Document {
    let text = row["text"].as_str().unwrap_or_default();
    let mut doc = Document::new(row["id"].as_str().unwrap_or("?"), 0, text);
    doc.metadata.site = row["site"].as_str().map(str::to_owned);
    doc
}
