//! The survey's counts of lines hold their share of `--memory`, however large the corpus, and lose nothing by it.
//!
//! An allocator that counts shows the bytes really held. One test only, so that nothing else allocates meanwhile.

#![allow(clippy::unwrap_used)]
#![expect(
    unsafe_code,
    reason = "the allocator hands everything on to that of the system"
)]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use common::rows;
use limpid::corpus::counts::{Counted, KeyCounts};
use limpid::edit::StageName;
use limpid::pipeline::config::Config;
use limpid::pipeline::progress::Silent;
use limpid::pipeline::{CleanJob, clean};
use limpid::text::hash::{combine, hash, seed};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn grown(by: usize) {
    PEAK.fetch_max(HELD.fetch_add(by, Relaxed) + by, Relaxed);
}

// SAFETY: every call goes on to the system's allocator as it is; only sizes are counted beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both sizes are there while the bytes move.
        grown(size);
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What `work` returns, and the most bytes it held beyond those held before.
fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.load(Relaxed);
    PEAK.store(before, Relaxed);
    let value = work();
    (value, PEAK.load(Relaxed).saturating_sub(before))
}

/// Documents of a site.
const PAGES: usize = 20;
/// Lines of each that no other document has, and those that half of the site's documents carry.
const OWN: usize = 40;
const SHARED: usize = 3;

/// The keys that document `page` of `site` asks about, as strip forms them: lines over all and by site, and the site.
fn keys(site: usize, page: usize, out: &mut Vec<u64>) {
    let key = |text: String| hash(text.as_bytes(), seed::LINE);
    out.clear();
    let host = hash(site.to_string().as_bytes(), seed::TEXT);
    out.push(host);
    let own = (0..OWN).map(|i| key(format!("own {site} {page} {i}")));
    let shared = (0..SHARED)
        .filter(|i| (page + i).is_multiple_of(2))
        .map(|i| key(format!("shared {site} {i}")));
    for line in own.chain(shared) {
        out.extend([line, combine(host, line)]);
    }
}

/// Counts the lines of `sites` sites in the memory given, and shows how much was held meanwhile.
fn count(sites: usize, bytes: usize, backwards: bool, tmp: &Path) -> (Counted, usize) {
    let mut asked = Vec::with_capacity(2 * (OWN + SHARED) + 1);
    peak_of(|| {
        let mut counts = KeyCounts::new(bytes, tmp);
        for i in 0..sites * PAGES {
            // Forwards site by site, backwards the pages of all sites in turn.
            let (site, page) = if backwards {
                (sites - 1 - i % sites, PAGES - 1 - i / sites)
            } else {
                (i / PAGES, i % PAGES)
            };
            keys(site, page, &mut asked);
            counts.add(&asked).unwrap();
        }
        counts.finish().unwrap()
    })
}

/// Every line that recurs is counted to the number, and no other key is held.
fn is_exact(counts: &Counted, sites: usize) {
    assert_eq!(counts.len(), sites * (1 + 2 * SHARED));
    for site in 0..sites {
        let host = hash(site.to_string().as_bytes(), seed::TEXT);
        assert_eq!(counts.get(host), Some(PAGES as u32));
        for i in 0..SHARED {
            let line = hash(format!("shared {site} {i}").as_bytes(), seed::LINE);
            assert_eq!(counts.get(line), Some(PAGES as u32 / 2));
            assert_eq!(counts.get(combine(host, line)), Some(PAGES as u32 / 2));
        }
    }
}

/// Writes a corpus of `sites` sites as JSONL.
fn corpus(path: &Path, sites: usize, backwards: bool) {
    let word = |n: usize| {
        let letter = |d: u32| char::from(b'a' + (n / 26usize.pow(d) % 26) as u8);
        format!("w{}{}{}o", letter(2), letter(1), letter(0))
    };
    let mut records: Vec<String> = Vec::new();
    for site in 0..sites {
        for page in 0..10 {
            let mut text = String::new();
            for i in 0..20 {
                let n = (site * 10 + page) * 20 + i;
                let _ = writeln!(
                    text,
                    "The {} of the {} went to see the {} by the river once more.",
                    word(n),
                    word(n / 7 + 5000),
                    word(n * 31)
                );
            }
            let _ = writeln!(
                text,
                "All about the {} and its {}",
                word(site),
                word(site + 900)
            );
            let url = format!("https://site{site}.example/page/{page}");
            records.push(
                serde_json::json!({"id": format!("{site}-{page}"), "url": url, "text": text})
                    .to_string(),
            );
        }
    }
    if backwards {
        records.reverse();
    }
    std::fs::write(path, records.join("\n") + "\n").unwrap();
}

