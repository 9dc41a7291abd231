//! Single-byte code pages outside the WHATWG list: DOS, EBCDIC, Mac and a few national ones.

use std::sync::LazyLock;

use super::codec::Read;

/// A code page, as a row of `data/decode/codepages.tsv`.
#[derive(Debug)]
pub(super) struct CodePage {
    /// IANA's name where there is one, lower case.
    pub(super) name: String,
    aliases: Vec<String>,
    /// `None` where the page has no character.
    chars: [Option<char>; 256],
    /// Sorted by character, for encoding.
    bytes: Vec<(char, u8)>,
    is_one_to_one: bool,
}

static PAGES: LazyLock<Vec<CodePage>> = LazyLock::new(|| {
    include_str!("../../data/decode/codepages.tsv")
        .lines()
        .filter_map(CodePage::parse)
        .collect()
});

/// The page of that lower-case name or alias, with `-` for `_`.
pub(super) fn by_name(name: &str) -> Option<&'static CodePage> {
    PAGES
        .iter()
        .find(|p| p.name == name || p.aliases.iter().any(|a| a == name))
}

impl CodePage {
    fn parse(row: &str) -> Option<Self> {
        let mut fields = row.split('\t');
        let name = fields.next()?.to_owned();
        let aliases = fields.next()?.split(' ').map(str::to_owned).collect();
        let low: usize = fields.next()?.parse().ok()?;
        let mut chars = [None; 256];
        for (byte, slot) in chars.iter_mut().enumerate().take(low) {
            *slot = Some(byte as u8 as char);
        }
        for (slot, code) in chars[low..].iter_mut().zip(fields.next()?.split(' ')) {
            *slot = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
        }
        let mut bytes: Vec<(char, u8)> = chars
            .iter()
            .enumerate()
            .filter_map(|(b, c)| Some(((*c)?, b as u8)))
            .collect();
        bytes.sort_unstable();
        let is_one_to_one = bytes.windows(2).all(|w| w[0].0 != w[1].0);
        Some(Self {
            name,
            aliases,
            chars,
            bytes,
            is_one_to_one,
        })
    }

    /// Whether no two bytes are the same character.
    pub(super) fn is_one_to_one(&self) -> bool {
        self.is_one_to_one
    }

    pub(super) fn decode(&self, bytes: &[u8]) -> Read {
        let mut text = String::with_capacity(bytes.len() * 2);
        let mut malformed = Vec::new();
        for &b in bytes {
            if let Some(c) = self.chars[b as usize] {
                text.push(c);
            } else {
                malformed.push((text.len(), vec![b]));
                text.push('\u{FFFD}');
            }
        }
        (text, malformed)
    }

    pub(super) fn encode(&self, text: &str, out: &mut Vec<u8>, missing: &mut Vec<(usize, char)>) {
        for c in text.chars() {
            if let Ok(i) = self.bytes.binary_search_by_key(&c, |(c, _)| *c) {
                out.push(self.bytes[i].1);
            } else {
                missing.push((out.len(), c));
                out.push(b'?');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read() {
        let rows = include_str!("../../data/decode/codepages.tsv")
            .lines()
            .count();
        assert_eq!(PAGES.len(), rows);
        let page = by_name("cp437").unwrap();
        assert_eq!(page.decode(b"caf\x82").0, "café");
        assert!(PAGES.iter().all(|p| p.bytes.len() > 200));
    }
}
