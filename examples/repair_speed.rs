//! Times the repair stage: `repair_speed [--lm MODEL] FILE.jsonl` prints how long it takes to set up, and how many megabytes of the
//! records' `text` it looks at and repairs in a second on one core, three times; then the same with the records as one batch: how long the survey takes, twice
//! through the clean ones, and repairing with its answers; with a language model (feature `neural`) once, and
//! seconds for 1,000 words and tokens in a second. The model computes on several cores: `RAYON_NUM_THREADS=1` keeps it to one.

use std::io::{BufRead, Write};
use std::time::Instant;

use limpid::document::Document;
use limpid::pipeline::RepairStage;
use limpid::repair::{Repair, Settings};
use limpid::stage::{Scratch, Stage};
use limpid::survey::Survey;
use limpid::text::words::words;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = Settings::default();
    let mut path = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--lm" => settings.lm = Some(args.next().ok_or("--lm needs a value")?.into()),
            _ => path = Some(arg),
        }
    }
    let path = path.ok_or("FILE.jsonl")?;
    let mut out = std::io::stdout();
    let start = Instant::now();
    let repair = RepairStage::new(&settings)?.stage;
    writeln!(out, "set-up {:.0} ms", start.elapsed().as_secs_f64() * 1e3)?;
    let mut docs = Vec::new();
    for line in std::io::BufReader::new(std::fs::File::open(path)?).lines() {
        let row: serde_json::Value = serde_json::from_str(&line?)?;
        let text = row["text"].as_str().unwrap_or_default();
        docs.push(Document::new(row["id"].as_str().unwrap_or("?"), 0, text));
    }
    let megabytes = docs.iter().map(|d| d.text.len()).sum::<usize>() as f64 / 1e6;
    let counted: usize = docs.iter().map(|d| words(&d.text).count()).sum();
    let survey = Survey::default();
    let mut scratch = Scratch::new();
    let mut edits = Vec::new();
    for _ in 0..if settings.lm.is_some() { 1 } else { 3 } {
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
        let seconds = start.elapsed().as_secs_f64();
        let edit = megabytes / seconds;
        writeln!(
            out,
            "{} documents, {spun} spun: looks at {look:.1} MB/s, looks and repairs {edit:.2} MB/s, {:.2} s for 1,000 words",
            docs.len(),
            1000.0 * seconds / counted.max(1) as f64
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
    #[cfg(feature = "neural")]
    if let Some(path) = &settings.lm {
        let model = limpid::repair::LanguageModel::read("model", &std::fs::read(path)?)?;
        let start = Instant::now();
        let mut tokens = 0;
        for doc in docs.iter().take(10) {
            tokens += model.log_probability(&doc.text)?.1;
        }
        let seconds = start.elapsed().as_secs_f64();
        writeln!(
            out,
            "the model reads {:.0} tokens/s, from beginning to end",
            tokens as f64 / seconds
        )?;
    }
    Ok(())
}
