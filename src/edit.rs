//! Edits and the log that keeps them: apply, invert, map spans back to the decoded source text.
//!
//! An [`Edit`] is what a stage proposes against the text it sees. An [`EditLog`] starts from the decoded source
//! text, takes the edits of one stage after the other, and can say at any time what the text is now, where a
//! stretch of it came from, and how to get the source back. [`Row`] is an edit as the run folder keeps it: in
//! the coordinates of the source text. The rows alone, with the final text, give the source text again
//! ([`restore_text`]).
//!
//! Start reading at [`EditLog::push`].

mod offsets;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use offsets::Offsets;

/// A half-open stretch of a text in bytes, on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ByteSpan {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl ByteSpan {
    /// The span from `start` up to `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Length in bytes.
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the span holds nothing, as that of an insertion does.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies within this span, ends included.
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two share at least one byte, or one is an insertion strictly inside the other.
    pub const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The bytes of `text` under this span.
    pub fn of(self, text: &str) -> &str {
        &text[self.start..self.end]
    }
}

/// A half-open stretch of a text in Unicode scalar values, as Python and the run folder count.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct CharSpan {
    /// First scalar value.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

/// The stages, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StageName {
    /// Bytes to text: charset, mojibake, Unicode, entities.
    Decode,
    /// Lines and blocks that are not the document.
    Strip,
    /// Spun text back to what was meant.
    Repair,
    /// Published rules by name: what they find is flagged or dropped. Runs where presets are named.
    Filter,
    /// Near-duplicate documents and passages.
    Dedup,
}

impl StageName {
    /// All stages in running order.
    pub const ALL: [Self; 5] = [
        Self::Decode,
        Self::Strip,
        Self::Repair,
        Self::Filter,
        Self::Dedup,
    ];

    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();

    /// The name as in `--stages` and in `edits.jsonl`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Strip => "strip",
            Self::Repair => "repair",
            Self::Filter => "filter",
            Self::Dedup => "dedup",
        }
    }
}

impl std::fmt::Display for StageName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A change proposed by a stage, in byte offsets of the text that the stage sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: ByteSpan,
    /// What stands there afterwards; empty for a removal.
    pub after: String,
    /// The rule that asks for the change, in kebab-case.
    pub rule: Cow<'static, str>,
    /// How sure the rule is, 0 to 1.
    pub confidence: f32,
    /// False for a suggestion: recorded, not carried out.
    pub applied: bool,
}

impl Edit {
    /// An edit that is carried out.
    pub fn new(
        span: ByteSpan,
        after: impl Into<String>,
        rule: impl Into<Cow<'static, str>>,
        confidence: f32,
    ) -> Self {
        Self {
            span,
            after: after.into(),
            rule: rule.into(),
            confidence,
            applied: true,
        }
    }

    /// The same edit as a suggestion.
    #[must_use]
    pub fn suggested(mut self) -> Self {
        self.applied = false;
        self
    }
}

/// `text` with the applied ones among `edits` carried out.
///
/// `edits` are sorted by span and the applied ones do not overlap.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits.iter().filter(|e| e.applied) {
        debug_assert!(at <= edit.span.start, "edits overlap or are not sorted");
        out.push_str(&text[at..edit.span.start]);
        out.push_str(&edit.after);
        at = edit.span.end;
    }
    out.push_str(&text[at..]);
    out
}

/// The edits that turn `apply(text, edits)` back into `text`, in offsets of the changed text.
pub fn invert(text: &str, edits: &[Edit]) -> Vec<Edit> {
    let mut shift = 0isize;
    edits
        .iter()
        .filter(|e| e.applied)
        .map(|e| {
            let start = e.span.start.wrapping_add_signed(shift);
            shift += e.after.len() as isize - e.span.len() as isize;
            Edit {
                span: ByteSpan::new(start, start + e.after.len()),
                after: e.span.of(text).to_owned(),
                rule: e.rule.clone(),
                confidence: e.confidence,
                applied: true,
            }
        })
        .collect()
}

