//! Safe and unique names for members.

use rustc_hash::FxHashSet;
use xxhash_rust::xxh3::xxh3_64;

use crate::text::cut::floor;

/// Bytes a single name may have on the usual file systems.
const NAME_MAX: usize = 255;
/// Bytes a path may have on the usual file systems, with room for what it is put under.
const PATH_MAX: usize = 3072;

/// The names given so far, as hashes: 8 bytes for each file and each folder. Two names of one hash would only mean that
/// one of them gets a number it did not need.
#[derive(Default)]
pub(super) struct Names {
    files: FxHashSet<u64>,
    folders: FxHashSet<u64>,
}

impl Names {
    /// A safe path for `name` that no other member has and that no other member's folders need.
    ///
    /// # Errors
    /// What is wrong with a name that cannot be made safe.
    pub(super) fn give(&mut self, name: &str) -> Result<String, &'static str> {
        let safe = safe(name)?;
        let path = if self.is_free(&safe) {
            safe
        } else {
            self.numbered(&safe)
        };
        for (cut, _) in path.match_indices('/') {
            self.folders.insert(xxh3_64(&path.as_bytes()[..cut]));
        }
        self.files.insert(xxh3_64(path.as_bytes()));
        Ok(path)
    }

    fn is_free(&self, path: &str) -> bool {
        let hash = xxh3_64(path.as_bytes());
        let taken = self.files.contains(&hash) || self.folders.contains(&hash);
        !taken && self.above(path).is_none()
    }

    /// Where the shortest beginning of `path` ends that is a file and would have to be a folder.
    fn above(&self, path: &str) -> Option<usize> {
        path.match_indices('/')
            .map(|(cut, _)| cut)
            .find(|cut| self.files.contains(&xxh3_64(&path.as_bytes()[..*cut])))
    }

    /// `path` with the first free number put where it is in another's way: before the ending of the file's name, or behind
    /// the folder's.
    fn numbered(&self, path: &str) -> String {
        let at = self.above(path).unwrap_or_else(|| {
            let file = path.rfind('/').map_or(0, |slash| slash + 1);
            match path[file..].rfind('.') {
                Some(dot) if dot > 0 => file + dot,
                _ => path.len(),
            }
        });
        let (before, behind) = path.split_at(at);
        let mut number = 2u64;
        loop {
            let candidate = format!("{before}-{number}{behind}");
            if self.is_free(&candidate) {
                return candidate;
            }
            number += 1;
        }
    }
}

/// `name` as a relative path of plain parts.
///
/// Both slashes divide, since zip archives of Windows use either. A leading slash, server or drive is taken off, as tar and
/// unzip do. Control characters, which can command a terminal, become `_`.
fn safe(name: &str) -> Result<String, &'static str> {
    if name.contains('\0') {
        return Err("the name holds a zero byte");
    }
    let mut path = String::with_capacity(name.len());
    for part in name.split(['/', '\\']) {
        match part {
            "" | "." => continue,
            ".." => return Err("the name leads out of the archive's folder"),
            // Only at the beginning has it a meaning, also behind `\\?\`.
            _ if is_drive(part) || (path.is_empty() && part == "?") => continue,
            _ if part.len() > NAME_MAX => {
                return Err("a part of the name is longer than 255 bytes");
            }
            _ => {}
        }
        // `C:file` is a file of the drive's current folder.
        let part = if path.is_empty() && part.len() > 2 && is_drive(&part[..floor(part, 2)]) {
            &part[2..]
        } else {
            part
        };
        if part == ".." {
            return Err("the name leads out of the archive's folder");
        }
        if !path.is_empty() {
            path.push('/');
        }
        path.extend(part.chars().map(|c| if c.is_control() { '_' } else { c }));
    }
    match path.len() {
        0 => Err("the name is empty"),
        n if n > PATH_MAX => Err("the name is longer than 3,072 bytes"),
        _ => Ok(path),
    }
}

fn is_drive(part: &str) -> bool {
    matches!(part.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_but_down() {
        for (name, path) in [
            ("a/b.txt", "a/b.txt"),
            ("./a//b/./c", "a/b/c"),
            ("/etc/passwd", "etc/passwd"),
            ("\\\\server\\share\\a", "server/share/a"),
            ("C:\\Users\\a.txt", "Users/a.txt"),
            ("c:a.txt", "a.txt"),
            ("\\\\?\\C:\\a", "a"),
            ("/C:/a", "a"),
            ("dir\\a.txt", "dir/a.txt"),
            ("Talk:Page.html", "Talk:Page.html"),
            ("é:x", "é:x"),
            ("a\u{1b}[2Jb\n", "a_[2Jb_"),
            ("...", "..."),
            ("a..b/..c", "a..b/..c"),
        ] {
            assert_eq!(safe(name).as_deref(), Ok(path), "{name:?}");
        }
        for name in [
            "",
            "/",
            ".",
            "C:",
            "..",
            "../a",
            "a/../../b",
            "a\\..\\b",
            "a/..",
            "C:..\\a",
            "a\0b",
        ] {
            assert!(safe(name).is_err(), "{name:?}: {:?}", safe(name));
        }
        assert!(safe(&"x".repeat(256)).is_err());
        assert!(safe(&"x/".repeat(2000)).is_err());
    }

    #[test]
    fn names_are_given_once() {
        let mut names = Names::default();
        let given: Vec<String> = [
            "a.txt",
            "a.txt",
            "./a.txt",
            "a-2.txt",
            "d/a.tar.gz",
            "d/a.tar.gz",
            "d",
            "d/a.tar.gz/x",
            ".hidden",
            ".hidden",
        ]
        .iter()
        .map(|n| names.give(n).unwrap())
        .collect();
        assert_eq!(
            given,
            [
                "a.txt",
                "a-2.txt",
                "a-3.txt",
                "a-2-2.txt",
                "d/a.tar.gz",
                "d/a.tar-2.gz",
                "d-2",
                "d/a.tar.gz-2/x",
                ".hidden",
                ".hidden-2"
            ]
        );
    }
}
