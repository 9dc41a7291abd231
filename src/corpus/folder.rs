//! The run folder: results appear whole or not at all.
//!
//! Everything is written below `_limpid/unfinished` of the output folder, on the same file system, and renamed into place
//! at the end, the manifest last. A run that dies leaves the earlier results as they were, and its own in `unfinished`, for the
//! next run to go on with or to clear. One that dies while it moves its results leaves a list of the moves
//! (`moving.json`), and the next run carries them out. What limpid did not write is never touched.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::compression::{Compression, Limits, PackedWriter};
use super::sections::{Packing, Place, Sections};

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
                Some("the disk is full; nothing was changed. Make room and give the same command again: it goes on where it stopped".into())
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => Some(
                "the output folder was moved or removed during the run; give the same command again"
                    .into(),
            ),
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
    tmp: PathBuf,
    /// Held so that a second run notices this one.
    _lock: File,
    /// Documents' files that an earlier run wrote.
    earlier: BTreeSet<String>,
    completed: bool,
}

/// In `_limpid/`: where a run writes until it is done.
const UNFINISHED: &str = "unfinished";
/// In `_limpid/` while results are moved into place: the [`Moves`].
const MOVING: &str = "moving.json";
/// In `unfinished` as soon as there is something to go on with.
const CHECKPOINT: &str = "checkpoint.json";

/// Files of the run folder that hold rows; all in `_limpid/`.
pub const ROW_FILES: [&str; 5] = ["documents", "edits", "duplicates", "rejects", "restore"];

/// What puts the results of a run in place. Paths are relative to the output folder. Carrying it out again, whatever was done
/// before, gives the same.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Moves {
    /// Files of an earlier run that this one does not have; taken away first.
    remove: Vec<String>,
    /// From where to where, in order, the manifest last.
    rename: Vec<(String, String)>,
}

impl Moves {
    fn carry_out(&self, out: &Path) -> Result<(), FolderError> {
        // What was moved by a run that died is in place: it is not the old file of that name any more.
        let moved: BTreeSet<&String> = self
            .rename
            .iter()
            .filter(|(from, _)| !out.join(from).exists())
            .map(|(_, to)| to)
            .collect();
        for gone in self.remove.iter().filter(|gone| !moved.contains(gone)) {
            let path = out.join(gone);
            remove_if_there(&path)?;
            // Folders that are empty now were made for it; one that is not stays.
            let mut folder = path.parent();
            while let Some(f) = folder.filter(|f| *f != out && f.starts_with(out)) {
                if fs::remove_dir(f).is_err() {
                    break;
                }
                folder = f.parent();
            }
        }
        for (from, to) in &self.rename {
            let (from, to) = (out.join(from), out.join(to));
            // Moved before a run died.
            if !from.exists() && to.exists() {
                continue;
            }
            move_file(&from, &to)?;
        }
        Ok(())
    }
}

/// What became of staged documents after they were written.
#[derive(Clone, Debug, Default)]
pub struct Parted {
    /// Shards that were written again, in parts, by [`RunFolder::part`].
    pub replaced: BTreeSet<String>,
    /// Files that go elsewhere: from their path to where.
    pub redirected: BTreeMap<String, String>,
}

