//! How usual the letters beyond ASCII of a text are beside their neighbours, in the language that suits them best.
//!
//! The counts stand in `data/decode/pairs.tsv`: pairs of neighbouring letters in 36 languages, as quarter bits.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::mojibake::cost;

/// Quarter bits of a pair that a language does not know.
const STRANGE: i32 = 60;
/// Quarter bits for a capital behind a small letter.
const BROKEN_CASE: i32 = 40;

struct Pairs {
    languages: usize,
    /// Language and cost for each pair, behind one another.
    costs: Vec<(u8, u8)>,
    /// Where the costs of a pair begin and end.
    places: FxHashMap<(char, char), (u32, u32)>,
}

static PAIRS: LazyLock<Pairs> = LazyLock::new(|| {
    let mut rows: Vec<(char, char, u8, u8)> = Vec::new();
    let mut languages: Vec<&str> = Vec::new();
    for line in include_str!("../../data/decode/pairs.tsv").lines() {
        let mut fields = line.split('\t');
        let (Some(name), Some(pair), Some(cost)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let mut letters = pair.chars();
        let (Some(a), Some(b), Ok(cost)) = (letters.next(), letters.next(), cost.parse()) else {
            continue;
        };
        if languages.last() != Some(&name) {
            languages.push(name);
        }
        rows.push((a, b, languages.len() as u8 - 1, cost));
    }
    rows.sort_unstable();
    let mut places = FxHashMap::default();
    for (i, (a, b, ..)) in rows.iter().enumerate() {
        let place = places.entry((*a, *b)).or_insert((i as u32, i as u32));
        place.1 = i as u32 + 1;
    }
    let costs = rows.iter().map(|r| (r.2, r.3)).collect();
    Pairs {
        languages: languages.len(),
        costs,
        places,
    }
});

/// Quarter bits of all that is beyond ASCII in `text`: low where it is ordinary text of some language.
///
/// Texts of equal bytes in different single-byte encodings compare directly. `O(n)`.
pub(super) fn surprise(text: &str) -> i32 {
    let pairs = &*PAIRS;
    let mut saved = vec![0i32; pairs.languages];
    let mut bits = 0;
    let (mut last, mut last_raw) = ('_', ' ');
    for c in text.chars().chain([' ']) {
        let folded = if c.is_alphabetic() {
            c.to_lowercase().next().unwrap_or(c)
        } else {
            '_'
        };
        if !c.is_ascii() && folded == '_' {
            let (class, own) = cost::class(c);
            // No discount for frames: what KOI8 has for small letters draws frames in DOS pages.
            let beside = cost::beside(cost::class(last_raw).0, class).max(0);
            bits += 4 * (i32::from(own) + beside);
        }
        if !last_raw.is_ascii() && last == '_' {
            let (left, right) = (cost::class(last_raw).0, cost::class(c).0);
            bits += 4 * cost::beside(left, right).max(0);
        }
        if !(folded.is_ascii() && last.is_ascii()) {
            bits += STRANGE;
            if last_raw.is_lowercase() && c.is_uppercase() {
                bits += BROKEN_CASE;
            }
            if let Some(&(from, to)) = pairs.places.get(&(last, folded)) {
                for &(language, cost) in &pairs.costs[from as usize..to as usize] {
                    saved[usize::from(language)] += STRANGE - i32::from(cost);
                }
            }
        }
        (last, last_raw) = (folded, c);
    }
    bits - saved.into_iter().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_reading_is_the_least_surprising() {
        let text = "Сегодня хорошая погода, и мы пойдём гулять.";
        let bytes = encoding_rs::KOI8_R.encode(text).0;
        let read = |e: &'static encoding_rs::Encoding| surprise(&e.decode(&bytes).0);
        let right = read(encoding_rs::KOI8_R);
        for wrong in [
            encoding_rs::WINDOWS_1251,
            encoding_rs::IBM866,
            encoding_rs::WINDOWS_1252,
        ] {
            assert!(read(wrong) > right + right / 8);
        }
    }
}
