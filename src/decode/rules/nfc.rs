//! `nfc` and `nfkc`: Unicode normal forms, as edits of the characters that change.

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::decode::layers::append;
use crate::edit::{ByteSpan, Edit};

/// Appends the edits that bring `text` into the normal form.
pub(in crate::decode) fn edits(
    form: &ComposingNormalizerBorrowed<'static>,
    text: &str,
    rule: &'static str,
    out: &mut Vec<Edit>,
) {
    let mut at = 0;
    while at < text.len() {
        let (same, rest) = form.split_normalized(&text[at..]);
        at += same.len();
        if rest.is_empty() {
            return;
        }
        let end = at + stretch(rest);
        let new = form.normalize(&text[at..end]);
        push(&text[at..end], &new, at, rule, out);
        at = end;
    }
}

/// Length of the stretch at the start of `rest` that can be normalised by itself: up to a character that never
/// combines with what stands before it.
fn stretch(rest: &str) -> usize {
    rest.char_indices()
        .skip(1)
        .find(|(_, c)| stands_alone(*c))
        .map_or(rest.len(), |(i, _)| i)
}

fn stands_alone(c: char) -> bool {
    matches!(c as u32, 0..0x300 | 0x388..0x483 | 0x48A..0x530 | 0x1E00..0x2000 | 0x2010..0x2026 | 0x3041..0x3099 | 0x30A0..0xA000 | 0xAC00..0xD7A4)
}

/// Pushes the edit from `old` to `new` without what they share at either end.
fn push(old: &str, new: &str, at: usize, rule: &'static str, out: &mut Vec<Edit>) {
    let head: usize = old
        .chars()
        .zip(new.chars())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let (old, new) = (&old[head..], &new[head..]);
    let tail: usize = old
        .chars()
        .rev()
        .zip(new.chars().rev())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let span = ByteSpan::new(at + head, at + head + old.len() - tail);
    if !span.is_empty() || new.len() > tail {
        append(out, Edit::new(span, &new[..new.len() - tail], rule, 1.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::apply;

    #[test]
    fn edits_compose_and_touch_nothing_else() {
        let form = ComposingNormalizerBorrowed::new_nfc();
        for text in [
            "plain",
            "e\u{301}te\u{301} x",
            "Tie\u{302}\u{301}ng Vie\u{323}\u{302}t",
            "\u{1112}\u{1161}\u{11AB}글",
            "か\u{3099}",
            "a\u{323}\u{301}\u{302}",
            "\u{212B}ngstrom",
            "क\u{93C}",
        ] {
            let mut out = Vec::new();
            edits(&form, text, "nfc", &mut out);
            assert_eq!(apply(text, &out), form.normalize(text), "{text}");
        }
        let mut out = Vec::new();
        edits(&form, "cafe\u{301} au lait", "nfc", &mut out);
        assert_eq!((out.len(), out[0].span), (1, ByteSpan::new(3, 6)));
    }
}
