//! Text that stands in many documents is one finding, not one for every pair of them.
//!
//! What many documents share comes out of the comparison as a row from its first document to each of the others, and one
//! from each to the next. Here a stretch of a document that has rows to more than [`MANY`] others becomes one row with the
//! number of documents; the other rows of that stretch, and those between the places it was found in, are left out.

use std::io;
use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::findings::{Kind, kind_of, unpack};
use super::sorter::{Sorted, Sorter};
use crate::edit::ByteSpan;

/// Documents beside its first one that a text may stand in without being reported once.
pub(super) const MANY: usize = 8;
/// Most different stretches of one document that are told apart.
const MOST_REGIONS: usize = 256;

/// A row without its value: names it among all rows.
pub(super) type RowKey = [u64; 3];

/// How many documents hold the text of a row, where that is more than two.
pub(super) type Recurring = FxHashMap<RowKey, u64>;

/// A stretch of a document with the number of others that have it.
#[derive(Clone, Copy, Debug)]
struct Region {
    span: ByteSpan,
    others: u64,
    last: u32,
}

/// Whether two spans are nearly the same.
fn same(x: ByteSpan, y: ByteSpan) -> bool {
    let shared = x.end.min(y.end).saturating_sub(x.start.max(y.start));
    shared * 5 >= (x.end - x.start).max(y.end - y.start) * 4
}

/// Both documents of a row, by their order, with the spans.
fn sides(record: &[u64; 4]) -> [(u32, ByteSpan); 2] {
    let [pair, a, b, _] = *record;
    [((pair >> 32) as u32, unpack(a)), (pair as u32, unpack(b))]
}

/// The rows without those that repeat one, and the numbers of documents. Holds a few bytes for each text that recurs; what grows with
/// the rows is sorted in at most half of `memory`.
pub(super) fn gather(
    mut matches: Sorted<4>,
    memory: u64,
    tmp: &Path,
    greatest: u64,
) -> io::Result<(Sorted<4>, Recurring)> {
    let hot = hot(&mut matches, memory / 4, tmp)?;
    if hot.is_empty() {
        return Ok((matches, Recurring::default()));
    }
    let region = |(document, span): (u32, ByteSpan)| {
        let regions = hot.get(&document)?;
        let at = regions.iter().position(|r| same(r.span, span))?;
        Some((document, at))
    };
    let mut members = Sorter::new(memory / 8, tmp, greatest >> 32);
    let mut told: FxHashSet<(u32, usize)> = FxHashSet::default();
    for record in matches.read()? {
        let record = record?;
        if kind_of(&record) != Kind::Passage {
            continue;
        }
        let [a, b] = sides(&record);
        let (x, y) = (region(a), region(b));
        if x.is_some() || y.is_some() {
            for (document, span) in [a, b] {
                members.push([u64::from(document), span.start as u64, span.end as u64])?;
            }
        }
        if let (Some(x), Some(y)) = (x, y) {
            // One text, with the rows of two of its documents: told once, by the one with more of them.
            let others = |(document, at): (u32, usize)| hot[&document][at].others;
            told.insert(if others(y) > others(x) { x } else { y });
        }
    }
    let mut members = members.finish();
    let mut members = members.read()?.peekable();
    let mut of_a: (u32, Vec<ByteSpan>) = (0, Vec::new());
    let mut kept = Sorter::new(memory / 8, tmp, greatest);
    let mut recurring = Recurring::default();
    for record in matches.read()? {
        let record = record?;
        let [a, b] = sides(&record);
        if kind_of(&record) != Kind::Passage {
            kept.push(record)?;
            continue;
        }
        if of_a.0 != a.0 {
            of_a = (a.0, Vec::new());
        }
        while let Some(member) =
            members.next_if(|m| m.as_ref().map_or(true, |m| m[0] <= u64::from(a.0)))
        {
            let [document, start, end] = member?;
            if document == u64::from(a.0) {
                of_a.1.push(ByteSpan::new(start as usize, end as usize));
            }
        }
        let here = [region(a), region(b)];
        match here.into_iter().flatten().next() {
            Some(_) => {
                let untold = here.into_iter().flatten().find(|&named| told.insert(named));
                if let Some(named) = untold {
                    let others = hot[&named.0][named.1].others;
                    recurring.insert([record[0], record[1], record[2]], others + 1);
                    kept.push(record)?;
                }
            }
            None if of_a.1.iter().any(|&span| same(span, a.1)) => {}
            None => kept.push(record)?,
        }
    }
    Ok((kept.finish(), recurring))
}

