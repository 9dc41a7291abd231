//! Prints every edit of `strip` and a hash of the features of every line, to be compared before and after a change that
//! must change nothing: `strip_dump [--lines] FILE...`, text files or, with `--lines`, labelled pages.

use std::io::Write;

use limpid::document::Document;
use limpid::stage::Scratch;
use limpid::strip::{Settings, Strip};
use limpid::survey::Survey;
use limpid::text::hash::{combine, hash, seed};

#[derive(serde::Deserialize)]
struct Page {
    url: String,
    lines: Vec<Line>,
}

#[derive(serde::Deserialize)]
struct Line {
    text: String,
    sp: Option<u8>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let labelled = args.iter().any(|a| a == "--lines");
    args.retain(|a| a != "--lines");
    let strip = Strip::new(&Settings::default())?;
    let survey = Survey::default();
    let mut scratch = Scratch::new();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut show = |name: &str, text: String| -> Result<(), Box<dyn std::error::Error>> {
        let mut state = 0;
        strip.rows(&text, None, |number, slots, row| {
            state = combine(state, number as u64);
            for &slot in slots {
                state = combine(state, u64::from(slot));
            }
            for x in row {
                state = combine(state, u64::from(x.to_bits()));
            }
        });
        let doc = Document::new(name, 0, text);
        let mut edits = Vec::new();
        let facts = strip.read(&doc, &survey, &mut scratch, &mut edits);
        writeln!(
            out,
            "{name} {state:x} {:x}",
            hash(serde_json::to_string(&facts)?.as_bytes(), seed::TEXT)
        )?;
        for e in &edits {
            writeln!(
                out,
                "\t{}..{} {} {}",
                e.span.start, e.span.end, e.rule, e.confidence
            )?;
        }
        Ok(())
    };
    for file in args {
        if !labelled {
            if let Ok(text) = std::fs::read_to_string(&file) {
                show(&file, text)?;
            }
            continue;
        }
        let pages = std::process::Command::new("gzip")
            .args(["-dc", &file])
            .output()?;
        for row in std::str::from_utf8(&pages.stdout)?.lines() {
            let page: Page = serde_json::from_str(row)?;
            let mut text = String::new();
            for line in &page.lines {
                if !text.is_empty() {
                    text.push_str(if line.sp == Some(1) { "\n\n" } else { "\n" });
                }
                text.push_str(&line.text);
            }
            show(&page.url, text)?;
        }
    }
    Ok(())
}
