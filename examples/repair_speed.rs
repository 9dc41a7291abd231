//! Times the repair stage: `repair_speed FILE.jsonl [RUNS]` prints MB per CPU second of looking (assess) and of repairing.
use limpid::document::Document;
use limpid::repair::{Repair, Settings};
use limpid::stage::{Scratch, Stage};
use limpid::survey::Survey;
use std::io::BufRead;
use std::time::Instant;
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let start = Instant::now();
    let repair = Repair::new(&Settings::default())?;
    eprintln!("set-up {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    let mut docs = Vec::new();
    for line in std::io::BufReader::new(std::fs::File::open(&args[1])?).lines() {
        let row: serde_json::Value = serde_json::from_str(&line?)?;
        docs.push(Document::new(
            row["id"].as_str().unwrap_or("?"),
            0,
            row["text"].as_str().unwrap_or_default(),
        ));
    }
    let bytes: usize = docs.iter().map(|d| d.text.len()).sum();
    let survey = Survey::default();
    let mut scratch = Scratch::new();
    for _ in 0..3 {
        let start = Instant::now();
        let spun = docs
            .iter()
            .filter(|d| repair.assess(&d.text, &mut scratch).spun)
            .count();
        let look = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let mut edits = Vec::new();
        for d in &docs {
            edits.clear();
            repair.edit(d, &survey, &mut scratch, &mut edits);
        }
        let edit = start.elapsed().as_secs_f64();
        println!(
            "{} documents, {spun} spun; assess {:.1} MB/s, edit {:.3} MB/s",
            docs.len(),
            bytes as f64 / look / 1e6,
            bytes as f64 / edit / 1e6
        );
    }
    Ok(())
}
