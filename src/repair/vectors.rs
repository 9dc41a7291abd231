//! Word vectors: what a text is about, for the choice between things that may have been meant.
//!
//! The file `data/vectors/en.vec` holds quantised vectors of common words and of the words of the lexicons; the
//! script `scripts/repair/vectors.py` makes it and tells its source and layout. A repair that fits the words
//! around it better than what stands there is likelier.
//!
//! Source: Pennington, Socher and Manning 2014, "`GloVe`", doi:10.3115/v1/D14-1162.

use rustc_hash::FxHashMap;

use super::tokens::Token;

/// First bytes of the file.
const MAGIC: [u8; 4] = *b"LVC1";
/// Components of a vector.
const SIZE: usize = 64;
/// Neighbours with a vector, on each side, that make the narrow surroundings; and the wide ones.
const NARROW: usize = 3;
const WIDE: usize = 8;

static EMBEDDED: &[u8] = include_bytes!("../../data/vectors/en.vec");

/// A sum of word vectors.
pub(super) type Sum = [f32; SIZE];

/// The embedded vectors.
#[derive(Debug)]
pub(super) struct Vectors {
    /// Where the vector of a word stands, by the upper half of its hash.
    places: FxHashMap<u32, u32>,
    components: &'static [u8],
}

/// A phrase and what surrounds it: its direction and the means of the vectors around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around {
    spun: Sum,
    narrow: Sum,
    wide: Sum,
    /// How close the phrase is to both.
    close: (f32, f32),
}

/// What the vectors say of an exchange.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fit {
    /// Cosine between what stands there and what is meant.
    pub(super) alike: f32,
    /// By how much what is meant is closer to the nearest words, and to those a little farther.
    pub(super) narrow: f32,
    pub(super) wide: f32,
}

impl Vectors {
    /// The vectors that are part of the program; `None` when the file is damaged.
    pub(super) fn embedded() -> Option<Self> {
        Self::read(EMBEDDED)
    }

    fn read(data: &'static [u8]) -> Option<Self> {
        let (head, rest) = data.split_at_checked(12)?;
        let number = |at: usize| {
            u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize
        };
        if head[..4] != MAGIC || number(8) != SIZE {
            return None;
        }
        let (hashes, components) = rest.split_at_checked(number(4).checked_mul(4)?)?;
        if components.len() != number(4) * SIZE {
            return None;
        }
        let places = hashes
            .chunks_exact(4)
            .zip(0..)
            .map(|(b, place)| (u32::from_le_bytes([b[0], b[1], b[2], b[3]]), place))
            .collect();
        Some(Self { places, components })
    }

    /// Where the vector of `word` stands; `None` where it has none.
    pub(super) fn place(&self, word: &str) -> Option<u32> {
        let hash = word.bytes().fold(0xCBF2_9CE4_8422_2325u64, |h, b| {
            (h ^ u64::from(b.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01B3)
        });
        self.places.get(&((hash >> 32) as u32)).copied()
    }

    /// Adds the vector at `place` to `sum`.
    fn add(&self, place: u32, sum: &mut Sum) {
        let at = place as usize * SIZE;
        for (s, &c) in sum.iter_mut().zip(&self.components[at..at + SIZE]) {
            *s += f32::from(c.cast_signed());
        }
    }

    /// The direction of the vectors of the words of `phrase`; `None` where none has one.
    pub(super) fn direction<'w>(&self, phrase: impl Iterator<Item = &'w str>) -> Option<Sum> {
        let mut sum = [0.0; SIZE];
        let mut any = false;
        for word in phrase {
            if let Some(place) = self.place(word) {
                self.add(place, &mut sum);
                any = true;
            }
        }
        any.then(|| {
            let length = dot(&sum, &sum).sqrt().max(1e-6);
            sum.map(|x| x / length)
        })
    }

    /// What surrounds a phrase whose direction is `spun`: `before` and `after` hold the vectors of the other tokens of its
    /// line, where they have one.
    pub(super) fn around(
        &self,
        (before, after): (&[Option<u32>], &[Option<u32>]),
        spun: Sum,
    ) -> Around {
        let before = before.iter().rev().flatten().take(WIDE);
        let after = after.iter().flatten().take(WIDE);
        let mut out = Around {
            spun,
            narrow: [0.0; SIZE],
            wide: [0.0; SIZE],
            close: (0.0, 0.0),
        };
        let (mut near, mut all) = (0u8, 0u8);
        let numbered = before.enumerate().chain(after.enumerate());
        for (i, &place) in numbered {
            if i < NARROW {
                self.add(place, &mut out.narrow);
                near += 1;
            }
            self.add(place, &mut out.wide);
            all += 1;
        }
        // Components are 127 times those of vectors of length one.
        let (near, all) = (
            127.0 * f32::from(near.max(1)),
            127.0 * f32::from(all.max(1)),
        );
        out.narrow = out.narrow.map(|x| x / near);
        out.wide = out.wide.map(|x| x / all);
        out.close = (dot(&spun, &out.narrow), dot(&spun, &out.wide));
        out
    }
}

impl Around {
    /// What it says of `meant`, of length one, in place of the phrase.
    pub(super) fn fit(&self, meant: &Sum) -> Fit {
        Fit {
            alike: dot(&self.spun, meant),
            narrow: dot(meant, &self.narrow) - self.close.0,
            wide: dot(meant, &self.wide) - self.close.1,
        }
    }
}

fn dot(a: &Sum, b: &Sum) -> f32 {
    // Sums side by side, so that the compiler may use wide registers: it must not reorder one sum.
    let mut sums = [0.0; 8];
    for (x, y) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    sums.iter().sum()
}

/// The words of `tokens`, of hyphenated ones and those in the possessive their parts.
pub(super) fn words<'t>(text: &'t str, tokens: &'t [Token]) -> impl Iterator<Item = &'t str> {
    tokens.iter().flat_map(|t| parts(t.span.of(text)))
}

/// The stretches of letters of `phrase`.
pub(super) fn parts(phrase: &str) -> impl Iterator<Item = &str> {
    let bytes = phrase.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let letter = |b: &u8| b.is_ascii_alphabetic();
        at += bytes[at..].iter().position(letter)?;
        let from = at;
        at += bytes[at..]
            .iter()
            .position(|b| !letter(b))
            .unwrap_or(bytes.len() - at);
        // Both ends stand beside ASCII letters, so they are borders of characters.
        Some(&phrase[from..at])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn related_words_are_close() {
        let vectors = Vectors::embedded().expect("the file in data/vectors is whole");
        let of = |w: &str| {
            vectors
                .direction(std::iter::once(w))
                .expect("a common word")
        };
        let near = dot(&of("army"), &of("troops"));
        let far = dot(&of("army"), &of("recipe"));
        assert!(near > far + 0.3, "{near} {far}");
        assert!(vectors.direction(std::iter::once("qzxv")).is_none());
    }

    #[test]
    fn a_damaged_file_is_refused() {
        assert!(Vectors::read(b"").is_none());
        assert!(Vectors::read(b"LVC1\x01\x00\x00\x00\x40\x00\x00\x00").is_none());
    }
}
