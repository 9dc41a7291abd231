//! Progress on standard error, where that is a terminal.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use limpid::pipeline::progress::{Pass, Progress, Silent};

/// A bar by bytes with documents, speed and time left; nothing where standard error is no terminal.
pub(crate) fn progress(quiet: bool) -> Arc<dyn Progress> {
    if quiet {
        return Arc::new(Silent::default());
    }
    if !std::io::stderr().is_terminal() {
        return Arc::new(Notes);
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    bar.enable_steady_tick(Duration::from_millis(250));
    Arc::new(Bar {
        bar,
        documents: AtomicU64::new(0),
    })
}

/// Says in words what is worth it, and draws nothing.
struct Notes;

impl Progress for Notes {
    fn begin(&self, _pass: Pass, _bytes: u64) {}

    fn advance(&self, _bytes: u64, _documents: u64) {}

    fn note(&self, words: &str) {
        eprintln!("{words}");
    }
}

struct Bar {
    bar: ProgressBar,
    documents: AtomicU64,
}

impl Progress for Bar {
    fn begin(&self, pass: Pass, bytes: u64) {
        self.documents.store(0, Ordering::Relaxed);
        self.bar.reset();
        self.bar.set_prefix(pass.as_str());
        self.bar.set_message("");
        let template = if bytes > 0 {
            self.bar.set_length(bytes);
            "{prefix:8} {bar:30} {decimal_bytes}/{decimal_total_bytes} {msg} {decimal_bytes_per_sec} {eta} left"
        } else {
            "{prefix:8} {spinner} {elapsed}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        if pass == Pass::Publish {
            self.bar.finish_and_clear();
        }
    }

    fn advance(&self, bytes: u64, documents: u64) {
        let all = self.documents.fetch_add(documents, Ordering::Relaxed) + documents;
        self.bar
            .set_message(format!("{} documents", super::common::grouped(all)));
        self.bar.inc(bytes);
    }

    fn note(&self, words: &str) {
        self.bar.println(words);
    }
}
