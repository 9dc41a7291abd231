//! Archives as streams of members: tar, plain or packed, and zip.
//!
//! [`open`] takes a file; [`Members::of_tar`] any stream, so that a tar archive may come through a pipe. A zip archive has
//! its directory at the end: what cannot be seeked is to be copied into a temporary file first.
//!
//! Names are made safe: what [`Member::path`] gives is relative, goes nowhere but down, and is given once. Folders, links
//! and devices hold no document; they are passed over and [counted](Members::skipped). A member that cannot be given is an
//! item of its own, and the others go on wherever the archive lets them. What comes out stays within [`Limits`], counted
//! over the whole archive.

mod names;
mod tar;
mod zip;

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::compression::{Compression, Limits, Meter, UnpackError};
use names::Names;

/// How an archive is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// tar, packed as a whole or not.
    Tar(Compression),
    /// zip, each member packed alone.
    Zip,
}

/// First bytes of a file that [`Kind::of_magic`] needs.
pub const MAGIC_BYTES: usize = 262;

impl Kind {
    /// What the ending of a file's name says, and the name without it.
    pub fn of_name(name: &str) -> Option<(Self, &str)> {
        let endings = [
            (".zip", Self::Zip),
            (".tgz", Self::Tar(Compression::Gzip)),
            (".taz", Self::Tar(Compression::Gzip)),
            (".tbz", Self::Tar(Compression::Bzip2)),
            (".tbz2", Self::Tar(Compression::Bzip2)),
            (".txz", Self::Tar(Compression::Xz)),
            (".tzst", Self::Tar(Compression::Zstd)),
        ];
        let (compression, unpacked) = Compression::of_name(name);
        let tar = without_ending(unpacked, ".tar").map(|stem| (Self::Tar(compression), stem));
        tar.or_else(|| {
            endings
                .into_iter()
                .find_map(|(ending, kind)| Some((kind, without_ending(name, ending)?)))
        })
    }

    /// What a file's first [`MAGIC_BYTES`] say. Nothing for packed files: whether a tar archive is inside shows only
    /// after unpacking.
    pub fn of_magic(first: &[u8]) -> Option<Self> {
        match first {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            _ if first.get(257..262) == Some(b"ustar") => Some(Self::Tar(Compression::None)),
            _ => None,
        }
    }
}

fn without_ending<'n>(name: &'n str, ending: &str) -> Option<&'n str> {
    let cut = name
        .len()
        .checked_sub(ending.len())
        .filter(|cut| *cut > 0)?;
    let fits = name.is_char_boundary(cut) && name[cut..].eq_ignore_ascii_case(ending);
    fits.then(|| &name[..cut])
}

/// Why an archive cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The file cannot be read.
    #[error("{}: cannot be opened", path.display())]
    Open {
        /// The archive.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is something else.
    #[error("{}: neither a tar nor a zip archive", path.display())]
    NotAnArchive {
        /// The file.
        path: PathBuf,
    },
    /// The directory at the end of a zip archive makes no sense.
    #[error("{}: the archive's directory cannot be read", path.display())]
    Directory {
        /// The archive.
        path: PathBuf,
        /// Why.
        source: ::zip::result::ZipError,
    },
}

impl ArchiveError {
    /// What the user can do about it, for the `help:` line.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Open { source, .. } => match UnpackError::of(source) {
                Some(unpack) => return unpack.help(),
                None if source.kind() == ErrorKind::PermissionDenied => {
                    "change the file's mode or run as its owner".into()
                }
                None => return None,
            },
            Self::NotAnArchive { .. } => "if it is a text, take .tar or .zip off its name".into(),
            Self::Directory { .. } => {
                "fetch the archive again; zip -FF may save what is left of it".into()
            }
        })
    }

    /// Why, in kebab-case, as rows of rejects have it.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Open { source, .. } => reason_of(source),
            Self::NotAnArchive { .. } => "not-an-archive",
            Self::Directory { .. } => "corrupt",
        }
    }
}

