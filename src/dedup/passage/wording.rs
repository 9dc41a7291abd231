//! Whether two stretches are the same words.

use crate::text::shingles::{self, Token};

/// Buffers for what is compared.
#[derive(Debug, Default)]
pub(super) struct Wording {
    /// Keys of either side.
    keys: [Vec<u64>; 2],
    fold: String,
}

impl Wording {
    /// Whether both stretches are the same words in the same order, case aside.
    pub(super) fn is_same(&mut self, a: &str, b: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_words_have_other_case_and_marks_at_most() {
        let mut wording = Wording::default();
        assert!(wording.is_same("The end, then.", "the END then"));
        assert!(!wording.is_same("the end then", "then the end"));
    }
}
