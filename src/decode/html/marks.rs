//! What class names, identifiers and roles call an element: see `data/decode/class_words.tsv`.

use rustc_hash::FxHashMap;

use crate::document::Mark;
use crate::stage::SetupError;

const FILE: &str = "data/decode/class_words.tsv";
static WORDS: &str = include_str!("../../../data/decode/class_words.tsv");

/// Longest word that is looked up; what is longer is no word of the list.
const LONGEST: usize = 24;

/// The words and their kinds.
#[derive(Debug, Default)]
pub(super) struct ClassWords {
    words: FxHashMap<&'static [u8], u32>,
}

impl ClassWords {
    pub(super) fn load() -> Result<Self, SetupError> {
        Self::parse(WORDS)
    }

    fn parse(text: &'static str) -> Result<Self, SetupError> {
        let mut words = FxHashMap::default();
        for (i, line) in text.lines().enumerate() {
            if line.starts_with('#') || line.is_empty() {
                continue;
            }
            let bits = line.split_once('\t').and_then(|(word, kinds)| {
                let bits = kinds
                    .split(',')
                    .map(|k| kind(k).map(Mark::bit))
                    .try_fold(0, |all, bit| Some(all | bit?))?;
                Some((word, bits))
            });
            let Some((word, bits)) = bits else {
                return Err(SetupError::Data {
                    name: FILE.to_owned(),
                    line: i + 1,
                    problem: format!("no word and kinds in {line:?}"),
                });
            };
            words.insert(word.as_bytes(), bits);
        }
        Ok(Self { words })
    }

    /// Kinds of the words in the value of an attribute: its words, and each two neighbours joined.
    ///
    /// Words end at anything but a letter and where a capital follows a small letter.
    pub(super) fn of(&self, value: &[u8]) -> u32 {
        let mut bits = 0;
        // The last word and this one, lower-cased, one behind the other.
        let mut buffer = [0u8; 2 * LONGEST];
        let (mut start, mut end) = (0, 0);
        let mut too_long = false;
        let mut small = false;
        for &b in value.iter().chain(b" ") {
            let ends = !b.is_ascii_alphabetic() || (small && b.is_ascii_uppercase());
            if ends && (end > start || too_long) {
                if too_long {
                    (start, end) = (0, 0);
                } else {
                    bits |= self.look(&buffer[start..end]);
                    if start > 0 {
                        bits |= self.look(&buffer[..end]);
                    }
                    // This word becomes the last one; a name's end parts it from the next name's words.
                    buffer.copy_within(start..end, 0);
                    end -= start;
                    start = end;
                }
                too_long = false;
            }
            if b.is_ascii_whitespace() {
                (start, end) = (0, 0);
            } else if b.is_ascii_alphabetic() && !too_long {
                if end - start == LONGEST {
                    too_long = true;
                } else {
                    buffer[end] = b.to_ascii_lowercase();
                    end += 1;
                }
            }
            small = b.is_ascii_lowercase();
        }
        bits
    }

    fn look(&self, word: &[u8]) -> u32 {
        self.words.get(word).copied().unwrap_or(0)
    }
}

/// The kind of this name in the data file.
fn kind(name: &str) -> Option<Mark> {
    Some(match name {
        "content" => Mark::Content,
        "body" => Mark::Body,
        "comment" => Mark::Comment,
        "share" => Mark::Share,
        "related" => Mark::Related,
        "navigation" => Mark::Navigation,
        "header" => Mark::Header,
        "footer" => Mark::Footer,
        "sidebar" => Mark::Sidebar,
        "advert" => Mark::Advert,
        "newsletter" => Mark::Newsletter,
        "consent" => Mark::Consent,
        "media" => Mark::Media,
        "author" => Mark::Author,
        "meta" => Mark::Meta,
        "topic" => Mark::Topic,
        "title" => Mark::Title,
        "lead" => Mark::Lead,
        "overlay" => Mark::Overlay,
        "control" => Mark::Control,
        "card" => Mark::Card,
        "hidden" => Mark::Hidden,
        "noprint" => Mark::NoPrint,
        "product" => Mark::Product,
        "caption" => Mark::Caption,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_at_hyphens_and_capitals_and_joined() {
        let words = ClassWords::load().unwrap();
        let all = words.of(b"Article-Body");
        assert_ne!(all & Mark::Body.bit(), 0);
        assert_eq!(words.of(b"article body") & Mark::Body.bit(), 0);
        assert_ne!(words.of(b"relatedPosts7") & Mark::Related.bit(), 0);
        assert_eq!(words.of(b"qx_zzz"), 0);
        let long = "x".repeat(100) + " share";
        assert_eq!(words.of(long.as_bytes()), Mark::Share.bit());
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = ClassWords::parse("a\tcontent\nb\tnothing\n").unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
