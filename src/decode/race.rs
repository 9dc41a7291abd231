//! The race between encodings: what the same bytes cost in each, on the one scale of [`pairs`] and [`han`].
//!
//! A single-byte encoding is a table of 256 symbols, and what a text costs in it is a sum over the pairs of neighbouring
//! bytes; pairs are counted once for all encodings. The race has laps: encodings that are far behind after a few
//! bytes do not read the rest.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};

use super::codec::Codec;
use super::han;
use super::letters::Letters;
use super::pairs::{self, STRANGE, Symbol, Tally};

/// Single-byte encodings that are weighed against each other. ISO-8859-1 and -9 are read as their Windows supersets.
const SINGLE: [&str; 33] = [
    "windows-1252",
    "windows-1251",
    "windows-1250",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-13",
    "iso-8859-15",
    "koi8-r",
    "koi8-u",
    "macintosh",
    "x-mac-cyrillic",
    "ibm866",
    "ibm855",
    "ibm850",
    "ibm852",
    "ibm857",
    "ibm775",
    "ibm737",
    "ibm869",
    "ibm862",
    "mac-latin2",
    VIETNAMESE,
    "kz1048",
    "ptcp154",
];
/// Its tone marks stand behind the letters; the pairs know composed ones.
const VIETNAMESE: &str = "windows-1258";
/// The bytes of those marks.
const TONES: [u8; 5] = [0xCC, 0xD2, 0xDE, 0xEC, 0xF2];
/// Encodings of several bytes a character.
const MULTI: [&str; 6] = ["gbk", "big5", "shift_jis", "euc-jp", "euc-kr", "johab"];
/// Quarter bits of a malformed sequence.
const MALFORMED: i32 = 160;
/// Bytes after which a lap ends; the last one is all.
const LAPS: [usize; 3] = [96, 320, usize::MAX];
/// Quarter bits behind the first at which an encoding leaves the race: far more than later letters were seen to make good.
const BEHIND: i32 = 400;
/// Share of its surprise that the encoding of chardetng's choice is let off: it knows the Web's priors.
const TRUST: i32 = 20;
/// Quarter bits that this can be worth: in long texts the letters themselves say enough.
const MOST_TRUST: i32 = 32;

/// Quarter bits that an encoding must make good, by how seldom it is met: a byte or two decide nothing against that.
fn rarity(name: &str) -> i32 {
    match name {
        "x-mac-cyrillic" => 36,
        n if matches!(n, "iso-8859-3" | "iso-8859-4")
            || n.starts_with("ibm")
            || n.contains("mac") =>
        {
            56
        }
        "johab" | "kz1048" | "ptcp154" => 40,
        "windows-1252" | "gb18030" | "gbk" | "big5" | "shift_jis" | "euc-jp" | "euc-kr" => 0,
        n if n.starts_with("windows") => 8,
        _ => 24,
    }
}

/// An encoding that may win.
struct Candidate {
    codec: Codec,
    rarity: i32,
    alphabet: Option<Box<Alphabet>>,
    composes: bool,
}

/// What each byte is in a single-byte encoding; U+FFFD where it is nothing.
struct Alphabet {
    chars: [char; 256],
    symbols: [Symbol; 256],
}

impl Candidate {
    fn of(codec: Codec) -> Self {
        let name = codec.name();
        Self {
            codec,
            rarity: rarity(&name),
            alphabet: codec
                .is_single_byte()
                .then(|| Box::new(Alphabet::of(codec))),
            composes: name == VIETNAMESE,
        }
    }

    /// Quarter bits of `lap` in this encoding.
    fn cost(&self, lap: &Lap) -> i32 {
        let bits = match &self.alphabet {
            Some(_) if self.composes && lap.bytes.iter().any(|b| TONES.contains(b)) => {
                let text = self.codec.decode(lap.bytes).0;
                let nfc = icu_normalizer::ComposingNormalizerBorrowed::new_nfc();
                pairs::surprise(&nfc.normalize(&text))
            }
            Some(alphabet) => {
                let mut tally = Tally::EMPTY;
                for (a, b, count) in &lap.pairs {
                    let symbol = |byte: u8| &alphabet.symbols[usize::from(byte)];
                    tally.add(symbol(*a), symbol(*b), *count);
                }
                tally.surprise()
            }
            None => {
                let (text, malformed) = self.codec.decode(lap.bytes);
                // A sequence that the end cuts is no fault of the encoding.
                let cut = lap.cut
                    && malformed
                        .last()
                        .is_some_and(|m| m.0 + '\u{FFFD}'.len_utf8() == text.len());
                han::surprise(&text) + MALFORMED * (malformed.len() - usize::from(cut)) as i32
            }
        };
        bits + self.rarity
    }

