//! Words and sentences as the filters count them: JSON strings on standard input, one a line; for each an object with
//! `words` and `sentences` on standard output. `tests/python/test_filters.py` compares them with spaCy's.

use std::io::{BufRead, Write};

use limpid::filter::{Filters, Settings};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = Settings::default();
    settings.presets = vec!["gopher".to_owned()];
    let filters = Filters::new(&settings)?.ok_or("no filters")?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let text: String = serde_json::from_str(&line?)?;
        let (words, sentences) = filters.words(&text);
        let words: Vec<&str> = words.iter().map(|w| w.of(&text)).collect();
        let row = serde_json::json!({ "words": words, "sentences": sentences });
        writeln!(out, "{row}")?;
    }
    Ok(())
}
