//! The rules of the text level: their names and whether they run by themselves.

pub(super) mod entity;
pub(super) mod forms;
pub(super) mod invisible;
pub(super) mod nfc;
pub(super) mod spaces;
pub(super) mod surrogate;
pub(super) mod terminal;

/// Name and default of a rule; its number in [`RULES`] is its bit in a mask.
#[derive(Debug)]
pub struct RuleInfo {
    /// Never reused.
    pub code: &'static str,
    /// As in settings and in `edits.jsonl`.
    pub name: &'static str,
    /// Whether it runs unless it is switched off.
    pub default: bool,
    /// What it does, in one line.
    pub about: &'static str,
}

const fn rule(
    code: &'static str,
    name: &'static str,
    default: bool,
    about: &'static str,
) -> RuleInfo {
    RuleInfo {
        code,
        name,
        default,
        about,
    }
}

/// All rules of the decode stage.
pub static RULES: &[RuleInfo] = &[
    rule(
        "D01",
        "mojibake",
        true,
        "text that was decoded in the wrong encoding is put back",
    ),
    rule(
        "D02",
        "terminal-escape",
        true,
        "colour and cursor sequences of terminals go",
    ),
    rule(
        "D03",
        "entity",
        true,
        "HTML entities left in plain text become their characters",
    ),
    rule(
        "D04",
        "surrogate",
        true,
        "escaped surrogate pairs become their character",
    ),
    rule(
        "D05",
        "line-ends",
        true,
        "every line end becomes a line feed",
    ),
    rule(
        "D06",
        "control",
        true,
        "control characters without a meaning go",
    ),
    rule(
        "D07",
        "zero-width",
        true,
        "zero-width characters and soft hyphens that do nothing go",
    ),
    rule(
        "D08",
        "bidi",
        true,
        "controls of writing direction go where everything runs one way",
    ),
    rule(
        "D09",
        "exotic-space",
        true,
        "no-break and typographic spaces become spaces",
    ),
    rule(
        "D10",
        "ligature",
        true,
        "Latin ligatures of fonts become letters",
    ),
    rule(
        "D11",
        "full-width",
        true,
        "full-width Latin in Latin text becomes plain Latin",
    ),
    rule("D12", "nfc", true, "canonical composition"),
    rule("D13", "quotes", false, "curly quotes become straight ones"),
    rule("D14", "nfkc", false, "compatibility composition"),
    rule(
        "D15",
        "markup",
        true,
        "pages of HTML become the lines that a reader sees",
    ),
];

/// Bits of the rules, in the order of [`RULES`].
pub(super) mod bit {
    pub(in crate::decode) const MOJIBAKE: u32 = 1;
    pub(in crate::decode) const TERMINAL: u32 = 1 << 1;
    pub(in crate::decode) const ENTITY: u32 = 1 << 2;
    pub(in crate::decode) const SURROGATE: u32 = 1 << 3;
    pub(in crate::decode) const LINE_ENDS: u32 = 1 << 4;
    pub(in crate::decode) const CONTROL: u32 = 1 << 5;
    pub(in crate::decode) const ZERO_WIDTH: u32 = 1 << 6;
    pub(in crate::decode) const BIDI: u32 = 1 << 7;
    pub(in crate::decode) const EXOTIC_SPACE: u32 = 1 << 8;
    pub(in crate::decode) const LIGATURE: u32 = 1 << 9;
    pub(in crate::decode) const FULL_WIDTH: u32 = 1 << 10;
    pub(in crate::decode) const NFC: u32 = 1 << 11;
    pub(in crate::decode) const QUOTES: u32 = 1 << 12;
    pub(in crate::decode) const NFKC: u32 = 1 << 13;
    /// Runs before the others, by [`Decode::markup`](super::super::Decode::markup).
    pub(in crate::decode) const MARKUP: u32 = 1 << 14;
    /// Part of [`MOJIBAKE`]: text of an encoding that is not UTF-8.
    pub(in crate::decode) const LEGACY: u32 = 1 << 15;
    /// Those that look at one character and its neighbours, and run together.
    pub(in crate::decode) const CHARACTERS: u32 =
        LINE_ENDS | CONTROL | ZERO_WIDTH | BIDI | EXOTIC_SPACE | LIGATURE | FULL_WIDTH | QUOTES;
}

/// The name of the rule with that bit.
pub(super) fn name(bit: u32) -> &'static str {
    RULES
        .get(bit.trailing_zeros() as usize)
        .map_or("decode", |r| r.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_unique_and_match_their_bits() {
        for (i, r) in RULES.iter().enumerate() {
            assert_eq!(r.code, format!("D{:02}", i + 1));
            assert!(r.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
            assert!(RULES[..i].iter().all(|o| o.name != r.name));
        }
        assert_eq!(name(bit::NFC), "nfc");
        assert_eq!(name(bit::NFKC), "nfkc");
        assert_eq!(name(bit::FULL_WIDTH), "full-width");
        assert_eq!(name(bit::MARKUP), crate::edit::MARKUP);
    }
}
