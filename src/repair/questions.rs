//! Questions to the survey: the n-grams that readings near a repair hold.

use super::lattice::{Arc, Context};
use super::tokens::flag;

impl Context<'_> {
    /// Calls `f` with the tokens of every n-gram up to three words that a reading near a repair holds.
    pub(super) fn questions(&self, arcs: &[Arc], mut f: impl FnMut(&[u64])) {
        let mut walk = Walk {
            context: self,
            arcs,
            words: [0; 3],
            left: 0,
        };
        for arc in arcs {
            let from = (arc.from as usize).saturating_sub(2);
            walk.left = 200;
            for start in from..arc.from as usize {
                walk.go(start, 0, &mut f);
            }
            for k in 0..self.words_of(arc).count() {
                walk.left = 60;
                walk.through(self.words_of(arc).skip(k), arc.to as usize, 0, &mut f);
            }
            walk.left = 60;
            for start in arc.from..arc.to + 2 {
                walk.go(start as usize, 0, &mut f);
            }
        }
    }
}

/// Walks readings of up to three words.
struct Walk<'c, 'a> {
    context: &'c Context<'a>,
    arcs: &'c [Arc],
    words: [u64; 3],
    left: u32,
}

impl Walk<'_, '_> {
    fn go(&mut self, at: usize, filled: usize, f: &mut impl FnMut(&[u64])) {
        let context = self.context;
        let Some(token) = context.tokens.get(at) else {
            return;
        };
        if (filled > 0 && token.has(flag::BREAK)) || self.left == 0 {
            return;
        }
        self.left -= 1;
        self.through(std::iter::once(token.key), at + 1, filled, f);
        let from = self.arcs.partition_point(|a| (a.from as usize) < at);
        let arcs = self.arcs;
        for arc in arcs[from..]
            .iter()
            .take_while(|a| a.from as usize == at)
            .take(6)
        {
            self.through(context.words_of(arc), arc.to as usize, filled, f);
        }
    }

    fn through(
        &mut self,
        keys: impl Iterator<Item = u64>,
        to: usize,
        mut filled: usize,
        f: &mut impl FnMut(&[u64]),
    ) {
        for k in keys {
            if filled == 3 {
                return;
            }
            self.words[filled] = k;
            filled += 1;
            f(&self.words[..filled]);
        }
        if filled < 3 {
            self.go(to, filled, f);
        }
    }
}
