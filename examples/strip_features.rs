//! Writes the line model's features: `strip_features < pages.jsonl > rows.bin`, for `scripts/strip/train.py`.
//!
//! In: one JSON object a line with a string `text` and, where other weights of words than the model's are to speak, a list
//! `wording` of a number for each line that is not blank: the columns from `wording` on come from it. Out, for each document: the number of its lines as u32, then for each line its 0-based
//! number as u32 and its features as f32; with `--slots`, in place of features, the number of its slots of words as u32
//! and the slots as u16. All little-endian. `--names` prints the columns.

use std::io::{BufRead, BufWriter, Write};

use limpid::strip::{Settings, Strip, features};

#[derive(serde::Deserialize)]
struct Input {
    text: String,
    wording: Option<Vec<f32>>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    if std::env::args().any(|a| a == "--names") {
        for name in features::NAMES {
            writeln!(out, "{name}")?;
        }
        return Ok(());
    }
    let wants_slots = std::env::args().any(|a| a == "--slots");
    let strip = Strip::new(&Settings::default())?;
    let mut rows = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let input: Input = serde_json::from_str(&line?)?;
        rows.clear();
        let mut count = 0u32;
        strip.rows(
            &input.text,
            input.wording.as_deref(),
            |number, slots, row| {
                count += 1;
                rows.extend((number as u32).to_le_bytes());
                if wants_slots {
                    rows.extend((slots.len() as u32).to_le_bytes());
                    rows.extend(slots.iter().flat_map(|x| x.to_le_bytes()));
                } else {
                    rows.extend(row.iter().flat_map(|x| x.to_le_bytes()));
                }
            },
        );
        out.write_all(&count.to_le_bytes())?;
        out.write_all(&rows)?;
    }
    Ok(())
}
