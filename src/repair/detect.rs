//! Whether a document has been through a synonym spinner, and which family of spinner it was.
//!
//! One pass over the bytes hashes every word and looks words and phrases up among the markers. A marker is a phrase
//! (now and then a word) with the rate at which a family of spinners leaves it and the rate at which clean English
//! uses it. Markers come from two places: the authored list `data/repair/markers.tsv`, and the lexicon, whose
//! entries' rates follow from the language model: what is meant is common, what stands there is rare.
//!
//! The score is the log-odds of "spun" against "clean" for the best stretch of the text: a marker brings the
//! logarithm of the ratio of the two rates, less for each repetition of the same marker, and every word without one
//! takes away what a spun text would be expected to bring.

use rustc_hash::FxHashMap;

use super::lexicon::{Lexicon, OWN};
use super::lm::Stats;
use super::table::{Table, rows};
use crate::stage::SetupError;
use crate::text::ascii;
use crate::text::ngrams::token_key;

/// Families, in the order of arrays: W, A, B, R, and the user's own lexicon.
pub(super) const FAMILIES: usize = 5;

/// Longest marker in words.
const LONGEST: usize = 8;
/// Bits of the filter that says "perhaps a marker" for the hash of a word or of a pair of words.
const FILTER_BITS: u32 = 19;

/// A phrase that tells.
#[derive(Clone, Copy, Debug)]
struct Marker {
    /// Hashes of its words, last word first.
    words: [u64; LONGEST],
    len: u8,
    /// Log ratio of the rates, by family.
    weight: [f32; FAMILIES],
    /// The largest of the weights.
    top: f32,
    /// Index of the marker whose sightings count as sightings of this one: itself, or the weightiest marker that is
    /// part of its phrase ("used to be" for "he used to be a").
    group: u32,
}

/// The table of markers.
#[derive(Debug)]
pub(super) struct Detector {
    filter: Vec<u64>,
    index: Index,
    markers: Vec<Marker>,
}

/// How the detector sums up; the measurements are in `data/repair/README.md`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tuning {
    /// What each word takes away.
    pub(super) per_word: f32,
}

/// Buffers of [`Detector::scan`].
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// By marker: the scan in which it was last seen, and how often then.
    last: Vec<(u32, u32)>,
    scan: u32,
}

/// What one pass found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Finding {
    pub(super) words: u32,
    /// Different markers seen.
    pub(super) markers: u32,
    /// Sum of weights by family, over the whole document.
    pub(super) by_family: [f32; FAMILIES],
    /// Best sum over any stretch, words taken off.
    pub(super) best: f32,
    /// That stretch, in bytes.
    pub(super) stretch: (usize, usize),
}

const K: u64 = 0x9E37_79B9_7F4A_7C15;

/// One step of a word's hash: eight of its bytes, the last ones filled up with zeros.
fn mix(h: u64, bytes: u64) -> u64 {
    (h ^ bytes).wrapping_mul(K).rotate_left(23)
}

fn finish(h: u64) -> u64 {
    let h = h.wrapping_mul(K);
    h ^ (h >> 29)
}

fn pair(before: u64, last: u64) -> u64 {
    finish(before.rotate_left(17) ^ last.wrapping_mul(K))
}

/// Under which hash a marker of these words, last word first, is filed: that of its last three words, or of as many as it
/// has. Two would do, but pairs such as "of the" end many markers and stand everywhere.
fn key_of(words: &[u64]) -> u64 {
    match *words {
        [] => 0,
        [last] => last,
        [last, before] => pair(before, last),
        [last, before, third, ..] => pair(third, pair(before, last)),
    }
}

/// Hash of a word in lower case with straight apostrophes, as [`Detector::scan`] forms it.
fn folded_hash(word: &[u8]) -> u64 {
    let h = word.chunks(8).fold(0, |h, chunk| {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        mix(h, u64::from_le_bytes(bytes))
    });
    finish(h)
}

/// Hash of a word of a marker.
fn word_hash(word: &str) -> u64 {
    folded_hash(word.to_ascii_lowercase().as_bytes())
}

/// Markers by [`key_of`]: open addressing, so that most questions touch one line of the cache.
#[derive(Debug, Default)]
struct Index {
    slots: Vec<Slot>,
    lists: Vec<u32>,
}

/// The upper half of a hash, and where in [`Index::lists`] the markers with that half stand; none where the slot is free.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    tag: u32,
    from: u32,
    count: u32,
}

