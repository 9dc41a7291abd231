//! Words of a text, with their places: letters and digits with inner apostrophes and hyphens.

use super::window::{self, WINDOW};
use super::{ascii, chars};
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
            match class(*bytes.get(at)?) {
                Class::Word => break,
                Class::Wide => {
                    let c = char_at(self.text, at);
                    if chars::is_word(c) {
                        break;
                    }
                    at += c.len_utf8();
                }
                Class::Joiner | Class::Other => at += 1,
            }
        }
        let start = at;
        while at < bytes.len() {
            let joiner = match class(bytes[at]) {
                Class::Word => {
                    at += ascii::run(bytes, at);
                    continue;
                }
                Class::Other => break,
                Class::Joiner => 1,
                Class::Wide => {
                    let c = char_at(self.text, at);
                    if chars::is_word(c) {
                        at += c.len_utf8();
                        continue;
                    }
                    if c != '\u{2019}' {
                        break;
                    }
                    c.len_utf8()
                }
            };
            if !is_word_at(self.text, at + joiner) {
                break;
            }
            at += joiner;
        }
        self.at = at;
        Some(ByteSpan::new(start, at))
    }
}

/// Bytes counted word by word where one is beyond ASCII.
const STRETCH: usize = 32;

/// Number of words of `text`, as [`words`] cuts them.
pub fn count(text: &str) -> usize {
    // No word goes over white space, and most stretches are ASCII, where words can be counted many bytes at a time.
    let bytes = text.as_bytes();
    let mut count = 0;
    let mut at = 0;
    while at < bytes.len() {
        let beyond = ascii::next_beyond(bytes, at);
        let plain = if beyond == bytes.len() {
            beyond
        } else {
            // Back to the blank before the word that is not ASCII.
            let blank = bytes[at..beyond].iter().rposition(u8::is_ascii_whitespace);
            blank.map_or(at, |i| at + i)
        };
        count += count_ascii(&bytes[at..plain]);
        if plain == bytes.len() {
            break;
        }
        // To a blank some words on, since others that are not ASCII are likely to follow.
        let behind = bytes.iter().skip(beyond + STRETCH);
        let blank = behind.take_while(|b| !b.is_ascii_whitespace()).count();
        let end = (beyond + STRETCH + blank).min(bytes.len());
        count += words(&text[plain..end]).count();
        at = end;
    }
    count
}

/// Words begin at letters and digits before which there is none, nor a joiner behind one.
fn count_ascii(line: &[u8]) -> usize {
    let mut count = 0;
    // Of the last two bytes of the window before: whether a word goes on behind them if the next byte is a letter, and whether
    // the last was a letter.
    let (mut joined, mut letter) = (0, 0);
    let mut begins = |window: &[u8; WINDOW]| {
        let words = window::words(window);
        let joiners = window::equal(window, b'\'') | window::equal(window, b'-');
        let behind_letters = words << 1 | letter;
        let behind_joints = (joiners & behind_letters) << 1 | joined;
        count += (words & !behind_letters & !behind_joints).count_ones() as usize;
        joined = (joiners & behind_letters) >> (WINDOW - 1);
        letter = words >> (WINDOW - 1);
    };
    let (windows, rest) = line.as_chunks();
    windows.iter().for_each(&mut begins);
    let mut padded = [b' '; WINDOW];
    padded[..rest.len()].copy_from_slice(rest);
    begins(&padded);
    count
}

/// What a byte can be in a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// An ASCII letter or digit.
    Word,
    /// An ASCII apostrophe or hyphen, part of a word between two word characters.
    Joiner,
    /// A byte of a character beyond ASCII, which must be looked at whole.
    Wide,
    /// Any other ASCII character.
    Other,
}

static CLASSES: [Class; 256] = {
    let mut table = [Class::Wide; 256];
    let mut b = 0u8;
    while b < 0x80 {
        table[b as usize] = if b.is_ascii_alphanumeric() {
            Class::Word
        } else if b == b'\'' || b == b'-' {
            Class::Joiner
        } else {
            Class::Other
        };
        b += 1;
    }
    table
};

#[inline]
fn class(byte: u8) -> Class {
    CLASSES[byte as usize]
}

/// Whether a word character begins at byte `at`.
fn is_word_at(text: &str, at: usize) -> bool {
    match text.as_bytes().get(at).map(|&b| class(b)) {
        Some(Class::Word) => true,
        Some(Class::Wide) => chars::is_word(char_at(text, at)),
        _ => false,
    }
}

fn char_at(text: &str, at: usize) -> char {
    text[at..].chars().next().unwrap_or('\u{FFFD}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn counting_agrees_with_cutting(text in "([a-c0-9'\u{2019} \\-.\n\u{e9}\u{4e00}]|\\PC){0,600}") {
            prop_assert_eq!(count(&text), words(&text).count());
        }
    }
}
