//! `nfc` and `nfkc`: Unicode normal forms, as edits of the characters that change.

use icu_normalizer::ComposingNormalizerBorrowed;

use super::bit;
use crate::decode::layers::append;
use crate::decode::scan::find;
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

/// Appends the edits that bring `text` into NFC, looking only where there is a character that may be other in it.
pub(in crate::decode) fn edits_near(text: &str, rule: &'static str, out: &mut Vec<Edit>) {
    let form = ComposingNormalizerBorrowed::new_nfc();
    let mut done = 0;
    // Behind the last character that was passed over.
    let mut passed = usize::MAX;
    find(text, bit::NFC, |at, c, _| {
        if at < done {
            return;
        }
        let end = at + c.len_utf8();
        if never_composes(c) && at != passed && stands_alone(text[end..].chars().next()) {
            passed = end;
            return;
        }
        // What it may combine with.
        let before = text[..at].chars().next_back().map_or(0, char::len_utf8);
        let from = done.max(at - before);
        done = at + stretch(&text[at..]);
        let part = &text[from..done];
        if !form.is_normalized(part) {
            push(part, &form.normalize(part), from, rule, out);
        }
    });
}

/// Length of the stretch at the start of `rest` that can be normalised by itself: up to a character that never
/// combines with what stands before it.
fn stretch(rest: &str) -> usize {
    rest.char_indices()
        .skip(1)
        .find(|(_, c)| stands_alone(Some(*c)))
        .map_or(rest.len(), |(i, _)| i)
}

/// Points of vowels in Hebrew and Arabic: they change only beside one another.
fn never_composes(c: char) -> bool {
    matches!(c as u32, 0x591..=0x5BD | 0x64B..=0x652 | 0x670)
}

/// Whether `c`, or the end of a text, never combines with what stands before it.
fn stands_alone(c: Option<char>) -> bool {
    matches!(c.map_or(0, u32::from), 0..0x300 | 0x388..0x483 | 0x48A..0x530 | 0x5D0..0x5EB | 0x620..0x64B | 0x1E00..0x2000 | 0x2010..0x2026 | 0x3041..0x3099 | 0x30A0..0xA000 | 0xAC00..0xD7A4)
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
        append(out, span, &new[..new.len() - tail], rule, 1.0);
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

    proptest::proptest! {
        #[test]
        fn what_is_near_is_all_there_is(text in "([ -~]|[a-e]|[à-ü]|[\u{300}-\u{338}]|[\u{591}-\u{5EA}]|[\u{610}-\u{660}]|[か-ぽ\u{3099}]|[\u{900}-\u{95F}]|[\u{9BE}-\u{9D7}]|[\u{1100}-\u{11FF}가각]|\\PC){0,40}") {
            let mut out = Vec::new();
            edits_near(&text, "nfc", &mut out);
            let form = ComposingNormalizerBorrowed::new_nfc();
            proptest::prop_assert_eq!(apply(&text, &out), form.normalize(&text));
        }
    }
}
