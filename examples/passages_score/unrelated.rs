//! What is reported between documents that were written independently.

use std::path::Path;

use anyhow::{Context, Result};
use limpid::dedup::Settings;
use limpid::pipeline::compare::Kind;
use limpid::text::sentences::sentences;

use super::corpus::{Document, compare, keep_independent, paired, rows, stories, words};

/// Words of a story that is looked at.
const LEAST_WORDS: usize = 40;
/// Words in a row, in both, from which two documents share text by their words alone.
const RUN: usize = 8;

/// Counts the passages of several sets of documents that share nothing, or nothing but what a reader would call shared.
pub(crate) fn score(shared: &Path, list: bool) -> Result<()> {
    println!(
        "set                     documents  passages  with a run of {RUN}  exact  per 10,000 without it"
    );
    let reuters = shared.join("data/dup_reuters");
    let paired = paired(&reuters)?;
    let mut news = stories(&reuters, LEAST_WORDS)?;
    news.retain(|d| !paired.contains(&d.id));
    report("stories", &news, list)?;
    keep_independent(&mut news);
    report("independent stories", &news, list)?;
    let first = news.iter().map(|d| Document {
        id: d.id.clone(),
        text: sentences(&d.text)
            .next()
            .map_or("", |s| s.of(&d.text))
            .to_owned(),
    });
    report("their first sentences", &first.collect::<Vec<_>>(), list)?;
    report("web pages", &pages(shared)?, list)?;
    report("sentences of books", &sentences_of_books(shared)?, list)
}

/// The main text of the labelled web pages.
fn pages(shared: &Path) -> Result<Vec<Document>> {
    let mut out = Vec::new();
    for set in ["wcxb", "aeb"] {
        for row in rows(&shared.join(format!("data/lines/{set}.jsonl.gz")))? {
            let lines = row["lines"].as_array().context("no lines")?;
            let kept: Vec<&str> = lines
                .iter()
                .filter(|l| l["keep"] == 1 || l["keep"] == true)
                .filter_map(|l| l["text"].as_str())
                .collect();
            out.push(Document {
                id: row["id"].to_string(),
                text: kept.join("\n"),
            });
        }
    }
    Ok(out)
}

/// The originals of the sentence pairs, each once.
fn sentences_of_books(shared: &Path) -> Result<Vec<Document>> {
    let mut texts: Vec<String> = rows(&shared.join("data/pairs_pan/pairs.jsonl.gz"))?
        .iter()
        .filter_map(|row| row["original"].as_str().map(str::to_owned))
        .collect();
    texts.sort();
    texts.dedup();
    let documents = texts.into_iter().enumerate();
    Ok(documents
        .map(|(n, text)| Document {
            id: n.to_string(),
            text,
        })
        .collect())
}

fn report(name: &str, documents: &[Document], list: bool) -> Result<()> {
    let texts: Vec<&str> = documents.iter().map(|d| d.text.as_str()).collect();
    let outcome = compare(&texts, &Settings::default())?;
    let found: Vec<_> = outcome
        .matches
        .iter()
        .filter(|m| m.kind == Kind::Passage)
        .map(|m| {
            let stretches = [m.a, m.b].map(|(n, span)| span.of(texts[n as usize]));
            (m, stretches, share_a_run(stretches))
        })
        .collect();
    let without = found.iter().filter(|f| !f.2).count();
    println!(
        "{name:22}  {:9}  {:8}  {:15}  {:5}  {:22.2}",
        documents.len(),
        found.len(),
        found.len() - without,
        found.iter().filter(|f| f.0.measure == "exact").count(),
        without as f64 * 1e4 / documents.len() as f64
    );
    if list {
        for (m, stretches, run) in found.iter().step_by(found.len() / 60 + 1) {
            println!(
                "  --- {:.2} {}",
                m.similarity,
                if *run { "run" } else { "no run" }
            );
            for ((n, _), stretch) in [m.a, m.b].into_iter().zip(stretches) {
                let words: Vec<&str> = stretch.split_whitespace().collect();
                println!("    [{}] {}", documents[n as usize].id, words.join(" "));
            }
        }
    }
    Ok(())
}

fn share_a_run(stretches: [&str; 2]) -> bool {
    let [a, b] = stretches.map(words);
    a.windows(RUN).any(|x| b.windows(RUN).any(|y| x == y))
}
