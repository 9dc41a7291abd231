//! Builds `data/ngrams/en.lm` from lists of counts: `cargo run --release --example build_ngrams -- OUT LIST.tsv.zst...`
//!
//! A line of a list is an n-gram (words parted by blanks), a tab and its count; further columns are ignored. The
//! layout of the result is described in `src/repair/lm.rs`.

use std::io::{BufRead, BufReader, Write};

use limpid::repair::lm_format::{HEADER, MAGIC, STEPS};
use limpid::text::hash::{hash, seed};
use limpid::text::ngrams::{key, token_key};

const BITS: u32 = 18;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let out = args.next().ok_or("OUT LIST...")?;
    let mut rows: Vec<(u64, u8)> = Vec::new();
    let mut tokens = 0u64;
    for path in args {
        let file = zstd::Decoder::new(std::fs::File::open(path)?)?;
        for line in BufReader::new(file).lines() {
            let line = line?;
            let mut columns = line.split('\t');
            let (Some(words), Some(count)) = (columns.next(), columns.next()) else {
                continue;
            };
            let count: u64 = count.parse()?;
            let keys: Vec<u64> = words.split(' ').map(token).collect();
            if keys.len() == 1 {
                tokens += count;
            }
            let q = ((count as f32).ln() * STEPS).round().clamp(0.0, 255.0);
            rows.push((key(&keys), q as u8));
        }
    }
    rows.sort_unstable();
    rows.dedup_by_key(|r| r.0);
    let mut file = std::io::BufWriter::new(std::fs::File::create(out)?);
    file.write_all(&MAGIC)?;
    file.write_all(&BITS.to_le_bytes())?;
    file.write_all(&(rows.len() as u32).to_le_bytes())?;
    file.write_all(&(tokens as u32).to_le_bytes())?;
    assert_eq!(HEADER, 16);
    for bucket in 0..=(1u64 << BITS) {
        let at = rows.partition_point(|r| (r.0 >> (64 - BITS)) < bucket);
        file.write_all(&(at as u32).to_le_bytes())?;
    }
    for (k, _) in &rows {
        file.write_all(&(*k as u16).to_le_bytes())?;
    }
    for (_, q) in &rows {
        file.write_all(&[*q])?;
    }
    file.flush()?;
    Ok(())
}

/// Marks such as `<p>` are kept as they are; words are folded as the program folds them.
fn token(word: &str) -> u64 {
    if word.starts_with('<') {
        hash(word.as_bytes(), seed::WORD)
    } else {
        token_key(word)
    }
}