impl RunFolder {
    /// Opens `out` for a new run, making it if needed. What a run that died had begun to move into place is put there; what it
    /// had not is in [`tmp`](Self::tmp) still.
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
        let tmp = meta.join(UNFINISHED);
        let completed = complete(out)?;
        fs::create_dir_all(&tmp).map_err(io_error(&tmp, "be made"))?;
        let earlier = written_paths(out)?;
        Ok(Self {
            out: out.to_owned(),
            tmp,
            _lock: lock,
            earlier,
            completed,
        })
    }

    /// Whether a run that died while it moved its results into place was completed just now.
    pub fn completed(&self) -> bool {
        self.completed
    }

    /// Takes everything away that a run which died had written and not moved into place.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn clear(&self) -> Result<(), FolderError> {
        clear(&self.tmp)?;
        fs::create_dir_all(&self.tmp).map_err(io_error(&self.tmp, "be made"))
    }

    /// Folder for files that live only until the run is done.
    pub fn tmp(&self) -> &Path {
        &self.tmp
    }

    /// The file that says how far the run is; while there is one, nothing of the run is cleared when it fails.
    pub fn checkpoint(&self) -> PathBuf {
        self.tmp.join(CHECKPOINT)
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
        self.tmp.join("meta").join(rows_name(name, compression))
    }

    /// Starts a file that takes the place of a staged one when the results are published: rows by their file's name below
    /// `_limpid/`, documents by their path. The staged one stays as it is, for a run that has to go on from there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn part(
        &self,
        path: &str,
        compression: Compression,
    ) -> Result<PackedWriter<File>, FolderError> {
        self.start(&Path::new(PARTED).join(path), compression)
    }

    /// Takes away what [`part`](Self::part) wrote before.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn clear_parted(&self) -> Result<(), FolderError> {
        clear(&self.tmp.join(PARTED))
    }

    /// As [`rows`](Self::rows), to be gone on with after an interruption: behind `place`, if it was begun before.
    ///
    /// # Errors
    /// When it cannot be made or opened, or is not what was written.
    pub(crate) fn rows_in_sections(
        &self,
        name: &str,
        compression: Compression,
        place: Option<Place>,
    ) -> Result<Sections, FolderError> {
        let path = self.staged_rows(name, compression);
        sections(&path, Packing::Stretches(compression), place)
    }

    /// As [`shard`](Self::shard), to be gone on with after an interruption: behind `place`, if it was begun before.
    ///
    /// # Errors
    /// When it cannot be made or opened, or is not what was written.
    pub(crate) fn shard_in_sections(
        &self,
        path: &str,
        packing: Packing,
        place: Option<Place>,
    ) -> Result<Sections, FolderError> {
        sections(&self.staged(path), packing, place)
    }

    /// As [`part`](Self::part), packed on all threads.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn part_in_sections(
        &self,
        path: &str,
        packing: Packing,
    ) -> Result<Sections, FolderError> {
        sections(&self.tmp.join(PARTED).join(path), packing, None)
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
        let path = self.tmp.join(below);
        let file = created(&path)?;
        compression
            .writer(file)
            .map_err(io_error(&path, "be written"))
    }

    /// Where a started result lies until it is published.
    pub fn staged(&self, path: &str) -> PathBuf {
        self.tmp.join("out").join(path)
    }

    /// Writes one of the small files of the run folder, `manifest.json` or `report.html`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn file(&self, name: &str, text: &str) -> Result<(), FolderError> {
        let folder = self.tmp.join("meta");
        fs::create_dir_all(&folder).map_err(io_error(&folder, "be made"))?;
        let path = folder.join(name);
        fs::write(&path, text).map_err(io_error(&path, "be written"))
    }

    /// Moves everything into place, the manifest last, and takes away documents of an earlier run that this one does not have.
    ///
    /// # Errors
    /// When a foreign file stands in the way (checked before anything moves) or a file cannot be moved.
    pub fn publish(self, parted: &Parted) -> Result<(), FolderError> {
        // By target, so that each is written once.
        let mut documents: BTreeMap<String, String> = BTreeMap::new();
        for path in files_below(&self.tmp.join("out"))? {
            if parted.replaced.contains(&path) {
                continue;
            }
            let to = parted.redirected.get(&path).unwrap_or(&path).clone();
            documents.insert(to, format!("{META}/{UNFINISHED}/out/{path}"));
        }
        let rows: BTreeSet<String> = rows_names().collect();
        for path in files_below(&self.tmp.join(PARTED))? {
            if !rows.contains(&path) {
                documents.insert(path.clone(), format!("{META}/{UNFINISHED}/{PARTED}/{path}"));
            }
        }
        for path in documents.keys() {
            let target = self.out.join(path);
            if target.exists() && !self.earlier.contains(path) {
                return Err(FolderError::InTheWay { path: target });
            }
        }
        let mut moves = Moves {
            // From here on the folder is not a finished run until the new manifest stands.
            remove: vec![format!("{META}/manifest.json")],
            rename: Vec::new(),
        };
        let gone = |p: &&String| !documents.contains_key(p.as_str());
        moves
            .remove
            .extend(self.earlier.iter().filter(gone).cloned());
        moves
            .rename
            .extend(documents.into_iter().map(|(to, from)| (from, to)));
        let smaller = ["report.html", "manifest.json"].map(str::to_owned);
        for name in rows_names().chain(smaller) {
            let to = format!("{META}/{name}");
            let from = [PARTED, "meta"]
                .map(|folder| format!("{META}/{UNFINISHED}/{folder}/{name}"))
                .into_iter()
                .find(|from| self.out.join(from).exists());
            match from {
                Some(from) => moves.rename.push((from, to)),
                None if name.contains(".jsonl") => moves.remove.push(to),
                None => {}
            }
        }
        let moving = self.out.join(META).join(MOVING);
        let list =
            serde_json::to_string(&moves).map_err(|e| io_error(&moving, "be written")(e.into()))?;
        // Whole or not at all: half a list would be taken for none.
        let beside = moving.with_extension("new");
        fs::write(&beside, list).map_err(io_error(&beside, "be written"))?;
        fs::rename(&beside, &moving).map_err(io_error(&moving, "be put in place"))?;
        moves.carry_out(&self.out)?;
        // In this order: as long as there is the list, what is left in `unfinished` is known to be of no use.
        clear(&self.tmp)?;
        remove_if_there(&moving)?;
        remove_if_there(&self.out.join(META).join("lock"))
    }
}

