//! The language of a text.

use std::sync::LazyLock;

/// Bytes that are looked at: the detector reads 4 MB/s, and 1 kB of running text is enough for it.
const SAMPLE: usize = 1024;

/// The language of `text` and the detector's confidence: ISO 639-1 code where there is one, else ISO 639-3.
///
/// Looks at 1 kB from the middle of the text, where titles and menus are fewest. `None` when that is not enough to be
/// sure. The detector is `whatlang`: trigrams of 69 languages. English running text, most of what comes, is told by its
/// function words, which costs a tenth.
pub fn language(text: &str) -> Option<(&'static str, f32)> {
    let start = crate::text::cut::floor(text, text.len().saturating_sub(SAMPLE) / 2);
    let end = crate::text::cut::floor(text, (start + SAMPLE).min(text.len()));
    let sample = &text[start..end];
    if is_plainly_english(sample) {
        return Some(("en", 1.0));
    }
    let info = whatlang::detect(sample)?;
    if !info.is_reliable() {
        return None;
    }
    let code = info.lang().code();
    Some((short(code).unwrap_or(code), info.confidence() as f32))
}

/// Different words of `english.tsv` that a sample must hold, and the share of its words that they make up, as 1 in `n`.
const ENGLISH_WORDS: u32 = 5;
const ENGLISH_SHARE: usize = 8;

/// Whether `sample` has no letters beyond ASCII and as many English function words as only English has.
fn is_plainly_english(sample: &str) -> bool {
    if !sample.is_ascii() && sample.chars().any(|c| !c.is_ascii() && c.is_alphabetic()) {
        return false;
    }
    let (mut words, mut hits, mut seen) = (0usize, 0usize, 0u64);
    for span in crate::text::words::words(sample) {
        words += 1;
        if let Some(packed) = pack(span.of(sample))
            && let Ok(i) = FUNCTION_WORDS.binary_search(&packed)
        {
            hits += 1;
            seen |= 1 << i;
        }
    }
    seen.count_ones() >= ENGLISH_WORDS && hits * ENGLISH_SHARE >= words
}

/// The words of `english.tsv`, packed and sorted: 64 at most, so that one bit each tells which were seen.
static FUNCTION_WORDS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut words: Vec<u64> = include_str!("../../data/decode/english.tsv")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(pack)
        .collect();
    words.sort_unstable();
    words
});

/// The lower-cased bytes of a word of at most five ASCII characters as one number.
fn pack(word: &str) -> Option<u64> {
    (word.len() <= 5 && word.is_ascii()).then(|| {
        word.bytes()
            .fold(0, |n, b| n << 8 | u64::from(b.to_ascii_lowercase()))
    })
}

/// The ISO 639-1 code of an ISO 639-3 one.
fn short(code: &str) -> Option<&'static str> {
    include_str!("../../data/decode/languages.tsv")
        .lines()
        .filter_map(|row| row.split_once('\t'))
        .find_map(|(long, short)| (long == code).then_some(short))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_named_by_their_short_codes() {
        let english =
            "It was a bright cold day in April, and the clocks were striking thirteen. ".repeat(4);
        assert_eq!(language(&english).map(|l| l.0), Some("en"));
        let russian = "Все смешалось в доме Облонских. Жена узнала, что муж был в связи с бывшею в их доме \
                       француженкою-гувернанткой, и объявила мужу, что не может жить с ним в одном доме. \
                       Положение это продолжалось уже третий день и мучительно чувствовалось и самими \
                       супругами, и всеми членами семьи, и домочадцами.";
        assert_eq!(language(russian).map(|l| l.0), Some("ru"));
        assert!(is_plainly_english(
            "They said that the men who came with them had been there before, and of that she was sure."
        ));
        assert!(!is_plainly_english(
            "De man die in het huis was, is van de week op een andere plek gezien, en of dat zo is weet men of men niet."
        ));
        assert_eq!(language("12 34 56"), None);
        assert!((10..=64).contains(&FUNCTION_WORDS.len()));
        for lang in whatlang::Lang::all() {
            assert!(short(lang.code()).is_none_or(|s| s.len() == 2));
        }
    }
}
