//! How usual the letters beyond ASCII of a text are beside their neighbours, in the language that suits them best.
//!
//! The counts stand in `data/decode/pairs.tsv`: pairs of neighbouring letters in 36 languages, as quarter bits. What a
//! text costs is a sum over its pairs of neighbours, so a [`Tally`] takes them in any order and many at once.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::mojibake::cost::{self, Class};

/// Quarter bits of a pair that a language does not know.
pub(super) const STRANGE: i32 = 60;
/// Quarter bits for a capital behind a small letter.
const BROKEN_CASE: i32 = 40;
/// Room for the languages of the table, a multiple of what vector registers hold.
const LANGUAGES: usize = 40;
/// What stands for everything that is not a letter.
const GAP: u16 = 0;

/// Quarter bits that a pair costs less than a strange one, in each language.
type Savings = [i16; LANGUAGES];

struct Pairs {
    /// The letters of the table, by number; those that it lacks share the number behind the last.
    letters: FxHashMap<char, u16>,
    /// Rows of `savings` for two letters by their numbers; row 0 saves nothing.
    rows: Vec<u16>,
    savings: Vec<Savings>,
}

static PAIRS: LazyLock<Pairs> = LazyLock::new(|| {
    let mut found: Vec<(u16, u16, usize, i16)> = Vec::new();
    let mut languages: Vec<&str> = Vec::new();
    let mut letters = FxHashMap::from_iter([('_', GAP)]);
    for line in include_str!("../../data/decode/pairs.tsv").lines() {
        let mut fields = line.split('\t');
        let (Some(name), Some(pair), Some(cost)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let mut pair = pair.chars();
        let (Some(a), Some(b), Ok(cost)) = (pair.next(), pair.next(), cost.parse::<i16>()) else {
            continue;
        };
        if languages.last() != Some(&name) {
            languages.push(name);
        }
        let mut number = |c: char| {
            let next = letters.len() as u16;
            *letters.entry(c).or_insert(next)
        };
        let (a, b) = (number(a), number(b));
        found.push((a, b, languages.len() - 1, STRANGE as i16 - cost));
    }
    let width = letters.len() + 1;
    let mut rows = vec![0; width * width];
    let mut savings = vec![[0; LANGUAGES]];
    for (a, b, language, saving) in found {
        let row = &mut rows[usize::from(a) * width + usize::from(b)];
        if *row == 0 {
            *row = savings.len() as u16;
            savings.push([0; LANGUAGES]);
        }
        savings[usize::from(*row)][language] = saving;
    }
    Pairs {
        letters,
        rows,
        savings,
    }
});

impl Pairs {
    fn savings(&self, a: u16, b: u16) -> &Savings {
        let width = self.letters.len() + 1;
        &self.savings[usize::from(self.rows[usize::from(a) * width + usize::from(b)])]
    }
}

/// A character as its neighbours see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Symbol {
    /// Number of the letter in lower case, [`GAP`] for what is none.
    letter: u16,
    class: Class,
    /// Bits of the character by itself.
    own: u8,
    is_ascii: bool,
    /// Whether the letter in lower case is ASCII, or is none.
    is_plain: bool,
    is_lower: bool,
    is_upper: bool,
}

impl Symbol {
    pub(super) fn of(c: char) -> Self {
        let (class, own) = cost::class(c);
        let letter = c
            .is_alphabetic()
            .then(|| c.to_lowercase().next().unwrap_or(c));
        let letters = &PAIRS.letters;
        Self {
            letter: letter.map_or(GAP, |c| {
                letters.get(&c).copied().unwrap_or(letters.len() as u16)
            }),
            class,
            own,
            is_ascii: c.is_ascii(),
            is_plain: letter.is_none_or(|c| c.is_ascii()),
            is_lower: c.is_lowercase(),
            is_upper: c.is_uppercase(),
        }
    }

    fn is_foreign_sign(&self) -> bool {
        !self.is_ascii && self.letter == GAP
    }
}

/// The sum over pairs of neighbours.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    bits: i32,
    saved: [i32; LANGUAGES],
}

impl Tally {
    pub(super) const EMPTY: Self = Self {
        bits: 0,
        saved: [0; LANGUAGES],
    };

    /// Adds `count` places at which `b` follows `a`. Two characters of ASCII add nothing.
    pub(super) fn add(&mut self, a: &Symbol, b: &Symbol, count: i16) {
        let mut bits = 0;
        if b.is_foreign_sign() {
            // No discount for frames: what KOI8 has for small letters draws frames in DOS pages.
            bits += 4 * (i32::from(b.own) + cost::beside(a.class, b.class).max(0));
        }
        if a.is_foreign_sign() {
            bits += 4 * cost::beside(a.class, b.class).max(0);
        }
        if !(a.is_plain && b.is_plain) {
            bits += STRANGE;
            if a.is_lower && b.is_upper {
                bits += BROKEN_CASE;
            }
            let savings = PAIRS.savings(a.letter, b.letter);
            // Products of 16 bits are vector instructions everywhere.
            for (sum, saving) in self.saved.iter_mut().zip(savings) {
                *sum += i32::from(count) * i32::from(*saving);
            }
        }
        self.bits += i32::from(count) * bits;
    }

    /// Quarter bits of all that was added, in the language that suits it best.
    pub(super) fn surprise(&self) -> i32 {
        self.bits - self.saved.into_iter().max().unwrap_or(0)
    }
}

/// Quarter bits of all that is beyond ASCII in `text`: low where it is ordinary text of some language.
///
/// Texts of equal bytes in different single-byte encodings compare directly. `O(n)`.
pub(super) fn surprise(text: &str) -> i32 {
    let mut tally = Tally::EMPTY;
    let blank = Symbol::of(' ');
    let mut last = blank;
    for symbol in text.chars().map(Symbol::of).chain([blank]) {
        if !(last.is_ascii && symbol.is_ascii) {
            tally.add(&last, &symbol, 1);
        }
        last = symbol;
    }
    tally.surprise()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_reading_is_the_least_surprising() {
        let text = "Сегодня хорошая погода, и мы пойдём гулять.";
        let bytes = encoding_rs::KOI8_R.encode(text).0;
        let read = |e: &'static encoding_rs::Encoding| surprise(&e.decode(&bytes).0);
        let right = read(encoding_rs::KOI8_R);
        for wrong in [
            encoding_rs::WINDOWS_1251,
            encoding_rs::IBM866,
            encoding_rs::WINDOWS_1252,
        ] {
            assert!(read(wrong) > right + right / 8);
        }
    }

    #[test]
    fn the_table_fits_its_room() {
        let names: std::collections::BTreeSet<_> = include_str!("../../data/decode/pairs.tsv")
            .lines()
            .filter_map(|line| line.split('\t').next())
            .collect();
        assert!(names.len() <= LANGUAGES);
        assert!(PAIRS.savings.len() < usize::from(u16::MAX));
        // A known pair, and one that no language has.
        let number = |c| Symbol::of(c).letter;
        assert!(
            PAIRS
                .savings(number('ж'), number('и'))
                .iter()
                .any(|s| *s > 30)
        );
        assert_eq!(PAIRS.savings(number('ж'), number('ß')), &[0; LANGUAGES]);
    }
}
