//! What the first reading of a page tells about each of its lines: the input of the second one.
//!
//! The first trees see a line and what stands around it, but not what becomes of the rest of the page. Their scores show
//! it: how much text there is before and behind a line, into which regions it falls, how the largest region and the first
//! one compare with the one at hand, what became of the lines of the same shape. A second set of trees sees both. In
//! training it must see first scores of pages that the first trees have not learnt, or it trusts them too much.
//!
//! Source of reading twice: stacked sequential learning (Cohen and Carvalho 2005).

use super::features::{F, log};
use super::model::Row;
use super::page::{Line, Page, Said};
use crate::text::hash::combine;

/// Lines on each side whose scores are seen one by one.
const NEAR: usize = 4;
/// Half widths of the windows over which scores are averaged: by line, and by width.
const WINDOWS: [usize; 4] = [3, 8, 20, 50];
const WIDE_WINDOWS: usize = 2;
/// Widths of the windows before and behind the line in which kept text is counted.
const SIDES: [usize; 3] = [5, 15, 40];
/// Lines that go, in a row, that end a region.
const BREAK: usize = 5;
/// A region of this share of the largest one's text counts as first, and of this one as large.
const FIRST: f32 = 0.3;
const LARGE: f32 = 0.15;
/// Distances at which a shape may come again, and half the width of the window that is looked at for them.
const LAGS: std::ops::RangeInclusive<usize> = 2..=7;
const LAG_WINDOW: usize = 12;
/// A line's width counts up to this in means.
const WIDEST: f32 = 400.0;

/// Lines that the first reading keeps, with few others between.
#[derive(Clone, Copy, Default)]
struct Region {
    from: usize,
    to: usize,
    /// Expected width of the text that stays, here and in the regions before.
    text: f32,
    before: f32,
    /// Mean first score.
    mean: f32,
    /// Lines that go right before it.
    gap: usize,
    /// Shares of its content words that the largest and the first region have too.
    like: f32,
    like_first: f32,
}

/// How lines of one shape fared.
#[derive(Clone, Copy, Default)]
struct Kin {
    mean: f32,
    others: f32,
}

/// Sums over the lines before an index.
#[derive(Clone, Copy, Default)]
struct Sum {
    score: f32,
    weighted: f32,
    weight: f32,
    kept: f32,
    width: f32,
    /// By distance: lines that look like the one so far before.
    again: [u16; 8],
}

/// The first reading of one page, summed up.
#[derive(Default)]
pub(super) struct Regions {
    scores: Vec<f32>,
    sums: Vec<Sum>,
    regions: Vec<Region>,
    /// By line: the region it stands in or nearest to.
    nearest: Vec<u32>,
    largest: usize,
    first: usize,
    large: usize,
    said: (Option<Said>, Option<Said>),
    /// By line: lines of its shape, of its shape between such neighbours; both again with a coarser shape.
    kin: [Vec<Kin>; 4],
    keyed: Vec<(u64, u32)>,
    shapes: Vec<(u64, u64)>,
    share: f32,
    mean: f32,
    sure: f32,
}

/// A line's shape, more coarsely than [`features::shape`](super::features).
fn coarse(line: &Line) -> u64 {
    let width = (line.width.max(1.0).log2() * 0.5) as u64;
    let digits = u64::from(line.digits as f32 > 0.08 * line.chars as f32);
    width << 8 | u64::from(line.end_mark >= super::page::End::Dots) << 4 | digits
}

impl Regions {
    /// Sums up `scores`, the first log-odds by line of `page` that it is furniture.
    pub(super) fn read(&mut self, page: &Page, scores: &[f32]) {
        self.scores.clear();
        self.scores
            .extend(scores.iter().map(|s| s.clamp(-6.0, 6.0)));
        self.shapes.clear();
        self.shapes.extend(
            page.lines
                .iter()
                .map(|l| (super::features::shape(l), coarse(l))),
        );
        self.sum_up(page);
        self.find_regions(page);
        self.find_kin();
    }

    fn sum_up(&mut self, page: &Page) {
        let mut sum = Sum::default();
        self.sums.clear();
        self.sums.push(sum);
        let (mut kept, mut sure) = (0, 0);
        for (i, (line, &score)) in page.lines.iter().zip(&self.scores).enumerate() {
            let weight = line.width.min(WIDEST);
            sum.score += score;
            sum.weighted += score * weight;
            sum.weight += weight;
            sum.kept += line.width / (1.0 + score.exp());
            sum.width += line.width;
            for (lag, again) in sum.again.iter_mut().enumerate().skip(1) {
                let same = i >= lag && self.shapes[i].1 == self.shapes[i - lag].1;
                // Only differences are asked for, of stretches far shorter than what the type holds.
                *again = again.wrapping_add(u16::from(same));
            }
            kept += usize::from(score < 0.0);
            sure += usize::from(score.abs() > 2.0);
            self.sums.push(sum);
        }
        let n = self.scores.len().max(1) as f32;
        self.share = kept as f32 / n;
        self.sure = sure as f32 / n;
        self.mean = sum.score / n;
    }

