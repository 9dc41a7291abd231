//! What the line model sees of a line: its shape, its words, its neighbours, its place.
//!
//! One row of [`COUNT`] numbers a line, in the order of [`NAMES`]. Training reads the rows that this code writes
//! (`examples/strip_features.rs`), so there is one implementation only.

use super::lexicon::Topic;
use super::model::Row;
use super::page::{End, First, Line, Page};
use crate::text::hash::combine;

macro_rules! features {
    ($($name:ident),+ $(,)?) => {
        #[expect(non_camel_case_types, reason = "the names are the columns' names")]
        #[expect(dead_code, reason = "columns that are filled in a row are named by the first one")]
        #[derive(Clone, Copy)]
        #[repr(usize)]
        enum F { $($name),+ }
        /// Names of the features, in the order of a row.
        pub static NAMES: &[&str] = &[$(stringify!($name)),+];
    };
}

features!(
    width,
    words,
    word_length,
    stop_share,
    capital_share,
    upper_share,
    digit_share,
    sign_share,
    end_mark,
    first,
    separators,
    breaks,
    commas,
    code_signs,
    url,
    email,
    quote,
    indent,
    repeats,
    like,
    content,
    whole,
    start,
    any,
    share,
    newsletter,
    related,
    more,
    comments,
    navigation,
    cookie,
    paywall,
    credit,
    byline,
    copyright,
    print,
    link,
    promo,
    label,
    blanks_before,
    blanks_after,
    block_lines,
    block_width,
    block_hits,
    block_at,
    block_prose,
    at,
    index,
    from_end,
    prose_before,
    prose_after,
    prose_distance_back,
    prose_distance_on,
    width_back1,
    width_back2,
    width_on1,
    width_on2,
    end_back1,
    end_back2,
    end_on1,
    end_on2,
    stop_back1,
    stop_on1,
    hit_back1,
    hit_on1,
    hit_back2,
    hit_on2,
    like_back1,
    like_on1,
    same_back1,
    same_on1,
    mean_width_3,
    mean_width_8,
    prose_3,
    prose_10,
    prose_25,
    hits_5,
    hits_15,
    sentence_5,
    like_10,
    back_prose_10,
    on_prose_10,
    back_hits_10,
    on_hits_10,
    short_run,
    doc_lines,
    doc_width,
    doc_prose,
    doc_hits,
    doc_short,
    doc_like,
    doc_code,
    doc_sentence,
    near_comments,
    near_related,
    near_navigation,
    near_share,
    near_copyright,
    near_repeats,
    near_digits,
    near_capitals,
    near_names,
    near_dated,
    near_stops,
    near_addresses,
    near_flows,
    far_comments,
    far_related,
    far_navigation,
    far_share,
    far_copyright,
    far_repeats,
    far_digits,
    far_capitals,
    far_names,
    far_dated,
    far_stops,
    far_addresses,
    far_flows,
    doc_comments,
    doc_related,
    doc_navigation,
    doc_share,
    doc_copyright,
    doc_repeats,
    doc_digits,
    doc_capitals,
    doc_names,
    doc_dated,
    doc_stops,
    doc_addresses,
    doc_flows,
    since_comments,
    since_related,
    since_newsletter,
    since_share,
    since_navigation,
    since_copyright,
    until_comments,
    until_related,
    until_newsletter,
    until_share,
    until_navigation,
    until_copyright,
    main,
    main_share,
    stretch,
    stretch_share,
    stretch_lines,
    stretch_before,
    stretch_after,
    widest,
    prose_width,
    wide_lines,
    pattern,
    pattern_8,
    gap,
    text_before,
    text_after,
    web,
    wording,
    wording_back1,
    wording_back2,
    wording_on1,
    wording_on2,
    wording_3,
    wording_10,
);

/// Features of a line.
pub const COUNT: usize = F::wording_10 as usize + 1;