impl Index {
    /// The index of `entries`: hash and marker.
    fn new(mut entries: Vec<(u64, u32)>) -> Self {
        let size = (2 * entries.len()).next_power_of_two().max(2);
        let place = |hash: u64| hash as usize & (size - 1);
        entries.sort_unstable_by_key(|e| ((e.0 >> 32) as u32, place(e.0), e.1));
        let mut out = Self {
            slots: vec![Slot::default(); size],
            lists: entries.iter().map(|e| e.1).collect(),
        };
        let mut from = 0;
        for group in entries.chunk_by(|x, y| x.0 >> 32 == y.0 >> 32 && place(x.0) == place(y.0)) {
            let mut at = place(group[0].0);
            while out.slots[at].count > 0 {
                at = (at + 1) & (size - 1);
            }
            out.slots[at] = Slot {
                tag: (group[0].0 >> 32) as u32,
                from,
                count: group.len() as u32,
            };
            from += group.len() as u32;
        }
        out
    }

    /// The markers with that hash, now and then one with another.
    fn get(&self, hash: u64) -> &[u32] {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        // At most half of the slots are taken, so a free one ends the search.
        loop {
            let Slot { tag, from, count } = self.slots[at];
            if count == 0 || u64::from(tag) == hash >> 32 {
                return &self.lists[from as usize..(from + count) as usize];
            }
            at = (at + 1) & mask;
        }
    }
}

impl Detector {
    /// Builds the table from the authored list and from `lexicon`, whose rates `stats` knows.
    pub(super) fn new(lexicon: &Lexicon, stats: &Stats<'_>) -> Result<Self, SetupError> {
        let mut weights: FxHashMap<&str, [f32; FAMILIES]> = FxHashMap::default();
        let mut order: Vec<&str> = Vec::new();
        derived(lexicon, stats, &mut weights, &mut order);
        authored(&mut weights, &mut order)?;
        order.sort_unstable();
        let mut out = Self {
            filter: vec![0; 1 << (FILTER_BITS - 6)],
            index: Index::default(),
            markers: Vec::new(),
        };
        let mut entries = Vec::new();
        for phrase in order {
            let Some(&weight) = weights.get(phrase) else {
                continue;
            };
            out.add(phrase, weight, &mut entries);
        }
        out.index = Index::new(entries);
        out.group();
        Ok(out)
    }

    fn add(&mut self, phrase: &str, weight: [f32; FAMILIES], entries: &mut Vec<(u64, u32)>) {
        let top = weight.iter().copied().fold(0.0, f32::max);
        let mut words = [0; LONGEST];
        let len = phrase.split(' ').count();
        if top < 0.4 || len > LONGEST {
            return;
        }
        for (slot, word) in words.iter_mut().zip(phrase.split(' ').rev()) {
            *slot = word_hash(word);
        }
        let hash = key_of(&words[..len]);
        let bit = hash >> (64 - FILTER_BITS);
        self.filter[(bit >> 6) as usize] |= 1 << (bit & 63);
        entries.push((hash, self.markers.len() as u32));
        self.markers.push(Marker {
            words,
            len: len as u8,
            weight,
            top,
            group: self.markers.len() as u32,
        });
    }

    /// Finds the group of every marker.
    fn group(&mut self) {
        for i in 0..self.markers.len() {
            let marker = self.markers[i];
            let len = marker.len as usize;
            let mut best: Option<(f32, u32)> = None;
            for n in 2..len {
                for from in 0..=len - n {
                    let part = &marker.words[from..from + n];
                    for &m in self.index.get(key_of(part)) {
                        let other = &self.markers[m as usize];
                        if other.len as usize == n
                            && other.words[..n] == *part
                            && best.is_none_or(|b| other.top > b.0)
                        {
                            best = Some((other.top, m));
                        }
                    }
                }
            }
            if let Some((_, m)) = best {
                self.markers[i].group = m;
            }
        }
        // A part may be a part itself: follow to the root; parts are always shorter, so this ends.
        for i in 0..self.markers.len() {
            let mut root = self.markers[i].group;
            while self.markers[root as usize].group != root {
                root = self.markers[root as usize].group;
            }
            self.markers[i].group = root;
        }
    }

    fn perhaps(&self, hash: u64) -> bool {
        let bit = hash >> (64 - FILTER_BITS);
        self.filter[(bit >> 6) as usize] >> (bit & 63) & 1 != 0
    }

