//! What two stretches say: the numbers in them, and whether they are the same words.

use super::super::verify::shared;
use crate::text::hash::combine;
use crate::text::shingles::{self, Token};

/// Numbers on either side below which they do not decide.
const MIN_NUMBERS: usize = 4;
/// Numbers on either side below which they say nothing, even if all differ.
const FEW_NUMBERS: usize = 3;

/// Buffers for what is compared.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Keys of either side.
    keys: [Vec<u64>; 2],
    fold: String,
}

impl Facts {
    /// Whether two stretches are the same form filled with other numbers: of four and more on either side fewer than half
    /// stand on both, or none of three.
    pub(super) fn differ(&mut self, a: &str, b: &str) -> bool {
        for (text, keys) in [a, b].into_iter().zip(&mut self.keys) {
            numbers(text, &mut self.fold, keys);
            if keys.len() < FEW_NUMBERS {
                return false;
            }
            keys.sort_unstable();
        }
        let [a, b] = &self.keys;
        let shared = shared(a, b);
        let few = a.len().min(b.len()) < MIN_NUMBERS;
        shared == 0 || !few && 4 * shared < a.len() + b.len()
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

/// The keys of the numbers, in order: words with digits, those that one mark alone parts (`9,817.5`, `1-3/4`) as one. Only
/// what stands between two blanks with a digit is cut to words.
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
        let mut last_end = None;
        shingles::scan(part, fold, |token| {
            let Token::Word { key, start, end } = token else {
                return;
            };
            if !part.as_bytes()[start as usize..end as usize]
                .iter()
                .any(u8::is_ascii_digit)
            {
                return;
            }
            match out.last_mut() {
                Some(number) if last_end.is_some_and(|end: u32| end + 1 == start) => {
                    *number = combine(*number, key);
                }
                _ => out.push(key),
            }
            last_end = Some(end);
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

    #[test]
    fn a_number_is_one_whatever_marks_are_in_it() {
        let count = |text: &str| {
            let mut out = Vec::new();
            numbers(text, &mut String::new(), &mut out);
            out.len()
        };
        assert_eq!(count("9,817,000 vs 2,433.5, up 1-3/4 in 1986/87 (a5)"), 5);
        assert_eq!(count("none, at all"), 0);
        // The same digits in other numbers are other numbers.
        assert!(Facts::default().differ("1,000 2,000 3,000", "4,000 1,500 2,500"));
    }

    proptest! {
        #[test]
        fn every_word_with_a_digit_is_in_a_number(text in "[a-c0-9 ,.\\-\n\u{e9}\u{6771}\u{a0}]{0,60}") {
            let (mut found, mut words) = (Vec::new(), 0);
            numbers(&text, &mut String::new(), &mut found);
            shingles::scan(&text, &mut String::new(), |t| if let Token::Word { start, end, .. } = t
                && text[start as usize..end as usize].bytes().any(|b| b.is_ascii_digit()) {
                words += 1;
            });
            prop_assert!(found.len() <= words && found.is_empty() == (words == 0));
        }
    }
}