    /// Whether lines of `bytes` may be letters of one script other than Latin; `high` are the ones beyond ASCII, with how often
    /// each stands there.
    fn may_be_one_script(&self, bytes: &[u8], high: &[(u8, usize)]) -> bool {
        if let Some(alphabet) = &self.alphabet {
            let mut letters = Letters::default();
            for (byte, count) in high {
                letters.add(alphabet.chars[usize::from(*byte)], *count);
            }
            return letters.may_be_one_script();
        }
        let (text, malformed) = self.codec.decode(bytes);
        malformed.len() * 10 <= bytes.len() && Letters::of(&text).may_be_one_script()
    }

    /// Equal for encodings that read `bytes`, which hold `high` ones beyond ASCII, alike.
    fn reading(&self, bytes: &[u8], high: &[u8]) -> u64 {
        let mut hasher = FxHasher::default();
        match &self.alphabet {
            Some(alphabet) => {
                for byte in high {
                    alphabet.chars[usize::from(*byte)].hash(&mut hasher);
                }
            }
            None => self.codec.decode(bytes).0.hash(&mut hasher),
        }
        hasher.finish()
    }
}

impl Alphabet {
    fn of(codec: Codec) -> Self {
        let chars = std::array::from_fn(|byte| {
            let read = codec.decode(&[byte as u8]).0;
            read.chars().next().unwrap_or('\u{FFFD}')
        });
        Self {
            chars,
            symbols: chars.map(Symbol::of),
        }
    }
}

static CANDIDATES: LazyLock<Vec<Candidate>> = LazyLock::new(|| {
    let names = SINGLE.iter().chain(&MULTI);
    names
        .filter_map(|name| Codec::for_label(name))
        .map(Candidate::of)
        .collect()
});

/// The beginning of the bytes, up to where a lap ends.
struct Lap<'b> {
    bytes: &'b [u8],
    /// Two neighbouring bytes of which one is beyond ASCII, and how often they stand there; blanks stand at both ends.
    pairs: Vec<(u8, u8, i16)>,
    /// Whether the end may be the middle of a character.
    cut: bool,
}

impl<'b> Lap<'b> {
    fn of(bytes: &'b [u8], cut: bool) -> Self {
        let mut places: FxHashMap<(u8, u8), usize> = FxHashMap::default();
        let mut pairs: Vec<(u8, u8, i16)> = Vec::new();
        let mut last = b' ';
        for &byte in bytes.iter().chain(b" ") {
            if (last | byte) >= 0x80 {
                let place = *places.entry((last, byte)).or_insert(pairs.len());
                match pairs.get_mut(place) {
                    Some(pair) => pair.2 = pair.2.saturating_add(1),
                    None => pairs.push((last, byte, 1)),
                }
            }
            last = byte;
        }
        Self { bytes, pairs, cut }
    }

    /// The bytes beyond ASCII, each once.
    fn high(&self) -> Vec<u8> {
        let mut seen = [false; 256];
        for (a, b, _) in &self.pairs {
            seen[usize::from(*a)] = true;
            seen[usize::from(*b)] = true;
        }
        (0x80..=0xFF).filter(|b| seen[usize::from(*b)]).collect()
    }
}

/// An encoding at the end of the race.
#[derive(Clone, Copy)]
pub(super) struct Ranked {
    pub(super) codec: Codec,
    /// What the bytes cost, in quarter bits.
    pub(super) bits: i32,
    reading: u64,
}

/// Those who ended the race.
pub(super) struct Race<'b> {
    last: Lap<'b>,
    high: Vec<u8>,
    /// Sorted by cost.
    ranked: Vec<Ranked>,
}

impl<'b> Race<'b> {
    /// Weighs `bytes`, which hold some beyond ASCII, in all encodings. `cut` where they may end in the middle of a character.
    pub(super) fn run(bytes: &'b [u8], cut: bool) -> Self {
        Self::among(&CANDIDATES.iter().collect::<Vec<_>>(), Lap::of(bytes, cut))
    }

    /// Weighs bytes that are letters of one script other than Latin in the encodings in which lines of them may be that, and in
    /// windows-1252; `None` where there are none.
    pub(super) fn of_one_script(bytes: &'b [u8], cut: bool) -> Option<Self> {
        let mut counts = [0; 256];
        for byte in bytes {
            counts[usize::from(*byte)] += 1;
        }
        let counts = (0x80..=0xFF).map(|byte: u8| (byte, counts[usize::from(byte)]));
        let high: Vec<(u8, usize)> = counts.filter(|(_, count)| *count > 0).collect();
        let (first, others) = CANDIDATES.split_first()?;
        let mut candidates = vec![first];
        candidates.extend(others.iter().filter(|c| c.may_be_one_script(bytes, &high)));
        (candidates.len() > 1).then(|| Self::among(&candidates, Lap::of(bytes, cut)))
    }