/// Sums over lines before each index, so that any window's mean is one subtraction.
#[derive(Default)]
pub(super) struct Sums {
    width: Vec<f32>,
    prose: Vec<f32>,
    all: Vec<f32>,
    hits: Vec<f32>,
    sentence: Vec<f32>,
    like: Vec<f32>,
    prose_on: Vec<u32>,
    short_run: Vec<u32>,
    /// Sums of the [`traits`] of the lines before each index.
    traits: Vec<[f32; TRAITS]>,
    /// Lines since the last line that begins with a phrase of each of [`OPENING`], and until the next one.
    since: Vec<[u32; OPENING.len()]>,
    until: Vec<[u32; OPENING.len()]>,
    stretches: Vec<Stretch>,
    /// By line: its stretch.
    stretch_of: Vec<u32>,
    /// How often each line's shape stands between such neighbours in the document.
    pattern: Vec<f32>,
    pattern_sum: Vec<f32>,
    /// Lines back to the last line that says the same.
    gap: Vec<u32>,
    /// The lines of the densest stretch of prose.
    main: (usize, usize),
    /// Scratch: keys with the lines that have them.
    keyed: Vec<(u64, u32)>,
    /// By line: what its words say, see `wording`; and sums of that over the lines before.
    pub(super) wording: Vec<f32>,
    wording_sum: Vec<f32>,
    /// Scratch of `wording`.
    pub(super) slots: Vec<u16>,
}

/// Lines among which prose is not interrupted for long.
#[derive(Clone, Copy, Default)]
struct Stretch {
    /// Width of its prose.
    prose: f32,
    /// Width of the prose before it.
    before: f32,
    lines: u32,
}

/// Lines without prose that end a stretch.
const BREAK: usize = 4;

/// Topics whose lines open or close sections.
const OPENING: [Topic; 6] = [
    Topic::Comments,
    Topic::Related,
    Topic::Newsletter,
    Topic::Share,
    Topic::Navigation,
    Topic::Copyright,
];

const TRAITS: usize = 13;

/// What is looked at over near and far neighbours and over the document; in the order of the features.
fn traits(line: &Line, next: Option<&Line>) -> [f32; TRAITS] {
    let bit = |b: bool| f32::from(u8::from(b));
    let h = line.hits;
    let words = line.words.max(1) as f32;
    [
        bit(h.has(Topic::Comments)),
        bit(h.leads(Topic::Related) || h.leads(Topic::More)),
        bit(h.leads(Topic::Navigation)),
        bit(h.leads(Topic::Share) || h.leads(Topic::Newsletter)),
        bit(h.has(Topic::Copyright)),
        bit(line.repeats > 1),
        line.digits as f32 / line.chars.max(1) as f32,
        line.capital_words as f32 / words,
        bit(line.width < 40.0 && (1..=4).contains(&line.words) && line.capital_words == line.words),
        bit(line.width < 60.0 && line.digits > 0),
        line.stop_share(),
        bit(line.url || line.email),
        // Text that is broken into lines goes on in the next one.
        bit(line.end_mark < End::Colon
            && next.is_some_and(|next| next.first == First::Lower && next.blanks == 0)),
    ]
}

/// A line's shape, coarsely.
fn shape(line: &Line) -> u64 {
    let width = (line.width.max(1.0).log2() * 0.75) as u64;
    let digits = u64::from(line.digits > 0);
    width << 12
        | (line.end_mark as u64) << 8
        | (line.first as u64) << 4
        | digits << 3
        | u64::from(line.hits.some()) << 2
        | u64::from(line.blanks > 0)
}

#[derive(Clone, Copy)]
struct Doc {
    lines: f32,
    width: f32,
    prose: f32,
    hits: f32,
    short: f32,
    like: f32,
    code: f32,
    sentence: f32,
    /// Width of the widest line.
    widest: f32,
    /// Mean width of the lines of prose.
    prose_width: f32,
    /// Lines of prose.
    wide_lines: f32,
    web: f32,
}