/// An edit in the coordinates of the decoded source text.
///
/// The applied rows of one document are disjoint: carried out on the source text they give the final text. Where a
/// later step changed again what an earlier one had made, the later row holds the outcome, over the whole place, and
/// the earlier one is kept as `superseded`, not applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The stage that made the edit.
    pub stage: StageName,
    /// The rule that made it.
    pub rule: Cow<'static, str>,
    /// The place in the source text.
    pub span: ByteSpan,
    /// The source text there.
    pub before: String,
    /// What stands there after this edit.
    pub after: String,
    /// How sure the rule is, 0 to 1.
    pub confidence: f32,
    /// Whether it stands in the final text.
    pub applied: bool,
    /// Whether it was carried out, and then taken in by an edit of a later step.
    pub superseded: bool,
}

/// A place where the current text differs from the source.
#[derive(Clone, Debug)]
struct Region {
    source: ByteSpan,
    current: ByteSpan,
    stage: StageName,
    rule: Cow<'static, str>,
    confidence: f32,
}

/// The rule that makes text of a page's markup. Its places that a later step has taken in are not kept as history: the
/// later row holds their markup whole, and a page has thousands.
pub const MARKUP: &str = "markup";

/// What happened to one document, from the decoded source text on.
#[derive(Clone, Debug)]
pub struct EditLog {
    source: String,
    /// `None` while nothing has changed, so that clean documents are held once.
    current: Option<String>,
    /// Sorted by source and by current span alike; disjoint.
    regions: Vec<Region>,
    /// Earlier states of regions that a later step has taken in, and suggestions.
    past: Vec<Row>,
}

impl EditLog {
    /// A log without edits over the decoded `source` text.
    pub fn new(source: String) -> Self {
        Self {
            source,
            current: None,
            regions: Vec::new(),
            past: Vec::new(),
        }
    }

    /// The decoded source text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The text after all edits so far.
    pub fn text(&self) -> &str {
        self.current.as_deref().unwrap_or(&self.source)
    }

    /// Whether nothing has been changed or suggested.
    pub fn is_empty(&self) -> bool {
        self.regions.is_empty() && self.past.is_empty()
    }

    /// Carries out the applied ones among `edits`, which are in offsets of [`text`](Self::text), and notes the others.
    ///
    /// # Panics
    /// In debug builds when the applied edits overlap, are not sorted, or cut a character.
    pub fn push(&mut self, stage: StageName, mut edits: Vec<Edit>) {
        // Mostly all are.
        if edits.iter().any(|e| !e.applied) {
            for edit in edits.iter().filter(|e| !e.applied) {
                self.suggest(stage, edit);
            }
            edits.retain(|e| e.applied);
        }
        if edits.is_empty() {
            return;
        }
        let text = apply(self.text(), &edits);
        if self.regions.is_empty() {
            self.begin(stage, edits);
        } else {
            self.merge(stage, edits);
        }
        debug_assert!(self.regions.is_sorted_by_key(|r| (r.source, r.current)));
        self.current = Some(text);
    }

    /// Where a stretch of the current text comes from: the smallest stretch of the source text that holds it.
    pub fn to_source(&self, span: ByteSpan) -> ByteSpan {
        if span.is_empty() {
            let at = self
                .regions
                .partition_point(|r| r.current.end <= span.start);
            if let Some(r) = self.regions.get(at)
                && r.current.start < span.start
            {
                return r.source;
            }
            let p = self.after_regions(at, span.start);
            return ByteSpan::new(p, p);
        }
        let first = self
            .regions
            .partition_point(|r| r.current.end <= span.start);
        let start = match self.regions.get(first) {
            Some(r) if r.current.start < span.start => r.source.start,
            _ => self.after_regions(first, span.start),
        };
        let last = self.regions.partition_point(|r| r.current.start < span.end);
        let end = match last.checked_sub(1).map(|i| &self.regions[i]) {
            Some(r) if r.current.end > span.end => r.source.end,
            _ => self.after_regions(last, span.end),
        };
        ByteSpan::new(start, end)
    }

    /// The source offset of current offset `at`, of whose regions the first `n` lie before it.
    fn after_regions(&self, n: usize, at: usize) -> usize {
        match n.checked_sub(1).map(|i| &self.regions[i]) {
            Some(r) => r.source.end + (at - r.current.end),
            None => at,
        }
    }

