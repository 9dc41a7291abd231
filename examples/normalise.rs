//! Prints what the decode stage changes, to compare with other tools and to read its edits on clean text.
//!
//! `cargo run --release --example normalise < lines.jsonl` prints each line of standard input, a JSON string, as the
//! stage leaves it; with `-- --only RULE` that rule alone runs. `cargo run --release --example normalise -- FILE...` prints the edits of files instead: file, rule,
//! whether applied, confidence, before, after, and what stands around, separated by tabs.
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

use std::error::Error;
use std::io::{BufRead, Write};

use limpid::decode::{Decode, RULES, Settings};
use limpid::edit::{ByteSpan, EditLog};
use limpid::stage::Scratch;
use limpid::text::cut;

/// Bytes of context either side of an edit.
const AROUND: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let mut settings = Settings::default();
    let mut files: Vec<String> = std::env::args().skip(1).collect();
    if files.first().is_some_and(|f| f == "--only") {
        let rule = files.get(1).cloned().ok_or("--only needs a rule")?;
        let others = RULES.iter().map(|r| r.name).filter(|name| *name != rule);
        settings.off = others.map(str::to_owned).collect();
        files.drain(..2);
    }
    let decode = Decode::new(&settings)?;
    let mut scratch = Scratch::new();
    for file in &files {
        print_edits(&decode, file, &mut scratch)?;
    }
    if !files.is_empty() {
        return Ok(());
    }
    for line in std::io::stdin().lock().lines() {
        let mut log = EditLog::new(serde_json::from_str(&line?)?);
        decode.normalise(&mut log, &mut scratch);
        println!("{}", serde_json::to_string(log.text())?);
    }
    Ok(())
}

fn print_edits(decode: &Decode, file: &str, scratch: &mut Scratch) -> Result<(), Box<dyn Error>> {
    let read = match decode.read(&std::fs::read(file)?, None) {
        Ok(read) => read,
        Err(e) => {
            println!("{file}\tunreadable\t-\t0\t-\t-\t{e}");
            return Ok(());
        }
    };
    let mut out = std::io::stdout().lock();
    if read.encoding != "utf-8" {
        let (name, sure) = (read.encoding, read.confidence);
        writeln!(out, "{file}\tencoding\ttrue\t{sure:.2}\t-\t{name}\t-")?;
    }
    let mut log = EditLog::new(read.text);
    decode.normalise(&mut log, scratch);
    for row in log.rows().iter().filter(|r| !r.superseded) {
        let source = log.source();
        let from = cut::floor(source, row.span.start.saturating_sub(AROUND));
        let to = cut::floor(source, row.span.end + AROUND);
        let around = ByteSpan::new(from, to).of(source);
        writeln!(
            out,
            "{file}\t{}\t{}\t{:.2}\t{:?}\t{:?}\t{around:?}",
            row.rule, row.applied, row.confidence, row.before, row.after
        )?;
    }
    Ok(())
}
