//! The run folder: results appear whole or not at all.
//!
//! Everything is written below `_limpid/tmp` of the output folder, on the same file system, and renamed into place
//! at the end, the manifest last. A run that dies leaves the earlier results as they were, and the next run clears
//! its remains. What limpid did not write is never touched.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::compression::{Compression, Limits, PackedWriter};

/// Name of the folder for everything that is not a document. Engines such as Spark skip names that begin so.
pub const META: &str = "_limpid";

/// Why the run folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// There is something that limpid did not write.
    #[error("{}: not empty, and not a run folder of limpid", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// It is not a folder.
    #[error("{}: is a file, not a folder", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// Not a finished run.
    #[error("{}: holds no finished run of limpid", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// Another run is writing there.
    #[error("{}: another run is writing there", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// A file stands where a result must go, and limpid did not write it.
    #[error("{}: stands in the way and was not written by limpid", path.display())]
    InTheWay {
        /// The file.
        path: PathBuf,
    },
    /// Reading or writing failed.
    #[error("{}: cannot {doing}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

impl FolderError {
    /// What the user can do about it, for the `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Foreign { .. } => {
                Some("name an empty or new folder, or the folder of an earlier run".into())
            }
            Self::NotAFolder { .. } => {
                Some("name a folder; it is made if it does not exist".into())
            }
            Self::NoRun { .. } => Some("name the folder that `limpid clean … --out` wrote".into()),
            Self::Busy { .. } => Some(
                "wait until it is done; if no run is alive, remove _limpid/lock in that folder"
                    .into(),
            ),
            Self::InTheWay { .. } => Some("move the file away or choose another --out".into()),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("the disk is full; nothing was changed, make room and run again".into())
            }
            Self::Io { .. } => None,
        }
    }
}

fn io_error<'p>(path: &'p Path, doing: &'static str) -> impl FnOnce(io::Error) -> FolderError + 'p {
    move |source| FolderError::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}

/// A run folder being written.
#[derive(Debug)]
pub struct RunFolder {
    out: PathBuf,
    tmp: tempfile::TempDir,
    /// Held so that a second run notices this one.
    _lock: File,
    /// Documents' files that an earlier run wrote.
    earlier: BTreeSet<String>,
}

/// In `_limpid/` while results are moved into place: the paths of all of them.
const MOVING: &str = "moving.json";

/// Files of the run folder that hold rows; all in `_limpid/`.
pub const ROW_FILES: [&str; 5] = ["documents", "edits", "duplicates", "rejects", "restore"];

impl RunFolder {
    /// Opens `out` for a new run, making it if needed; remains of runs that died are cleared.
    ///
    /// # Errors
    /// When `out` holds something limpid did not write, another run is writing there, or it cannot be written.
    pub fn create(out: &Path) -> Result<Self, FolderError> {
        match fs::read_dir(out) {
            Ok(mut entries) => {
                let ours = out.join(META).is_dir();
                if !ours && entries.next().is_some() {
                    return Err(FolderError::Foreign {
                        path: out.to_owned(),
                    });
                }
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) if e.kind() == io::ErrorKind::NotADirectory => {
                return Err(FolderError::NotAFolder {
                    path: out.to_owned(),
                });
            }
            Err(e) => return Err(io_error(out, "be read")(e)),
        }
        let meta = out.join(META);
        fs::create_dir_all(&meta).map_err(io_error(&meta, "be made"))?;
        let lock_path = meta.join("lock");
        let lock = File::create(&lock_path).map_err(io_error(&lock_path, "be made"))?;
        match lock.try_lock() {
            Err(fs::TryLockError::WouldBlock) => {
                return Err(FolderError::Busy {
                    path: out.to_owned(),
                });
            }
            // Locked, or a file system without locks: the second run is then the user's to avoid.
            Ok(()) | Err(fs::TryLockError::Error(_)) => {}
        }
        for entry in fs::read_dir(&meta)
            .map_err(io_error(&meta, "be read"))?
            .flatten()
        {
            if entry.file_name().to_string_lossy().starts_with("tmp-") {
                let path = entry.path();
                fs::remove_dir_all(&path).map_err(io_error(&path, "be cleared"))?;
            }
        }
        let tmp = tempfile::Builder::new()
            .prefix("tmp-")
            .tempdir_in(&meta)
            .map_err(io_error(&meta, "take a new folder"))?;
        let earlier = written_paths(out)?;
        Ok(Self {
            out: out.to_owned(),
            tmp,
            _lock: lock,
            earlier,
        })
    }

    /// Folder for files that live only as long as the run.
    pub fn tmp(&self) -> &Path {
        self.tmp.path()
    }

