//! LZ4 frames one after another.
//!
//! The decoder itself stops quietly after each frame, and also where the file breaks off between two blocks. This reader
//! goes on to the next frame and tells the two apart.

use std::io::{self, ErrorKind, Read};

use lz4_flex::frame::FrameDecoder;

/// First bytes of a frame.
const MAGIC: u32 = 0x184D_2204;
/// First bytes of the frame of `lz4 -l` and the Linux kernel: no checksums, no end mark.
const LEGACY: u32 = 0x184C_2102;

/// The unpacked bytes of all frames of a stream; frames of other programs' data (skippable ones) are passed over.
pub(super) struct Frames<R: Read> {
    /// `None` only while `begin` has it apart.
    decoder: Option<FrameDecoder<Source<R>>>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first frame, where even an empty stream is an error.
    Start,
    Between,
    Within,
    /// Within a frame that ends with the stream.
    WithinLegacy,
    Done,
}

/// The raw stream, with a few bytes put back, remembering whether its end was met.
struct Source<R> {
    raw: R,
    back: [u8; 4],
    left: usize,
    ended: bool,
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left > 0 {
            let from = self.back.len() - self.left;
            let n = self.left.min(buffer.len());
            buffer[..n].copy_from_slice(&self.back[from..from + n]);
            self.left -= n;
            return Ok(n);
        }
        let n = self.raw.read(buffer)?;
        self.ended |= n == 0 && !buffer.is_empty();
        Ok(n)
    }
}

impl<R: Read> Frames<R> {
    pub(super) fn new(raw: R) -> Self {
        Self {
            decoder: Some(FrameDecoder::new(Source {
                raw,
                back: [0; 4],
                left: 0,
                ended: false,
            })),
            state: State::Start,
        }
    }

    /// Goes to the next frame that holds data.
    fn begin(&mut self) -> io::Result<State> {
        let first = self.state == State::Start;
        let Some(decoder) = self.decoder.take() else {
            return Ok(State::Done);
        };
        let mut source = decoder.into_inner();
        let next = Self::find(&mut source, first);
        // A decoder keeps the buffers of its first frame, and expects the blocks of all others to be as large.
        self.decoder = Some(FrameDecoder::new(source));
        next
    }

    fn find(source: &mut Source<R>, first: bool) -> io::Result<State> {
        loop {
            let mut magic = [0; 4];
            match fill(&mut source.raw, &mut magic)? {
                0 if !first => return Ok(State::Done),
                4 => {}
                _ => return Err(ErrorKind::UnexpectedEof.into()),
            }
            match u32::from_le_bytes(magic) {
                0x184D_2A50..=0x184D_2A5F => {
                    let mut length = [0; 4];
                    source.raw.read_exact(&mut length)?;
                    let length = u64::from(u32::from_le_bytes(length));
                    let passed = io::copy(&mut (&mut source.raw).take(length), &mut io::sink())?;
                    if passed < length {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                }
                kind => {
                    source.back = magic;
                    source.left = magic.len();
                    return match kind {
                        MAGIC => Ok(State::Within),
                        LEGACY => Ok(State::WithinLegacy),
                        _ => Err(io::Error::new(
                            ErrorKind::InvalidData,
                            "no LZ4 frame begins here",
                        )),
                    };
                }
            }
        }
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if matches!(self.state, State::Start | State::Between) {
                self.state = self.begin()?;
            }
            let Some(decoder) = self.decoder.as_mut().filter(|_| self.state != State::Done) else {
                return Ok(0);
            };
            let n = decoder.read(buffer)?;
            if n > 0 || buffer.is_empty() {
                return Ok(n);
            }
            // A whole frame ends with its mark, so the decoder has no cause to look beyond.
            self.state = match (self.state, decoder.get_ref().ended) {
                (State::WithinLegacy, true) => State::Done,
                (_, true) => return Err(ErrorKind::UnexpectedEof.into()),
                (_, false) => State::Between,
            };
        }
    }
}

/// Reads until `buffer` is full or the stream ends; returns how much.
fn fill(raw: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match raw.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}