    /// Reads `text` once. No allocation after the first call with the same `seen`.
    pub(super) fn scan(&self, text: &str, tuning: Tuning, seen: &mut Seen) -> Finding {
        seen.last.resize(self.markers.len(), (0, 0));
        seen.scan = seen.scan.wrapping_add(1);
        if seen.scan == 0 {
            seen.last.fill((0, 0));
            seen.scan = 1;
        }
        let bytes = text.as_bytes();
        let mut out = Finding::default();
        let mut run = Run::default();
        // Hashes of the last words, newest first, in a ring; `filled` since the last break.
        let mut ring = [0u64; LONGEST];
        let mut head = 0usize;
        let mut filled = 0usize;
        let mut at = 0;
        while at < bytes.len() {
            let b = bytes[at];
            if CLASS[b as usize] == 0 {
                if b != b' ' {
                    filled = 0;
                }
                at += 1;
                continue;
            }
            if b >= 0x80 && is_mark(bytes, at) {
                filled = 0;
                at += 3;
                continue;
            }
            let hash;
            (hash, at) = word_at(bytes, at);
            out.words += 1;
            let double = pair(ring[head], hash);
            let triple = pair(ring[(head + 1) % LONGEST], double);
            head = (head + LONGEST - 1) % LONGEST;
            ring[head] = hash;
            filled = (filled + 1).min(LONGEST);
            let hits = [
                self.perhaps(hash),
                filled > 1 && self.perhaps(double),
                filled > 2 && self.perhaps(triple),
            ];
            if hits == [false; 3] {
                continue;
            }
            let mut look = |hash| {
                self.look(
                    hash,
                    (&ring, head, filled),
                    at,
                    &mut run,
                    &mut out,
                    tuning,
                    seen,
                )
            };
            if hits[0] {
                look(hash);
            }
            // The longest phrase that ends here counts, and the word by itself.
            let longer = hits[2] && look(triple);
            if hits[1] && !longer {
                look(double);
            }
        }
        out.best = run.best;
        out.stretch = run.stretch;
        out
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the state of the scan, kept in registers by its caller"
    )]
    /// Counts the longest marker filed under `hash` that ends at byte `at`; whether there is one.
    #[cold]
    fn look(
        &self,
        hash: u64,
        (ring, head, filled): (&[u64; LONGEST], usize, usize),
        at: usize,
        run: &mut Run,
        out: &mut Finding,
        tuning: Tuning,
        seen: &mut Seen,
    ) -> bool {
        // The longest marker that ends here.
        let mut hit: Option<u32> = None;
        for &m in self.index.get(hash) {
            let marker = &self.markers[m as usize];
            let len = marker.len as usize;
            let longer = hit.is_none_or(|h| self.markers[h as usize].len < marker.len);
            if len <= filled
                && longer
                && (0..len).all(|i| marker.words[i] == ring[(head + i) % LONGEST])
            {
                hit = Some(m);
            }
        }
        let Some(m) = hit else { return false };
        let marker = &self.markers[m as usize];
        let slot = &mut seen.last[marker.group as usize];
        if slot.0 != seen.scan {
            *slot = (seen.scan, 0);
            out.markers += 1;
        }
        slot.1 += 1;
        // Words come in bursts: a repetition is worth much less than a first sight.
        let fade = 1.0 / (slot.1 * slot.1) as f32;
        let first = out.words - u32::from(marker.len);
        run.hit(first, out.words, at, marker.top * fade, tuning.per_word);
        for (sum, w) in out.by_family.iter_mut().zip(&marker.weight) {
            *sum += w * fade;
        }
        true
    }
}

/// The best stretch so far, as in Kadane's scan.
#[derive(Debug, Default)]
struct Run {
    sum: f32,
    at: u32,
    best: f32,
    /// First word of the last marker and its weight: an overlapping one counts for what it has more.
    first: u32,
    weight: f32,
    /// Where the present run began, in bytes.
    start: usize,
    /// The best run, in bytes.
    stretch: (usize, usize),
}

impl Run {
    fn hit(&mut self, first: u32, end: u32, byte: usize, weight: f32, per_word: f32) {
        let gain = if first < self.at {
            let more = (weight - self.weight).max(0.0);
            self.weight = self.weight.max(weight);
            self.first = self.first.min(first);
            more
        } else {
            self.first = first;
            self.weight = weight;
            weight
        };
        self.sum -= (end - self.at) as f32 * per_word;
        if self.sum <= 0.0 {
            self.sum = 0.0;
            self.start = byte;
        }
        self.sum += gain;
        self.at = end;
        if self.sum > self.best {
            self.best = self.sum;
            self.stretch = (self.start, byte);
        }
    }
}

/// Hash of the word that begins at `at`, and where it ends.
fn word_at(bytes: &[u8], at: usize) -> (u64, usize) {
    let mut h = 0;
    let mut end = at;
    while let Some(chunk) = bytes.get(end..).and_then(<[u8]>::first_chunk::<8>) {
        let x = u64::from_le_bytes(*chunk);
        let run = ascii::leading_alphanumerics(x);
        if run == 8 {
            h = mix(h, ascii::fold(x));
            end += 8;
            continue;
        }
        let next = bytes[end + run];
        if next >= 0x80 || next == b'\'' || next == b'-' {
            return odd_word_at(bytes, at);
        }
        if run > 0 {
            h = mix(h, ascii::first(ascii::fold(x), run));
        }
        return (finish(h), end + run);
    }
    odd_word_at(bytes, at)
}

