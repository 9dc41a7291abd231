//! Rows and bands of locality-sensitive hashing, derived from the similarity a user states.

use std::fmt;

use super::sign;
use crate::text::hash::combine;

/// Most slots of a signature. More would allow longer rows, but short texts pay `slots·ln slots` for theirs, and false
/// candidates are few already: 500 among the 36 million pairs of 8,454 news stories at 0.7 with either 128 or 256.
const MAX_SLOTS: usize = 128;
/// Longest row worth trying; beyond it nothing is refuted that verification would not refute cheaply.
const MAX_ROWS: usize = 16;
/// Share of pairs at the stated similarity that may be missed by design.
const MISS: f64 = 0.005;

/// Set in the keys of which [`AGREE`](super::spun::AGREE) must agree, and in no other.
pub const WEAK: u64 = 1;

/// Marks the bands of word shingles.
pub(super) const LONG: u64 = 0x6c6f_6e67_0001;
/// Marks the bands of letter shingles of short texts, which meet one another alone.
pub(super) const SHORT: u64 = 0x7368_6f72_0001;

/// How signatures are cut into bands: two documents become candidates when all rows of one band agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Banding {
    /// Bands of a signature.
    pub bands: usize,
    /// Slots in a band.
    pub rows: usize,
}

impl Banding {
    /// For texts too short for word shingles, over shingles of three letters: an edit distance of a fifth leaves
    /// about 0.35 of those, which this finds with probability 0.96.
    pub(super) const SHORT: Self = Self { bands: 24, rows: 2 };

    /// The longest rows, and as many bands as they need, that find 99.5 % of pairs at `similarity` with at most 128 slots.
    ///
    /// Longer rows let fewer dissimilar pairs through to verification.
    pub fn for_similarity(similarity: f64) -> Self {
        let mut best = Self {
            bands: MAX_SLOTS,
            rows: 1,
        };
        for rows in 1..=MAX_ROWS {
            let agree = similarity.powi(rows as i32);
            let bands = (MISS.ln() / (1.0 - agree).ln()).ceil().max(1.0) as usize;
            if bands * rows <= MAX_SLOTS {
                best = Self { bands, rows };
            }
        }
        best
    }

    /// Slots of a signature.
    pub const fn slots(self) -> usize {
        self.bands * self.rows
    }

    /// Probability that a pair of the given similarity becomes a candidate.
    pub fn detection(self, similarity: f64) -> f64 {
        1.0 - (1.0 - similarity.powi(self.rows as i32)).powi(self.bands as i32)
    }

    /// Signs `shingles` and appends one key a band to `out`; nothing for an empty set.
    pub(super) fn keys(
        self,
        shingles: &mut Vec<u64>,
        slots: &mut Vec<u64>,
        mark: u64,
        out: &mut Vec<u64>,
    ) {
        if !sign::sign(shingles, self.slots(), slots) {
            return;
        }
        out.reserve_exact(self.bands);
        out.extend(
            slots
                .chunks_exact(self.rows)
                .enumerate()
                .map(|(band, rows)| {
                    rows.iter()
                        .fold(combine(mark, band as u64), |state, &slot| {
                            combine(state, slot)
                        })
                }),
        );
    }
}

/// The bands and the detection curve, as a small table.
impl fmt::Display for Banding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} bands of {} rows", self.bands, self.rows)?;
        write!(f, "similarity")?;
        for tenth in 1..=10 {
            write!(f, "  {:5.1}", f64::from(tenth) / 10.0)?;
        }
        write!(f, "\ndetected  ")?;
        for tenth in 1..=10 {
            write!(f, "  {:5.3}", self.detection(f64::from(tenth) / 10.0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_similarity_is_detected_as_promised() {
        for hundredth in 10..=100 {
            let s = f64::from(hundredth) / 100.0;
            let banding = Banding::for_similarity(s);
            assert!(banding.detection(s) >= 0.995, "{s}: {banding:?}");
            assert!(banding.slots() <= MAX_SLOTS);
            assert!(banding.detection(s / 4.0) < banding.detection(s));
        }
    }

    #[test]
    fn the_curve_prints() {
        let text = Banding::for_similarity(0.8).to_string();
        assert!(text.starts_with("18 bands of 6 rows\n"), "{text}");
        assert_eq!(text.lines().count(), 3);
    }
}
