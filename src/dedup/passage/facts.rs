//! What two stretches say: the numbers in them, and whether they are the same words.

use super::super::verify::shared;
use crate::text::shingles::{self, Token};

/// Numbers on either side below which they do not decide.
const MIN_NUMBERS: usize = 4;

/// Buffers for what is compared.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Keys of either side.
    keys: [Vec<u64>; 2],
    fold: String,
}

impl Facts {
    /// Whether two stretches are the same form filled with other numbers: of four and more on either side fewer than half
    /// stand on both.
    pub(super) fn differ(&mut self, a: &str, b: &str) -> bool {
        for (text, keys) in [a, b].into_iter().zip(&mut self.keys) {
            numbers(text, &mut self.fold, keys);
            if keys.len() < MIN_NUMBERS {
                return false;
            }
            keys.sort_unstable();
        }
        let [a, b] = &self.keys;
        4 * shared(a, b) < a.len() + b.len()
    }

    /// Whether both stretches are the same words in the same order, case aside.
    pub(super) fn same_words(&mut self, a: &str, b: &str) -> bool {
        for (text, keys) in [a, b].into_iter().zip(&mut self.keys) {
            keys.clear();
            shingles::scan(text, &mut self.fold, |token| keys.extend(key_of(token)));
        }
        self.keys[0] == self.keys[1]
    }
}

fn key_of(token: Token) -> Option<u64> {
    match token {
        Token::Word { key, .. } => Some(key),
        Token::Mark(_) => None,
    }
}

/// The keys of the words with digits, in order. Only what stands between two blanks with a digit is cut to words.
fn numbers(text: &str, fold: &mut String, out: &mut Vec<u64>) {
    out.clear();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(u8::is_ascii_digit) {
        let digit = at + found;
        let blank = |b: &u8| b.is_ascii_whitespace();
        let from = bytes[at..digit]
            .iter()
            .rposition(blank)
            .map_or(at, |i| at + i + 1);
        let to = bytes[digit..]
            .iter()
            .position(blank)
            .map_or(bytes.len(), |i| digit + i);
        // ASCII blanks are whole characters, so both ends are boundaries.
        let part = &text[from..to];
        shingles::scan(part, fold, |token| {
            if let Token::Word { key, start, end } = token
                && part.as_bytes()[start as usize..end as usize]
                    .iter()
                    .any(u8::is_ascii_digit)
            {
                out.push(key);
            }
        });
        at = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_with_other_numbers_differ() {
        let mut facts = Facts::default();
        let form = |n: [u32; 4]| {
            format!(
                "coupon {} pct, price {}, due {}, {} mln",
                n[0], n[1], n[2], n[3]
            )
        };
        assert!(facts.differ(&form([7, 101, 1993, 50]), &form([8, 99, 1994, 75])));
        assert!(!facts.differ(&form([7, 101, 1993, 50]), &form([7, 101, 1993, 75])));
        assert!(!facts.differ("no numbers at all", "in 1 of 2"));
    }

    #[test]
    fn same_words_have_other_case_and_marks_at_most() {
        let mut facts = Facts::default();
        assert!(facts.same_words("The end, then.", "the END then"));
        assert!(!facts.same_words("the end then", "then the end"));
    }

    proptest! {
        #[test]
        fn numbers_are_the_words_with_digits(text in "[a-c0-9 ,.\\-\n\u{e9}\u{6771}\u{a0}]{0,60}") {
            let (mut found, mut expected) = (Vec::new(), Vec::new());
            numbers(&text, &mut String::new(), &mut found);
            shingles::scan(&text, &mut String::new(), |t| if let Token::Word { key, start, end } = t
                && text[start as usize..end as usize].bytes().any(|b| b.is_ascii_digit()) {
                expected.push(key);
            });
            prop_assert_eq!(found, expected);
        }
    }
}