/// Reads rows of one page.
pub(super) struct Rows<'p> {
    page: &'p Page,
    sums: &'p Sums,
    doc: Doc,
    block: (usize, usize),
    last_prose: Option<usize>,
}

fn log(x: f32) -> f32 {
    (1.0 + x).ln()
}

impl Sums {
    fn read(&mut self, page: &Page) {
        let lines = &page.lines;
        let grow = |v: &mut Vec<f32>, f: &dyn Fn(&Line) -> f32| {
            v.clear();
            v.reserve(lines.len() + 1);
            v.push(0.0);
            let mut sum = 0.0;
            for line in lines {
                sum += f(line);
                v.push(sum);
            }
        };
        grow(&mut self.width, &|l| log(l.width));
        grow(&mut self.prose, &|l| {
            if l.is_prose() { l.width } else { 0.0 }
        });
        grow(&mut self.all, &|l| l.width);
        grow(&mut self.hits, &|l| f32::from(u8::from(l.hits.some())));
        grow(&mut self.sentence, &|l| {
            f32::from(u8::from(l.end_mark as u8 >= 3))
        });
        grow(&mut self.like, &|l| l.like);
        self.prose_on.clear();
        self.prose_on.resize(lines.len(), u32::MAX);
        let mut next = u32::MAX;
        for (i, line) in lines.iter().enumerate().rev() {
            self.prose_on[i] = next;
            if line.is_prose() {
                next = i as u32;
            }
        }
        self.short_run.clear();
        self.short_run.resize(lines.len(), 0);
        let mut from = 0;
        for i in 0..=lines.len() {
            if i == lines.len() || !lines[i].is_label() {
                self.short_run[from..i].fill((i - from) as u32);
                from = i + 1;
            }
        }
    }
}

impl Sums {
    fn read_more(&mut self, page: &Page) {
        let lines = &page.lines;
        let n = lines.len();
        self.traits.clear();
        let mut sum = [0.0; TRAITS];
        self.traits.push(sum);
        for (i, line) in lines.iter().enumerate() {
            for (sum, x) in sum.iter_mut().zip(traits(line, lines.get(i + 1))) {
                *sum += x;
            }
            self.traits.push(sum);
        }
        let opens = |line: &Line, away: &mut [u32; OPENING.len()]| {
            for (away, topic) in away.iter_mut().zip(OPENING) {
                let here = line.hits.leads(topic) && line.width < 120.0
                    || topic as u8 == Topic::Copyright as u8 && line.hits.has(topic);
                *away = if here { 0 } else { away.saturating_add(1) };
            }
        };
        let none = [FAR; OPENING.len()];
        self.since.clear();
        let mut away = none;
        for line in lines {
            opens(line, &mut away);
            self.since.push(away);
        }
        self.until.clear();
        self.until.resize(n, none);
        away = none;
        for (line, out) in lines.iter().zip(&mut self.until).rev() {
            opens(line, &mut away);
            *out = away;
        }
        self.find_stretches(lines);
        self.find_main(lines);
        self.find_patterns(lines);
    }

    fn sum_wording(&mut self) {
        self.wording_sum.clear();
        let mut sum = 0.0;
        self.wording_sum.push(sum);
        self.wording_sum.extend(self.wording.iter().map(|x| {
            sum += x;
            sum
        }));
    }

    fn find_stretches(&mut self, lines: &[Line]) {
        self.stretches.clear();
        self.stretch_of.clear();
        let mut open = Stretch::default();
        let mut without = 0;
        for line in lines {
            if line.is_prose() {
                without = 0;
                open.prose += line.width;
                open.lines += 1;
            } else {
                without += 1;
                if without == BREAK && open.lines > 0 {
                    self.stretches.push(open);
                    open = Stretch {
                        before: open.before + open.prose,
                        ..Stretch::default()
                    };
                }
            }
            self.stretch_of.push(self.stretches.len() as u32);
        }
        self.stretches.push(open);
    }