/// By document: the stretches that more than [`MANY`] others have.
fn hot(
    matches: &mut Sorted<4>,
    memory: u64,
    tmp: &Path,
) -> io::Result<FxHashMap<u32, Vec<Region>>> {
    let mut by_document = Sorter::new(memory, tmp, u64::MAX);
    let mut rows = 0;
    for record in matches.read()? {
        let record = record?;
        if kind_of(&record) == Kind::Passage {
            let [a, b] = sides(&record);
            for ((document, span), (other, _)) in [(a, b), (b, a)] {
                let both = u64::from(document) << 32 | u64::from(other);
                by_document.push([both, span.start as u64, span.end as u64])?;
            }
            rows += 1;
        }
    }
    let mut hot: FxHashMap<u32, Vec<Region>> = FxHashMap::default();
    if rows <= MANY {
        return Ok(hot);
    }
    let mut open: (u32, Vec<Region>) = (0, Vec::new());
    let mut close = |(document, regions): (u32, Vec<Region>)| {
        let many: Vec<Region> = regions
            .into_iter()
            .filter(|r| r.others > MANY as u64)
            .collect();
        if !many.is_empty() {
            hot.insert(document, many);
        }
    };
    for record in by_document.finish().read()? {
        let [both, start, end] = record?;
        let (document, other) = ((both >> 32) as u32, both as u32);
        if document != open.0 {
            close(std::mem::replace(&mut open, (document, Vec::new())));
        }
        let span = ByteSpan::new(start as usize, end as usize);
        let regions = &mut open.1;
        if let Some(region) = regions.iter_mut().find(|r| same(r.span, span)) {
            region.others += u64::from(region.last != other);
            region.last = other;
        } else if regions.len() < MOST_REGIONS {
            regions.push(Region {
                span,
                others: 1,
                last: other,
            });
        }
    }
    close(open);
    Ok(hot)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(a: u32, b: u32, span: (u64, u64)) -> [u64; 4] {
        let pair = u64::from(a) << 32 | u64::from(b);
        let packed = span.0 << 32 | span.1;
        [pair, packed, packed, (Kind::Passage as u64) << 40]
    }

    fn gathered(rows: &[[u64; 4]]) -> (Vec<[u64; 4]>, Recurring) {
        let dir = tempfile::tempdir().unwrap();
        let mut matches = Sorter::new(1 << 20, dir.path(), u64::MAX);
        for &row in rows {
            matches.push(row).unwrap();
        }
        let (mut kept, recurring) =
            gather(matches.finish(), 1 << 20, dir.path(), u64::MAX).unwrap();
        let kept = kept.read().unwrap().map(Result::unwrap).collect();
        (kept, recurring)
    }

    #[test]
    fn a_text_of_many_documents_is_one_row() {
        // Document 5 is the first in another order than that of the numbers.
        for first in [0, 5] {
            let mut rows: Vec<_> = (0..20)
                .filter(|&n| n != first)
                .map(|n| row(first.min(n), first.max(n), (100, 300)))
                .collect();
            rows.extend(
                (0..19)
                    .filter(|&n| n != first && n + 1 != first)
                    .map(|n| row(n, n + 1, (101, 305))),
            );
            // Another passage of two of them.
            rows.push(row(7, 9, (1000, 1200)));
            let (kept, recurring) = gathered(&rows);
            assert_eq!(kept.len(), 2, "{kept:?}");
            assert!(kept.contains(&row(7, 9, (1000, 1200))));
            assert_eq!(recurring.values().copied().collect::<Vec<_>>(), [20]);
        }
    }

    #[test]
    fn a_text_of_few_documents_stays_as_it_is() {
        let rows: Vec<_> = (1..=8).map(|n| row(0, n, (100, 300))).collect();
        let (kept, recurring) = gathered(&rows);
        assert_eq!((kept.len(), recurring.len()), (8, 0));
    }
}
