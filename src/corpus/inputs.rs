//! From what the user named to a sorted list of files.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Read};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::compression::Compression;
use super::format::SNIFFED;
use super::{Format, Reject};

/// One file (or standard input) to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Where to read; `-` is standard input.
    pub source: PathBuf,
    /// The name its documents carry and the output gets: relative, `/` between folders.
    pub path: String,
    /// How documents stand in it.
    pub format: Format,
    /// How it is packed.
    pub compression: Compression,
    /// Bytes on disk, packed; 0 where unknown.
    pub bytes: u64,
    /// Where it came from, if `source` is a copy that the run made: a member of an archive, an object of storage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named: Option<PathBuf>,
}

impl Input {
    /// Where it came from, for people.
    pub fn shown(&self) -> &Path {
        self.named.as_ref().unwrap_or(&self.source)
    }

    /// Whether it lies in object storage or at a web address.
    pub fn is_remote(&self) -> bool {
        self.source.to_str().is_some_and(is_url)
    }

    /// Whether this is standard input.
    pub fn is_stdin(&self) -> bool {
        self.source.as_os_str() == "-"
    }
}

/// Whether `name` is the address of an object of storage or of the web.
fn is_url(name: &str) -> bool {
    [
        "s3://", "gs://", "az://", "abfs://", "abfss://", "http://", "https://",
    ]
    .iter()
    .any(|scheme| name.starts_with(scheme))
}

/// The objects that the URL names or that lie below it.
#[cfg(feature = "cloud")]
fn objects(url: &str) -> Result<Named, InputError> {
    use super::storage::Storage;
    let listed = Storage::open(url).and_then(|storage| storage.list(url))?;
    let files = listed
        .into_iter()
        .map(|object| (PathBuf::from(object.url), object.relative, object.bytes))
        .collect();
    Ok((None, files))
}

/// Says that this program reaches no storage.
#[cfg(not(feature = "cloud"))]
fn objects(url: &str) -> Result<Named, InputError> {
    Err(InputError::NoCloud {
        url: url.to_owned(),
    })
}

/// What was found: files in order of their path, and what could not be looked at.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Sorted by path; no two share one.
    pub inputs: Vec<Input>,
    /// Folders and links that cannot be followed.
    pub rejects: Vec<Reject>,
}

/// Why the inputs cannot be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// Nothing has that name.
    #[error("{}: no such file or folder", path.display())]
    Missing {
        /// As named.
        path: PathBuf,
        /// Names near it in the same folder.
        near: Option<String>,
    },
    /// Storage cannot be listed.
    #[cfg(feature = "cloud")]
    #[error(transparent)]
    Storage(#[from] super::storage::StorageError),
    /// This program reaches no storage.
    #[cfg(not(feature = "cloud"))]
    #[error("{url}: this limpid was built without object storage")]
    NoCloud {
        /// As named.
        url: String,
    },
    /// A glob that is none.
    #[error("{pattern}: not a glob pattern")]
    Glob {
        /// As named.
        pattern: String,
        /// What is wrong with it.
        source: globset::Error,
    },
    /// A glob that fits nothing.
    #[error("{pattern}: no file fits this pattern")]
    NothingFits {
        /// As named.
        pattern: String,
    },
    /// It is there but cannot be looked at.
    #[error("{}: cannot be looked at", path.display())]
    Look {
        /// As named.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl InputError {
    /// What the user can do about it, for the `help:` line.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Missing {
                near: Some(near), ..
            } => Some(format!("there is {near}")),
            Self::Missing { .. } => {
                Some("give files, folders, globs in quotes, or - for standard input".into())
            }
            Self::Glob { .. } | Self::NothingFits { .. } => Some(
                "* stands for anything inside one name, ** for folders too; quote the pattern"
                    .into(),
            ),
            #[cfg(feature = "cloud")]
            Self::Storage(e) => e.help(),
            #[cfg(not(feature = "cloud"))]
            Self::NoCloud { .. } => {
                Some("build it with `cargo install --path . --features cloud`".into())
            }
            Self::Look { .. } => None,
        }
    }
}