    /// The run of lines whose prose outweighs best what stands between (Kadane's algorithm).
    fn find_main(&mut self, lines: &[Line]) {
        let (mut best, mut sum, mut from) = (0.0, 0.0f32, 0);
        self.main = (0, 0);
        for (i, line) in lines.iter().enumerate() {
            if sum <= 0.0 {
                (sum, from) = (0.0, i);
            }
            sum += if line.is_prose() {
                line.width.min(1000.0)
            } else {
                -60.0
            };
            if sum > best {
                best = sum;
                self.main = (from, i + 1);
            }
        }
    }

    fn find_patterns(&mut self, lines: &[Line]) {
        let n = lines.len();
        let at = |i: Option<usize>| i.and_then(|i| lines.get(i)).map_or(u64::MAX, shape);
        self.keyed.clear();
        self.keyed.extend((0..n).map(|i| {
            let around = combine(at(i.checked_sub(1)), at(Some(i + 1)));
            (combine(around, shape(&lines[i])), i as u32)
        }));
        self.keyed.sort_unstable();
        self.pattern.clear();
        self.pattern.resize(n, 0.0);
        for same in self.keyed.chunk_by(|a, b| a.0 == b.0) {
            for &(_, i) in same {
                self.pattern[i as usize] = log((same.len() - 1) as f32);
            }
        }
        self.pattern_sum.clear();
        self.pattern_sum.push(0.0);
        let mut sum = 0.0;
        for x in &self.pattern {
            sum += x;
            self.pattern_sum.push(sum);
        }
        self.keyed.clear();
        let repeated = lines.iter().enumerate().filter(|(_, l)| l.repeats > 1);
        self.keyed.extend(repeated.map(|(i, l)| (l.key, i as u32)));
        self.keyed.sort_unstable();
        self.gap.clear();
        self.gap.resize(n, FAR);
        for pair in self.keyed.windows(2) {
            if pair[0].0 == pair[1].0 {
                self.gap[pair[1].1 as usize] = pair[1].1 - pair[0].1;
            }
        }
    }
}

/// Farther than any line.
const FAR: u32 = 100_000;

impl<'p> Rows<'p> {
    /// Rows of `page` with its web evidence; `sums` is overwritten, but for what `sums.wording` says of each line.
    pub(super) fn new(page: &'p Page, web: f32, sums: &'p mut Sums) -> Self {
        sums.read(page);
        sums.read_more(page);
        sums.sum_wording();
        let n = page.lines.len().max(1) as f32;
        let share =
            |f: &dyn Fn(&Line) -> bool| page.lines.iter().filter(|l| f(l)).count() as f32 / n;
        let prose_lines = page.lines.iter().filter(|l| l.is_prose()).count() as f32;
        let doc = Doc {
            lines: log(page.lines.len() as f32),
            width: log(page.width),
            prose: page.prose / page.width.max(1.0),
            hits: page.hits as f32 / n,
            short: share(&|l| l.is_label()),
            like: sums.like.last().copied().unwrap_or(0.0) / n,
            code: share(&|l| l.code_signs * 12 > l.chars),
            sentence: sums.sentence.last().copied().unwrap_or(0.0) / n,
            widest: page.lines.iter().map(|l| l.width).fold(0.0, f32::max),
            prose_width: page.prose / prose_lines.max(1.0),
            wide_lines: prose_lines,
            web,
        };
        Self {
            page,
            sums,
            doc,
            block: (0, 0),
            last_prose: None,
        }
    }

