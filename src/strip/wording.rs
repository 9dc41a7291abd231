//! How a line is worded at its ends, and what learnt weights of words make of it.
//!
//! The phrases of the lexicon are few and chosen; this is the rest: which words lines of furniture begin and end with, in
//! whatever language the training pages have. A linear model over hashed words (Weinberger et al. 2009,
//! doi:10.1145/1553374.1553516) gives each line one number; the trees see it, its neighbours and its means. Only the ends
//! of a line are read: a paragraph is told by how it opens and closes, and costs no more than a label.

use super::lexicon::{At, bad};
use super::page::Page;
use crate::stage::SetupError;
use crate::text::hash::combine;

/// Weights of the table: slots of words, each in some role.
pub(super) const SLOTS: usize = 1 << 15;

/// Words kept of the beginning and of the end of a line.
const FIRSTS: usize = 6;
const LASTS: usize = 3;

/// The words at the ends of a line, as keys; numbers count by their length only.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ends {
    first: [u32; FIRSTS],
    last: [u32; LASTS],
    /// Key of the last word, if there are words.
    end: u32,
    firsts: u8,
    lasts: u8,
    /// Words of the line, up to 255.
    words: u8,
}

/// In which role a word speaks.
#[derive(Clone, Copy)]
#[repr(u64)]
enum Role {
    /// It stands at an end of the line.
    Some = 1,
    First,
    Last,
    /// It is one of at most four words.
    OfFew,
    /// The line is these words.
    Whole,
    /// It stands at an end of the line before.
    Before,
    /// It stands at an end of the line behind.
    After,
}

fn slot(key: u64, role: Role) -> u16 {
    (combine(key, role as u64) >> 40) as u16 % SLOTS as u16
}

impl Ends {
    pub(super) fn of(words: &[At]) -> Self {
        let key = |at: &At| {
            if at.numeric > 0 {
                u32::from(at.numeric)
            } else {
                (at.key >> 16) as u32
            }
        };
        let mut ends = Self {
            words: words.len().min(255) as u8,
            end: words.last().map_or(0, key),
            ..Self::default()
        };
        let (head, rest) = words.split_at(words.len().min(FIRSTS));
        let tail = &rest[rest.len().saturating_sub(LASTS)..];
        for (to, word) in ends.first.iter_mut().zip(head) {
            *to = key(word);
        }
        for (to, word) in ends.last.iter_mut().zip(tail) {
            *to = key(word);
        }
        ends.firsts = head.len() as u8;
        ends.lasts = tail.len() as u8;
        ends
    }

    fn first(&self) -> &[u32] {
        &self.first[..usize::from(self.firsts)]
    }

    fn last(&self) -> &[u32] {
        &self.last[..usize::from(self.lasts)]
    }
}

/// Fills `out` with the slots that speak for line `i`.
pub(super) fn slots(page: &Page, i: usize, out: &mut Vec<u16>) {
    out.clear();
    let ends = &page.ends[i];
    let mut add = |keys: &[u32], role| {
        out.extend(keys.iter().map(|&key| slot(u64::from(key), role)));
    };
    add(ends.first(), Role::Some);
    add(ends.last(), Role::Some);
    if ends.words > 0 {
        add(&ends.first[..1], Role::First);
        add(&[ends.end], Role::Last);
    }
    if ends.words <= 4 {
        add(ends.first(), Role::OfFew);
    }
    let mut beside = |ends: Option<&Ends>, role| {
        if let Some(ends) = ends {
            add(&ends.first()[..usize::from(ends.firsts.min(3))], role);
            if ends.words > 3 {
                add(&[ends.end], role);
            }
        }
    };
    beside(i.checked_sub(1).map(|i| &page.ends[i]), Role::Before);
    beside(page.ends.get(i + 1), Role::After);
    if usize::from(ends.words) <= FIRSTS {
        out.push(slot(page.lines[i].key, Role::Whole));
    }
}

/// Learnt weights of words.
pub(super) struct Wording {
    weights: Box<[i8]>,
    /// What one unit of a weight is worth.
    scale: f32,
    bias: f32,
}

impl Default for Wording {
    fn default() -> Self {
        Self {
            weights: vec![0; SLOTS].into(),
            scale: 0.0,
            bias: 0.0,
        }
    }
}

impl Wording {
    pub(super) fn set_scale(&mut self, scale: f32, bias: f32) {
        (self.scale, self.bias) = (scale, bias);
    }

    /// Reads weights from slot `from` on, two hexadecimal digits each.
    pub(super) fn set(&mut self, from: usize, digits: &str, row: usize) -> Result<(), SetupError> {
        let malformed = || bad(super::model::NAME, row, "not a row of weights");
        let to = from.checked_add(digits.len() / 2).ok_or_else(malformed)?;
        let weights = self.weights.get_mut(from..to).ok_or_else(malformed)?;
        for (weight, pair) in weights.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| malformed())?;
            *weight = u8::from_str_radix(pair, 16).map_err(|_| malformed())? as i8;
        }
        Ok(())
    }

    /// Fills `out` with log-odds, by line, that its words are those of furniture.
    pub(super) fn read(&self, page: &Page, slots: &mut Vec<u16>, out: &mut Vec<f32>) {
        out.clear();
        if self.scale == 0.0 {
            out.resize(page.lines.len(), 0.0);
            return;
        }
        for i in 0..page.lines.len() {
            self::slots(page, i, slots);
            let sum: i32 = slots
                .iter()
                .map(|&s| i32::from(self.weights[usize::from(s)]))
                .sum();
            // As in training, where a line's slots share a length of one.
            let share = self.scale / (slots.len().max(1) as f32).sqrt();
            out.push((sum as f32 * share + self.bias).clamp(-8.0, 8.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::lexicon::Lexicon;

    fn page(text: &str) -> Page {
        let mut page = Page::default();
        page.read(text, &Lexicon::load().expect("embedded data is sound"));
        page
    }

    #[test]
    fn numbers_count_by_their_length_and_case_does_not_count() {
        let page = page("Posted 2019\nposted 2024\nposted 7\n");
        assert_eq!(page.ends[0].first(), page.ends[1].first());
        assert_ne!(page.ends[0].first(), page.ends[2].first());
    }

    #[test]
    fn a_line_speaks_by_its_ends_and_its_neighbours() {
        let page = page("one two three four five six seven eight nine ten eleven\nhome\n");
        let mut slots = Vec::new();
        super::slots(&page, 0, &mut slots);
        assert_eq!(slots.len(), 6 + 3 + 2 + 1, "its ends, and the line behind");
        super::slots(&page, 1, &mut slots);
        assert_eq!(slots.len(), 1 + 2 + 1 + 4 + 1);
    }

    #[test]
    fn weights_are_read_by_slot() {
        let page = page("home\n");
        let mut slots = Vec::new();
        super::slots(&page, 0, &mut slots);
        let mut wording = Wording::default();
        wording.set_scale(0.5, 1.0);
        wording
            .set(usize::from(slots[0]), "fe", 1)
            .expect("well formed");
        let mut out = Vec::new();
        let mut again = Vec::new();
        wording.read(&page, &mut again, &mut out);
        assert!((out[0] - (1.0 - 2.0 * 0.5 / (slots.len() as f32).sqrt())).abs() < 1e-6);
        assert!(wording.set(SLOTS - 1, "0102", 1).is_err());
        assert!(wording.set(0, "xx", 1).is_err());
    }
}
