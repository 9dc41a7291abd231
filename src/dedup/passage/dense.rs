//! More hits around those that are known: short runs of words, too common to search a corpus with, tell where two texts
//! go on alike once they are known to be near each other.

use super::{GAP, Hit, Words};
use crate::text::hash::combine;

/// Words of any kind in a run.
const ANY: usize = 4;
/// Content words in a run.
const CONTENT: usize = 2;
/// Places of a run in one text beyond which it tells nothing.
const OCCURRENCES: usize = 3;

/// Buffers of [`Buffers::add`].
#[derive(Debug, Default)]
pub(super) struct Buffers {
    a: Vec<(u64, u32)>,
    b: Vec<(u64, u32)>,
    marked: Vec<bool>,
    hits: Vec<Hit>,
}

impl Buffers {
    /// `hits`, and those of shorter runs within [`GAP`] words of one of them on both sides. `O(n log n)` in the words
    /// around the hits.
    pub(super) fn add(&mut self, a: &Words, b: &Words, hits: &[Hit]) -> &[Hit] {
        let Self {
            a: runs_a,
            b: runs_b,
            marked,
            hits: out,
        } = self;
        collect(a, hits.iter().map(|h| h.0), marked, runs_a);
        collect(b, hits.iter().map(|h| h.1), marked, runs_b);
        out.clear();
        out.extend_from_slice(hits);
        let mut rest = runs_b.chunk_by(|x, y| x.0 == y.0).peekable();
        for group in runs_a.chunk_by(|x, y| x.0 == y.0) {
            while rest.next_if(|g| g[0].0 < group[0].0).is_some() {}
            let Some(other) = rest.peek().filter(|g| g[0].0 == group[0].0) else {
                continue;
            };
            if group.len() > OCCURRENCES || other.len() > OCCURRENCES {
                continue;
            }
            for &(_, x) in group {
                out.extend(
                    other
                        .iter()
                        .map(|&(_, y)| (x, y))
                        .filter(|&h| is_near(h, hits)),
                );
            }
        }
        out
    }
}

/// Keys and places of the short runs within [`GAP`] words of `places`, sorted.
fn collect(
    words: &Words,
    places: impl Iterator<Item = u32>,
    marked: &mut Vec<bool>,
    out: &mut Vec<(u64, u32)>,
) {
    out.clear();
    marked.clear();
    marked.resize(words.keys.len().div_ceil(GAP as usize), false);
    // Blocks of `GAP` words: the one a hit stands in, and its neighbours.
    for block in places.map(|p| (p / GAP) as usize) {
        for near in block.saturating_sub(1)..=(block + 1).min(marked.len() - 1) {
            marked[near] = true;
        }
    }
    let mut content = [(0u64, usize::MAX); CONTENT];
    for (i, &key) in words.keys.iter().enumerate() {
        if !marked[i / GAP as usize] {
            continue;
        }
        if words.weights[i] > 1 {
            content = [content[1], (key, i)];
            if content[0].1 != usize::MAX && i - content[0].1 < 8 {
                out.push((combine(content[0].0, key), content[0].1 as u32));
            }
        }
        if let Some(run) = words.keys.get(i..i + ANY) {
            out.push((
                run.iter().fold(ANY as u64, |state, &k| combine(state, k)),
                i as u32,
            ));
        }
    }
    out.sort_unstable();
}

fn is_near(hit: Hit, hits: &[Hit]) -> bool {
    let from = hits.partition_point(|h| h.0 + GAP < hit.0);
    hits[from..]
        .iter()
        .take_while(|h| h.0 <= hit.0 + GAP)
        .any(|h| h.1.abs_diff(hit.1) <= GAP)
}
