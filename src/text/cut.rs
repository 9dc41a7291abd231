//! Cutting a text near a byte offset without cutting a character.

/// The last character boundary of `text` at or before byte `at`; the end of the text when `at` is behind it.
pub fn floor(text: &str, at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    (0..=at)
        .rev()
        .find(|i| text.is_char_boundary(*i))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::floor;

    #[test]
    fn cuts_fall_between_characters() {
        assert_eq!(
            (0..6).map(|i| floor("a漢b", i)).collect::<Vec<_>>(),
            [0, 1, 1, 1, 4, 5]
        );
    }
}
