//! Which sentence of one text is which of the other, and which word which word.
//!
//! Sentences are paired by the words that they share, rare ones counting more, wherever they stand; then their
//! neighbours, which need share less. Inside a pair the words that stayed are found as the heaviest common subsequence.

use rustc_hash::FxHashMap;

/// Share of their words' weight that two sentences must have in common to be paired wherever they stand, and beside
/// sentences that are paired.
const ALIKE: f32 = 0.35;
const ALIKE_BESIDE: f32 = 0.15;
/// A word in more sentences than this proposes no pair.
const MOST_SENTENCES: usize = 40;
/// Sentences of the other text that are compared with one.
const MOST_PROPOSED: usize = 8;
/// What a word that stayed weighs, a grammar word, and what each weighs more behind one that stayed too.
const CONTENT: f32 = 2.0;
const GRAMMAR: f32 = 1.0;
const IN_A_ROW: f32 = 0.5;
/// Largest table of two sentences' words that is filled in; longer ones are cut at words that both hold once.
const CELLS: usize = 250_000;
/// Cuts within cuts, after which what is left is taken for different.
const DEEPEST: usize = 32;

/// Pairs of sentences: each of `a` with at most one of `b`, in the order of `a`. A sentence is the keys of its words.
pub(super) fn sentences(a: &[&[u64]], b: &[&[u64]]) -> Vec<(usize, usize)> {
    let (a, b) = (distinct(a), distinct(b));
    let mut places: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
    let mut spread: FxHashMap<u64, usize> = FxHashMap::default();
    for (j, keys) in b.iter().enumerate() {
        for &k in keys {
            places.entry(k).or_default().push(j);
        }
    }
    for &k in a.iter().chain(&b).flatten() {
        *spread.entry(k).or_default() += 1;
    }
    let all = (a.len() + b.len()) as f32;
    let weigh = |k: &u64| (1.0 + all / spread.get(k).map_or(1.0, |&n| n as f32)).ln();
    let mass = |side: &[Vec<u64>]| -> Vec<f32> {
        side.iter()
            .map(|keys| keys.iter().map(weigh).sum())
            .collect()
    };
    let (mass_a, mass_b) = (mass(&a), mass(&b));
    let alike = |i: usize, j: usize| {
        let common: f32 = common(&a[i], &b[j]).map(|k| weigh(&k)).sum();
        2.0 * common / (mass_a[i] + mass_b[j])
    };
    let mut proposed: Vec<(f32, usize, usize)> = Vec::new();
    for (i, keys) in a.iter().enumerate() {
        let mut shared: FxHashMap<usize, f32> = FxHashMap::default();
        for k in keys {
            let at = places.get(k).map_or(&[] as &[usize], Vec::as_slice);
            for &j in at.iter().take(MOST_SENTENCES + 1) {
                if at.len() <= MOST_SENTENCES {
                    *shared.entry(j).or_default() += weigh(k);
                }
            }
        }
        let mut best: Vec<(usize, f32)> = shared.into_iter().collect();
        best.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
        for &(j, _) in best.iter().take(MOST_PROPOSED) {
            let score = alike(i, j);
            if score >= ALIKE {
                proposed.push((score, i, j));
            }
        }
    }
    // Of sentences that say the same the one in the same place is meant.
    let apart = |i: usize, j: usize| (i as f32 / a.len() as f32 - j as f32 / b.len() as f32).abs();
    proposed.sort_by(|x, y| {
        y.0.total_cmp(&x.0)
            .then(apart(x.1, x.2).total_cmp(&apart(y.1, y.2)))
            .then((x.1, x.2).cmp(&(y.1, y.2)))
    });
    let mut of_a: Vec<Option<usize>> = vec![None; a.len()];
    let mut taken = vec![false; b.len()];
    let mut order = Vec::new();
    for (_, i, j) in proposed {
        if of_a[i].is_none() && !taken[j] {
            of_a[i] = Some(j);
            taken[j] = true;
            order.push((i, j));
        }
    }
    // What a spinner has left little of is known by what stands beside it. The list grows while it is read.
    let mut next = 0;
    while let Some(&(i, j)) = order.get(next) {
        next += 1;
        for (i, j) in [
            (Some(i + 1), Some(j + 1)),
            (i.checked_sub(1), j.checked_sub(1)),
        ]
        .into_iter()
        .filter_map(|(i, j)| i.zip(j))
        {
            if i < a.len()
                && j < b.len()
                && of_a[i].is_none()
                && !taken[j]
                && alike(i, j) >= ALIKE_BESIDE
            {
                of_a[i] = Some(j);
                taken[j] = true;
                order.push((i, j));
            }
        }
    }
    of_a.iter()
        .enumerate()
        .filter_map(|(i, j)| Some((i, (*j)?)))
        .collect()
}

