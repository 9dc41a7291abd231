//! Compares ways to sign a set of shingles: speed, error of the similarity, recall of the bands.
//!
//! `cargo run --release --example sketch_variants -- [DIR]` where DIR holds `docs.jsonl.gz` (objects with `text`); without it
//! `$LIMPID_SHARED/data/dup_reuters`, else `../shared/data/dup_reuters`. All variants sign the same shingles of five words with 112 slots,
//! read as 14 bands of 8. One thread. Sources stand at the functions.
#![expect(clippy::ptr_arg, reason = "one signature for all variants")]
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use limpid::dedup::sign;
use limpid::text::hash::{combine, hash};
use limpid::text::shingles::{self, Token};

const BANDS: usize = 14;
const ROWS: usize = 8;
const SLOTS: usize = BANDS * ROWS;
/// Pairs of sets of each size.
const TRIALS: u64 = 2_000;
/// Eight of nine shared elements are a similarity of 0.8, two of three one of 0.5.
const NEAR: (u64, u64) = (8, 9);
const FAR: (u64, u64) = (2, 3);
const SIZES: [u64; 4] = [10, 40, 120, 1000];
/// Times each text is signed; the fastest counts.
const ROUNDS: usize = 5;

/// Signs the shingles of a text into [`SLOTS`] slots.
type Sign = fn(&mut Vec<u64>, &mut Vec<u64>);

const VARIANTS: [(&str, Sign); 6] = [
    ("112 hashes a·x+b", multiply_add),
    ("one permutation, rotation", rotation),
    ("one permutation, optimal", optimal),
    ("SuperMinHash", super_min_hash),
    ("fast similarity sketch", fast_similarity),
    ("the same, 8 bits kept", eight_bits),
];

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).map_or_else(
        || {
            std::env::var_os("LIMPID_SHARED")
                .map_or_else(|| "../shared".into(), PathBuf::from)
                .join("data/dup_reuters")
        },
        PathBuf::from,
    );
    let texts = read(&folder)?;
    let bytes: usize = texts.iter().map(String::len).sum();
    println!(
        "{} texts, {:.1} MB; by size of the sets: RMS error of the similarity near 0.8, share of pairs near 0.8 and near 0.5 that {BANDS} x {ROWS} bands find; {TRIALS} pairs",
        texts.len(),
        bytes as f64 / 1e6
    );
    let alone = seconds(&texts, None);
    let speed = |seconds: f64| bytes as f64 / 1e6 / seconds;
    println!(
        "{:26}  {:>5}  {:>7}  {}",
        "variant",
        "MB/s",
        "signing",
        SIZES
            .map(|s| format!("{:>20}", format!("size {s}")))
            .join("")
    );
    println!("{:26}  {:5.0}", "shingling alone", speed(alone));
    for (name, sign) in VARIANTS {
        let whole = seconds(&texts, Some(sign));
        let quality: String = SIZES
            .map(|size| {
                let (error, recall) = quality(size, NEAR, name, sign);
                let (_, other) = quality(size, FAR, name, sign);
                format!("{:>20}", format!("{error:.4} {recall:.3} {other:.3}"))
            })
            .concat();
        println!(
            "{name:26}  {:5.0}  {:7.0}  {quality}",
            speed(whole),
            speed(whole - alone)
        );
    }
    let independent: String = SIZES
        .map(|size| {
            let found = |s: f64| 1.0 - (1.0 - s.powi(ROWS as i32)).powi(BANDS as i32);
            let s = similarity(size, NEAR);
            let error = (s * (1.0 - s) / SLOTS as f64).sqrt();
            let (recall, other) = (found(s), found(similarity(size, FAR)));
            format!("{:>20}", format!("{error:.4} {recall:.3} {other:.3}"))
        })
        .concat();
    println!(
        "{:26}  {:5}  {:7}  {independent}",
        "independent slots, theory", "", ""
    );
    Ok(())
}

