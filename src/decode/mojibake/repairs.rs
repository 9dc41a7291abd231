//! Proposed repairs of a text, in the order of their places.

use super::lost::Blank;
use super::{NATIVE, cost};
use crate::edit::ByteSpan;

/// A proposed repair.
pub(super) struct Repair {
    pub(super) span: ByteSpan,
    /// Where what it writes stands in [`Repairs::written`]; nothing, where that is not known yet.
    pub(super) after: ByteSpan,
    pub(super) codec: usize,
    pub(super) gain: i32,
    /// A byte is missing: never without witnesses.
    pub(super) lossy: bool,
    /// What a lossy one can be, where that is not known yet.
    pub(super) options: Vec<char>,
    /// U+FFFD marks the missing byte.
    pub(super) marked: bool,
    /// The first option is taken where nothing is clear.
    pub(super) usual: bool,
    /// The byte that is missing became a blank.
    pub(super) blank: Option<Blank>,
    /// Of two repairs of one reading that adjoin, one of which has a blank, it is one.
    pub(super) adjoins: bool,
}

impl Repair {
    /// One that is whole, in which nothing stands yet.
    pub(super) fn new(span: ByteSpan, codec: usize, gain: i32) -> Self {
        Self {
            span,
            after: ByteSpan::default(),
            codec,
            gain,
            lossy: false,
            options: Vec::new(),
            marked: false,
            usual: false,
            blank: None,
            adjoins: false,
        }
    }

    /// The same with less gain where it stands inside a word of its own script; not where it `follows` another.
    pub(super) fn inside(mut self, text: &str, follows: bool) -> Self {
        if !follows && cost::is_inside(text, self.span.start) {
            self.gain -= NATIVE;
        }
        self
    }
}

/// Repairs, sorted and disjoint.
#[derive(Default)]
pub(super) struct Repairs {
    pub(super) list: Vec<Repair>,
    /// What all of them write.
    pub(super) written: String,
}

impl Repairs {
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.written.clear();
    }

    /// Notes which of those with a blank adjoin others, and which others adjoin those.
    pub(super) fn note_neighbours(&mut self) {
        for i in 1..self.list.len() {
            let [before, after] = [&self.list[i - 1], &self.list[i]];
            let touch = before.span.end == after.span.start && before.codec == after.codec;
            if touch && (before.blank.is_some() || after.blank.is_some()) {
                self.list[i - 1].adjoins = true;
                self.list[i].adjoins = true;
            }
        }
    }

    /// What `repair`, one of these, writes.
    pub(super) fn after(&self, repair: &Repair) -> &str {
        repair.after.of(&self.written)
    }

    /// Has the repair number `i` write `c`.
    pub(super) fn write(&mut self, i: usize, c: char) {
        let from = self.written.len();
        self.written.push(c);
        self.list[i].after = ByteSpan::new(from, self.written.len());
    }
}