/// The different keys of each sentence, sorted.
fn distinct(sentences: &[&[u64]]) -> Vec<Vec<u64>> {
    sentences
        .iter()
        .map(|keys| {
            let mut keys = keys.to_vec();
            keys.sort_unstable();
            keys.dedup();
            keys
        })
        .collect()
}

/// What two sorted lists have in common.
fn common<'k>(a: &'k [u64], b: &'k [u64]) -> impl Iterator<Item = u64> + 'k {
    let mut rest = b;
    a.iter().copied().filter(move |&k| {
        while rest.first().is_some_and(|&other| other < k) {
            rest = &rest[1..];
        }
        rest.first() == Some(&k)
    })
}

/// A stretch of both sides that is still to be aligned.
#[derive(Clone, Copy)]
struct Stretch {
    a: (usize, usize),
    b: (usize, usize),
    depth: usize,
}

/// The words that stayed: places in `a` and `b`, ascending in both. `is_grammar` tells words that say little.
pub(super) fn words(a: &[u64], b: &[u64], is_grammar: impl Fn(u64) -> bool) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut open = vec![Stretch {
        a: (0, a.len()),
        b: (0, b.len()),
        depth: 0,
    }];
    while let Some(stretch) = open.pop() {
        let Stretch {
            a: (mut from_a, mut to_a),
            b: (mut from_b, mut to_b),
            depth,
        } = stretch;
        while from_a < to_a && from_b < to_b && a[from_a] == b[from_b] {
            out.push((from_a, from_b));
            from_a += 1;
            from_b += 1;
        }
        while from_a < to_a && from_b < to_b && a[to_a - 1] == b[to_b - 1] {
            to_a -= 1;
            to_b -= 1;
            out.push((to_a, to_b));
        }
        let (left, right) = (&a[from_a..to_a], &b[from_b..to_b]);
        if left.is_empty() || right.is_empty() {
            continue;
        }
        if (left.len() + 1).saturating_mul(right.len() + 1) <= CELLS {
            let found = heaviest(left, right, &is_grammar);
            out.extend(found.into_iter().map(|(i, j)| (from_a + i, from_b + j)));
            continue;
        }
        let cuts = once_in_both(left, right);
        if cuts.is_empty() || depth == DEEPEST {
            continue;
        }
        let (mut start_a, mut start_b) = (from_a, from_b);
        for (i, j) in cuts {
            let (i, j) = (from_a + i, from_b + j);
            out.push((i, j));
            open.push(Stretch {
                a: (start_a, i),
                b: (start_b, j),
                depth: depth + 1,
            });
            (start_a, start_b) = (i + 1, j + 1);
        }
        open.push(Stretch {
            a: (start_a, to_a),
            b: (start_b, to_b),
            depth: depth + 1,
        });
    }
    out.sort_unstable();
    out
}