impl Drop for RunFolder {
    /// What nobody can go on with is not left behind.
    fn drop(&mut self) {
        if !self.checkpoint().exists() {
            // Nothing can be told from here; what stays is cleared by the next run.
            let _ = fs::remove_dir_all(&self.tmp);
        }
    }
}

/// The file at `path`, made anew with its folder.
fn created(path: &Path) -> Result<File, FolderError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(io_error(folder, "be made"))?;
    }
    File::create(path).map_err(io_error(path, "be made"))
}

/// The file at `path`, made anew or gone on with behind `place`.
fn sections(path: &Path, packing: Packing, place: Option<Place>) -> Result<Sections, FolderError> {
    let Some(place) = place else {
        return Sections::start(created(path)?, packing).map_err(io_error(path, "be written"));
    };
    File::options()
        .read(true)
        .write(true)
        .open(path)
        .and_then(|file| Sections::again(file, packing, place))
        .map_err(io_error(path, "be gone on with"))
}

/// In `unfinished`: what takes the place of staged files.
const PARTED: &str = "parted";

/// Carries out the moves that a run which died had begun; whether there were any.
fn complete(out: &Path) -> Result<bool, FolderError> {
    let moving = out.join(META).join(MOVING);
    let Ok(text) = fs::read_to_string(&moving) else {
        return Ok(false);
    };
    let moves: Option<Moves> = serde_json::from_str(&text).ok();
    if let Some(moves) = &moves {
        moves.carry_out(out)?;
        clear(&out.join(META).join(UNFINISHED))?;
    }
    remove_if_there(&moving)?;
    Ok(moves.is_some())
}

fn clear(folder: &Path) -> Result<(), FolderError> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(io_error(folder, "be cleared")(e)),
        _ => Ok(()),
    }
}

