//! Verifying: is every file what was written, and does it make sense?

use std::collections::BTreeSet;
use std::path::Path;

use super::files::{INCOMING, PLAN, SEGMENT, damaged, digest, failed, read_json};
use super::segment::About;
use super::writer::Plan;
use super::{Index, IndexError, List, Segment};

/// A segment that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// Its folder.
    pub segment: String,
    /// What is wrong with it.
    pub problem: String,
    /// What its documents were read from: to be indexed again.
    pub inputs: Vec<String>,
}

/// What a run that died has left.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leftover {
    /// Its folder.
    pub folder: String,
    /// What that run read: none of it is in the index by that run.
    pub inputs: Vec<String>,
}

/// What verifying found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Segments that are whole.
    pub whole: usize,
    /// Documents in them.
    pub documents: u64,
    /// Those that are not.
    pub damage: Vec<Damage>,
    /// What runs that died have left; the next run clears it.
    pub leftovers: Vec<Leftover>,
}

impl Index {
    /// Reads every file of the index in `dir` and says what is not as it was written. Reads all bytes once.
    ///
    /// # Errors
    /// When there is no index or its list cannot be read.
    pub fn verify(dir: &Path) -> Result<Report, IndexError> {
        let list: List = Self::list_of(dir)?;
        let mut report = Report::default();
        for name in &list.segments {
            let path = dir.join(name);
            match check(&path) {
                Ok(documents) => {
                    report.whole += 1;
                    report.documents += documents;
                }
                Err(e) => report.damage.push(Damage {
                    segment: name.clone(),
                    problem: told(&e),
                    inputs: read_json(&path.join(super::files::ABOUT))
                        .map_or_else(|_| Vec::new(), |about: About| about.inputs),
                }),
            }
        }
        report.leftovers = leftovers(dir, &list)?;
        Ok(report)
    }

    /// Takes the segments that are damaged out of the list; what their documents were read from.
    ///
    /// # Errors
    /// As [`Index::verify`], and when another process writes to the index.
    pub fn drop_damaged(dir: &Path) -> Result<Report, IndexError> {
        Self::list_of(dir)?;
        let _lock = super::lock(dir)?;
        // Read under the lock: a run may have added to it before.
        let list = Self::list_of(dir)?;
        let report = Self::verify(dir)?;
        let gone: BTreeSet<&String> = report.damage.iter().map(|d| &d.segment).collect();
        if !gone.is_empty() {
            let segments = list.segments.iter().filter(|s| !gone.contains(s));
            let kept = List {
                segments: segments.cloned().collect(),
                ..list
            };
            super::files::write_json(&dir.join(super::files::LIST), &kept)?;
            super::files::sync_folder(dir)?;
        }
        Ok(report)
    }

    /// What runs that died have left.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn leftovers(&self) -> Result<Vec<Leftover>, IndexError> {
        leftovers(self.dir(), &self.list)
    }
}

fn leftovers(dir: &Path, list: &List) -> Result<Vec<Leftover>, IndexError> {
    let mut out = Vec::new();
    let entries = std::fs::read_dir(dir).map_err(failed(dir, "read"))?;
    for entry in entries {
        let entry = entry.map_err(failed(dir, "read"))?;
        let folder = entry.file_name().to_string_lossy().into_owned();
        if list.segments.contains(&folder) {
            continue;
        }
        let inputs = if folder.starts_with(INCOMING) {
            read_json(&entry.path().join(PLAN)).map_or_else(|_| Vec::new(), |p: Plan| p.inputs)
        } else if folder.starts_with(SEGMENT) {
            read_json(&entry.path().join(super::files::ABOUT))
                .map_or_else(|_| Vec::new(), |a: About| a.inputs)
        } else {
            continue;
        };
        out.push(Leftover { folder, inputs });
    }
    out.sort_by(|x, y| x.folder.cmp(&y.folder));
    Ok(out)
}

/// The whole segment in `dir`; how many of its documents count.
fn check(dir: &Path) -> Result<u64, IndexError> {
    let segment = Segment::open(dir)?;
    for (name, (_, written)) in &segment.about().files {
        let path = dir.join(name);
        let (_, found) = digest(&path).map_err(failed(&path, "read"))?;
        if format!("{found:016x}") != *written {
            return Err(damaged(&path, "its bytes are not those that were written"));
        }
    }
    let mut live = 0;
    let mut ends = (0, 0);
    for n in 0..segment.entries() {
        let entry = segment.entry(n).unwrap_or_default();
        live += u64::from(!entry.dead);
        let text_end = entry.place.end();
        if entry.place.text != ends.0 || entry.column_end < ends.1 {
            return Err(damaged(
                dir,
                format!("the entry of document {n} makes no sense"),
            ));
        }
        ends = (text_end, entry.column_end);
    }
    if live != segment.documents() {
        let told = segment.documents();
        return Err(damaged(
            dir,
            format!("{live} documents, but {told} were written"),
        ));
    }
    let entries = u64::from(segment.entries());
    let runs = [(segment.bands(), 0), (segment.fingerprints(), 32)];
    for (run, shift) in runs {
        let mut last = [0; 2];
        for record in run.map_err(failed(dir, "read"))? {
            let record = record.map_err(failed(dir, "read"))?;
            if record < last || record[1] >> shift >= entries {
                return Err(damaged(dir, "keys out of order, or of no document"));
            }
            last = record;
        }
    }
    Ok(live)
}

/// An error with its causes, in one line.
fn told(error: &IndexError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(e) = cause {
        text = format!("{text}: {e}");
        cause = e.source();
    }
    text
}