/// Why one member of an archive cannot be given. The others may still be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MemberError {
    /// No safe name can be made of this one.
    #[error("member {name:?}: {why}")]
    Name {
        /// As the archive has it.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It takes a password.
    #[error("member {name:?} is encrypted")]
    Encrypted {
        /// As the archive has it.
        name: String,
    },
    /// It is packed in a way that is not read.
    #[error("member {name:?} is packed as {method}")]
    Method {
        /// As the archive has it.
        name: String,
        /// The way.
        method: String,
    },
    /// Its bytes are, in part, those of another member or of the directory: the mark of a bomb.
    #[error("member {name:?} lies over another part of the archive")]
    Overlap {
        /// As the archive has it.
        name: String,
    },
    /// A tar member that stores only the parts that are not zero.
    #[error("member {name:?} is stored as a sparse file")]
    Sparse {
        /// As the archive has it.
        name: String,
    },
    /// A zip member with the same name as a later one.
    #[error("member {name:?} stands in the archive again, and only the last of that name is read")]
    Duplicate {
        /// As the archive has it.
        name: String,
    },
    /// The header of a member makes no sense.
    #[error("{}: no member where one should be ({why})", after(.name.as_deref()))]
    Header {
        /// The member before it, if any.
        name: Option<String>,
        /// What is wrong.
        why: String,
    },
    /// The archive breaks off.
    #[error("{}: the archive breaks off", after(.name.as_deref()))]
    Truncated {
        /// The last member seen, if any.
        name: Option<String>,
    },
    /// Its bytes cannot be read.
    #[error("member {name:?} cannot be read")]
    Read {
        /// As the archive has it.
        name: String,
        /// Why.
        source: io::Error,
    },
}

fn after(name: Option<&str>) -> String {
    match name {
        Some(name) => format!("after member {name:?}"),
        None => "at the beginning".into(),
    }
}

impl MemberError {
    /// What a failure while the bytes of the member `name` were read means.
    pub fn of_read(name: &str, source: io::Error) -> Self {
        Self::Read {
            name: name.to_owned(),
            source,
        }
    }

    /// The member, or the last one before the place; as the archive has it.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name { name, .. }
            | Self::Encrypted { name }
            | Self::Method { name, .. }
            | Self::Overlap { name }
            | Self::Sparse { name }
            | Self::Duplicate { name }
            | Self::Read { name, .. } => Some(name),
            Self::Header { name, .. } | Self::Truncated { name } => name.as_deref(),
        }
    }

    /// Why, in kebab-case, as rows of rejects have it.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Name { .. } => "unsafe-name",
            Self::Encrypted { .. } => "encrypted",
            Self::Method { .. } => "unsupported-packing",
            Self::Overlap { .. } => "overlapping-members",
            Self::Sparse { .. } => "sparse-member",
            Self::Duplicate { .. } => "duplicate-name",
            Self::Header { .. } => "corrupt",
            Self::Truncated { .. } => "truncated",
            Self::Read { source, .. } => reason_of(source),
        }
    }

    /// What the user can do about it, for the `help:` line.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Name { .. } => {
                "unpack the archive with care and give the folder it makes".to_owned()
            }
            Self::Encrypted { .. } => "unpack the archive with its password first".into(),
            Self::Method { .. } => "unpack the archive with the program that made it".into(),
            Self::Overlap { .. } => "do not trust this archive; ask where it comes from".into(),
            Self::Sparse { .. } => "make the archive again without --sparse".into(),
            Self::Duplicate { .. } => "unpack the archive and give its members other names".into(),
            Self::Header { .. } | Self::Truncated { .. } => "fetch the archive again".into(),
            Self::Read { source, .. } => match UnpackError::of(source) {
                Some(unpack) => return unpack.help(),
                None => "fetch the archive again".into(),
            },
        })
    }
}

fn reason_of(error: &io::Error) -> &'static str {
    match (UnpackError::of(error), error.kind()) {
        (Some(unpack), _) => unpack.reason(),
        (None, ErrorKind::UnexpectedEof) => "truncated",
        (None, ErrorKind::InvalidData | ErrorKind::InvalidInput) => "corrupt",
        (None, ErrorKind::PermissionDenied) => "permission-denied",
        (None, _) => "cannot-be-read",
    }
}

/// What an archive holds besides files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Folders; those that hold files are named by the files.
    pub folders: u64,
    /// Links to other members or out of the archive; never followed.
    pub links: u64,
    /// Devices, pipes, labels of volumes.
    pub others: u64,
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    File,
    Folder,
    Link,
    Other,
}

/// The members of an archive, in its order.
pub struct Members {
    source: Source,
    names: Names,
    skipped: Skipped,
}

enum Source {
    Tar(Box<tar::Tar>),
    Zip(zip::Zip),
    Torn(zip::Torn),
}

