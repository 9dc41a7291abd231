//! Times the repair stage: `repair_speed FILE.jsonl` prints how long it takes to set up, and how many megabytes of the
//! records' `text` it looks at and repairs in a second on one core, three times; then the same with the records as one batch: how long the survey takes, twice
//! through the clean ones, and repairing with its answers.

use std::io::{BufRead, Write};
use std::time::Instant;

use limpid::document::Document;
use limpid::repair::{Repair, Settings};
use limpid::stage::{Scratch, Stage};
use limpid::survey::Survey;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("FILE.jsonl")?;
    let mut out = std::io::stdout();
    let start = Instant::now();
    let repair = Repair::new(&Settings::default())?;
    writeln!(out, "set-up {:.0} ms", start.elapsed().as_secs_f64() * 1e3)?;
    let mut docs = Vec::new();
    for line in std::io::BufReader::new(std::fs::File::open(path)?).lines() {
        let row: serde_json::Value = serde_json::from_str(&line?)?;
        let text = row["text"].as_str().unwrap_or_default();
        docs.push(Document::new(row["id"].as_str().unwrap_or("?"), 0, text));
    }
    let megabytes = docs.iter().map(|d| d.text.len()).sum::<usize>() as f64 / 1e6;
    let survey = Survey::default();
    let mut scratch = Scratch::new();
    let mut edits = Vec::new();
    for _ in 0..3 {
        let start = Instant::now();
        let spun = docs
            .iter()
            .filter(|d| repair.assess(&d.text, &mut scratch).spun)
            .count();
        let look = megabytes / start.elapsed().as_secs_f64();
        let start = Instant::now();
        for doc in &docs {
            edits.clear();
            repair.edit(doc, &survey, &mut scratch, &mut edits);
        }
        let edit = megabytes / start.elapsed().as_secs_f64();
        writeln!(
            out,
            "{} documents, {spun} spun: looks at {look:.1} MB/s, looks and repairs {edit:.2} MB/s",
            docs.len()
        )?;
    }
    for induction in [false, true, false, true] {
        let repair = Repair::new(&Settings {
            induction,
            ..Settings::default()
        })?;
        let start = Instant::now();
        let survey = repair.survey(&docs);
        let ask = megabytes / start.elapsed().as_secs_f64();
        let start = Instant::now();
        for doc in &docs {
            edits.clear();
            repair.edit(doc, &survey, &mut scratch, &mut edits);
        }
        let edit = megabytes / start.elapsed().as_secs_f64();
        writeln!(
            out,
            "as a batch, induction {induction}: surveys {ask:.2} MB/s, looks and repairs {edit:.2} MB/s"
        )?;
    }
    Ok(())
}