    /// Fills `row` for line `i`. Lines are asked for in order, from 0 on.
    pub(super) fn fill(&mut self, i: usize, row: &mut Row) {
        let lines = &self.page.lines;
        let line = &lines[i];
        if i >= self.block.1 {
            let mut end = i + 1;
            while end < lines.len() && lines[end].blanks == 0 {
                end += 1;
            }
            self.block = (i, end);
        }
        own(line, row);
        self.place(i, line, row);
        self.neighbours(i, row);
        self.windows(i, row);
        self.sections(i, row);
        self.wording(i, row);
        if line.is_prose() {
            self.last_prose = Some(i);
        }
    }

    fn place(&self, i: usize, line: &Line, row: &mut Row) {
        let lines = &self.page.lines;
        let n = lines.len();
        let s = self.sums;
        let (from, to) = self.block;
        let total = s.prose[n].max(1.0);
        let own = if line.is_prose() { line.width } else { 0.0 };
        let distance_back = self.last_prose.map_or(n, |p| i - p);
        let distance_on = match s.prose_on[i] {
            u32::MAX => n,
            p => p as usize - i,
        };
        for (f, x) in [
            (F::blanks_before, line.blanks.min(3) as f32),
            (
                F::blanks_after,
                lines.get(i + 1).map_or(3, |l| l.blanks.min(3)) as f32,
            ),
            (F::block_lines, log((to - from) as f32)),
            (F::block_width, log(s.all[to] - s.all[from])),
            (
                F::block_hits,
                (s.hits[to] - s.hits[from]) / (to - from) as f32,
            ),
            (F::block_at, (i - from) as f32 / (to - from) as f32),
            (
                F::block_prose,
                (s.prose[to] - s.prose[from]) / (s.all[to] - s.all[from]).max(1.0),
            ),
            (F::at, i as f32 / n as f32),
            (F::index, log(i as f32)),
            (F::from_end, log((n - 1 - i) as f32)),
            (F::prose_before, s.prose[i] / total),
            (F::prose_after, (s.prose[n] - s.prose[i] - own) / total),
            (F::prose_distance_back, log(distance_back as f32)),
            (F::prose_distance_on, log(distance_on as f32)),
            (F::short_run, log(s.short_run[i] as f32)),
            (F::doc_lines, self.doc.lines),
            (F::doc_width, self.doc.width),
            (F::doc_prose, self.doc.prose),
            (F::doc_hits, self.doc.hits),
            (F::doc_short, self.doc.short),
            (F::doc_like, self.doc.like),
            (F::doc_code, self.doc.code),
            (F::doc_sentence, self.doc.sentence),
        ] {
            row[f as usize] = x;
        }
    }

    fn neighbours(&self, i: usize, row: &mut Row) {
        let lines = &self.page.lines;
        let none = Line::default();
        let get = |j: Option<usize>| j.and_then(|j| lines.get(j)).unwrap_or(&none);
        let (b1, b2) = (get(i.checked_sub(1)), get(i.checked_sub(2)));
        let (o1, o2) = (get(Some(i + 1)), get(Some(i + 2)));
        let hit = |l: &Line| f32::from(u8::from(l.hits.some()));
        let line = &lines[i];
        let same = |l: &Line| {
            f32::from(u8::from(
                l.end_mark == line.end_mark && l.first == line.first,
            )) - (log(l.width) - log(line.width)).abs()
        };
        for (f, x) in [
            (F::width_back1, log(b1.width)),
            (F::width_back2, log(b2.width)),
            (F::width_on1, log(o1.width)),
            (F::width_on2, log(o2.width)),
            (F::end_back1, f32::from(b1.end_mark as u8)),
            (F::end_back2, f32::from(b2.end_mark as u8)),
            (F::end_on1, f32::from(o1.end_mark as u8)),
            (F::end_on2, f32::from(o2.end_mark as u8)),
            (F::stop_back1, b1.stop_share()),
            (F::stop_on1, o1.stop_share()),
            (F::hit_back1, hit(b1)),
            (F::hit_on1, hit(o1)),
            (F::hit_back2, hit(b2)),
            (F::hit_on2, hit(o2)),
            (F::like_back1, b1.like),
            (F::like_on1, o1.like),
            (F::same_back1, same(b1)),
            (F::same_on1, same(o1)),
        ] {
            row[f as usize] = x;
        }
    }

