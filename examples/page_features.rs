//! Writes the features of pages of HTML: `page_features < pages.jsonl > rows.bin`, for `scripts/strip/train_pages.py`.
//!
//! In: one JSON object a line with a string `html`. Out, for each page: the length of its flattened text as u32 and that text
//! (UTF-8), the number of its lines that are not blank as u32, then for each its 0-based number as u32 and its features
//! as f32, all little-endian. `--names` prints the columns.

use std::io::{BufRead, BufWriter, Write};

use limpid::decode::{Decode, Html, Settings as DecodeSettings};
use limpid::edit::EditLog;
use limpid::stage::Scratch;
use limpid::strip::{Settings, Strip};

#[derive(serde::Deserialize)]
struct Input {
    html: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    if std::env::args().any(|a| a == "--names") {
        for name in limpid::strip::page_columns() {
            writeln!(out, "{name}")?;
        }
        return Ok(());
    }
    let mut settings = DecodeSettings::default();
    settings.html = Html::Always;
    let decode = Decode::new(&settings)?;
    let strip = Strip::new(&Settings::default())?;
    let mut scratch = Scratch::new();
    let mut rows = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let input: Input = serde_json::from_str(&line?)?;
        let mut log = EditLog::new(input.html);
        let markup = decode.markup(&mut log, true);
        decode.normalise(&mut log, &mut scratch);
        let structure = markup.map(|mut m| {
            m.structure.follow(&log);
            m.structure
        });
        rows.clear();
        let mut count = 0u32;
        if let Some(structure) = &structure {
            strip.page_rows(log.text(), structure, |number, row| {
                count += 1;
                rows.extend((number as u32).to_le_bytes());
                rows.extend(row.iter().flat_map(|x| x.to_le_bytes()));
            });
        }
        out.write_all(&(log.text().len() as u32).to_le_bytes())?;
        out.write_all(log.text().as_bytes())?;
        out.write_all(&count.to_le_bytes())?;
        out.write_all(&rows)?;
    }
    Ok(())
}