/// Opens the archive at `path`. The first bytes decide what it is; the name only where they cannot tell.
///
/// # Errors
/// When the file cannot be read, is no archive, or a zip archive has a directory that makes no sense. A zip archive that
/// breaks off has none at all; its members are then found one after another.
pub fn open(path: &Path, limits: Limits) -> Result<Members, ArchiveError> {
    let failed = |source| ArchiveError::Open {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(failed)?;
    let mut first = Vec::with_capacity(MAGIC_BYTES);
    (&mut file)
        .take(MAGIC_BYTES as u64)
        .read_to_end(&mut first)
        .map_err(failed)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    let zip_by_name = path
        .file_name()
        .and_then(|n| n.to_str())
        .and_then(Kind::of_name)
        .is_some_and(|(kind, _)| kind == Kind::Zip);
    match (Kind::of_magic(&first), Compression::of_magic(&first)) {
        // Programs that unpack themselves have their archive behind the program.
        (Some(Kind::Zip), _) | (None, Compression::None) if zip_by_name || is_zip(&first) => {
            open_zip(path, file, limits)
        }
        (_, compression) => Members::of_tar(path, Box::new(file), compression, limits),
    }
}

fn is_zip(first: &[u8]) -> bool {
    Kind::of_magic(first) == Some(Kind::Zip)
}

fn open_zip(path: &Path, file: File, limits: Limits) -> Result<Members, ArchiveError> {
    let meter = Meter::new(limits);
    let again = file.try_clone().map_err(|source| ArchiveError::Open {
        path: path.to_owned(),
        source,
    })?;
    let source = match zip::Zip::new(file, meter.clone()) {
        Ok(zip) => Source::Zip(zip),
        Err(source) => match zip::Torn::new(again, meter) {
            Some(torn) => Source::Torn(torn),
            None => {
                return Err(ArchiveError::Directory {
                    path: path.to_owned(),
                    source,
                });
            }
        },
    };
    Ok(Members::new(source))
}

impl Members {
    /// The members of a tar archive that comes as a stream, packed as `compression` says. `path` names it in errors.
    ///
    /// # Errors
    /// When the stream cannot be read, or does not begin as a tar archive does.
    pub fn of_tar(
        path: &Path,
        raw: Box<dyn Read + Send>,
        compression: Compression,
        limits: Limits,
    ) -> Result<Self, ArchiveError> {
        let failed = |source| ArchiveError::Open {
            path: path.to_owned(),
            source,
        };
        let stream = compression
            .metered_reader(raw, &Meter::new(limits))
            .map_err(failed)?;
        match tar::Tar::new(stream).map_err(failed)? {
            Some(tar) => Ok(Self::new(Source::Tar(Box::new(tar)))),
            None => Err(ArchiveError::NotAnArchive {
                path: path.to_owned(),
            }),
        }
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            names: Names::default(),
            skipped: Skipped::default(),
        }
    }

    /// The next file, or the next place where one should be; `None` at the end.
    ///
    /// What is left unread of the member before is passed over.
    pub fn next_member(&mut self) -> Option<Result<Member<'_>, MemberError>> {
        let Self {
            source,
            names,
            skipped,
        } = self;
        match source {
            Source::Tar(tar) => tar.next_member(names, skipped),
            Source::Zip(zip) => zip.next_member(names, skipped),
            Source::Torn(torn) => torn.next_member(names, skipped),
        }
    }

    /// What has been passed over so far.
    pub fn skipped(&self) -> Skipped {
        self.skipped
    }
}

impl Skipped {
    /// Counts what is no file; whether it is one.
    fn is_file(&mut self, sort: Sort) -> bool {
        match sort {
            Sort::File => return true,
            Sort::Folder => self.folders += 1,
            Sort::Link => self.links += 1,
            Sort::Other => self.others += 1,
        }
        false
    }
}

/// One file of an archive, to be read before the next one is asked for.
pub struct Member<'m> {
    path: String,
    name: String,
    size: Option<u64>,
    body: Box<dyn Read + Send + 'm>,
}

impl Member<'_> {
    /// Its safe name: relative, `/` between folders, no `.` or `..`, and no other member has it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its name as the archive has it, for messages only.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its unpacked size, if the archive says so. Only what is read is sure.
    pub fn size(&self) -> Option<u64> {
        self.size
    }
}

impl Read for Member<'_> {
    /// # Errors
    /// `UnexpectedEof` where the archive breaks off, `InvalidData` where checksum or size do not fit, an [`UnpackError`]
    /// where the limits end.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.body.read(buffer)
    }
}

#[cfg(test)]
mod tests;