    fn among(candidates: &[&Candidate], last: Lap<'b>) -> Self {
        let bytes = last.bytes;
        let high = last.high();
        // Encodings that read the bytes alike are one candidate, under the name that comes first.
        let mut ranked: Vec<(&Candidate, Ranked)> = Vec::with_capacity(candidates.len());
        for &candidate in candidates {
            let reading = if candidate.alphabet.is_some() {
                candidate.reading(bytes, &high)
            } else {
                0
            };
            if reading == 0 || ranked.iter().all(|(_, r)| r.reading != reading) {
                let runner = Ranked {
                    codec: candidate.codec,
                    bits: 0,
                    reading,
                };
                ranked.push((candidate, runner));
            }
        }
        for end in LAPS {
            let early;
            let lap = if end < bytes.len() {
                early = Lap::of(&bytes[..end], true);
                &early
            } else {
                &last
            };
            for (candidate, runner) in &mut ranked {
                runner.bits = candidate.cost(lap);
            }
            if end >= bytes.len() {
                break;
            }
            // The second stays, however far behind: its distance says how sure the first is.
            let mut bits: Vec<i32> = ranked.iter().map(|(_, r)| r.bits).collect();
            bits.sort_unstable();
            if let [best, second, ..] = bits[..] {
                let most = second.max(best + BEHIND);
                ranked.retain(|(_, r)| r.bits <= most);
            }
        }
        for (candidate, runner) in &mut ranked {
            if runner.reading == 0 {
                runner.reading = candidate.reading(bytes, &high);
            }
        }
        let ranked = ranked.into_iter().map(|(_, runner)| runner).collect();
        let mut race = Self { last, high, ranked };
        race.sort();
        race
    }

    fn sort(&mut self) {
        self.ranked.sort_by_key(|r| r.bits);
        let mut readings = Vec::with_capacity(self.ranked.len());
        self.ranked.retain(|r| {
            let is_new = !readings.contains(&r.reading);
            readings.push(r.reading);
            is_new
        });
    }

    /// Whether the winner is ahead beyond what [`favour`](Self::favour) could change, and reads a language that the
    /// pairs know, from left to right.
    pub(super) fn is_clear(&self) -> bool {
        let (winner, second) = self.best();
        let ahead = second.is_none_or(|s| s.bits - winner.bits > 2 * MOST_TRUST);
        let places: i32 = self.last.pairs.iter().map(|p| i32::from(p.2)).sum();
        let is_known = winner.bits < places * STRANGE * 2 / 3;
        ahead && is_known && !matches!(&*winner.codec.name(), "windows-1255" | "ibm862")
    }

    /// Lets `codec` off a little of its cost, and names what reads alike by it.
    pub(super) fn favour(&mut self, codec: Codec) {
        // Making one reads 256 bytes in its encoding.
        let own;
        let known = CANDIDATES.iter().find(|c| c.codec == codec);
        let candidate = if let Some(known) = known {
            known
        } else {
            own = Candidate::of(codec);
            &own
        };
        let reading = candidate.reading(self.last.bytes, &self.high);
        let place = self.ranked.iter().position(|r| r.reading == reading);
        let place = place.unwrap_or_else(|| {
            self.ranked.push(Ranked {
                codec,
                bits: candidate.cost(&self.last),
                reading,
            });
            self.ranked.len() - 1
        });
        let runner = &mut self.ranked[place];
        runner.codec = codec;
        runner.bits -= (runner.bits / TRUST).min(MOST_TRUST);
        self.ranked.sort_by_key(|r| r.bits);
    }

    /// The winner, and the one behind it.
    pub(super) fn best(&self) -> (Ranked, Option<Ranked>) {
        // The first of the list is always there: nobody is farther behind the best than the best itself.
        let winner = self.ranked.first().copied().unwrap_or(Ranked {
            codec: Codec::UTF_8,
            bits: 0,
            reading: 0,
        });
        (winner, self.ranked.get(1).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clear_winner_has_a_runner_up_far_behind() {
        let text = "В гимназии он не был в числе первых учеников, исключение составляли математика и латынь. ".repeat(12);
        let bytes = encoding_rs::KOI8_R.encode(&text).0;
        let race = Race::run(&bytes, false);
        let (winner, second) = race.best();
        assert_eq!(winner.codec.name(), "koi8-r");
        assert!(second.is_some_and(|s| s.bits > winner.bits + 2 * BEHIND));
        assert!(race.is_clear());
    }
}
