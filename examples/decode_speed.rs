//! Speed of the decode stage, and of the crates it is measured against, over documents in memory on one thread.
//!
//! `decode_speed WHAT FOLDER [--seconds 1]` reads all files of FOLDER, goes over them until the time is up and prints megabytes a
//! second of processor time. WHAT is `clean` (bytes to normalised text, all rules), `read` (bytes to text with its byte
//! record), `simdutf8` (validation alone) or `chardetng` (the name of the encoding alone).
//! `benches/decode_peers.py` runs it beside the Python packages.
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use limpid::decode::{Decode, Settings};
use limpid::edit::EditLog;
use limpid::stage::Scratch;

/// The allocator of the command.
#[cfg(feature = "cli")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Processor time of this thread; time by the clock where the kernel does not tell.
fn processor(begun: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|t| t.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| begun.elapsed(), Duration::from_nanos)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, folder, rest @ ..] = &*arguments else {
        return Err(
            "usage: decode_speed clean|read|simdutf8|chardetng FOLDER [--seconds 1]".into(),
        );
    };
    let seconds: f64 = match rest {
        [flag, value] if flag == "--seconds" => value.parse()?,
        _ => 1.0,
    };
    let mut documents = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        documents.push(std::fs::read(entry?.path())?);
    }
    let decode = Decode::new(&Settings::default())?;
    let mut scratch = Scratch::new();
    let mut work = |bytes: &[u8]| match &**what {
        "clean" => {
            if let Ok(read) = decode.read(bytes, None) {
                let mut log = EditLog::new(read.text);
                decode.normalise(&mut log, &mut scratch);
                black_box(log.text().len());
            }
        }
        "read" => {
            black_box(decode.read(bytes, None).is_ok());
        }
        "chardetng" => {
            let mut detector =
                chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
            detector.feed(bytes, true);
            black_box(detector.guess(None, chardetng::Utf8Detection::Allow));
        }
        _ => {
            black_box(simdutf8::basic::from_utf8(bytes).is_ok());
        }
    };
    // Once over all, so that tables are read and memory is there.
    for document in &documents {
        work(document);
    }
    let begun = Instant::now();
    let start = processor(begun);
    let mut bytes = 0;
    while begun.elapsed().as_secs_f64() < seconds {
        for document in &documents {
            work(document);
            bytes += document.len();
        }
    }
    let spent = processor(begun).saturating_sub(start).as_secs_f64();
    println!("{:.3}", bytes as f64 / 1e6 / spent);
    Ok(())
}
