//! Writes every repair that any source offers for a document, with the evidence for it: what the judge is trained on.
//!
//! `repair_candidates [--without SOURCE]... [--batch FILE]... [--lm MODEL] INPUT OUT`: INPUT is a JSONL file with `id` and `text`, OUT gets a row for each
//! candidate: `{"id","start","end","meant","evidence":{name: value},"context","probability","chosen"}`. Offsets count Unicode scalar values. `--batch` names text files that stand
//! beside every document of INPUT in the survey. `--lm` (feature `neural`) adds what a language model says: `"nats"`, null where it is not asked.

use std::io::{BufRead, Write};

use limpid::document::Document;
use limpid::edit::Offsets;
use limpid::pipeline::RepairStage;
use limpid::repair::Settings;
use limpid::stage::Scratch;

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
    for line in std::io::BufReader::new(std::fs::File::open(input)?).lines() {
        let row: serde_json::Value = serde_json::from_str(&line?)?;
        let text = row["text"].as_str().unwrap_or_default();
        let doc = Document::new(row["id"].as_str().unwrap_or("?"), 0, text);
        let mut docs = batch.clone();
        docs.push(doc.clone());
        let survey = repair.survey(&docs);
        let offsets = Offsets::new(text);
        for candidate in repair.candidates(&doc, &survey, &mut scratch) {
            let span = offsets.char_span(candidate.span);
            let evidence: serde_json::Map<String, serde_json::Value> = candidate
                .evidence
                .iter()
                .map(|&(name, value)| (name.to_owned(), value.into()))
                .collect();
            let row = serde_json::json!({"id": row["id"], "start": span.start, "end": span.end, "meant": candidate.meant,
                "evidence": evidence, "context": candidate.context, "probability": candidate.probability, "chosen": candidate.chosen,
                "nats": candidate.heard});
            writeln!(writer, "{row}")?;
        }
    }
    Ok(())
}