/// Documents of which strip took the line of its site, and the most bytes that the run held.
fn stripped(dir: &Path, input: &Path, memory: u64, threads: usize) -> (BTreeSet<String>, usize) {
    let out = dir.join(format!("out{threads}"));
    let mut config = Config::default();
    config.stages = vec![StageName::Strip];
    config.memory = memory;
    let job = CleanJob {
        inputs: vec![input.display().to_string()],
        out: out.clone(),
        config,
        threads,
    };
    let (manifest, peak) = peak_of(|| clean(&job, &(Arc::new(Silent::default()) as _)).unwrap());
    assert_eq!(manifest.counts.rejects, 0);
    let found = rows(&out, "edits")
        .into_iter()
        .filter(|e| e["rule"] == "site-furniture" && e["applied"] == true)
        .inspect(|e| {
            assert!(
                e["before"].as_str().unwrap().contains("All about the"),
                "{e}"
            );
        })
        .map(|e| e["id"].as_str().unwrap().to_owned())
        .collect();
    std::fs::remove_dir_all(&out).unwrap();
    (found, peak)
}

#[test]
fn line_counts_hold_their_memory_on_a_corpus_ten_times_as_large() {
    let dir = tempfile::tempdir().unwrap();
    // The counts by themselves. The larger corpus has eight times the keys that fit.
    let bound = 4 << 20;
    for (sites, backwards) in [(100, false), (1000, false), (1000, true)] {
        let (counts, peak) = count(sites, bound, backwards, dir.path());
        println!("{sites} sites: {peak} bytes of {bound} held");
        assert!(
            peak <= bound,
            "{sites} sites: {peak} bytes held, {bound} allowed"
        );
        is_exact(&counts, sites);
    }
    // The same keys in as much memory as they want take more than the bound: the bound is what holds them down.
    let (_, peak) = count(1000, usize::MAX / 2, false, dir.path());
    assert!(peak > 2 * bound, "{peak}");
    // One document with more lines than fit.
    let many: Vec<u64> = (0..1_000_000u64)
        .map(|n| hash(&n.to_le_bytes(), seed::LINE))
        .collect();
    let (counts, peak) = peak_of(|| {
        let mut counts = KeyCounts::new(bound, dir.path());
        counts.add(&many).unwrap();
        counts.add(&many[..10]).unwrap();
        counts.finish().unwrap()
    });
    assert!(peak <= bound, "{peak} bytes held, {bound} allowed");
    assert_eq!(counts.len(), 10);

    // A whole run: an eighth of the memory is for the counts.
    let memory = 4 << 20;
    let input = dir.path().join("in.jsonl");
    let all = |sites: usize| -> BTreeSet<String> {
        (0..sites)
            .flat_map(|s| (0..10).map(move |p| format!("{s}-{p}")))
            .collect()
    };
    // Two threads hold more batches, by how the machine divides its time; so each number of threads has its own measure, and
    // two have twice the room. One thread holds the same every time.
    for (threads, backwards) in [(1, false), (2, true)] {
        let peaks = [30, 300].map(|sites| {
            corpus(&input, sites, backwards);
            let (found, peak) = stripped(dir.path(), &input, memory, threads);
            assert_eq!(found, all(sites), "{sites} sites, {threads} threads");
            println!("run over {sites} sites, {threads} threads: {peak} bytes held");
            peak
        });
        // What else a run holds of each document (that it is calm, its place) is some tens of bytes.
        assert!(
            peaks[1] <= peaks[0] + threads * (memory / 8) as usize,
            "{threads} threads: {peaks:?}"
        );
    }
}