/// Seconds for all texts: of each the fastest of some rounds, so that other work on the machine does not count.
fn seconds(texts: &[String], sign: Option<Sign>) -> f64 {
    let (mut fold, mut words, mut set, mut slots) =
        (String::new(), Vec::new(), Vec::new(), Vec::new());
    let mut least = vec![f64::INFINITY; texts.len()];
    for _ in 0..ROUNDS {
        for (text, least) in texts.iter().zip(&mut least) {
            let start = Instant::now();
            words.clear();
            shingles::scan(text, &mut fold, |t| {
                if let Token::Word { key, .. } = t {
                    words.push(key);
                }
            });
            set.clear();
            shingles::rolling(&words, 5, |_, key| set.push(key));
            if let Some(sign) = sign {
                sign(&mut set, &mut slots);
                black_box(&slots);
            }
            black_box(&set);
            *least = least.min(start.elapsed().as_secs_f64());
        }
    }
    least.iter().sum()
}

/// Elements that two sets of `size` share, for a similarity near what `part` (shared elements of how many) gives.
fn shared(size: u64, part: (u64, u64)) -> u64 {
    (size * part.0 + part.1 / 2) / part.1
}

fn similarity(size: u64, part: (u64, u64)) -> f64 {
    let shared = shared(size, part);
    shared as f64 / (2 * size - shared) as f64
}

/// RMS error of the share of equal slots, and share of pairs of which a band agrees.
fn quality(size: u64, part: (u64, u64), name: &str, sign: Sign) -> (f64, f64) {
    let truth = similarity(size, part);
    let (mut squares, mut met) = (0.0, 0);
    for trial in 0..TRIALS {
        let at = trial * 1_000_000;
        let set = |from: u64| -> Vec<u64> {
            (from..from + size)
                .map(|i| hash(&i.to_le_bytes(), 7))
                .collect()
        };
        let (mut a, mut b) = (Vec::new(), Vec::new());
        sign(&mut set(at), &mut a);
        sign(&mut set(at + size - shared(size, part)), &mut b);
        let equal = a.iter().zip(&b).filter(|(x, y)| x == y).count() as f64 / SLOTS as f64;
        // Of slots cut to 8 bits one in 256 agrees by chance.
        let estimate = if name.contains("8 bits") {
            (equal - 1.0 / 256.0) / (1.0 - 1.0 / 256.0)
        } else {
            equal
        };
        squares += (estimate - truth).powi(2);
        met += usize::from(a.chunks(ROWS).zip(b.chunks(ROWS)).any(|(x, y)| x == y));
    }
    let n = TRIALS as f64;
    ((squares / n).sqrt(), met as f64 / n)
}

/// Broder 1997 with functions `a·x+b` modulo 2⁶¹-1, as datatrove and datasketch do.
fn multiply_add(set: &mut Vec<u64>, slots: &mut Vec<u64>) {
    const PRIME: u64 = (1 << 61) - 1;
    const FUNCTIONS: [(u64, u64); SLOTS] = {
        let mut functions = [(0, 0); SLOTS];
        let mut i = 0;
        while i < SLOTS {
            functions[i] = (combine(1, i as u64) >> 3 | 1, combine(2, i as u64) >> 3);
            i += 1;
        }
        functions
    };
    slots.clear();
    slots.resize(SLOTS, u64::MAX);
    for &x in set.iter() {
        let x = x >> 32;
        for (slot, &(a, b)) in slots.iter_mut().zip(&FUNCTIONS) {
            let product = u128::from(a) * u128::from(x) + u128::from(b);
            let folded = (product as u64 & PRIME) + (product >> 61) as u64;
            let value = if folded >= PRIME {
                folded - PRIME
            } else {
                folded
            };
            *slot = (*slot).min(value);
        }
    }
}

