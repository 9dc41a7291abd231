use super::{Proposals, Rule, RuleInfo, View};
use crate::document::Document;
use crate::strip::fold;
use crate::strip::page::Line;
use crate::survey::Questions;
use crate::text::hash::{combine, hash, seed};

/// Lines that many documents of the site, or of the whole corpus, carry.
///
/// **Fires on** a line that at least 5 documents and a fifth of all documents of the site carry, or at least 10 documents
/// and one in a hundred of the corpus, when it has three words or more.
/// **Leaves alone** everything in documents most of which recurs: that is a copy, not furniture; and everything in small
/// batches, where 2 of 5 proves little.
/// **Score** grows with the count: 1 − 2 / documents with the line.
/// **Source** site templates as in Yi, Liu and Li 2003, doi:10.1145/956750.956785, on lines instead of nodes.
pub(in crate::strip) struct SiteFurniture;

pub(super) const INFO: RuleInfo = RuleInfo {
    code: "S11",
    name: "site-furniture",
    about: "lines that many documents of the site or of the corpus carry",
    apply_at: 0.55,
};

/// Documents that must carry a line before it counts, by site and over all.
const SITE_MIN: u32 = 5;
const ALL_MIN: u32 = 10;
const SITE_SHARE: f32 = 0.2;
const ALL_SHARE: f32 = 0.01;
/// Above this share of recurring text a document is a copy.
const COPY: f32 = 0.5;

/// Notes the distinct lines of the page, over all and by site.
pub(in crate::strip) fn ask(doc: &Document, folded: &mut String, questions: &mut Questions) {
    let site = site_key(doc);
    if let Some(site) = site {
        questions.line(site);
    }
    fold::keys(&doc.text, folded, |key| {
        questions.line(key);
        if let Some(site) = site {
            questions.line(combine(site, key));
        }
    });
}

/// The key under which a document of the site is counted.
fn site_key(doc: &Document) -> Option<u64> {
    let site = doc.site()?;
    Some(combine(hash(site.as_bytes(), seed::TEXT), 1))
}

/// Lines without letters are rulers and numbers: they recur everywhere. [`fold::keys`] asks the same.
fn may_recur(line: &Line) -> bool {
    line.letters >= 2
}

impl Rule for SiteFurniture {
    fn info(&self) -> &'static RuleInfo {
        &INFO
    }

    fn propose(&self, view: &View<'_>, out: &mut Proposals) {
        if view.survey.documents() < u64::from(SITE_MIN) {
            return;
        }
        let site = site_key(view.doc).map(|key| (key, view.survey.documents_with(key)));
        let recurs = |line: &Line| -> Option<f32> {
            if !may_recur(line) {
                return None;
            }
            let all = view.survey.documents_with(line.key);
            let share = all as f32 / view.survey.documents().max(1) as f32;
            if all >= ALL_MIN && share >= ALL_SHARE && line.words >= 3 && line.width >= 16.0 {
                return Some(1.0 - 2.0 / all as f32);
            }
            let (key, documents) = site?;
            let here = view.survey.documents_with(combine(key, line.key));
            (here >= SITE_MIN && here as f32 >= SITE_SHARE * documents as f32)
                .then(|| 1.0 - 2.0 / here as f32)
        };
        let width: f32 = view
            .lines()
            .iter()
            .filter(|l| recurs(l).is_some())
            .map(|l| l.width)
            .sum();
        if width > COPY * view.page.width {
            return;
        }
        for (i, line) in view.lines().iter().enumerate() {
            if let Some(confidence) = recurs(line) {
                out.line(i, confidence);
            }
        }
    }
}
