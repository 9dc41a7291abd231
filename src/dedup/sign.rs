//! `MinHash` signatures in one pass over the shingles.
//!
//! Source: Dahlgaard, Knudsen, Thorup 2017, Fast similarity sketching, doi:10.1109/FOCS.2017.67. Round 0 is one-permutation
//! hashing (Li, Owen, Zhang 2012): each shingle falls into one slot, which keeps the least. Slots left empty are filled by
//! further rounds over the same shingles with fresh hashes, where a value of a later round loses to any of an earlier one.
//! Unlike densification by copying (Shrivastava 2017) every slot is an unbiased minimum and no two slots
//! hold the same draw, so short texts lose no detection; `O(shingles + slots·ln slots)`.

use crate::text::hash::{combine, hash, seed};
use crate::text::shingles::{self, Token};

/// Bits of a slot's value below its round.
const VALUE_BITS: u32 = 54;

/// Makes the hashes of one round differ from those of the others.
const ROUND: u64 = 0xd6e8_feb8_6659_fd93;

/// Signs the set of `shingles` (repeats do no harm, and may be gone afterwards) into `slots`; false when the set is empty.
///
/// Equal slots of two signatures of `count` slots estimate the Jaccard similarity `s` of the sets with standard error at most
/// `sqrt(s(1-s)/count)`. `slots` is overwritten.
pub fn sign(shingles: &mut Vec<u64>, count: usize, slots: &mut Vec<u64>) -> bool {
    slots.clear();
    if shingles.is_empty() {
        return false;
    }
    slots.resize(count, u64::MAX);
    for &shingle in shingles.iter() {
        // Written whether it is less or not: that cannot be foretold while slots fill.
        let (at, value) = draw(shingle, 0, count);
        slots[at] = slots[at].min(value);
    }
    if shingles.len() > 8 * count && slots.contains(&u64::MAX) {
        // So many shingles leave no slot empty unless they repeat; then the further rounds need the distinct ones only.
        shingles.sort_unstable();
        shingles.dedup();
    }
    let mut round = 1;
    while round < count as u64 && slots.contains(&u64::MAX) {
        for &shingle in shingles.iter() {
            let (at, value) = draw(combine(shingle, round.wrapping_mul(ROUND)), round, count);
            // Hardly ever: most slots hold a value of an earlier round.
            if value < slots[at] {
                slots[at] = value;
            }
        }
        round += 1;
    }
    // After `count` random rounds a slot is still empty with probability 1/e^count or less per shingle; what remains
    // is filled slot by slot, as the source does.
    for (at, slot) in slots.iter_mut().enumerate() {
        if *slot == u64::MAX {
            let fresh = |&s: &u64| value(combine(s, at as u64 ^ ROUND), count as u64);
            *slot = shingles.iter().map(fresh).min().unwrap_or(u64::MAX);
        }
    }
    true
}

/// The slot that a hash competes for, of `count`, and its value there. The slot comes from the high bits, the value from the low ones.
#[inline]
fn draw(hash: u64, round: u64, count: usize) -> (usize, u64) {
    let at = ((u128::from(hash) * count as u128) >> 64) as usize;
    (at, value(hash, round))
}

#[inline]
fn value(hash: u64, round: u64) -> u64 {
    (round << VALUE_BITS) | (hash & ((1 << VALUE_BITS) - 1))
}

/// Shingles of three characters of the lower-cased words of `text`, joined by blanks, into `out`.
///
/// A text of fewer characters is one shingle. `letters` holds the joined words afterwards.
pub(super) fn letter_shingles(text: &str, letters: &mut String, out: &mut Vec<u64>) {
    join_words(text, letters);
    out.clear();
    let mut ends = [0usize; 3];
    let starts = letters
        .char_indices()
        .map(|(i, _)| i)
        .chain([letters.len()]);
    for (count, start) in starts.enumerate() {
        if count >= 3 {
            out.push(hash(&letters.as_bytes()[ends[0]..start], seed::WORD));
        }
        ends = [ends[1], ends[2], start];
    }
    if out.is_empty() && !letters.is_empty() {
        out.push(hash(letters.as_bytes(), seed::WORD));
    }
}

/// The lower-cased words of `text`, joined by blanks, into `out`.
pub(super) fn join_words(text: &str, out: &mut String) {
    out.clear();
    shingles::scan(text, &mut String::new(), |token| {
        if let Token::Word { start, end, .. } = token {
            if !out.is_empty() {
                out.push(' ');
            }
            out.extend(
                text[start as usize..end as usize]
                    .chars()
                    .flat_map(char::to_lowercase),
            );
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signature(set: &[u64], count: usize) -> Vec<u64> {
        let mut slots = Vec::new();
        assert!(sign(&mut set.to_vec(), count, &mut slots));
        slots
    }

    fn agreement(a: &[u64], b: &[u64], count: usize) -> f64 {
        let (a, b) = (signature(a, count), signature(b, count));
        a.iter().zip(&b).filter(|(x, y)| x == y).count() as f64 / count as f64
    }

    fn element(i: u64) -> u64 {
        hash(&i.to_le_bytes(), 7)
    }

    #[test]
    fn an_empty_set_has_no_signature() {
        assert!(!sign(&mut Vec::new(), 128, &mut Vec::new()));
        assert!(!signature(&[1], 128).contains(&u64::MAX));
    }

    #[test]
    fn repeats_and_order_do_not_count() {
        let set: Vec<u64> = (0..50).map(element).collect();
        let mut other: Vec<u64> = set.iter().rev().copied().collect();
        other.extend_from_slice(&set[..20]);
        assert_eq!(signature(&set, 200), signature(&other, 200));
    }

    /// Mean error over 200 pairs of sets is unbiased, and its spread is that of independent slots, for sets far
    /// smaller and far larger than the signature.
    #[test]
    fn agreement_estimates_jaccard_without_bias() {
        for size in [10u64, 40, 120, 1000] {
            let shared = size * 8 / 10;
            let truth = shared as f64 / (2 * size - shared) as f64;
            let (mut sum, mut squares) = (0.0, 0.0);
            for trial in 0..200u64 {
                let at = trial * 10_000_000;
                let a: Vec<u64> = (at..at + size).map(element).collect();
                let b: Vec<u64> = (at + size - shared..at + 2 * size - shared)
                    .map(element)
                    .collect();
                let error = agreement(&a, &b, 128) - truth;
                sum += error;
                squares += error * error;
            }
            let expected = (truth * (1.0 - truth) / 128.0).sqrt();
            let (bias, spread) = (sum / 200.0, (squares / 200.0).sqrt());
            assert!(
                bias.abs() < 4.0 * expected / 200f64.sqrt(),
                "{size}: bias {bias}"
            );
            assert!(
                spread < 1.2 * expected,
                "{size}: spread {spread}, expected {expected}"
            );
        }
    }

    proptest! {
        #[test]
        fn agreement_is_within_five_standard_errors(
            a in prop::collection::btree_set(0u64..80, 1..60),
            b in prop::collection::btree_set(0u64..80, 1..60),
        ) {
            let truth = a.intersection(&b).count() as f64 / a.union(&b).count() as f64;
            let a: Vec<u64> = a.into_iter().map(element).collect();
            let b: Vec<u64> = b.into_iter().map(element).collect();
            let bound = 5.0 * (truth * (1.0 - truth) / 256.0).sqrt() + 1e-9;
            prop_assert!((agreement(&a, &b, 256) - truth).abs() <= bound);
        }
    }
}