/// Li, Owen, Zhang 2012: every shingle falls into one slot.
fn one_permutation(set: &[u64], slots: &mut Vec<u64>) {
    slots.clear();
    slots.resize(SLOTS, u64::MAX);
    for &x in set {
        let at = ((u128::from(x) * SLOTS as u128) >> 64) as usize;
        slots[at] = slots[at].min(x & ((1 << 54) - 1));
    }
}

/// Shrivastava, Li 2014, arXiv:1406.4784: an empty slot takes the next filled one on its right, and the distance.
fn rotation(set: &mut Vec<u64>, slots: &mut Vec<u64>) {
    one_permutation(set, slots);
    let filled = slots.clone();
    if set.is_empty() {
        return;
    }
    for (at, slot) in slots.iter_mut().enumerate() {
        let distance = (0..SLOTS)
            .find(|d| filled[(at + d) % SLOTS] != u64::MAX)
            .unwrap_or(0);
        *slot = filled[(at + distance) % SLOTS] + ((distance as u64) << 54);
    }
}

/// Shrivastava 2017, arXiv:1703.04664: an empty slot takes one that a hash of its number and the attempt picks.
fn optimal(set: &mut Vec<u64>, slots: &mut Vec<u64>) {
    one_permutation(set, slots);
    if set.is_empty() {
        return;
    }
    let filled = slots.clone();
    for (at, slot) in slots.iter_mut().enumerate() {
        let mut attempt = 0;
        while *slot == u64::MAX {
            attempt += 1;
            let pick = combine(at as u64, attempt);
            *slot = filled[((u128::from(pick) * SLOTS as u128) >> 64) as usize];
        }
    }
}

/// Ertl 2017, arXiv:1706.05698: each shingle deals its values to the slots in a random order, the least first, and stops when
/// no slot can take one any more.
fn super_min_hash(set: &mut Vec<u64>, slots: &mut Vec<u64>) {
    slots.clear();
    slots.resize(SLOTS, u64::MAX);
    let mut order = [0usize; SLOTS];
    let mut stamp = [usize::MAX; SLOTS];
    // How many slots hold a value of each rank; a slot not yet filled counts for the last.
    let mut ranks = [0usize; SLOTS];
    ranks[SLOTS - 1] = SLOTS;
    let mut last = SLOTS - 1;
    for (n, &x) in set.iter().enumerate() {
        let mut state = x;
        let mut rank = 0;
        while rank <= last {
            state = combine(state, rank as u64 + 1);
            let k = rank + ((u128::from(state) * (SLOTS - rank) as u128) >> 64) as usize;
            for i in [rank, k] {
                if stamp[i] != n {
                    stamp[i] = n;
                    order[i] = i;
                }
            }
            order.swap(rank, k);
            let value = (rank as u64) << 54 | combine(state, 0x5eed) >> 10;
            let slot = &mut slots[order[rank]];
            if value < *slot {
                let before = ((*slot >> 54) as usize).min(SLOTS - 1);
                *slot = value;
                if rank < before {
                    ranks[before] -= 1;
                    ranks[rank] += 1;
                    while ranks[last] == 0 {
                        last -= 1;
                    }
                }
            }
            rank += 1;
        }
    }
}

/// The one in use: Dahlgaard, Knudsen, Thorup 2017.
fn fast_similarity(set: &mut Vec<u64>, slots: &mut Vec<u64>) {
    sign::sign(set, SLOTS, slots);
}

/// Li, König 2010, b-bit minwise hashing: of each slot 8 bits are kept.
fn eight_bits(set: &mut Vec<u64>, slots: &mut Vec<u64>) {
    sign::sign(set, SLOTS, slots);
    for slot in slots.iter_mut() {
        *slot = combine(*slot, 8) >> 56;
    }
}

fn read(folder: &std::path::Path) -> Result<Vec<String>> {
    let path = folder.join("docs.jsonl.gz");
    let file = File::open(&path).with_context(|| path.display().to_string())?;
    BufReader::new(MultiGzDecoder::new(file))
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(&line?)?;
            Ok(row["text"].as_str().context("no text")?.to_owned())
        })
        .collect()
}
