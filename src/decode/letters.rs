//! Which scripts the letters of a text are of.

use super::mojibake::cost::{self, Class};

/// What stands beyond ASCII in a text, by kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Letters {
    /// Letters of each script other than Latin; Han and kana are one.
    scripts: [usize; 26],
    /// What stands beside letters in any text.
    signs: usize,
    others: usize,
}

impl Letters {
    /// Those of `text`. `O(n)`.
    pub(super) fn of(text: &str) -> Self {
        let mut letters = Self::default();
        for c in text.chars().filter(|c| !c.is_ascii()) {
            letters.add(c, 1);
        }
        letters
    }

    /// Counts `c`, which is beyond ASCII, that many times.
    pub(super) fn add(&mut self, c: char, times: usize) {
        match cost::class(c).0 {
            Class::Script(script, _) => {
                let place = usize::from(script.wrapping_sub(b'a').min(25));
                self.scripts[place] += times;
            }
            Class::Open | Class::Close | Class::Space | Class::Digit | Class::Mark => {
                self.signs += times;
            }
            _ => self.others += times,
        }
    }

    /// Whether nearly all are letters of one script, and what stands with them.
    pub(super) fn are_one_script(&self) -> bool {
        let [most, all] = self.most_and_all();
        most * 20 >= all * 19 && most >= 3 && self.others * 10 <= all && self.signs <= all
    }

    /// Whether lines of the text may be such, with some that are not.
    pub(super) fn may_be_one_script(&self) -> bool {
        let [most, all] = self.most_and_all();
        most * 4 >= all * 3 && most >= 3 && self.others * 3 <= all && self.signs <= 2 * all
    }

    /// Letters of the commonest script, and of all.
    fn most_and_all(&self) -> [usize; 2] {
        let most = self.scripts.iter().copied().max().unwrap_or(0);
        [most, self.scripts.iter().sum()]
    }
}