    /// Starts a file of the run folder: `documents.jsonl` and its like, packed if asked.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn rows(
        &self,
        name: &str,
        compression: Compression,
    ) -> Result<PackedWriter<File>, FolderError> {
        self.start(
            &Path::new("meta").join(rows_name(name, compression)),
            compression,
        )
    }

    /// Where a started file of rows lies until it is published.
    pub fn staged_rows(&self, name: &str, compression: Compression) -> PathBuf {
        self.tmp
            .path()
            .join("meta")
            .join(rows_name(name, compression))
    }

    /// Starts a document file or shard at `path` of the results.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn shard(
        &self,
        path: &str,
        compression: Compression,
    ) -> Result<PackedWriter<File>, FolderError> {
        self.start(&Path::new("out").join(path), compression)
    }

    fn start(
        &self,
        below: &Path,
        compression: Compression,
    ) -> Result<PackedWriter<File>, FolderError> {
        let path = self.tmp.path().join(below);
        let folder = path.parent().unwrap_or(self.tmp.path());
        fs::create_dir_all(folder).map_err(io_error(folder, "be made"))?;
        let file = File::create(&path).map_err(io_error(&path, "be made"))?;
        compression
            .writer(file)
            .map_err(io_error(&path, "be written"))
    }

    /// Where a started result lies until it is published.
    pub fn staged(&self, path: &str) -> PathBuf {
        self.tmp.path().join("out").join(path)
    }

    /// Writes one of the small files of the run folder, `manifest.json` or `report.html`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn file(&self, name: &str, text: &str) -> Result<(), FolderError> {
        let path = self.tmp.path().join("meta").join(name);
        fs::write(&path, text).map_err(io_error(&path, "be written"))
    }

    /// Moves everything into place, the manifest last, and takes away documents of an earlier run that this one does not have.
    ///
    /// # Errors
    /// When a foreign file stands in the way (checked before anything moves) or a file cannot be moved.
    pub fn publish(self) -> Result<(), FolderError> {
        let results = self.tmp.path().join("out");
        let mut paths: Vec<String> = Vec::new();
        if results.is_dir() {
            for entry in walkdir::WalkDir::new(&results).sort_by_file_name() {
                let entry = entry.map_err(|e| io_error(&results, "be read")(e.into()))?;
                if entry.file_type().is_file()
                    && let Ok(below) = entry.path().strip_prefix(&results)
                {
                    paths.push(below.to_string_lossy().into_owned());
                }
            }
        }
        for path in &paths {
            let target = self.out.join(path);
            if target.exists() && !self.earlier.contains(path) {
                return Err(FolderError::InTheWay { path: target });
            }
        }
        let meta = self.out.join(META);
        // A run that dies from here on has moved some of these: the next one must know them for limpid's.
        let moving = meta.join(MOVING);
        let list =
            serde_json::to_string(&paths).map_err(|e| io_error(&moving, "be written")(e.into()))?;
        fs::write(&moving, list).map_err(io_error(&moving, "be written"))?;
        // From here on the folder is not a finished run until the new manifest stands.
        remove_if_there(&meta.join("manifest.json"))?;
        let new: BTreeSet<&String> = paths.iter().collect();
        for gone in self.earlier.iter().filter(|p| !new.contains(p)) {
            let path = self.out.join(gone);
            remove_if_there(&path)?;
            // Folders that are empty now were made for it; one that is not stays.
            let mut folder = path.parent();
            while let Some(f) = folder.filter(|f| *f != self.out && f.starts_with(&self.out)) {
                if fs::remove_dir(f).is_err() {
                    break;
                }
                folder = f.parent();
            }
        }
        for path in &paths {
            move_file(&results.join(path), &self.out.join(path))?;
        }
        for name in ROW_FILES {
            for ending in ["", ".zst", ".gz"] {
                let file = format!("{name}.jsonl{ending}");
                let from = self.tmp.path().join("meta").join(&file);
                if from.exists() {
                    move_file(&from, &meta.join(&file))?;
                } else {
                    remove_if_there(&meta.join(&file))?;
                }
            }
        }
        for name in ["report.html", "manifest.json"] {
            let from = self.tmp.path().join("meta").join(name);
            if from.exists() {
                move_file(&from, &meta.join(name))?;
            }
        }
        remove_if_there(&moving)?;
        let tmp = self.tmp.path().to_owned();
        self.tmp.close().map_err(io_error(&tmp, "be cleared"))?;
        remove_if_there(&meta.join("lock"))
    }
}

fn rows_name(name: &str, compression: Compression) -> String {
    format!("{name}.jsonl{}", compression.ending())
}

fn move_file(from: &Path, to: &Path) -> Result<(), FolderError> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(io_error(folder, "be made"))?;
    }
    fs::rename(from, to).map_err(io_error(to, "be put in place"))
}

fn remove_if_there(path: &Path) -> Result<(), FolderError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(io_error(path, "be removed")(e)),
        _ => Ok(()),
    }
}

