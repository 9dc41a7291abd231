//! Prints what the decode stage makes of files: name, encoding, confidence, evidence, SHA-256 of the decoded text.
//!
//! `cargo run --release --example charset_score -- FOLDER < names.txt`, one name a line relative to FOLDER.
//! `scripts/decode/charset_score.py` feeds it the charset set and compares the digests with Python's codecs.
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

use std::fmt::Write;
use std::io::BufRead;
use std::path::Path;

use limpid::decode::{Decode, Settings, encode};
use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args()
        .nth(1)
        .ok_or("usage: charset_score FOLDER < names")?;
    let decode = Decode::new(&Settings::default())?;
    for name in std::io::stdin().lock().lines() {
        let name = name?;
        let bytes = std::fs::read(Path::new(&folder).join(&name))?;
        match decode.read(&bytes, None) {
            Err(e) => println!("{name}\t-\t0\t{}\t-", e.reason()),
            Ok(d) => {
                if encode(&d.text, &d.encoding, &d.record)? != bytes {
                    return Err(format!("{name} does not come back to the bit").into());
                }
                let mut digest = String::new();
                for byte in Sha256::digest(d.text.as_bytes()) {
                    write!(digest, "{byte:02x}")?;
                }
                let evidence = format!("{:?}", d.evidence).to_lowercase();
                println!(
                    "{name}\t{}\t{:.2}\t{evidence}\t{digest}",
                    d.encoding, d.confidence
                );
            }
        }
    }
    Ok(())
}
