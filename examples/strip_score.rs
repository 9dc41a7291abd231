//! Scores `strip` on labelled pages:
//! `strip_score [--threshold X] [--hosts LIST] [--languages] [--model FILE]... PAGES.jsonl.gz...`.
//!
//! `--languages` cuts sets by language in place of page type. LIST names the addresses to look at. With `--model`, given once or for several models of `scripts/strip/train.py`, each
//! page of a `FILE.held` is read with that model, which has not seen its host; other pages are left out.
//!
//! Reads the line sets described in `data/strip/README.md` and prints, by set and page type, character and line F1 of
//! what is kept (of all pages together, and as the mean of the pages), recall of keep and of drop, the share of pages that a second pass changes, and MB/s.
//! `strip_score --show FILE...` prints text files with the removed lines marked by their rule.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::Instant;

use limpid::document::Document;
use limpid::edit;
use limpid::stage::Scratch;
use limpid::strip::{Settings, Strip};
use limpid::survey::Survey;

#[derive(serde::Deserialize)]
struct Page {
    url: String,
    set: String,
    #[serde(rename = "page_type")]
    kind: Option<String>,
    lines: Vec<Labelled>,
}

#[derive(serde::Deserialize)]
struct Labelled {
    text: String,
    keep: Option<bool>,
    sp: Option<u8>,
    soft: Option<String>,
}

