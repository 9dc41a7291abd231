//! Inputs that hold inputs, or lie elsewhere: members of archives and objects of storage become files of the run's own before the
//! first pass.
//!
//! A corpus is read two or three times, tables from their end, and a run that was interrupted reads it again: so members are
//! unpacked, and objects fetched, once, into the unfinished run's folder, which takes as much room as they do. Each then is an input
//! like any other, below the name of its archive. Archives inside archives are not opened.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::job::RunError;
use super::progress::Progress;
use crate::corpus::Reject;
use crate::corpus::archive::{self, Kind, MemberError};
use crate::corpus::inputs::{Found, Input, kinds};
use crate::corpus::read::Settings;

/// What is read instead of what was found, and what was passed over.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Staged {
    /// Sorted by path.
    pub inputs: Vec<Input>,
    /// What was found or unpacked and cannot be read.
    pub rejects: Vec<Reject>,
    /// Folders, links and devices in archives.
    pub skipped: u64,
}

/// In the unfinished run's folder: unpacked members and fetched objects, and a list of them when all are there.
const FOLDER: &str = "members";
const LIST: &str = "members.json";

/// Unpacks and fetches what is in `found`; takes over what an interrupted run in `folder` did.
pub(super) fn stage(
    found: &Found,
    settings: &Settings,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Staged, RunError> {
    let mut staged = Staged {
        rejects: found.rejects.clone(),
        ..Staged::default()
    };
    if !found
        .inputs
        .iter()
        .any(|i| i.is_remote() || kind(i).is_some())
    {
        staged.inputs.clone_from(&found.inputs);
        return Ok(staged);
    }
    let list = folder.join(LIST);
    if let Some(before) = fs::read(&list)
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
    {
        return Ok(before);
    }
    let room = folder.join(FOLDER);
    let mut unpacking = Unpacking {
        room: &room,
        settings,
        files: 0,
        staged: &mut staged,
    };
    let failed = RunError::write(&room);
    if room.exists() {
        fs::remove_dir_all(&room).map_err(&failed)?;
    }
    fs::create_dir_all(&room).map_err(&failed)?;
    for input in &found.inputs {
        let mut input = input.clone();
        if input.is_remote() {
            progress.note(&format!("fetching {}", input.source.display()));
            match unpacking.fetch(&input)? {
                Some(path) => {
                    input.named = Some(std::mem::replace(&mut input.source, path));
                    let (compression, format) = kinds(&input.path, &input.source, settings.format);
                    (input.compression, input.format) = (compression, format);
                }
                None => continue,
            }
        }
        match kind(&input) {
            Some(_) => unpacking.unpack(&input)?,
            None => unpacking.staged.inputs.push(input),
        }
    }
    staged.inputs.sort_by(|a, b| a.path.cmp(&b.path));
    let text = serde_json::to_vec(&staged).unwrap_or_default();
    fs::write(&list, text).map_err(RunError::write(&list))?;
    Ok(staged)
}

/// How the input is made, where it is an archive.
fn kind(input: &Input) -> Option<Kind> {
    if input.is_stdin() {
        return None;
    }
    let name = input.path.rsplit('/').next().unwrap_or(&input.path);
    Kind::of_name(name).map(|(kind, _)| kind)
}

struct Unpacking<'u> {
    room: &'u Path,
    settings: &'u Settings,
    /// Files made so far, which are numbered: names from outside are no names of files here.
    files: u64,
    staged: &'u mut Staged,
}