    /// The places where the current text differs, as (source, current) spans, sorted and disjoint.
    pub fn regions(&self) -> impl Iterator<Item = (ByteSpan, ByteSpan)> + '_ {
        self.regions.iter().map(|r| (r.source, r.current))
    }

    /// All edits and suggestions in source coordinates, in reading order, history before outcome.
    pub fn rows(&self) -> Vec<Row> {
        let text = self.text();
        let live = self.regions.iter().map(|r| Row {
            stage: r.stage,
            rule: r.rule.clone(),
            span: r.source,
            before: r.source.of(&self.source).to_owned(),
            after: r.current.of(text).to_owned(),
            confidence: r.confidence,
            applied: true,
            superseded: false,
        });
        let mut rows: Vec<Row> = self.past.iter().cloned().chain(live).collect();
        rows.sort_by_key(|r| r.span);
        rows
    }

    /// Notes `edit` as a suggestion.
    fn suggest(&mut self, stage: StageName, edit: &Edit) {
        let span = self.to_source(edit.span);
        let (head, tail) = self.remainder(edit.span);
        let text = self.text();
        let after = format!("{}{}{}", head.of(text), edit.after, tail.of(text));
        self.past.push(Row {
            stage,
            rule: edit.rule.clone(),
            span,
            before: span.of(&self.source).to_owned(),
            after,
            confidence: edit.confidence,
            applied: false,
            superseded: false,
        });
    }

    /// What stands in the current text before and behind `span` inside regions that `span` cuts.
    fn remainder(&self, span: ByteSpan) -> (ByteSpan, ByteSpan) {
        let mut head = ByteSpan::new(span.start, span.start);
        let mut tail = ByteSpan::new(span.end, span.end);
        let from = self
            .regions
            .partition_point(|r| r.current.end <= span.start);
        for r in self.regions[from..]
            .iter()
            .take_while(|r| r.current.start < span.end)
        {
            if r.current.overlaps(span) {
                head.start = head.start.min(r.current.start);
                tail.end = tail.end.max(r.current.end);
            }
        }
        (head, tail)
    }

    /// Makes sorted, applied `edits` of the source text into regions, the first there are.
    fn begin(&mut self, stage: StageName, edits: Vec<Edit>) {
        self.regions.reserve(edits.len());
        let mut shift = 0isize;
        for e in edits {
            let start = e.span.start.wrapping_add_signed(shift);
            let end = start + e.after.len();
            shift += e.after.len() as isize - e.span.len() as isize;
            match self.regions.last_mut() {
                // Insertions at one place are one row.
                Some(last) if last.source == e.span && e.span.is_empty() => last.current.end = end,
                _ => self.regions.push(Region {
                    source: e.span,
                    current: ByteSpan::new(start, end),
                    stage,
                    rule: e.rule,
                    confidence: e.confidence,
                }),
            }
        }
    }

    /// Merges sorted, applied `edits` into the regions; regions an edit meets become one with it.
    fn merge(&mut self, stage: StageName, edits: Vec<Edit>) {
        let placed: Vec<(ByteSpan, Edit)> = edits
            .into_iter()
            .map(|e| (self.to_source(e.span), e))
            .collect();
        let old = std::mem::take(&mut self.regions);
        let text = self.current.take().unwrap_or_default();
        // A group is a run of old regions and new edits that meet; `current` is in offsets of the text before this push.
        let mut groups: Vec<Group> = Vec::new();
        let mut old = old.into_iter().peekable();
        let mut new = placed.into_iter().peekable();
        loop {
            let take_old = match (old.peek(), new.peek()) {
                (None, None) => break,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some(r), Some((source, e))) => {
                    (r.source.start, r.current.start, r.source.end)
                        <= (source.start, e.span.start, source.end)
                }
            };
            let group = if take_old {
                old.next().map(Group::of_region)
            } else {
                new.next()
                    .map(|(source, e)| Group::of_edit(source, e, stage))
            };
            let Some(group) = group else { break };
            match groups.last_mut() {
                Some(last) if last.meets(&group) => last.join(group),
                _ => groups.push(group),
            }
        }
        let mut shift = 0isize;
        for g in groups {
            if g.changes {
                for r in g.regions.iter().filter(|r| r.rule != MARKUP) {
                    self.past.push(Row {
                        stage: r.stage,
                        rule: r.rule.clone(),
                        span: r.source,
                        before: r.source.of(&self.source).to_owned(),
                        after: r.current.of(&text).to_owned(),
                        confidence: r.confidence,
                        applied: false,
                        superseded: true,
                    });
                }
            }
            let start = g.current.start.wrapping_add_signed(shift);
            shift += g.growth;
            let end = g.current.end.wrapping_add_signed(shift);
            self.regions.push(Region {
                source: g.source,
                current: ByteSpan::new(start, end),
                stage: g.stage,
                rule: g.rule,
                confidence: g.confidence,
            });
        }
    }
}

