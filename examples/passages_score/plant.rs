//! Passages of one text planted in another, word for word or disguised.

use limpid::edit::ByteSpan;
use limpid::text::sentences::sentences;

use super::corpus::{Random, words};
use super::spin::Spinner;

/// How a passage is disguised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Copied,
    /// So many of a hundred words replaced, left out or joined by another.
    Changed(u32),
    /// Sentences in another order.
    Reordered,
    /// In two parts with sentences of a third text between them.
    Split,
    /// Each two sentences joined to one.
    Merged,
    /// Passages of two texts, one behind the other.
    Combined,
    /// Words and phrases replaced by what a spinner writes for them.
    Spun,
}

pub(crate) const KINDS: [Kind; 10] = [
    Kind::Copied,
    Kind::Changed(5),
    Kind::Changed(10),
    Kind::Changed(20),
    Kind::Changed(30),
    Kind::Reordered,
    Kind::Split,
    Kind::Merged,
    Kind::Combined,
    Kind::Spun,
];

impl Kind {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Changed(percent) => format!("{percent} % changed"),
            other => format!("{other:?}").to_lowercase(),
        }
    }
}

/// Fewest and most words of a planted passage.
const LENGTHS: (usize, usize) = (40, 150);
/// Fewest words of either part of a passage in two parts.
const PART: usize = 25;

/// A planted stretch: the source by its number, where it stands there and in the text it was planted in.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) source: usize,
    pub(crate) from: ByteSpan,
    pub(crate) to: ByteSpan,
}

/// What plants need beside the text itself.
pub(crate) struct Garden<'t> {
    pub(crate) texts: Vec<&'t str>,
    pub(crate) vocabulary: Vec<String>,
    pub(crate) spinner: Spinner,
}

impl<'t> Garden<'t> {
    pub(crate) fn new(texts: Vec<&'t str>) -> Self {
        let mut vocabulary: Vec<String> = texts
            .iter()
            .flat_map(|t| words(t))
            .filter(|w| w.len() > 1 && w.chars().all(char::is_alphabetic))
            .collect();
        vocabulary.sort();
        vocabulary.dedup();
        Self {
            texts,
            vocabulary,
            spinner: Spinner::new(),
        }
    }

    /// The text `host` with a passage of `source` in it, or of both sources; `None` when they have none of the length.
    pub(crate) fn plant(
        &self,
        kind: Kind,
        host: usize,
        [source, other]: [usize; 2],
        random: &mut Random,
    ) -> Option<(String, Vec<Case>)> {
        let passage = passage(self.texts[source], random)?;
        let mut copy = Copy::default();
        match kind {
            Kind::Copied => copy.add(source, self.text(source, &passage), &passage),
            Kind::Changed(percent) => {
                let changed = self.reword(self.text(source, &passage), percent, random);
                copy.add(source, &changed, &passage);
            }
            Kind::Reordered => {
                let mut order = passage.clone();
                random.shuffle(&mut order);
                let texts: Vec<&str> = order.iter().map(|s| s.of(self.texts[source])).collect();
                copy.add(source, &texts.join(" "), &passage);
            }
            Kind::Split => {
                let at = (1..passage.len()).find(|&i| {
                    let parts = passage.split_at(i);
                    [parts.0, parts.1]
                        .iter()
                        .all(|p| words(self.text(source, p)).len() >= PART)
                })?;
                let foreign: Vec<ByteSpan> = sentences(self.texts[other]).collect();
                let count = (1 + random.below(2)).min(foreign.len());
                copy.add(source, self.text(source, &passage[..at]), &passage[..at]);
                copy.add_foreign(self.text(other, &foreign[..count]));
                copy.add(source, self.text(source, &passage[at..]), &passage[at..]);
            }
            Kind::Merged => copy.add(source, &self.join(source, &passage), &passage),
            Kind::Combined => {
                let second = self::passage(self.texts[other], random)?;
                copy.add(source, self.text(source, &passage), &passage);
                copy.add(other, self.text(other, &second), &second);
            }
            Kind::Spun => {
                let spun = self.spinner.spin(self.text(source, &passage), random);
                copy.add(source, &spun, &passage);
            }
        }
        Some(copy.into(self.texts[host], random))
    }

