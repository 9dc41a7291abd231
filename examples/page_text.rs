//! The main text of pages: `page_text [--model FILE]... < pages.jsonl > texts.jsonl`, for `benches/pages.sh`.
//!
//! In: one JSON object a line with `id`, `url` and `html`. Out: `{"id","text","seconds"}`, the time on one thread from the
//! decoded page to the text that is kept. With `--model`, given once or for several models of
//! `scripts/strip/train_pages.py`, each page of a `FILE.held` is read with that model, which has not seen its host, and
//! other pages are left out.

use std::collections::BTreeSet;
use std::io::{BufRead, BufWriter, Write};
use std::time::Instant;

use limpid::decode::{Decode, Html, Settings as DecodeSettings};
use limpid::document::Document;
use limpid::edit::{self, EditLog};
use limpid::stage::Scratch;
use limpid::strip::{Settings, Strip};
use limpid::survey::Survey;

#[derive(serde::Deserialize)]
struct Input {
    id: String,
    #[serde(default)]
    url: String,
    html: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut strips: Vec<(Strip, Option<BTreeSet<String>>)> = Vec::new();
    let mut args = std::env::args().skip(1);
    let settings = Settings::default();
    while let Some(arg) = args.next() {
        if arg != "--model" {
            return Err(format!("unknown argument {arg}").into());
        }
        let file = args.next().ok_or("--model needs a file")?;
        let held = std::fs::read_to_string(format!("{file}.held"))?;
        let strip = Strip::with_page_model(&settings, &std::fs::read_to_string(file)?)?;
        strips.push((strip, Some(held.lines().map(str::to_owned).collect())));
    }
    if strips.is_empty() {
        strips.push((Strip::new(&settings)?, None));
    }
    let mut decoding = DecodeSettings::default();
    decoding.html = Html::Always;
    let decode = Decode::new(&decoding)?;
    let mut scratch = Scratch::new();
    let survey = Survey::default();
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let input: Input = serde_json::from_str(&line?)?;
        let strip = strips
            .iter()
            .find(|(_, held)| held.as_ref().is_none_or(|h| h.contains(&input.url)));
        let Some((strip, _)) = strip else { continue };
        let start = Instant::now();
        let mut log = EditLog::new(input.html);
        let markup = decode.markup(&mut log, true);
        decode.normalise(&mut log, &mut scratch);
        let mut document = Document::new("page", 0, log.text());
        if let Some(mut markup) = markup {
            markup.structure.follow(&log);
            document.structure = Some(markup.structure);
            document.metadata = markup.metadata;
        }
        let mut edits = Vec::new();
        strip.read(&document, &survey, &mut scratch, &mut edits);
        let text = edit::apply(&document.text, &edits);
        let seconds = start.elapsed().as_secs_f64();
        let row = serde_json::json!({"id": input.id, "text": text, "seconds": seconds});
        writeln!(out, "{row}")?;
    }
    Ok(())
}