impl Unpacking<'_> {
    /// A new file.
    fn file(&mut self) -> (PathBuf, io::Result<File>) {
        let path = self.room.join(format!("{:08}", self.files));
        self.files += 1;
        let file = File::create(&path);
        (path, file)
    }

    fn reject(&mut self, path: &str, reason: &str, detail: String) {
        self.staged
            .rejects
            .push(Reject::new(path, 0, reason, detail));
    }

    /// Every member of an archive, as an input of its own.
    fn unpack(&mut self, input: &Input) -> Result<(), RunError> {
        let limits = self.settings.limits();
        let opened = match kind(input) {
            // Its name may be another here than where it came from.
            Some(Kind::Tar(compression)) => File::open(&input.source)
                .map_err(|source| archive::ArchiveError::Open {
                    path: input.source.clone(),
                    source,
                })
                .and_then(|file| {
                    let path = Path::new(&input.path);
                    archive::Members::of_tar(path, Box::new(file), compression, limits)
                }),
            _ => archive::open(&input.source, limits),
        };
        let mut members = match opened {
            Ok(members) => members,
            Err(error) => {
                let detail = with_help(&error, error.help());
                self.reject(&input.path, error.reason(), detail);
                return Ok(());
            }
        };
        while let Some(member) = members.next_member() {
            let mut member = match member {
                Ok(member) => member,
                Err(error) => {
                    self.reject_member(input, &error);
                    continue;
                }
            };
            let path = format!("{}/{}", input.path, member.path());
            let (source, file) = self.file();
            let mut file = file.map_err(RunError::write(&source))?;
            match copy(&mut member, &mut file) {
                Ok(bytes) => {
                    let (compression, format) = kinds(&path, &source, self.settings.format);
                    let mut named = input.shown().to_owned();
                    named.push(member.path());
                    self.staged.inputs.push(Input {
                        source,
                        path,
                        format,
                        compression,
                        bytes,
                        named: Some(named),
                    });
                }
                Err(Copy::Read(error)) => {
                    let error = MemberError::of_read(member.name(), error);
                    fs::remove_file(&source).map_err(RunError::write(&source))?;
                    self.reject_member(input, &error);
                }
                Err(Copy::Write(error)) => return Err(RunError::write(&source)(error)),
            }
        }
        let skipped = members.skipped();
        self.staged.skipped += skipped.folders + skipped.links + skipped.others;
        Ok(())
    }

    fn reject_member(&mut self, input: &Input, error: &MemberError) {
        let detail = with_help(error, error.help());
        self.reject(&input.path, error.reason(), detail);
    }

    /// Brings an object here; `None` where that is a reject.
    #[cfg(feature = "cloud")]
    fn fetch(&mut self, input: &Input) -> Result<Option<PathBuf>, RunError> {
        use crate::corpus::storage::{Storage, StorageError};
        let url = input.source.to_string_lossy();
        let reader = Storage::open(&url).and_then(|storage| storage.read(&url));
        let mut reader = match reader {
            Ok(reader) => reader,
            Err(error) => {
                let detail = with_help(&error, error.help());
                self.reject(&input.path, error.reason(), detail);
                return Ok(None);
            }
        };
        let (path, file) = self.file();
        let mut file = file.map_err(RunError::write(&path))?;
        match copy(&mut reader, &mut file) {
            Ok(_) => Ok(Some(path)),
            Err(Copy::Write(error)) => Err(RunError::write(&path)(error)),
            Err(Copy::Read(error)) => {
                let (reason, detail) = match StorageError::of(&error) {
                    Some(error) => (error.reason(), with_help(error, error.help())),
                    None => ("cannot-be-read", error.to_string()),
                };
                self.reject(&input.path, reason, detail);
                Ok(None)
            }
        }
    }

    /// Says that this program reaches no storage.
    #[cfg(not(feature = "cloud"))]
    #[expect(clippy::unnecessary_wraps, reason = "as the one that fetches")]
    fn fetch(&mut self, input: &Input) -> Result<Option<PathBuf>, RunError> {
        self.reject(
            &input.path,
            "not-supported",
            "this limpid was built without the feature `cloud`".to_owned(),
        );
        Ok(None)
    }
}

/// Which side of a copy failed.
enum Copy {
    Read(io::Error),
    Write(io::Error),
}

/// Copies all of `from`; how many bytes that were.
fn copy(from: &mut impl io::Read, to: &mut File) -> Result<u64, Copy> {
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let n = match from.read(&mut buffer) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            other => other.map_err(Copy::Read)?,
        };
        if n == 0 {
            return Ok(bytes);
        }
        io::Write::write_all(to, &buffer[..n]).map_err(Copy::Write)?;
        bytes += n as u64;
    }
}

/// An error and its causes, with what can be done about it.
fn with_help(error: &dyn std::error::Error, help: Option<String>) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let why = error.to_string();
        if !text.contains(&why) {
            text += ": ";
            text += &why;
        }
        cause = error.source();
    }
    match help {
        Some(help) => format!("{text}; {help}"),
        None => text,
    }
}