    fn find_regions(&mut self, page: &Page) {
        self.regions.clear();
        self.nearest.clear();
        for (i, _) in self.scores.iter().enumerate().filter(|(_, s)| **s < 0.0) {
            match self.regions.last_mut() {
                Some(open) if i - open.to < BREAK - 1 => open.to = i + 1,
                last => {
                    let gap = i - last.map_or(0, |r| r.to);
                    self.regions.push(Region {
                        from: i,
                        to: i + 1,
                        gap,
                        ..Region::default()
                    });
                }
            }
        }
        let mut before = 0.0;
        for region in &mut self.regions {
            let (a, b) = (self.sums[region.from], self.sums[region.to]);
            region.text = b.kept - a.kept;
            region.mean = (b.score - a.score) / (region.to - region.from) as f32;
            region.before = before;
            before += region.text;
        }
        let most = self.regions.iter().map(|r| r.text).fold(0.0, f32::max);
        let at = |bar: f32| {
            let mut regions = self.regions.iter();
            regions.position(|r| r.text >= bar * most).unwrap_or(0)
        };
        (self.largest, self.first) = (at(1.0), at(FIRST));
        self.large = self
            .regions
            .iter()
            .filter(|r| r.text > LARGE * most)
            .count();
        let said = |r: Option<&Region>| r.map(|r| page.said(r.from..r.to));
        self.said = (
            said(self.regions.get(self.largest)),
            said(self.regions.get(self.first)),
        );
        for (i, region) in self.regions.iter_mut().enumerate() {
            let like = |said: &Option<Said>, own: usize| {
                if i == own {
                    return 1.5;
                }
                let said = said.as_ref();
                said.and_then(|said| page.likeness(region.from..region.to, said))
                    .unwrap_or(0.0)
            };
            region.like = like(&self.said.0, self.largest);
            region.like_first = like(&self.said.1, self.first);
        }
        let mut at = 0;
        for i in 0..self.scores.len() {
            while at + 1 < self.regions.len() {
                let (here, next) = (&self.regions[at], &self.regions[at + 1]);
                // The nearer one: halfway between two regions the next begins.
                if i < here.to || i + 1 - here.to <= next.from.saturating_sub(i) {
                    break;
                }
                at += 1;
            }
            self.nearest.push(at as u32);
        }
    }

    fn find_kin(&mut self) {
        let n = self.scores.len();
        for (k, kin) in self.kin.iter_mut().enumerate() {
            let shapes = &self.shapes;
            let at = |i: Option<usize>| {
                let shape = i.and_then(|i| shapes.get(i));
                shape.map_or(u64::MAX, |s| if k < 2 { s.0 } else { s.1 })
            };
            self.keyed.clear();
            self.keyed.extend((0..n).map(|i| {
                let own = at(Some(i));
                let key = if k % 2 == 0 {
                    own
                } else {
                    combine(combine(at(i.checked_sub(1)), at(Some(i + 1))), own)
                };
                (key, i as u32)
            }));
            self.keyed.sort_unstable();
            kin.clear();
            kin.resize(n, Kin::default());
            for same in self.keyed.chunk_by(|a, b| a.0 == b.0) {
                let sum: f32 = same.iter().map(|&(_, i)| self.scores[i as usize]).sum();
                let value = Kin {
                    mean: sum / same.len() as f32,
                    others: log((same.len() - 1) as f32),
                };
                for &(_, i) in same {
                    kin[i as usize] = value;
                }
            }
        }
    }