    fn windows(&self, i: usize, row: &mut Row) {
        let s = self.sums;
        let n = self.page.lines.len();
        let around = |k: usize| (i.saturating_sub(k), (i + k + 1).min(n));
        let mean = |v: &[f32], (a, b): (usize, usize)| (v[b] - v[a]) / (b - a).max(1) as f32;
        let prose =
            |(a, b): (usize, usize)| (s.prose[b] - s.prose[a]) / (s.all[b] - s.all[a]).max(1.0);
        let back = (i.saturating_sub(10), i);
        let on = ((i + 1).min(n), (i + 11).min(n));
        for (f, x) in [
            (F::mean_width_3, mean(&s.width, around(3))),
            (F::mean_width_8, mean(&s.width, around(8))),
            (F::prose_3, prose(around(3))),
            (F::prose_10, prose(around(10))),
            (F::prose_25, prose(around(25))),
            (F::hits_5, mean(&s.hits, around(5))),
            (F::hits_15, mean(&s.hits, around(15))),
            (F::sentence_5, mean(&s.sentence, around(5))),
            (F::like_10, mean(&s.like, around(10))),
            (F::back_prose_10, log(s.prose[back.1] - s.prose[back.0])),
            (F::on_prose_10, log(s.prose[on.1] - s.prose[on.0])),
            (F::back_hits_10, mean(&s.hits, back)),
            (F::on_hits_10, mean(&s.hits, on)),
        ] {
            row[f as usize] = x;
        }
    }
}

impl Rows<'_> {
    /// What the words say, here and around; means over more lines than these let aeb lose 0.02 of line F1.
    fn wording(&self, i: usize, row: &mut Row) {
        let s = self.sums;
        let n = self.page.lines.len();
        let at = |j: Option<usize>| j.and_then(|j| s.wording.get(j)).map_or(0.0, |x| *x);
        let mean = |from: usize, to: usize| {
            (s.wording_sum[to] - s.wording_sum[from]) / (to - from).max(1) as f32
        };
        let around = |k: usize| mean(i.saturating_sub(k), (i + k + 1).min(n));
        for (f, x) in [
            (F::wording, at(Some(i))),
            (F::wording_back1, at(i.checked_sub(1))),
            (F::wording_back2, at(i.checked_sub(2))),
            (F::wording_on1, at(Some(i + 1))),
            (F::wording_on2, at(Some(i + 2))),
            (F::wording_3, around(3)),
            (F::wording_10, around(10)),
        ] {
            row[f as usize] = x;
        }
    }

    /// Sections of the page: what opens and closes them, what they are made of, and where the line stands among them.
    fn sections(&self, i: usize, row: &mut Row) {
        let s = self.sums;
        let n = self.page.lines.len();
        for (k, first) in [
            (8, F::near_comments as usize),
            (30, F::far_comments as usize),
            (n, F::doc_comments as usize),
        ] {
            let (a, b) = (i.saturating_sub(k), (i + k + 1).min(n));
            let scale = 1.0 / (b - a) as f32;
            for (t, x) in row[first..first + TRAITS].iter_mut().enumerate() {
                *x = (s.traits[b][t] - s.traits[a][t]) * scale;
            }
        }
        for (away, first) in [
            (&s.since[i], F::since_comments as usize),
            (&s.until[i], F::until_comments as usize),
        ] {
            for (x, &lines) in row[first..].iter_mut().zip(away) {
                *x = lines.min(1000) as f32;
            }
        }
        let line = &self.page.lines[i];
        let total = s.prose[n].max(1.0);
        let (from, to) = s.main;
        let main = if i < from {
            i as f32 - from as f32
        } else if i >= to {
            (i + 1 - to) as f32
        } else {
            0.0
        };
        let stretch = s.stretches[s.stretch_of[i] as usize];
        let a = i.saturating_sub(8);
        let b = (i + 9).min(n);
        for (f, x) in [
            (F::main, main),
            (F::main_share, (s.prose[to] - s.prose[from]) / total),
            (F::stretch, log(stretch.prose)),
            (F::stretch_share, stretch.prose / total),
            (F::stretch_lines, stretch.lines as f32),
            (F::stretch_before, log(stretch.before)),
            (
                F::stretch_after,
                log((s.prose[n] - stretch.before - stretch.prose).max(0.0)),
            ),
            (F::widest, line.width / self.doc.widest.max(1.0)),
            (F::prose_width, log(self.doc.prose_width)),
            (F::wide_lines, log(self.doc.wide_lines)),
            (F::pattern, s.pattern[i]),
            (
                F::pattern_8,
                (s.pattern_sum[b] - s.pattern_sum[a]) / (b - a) as f32,
            ),
            (F::gap, s.gap[i].min(1000) as f32),
            (F::web, self.doc.web.min(40.0)),
            (F::text_before, log(s.prose[i])),
            (F::text_after, log((s.prose[n] - s.prose[i + 1]).max(0.0))),
        ] {
            row[f as usize] = x;
        }
    }
}

