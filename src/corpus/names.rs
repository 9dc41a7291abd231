//! Names of documents as names of files.

use crate::text::hash::{hash, seed};

/// Characters of a file's name at most; file systems take 255 bytes, endings included.
const MOST: usize = 150;

/// `name` as the name of a file: as it is where it is one anywhere, else what can stand of it and a hash of it all.
///
/// Letters, digits, `-`, `_` and `.` stand, everything else becomes `_`; a name that begins with a dot is hidden on some
/// systems and one with a path in it would lead elsewhere, so neither stays as it is.
pub(crate) fn file_name(name: &str) -> String {
    let safe: String = name
        .chars()
        .take(MOST)
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => c,
            _ => '_',
        })
        .collect();
    if safe == name && !name.starts_with('.') && !name.is_empty() {
        return safe;
    }
    let safe = safe.trim_start_matches('.');
    format!("{safe}-{:016x}", hash(name.as_bytes(), seed::TEXT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_stay_apart() {
        assert_eq!(file_name("doc-1.a"), "doc-1.a");
        for odd in ["", ".", "..", "../x", "a/b", "a\\b", "é", &"x".repeat(999)] {
            let safe = file_name(odd);
            assert!(
                safe.len() < 200 && !safe.starts_with('.') && !safe.contains(['/', '\\']),
                "{safe}"
            );
        }
        assert_ne!(file_name("a/b"), file_name("a:b"));
    }
}