    /// Fills the columns of the second reading for line `i`.
    pub(super) fn fill(&self, page: &Page, i: usize, row: &mut Row) {
        let n = self.scores.len();
        // What lies beyond the ends of a page is furniture.
        let score = |j: Option<usize>| j.and_then(|j| self.scores.get(j)).map_or(3.0, |s| *s);
        row[F::score as usize] = score(Some(i));
        for k in 0..NEAR {
            row[F::score_back1 as usize + k] = score(i.checked_sub(k + 1));
            row[F::score_on1 as usize + k] = score(Some(i + k + 1));
        }
        let sum = |j: usize| self.sums[j];
        for (k, half) in WINDOWS.into_iter().enumerate() {
            let (from, to) = (i.saturating_sub(half), (i + half + 1).min(n));
            let (a, b) = (sum(from), sum(to));
            row[F::score_3 as usize + k] = (b.score - a.score) / (to - from) as f32;
            if k < WIDE_WINDOWS {
                row[F::score_wide_3 as usize + k] =
                    (b.weighted - a.weighted) / (b.weight - a.weight).max(1.0);
            }
        }
        let (here, behind, all) = (sum(i), sum(i + 1), sum(n));
        for (k, side) in SIDES.into_iter().enumerate() {
            row[F::text_back_5 as usize + k] = log(here.kept - sum(i.saturating_sub(side)).kept);
            row[F::text_on_5 as usize + k] = log(sum((i + side + 1).min(n)).kept - behind.kept);
        }
        for (f, x) in [
            (F::kept_before, log(here.kept)),
            (F::kept_after, log((all.kept - behind.kept).max(0.0))),
            (F::kept_at, here.kept / (all.kept + 1.0)),
            (F::kept_all, log(all.kept)),
            (F::kept_share, all.kept / (all.width + 1.0)),
            (F::kept_lines, self.share),
            (F::score_mean, self.mean),
            (F::score_sure, self.sure),
        ] {
            row[f as usize] = x;
        }
        self.fill_region(page, i, row);
        for (kin, f) in self.kin.iter().zip([
            F::shape_score,
            F::pattern_score,
            F::coarse_score,
            F::coarse_pattern_score,
        ]) {
            row[f as usize] = kin[i].mean;
            row[f as usize + 1] = kin[i].others;
        }
        let (from, to) = (i.saturating_sub(LAG_WINDOW), (i + LAG_WINDOW + 1).min(n));
        let (a, b) = (sum(from).again, sum(to).again);
        let share = |lag: usize| f32::from(b[lag].wrapping_sub(a[lag])) / (to - from) as f32;
        row[F::period as usize] = LAGS.map(share).fold(0.0, f32::max);
        row[F::run as usize] = share(1);
    }

    fn fill_region(&self, page: &Page, i: usize, row: &mut Row) {
        let all = self.sums[self.scores.len()].kept + 1.0;
        let get = |at: usize| self.regions.get(at).copied().unwrap_or_default();
        let at = self.nearest[i] as usize;
        let (own, largest, first) = (get(at), get(self.largest), get(self.first));
        let away = |r: Region| {
            if i < r.from {
                i as f32 - r.from as f32
            } else if i >= r.to {
                (i + 1 - r.to) as f32
            } else {
                0.0
            }
        };
        let like = |said: &Option<Said>| {
            let said = said.as_ref();
            said.and_then(|said| page.likeness(i..i + 1, said))
                .unwrap_or(0.0)
        };
        let lines = (own.to - own.from).max(1) as f32;
        let inside = own.from <= i && i < own.to;
        for (f, x) in [
            (F::region, f32::from(u8::from(inside))),
            (F::region_text, log(own.text)),
            (F::region_share, own.text / all),
            (F::region_index, at as f32),
            (F::region_lines, lines),
            (F::region_before, own.before / all),
            (F::region_score, own.mean),
            (F::region_gap, own.gap as f32),
            (F::region_density, log(own.text / lines)),
            (F::region_like, own.like),
            (F::region_like_first, own.like_first),
            (F::regions, self.regions.len() as f32),
            (F::regions_large, self.large as f32),
            (F::largest_share, largest.text / all),
            (F::largest_away, away(largest)),
            (F::first_share, first.text / all),
            (F::first_away, away(first)),
            (F::like_largest, like(&self.said.0)),
            (F::like_first, like(&self.said.1)),
        ] {
            row[f as usize] = x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::lexicon::Lexicon;
    use crate::strip::model::WIDTH;

    fn page(lines: usize) -> Page {
        let mut page = Page::default();
        let text = "A line that says something about ships and harbours.\n".repeat(lines);
        page.read(&text, &Lexicon::load().expect("embedded data is sound"));
        page
    }

    #[test]
    fn runs_of_kept_lines_are_regions_and_lines_between_belong_to_the_nearer() {
        let mut regions = Regions::default();
        let mut scores = vec![4.0; 30];
        scores[2..6].fill(-4.0);
        scores[8] = -4.0;
        scores[20..23].fill(-4.0);
        let page = page(30);
        regions.read(&page, &scores);
        assert_eq!(regions.regions.len(), 2);
        let ends: Vec<_> = regions.regions.iter().map(|r| (r.from, r.to)).collect();
        assert_eq!(ends, [(2, 9), (20, 23)]);
        assert_eq!((regions.largest, regions.first, regions.large), (0, 0, 2));
        assert_eq!((regions.nearest[0], regions.nearest[12]), (0, 0));
        assert_eq!((regions.nearest[17], regions.nearest[29]), (1, 1));
        let mut row = [0.0; WIDTH];
        regions.fill(&page, 25, &mut row);
        assert_eq!(row[F::largest_away as usize], 17.0);
        assert_eq!(row[F::region as usize], 0.0);
        assert_eq!(row[F::region_gap as usize], 11.0);
    }

    #[test]
    fn a_page_without_text_has_no_regions() {
        let mut regions = Regions::default();
        let page = page(3);
        regions.read(&page, &[2.0, 2.0, 2.0]);
        let mut row = [0.0; WIDTH];
        regions.fill(&page, 1, &mut row);
        assert_eq!(row[F::regions as usize], 0.0);
        assert!(row.iter().all(|x| x.is_finite()));
    }
}