/// The files below `folder`, in order, by their relative paths; none where there is no such folder.
fn files_below(folder: &Path) -> Result<Vec<String>, FolderError> {
    let mut paths = Vec::new();
    if folder.is_dir() {
        for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
            let entry = entry.map_err(|e| io_error(folder, "be read")(e.into()))?;
            if entry.file_type().is_file()
                && let Ok(below) = entry.path().strip_prefix(folder)
            {
                paths.push(below.to_string_lossy().into_owned());
            }
        }
    }
    Ok(paths)
}

/// All names that a file of rows can have.
fn rows_names() -> impl Iterator<Item = String> {
    ROW_FILES.into_iter().flat_map(|name| {
        ["", ".zst", ".gz"]
            .into_iter()
            .map(move |ending| format!("{name}.jsonl{ending}"))
    })
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

/// The documents' files that the run in `out` wrote, by its `documents.jsonl`.
fn written_paths(out: &Path) -> Result<BTreeSet<String>, FolderError> {
    let mut paths = BTreeSet::new();
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
        folder.publish(&Parted::default())
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

    /// A run that died at any of its moves is completed by the next one.
    #[test]
    fn moves_that_were_begun_are_carried_out() {
        for moved in 0..=4 {
            let dir = tempfile::tempdir().unwrap();
            let out = dir.path().join("out");
            run(&out, &[("old.txt", "0"), ("y.txt", "0")]).unwrap();
            let staged = out.join(META).join(UNFINISHED);
            let files = [
                ("out/x.txt", "x.txt"),
                ("out/y.txt", "y.txt"),
                ("meta/documents.jsonl", "_limpid/documents.jsonl"),
                ("meta/manifest.json", "_limpid/manifest.json"),
            ];
            let mut moves = Moves {
                remove: vec!["_limpid/manifest.json".into(), "old.txt".into()],
                rename: Vec::new(),
            };
            for (from, to) in files {
                fs::create_dir_all(staged.join(from).parent().unwrap()).unwrap();
                fs::write(staged.join(from), from).unwrap();
                moves
                    .rename
                    .push((format!("{META}/{UNFINISHED}/{from}"), to.into()));
            }
            for (from, to) in &moves.rename[..moved] {
                fs::rename(out.join(from), out.join(to)).unwrap();
            }
            let list = serde_json::to_string(&moves).unwrap();
            fs::write(out.join(META).join(MOVING), list).unwrap();

            let folder = RunFolder::create(&out).unwrap();
            assert!(folder.completed());
            drop(folder);
            assert!(!out.join("old.txt").exists());
            for (from, to) in files {
                assert_eq!(fs::read_to_string(out.join(to)).unwrap(), from);
            }
            assert!(!RunFolder::create(&out).unwrap().completed());
        }
    }

    #[test]
    fn parts_take_the_place_of_what_was_staged() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let folder = RunFolder::create(&out).unwrap();
        let write = |mut w: PackedWriter<File>, text: &str| {
            w.write_all(text.as_bytes()).unwrap();
            w.finish().unwrap();
        };
        let none = Compression::None;
        write(folder.shard("s.jsonl", none).unwrap(), "1\n2\n");
        write(folder.shard("a.txt", none).unwrap(), "a");
        write(folder.rows("documents", none).unwrap(), "rows");
        write(folder.part("s.jsonl", none).unwrap(), "1\n");
        write(folder.part("_limpid/dropped/s.jsonl", none).unwrap(), "2\n");
        write(folder.part("documents.jsonl", none).unwrap(), "other rows");
        let parted = Parted {
            replaced: ["s.jsonl".to_owned()].into(),
            redirected: [("a.txt".to_owned(), "_limpid/dropped/a.txt".to_owned())].into(),
        };
        folder.publish(&parted).unwrap();
        for (path, text) in [
            ("s.jsonl", "1\n"),
            ("_limpid/dropped/s.jsonl", "2\n"),
            ("_limpid/dropped/a.txt", "a"),
            ("_limpid/documents.jsonl", "other rows"),
        ] {
            assert_eq!(fs::read_to_string(out.join(path)).unwrap(), text);
        }
        assert!(!out.join("a.txt").exists());
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
