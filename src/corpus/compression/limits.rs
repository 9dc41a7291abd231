//! Bounds on what a packed file may unpack to, kept while it is read.

use std::io::{self, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How much a packed stream may unpack to before reading it fails with an [`UnpackError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Unpacked bytes for each packed byte. Text packs 3:1 to 20:1; logs and tables of one repeated row reach some
    /// hundreds.
    pub ratio: u64,
    /// Unpacked bytes that are always allowed, whatever the ratio: small files of one repeated line are common.
    pub free: u64,
    /// Unpacked bytes in all.
    pub unpacked: u64,
}

impl Limits {
    /// No bound at all, for files that limpid wrote itself.
    pub const NONE: Self = Self {
        ratio: u64::MAX,
        free: u64::MAX,
        unpacked: u64::MAX,
    };

    /// These limits with another [`ratio`](Self::ratio).
    #[must_use]
    pub fn with_ratio(self, ratio: u64) -> Self {
        Self { ratio, ..self }
    }

    /// These limits with other [`free`](Self::free) bytes.
    #[must_use]
    pub fn with_free(self, free: u64) -> Self {
        Self { free, ..self }
    }

    /// These limits with another bound on the [`unpacked`](Self::unpacked) bytes.
    #[must_use]
    pub fn with_unpacked(self, unpacked: u64) -> Self {
        Self { unpacked, ..self }
    }

    fn check(&self, packed: u64, unpacked: u64) -> Result<(), UnpackError> {
        if unpacked > self.unpacked {
            return Err(UnpackError::TooLarge {
                limit: self.unpacked,
            });
        }
        if unpacked > self.free && unpacked > packed.saturating_mul(self.ratio) {
            return Err(UnpackError::Bomb {
                packed,
                unpacked,
                ratio: self.ratio,
            });
        }
        Ok(())
    }
}

impl Default for Limits {
    /// 1,000:1 after the first 64 MiB, any size.
    fn default() -> Self {
        Self {
            ratio: 1000,
            free: 64 << 20,
            unpacked: u64::MAX,
        }
    }
}

/// Why unpacking was given up although the bytes may be in order; found inside an [`io::Error`] by [`UnpackError::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// Far more comes out than went in.
    #[error(
        "{packed} packed bytes gave {unpacked} and more, over {ratio} for one: made to fill a disk, not to be read"
    )]
    Bomb {
        /// Bytes read so far.
        packed: u64,
        /// Bytes they gave.
        unpacked: u64,
        /// What was allowed.
        ratio: u64,
    },
    /// More comes out than is wanted.
    #[error("more than {limit} bytes unpacked")]
    TooLarge {
        /// What was allowed.
        limit: u64,
    },
    /// The decoder would need more memory than it may have.
    #[error("unpacking needs more than {} MiB of memory", limit >> 20)]
    Memory {
        /// What it may have, in bytes.
        limit: u64,
    },
}

impl UnpackError {
    /// The unpacking error within `error`, if that is what it is.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// Why, in kebab-case, as rows of rejects have it.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Bomb { .. } => "bomb",
            Self::TooLarge { .. } => "too-large",
            Self::Memory { .. } => "too-much-memory",
        }
    }

    /// What the user can do about it, for the `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Bomb { .. } => {
                Some("if the file is meant, unpack it first and give the unpacked file".into())
            }
            Self::TooLarge { .. } => Some("raise the limit if the file is meant".into()),
            Self::Memory { .. } => {
                Some("pack the file again with a smaller dictionary, for example xz -9".into())
            }
        }
    }
}

impl From<UnpackError> for io::Error {
    fn from(error: UnpackError) -> Self {
        let kind = match error {
            UnpackError::Bomb { .. } | UnpackError::TooLarge { .. } => ErrorKind::FileTooLarge,
            UnpackError::Memory { .. } => ErrorKind::OutOfMemory,
        };
        Self::new(kind, error)
    }
}

/// The bytes of one packed stream, or of all members of one archive, on both sides of the decoder.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    limits: Limits,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    packed: AtomicU64,
    unpacked: AtomicU64,
    source_failed: AtomicBool,
}

impl Meter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            counts: Arc::default(),
        }
    }

    /// `raw`, its bytes counted as packed ones.
    pub(crate) fn packed<R>(&self, raw: R) -> Packed<R> {
        Packed {
            raw,
            counts: Arc::clone(&self.counts),
        }
    }

    /// Counts `n` bytes that came out of a decoder.
    ///
    /// # Errors
    /// When these are too many.
    pub(crate) fn unpacked(&self, n: u64) -> Result<(), UnpackError> {
        // One thread reads at a time; the atomics are there because the two sides lie in different boxes.
        let unpacked = self.counts.unpacked.fetch_add(n, Ordering::Relaxed) + n;
        let packed = self.counts.packed.load(Ordering::Relaxed);
        self.limits.check(packed, unpacked)
    }

    /// Whether it was the packed side that failed, not the decoder.
    pub(crate) fn source_failed(&self) -> bool {
        self.counts.source_failed.load(Ordering::Relaxed)
    }
}

/// Counts what a decoder takes in.
#[derive(Debug)]
pub(crate) struct Packed<R> {
    raw: R,
    counts: Arc<Counts>,
}

impl<R> Packed<R> {
    /// What the bytes come from.
    pub(crate) fn raw_mut(&mut self) -> &mut R {
        &mut self.raw
    }
}

impl<R: Read> Read for Packed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.raw.read(buffer) {
            Ok(n) => {
                self.counts.packed.fetch_add(n as u64, Ordering::Relaxed);
                Ok(n)
            }
            Err(e) => {
                if e.kind() != ErrorKind::Interrupted {
                    self.counts.source_failed.store(true, Ordering::Relaxed);
                }
                Err(e)
            }
        }
    }
}

impl<R: io::Seek> io::Seek for Packed<R> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.raw.seek(to)
    }
}
