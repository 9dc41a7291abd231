//! Scores the passages that the comparison reports: planted ones, those of unrelated documents, and reworded sentences.
//!
//! `cargo run --release --example passages_score -- [MODE]`; data are read from `$LIMPID_SHARED`, else `../shared`.
//! - without a mode: passages of news stories planted in other stories, scored by plagdet; `--list KIND` shows what was not found whole
//!   (`copied`, `30 % changed`, `spun` ...), `--cases N` plants so many of each kind (200)
//! - `--false`: what is reported between documents that share nothing; `--show` lists it
//! - `--pairs`: pairs of sentences, one a rewriting of the other or not; `--show` lists what is wrong
//! - `--sentences`: pairs of sentences that look alike, paraphrases and others; `--show` lists what is wrong
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod corpus;
mod pairs;
mod plagdet;
mod plant;
mod sentences;
mod spin;
mod unrelated;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use corpus::{Document, Random, compare};
use limpid::dedup::Settings;
use plagdet::{Pair, Score};
use plant::{Case, Garden, KINDS, Kind};

/// Words of a story that may be host or source.
const LEAST_WORDS: usize = 100;

fn main() -> Result<()> {
    let shared =
        std::env::var_os("LIMPID_SHARED").map_or_else(|| "../shared".into(), PathBuf::from);
    let stories = shared.join("data/dup_reuters");
    let mut list = None;
    let mut mode = None;
    let mut show = false;
    let mut cases = 200;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().context("a value is missing");
        match argument.as_str() {
            "--list" => list = Some(value()?),
            "--cases" => cases = value()?.parse()?,
            "--pairs" | "--false" | "--sentences" => mode = Some(argument),
            "--show" => show = true,
            other => bail!("{other} is no mode"),
        }
    }
    match mode.as_deref() {
        Some("--pairs") => pairs::score(&shared, show),
        Some("--sentences") => sentences::score(show),
        Some(_) => unrelated::score(&shared, show),
        None => planted(&stories, cases, list.as_deref()),
    }
}

/// Plants passages kind by kind and prints what the comparison makes of them.
fn planted(folder: &Path, wanted: usize, list: Option<&str>) -> Result<()> {
    let paired = corpus::paired(folder)?;
    let mut documents = corpus::stories(folder, LEAST_WORDS)?;
    corpus::keep_independent(&mut documents);
    documents.retain(|d| !paired.contains(&d.id));
    println!(
        "{} stories of {LEAST_WORDS} words and more, in no gold pair, no run of 8 words shared",
        documents.len()
    );
    println!(
        "{:14}  cases  found  detections  of no case  recall  precision  granularity  plagdet",
        "kind"
    );
    let garden = Garden::new(documents.iter().map(|d| d.text.as_str()).collect());
    let mut all = Score::default();
    let mut time = Duration::ZERO;
    for (seed, kind) in KINDS.into_iter().enumerate() {
        let mut random = Random(seed as u64 + 1);
        let (texts, plants) = sow(&garden, kind, wanted, &mut random);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let outcome = compare(&texts, &Settings::default())?;
        time += outcome.time;
        let cases: Vec<Pair> = plants
            .iter()
            .map(|(host, case)| Pair::new((*host, case.to), (case.source as u32, case.from)))
            .collect();
        let found: Vec<Pair> = outcome
            .matches
            .iter()
            .map(|m| Pair::new(m.a, m.b))
            .collect();
        let score = by_documents(&cases, &found);
        print_score(&kind.name(), &score);
        all.add(&score);
        if list == Some(&*kind.name()) {
            print_worst(&texts, &documents, &cases, &found);
        }
    }
    print_score("all", &all);
    println!("{:.2} s in all comparisons", time.as_secs_f64());
    Ok(())
}

/// The texts with `wanted` of them turned to hosts of passages, and the cases by host. No text is host or source twice.
fn sow(
    garden: &Garden<'_>,
    kind: Kind,
    wanted: usize,
    random: &mut Random,
) -> (Vec<String>, Vec<(u32, Case)>) {
    let mut texts: Vec<String> = garden.texts.iter().map(|&t| t.to_owned()).collect();
    let mut order: Vec<usize> = (0..texts.len()).collect();
    random.shuffle(&mut order);
    let mut plants = Vec::new();
    let mut planted = 0;
    for chosen in order.as_chunks::<3>().0 {
        if planted == wanted {
            break;
        }
        let &[host, source, other] = chosen;
        let Some((text, cases)) = garden.plant(kind, host, [source, other], random) else {
            continue;
        };
        planted += 1;
        texts[host] = text;
        if kind == Kind::Split {
            // Its sentences stand between the parts, and are no case.
            texts[other].clear();
        }
        plants.extend(cases.into_iter().map(|case| (host as u32, case)));
    }
    (texts, plants)
}

/// The score of all cases; what is compared are those of the same two documents.
fn by_documents(cases: &[Pair], found: &[Pair]) -> Score {
    let mut groups: BTreeMap<(u32, u32), [Vec<Pair>; 2]> = BTreeMap::new();
    for (side, pairs) in [cases, found].into_iter().enumerate() {
        for &pair in pairs {
            groups.entry(pair.documents).or_default()[side].push(pair);
        }
    }
    let mut score = Score::default();
    for [cases, found] in groups.values() {
        score.add(&Score::of(cases, found));
    }
    score
}

fn print_score(name: &str, score: &Score) {
    println!(
        "{name:14}  {:5}  {:5}  {:10}  {:10}  {:6.4}  {:9.4}  {:11.4}  {:7.4}",
        score.cases,
        score.found,
        score.detections,
        score.foreign,
        score.recall(),
        score.precision(),
        score.granularity(),
        score.plagdet()
    );
}

/// The cases that are found worst, and what was found that is no case.
fn print_worst(texts: &[&str], documents: &[Document], cases: &[Pair], found: &[Pair]) {
    let show = |pair: &Pair| {
        for (n, span) in [
            (pair.documents.0, pair.spans.0),
            (pair.documents.1, pair.spans.1),
        ] {
            let words: Vec<&str> = span.of(texts[n as usize]).split_whitespace().collect();
            println!(
                "  [{}] {:?} {}",
                documents[n as usize].id,
                span,
                words.join(" ")
            );
        }
    };
    let mut worst: Vec<(f64, &Pair)> = cases.iter().map(|c| (c.covered(found), c)).collect();
    worst.sort_by(|x, y| x.0.total_cmp(&y.0));
    for (covered, case) in worst.into_iter().take(12) {
        println!("--- covered {covered:.2}");
        show(case);
        for detection in found.iter().filter(|d| d.documents == case.documents) {
            println!(" found:");
            show(detection);
        }
    }
    let mut worst: Vec<(f64, &Pair)> = found.iter().map(|d| (d.covered(cases), d)).collect();
    worst.sort_by(|x, y| x.0.total_cmp(&y.0));
    for (right, detection) in worst.into_iter().take(12) {
        println!("--- right {right:.2}");
        show(detection);
        for case in cases.iter().filter(|c| c.documents == detection.documents) {
            println!(" planted:");
            show(case);
        }
    }
}