    fn text(&self, n: usize, passage: &[ByteSpan]) -> &'t str {
        around(passage).of(self.texts[n])
    }

    /// `text` with a share of its words replaced by short words for short and long for long, left out or joined by another.
    fn reword(&self, text: &str, percent: u32, random: &mut Random) -> String {
        let mut out: Vec<&str> = Vec::new();
        for word in text.split_whitespace() {
            if !random.chance(f64::from(percent) / 100.0) {
                out.push(word);
                continue;
            }
            let short = |w: &str| w.len() <= 3;
            let other = loop {
                let other = &self.vocabulary[random.below(self.vocabulary.len())];
                if short(other) == short(word) {
                    break other;
                }
            };
            match random.below(8) {
                0 => {}
                1 => out.extend([word, other]),
                _ => out.push(other),
            }
        }
        out.join(" ")
    }

    /// Each two sentences of a passage as one.
    fn join(&self, source: usize, passage: &[ByteSpan]) -> String {
        let mut out = String::new();
        for (i, sentence) in passage.iter().map(|s| s.of(self.texts[source])).enumerate() {
            if i % 2 == 0 {
                out.push_str(if i > 0 { " " } else { "" });
                out.push_str(sentence);
                continue;
            }
            let end = out.trim_end_matches(['.', '!', '?']).len();
            out.truncate(end);
            out.push_str(", and ");
            let mut chars = sentence.chars();
            out.extend(chars.next().into_iter().flat_map(char::to_lowercase));
            out.push_str(chars.as_str());
        }
        out
    }
}

/// The stretch from the first to the last of some sentences.
fn around(sentences: &[ByteSpan]) -> ByteSpan {
    match sentences {
        [first, .., last] => ByteSpan::new(first.start, last.end),
        [only] => *only,
        [] => ByteSpan::new(0, 0),
    }
}

/// Whole sentences of `text` in a row, of some length, at a place by chance.
fn passage(text: &str, random: &mut Random) -> Option<Vec<ByteSpan>> {
    let all: Vec<ByteSpan> = sentences(text).collect();
    let wanted = LENGTHS.0 + random.below(LENGTHS.1 - LENGTHS.0);
    let mut from: Vec<usize> = (0..all.len()).collect();
    random.shuffle(&mut from);
    from.into_iter().find_map(|from| {
        let length = |to: usize| words(around(&all[from..to]).of(text)).len();
        // Some of the text must be left, or the two are duplicates.
        let most = LENGTHS.1.min(words(text).len() * 3 / 4);
        let to = (from + 1..=all.len())
            .take_while(|&to| length(to) <= wanted.min(most))
            .last()?;
        (length(to) >= LENGTHS.0).then(|| all[from..to].to_vec())
    })
}

/// What is planted: parts of sources, and foreign sentences.
#[derive(Default)]
struct Copy {
    text: String,
    cases: Vec<Case>,
}

impl Copy {
    fn add(&mut self, source: usize, text: &str, passage: &[ByteSpan]) {
        let start = self.space();
        self.text.push_str(text.trim());
        self.cases.push(Case {
            source,
            from: around(passage),
            to: ByteSpan::new(start, self.text.len()),
        });
    }

    fn add_foreign(&mut self, text: &str) {
        self.space();
        self.text.push_str(text);
    }

    fn space(&mut self) -> usize {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.len()
    }

    /// Puts it between two sentences of `host`, or before or behind all.
    fn into(self, host: &str, random: &mut Random) -> (String, Vec<Case>) {
        let all: Vec<ByteSpan> = sentences(host).collect();
        let at = random.below(all.len() + 1);
        let (before, after) = match at.checked_sub(1) {
            Some(last) => host.split_at(all[last].end),
            None => ("", host),
        };
        let gap = if before.is_empty() { "" } else { "\n    " };
        let shift = before.len() + gap.len();
        let text = format!("{before}{gap}{}\n    {}", self.text, after.trim_start());
        let mut cases = self.cases;
        for case in &mut cases {
            case.to = ByteSpan::new(case.to.start + shift, case.to.end + shift);
        }
        (text, cases)
    }
}