/// The heaviest common subsequence of two sequences, by the whole table. `O(a · b)` time and memory.
fn heaviest(a: &[u64], b: &[u64], is_grammar: impl Fn(u64) -> bool) -> Vec<(usize, usize)> {
    let width = b.len() + 1;
    // Weight of the best up to here, and of the best that ends in a pair here.
    let mut best = vec![0.0f32; width * (a.len() + 1)];
    let mut ending = vec![f32::NEG_INFINITY; best.len()];
    for (i, &word) in a.iter().enumerate() {
        let weight = if is_grammar(word) { GRAMMAR } else { CONTENT };
        for (j, &other) in b.iter().enumerate() {
            let (at, before) = ((i + 1) * width + j + 1, i * width + j);
            if word == other {
                ending[at] = weight + best[before].max(ending[before] + IN_A_ROW);
            }
            best[at] = ending[at].max(best[at - 1]).max(best[at - width]);
        }
    }
    let mut out = Vec::new();
    let (mut i, mut j) = (a.len(), b.len());
    let mut in_a_row = false;
    while i > 0 && j > 0 {
        let at = i * width + j;
        if in_a_row || ending[at] >= best[at] {
            out.push((i - 1, j - 1));
            let before = at - width - 1;
            in_a_row = ending[before] + IN_A_ROW > best[before];
            (i, j) = (i - 1, j - 1);
        } else if best[at] <= best[at - width] {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    out.reverse();
    out
}

/// Words that each side holds exactly once, in the longest order that both keep.
///
/// Source: the "patience" way of comparing files, by Bram Cohen; the longest increasing subsequence as in Fredman
/// 1975, doi:10.1016/0012-365X(75)90103-X.
fn once_in_both(a: &[u64], b: &[u64]) -> Vec<(usize, usize)> {
    let once = |side: &[u64]| {
        let mut places: FxHashMap<u64, Option<usize>> = FxHashMap::default();
        for (i, &k) in side.iter().enumerate() {
            places
                .entry(k)
                .and_modify(|place| *place = None)
                .or_insert(Some(i));
        }
        places
    };
    let (in_a, in_b) = (once(a), once(b));
    let place = |of: &FxHashMap<u64, Option<usize>>, k: u64| of.get(&k).copied().flatten();
    let pairs: Vec<(usize, usize)> = a
        .iter()
        .enumerate()
        .filter(|(i, k)| place(&in_a, **k) == Some(*i))
        .filter_map(|(i, &k)| Some((i, place(&in_b, k)?)))
        .collect();
    // By length the last pair of an increasing sequence, and for each pair the one before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; pairs.len()];
    for (n, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&e| pairs[e].1 < pair.1);
        before[n] = length.checked_sub(1).map(|l| ends[l]);
        if length == ends.len() {
            ends.push(n);
        } else {
            ends[length] = n;
        }
    }
    let mut out = Vec::new();
    let mut at = ends.last().copied();
    while let Some(n) = at {
        out.push(pairs[n]);
        at = before[n];
    }
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::ngrams::token_key;

    fn keys(text: &str) -> Vec<u64> {
        text.split(' ').map(token_key).collect()
    }

    fn stayed(a: &str, b: &str) -> String {
        let grammar: Vec<u64> = keys("the of in to a and");
        let words: Vec<&str> = a.split(' ').collect();
        words_of(a, b, &grammar)
            .iter()
            .map(|&(i, _)| words[i])
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn words_of(a: &str, b: &str, grammar: &[u64]) -> Vec<(usize, usize)> {
        words(&keys(a), &keys(b), |k| grammar.contains(&k))
    }

    fn paired(a: &[&str], b: &[&str]) -> Vec<(usize, usize)> {
        let (a, b): (Vec<_>, Vec<_>) = (
            a.iter().map(|t| keys(t)).collect(),
            b.iter().map(|t| keys(t)).collect(),
        );
        sentences(
            &a.iter().map(Vec::as_slice).collect::<Vec<_>>(),
            &b.iter().map(Vec::as_slice).collect::<Vec<_>>(),
        )
    }

    #[test]
    fn words_that_stayed_are_found_between_those_that_did_not() {
        assert_eq!(
            stayed(
                "the council authorised a novel edifice on the eastern waterfront",
                "the council approved a new building on the eastern shore"
            ),
            "the council a on the eastern"
        );
        assert_eq!(stayed("a b c", "d e f"), "");
        assert_eq!(
            stayed("of snow fell", "snow fell of"),
            "snow fell",
            "content weighs more than grammar"
        );
    }

    #[test]
    fn sentences_are_found_where_they_were_moved_to() {
        let original = [
            "the mayor opened the bridge on monday",
            "nobody knows what the ferry will do now",
            "rain fell on the crowd for two hours",
        ];
        let spun = [
            "rain tumbled on the group for two hours",
            "the civic chairman opened the bridge on monday",
        ];
        assert_eq!(paired(&spun, &original), [(0, 2), (1, 0)]);
        assert_eq!(paired(&[], &original), []);
        assert_eq!(paired(&original, &[]), []);
    }

    #[test]
    fn a_sentence_of_which_little_is_left_is_known_by_its_neighbours() {
        let original = [
            "the mayor opened the bridge on monday",
            "heavy rain drenched the crowd that had gathered there",
            "the ferry will stop running in spring",
        ];
        let spun = [
            "the mayor opened the span on monday",
            "weighty precipitation soaked the throng that had amassed nearby",
            "the ferry will cease running in spring",
        ];
        assert_eq!(paired(&spun, &original), [(0, 0), (1, 1), (2, 2)]);
    }

    #[test]
    fn long_sequences_are_cut_at_words_that_occur_once() {
        let a: Vec<u64> = (0..3000).collect();
        let b: Vec<u64> = (0..3000)
            .map(|k| if k % 3 == 1 { k + 9000 } else { k })
            .collect();
        let found = words(&a, &b, |_| false);
        assert_eq!(found.len(), 2000);
        assert!(found.iter().all(|&(i, j)| i == j));
    }

    proptest! {
        #[test]
        fn alignments_ascend_and_pair_equal_words(
            a in prop::collection::vec(0u64..12, 0..40),
            b in prop::collection::vec(0u64..12, 0..40),
        ) {
            let found = words(&a, &b, |k| k < 3);
            prop_assert!(found.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 < w[1].1));
            prop_assert!(found.iter().all(|&(i, j)| a[i] == b[j]));
        }

        #[test]
        fn no_sentence_is_paired_twice(
            a in prop::collection::vec(prop::collection::vec(0u64..30, 0..8), 0..12),
            b in prop::collection::vec(prop::collection::vec(0u64..30, 0..8), 0..12),
        ) {
            let found = sentences(
                &a.iter().map(Vec::as_slice).collect::<Vec<_>>(),
                &b.iter().map(Vec::as_slice).collect::<Vec<_>>(),
            );
            let mut js: Vec<usize> = found.iter().map(|p| p.1).collect();
            js.sort_unstable();
            js.dedup();
            prop_assert_eq!(js.len(), found.len());
            prop_assert!(found.is_sorted());
        }
    }
}