/// What the line says by itself.
fn own(line: &Line, row: &mut Row) {
    let chars = line.chars.max(1) as f32;
    let words = line.words.max(1) as f32;
    let bit = |b: bool| f32::from(u8::from(b));
    let topic = |t: Topic| {
        let h = line.hits;
        2.0 * bit(h.is(t)) + bit(h.has(t))
    };
    for (f, x) in [
        (F::width, log(line.width)),
        (F::words, log(line.words as f32)),
        (F::word_length, (line.letters + line.digits) as f32 / words),
        (F::stop_share, line.stop_share()),
        (F::capital_share, line.capital_words as f32 / words),
        (
            F::upper_share,
            line.uppers as f32 / line.letters.max(1) as f32,
        ),
        (F::digit_share, line.digits as f32 / chars),
        (F::sign_share, line.signs as f32 / chars),
        (F::end_mark, f32::from(line.end_mark as u8)),
        (F::first, f32::from(line.first as u8)),
        (F::separators, line.separators as f32),
        (F::breaks, line.breaks as f32),
        (F::commas, line.commas as f32),
        (F::code_signs, line.code_signs as f32 / chars),
        (F::url, bit(line.url)),
        (F::email, bit(line.email)),
        (F::quote, bit(line.quote)),
        (F::indent, line.indent.min(8) as f32),
        (F::repeats, log((line.repeats - 1) as f32)),
        (F::like, line.like),
        (F::content, log((line.words_to - line.words_from) as f32)),
        (F::whole, line.hits.whole.count_ones() as f32),
        (F::start, line.hits.start.count_ones() as f32),
        (F::any, line.hits.any.count_ones() as f32),
        (F::share, topic(Topic::Share)),
        (F::newsletter, topic(Topic::Newsletter)),
        (F::related, topic(Topic::Related)),
        (F::more, topic(Topic::More)),
        (F::comments, topic(Topic::Comments)),
        (F::navigation, topic(Topic::Navigation)),
        (F::cookie, topic(Topic::Cookie)),
        (F::paywall, topic(Topic::Paywall)),
        (F::credit, topic(Topic::Credit)),
        (F::byline, topic(Topic::Byline)),
        (F::copyright, topic(Topic::Copyright)),
        (F::print, topic(Topic::Print)),
        (F::link, topic(Topic::Link)),
        (F::promo, topic(Topic::Promo)),
        (F::label, topic(Topic::Label)),
    ] {
        row[f as usize] = x;
    }
}
