//! How far a run is: numbers for whoever wants to show them.

use std::sync::atomic::{AtomicU64, Ordering};

/// The passes that read the corpus or think about it, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pass {
    /// Learning what only the whole corpus knows.
    Survey,
    /// Counting the phrases that repairs ask about.
    Phrases,
    /// Cleaning each document.
    Clean,
    /// Finding what stands elsewhere too.
    Compare,
    /// Moving results into place.
    Publish,
}

impl Pass {
    /// The name shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Survey => "survey",
            Self::Phrases => "phrases",
            Self::Clean => "clean",
            Self::Compare => "compare",
            Self::Publish => "publish",
        }
    }
}

/// Receives the progress of a run. Calls come from one thread at a time.
pub trait Progress: Send + Sync {
    /// A pass over `bytes` bytes of input begins.
    fn begin(&self, pass: Pass, bytes: u64);
    /// `bytes` and `documents` more are done.
    fn advance(&self, bytes: u64, documents: u64);
    /// Something the user should know, in words; nothing by default.
    fn note(&self, _words: &str) {}
}

/// Counts and says nothing.
#[derive(Debug, Default)]
pub struct Silent {
    bytes: AtomicU64,
    documents: AtomicU64,
}

impl Progress for Silent {
    fn begin(&self, _pass: Pass, _bytes: u64) {
        self.bytes.store(0, Ordering::Relaxed);
        self.documents.store(0, Ordering::Relaxed);
    }

    fn advance(&self, bytes: u64, documents: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.documents.fetch_add(documents, Ordering::Relaxed);
    }
}