/// Old regions and new edits that meet, on their way to becoming one region.
struct Group {
    source: ByteSpan,
    /// In the text before the push.
    current: ByteSpan,
    /// Bytes that the new edits add to the text.
    growth: isize,
    /// Whether a new edit is in it.
    changes: bool,
    regions: Vec<Region>,
    stage: StageName,
    rule: Cow<'static, str>,
    confidence: f32,
}

impl Group {
    fn of_region(r: Region) -> Self {
        Self {
            source: r.source,
            current: r.current,
            growth: 0,
            changes: false,
            stage: r.stage,
            rule: r.rule.clone(),
            confidence: r.confidence,
            regions: vec![r],
        }
    }

    fn of_edit(source: ByteSpan, e: Edit, stage: StageName) -> Self {
        Self {
            source,
            current: e.span,
            growth: e.after.len() as isize - e.span.len() as isize,
            changes: true,
            regions: Vec::new(),
            stage,
            rule: e.rule,
            confidence: e.confidence,
        }
    }

    /// Whether the two must be one row: they overlap, or are insertions at the same place of the source.
    fn meets(&self, other: &Self) -> bool {
        self.source.overlaps(other.source)
            || self.current.overlaps(other.current)
            || (self.source == other.source && self.source.is_empty())
    }

    fn join(&mut self, other: Self) {
        self.source.start = self.source.start.min(other.source.start);
        self.source.end = self.source.end.max(other.source.end);
        self.current.start = self.current.start.min(other.current.start);
        self.current.end = self.current.end.max(other.current.end);
        self.growth += other.growth;
        self.regions.extend(other.regions);
        if other.changes && !self.changes {
            self.stage = other.stage;
            self.rule = other.rule;
            self.confidence = other.confidence;
        }
        self.changes |= other.changes;
    }
}

/// Why rows and a text do not belong together.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RestoreError {
    /// The cleaned text does not hold what the row says it put there.
    #[error("the text does not hold what the edit at character {at} of the source left there")]
    Mismatch {
        /// Offset in the source text, in scalar values.
        at: usize,
    },
}

/// What an applied [`Row`] did, in scalar values of the source text, as the run folder keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Change<'r> {
    /// The place in the source text.
    pub span: CharSpan,
    /// The source text there.
    pub before: &'r str,
    /// The final text there.
    pub after: &'r str,
}

/// The decoded source text, from the final text and the document's applied changes, in any order.
///
/// `O(text + changes log changes)`.
///
/// # Errors
/// When the text is not the one that the changes were made for.
pub fn restore_text(text: &str, changes: &[Change<'_>]) -> Result<String, RestoreError> {
    let mut changes: Vec<&Change<'_>> = changes.iter().collect();
    // An insertion stands before a replacement that starts at the same place.
    changes.sort_by_key(|c| c.span);
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut source_at) = (text, 0usize);
    for change in changes {
        let mismatch = RestoreError::Mismatch {
            at: change.span.start,
        };
        let gap = change
            .span
            .start
            .checked_sub(source_at)
            .ok_or_else(|| mismatch.clone())?;
        let gap = char_prefix(rest, gap).ok_or_else(|| mismatch.clone())?;
        out.push_str(&rest[..gap]);
        rest = rest[gap..].strip_prefix(change.after).ok_or(mismatch)?;
        out.push_str(change.before);
        source_at = change.span.end;
    }
    out.push_str(rest);
    Ok(out)
}

/// Bytes of the first `n` scalar values of `text`, or `None` when it has fewer.
fn char_prefix(text: &str, n: usize) -> Option<usize> {
    if n == 0 {
        return Some(0);
    }
    if text.len() >= n && text.as_bytes()[..n].is_ascii() {
        return Some(n);
    }
    text.char_indices()
        .nth(n - 1)
        .map(|(at, c)| at + c.len_utf8())
}
