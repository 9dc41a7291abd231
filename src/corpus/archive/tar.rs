//! Members of a tar archive, from a stream that cannot go back.
//!
//! The `tar` crate reads the headers, with their long names and PAX records, one member at a time; the bytes between them
//! are read here, so that a bad header can be skipped and no more memory is taken than one block.

use std::io::{self, ErrorKind, Read};

use super::names::Names;
use super::{Member, MemberError, Skipped, Sort};

const BLOCK: usize = 512;
/// Bytes that the headers of one member may have together. Long names and PAX records are held in memory.
const HEADER_MAX: u64 = 1 << 20;

pub(super) struct Tar {
    stream: Box<dyn Read + Send>,
    /// A header read ahead, to see that this is an archive.
    first: Option<[u8; BLOCK]>,
    /// Bytes of the current member not read yet.
    left: u64,
    /// Bytes that fill its last block.
    padding: u64,
    /// The last member seen.
    last: Option<String>,
    /// Whether blocks are passed over until one is a header.
    lost: bool,
    /// Whether the stream has no more to give.
    done: bool,
}

struct Header {
    name: String,
    sort: Sort,
    sparse: bool,
    size: u64,
}

impl Tar {
    /// `None` when the stream does not begin with a header.
    pub(super) fn new(mut stream: Box<dyn Read + Send>) -> io::Result<Option<Self>> {
        let mut block = [0; BLOCK];
        if fill(&mut stream, &mut block)? < BLOCK || !(is_zero(&block) || is_header(&block)) {
            return Ok(None);
        }
        Ok(Some(Self {
            stream,
            first: Some(block),
            left: 0,
            padding: 0,
            last: None,
            lost: false,
            done: false,
        }))
    }

    pub(super) fn next_member<'m>(
        &'m mut self,
        names: &mut Names,
        skipped: &mut Skipped,
    ) -> Option<Result<Member<'m>, MemberError>> {
        loop {
            let header = match self.next_header()? {
                Ok(header) => header,
                Err(e) => return Some(Err(e)),
            };
            self.left = header.size;
            self.padding = header.size.next_multiple_of(BLOCK as u64) - header.size;
            self.last = Some(header.name.clone());
            if header.sparse {
                return Some(Err(MemberError::Sparse { name: header.name }));
            }
            if !skipped.is_file(header.sort) {
                continue;
            }
            let Header { name, size, .. } = header;
            return Some(match names.give(&name) {
                Err(why) => Err(MemberError::Name { name, why }),
                Ok(path) => Ok(Member {
                    path,
                    name,
                    size: Some(size),
                    body: Box::new(Body(self)),
                }),
            });
        }
    }

    /// The next header that is not about the archive as a whole.
    fn next_header(&mut self) -> Option<Result<Header, MemberError>> {
        if self.done {
            return None;
        }
        let rest = self.left + self.padding;
        (self.left, self.padding) = (0, 0);
        match io::copy(&mut (&mut self.stream).take(rest), &mut io::sink()) {
            Ok(n) if n == rest => {}
            Ok(_) => return Some(Err(self.truncated())),
            Err(e) => return Some(Err(self.broken(e))),
        }
        loop {
            let mut block = [0; BLOCK];
            if let Some(first) = self.first.take() {
                block = first;
            } else {
                match fill(&mut self.stream, &mut block) {
                    Ok(0) => {
                        self.done = true;
                        return None;
                    }
                    Ok(BLOCK) => {}
                    Ok(_) if self.lost => {
                        self.done = true;
                        return None;
                    }
                    Ok(_) => return Some(Err(self.truncated())),
                    Err(e) => return Some(Err(self.broken(e))),
                }
            }
            // Blocks of zeros end an archive, but another may follow where archives were put one after another.
            if is_zero(&block) || (self.lost && !is_header(&block)) {
                continue;
            }
            self.lost = false;
            return Some(match self.parse(&block) {
                Ok(Some(header)) => Ok(header),
                Ok(None) => continue,
                Err(e) => Err(e),
            });
        }
    }

    /// The member that `block` begins; `None` for what is about the archive as a whole.
    fn parse(&mut self, block: &[u8; BLOCK]) -> Result<Option<Header>, MemberError> {
        let mut watched = Watched {
            first: block,
            stream: &mut self.stream,
            left: HEADER_MAX,
            failed: None,
            ended: false,
        };
        let parsed = read_header(&mut watched);
        let (failed, ended, full) = (watched.failed.take(), watched.ended, watched.left == 0);
        match (parsed, failed) {
            (_, Some(e)) => Err(self.broken(e)),
            (Ok(header), None) if header.size < u64::MAX - BLOCK as u64 => {
                if header.sort == Sort::Other && header.name.is_empty() {
                    let size = header.size.next_multiple_of(BLOCK as u64);
                    return match io::copy(&mut (&mut self.stream).take(size), &mut io::sink()) {
                        Ok(n) if n == size => Ok(None),
                        Ok(_) => Err(self.truncated()),
                        Err(e) => Err(self.broken(e)),
                    };
                }
                Ok(Some(header))
            }
            (Err(_), None) if ended && !full => Err(self.truncated()),
            (parsed, None) => {
                self.lost = true;
                let why = match parsed {
                    _ if !is_header(block) => "the checksum of its header does not fit".to_owned(),
                    Err(_) if full => "its header is longer than 1 MiB".to_owned(),
                    // The words quote the archive.
                    Err(e) => e.to_string().escape_debug().to_string(),
                    Ok(_) => "its size is beyond all files".to_owned(),
                };
                Err(MemberError::Header {
                    name: self.last.clone(),
                    why,
                })
            }
        }
    }

    fn truncated(&mut self) -> MemberError {
        self.done = true;
        MemberError::Truncated {
            name: self.last.clone(),
        }
    }

    fn broken(&mut self, source: io::Error) -> MemberError {
        self.done = true;
        if source.kind() == ErrorKind::UnexpectedEof {
            return self.truncated();
        }
        MemberError::Read {
            name: self.last.clone().unwrap_or_default(),
            source,
        }
    }
}

