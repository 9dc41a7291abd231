//! Logs on standard error.

use std::io::{self, IsTerminal};

use tracing::Level;

/// Shows what the library logs: nothing at 0, what the run does at 1, each reject and checkpoint at 2, all from 3 on.
pub(crate) fn to_stderr(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => Level::INFO,
        2 => Level::DEBUG,
        _ => Level::TRACE,
    };
    // Set twice only by a program that runs two commands, which then logs as the first one said.
    let _ = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_target(false)
        .with_ansi(io::stderr().is_terminal())
        .try_init();
}