/// [`word_at`] for words with apostrophes, hyphens or characters beyond ASCII, or near the end of the text.
#[cold]
fn odd_word_at(bytes: &[u8], start: usize) -> (u64, usize) {
    let mut h = 0;
    let (mut pending, mut filled) = (0u64, 0);
    let mut push = |b: u8| {
        pending |= u64::from(b) << (8 * filled);
        filled += 1;
        if filled == 8 {
            h = mix(h, pending);
            (pending, filled) = (0, 0);
        }
    };
    let goes_on = |at: usize| bytes.get(at).is_some_and(|&b| CLASS[b as usize] > 0);
    let mut at = start;
    while let Some(&b) = bytes.get(at) {
        if b >= 0x80 {
            if is_mark(bytes, at) {
                // ’ inside a word is an apostrophe; other punctuation ends the word.
                if bytes[at + 2] != 0x99 || !goes_on(at + 3) {
                    break;
                }
                push(b'\'');
                at += 3;
            } else {
                push(b);
                at += 1;
            }
        } else if CLASS[b as usize] > 0 || (matches!(b, b'\'' | b'-') && goes_on(at + 1)) {
            push(b.to_ascii_lowercase());
            at += 1;
        } else {
            break;
        }
    }
    if filled > 0 {
        h = mix(h, pending);
    }
    (finish(h), at)
}

/// 1 for bytes that may be part of a word, 0 for what is not.
static CLASS: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = (b >= 0x80 || (b as u8).is_ascii_alphanumeric()) as u8;
        b += 1;
    }
    table
};

/// Whether a general punctuation character (U+2000 to U+203F: quotation marks, dashes, ellipsis) begins at `at`.
fn is_mark(bytes: &[u8], at: usize) -> bool {
    bytes[at] == 0xE2 && bytes.get(at + 1) == Some(&0x80) && at + 2 < bytes.len()
}

/// Share of the meant phrases that a spinner replaces by one particular entry.
const REPLACED: f32 = 0.12;
/// Rate of clean English below which the counts say nothing.
const FLOOR: f32 = 3e-8;
/// The most a marker from the lexicon may weigh.
const DERIVED_TOP: f32 = 4.5;

/// Markers from the lexicon: rates by the language model.
fn derived<'l>(
    lexicon: &'l Lexicon,
    stats: &Stats<'_>,
    weights: &mut FxHashMap<&'l str, [f32; FAMILIES]>,
    order: &mut Vec<&'l str>,
) {
    for form in lexicon.forms.iter().filter(|f| !f.name) {
        let keys: Vec<u64> = form.spun.split(' ').map(token_key).collect();
        let clean = stats.phrase(&keys).exp().max(FLOOR);
        let mut meant = 0.0;
        for m in form.repairs.clone() {
            let m = &lexicon.meant[m as usize];
            meant += m.share * stats.phrase(lexicon.keys_of(m)).exp();
        }
        let mut weight = (1.0 + REPLACED * form.prior * meant / clean).ln();
        // An entry with conditions is innocent elsewhere, and the pass does not look at them.
        if lexicon.condition_at(form.left).is_strict()
            || lexicon.condition_at(form.right).is_strict()
        {
            weight *= 0.3;
        }
        // A single word tells little, but for one that the user has learned and English has not.
        let unheard = form.family == OWN && stats.per_million(&keys) == 0.0;
        let weight = weight.min(if keys.len() == 1 && !unheard {
            1.6
        } else {
            DERIVED_TOP
        });
        let entry = weights.entry(&form.spun).or_insert_with(|| {
            order.push(&form.spun);
            [0.0; FAMILIES]
        });
        let slot = &mut entry[form.family as usize];
        *slot = slot.max(weight);
    }
}

/// The authored markers; their weights replace derived ones.
fn authored<'l>(
    weights: &mut FxHashMap<&'l str, [f32; FAMILIES]>,
    order: &mut Vec<&'l str>,
) -> Result<(), SetupError> {
    const TABLE: Table = Table {
        name: "data/repair/markers.tsv",
        text: include_str!("../../data/repair/markers.tsv"),
    };
    for row in rows(&TABLE) {
        let [phrase, family, spun, clean] = row.columns()?;
        let family = match family {
            "W" => 0,
            "A" => 1,
            "B" => 2,
            "R" => 3,
            _ => return Err(row.error("the family is none of W A B R")),
        };
        let rate = |text: &str| {
            text.parse::<f32>()
                .ok()
                .filter(|r| *r > 0.0 && r.is_finite())
                .ok_or_else(|| row.error("a rate is no positive number"))
        };
        let weight = (rate(spun)? / rate(clean)?).ln();
        let entry = weights.entry(phrase).or_insert_with(|| {
            order.push(phrase);
            [0.0; FAMILIES]
        });
        entry[family] = weight.max(entry[family].min(weight));
    }
    Ok(())
}
