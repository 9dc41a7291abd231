//! `run-dom-smoothie < pages.jsonl > texts.jsonl`: the main text of each `html` and the seconds it took.

use std::io::{BufRead, Write};
use std::time::Instant;

use dom_smoothie::Readability;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let page: serde_json::Value = serde_json::from_str(&line?)?;
        let html = page["html"].as_str().unwrap_or_default();
        let start = Instant::now();
        let text = Readability::new(html, None, None)
            .and_then(|mut reader| reader.parse())
            .map(|article| article.text_content.to_string())
            .unwrap_or_default();
        let seconds = start.elapsed().as_secs_f64();
        writeln!(out, "{}", serde_json::json!({"id": page["id"], "text": text, "seconds": seconds}))?;
    }
    Ok(())
}
