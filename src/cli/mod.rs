//! The command line: one file per command. Arguments are checked first, then everything is opened, then it runs.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod attributes;
mod bar;
mod bench;
mod clean;
mod common;
mod config;
mod dedup;
mod generate;
mod index;
mod inspect;
mod learn_spin;
mod log;
mod report;
mod restore;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use common::Outcome;

/// Turns messy web documents into a corpus you can trust.
///
/// Four stages: decode (charset, mojibake, Unicode), strip (lines that are not the document), repair (text garbled by
/// synonym spinners), dedup (what stands elsewhere too). Every change is recorded and can be undone.
#[derive(Debug, Parser)]
#[command(
    name = "limpid",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(after_help = "Examples:
  limpid clean crawl/ --out cleaned        clean a folder of text files
  limpid clean 'shards/*.jsonl.zst' --out cleaned --duplicates drop
  limpid inspect page.txt                  show every change to one document
  limpid restore cleaned --out original    get the original bytes back

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done, but some documents could not be read (see rejects.jsonl),
130 interrupted; the same command goes on.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Clean(clean::CleanArgs),
    Inspect(inspect::InspectArgs),
    Dedup(dedup::DedupArgs),
    Index(index::IndexArgs),
    Restore(restore::RestoreArgs),
    Attributes(attributes::AttributesArgs),
    LearnSpin(learn_spin::LearnSpinArgs),
    Report(report::ReportArgs),
    Bench(bench::BenchArgs),
    Config(config::ConfigArgs),
    Completions(generate::CompletionsArgs),
    Man(generate::ManArgs),
}

/// Parses the command line, runs the command and tells the exit code.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { 2 } else { 0 });
        }
    };
    let result = match cli.command {
        Command::Clean(args) => args.run(),
        Command::Inspect(args) => args.run(),
        Command::Dedup(args) => args.run(),
        Command::Index(args) => args.run(),
        Command::Restore(args) => args.run(),
        Command::Attributes(args) => args.run(),
        Command::LearnSpin(args) => args.run(),
        Command::Report(args) => args.run(),
        Command::Bench(args) => args.run(),
        Command::Config(args) => args.run(),
        Command::Completions(args) => args.run(),
        Command::Man(_) => generate::ManArgs::run(),
    };
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Rejects) => ExitCode::from(3),
        Err(e) if is_closed_pipe(&e) => ExitCode::SUCCESS,
        Err(e) if e.is::<clap::Error>() => {
            eprintln!("{}", e.to_string().trim_end());
            ExitCode::from(2)
        }
        Err(e) => {
            tell(&e);
            ExitCode::FAILURE
        }
    }
}

/// Whether whoever read our output has gone away, as `head` does: no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|e| e.downcast_ref::<io::Error>())
        .any(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

/// `error:`, `caused by:` and `help:` lines on standard error.
fn tell(error: &anyhow::Error) {
    let mut err = io::stderr().lock();
    // Nothing can be done where even standard error is gone.
    let _ = writeln!(err, "error: {error}");
    let mut last = error.to_string();
    for cause in error.chain().skip(1) {
        let text = cause.to_string();
        if !last.contains(&text) {
            let _ = writeln!(err, "caused by: {}", text.trim_end());
        }
        last = text;
    }
    if let Some(help) = common::help_of(error) {
        let _ = writeln!(err, "help: {help}");
    }
}