/// A file of rows of a finished or half-published run, unpacked, by its name without ending.
///
/// # Errors
/// When there is no such file or it cannot be read.
pub fn open_rows(out: &Path, name: &str) -> Result<Box<dyn BufRead>, FolderError> {
    let meta = out.join(META);
    for (ending, compression) in [
        ("", Compression::None),
        (".zst", Compression::Zstd),
        (".gz", Compression::Gzip),
    ] {
        let path = meta.join(format!("{name}.jsonl{ending}"));
        match File::open(&path) {
            Ok(file) => {
                // Rows of very like documents pack better than anything a stranger's file is allowed to.
                let stream = compression
                    .reader_within(file, Limits::NONE)
                    .map_err(io_error(&path, "be read"))?;
                return Ok(Box::new(BufReader::with_capacity(1 << 16, stream)));
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(io_error(&path, "be read")(e)),
        }
    }
    Err(FolderError::NoRun {
        path: out.to_owned(),
    })
}

#[derive(Deserialize)]
struct PathOnly {
    path: String,
    #[serde(default)]
    dropped: bool,
}

/// The documents' files that the run in `out` wrote, by its `documents.jsonl`, and those that a run that died was moving into place.
fn written_paths(out: &Path) -> Result<BTreeSet<String>, FolderError> {
    // Cut short, it names nothing: then nothing was moved yet.
    let moving = fs::read_to_string(out.join(META).join(MOVING));
    let mut paths: BTreeSet<String> = moving
        .ok()
        .and_then(|list| serde_json::from_str(&list).ok())
        .unwrap_or_default();
    let Ok(rows) = open_rows(out, "documents") else {
        return Ok(paths);
    };
    for line in rows.lines() {
        let line = line.map_err(io_error(out, "be read"))?;
        if let Ok(row) = serde_json::from_str::<PathOnly>(&line) {
            if row.dropped {
                paths.insert(format!("{META}/dropped/{}", row.path));
            } else {
                paths.insert(row.path);
            }
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn run(out: &Path, files: &[(&str, &str)]) -> Result<(), FolderError> {
        let folder = RunFolder::create(out)?;
        let mut rows = folder.rows("documents", Compression::None)?;
        for (path, text) in files {
            let mut w = folder.shard(path, Compression::None)?;
            w.write_all(text.as_bytes()).unwrap();
            w.finish().unwrap();
            writeln!(rows, "{{\"path\":\"{path}\"}}").unwrap();
        }
        rows.finish().unwrap();
        folder.file("manifest.json", "{}")?;
        folder.publish()
    }

    #[test]
    fn a_second_run_replaces_the_first_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        run(&out, &[("a/x.txt", "1"), ("y.txt", "1")]).unwrap();
        fs::write(out.join("notes.md"), "mine").unwrap();
        run(&out, &[("y.txt", "2")]).unwrap();
        assert!(!out.join("a").exists());
        assert_eq!(fs::read_to_string(out.join("y.txt")).unwrap(), "2");
        assert_eq!(fs::read_to_string(out.join("notes.md")).unwrap(), "mine");
        assert_eq!(fs::read_dir(out.join(META)).unwrap().count(), 2);
    }

    #[test]
    fn what_a_dead_run_had_moved_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        fs::create_dir_all(out.join(META)).unwrap();
        fs::write(out.join(META).join(MOVING), r#"["x.txt","y.txt"]"#).unwrap();
        fs::write(out.join("x.txt"), "half").unwrap();
        run(&out, &[("x.txt", "1")]).unwrap();
        assert_eq!(fs::read_to_string(out.join("x.txt")).unwrap(), "1");
        assert!(!out.join(META).join(MOVING).exists());
    }

    #[test]
    fn foreign_folders_and_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("photo.jpg"), "x").unwrap();
        assert!(matches!(
            RunFolder::create(dir.path()),
            Err(FolderError::Foreign { .. })
        ));
        let out = dir.path().join("out");
        run(&out, &[("y.txt", "1")]).unwrap();
        fs::write(out.join("z.txt"), "mine").unwrap();
        assert!(matches!(
            run(&out, &[("z.txt", "2")]),
            Err(FolderError::InTheWay { .. })
        ));
        assert_eq!(fs::read_to_string(out.join("z.txt")).unwrap(), "mine");
        assert_eq!(fs::read_to_string(out.join("y.txt")).unwrap(), "1");
    }

    #[test]
    fn a_run_that_dies_leaves_the_earlier_results() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        run(&out, &[("y.txt", "1")]).unwrap();
        let folder = RunFolder::create(&out).unwrap();
        folder.shard("y.txt", Compression::None).unwrap();
        // As a killed process would: nothing is cleared.
        std::mem::forget(folder);
        assert_eq!(fs::read_to_string(out.join("y.txt")).unwrap(), "1");
    }

    #[test]
    fn two_runs_at_once_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let _first = RunFolder::create(dir.path()).unwrap();
        assert!(matches!(
            RunFolder::create(dir.path()),
            Err(FolderError::Busy { .. })
        ));
    }
}
