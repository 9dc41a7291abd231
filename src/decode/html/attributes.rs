//! What a start tag says of its element: the name, and the attributes that tell something.

use super::marks::ClassWords;

/// The name in a start tag, lower-cased into `lower`; cut where it is longer than any that is known.
pub(super) fn name_of<'l>(tag: &[u8], lower: &'l mut [u8; 24]) -> &'l [u8] {
    let mut n = 0;
    for &b in tag.iter().skip(1).take(lower.len()) {
        if b.is_ascii_whitespace() || b == b'/' || b == b'>' {
            break;
        }
        lower[n] = b.to_ascii_lowercase();
        n += 1;
    }
    &lower[..n]
}

/// The attributes of a start tag that tell something.
#[derive(Default)]
pub(super) struct Attributes<'s> {
    pub marks: u32,
    /// The first class name without its digits' end.
    pub class: &'s [u8],
    pub hidden: bool,
    pub href: bool,
    pub name: &'s str,
    pub content: &'s str,
    pub rel: &'s str,
    pub address: &'s str,
    pub lang: &'s str,
    pub kind: &'s str,
    pub datetime: &'s str,
}

impl<'s> Attributes<'s> {
    pub(super) fn note(&mut self, name: &'s str, value: &'s str, words: &ClassWords) {
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
        match name.len() {
            2 if is("id") => self.marks |= words.of(value.as_bytes()),
            3 if is("rel") => self.rel = value,
            4 if is("name") && self.name.is_empty() => self.name = value,
            4 if is("href") => {
                self.href = true;
                self.address = value;
            }
            4 if is("lang") => self.lang = value,
            4 if is("type") => self.kind = value,
            4 if is("role") => self.marks |= words.of(value.as_bytes()),
            5 if is("class") => {
                self.marks |= words.of(value.as_bytes());
                let first = value.as_bytes().trim_ascii_start();
                let end = first
                    .iter()
                    .position(|b| b.is_ascii_whitespace() || b.is_ascii_digit())
                    .unwrap_or(first.len());
                self.class = &first[..end];
            }
            5 if is("style") => self.hidden |= hides(value),
            6 if is("hidden") => self.hidden |= !value.eq_ignore_ascii_case("until-found"),
            7 if is("content") => self.content = value,
            8 if is("property") || is("itemprop") => {
                self.marks |= words.of(value.as_bytes());
                self.name = value;
            }
            8 if is("datetime") => self.datetime = value,
            _ => {}
        }
    }
}

/// Whether a style takes its element out of sight.
fn hides(style: &str) -> bool {
    let mut declarations = style.split(';').filter_map(|d| d.split_once(':'));
    declarations.any(|(name, value)| {
        let (name, value) = (name.trim(), value.trim());
        let value = value.split('!').next().unwrap_or(value).trim();
        (name.eq_ignore_ascii_case("display") && value.eq_ignore_ascii_case("none"))
            || (name.eq_ignore_ascii_case("visibility")
                && (value.eq_ignore_ascii_case("hidden") || value.eq_ignore_ascii_case("collapse")))
    })
}