/// Finds the files under `named` (files, folders, globs, `-`), leaving out what lies under `out`.
///
/// A folder gives all files below it, links followed, in order of their path relative to it; `_limpid` folders of
/// earlier runs are left out. `format` overrides what the names say. Where two inputs would get the same path, the
/// later named one is put under the name of its folder, so that neither is lost.
///
/// # Errors
/// When a named input does not exist or a pattern fits nothing: the user should know before anything runs.
pub fn find(
    named: &[String],
    out: Option<&Path>,
    format: Option<Format>,
) -> Result<Found, InputError> {
    find_for(named, out, format, None)
}

/// As [`find`], for a run that writes `written`: standard input is read as that where neither `format` nor its first bytes
/// say what it is, so that `--format csv` is enough where CSV goes in and comes out.
///
/// # Errors
/// As [`find`].
pub fn find_for(
    named: &[String],
    out: Option<&Path>,
    format: Option<Format>,
    written: Option<Format>,
) -> Result<Found, InputError> {
    let out = out.and_then(|o| o.canonicalize().ok());
    let mut found = Found::default();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut by_path: BTreeMap<String, Input> = BTreeMap::new();
    for name in named {
        let (root, files) = if name == "-" {
            (None, vec![(PathBuf::from("-"), String::new(), 0)])
        } else {
            named_files(name, out.as_deref(), &mut found.rejects)?
        };
        for (source, relative, bytes) in files {
            let (compression, format, relative) = if source.as_os_str() == "-" {
                let (compression, sniffed) = stdin_kinds(written);
                let format = format.unwrap_or(sniffed);
                let name = format!("stdin.{}{}", format.ending(), compression.ending());
                (compression, format, name)
            } else {
                let (compression, format) = kinds(&relative, &source, format);
                (compression, format, relative)
            };
            let path = free_path(&taken, root.as_deref(), relative);
            taken.insert(path.clone());
            by_path.insert(
                path.clone(),
                Input {
                    source,
                    path,
                    format,
                    compression,
                    bytes,
                    named: None,
                },
            );
        }
    }
    found.inputs = by_path.into_values().collect();
    found
        .rejects
        .sort_by(|a, b| (&a.path, a.offset).cmp(&(&b.path, b.offset)));
    Ok(found)
}

/// How standard input is packed and what it holds, by its first bytes; they stay there for the reader.
///
/// Where they say nothing it is what is `written`, if that is a format that cannot be told by its first bytes, else text.
fn stdin_kinds(written: Option<Format>) -> (Compression, Format) {
    let mut stdin = io::stdin().lock();
    let head = stdin.fill_buf().unwrap_or_default();
    let silent = written.filter(|f| head.is_empty() || !f.has_magic());
    let compression = Compression::of_magic(head);
    let mut unpacked = Vec::new();
    if let Ok(stream) = compression.reader(head) {
        // What is there of it ends in the middle of a packed file.
        let _ = stream.take(SNIFFED as u64).read_to_end(&mut unpacked);
    }
    let format = Format::sniff(&unpacked).or(silent).unwrap_or(Format::Text);
    (compression, format)
}

/// What the first bytes of the file say, unpacked; `None` too where it cannot be read, which the reader will tell.
fn sniffed(source: &Path, compression: Compression) -> Option<Format> {
    let mut head = Vec::with_capacity(SNIFFED);
    let file = std::fs::File::open(source).ok()?;
    let stream = compression.reader(file).ok()?;
    // A packed file cut short has told enough before that.
    let _ = stream.take(SNIFFED as u64).read_to_end(&mut head);
    Format::sniff(&head)
}

/// Packing of the file at `source` by its `name`; format by that too, or by the first bytes where it says nothing.
pub(crate) fn kinds(name: &str, source: &Path, format: Option<Format>) -> (Compression, Format) {
    let name = name.rsplit('/').next().unwrap_or(name);
    let (compression, stem) = Compression::of_name(name);
    let format = format
        .or_else(|| Format::of_name(stem))
        .or_else(|| sniffed(source, compression))
        .unwrap_or(Format::Text);
    (compression, format)
}

