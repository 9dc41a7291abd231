//! Members of a zip archive, from a file.
//!
//! [`Zip`] follows the directory at the archive's end and believes none of it: members that lie over each other are not
//! read, sizes and checksums are compared with what comes out. [`Torn`] finds the members of an archive that has lost its
//! end, one after another.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};

use zip::read::{ZipFile, read_zipfile_from_stream};
use zip::result::{ZipError, ZipResult};
use zip::{CompressionMethod, SUPPORTED_COMPRESSION_METHODS, ZipArchive};

use super::super::compression::{Meter, Packed};
use super::names::Names;
use super::{Member, MemberError, Skipped, Sort};

type Raw = Packed<BufReader<File>>;

/// What a zip archive calls the kinds of files of Unix, in the upper bits of a mode.
const FILE_TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const LINK: u32 = 0o120_000;
const FOLDER: u32 = 0o040_000;

/// A zip archive with its directory.
pub(super) struct Zip {
    archive: ZipArchive<Raw>,
    meter: Meter,
    next: usize,
    /// Beginning and end of the members read so far.
    taken: BTreeMap<u64, u64>,
    /// Names that stand in the directory but not in the parsed one, which has each name once.
    duplicates: std::vec::IntoIter<String>,
}

impl Zip {
    pub(super) fn new(file: File, meter: Meter) -> ZipResult<Self> {
        let mut directory = BufReader::new(file.try_clone()?);
        let archive = ZipArchive::new(meter.packed(BufReader::with_capacity(1 << 16, file)))?;
        let duplicates = if archive.has_duplicate_names() {
            duplicates(&archive, &mut directory)?
        } else {
            Vec::new()
        };
        Ok(Self {
            archive,
            meter,
            next: 0,
            taken: BTreeMap::new(),
            duplicates: duplicates.into_iter(),
        })
    }

    pub(super) fn next_member<'m>(
        &'m mut self,
        names: &mut Names,
        skipped: &mut Skipped,
    ) -> Option<Result<Member<'m>, MemberError>> {
        if let Some(name) = self.duplicates.next() {
            return Some(Err(MemberError::Duplicate { name }));
        }
        let (index, name) = loop {
            let index = self.next;
            let entry = self.archive.by_index_data(index).ok()?;
            self.next += 1;
            let name = name_of(entry.name_raw(), entry.name());
            if skipped.is_file(sort(entry.is_dir(), entry.unix_mode())) {
                break (index, name);
            }
        };
        Some(self.member(index, name, names))
    }

    fn member(
        &mut self,
        index: usize,
        name: String,
        names: &mut Names,
    ) -> Result<Member<'_>, MemberError> {
        let directory = self.archive.central_directory_start();
        let file = match self.archive.by_index(index) {
            Ok(file) => file,
            Err(e) => return Err(refused(name, e)),
        };
        supported(&name, file.compression())?;
        let begin = file.header_start();
        let end = file
            .data_start()
            .and_then(|start| start.checked_add(file.compressed_size()))
            .unwrap_or(u64::MAX);
        // A bomb of 10 MB becomes 281 TB when thousands of members share one packed stretch.
        if end > directory || overlaps(&self.taken, begin, end) {
            return Err(MemberError::Overlap { name });
        }
        self.taken.insert(begin, end);
        let path = match names.give(&name) {
            Ok(path) => path,
            Err(why) => return Err(MemberError::Name { name, why }),
        };
        Ok(Member {
            path,
            name,
            size: Some(file.size()),
            body: Box::new(Body::new(file, self.meter.clone())),
        })
    }
}

fn overlaps(taken: &BTreeMap<u64, u64>, begin: u64, end: u64) -> bool {
    taken
        .range(..end)
        .next_back()
        .is_some_and(|(_, taken_end)| *taken_end > begin)
}

/// The names of the entries of the directory that the parsed archive has lost to later ones of the same name.
fn duplicates(
    archive: &ZipArchive<Raw>,
    directory: &mut (impl Read + Seek),
) -> io::Result<Vec<String>> {
    let kept: rustc_hash::FxHashSet<u64> = (0..archive.len())
        .filter_map(|i| Some(archive.by_index_data(i).ok()?.central_header_start()))
        .collect();
    let mut at = archive.central_directory_start();
    directory.seek(SeekFrom::Start(at))?;
    let mut lost = Vec::new();
    let mut header = [0; 46];
    // The archive's own reader came to the end of these headers, so reading them again does too.
    while directory.read_exact(&mut header).is_ok() && header.starts_with(b"PK\x01\x02") {
        let length = |i: usize| usize::from(u16::from_le_bytes([header[i], header[i + 1]]));
        let (name, extra, comment) = (length(28), length(30), length(32));
        let mut rest = vec![0; name + extra + comment];
        directory.read_exact(&mut rest)?;
        if !kept.contains(&at) {
            lost.push(String::from_utf8_lossy(&rest[..name]).into_owned());
        }
        at += (header.len() + rest.len()) as u64;
    }
    Ok(lost)
}

/// A zip archive without its end.
pub(super) struct Torn {
    raw: Raw,
    meter: Meter,
    last: Option<String>,
    done: bool,
}

impl Torn {
    /// `None` when the file does not begin with a member.
    pub(super) fn new(mut file: File, meter: Meter) -> Option<Self> {
        file.seek(SeekFrom::Start(0)).ok()?;
        let raw = meter.packed(BufReader::with_capacity(1 << 16, file));
        let mut torn = Self {
            raw,
            meter,
            last: None,
            done: false,
        };
        matches!(torn.peek(), Ok(Some(_))).then_some(torn)
    }