/// The bytes of the current member.
struct Body<'t>(&'t mut Tar);

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let tar = &mut *self.0;
        let most = usize::try_from(tar.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        if most == 0 {
            return Ok(0);
        }
        match tar.stream.read(&mut buffer[..most]) {
            Ok(0) => {
                // Told here, so not told again as an item of its own.
                tar.done = true;
                Err(ErrorKind::UnexpectedEof.into())
            }
            Ok(n) => {
                tar.left -= n as u64;
                Ok(n)
            }
            Err(e) => {
                tar.done |= e.kind() != ErrorKind::Interrupted;
                Err(e)
            }
        }
    }
}

fn read_header(watched: &mut Watched<'_>) -> io::Result<Header> {
    let mut archive = ::tar::Archive::new(watched);
    let mut entry = archive
        .entries()?
        .next()
        .unwrap_or_else(|| Err(ErrorKind::UnexpectedEof.into()))?;
    let kind = entry.header().entry_type();
    let mut name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    if kind.is_pax_global_extensions() {
        return Ok(Header {
            name: String::new(),
            sort: Sort::Other,
            sparse: false,
            size: entry.size(),
        });
    }
    // The size of a sparse file is not the size of what is stored.
    let size = if kind.is_gnu_sparse() {
        entry.header().entry_size()?
    } else {
        entry.size()
    };
    let mut sparse = kind.is_gnu_sparse();
    for record in entry.pax_extensions()?.into_iter().flatten().flatten() {
        sparse |= record.key_bytes().starts_with(b"GNU.sparse.");
        // The path in the header is a made-up one then.
        if record.key_bytes() == b"GNU.sparse.name" {
            name = String::from_utf8_lossy(record.value_bytes()).into_owned();
        }
    }
    let sort = match kind {
        // Archives of the seventies have no type for folders.
        ::tar::EntryType::Regular if name.ends_with('/') => Sort::Folder,
        ::tar::EntryType::Regular | ::tar::EntryType::Continuous | ::tar::EntryType::GNUSparse => {
            Sort::File
        }
        ::tar::EntryType::Directory => Sort::Folder,
        ::tar::EntryType::Link | ::tar::EntryType::Symlink => Sort::Link,
        _ => Sort::Other,
    };
    Ok(Header {
        name,
        sort,
        sparse,
        size,
    })
}

/// Gives the first block and then the stream, at most so many bytes of it; keeps the error that stopped it, which the
/// parser would wrap in words of its own.
struct Watched<'s> {
    first: &'s [u8],
    stream: &'s mut Box<dyn Read + Send>,
    left: u64,
    failed: Option<io::Error>,
    ended: bool,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.first.is_empty() {
            return self.first.read(buffer);
        }
        let most = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        match self.stream.read(&mut buffer[..most]) {
            Ok(n) => {
                self.ended |= n == 0 && !buffer.is_empty();
                self.left -= n as u64;
                Ok(n)
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => Err(e),
            Err(e) => {
                let kind = e.kind();
                self.failed = Some(e);
                Err(kind.into())
            }
        }
    }
}

fn is_zero(block: &[u8; BLOCK]) -> bool {
    block.iter().all(|b| *b == 0)
}

/// Whether the checksum fits, which a header holds of itself.
fn is_header(block: &[u8; BLOCK]) -> bool {
    let field = 148..156;
    let sum: u32 = block
        .iter()
        .enumerate()
        .map(|(i, b)| u32::from(if field.contains(&i) { b' ' } else { *b }))
        .sum();
    let header = ::tar::Header::from_byte_slice(block);
    header.cksum().is_ok_and(|told| told == sum)
}

/// Reads until `buffer` is full or the stream ends; returns how much.
fn fill(stream: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match stream.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}
