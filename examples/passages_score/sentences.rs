//! Pairs of sentences written for this: paraphrases, sentences in which words have changed places, and those with one other fact.
//!
//! The first set was read while the rules on such sentences were made, the second written by somebody who had seen neither.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use limpid::dedup::Settings;
use limpid::pipeline::compare::Kind;

use super::corpus::compare;

const PAIRS: &str = include_str!("sentences.jsonl");

/// Pairs of a class, how many are reported as copies, and how many as one form with other facts.
#[derive(Clone, Copy, Default)]
struct Found {
    pairs: usize,
    copies: usize,
    templates: usize,
}

/// Prints what is found of each pair alone; `list` shows what is wrong.
pub(crate) fn score(list: bool) -> Result<()> {
    let settings = Settings::default();
    let mut found: BTreeMap<(u64, String), Found> = BTreeMap::new();
    for line in PAIRS.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        let text = |name: &str| row[name].as_str().context("no text");
        let (a, b, class) = (text("a")?, text("b")?, text("class")?);
        let matches = compare(&[a, b], &settings)?.matches;
        let is_copy = matches.iter().any(|m| m.kind != Kind::Template);
        let entry = found
            .entry((row["set"].as_u64().context("no set")?, class.to_owned()))
            .or_default();
        entry.pairs += 1;
        entry.copies += usize::from(is_copy);
        entry.templates += usize::from(!is_copy && !matches.is_empty());
        if list && is_copy != (class == "paraphrase") {
            println!("- {class}: {a}\n  {b}");
        }
    }
    println!("set  class        pairs  reported  as a template");
    for ((set, class), n) in found {
        println!(
            "{set:3}  {class:12} {:5}  {:8}  {:13}",
            n.pairs, n.copies, n.templates
        );
    }
    Ok(())
}