#[derive(Default)]
struct Sums {
    /// Kept and to be kept, kept and not, removed wrongly, removed rightly; characters, then lines.
    chars: [f64; 4],
    lines: [f64; 4],
    pages: usize,
    unstable: usize,
    titles: [usize; 2],
    /// Sum of the pages' own character F1.
    page_sum: f64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = Settings::default();
    let mut files = Vec::new();
    let mut models: Vec<String> = Vec::new();
    let mut show = false;
    let mut lost = false;
    let mut by_language = false;
    let mut only: Option<BTreeSet<String>> = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--threshold" => settings.threshold = args.next().ok_or("a number")?.parse()?,
            "--hosts" => {
                only = Some(
                    std::fs::read_to_string(args.next().ok_or("a file")?)?
                        .lines()
                        .map(str::to_owned)
                        .collect(),
                );
            }
            "--model" => models.push(args.next().ok_or("a file")?),
            "--show" => show = true,
            "--lost" => lost = true,
            "--languages" => by_language = true,
            _ => files.push(arg),
        }
    }
    let strips = if models.is_empty() {
        vec![(Strip::new(&settings)?, None)]
    } else {
        models
            .iter()
            .map(|file| -> Result<_, Box<dyn std::error::Error>> {
                let strip = Strip::with_model(&settings, &std::fs::read_to_string(file)?)?;
                let held = std::fs::read_to_string(format!("{file}.held"))?;
                Ok((strip, Some(held.lines().map(str::to_owned).collect())))
            })
            .collect::<Result<Vec<(Strip, Option<BTreeSet<String>>)>, _>>()?
    };
    // Each text by the model that has not seen it.
    let strip_for = |name: &str| {
        let mut strips = strips.iter();
        strips.find(|(_, held)| held.as_ref().is_none_or(|h| h.contains(name)))
    };
    let survey = Survey::default();
    let mut scratch = Scratch::new();
    let mut out = std::io::stdout().lock();
    if show || lost {
        let (mut gone, mut all, mut bytes, mut seconds) = (0, 0, 0, 0.0);
        for file in files {
            let (Ok(text), Some((strip, _))) = (std::fs::read_to_string(&file), strip_for(&file))
            else {
                continue;
            };
            let doc = Document::new(file.as_str(), 0, text);
            let mut edits = Vec::new();
            let start = Instant::now();
            let facts = strip.read(&doc, &survey, &mut scratch, &mut edits);
            seconds += start.elapsed().as_secs_f64();
            bytes += doc.text.len();
            let words = |s: &str| s.split_whitespace().count();
            all += words(&doc.text);
            gone += edits
                .iter()
                .map(|e| words(e.span.of(&doc.text)))
                .sum::<usize>();
            if show || !edits.is_empty() {
                writeln!(out, "=== {file} {}", serde_json::to_string(&facts)?)?;
            }
            for e in &edits {
                writeln!(
                    out,
                    "--- {} {:.2}\n{}",
                    e.rule,
                    e.confidence,
                    e.span.of(&doc.text).trim()
                )?;
            }
        }
        let speed = bytes as f64 / 1e6 / seconds;
        writeln!(out, "{gone} of {all} words lost, {speed:.1} MB/s")?;
        return Ok(());
    }
    let f1 = |x: &[f64; 4]| 2.0 * x[0] / (2.0 * x[0] + x[1] + x[2]).max(1.0);
    let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
    let (mut bytes, mut seconds) = (0, 0.0);
    for file in files {
        let pages = std::process::Command::new("gzip")
            .args(["-dc", &file])
            .output()?;
        for row in std::str::from_utf8(&pages.stdout)?.lines() {
            let page: Page = serde_json::from_str(row)?;
            if only.as_ref().is_some_and(|o| !o.contains(&page.url)) {
                continue;
            }
            let Some((strip, _)) = strip_for(&page.url) else {
                continue;
            };
            let mut text = String::new();
            let mut starts = Vec::new();
            for line in &page.lines {
                if !text.is_empty() {
                    text.push_str(if line.sp == Some(1) { "\n\n" } else { "\n" });
                }
                starts.push(text.len());
                text.push_str(&line.text);
            }
            let doc = Document::new(page.url.as_str(), 0, text);
            let mut edits = Vec::new();
            let start = Instant::now();
            let facts = strip.read(&doc, &survey, &mut scratch, &mut edits);
            seconds += start.elapsed().as_secs_f64();
            bytes += doc.text.len();
            let again = Document::new(page.url.as_str(), 0, edit::apply(&doc.text, &edits));
            let mut second = Vec::new();
            strip.read(&again, &survey, &mut scratch, &mut second);
            let kind = if by_language {
                whatlang::detect_lang(&doc.text).map_or("unknown", |l| l.eng_name())
            } else {
                page.kind.as_deref().unwrap_or("-")
            };
            let key = format!("{} {kind}", page.set.split('/').next().unwrap_or_default());
            let sum = sums.entry(key).or_default();
            sum.pages += 1;
            sum.unstable += usize::from(!second.is_empty());
            let titles: Vec<&str> = page
                .lines
                .iter()
                .filter(|l| l.soft.as_deref() == Some("title"))
                .map(|l| l.text.as_str())
                .collect();
            if let Some(title) = &facts.title {
                sum.titles[0] += usize::from(titles.contains(&title.as_str()));
            }
            sum.titles[1] += usize::from(!titles.is_empty());
            let mut own = [0.0; 4];
            for (line, &at) in page.lines.iter().zip(&starts) {
                let Some(keep) = line.keep else { continue };
                if line.soft.is_some() || line.text.trim().is_empty() {
                    continue;
                }
                let removed = edits.iter().any(|e| e.span.start <= at && at < e.span.end);
                let slot = match (keep, removed) {
                    (true, false) => 0,
                    (false, false) => 1,
                    (true, true) => 2,
                    (false, true) => 3,
                };
                own[slot] += line.text.chars().count() as f64;
                sum.lines[slot] += 1.0;
            }
            sum.page_sum += f1(&own);
            for (all, own) in sum.chars.iter_mut().zip(own) {
                *all += own;
            }
        }
    }
    writeln!(
        out,
        "set pages char-F1 mean-of-pages line-F1 keep-recall drop-recall(lines) second-pass titles"
    )?;
    for (key, s) in &sums {
        writeln!(
            out,
            "{key:24} {:4} {:.3} {:.3} {:.3} {:.3} {:.3} {}/{} {}/{}",
            s.pages,
            f1(&s.chars),
            s.page_sum / s.pages as f64,
            f1(&s.lines),
            s.lines[0] / (s.lines[0] + s.lines[2]).max(1.0),
            s.lines[3] / (s.lines[3] + s.lines[1]).max(1.0),
            s.unstable,
            s.pages,
            s.titles[0],
            s.titles[1],
        )?;
    }
    writeln!(out, "{:.1} MB/s", bytes as f64 / 1e6 / seconds)?;
    Ok(())
}
