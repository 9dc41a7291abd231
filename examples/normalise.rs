//! Prints each line of standard input, a JSON string, as the decode stage leaves it: to compare with other tools.
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

use std::io::BufRead;

use limpid::decode::{Decode, Settings};
use limpid::edit::EditLog;
use limpid::stage::Scratch;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let decode = Decode::new(&Settings::default())?;
    let mut scratch = Scratch::new();
    for line in std::io::stdin().lock().lines() {
        let mut log = EditLog::new(serde_json::from_str(&line?)?);
        decode.normalise(&mut log, &mut scratch);
        println!("{}", serde_json::to_string(log.text())?);
    }
    Ok(())
}
