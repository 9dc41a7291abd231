//! Words of a text, with their places: letters and digits with inner apostrophes and hyphens.

use crate::edit::ByteSpan;

/// The words of `text`, in order.
///
/// A word is a longest run of alphanumeric characters and marks, in which single apostrophes (`'` or `’`) and
/// hyphens may stand between two of them. ASCII is decided by a byte table, other characters by their Unicode class.
pub fn words(text: &str) -> Words<'_> {
    Words { text, at: 0 }
}

/// See [`words`].
#[derive(Clone, Debug)]
pub struct Words<'t> {
    text: &'t str,
    at: usize,
}

impl Iterator for Words<'_> {
    type Item = ByteSpan;

    fn next(&mut self) -> Option<ByteSpan> {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        loop {
            let &b = bytes.get(at)?;
            if b < 0x80 {
                if b.is_ascii_alphanumeric() {
                    break;
                }
                at += 1;
            } else {
                let c = char_at(self.text, at);
                if is_word_char(c) {
                    break;
                }
                at += c.len_utf8();
            }
        }
        let start = at;
        while at < bytes.len() {
            let n = word_char_len(self.text, at);
            if n > 0 {
                at += n;
                continue;
            }
            let joiner = joiner_len(bytes, at);
            if joiner > 0 && at + joiner < bytes.len() && word_char_len(self.text, at + joiner) > 0
            {
                at += joiner;
                continue;
            }
            break;
        }
        self.at = at;
        Some(ByteSpan::new(start, at))
    }
}

/// Number of words of `text`, as [`words`] cuts them.
pub fn count(text: &str) -> usize {
    words(text).count()
}

/// Length of the word character at byte `at`, or 0.
fn word_char_len(text: &str, at: usize) -> usize {
    let b = text.as_bytes()[at];
    if b < 0x80 {
        return usize::from(b.is_ascii_alphanumeric());
    }
    let c = char_at(text, at);
    if is_word_char(c) { c.len_utf8() } else { 0 }
}

/// Length of an apostrophe or hyphen at byte `at`, or 0.
fn joiner_len(bytes: &[u8], at: usize) -> usize {
    match bytes[at] {
        b'\'' | b'-' => 1,
        0xE2 if bytes[at..].starts_with("\u{2019}".as_bytes()) => 3,
        _ => 0,
    }
}

fn char_at(text: &str, at: usize) -> char {
    text[at..].chars().next().unwrap_or('\u{FFFD}')
}

/// Letters, digits and the marks that belong to them (combining diacritics, vowel signs).
fn is_word_char(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0487}' | '\u{0591}'..='\u{05C7}'
        | '\u{064B}'..='\u{065F}' | '\u{093A}'..='\u{094F}' | '\u{0E31}'..='\u{0E4E}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        words(text).map(|s| s.of(text)).collect()
    }

    #[test]
    fn apostrophes_and_hyphens_join_words() {
        assert_eq!(
            cut("It's a well-kept 'thing' -- isn’t it?"),
            ["It's", "a", "well-kept", "thing", "isn’t", "it"]
        );
        assert_eq!(cut("end-"), ["end"]);
        assert_eq!(cut(""), Vec::<&str>::new());
    }

    #[test]
    fn other_scripts_are_words_too() {
        assert_eq!(
            cut("Größe, naïve café — Москва 15,000"),
            ["Größe", "naïve", "café", "Москва", "15", "000"]
        );
    }
}