/// `relative`, or with the root's name (and a number, if that is taken too) before it.
fn free_path(taken: &BTreeSet<String>, root: Option<&str>, relative: String) -> String {
    if is_free(taken, &relative) {
        return relative;
    }
    let root = root.unwrap_or("input");
    let mut free = format!("{root}/{relative}");
    let mut n = 1u64;
    while !is_free(taken, &free) {
        n += 1;
        free = format!("{root}-{n}/{relative}");
    }
    free
}

/// Whether a file can stand at `path`: no file is there, none where its folders must be, no folder where it must be.
pub(super) fn is_free(taken: &BTreeSet<String>, path: &str) -> bool {
    let above = path
        .match_indices('/')
        .any(|(i, _)| taken.contains(&path[..i]));
    let folder = format!("{path}/");
    let below = taken
        .range(folder.clone()..)
        .next()
        .is_some_and(|t| t.starts_with(&folder));
    !above && !below && !taken.contains(path)
}

type Named = (Option<String>, Vec<(PathBuf, String, u64)>);

/// The files one argument names, with their relative paths, sorted; and the name of the folder they lie in.
fn named_files(
    name: &str,
    out: Option<&Path>,
    rejects: &mut Vec<Reject>,
) -> Result<Named, InputError> {
    if is_url(name) {
        return objects(name);
    }
    let path = Path::new(name);
    match path.metadata() {
        Ok(meta) if meta.is_dir() => {
            let files = walk(path, out, rejects, |_| true);
            Ok((base_name(path), files))
        }
        Ok(meta) => {
            let relative = base_name(path).unwrap_or_else(|| name.to_owned());
            let root = path.parent().and_then(base_name);
            Ok((root, vec![(path.to_owned(), relative, meta.len())]))
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound && name.contains(['*', '?', '[', '{']) => {
            glob_files(name, out, rejects)
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Err(InputError::Missing {
            path: path.to_owned(),
            near: nearest(path),
        }),
        Err(source) => Err(InputError::Look {
            path: path.to_owned(),
            source,
        }),
    }
}

/// The files a glob names, relative to the part of the pattern before its first wildcard.
fn glob_files(
    pattern: &str,
    out: Option<&Path>,
    rejects: &mut Vec<Reject>,
) -> Result<Named, InputError> {
    let glob = globset::GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|source| InputError::Glob {
            pattern: pattern.to_owned(),
            source,
        })?
        .compile_matcher();
    let fixed: PathBuf = Path::new(pattern)
        .components()
        .take_while(|c| {
            !c.as_os_str()
                .to_string_lossy()
                .contains(['*', '?', '[', '{'])
        })
        .collect();
    let root = if fixed.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        fixed.clone()
    };
    let files = walk(&root, out, rejects, |p| {
        glob.is_match(p) || p.strip_prefix(".").is_ok_and(|p| glob.is_match(p))
    });
    if files.is_empty() {
        return Err(InputError::NothingFits {
            pattern: pattern.to_owned(),
        });
    }
    Ok((base_name(&root), files))
}

/// All files below `root` that `wanted` takes, sorted by relative path.
fn walk(
    root: &Path,
    out: Option<&Path>,
    rejects: &mut Vec<Reject>,
    wanted: impl Fn(&Path) -> bool,
) -> Vec<(PathBuf, String, u64)> {
    let mut files = Vec::new();
    let walker = walkdir::WalkDir::new(root)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter();
    let entered = |entry: &walkdir::DirEntry| {
        let skip = entry.depth() > 0
            && entry.file_type().is_dir()
            && (entry.file_name() == "_limpid"
                || out.is_some_and(|o| entry.path().canonicalize().is_ok_and(|p| p == o)));
        !skip
    };
    for entry in walker.filter_entry(entered) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && wanted(entry.path()) => {
                let bytes = entry.metadata().map_or(0, |m| m.len());
                let relative = relative_name(root, entry.path());
                files.push((entry.into_path(), relative, bytes));
            }
            Ok(_) => {}
            Err(e) => {
                let path = e.path().map(|p| relative_name(root, p)).unwrap_or_default();
                let (reason, detail) = if let Some(ancestor) = e.loop_ancestor() {
                    (
                        "symlink-loop",
                        format!(
                            "the link leads back to {}; it is not followed",
                            ancestor.display()
                        ),
                    )
                } else if e
                    .io_error()
                    .is_some_and(|e| e.kind() == io::ErrorKind::PermissionDenied)
                {
                    (
                        "permission-denied",
                        "the folder may not be read; change its mode or run as its owner"
                            .to_owned(),
                    )
                } else if e
                    .io_error()
                    .is_some_and(|e| e.kind() == io::ErrorKind::NotFound)
                {
                    ("broken-link", "the link leads nowhere".to_owned())
                } else {
                    ("cannot-be-read", e.to_string())
                };
                rejects.push(Reject::new(&path, 0, reason, detail));
            }
        }
    }
    files.sort_by(|a, b| a.1.cmp(&b.1));
    files
}