    pub(super) fn next_member<'m>(
        &'m mut self,
        names: &mut Names,
        skipped: &mut Skipped,
    ) -> Option<Result<Member<'m>, MemberError>> {
        if self.done {
            return None;
        }
        let name = loop {
            match self.peek() {
                Ok(Some(name)) if name.ends_with('/') => {
                    skipped.is_file(Sort::Folder);
                    // Dropping it passes over its bytes, of which there should be none.
                    if read_zipfile_from_stream(&mut self.raw).is_err() {
                        return Some(Err(self.broken()));
                    }
                    self.last = Some(name);
                }
                Ok(Some(name)) => break name,
                Ok(None) | Err(_) => return Some(Err(self.broken())),
            }
        };
        self.last = Some(name.clone());
        match read_zipfile_from_stream(&mut self.raw) {
            Ok(Some(file)) => {
                Some(
                    supported(&name, file.compression()).and_then(|()| match names.give(&name) {
                        Ok(path) => Ok(Member {
                            path,
                            name,
                            size: Some(file.size()),
                            body: Box::new(Body::new(file, self.meter.clone())),
                        }),
                        Err(why) => Err(MemberError::Name { name, why }),
                    }),
                )
            }
            Ok(None) => {
                self.done = true;
                Some(Err(MemberError::Truncated { name: Some(name) }))
            }
            Err(e) => {
                // Where its bytes end is not known, nor then where the next member begins.
                self.done = true;
                Some(Err(match e {
                    ZipError::UnsupportedArchive(what) if what != ZipError::PASSWORD_REQUIRED => {
                        MemberError::Truncated { name: Some(name) }
                    }
                    e => refused(name, e),
                }))
            }
        }
    }

    fn broken(&mut self) -> MemberError {
        self.done = true;
        MemberError::Truncated {
            name: self.last.take(),
        }
    }

    /// The name in the header that comes next, which stays unread; `None` when there is none.
    fn peek(&mut self) -> io::Result<Option<String>> {
        let reader = self.raw.raw_mut();
        let at = reader.stream_position()?;
        let mut header = [0; 30];
        let found = reader.read_exact(&mut header);
        let mut name = Vec::new();
        if found.is_ok() && header.starts_with(b"PK\x03\x04") {
            let length = u16::from_le_bytes([header[26], header[27]]);
            name.resize(usize::from(length), 0);
            reader.read_exact(&mut name)?;
        }
        reader.seek(SeekFrom::Start(at))?;
        Ok((!name.is_empty()).then(|| String::from_utf8_lossy(&name).into_owned()))
    }
}

/// The bytes of one member; counted, and compared with what the archive says of them.
struct Body<'z> {
    file: ZipFile<'z, Raw>,
    meter: Meter,
    size: u64,
    given: u64,
}

impl<'z> Body<'z> {
    fn new(file: ZipFile<'z, Raw>, meter: Meter) -> Self {
        Self {
            size: file.size(),
            file,
            meter,
            given: 0,
        }
    }
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer).map_err(|e| match e.kind() {
            // What decoders of several crates call it.
            ErrorKind::InvalidInput | ErrorKind::Other if !self.meter.source_failed() => {
                io::Error::new(ErrorKind::InvalidData, e)
            }
            _ => e,
        })?;
        self.meter.unpacked(n as u64)?;
        self.given += n as u64;
        if n == 0 && !buffer.is_empty() && self.given != self.size {
            let (given, size) = (self.given, self.size);
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                format!("gave {given} bytes where the archive says {size}"),
            ));
        }
        Ok(n)
    }
}

fn sort(folder: bool, mode: Option<u32>) -> Sort {
    match mode.map(|mode| mode & FILE_TYPE) {
        _ if folder => Sort::Folder,
        // Not all programs say what it is.
        None | Some(0 | REGULAR) => Sort::File,
        Some(FOLDER) => Sort::Folder,
        Some(LINK) => Sort::Link,
        Some(_) => Sort::Other,
    }
}

/// The name of a member. Many programs write UTF-8 without the flag that says so.
fn name_of(raw: &[u8], decoded: ZipResult<std::borrow::Cow<'_, str>>) -> String {
    match (std::str::from_utf8(raw), decoded) {
        (Ok(name), _) if !raw.is_ascii() => name.to_owned(),
        (_, Ok(name)) => name.into_owned(),
        (_, Err(_)) => String::from_utf8_lossy(raw).into_owned(),
    }
}

/// The decoder is only made at the first byte, which would be late to say that there is none.
fn supported(name: &str, method: CompressionMethod) -> Result<(), MemberError> {
    if SUPPORTED_COMPRESSION_METHODS.contains(&method) {
        return Ok(());
    }
    Err(MemberError::Method {
        name: name.to_owned(),
        method: method.to_string(),
    })
}

fn refused(name: String, error: ZipError) -> MemberError {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            MemberError::Encrypted { name }
        }
        ZipError::CompressionMethodNotSupported(method) => MemberError::Method {
            name,
            method: format!("method {method}"),
        },
        ZipError::UnsupportedArchive(what) => MemberError::Method {
            name,
            method: format!("an unknown kind ({what})"),
        },
        ZipError::Io(source) => MemberError::Read { name, source },
        other => MemberError::Read {
            name,
            source: io::Error::new(ErrorKind::InvalidData, other),
        },
    }
}
