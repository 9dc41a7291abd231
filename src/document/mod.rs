//! A document on its way through the stages, and what is known about it.

mod structure;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

pub(crate) use structure::innermost;
pub use structure::{Element, Line, Mark, Structure, Tag};

/// Seed of [`DocId`]; changing it changes what repeats and ties look like in run folders.
const DOC_ID_SEED: u64 = 0x006c_696d_7069_6431;

/// Names a document by where it stands, whatever the order in which documents arrive.
///
/// 64 bits of XXH3 over path and offset. Ties between documents break by this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocId(pub u64);

impl DocId {
    /// The id of the document that begins at byte `offset` of `path`.
    pub fn of(path: &str, offset: u64) -> Self {
        let mut hash = Xxh3::with_seed(DOC_ID_SEED);
        hash.update(path.as_bytes());
        hash.update(&[0]);
        hash.update(&offset.to_le_bytes());
        Self(hash.digest())
    }
}

/// Facts about a document that were lifted out of its text or stood beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metadata {
    /// Headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Writer or writers, as named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Date of publication: ISO 8601 where it could be read, else as it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Site or publisher, as a host name or as named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Section or category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Address of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What else stood there, by name: views, comment counts, captions.
    #[serde(default, flatten)]
    pub extra: BTreeMap<String, String>,
}

impl Metadata {
    /// Fills what is still unknown from `other`.
    pub fn fill_from(&mut self, other: Self) {
        let Self {
            title,
            author,
            date,
            site,
            category,
            url,
            extra,
        } = other;
        fill(&mut self.title, title);
        fill(&mut self.author, author);
        fill(&mut self.date, date);
        fill(&mut self.site, site);
        fill(&mut self.category, category);
        fill(&mut self.url, url);
        for (key, value) in extra {
            self.extra.entry(key).or_insert(value);
        }
    }
}

fn fill(slot: &mut Option<String>, value: Option<String>) {
    if slot.is_none() {
        *slot = value;
    }
}

/// What a stage sees: one document with its text as the stage before left it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Document {
    /// Names the document by place.
    pub id: DocId,
    /// Path of the input, relative to what the user named, with `/` between folders.
    pub path: String,
    /// The text.
    pub text: String,
    /// What is known about the document so far.
    pub metadata: Metadata,
    /// What the markup said of the text's lines, where the source was a page of HTML.
    pub structure: Option<Structure>,
}

impl Document {
    /// A document at byte `offset` of `path`.
    pub fn new(path: impl Into<String>, offset: u64, text: impl Into<String>) -> Self {
        let path = path.into();
        Self {
            id: DocId::of(&path, offset),
            path,
            text: text.into(),
            metadata: Metadata::default(),
            structure: None,
        }
    }

    /// The site the document comes from, where a URL or the metadata tell it: a host name, lower case, without `www.`.
    pub fn site(&self) -> Option<String> {
        let host = match &self.metadata.url {
            Some(url) => host_of(url)?,
            None => self.metadata.site.as_deref()?,
        };
        let host = host.trim().to_lowercase();
        Some(host.strip_prefix("www.").unwrap_or(&host).to_owned())
    }
}

/// The host of an absolute URL.
pub(crate) fn host_of(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?;
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_place_alone() {
        assert_eq!(DocId::of("a.txt", 0), DocId::of("a.txt", 0));
        assert_ne!(DocId::of("a.txt", 0), DocId::of("a.txt", 1));
        assert_ne!(DocId::of("a.txt", 0), DocId::of("b.txt", 0));
    }

    #[test]
    fn the_site_is_the_host_without_www() {
        let mut doc = Document::new("x", 0, "");
        assert_eq!(doc.site(), None);
        doc.metadata.url = Some("https://user@WWW.Example.org:80/a?b".into());
        assert_eq!(doc.site().as_deref(), Some("example.org"));
    }
}
