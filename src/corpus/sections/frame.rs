//! One frame of Zstandard, packed by threads of libzstd's own, that can be gone on with in the middle.
//!
//! libzstd cuts the text into jobs of a fixed size. What it makes of one depends on that job and on the end of the one before
//! ([`JOB`]), to which it may refer, on nothing else: not on the number of threads, nor on what was packed long ago. So a file is gone on with by
//! giving a new encoder the last job once more, throwing away what it makes of it, and appending what it makes from there
//! on. The tests compare that with a frame that was written in one go.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use xxhash_rust::xxh3::Xxh3Default;
use zstd::zstd_safe::CParameter;

use super::Place;

/// Bytes of text that are packed together, of which all can be referred to by the next: the window of level 3.
///
/// On 32 MiB of JSON lines, jobs that see all of the one before make a file 0.9 % larger than one thread does, those of libzstd's default, which
/// see an eighth of the window, 6 %; it takes a sixth more time.
const JOB: u64 = 2 << 20;

/// Threads at most: each packs some 200 MB a second, and takes 6 MiB.
const THREADS: usize = 4;

/// See the module.
pub(super) struct Frame {
    encoder: zstd::Encoder<'static, Gate>,
    /// Bytes up to the last cut.
    plain: u64,
    /// Bytes since then.
    since: u64,
    /// How many were packed together last before it.
    job: u64,
    digest: Xxh3Default,
}

/// A file, or nothing as long as what comes stands in it already.
struct Gate {
    file: BufWriter<File>,
    open: bool,
}

impl Frame {
    /// Goes on with `file` behind `place`, which is its end.
    pub(super) fn again(file: File, place: Place) -> io::Result<Self> {
        let mut read = Known::default();
        if place.length > 0 {
            read.all(&file, &place)?;
        }
        let gate = Gate {
            file: BufWriter::with_capacity(1 << 16, file),
            open: read.last.is_empty(),
        };
        gate.file.get_ref().seek(SeekFrom::End(0))?;
        let mut encoder = zstd::Encoder::new(gate, 3)?;
        let threads = rayon::current_num_threads().clamp(1, THREADS);
        // Never none: libzstd then packs in another way, to other bytes.
        encoder.multithread(threads as u32)?;
        encoder.set_parameter(CParameter::JobSize(JOB as u32))?;
        encoder.set_parameter(CParameter::OverlapSizeLog(9))?;
        if !read.last.is_empty() {
            encoder.write_all(&read.last)?;
            encoder.flush()?;
            encoder.get_mut().open = true;
        }
        Ok(Self {
            encoder,
            plain: place.plain,
            since: 0,
            job: place.job,
            digest: read.digest,
        })
    }

    pub(super) fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.encoder.write_all(bytes)?;
        self.digest.update(bytes);
        self.since += bytes.len() as u64;
        Ok(())
    }

    pub(super) fn cut(&mut self) -> io::Result<Place> {
        if self.since > 0 {
            self.encoder.flush()?;
            self.job = (self.since - 1) % JOB + 1;
            self.plain += self.since;
            self.since = 0;
        }
        let gate = self.encoder.get_mut();
        gate.flush()?;
        Ok(Place {
            plain: self.plain,
            digest: self.digest.digest(),
            job: self.job,
            ..Place::at_end(gate.file.get_ref())?
        })
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.encoder.finish()?.flush()
    }
}

impl Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.open {
            self.file.write(bytes)
        } else {
            Ok(bytes.len())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// What a file that is gone on with holds.
#[derive(Default)]
struct Known {
    digest: Xxh3Default,
    /// The last job.
    last: Vec<u8>,
}

impl Known {
    /// Reads `file`, which must hold what `place` says and nothing more.
    fn all(&mut self, mut file: &File, place: &Place) -> io::Result<()> {
        let other = || io::Error::new(io::ErrorKind::InvalidData, "not what was written to it");
        file.seek(SeekFrom::Start(0))?;
        let packed = BufReader::with_capacity(1 << 16, file);
        let mut text = zstd::Decoder::with_buffer(packed)?.take(place.plain);
        let before = place.plain.checked_sub(place.job).ok_or_else(other)?;
        let mut buffer = vec![0; 1 << 17];
        let mut at = 0;
        while at < place.plain {
            let n = text.read(&mut buffer)?;
            if n == 0 {
                return Err(other());
            }
            self.digest.update(&buffer[..n]);
            let skip = before.saturating_sub(at).min(n as u64) as usize;
            self.last.extend_from_slice(&buffer[skip..n]);
            at += n as u64;
        }
        if self.digest.digest() != place.digest {
            return Err(other());
        }
        Ok(())
    }
}
