//! The language of a text.

/// Bytes that are looked at: the detector reads 4 MB/s, and 1 kB of running text is enough for it.
const SAMPLE: usize = 1024;

/// The language of `text` and the detector's confidence: ISO 639-1 code where there is one, else ISO 639-3.
///
/// Looks at 1 kB from the middle of the text, where titles and menus are fewest. `None` when that is not enough to be
/// sure. The detector is `whatlang`: trigrams of 69 languages.
pub fn language(text: &str) -> Option<(&'static str, f32)> {
    let start = text.floor_char_boundary(text.len().saturating_sub(SAMPLE) / 2);
    let end = text.floor_char_boundary((start + SAMPLE).min(text.len()));
    let info = whatlang::detect(&text[start..end])?;
    if !info.is_reliable() {
        return None;
    }
    let code = info.lang().code();
    Some((short(code).unwrap_or(code), info.confidence() as f32))
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
        let russian = "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему. ";
        assert_eq!(language(&russian.repeat(3)).map(|l| l.0), Some("ru"));
        assert_eq!(language("12 34 56"), None);
        for lang in whatlang::Lang::all() {
            assert!(short(lang.code()).is_none_or(|s| s.len() == 2));
        }
    }
}