/// `path` below `root` with `/` between its parts.
fn relative_name(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<String> = below
        .components()
        .filter_map(|c| match c {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    parts.join("/")
}

fn base_name(path: &Path) -> Option<String> {
    let name = match path.file_name() {
        Some(name) => name.to_owned(),
        None => path.canonicalize().ok()?.file_name()?.to_owned(),
    };
    Some(name.to_string_lossy().into_owned())
}

/// The entry of the same folder whose name is most like that of `path`, if any is.
fn nearest(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut names: Vec<String> = folder
        .read_dir()
        .ok()?
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|n| (strsim::jaro_winkler(&wanted, &n), n))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, n)| {
            folder
                .join(n)
                .display()
                .to_string()
                .trim_start_matches("./")
                .to_owned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "a/x.txt",
            "a/sub/y.jsonl.gz",
            "b/x.txt",
            "a/_limpid/manifest.json",
        ] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "text").unwrap();
        }
        dir
    }

    fn paths(found: &Found) -> Vec<&str> {
        found.inputs.iter().map(|i| i.path.as_str()).collect()
    }

    #[test]
    fn folders_give_relative_paths_and_clashes_keep_both() {
        let dir = tree();
        let named: Vec<String> = ["a", "b"]
            .iter()
            .map(|n| dir.path().join(n).display().to_string())
            .collect();
        let found = find(&named, None, None).unwrap();
        assert_eq!(paths(&found), ["b/x.txt", "sub/y.jsonl.gz", "x.txt"]);
        assert_eq!(found.inputs[1].format, Format::Jsonl);
        assert_eq!(found.inputs[1].compression, Compression::Gzip);
    }

    #[test]
    fn globs_name_files_below_their_fixed_part() {
        let dir = tree();
        let found = find(&[format!("{}/**/*.txt", dir.path().display())], None, None).unwrap();
        assert_eq!(paths(&found), ["a/x.txt", "b/x.txt"]);
        let none = find(&[format!("{}/*.csv", dir.path().display())], None, None);
        assert!(matches!(none, Err(InputError::NothingFits { .. })));
    }

    #[test]
    fn the_output_folder_is_not_an_input() {
        let dir = tree();
        let out = dir.path().join("b");
        let found = find(&[dir.path().display().to_string()], Some(&out), None).unwrap();
        assert_eq!(paths(&found), ["a/sub/y.jsonl.gz", "a/x.txt"]);
    }

    #[test]
    fn a_missing_input_names_its_neighbour() {
        let dir = tree();
        let error = find(
            &[dir.path().join("a/z.txt").display().to_string()],
            None,
            None,
        )
        .unwrap_err();
        assert!(error.help().unwrap().contains("x.txt"));
    }

    #[cfg(unix)]
    #[test]
    fn a_loop_of_links_is_a_reject() {
        let dir = tree();
        std::os::unix::fs::symlink(dir.path().join("a"), dir.path().join("a/loop")).unwrap();
        let found = find(&[dir.path().join("a").display().to_string()], None, None).unwrap();
        assert_eq!(paths(&found), ["sub/y.jsonl.gz", "x.txt"]);
        assert_eq!(found.rejects[0].reason, "symlink-loop");
    }
}
