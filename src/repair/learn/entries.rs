//! From spans to rows: what is worth an entry, how sure it is, and in which company.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::super::lm::Stats;
use super::super::tokens::flag;
use super::super::user::Counts;
use super::fold::{self, Group};
use super::{END, Family, LONGEST, Learner, Row, Span, Summary};
use crate::text::hash::combine;
use crate::text::ngrams::token_key;

/// Times in a million words of English from which a word or phrase needs conditions, and up to which seeing a word once
/// is enough.
const COMMON: f32 = 20.0;
const RARE: f32 = 2.0;
/// Times in a million words up to which a pair of words is one that nobody writes.
const ODD_PAIR: f32 = 0.2;
/// How much rarer than what was meant a phrase must be that was seen once, in nats.
const RARER: f32 = 2.0;
/// Prior from which a row is worth having.
const LEAST: f32 = 0.3;
/// Most repairs of a row, and the share of the first one's count that the others must have.
const MOST_REPAIRS: usize = 5;
const SHARE: f64 = 0.15;
/// Most words in a condition.
const MOST_NEIGHBOURS: usize = 12;
/// Classes that conditions are made of: what a writer could put in their place is known.
const CLASSES: [&str; 12] = [
    "det", "be", "have", "modal", "num", "prep", "pron", "to", "start", "end", "ing", "ed",
];

/// Where a phrase stood for another.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: usize,
    words: usize,
    padded: bool,
}

/// By spun and meant phrase, where one stood for the other.
type Evidence = BTreeMap<(String, String), Vec<Place>>;

/// The rows of the lexicon that `learner` makes of what it has read and of `old`.
pub(super) fn rows(
    mut learner: Learner,
    old: Vec<Row>,
    family: Option<Family>,
) -> (Vec<Row>, Summary) {
    let mut summary = std::mem::take(&mut learner.summary);
    let evidence = evidence(&learner);
    let stayed = stayed(&learner, &evidence);
    let judge = Judge {
        stats: Stats::new(&learner.model, None, 0.0),
        learner: &learner,
        stayed: &stayed,
    };
    let fresh = judge.rows(&evidence, family, &mut summary.left_out);
    let rows = merge(old, fresh, &judge, &mut summary);
    summary.entries = rows.iter().filter(|r| r.prior > 0).count() as u64;
    summary.waiting = rows.len() as u64 - summary.entries;
    (rows, summary)
}

/// The phrase of some words.
fn phrase(learner: &Learner, words: &[u32]) -> String {
    let words: Vec<&str> = words
        .iter()
        .map(|&n| &*learner.words.words[n as usize])
        .collect();
    words.join(" ")
}

fn spun_words(learner: &Learner, at: usize, words: usize) -> Vec<u32> {
    learner.kept[at..at + words]
        .iter()
        .map(|k| k.word)
        .collect()
}

/// Every span, and the shorter ones that long ones are made of.
fn evidence(learner: &Learner) -> Evidence {
    let mut whole: BTreeMap<Pair, u64> = BTreeMap::new();
    for span in &learner.spans {
        let pair = (spun_words(learner, span.at, span.words), span.meant.clone());
        *whole.entry(pair).or_default() += 1;
    }
    whole.extend(side_by_side(&whole));
    let mut out = Evidence::new();
    for span in &learner.spans {
        let spun = spun_words(learner, span.at, span.words);
        let parts = parts(&spun, &span.meant, &whole);
        let pair = (spun, span.meant.clone());
        if parts.is_empty() || whole.get(&pair).is_some_and(|&n| n > 1) {
            note(learner, &mut out, span);
        }
        for (from, to, meant) in parts {
            note(
                learner,
                &mut out,
                &Span {
                    at: span.at + from,
                    words: to - from,
                    meant,
                    padded: span.padded,
                },
            );
        }
    }
    out
}

/// Words that stand in the same place of two different spans with as many words on either side: neighbours that were
/// exchanged together each time, but not always with the same other.
fn side_by_side(whole: &BTreeMap<Pair, u64>) -> Vec<(Pair, u64)> {
    let mut seen: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for (spun, meant) in whole
        .keys()
        .filter(|(a, b)| a.len() == b.len() && a.len() > 1)
    {
        let mut pairs: Vec<(u32, u32)> = spun.iter().copied().zip(meant.iter().copied()).collect();
        pairs.sort_unstable();
        pairs.dedup();
        for pair in pairs {
            *seen.entry(pair).or_default() += 1;
        }
    }
    seen.into_iter()
        .filter(|&((a, b), n)| n > 1 && a != b)
        .map(|((a, b), _)| ((vec![a], vec![b]), 1))
        .filter(|(pair, _)| !whole.contains_key(pair))
        .collect()
}

fn note(learner: &Learner, out: &mut Evidence, span: &Span) {
    let mut spun = phrase(learner, &spun_words(learner, span.at, span.words));
    let mut meant = phrase(learner, &span.meant);
    // The possessive is put back where a phrase is found; an entry is about what stands before it.
    if let (Some(a), Some(b)) = (spun.strip_suffix("'s"), meant.strip_suffix("'s")) {
        (spun, meant) = (a.to_owned(), b.to_owned());
    }
    if spun != meant {
        out.entry((spun, meant)).or_default().push(Place {
            at: span.at,
            words: span.words,
            padded: span.padded,
        });
    }
}

/// The words of a spun phrase and of what was meant.
type Pair = (Vec<u32>, Vec<u32>);

/// A part of a span: where it begins and ends, and what it stands for.
type Part = (usize, usize, Vec<u32>);

/// Parts, and how many of them are unknown.
type Cut = (usize, Vec<Part>);

/// A span cut into shorter spans that stand alone elsewhere, all but one at most; empty where it cannot be.
fn parts(spun: &[u32], meant: &[u32], whole: &BTreeMap<Pair, u64>) -> Vec<Part> {
    if spun.len() < 2 || meant.len() < 2 {
        return Vec::new();
    }
    // best[i][j]: how the first i and j words are cut with the fewest unknown parts, and then the fewest parts.
    let mut best: Vec<Vec<Option<Cut>>> = vec![vec![None; meant.len() + 1]; spun.len() + 1];
    best[0][0] = Some((0, Vec::new()));
    for i in 1..=spun.len() {
        for j in 1..=meant.len() {
            let mut found: Option<Cut> = None;
            for (k, l) in (0..i).flat_map(|k| (0..j).map(move |l| (k, l))) {
                if (k, l) == (0, 0) && (i, j) == (spun.len(), meant.len()) {
                    continue;
                }
                let Some((unknown, parts)) = &best[k][l] else {
                    continue;
                };
                let pair = (spun[k..i].to_vec(), meant[l..j].to_vec());
                let known = pair.0 == pair.1 || whole.contains_key(&pair);
                let unknown = unknown + usize::from(!known);
                let fewer = found
                    .as_ref()
                    .is_none_or(|(u, p)| (unknown, parts.len() + 1) < (*u, p.len()));
                if unknown <= 1 && fewer {
                    let mut parts = parts.clone();
                    parts.push((k, i, pair.1));
                    found = Some((unknown, parts));
                }
            }
            best[i][j] = found;
        }
    }
    match best[spun.len()].pop().flatten() {
        Some((unknown, parts)) if parts.len() > unknown => parts,
        _ => Vec::new(),
    }
}

/// By phrase, the places at which it stands in the original too.
fn stayed(learner: &Learner, evidence: &Evidence) -> BTreeMap<String, Vec<usize>> {
    let number = |word: &str| learner.words.numbers.get(word).copied();
    let mut asked: FxHashMap<u64, &str> = FxHashMap::default();
    for (spun, _) in evidence.keys() {
        let numbers: Option<Vec<u32>> = spun.split(' ').map(number).collect();
        if let Some(numbers) = numbers {
            asked.insert(key(&numbers), spun);
        }
    }
    let mut out: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut words = Vec::with_capacity(LONGEST);
    for at in 0..learner.kept.len() {
        words.clear();
        for (n, kept) in learner.kept[at..].iter().take(LONGEST).enumerate() {
            let goes_on = kept.word != END
                && kept.stayed
                && (n == 0 || kept.joined && kept.flags & flag::BREAK == 0);
            if !goes_on {
                break;
            }
            words.push(kept.word);
            if let Some(&spun) = asked.get(&key(&words)) {
                match out.get_mut(spun) {
                    Some(places) => places.push(at),
                    None => {
                        out.insert(spun.to_owned(), vec![at]);
                    }
                }
            }
        }
    }
    out
}

fn key(words: &[u32]) -> u64 {
    words
        .iter()
        .fold(words.len() as u64, |state, &w| combine(state, u64::from(w)))
}

/// Decides what becomes a row.
struct Judge<'l> {
    stats: Stats<'l>,
    learner: &'l Learner,
    stayed: &'l BTreeMap<String, Vec<usize>>,
}

/// Which side of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Neighbour {
    Left,
    Right,
}

/// A condition, and how many of the places it lets through at which the phrase was put in and at which it stayed.
struct Company {
    side: Neighbour,
    condition: String,
    put_in: u64,
    stayed: u64,
}

/// An entry whose fate is open: all groups with the same spun phrase and form.
struct Open<'e> {
    spun: &'e str,
    form: &'static str,
    /// Repairs with their places, the commonest first.
    repairs: Vec<(&'e str, Vec<Place>)>,
    /// Every spelling of the spun phrase that was seen.
    spellings: BTreeSet<&'e str>,
    /// Times that any of them was put in.
    put_in: u64,
}

impl Judge<'_> {
    fn rows(
        &self,
        evidence: &Evidence,
        family: Option<Family>,
        left_out: &mut BTreeMap<&'static str, u64>,
    ) -> Vec<Row> {
        let inflector = &self.learner.inflector;
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        let mut leave = |why: &'static str| *left_out.entry(why).or_default() += 1;
        for ((spun, meant), places) in evidence {
            let words = (spun.split(' ').count(), meant.split(' ').count());
            if words == (1, 1) && fold::are_one(spun, meant, inflector) {
                leave("forms of one word");
            } else if places.iter().all(|p| self.is_capital(p)) {
                leave("perhaps names");
            } else {
                pairs.push((spun, meant));
            }
        }
        let rate = |word: &str| self.stats.per_million(&[token_key(word)]);
        let groups = fold::fold(&pairs, inflector, rate);
        let mut times: BTreeMap<&str, u64> = BTreeMap::new();
        for ((spun, _), places) in evidence {
            *times.entry(spun).or_default() += places.len() as u64;
        }
        let mut out = Vec::new();
        for open in gather(&groups, &pairs, evidence, &times) {
            match self.row(&open) {
                Ok(row) => out.push(Row { family, ..row }),
                Err(why) => leave(why),
            }
        }
        out
    }

    /// Whether the phrase begins with a capital there, as a sentence or a name does.
    fn is_capital(&self, place: &Place) -> bool {
        self.learner.kept[place.at].flags & flag::CAP != 0
    }

    /// The row of an entry; or the reason why there is none.
    fn row(&self, open: &Open<'_>) -> Result<Row, &'static str> {
        let Some((_, first)) = open.repairs.first() else {
            return Err("no repair");
        };
        let least = (first.len() as f64 * SHARE).ceil() as usize;
        let repairs: Vec<&(&str, Vec<Place>)> = open
            .repairs
            .iter()
            .filter(|(_, places)| places.len() >= least)
            .take(MOST_REPAIRS)
            .collect();
        let places: Vec<Place> = repairs.iter().flat_map(|r| r.1.iter().copied()).collect();
        let stays: Vec<usize> = open
            .spellings
            .iter()
            .flat_map(|s| self.stayed.get(*s).into_iter().flatten().copied())
            .collect();
        let counts = Counts {
            repairs: repairs.iter().map(|r| r.1.len() as u64).collect(),
            of: open.put_in + stays.len() as u64,
        };
        if first.len() > 1 && first.len() * 3 < open.put_in as usize {
            return Err("stands for too many things");
        }
        let mut row = Row {
            line: 0,
            spun: open.spun.to_owned(),
            repairs: repairs.iter().map(|r| r.0.to_owned()).collect(),
            form: open.form.to_owned(),
            prior: percent(self.prior(open.spun, &counts)),
            left: String::new(),
            right: String::new(),
            source: "learned".to_owned(),
            counts: Some(counts),
            family: None,
        };
        if self.is_common(open) {
            if places.len() < 2 {
                return Err("common words seen once");
            }
            let words = open.spun.split(' ').count();
            let company = [Neighbour::Left, Neighbour::Right]
                .into_iter()
                .filter_map(|side| self.company(side, &places, (&stays, words)))
                .max_by_key(|c| (c.put_in, std::cmp::Reverse(c.stayed), c.condition.len()))
                .ok_or("common words whose neighbours do not tell")?;
            let counts = Counts {
                repairs: vec![company.put_in],
                of: company.put_in + company.stayed,
            };
            row.prior = percent(self.prior(open.spun, &counts));
            match company.side {
                Neighbour::Left => row.left = company.condition,
                Neighbour::Right => row.right = company.condition,
            }
        } else if !self.is_seen_enough(open, &places) {
            row.prior = 0;
            return Ok(row);
        }
        if f32::from(row.prior) < 100.0 * LEAST {
            return Err("words that mostly stand for themselves");
        }
        Ok(row)
    }

    /// Share of the places of a phrase, in spun text, at which it was put in for one of the repairs.
    ///
    /// Where little was seen, a phrase that nobody writes is believed to be the spinner's, a word of English to be the
    /// writer's.
    fn prior(&self, spun: &str, counts: &Counts) -> f32 {
        let (for_it, against) = if spun.contains(' ') {
            (1.0, 0.5)
        } else if self.rate(spun) <= RARE {
            (1.0, 0.25)
        } else {
            (0.5, 1.0)
        };
        let meant: u64 = counts.repairs.iter().sum();
        (meant as f32 + for_it) / (counts.of.max(meant) as f32 + for_it + against)
    }

    /// How often English has the phrase, in a million words.
    fn rate(&self, phrase: &str) -> f32 {
        let keys: Vec<u64> = phrase.split(' ').map(token_key).collect();
        self.stats.per_million(&keys)
    }

    /// Whether English is full of it. Phrases of more than three words are never common: nobody has counted them.
    fn is_common(&self, open: &Open<'_>) -> bool {
        open.spellings.iter().any(|s| self.rate(s) >= COMMON)
    }

    /// Whether it was seen twice, or is such that once is enough.
    fn is_seen_enough(&self, open: &Open<'_>, places: &[Place]) -> bool {
        if places.len() > 1 {
            return true;
        }
        let Some((meant, _)) = open.repairs.first() else {
            return false;
        };
        if !open.spun.contains(' ') {
            return self.rate(open.spun) <= RARE;
        }
        let keys = |p: &str| p.split(' ').map(token_key).collect::<Vec<u64>>();
        let (spun, meant) = (keys(open.spun), keys(meant));
        // A phrase that nobody writes in the place of one that people do; but what was put beside a word that
        // stayed may be the writer's own.
        places.iter().all(|p| !p.padded)
            && spun
                .windows(2)
                .any(|pair| self.stats.per_million(pair) <= ODD_PAIR)
            && self.stats.phrase(&spun) + RARER < self.stats.phrase(&meant)
    }

    /// The condition on one side that lets through most places at which the phrase was put in, and few at which it
    /// stayed; `None` where there is no good one.
    fn company(
        &self,
        side: Neighbour,
        places: &[Place],
        (stays, words): (&[usize], usize),
    ) -> Option<Company> {
        let put_in: Vec<BTreeSet<String>> = places
            .iter()
            .map(|p| self.beside(side, p.at, p.words))
            .collect();
        let stays: Vec<BTreeSet<String>> = stays
            .iter()
            .map(|&at| self.beside(side, at, words))
            .collect();
        let mut seen: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for item in put_in.iter().flatten() {
            seen.entry(item).or_default().0 += 1;
        }
        for item in stays.iter().flatten() {
            if let Some(counts) = seen.get_mut(item.as_str()) {
                counts.1 += 1;
            }
        }
        let (mut wanted, mut single): (Vec<&str>, Vec<(usize, &str)>) = (Vec::new(), Vec::new());
        for (&item, &(there, elsewhere)) in &seen {
            if elsewhere * 3 > there {
                continue;
            }
            if !item.starts_with('<') {
                single.push((there, item));
            } else if there > 1 {
                wanted.push(item);
            }
        }
        let classes = wanted.len();
        single.sort_by_key(|&(there, word)| (std::cmp::Reverse(there), word));
        for (_, word) in single.into_iter().take(MOST_NEIGHBOURS) {
            let covered = |s: &&BTreeSet<String>| wanted[..classes].iter().any(|c| s.contains(*c));
            if put_in.iter().any(|s| s.contains(word) && !covered(&s)) {
                wanted.push(word);
            }
        }
        let meets = |s: &&BTreeSet<String>| wanted.iter().any(|w| s.contains(*w));
        // A word beside it that was seen once may never come again: only what recurs speaks for the side.
        let solid = put_in
            .iter()
            .filter(|s| wanted.iter().any(|w| s.contains(*w) && seen[*w].0 > 1))
            .count();
        (solid > 1 && solid * 2 >= places.len()).then(|| Company {
            side,
            put_in: put_in.iter().filter(meets).count() as u64,
            stayed: stays.iter().filter(meets).count() as u64,
            condition: wanted.join(" "),
        })
    }

    /// What stands beside the phrase: the word, and its classes in angle brackets.
    fn beside(&self, side: Neighbour, at: usize, words: usize) -> BTreeSet<String> {
        let kept = &self.learner.kept;
        let mut out = BTreeSet::new();
        let stop = flag::STOP | flag::LINE;
        let other = match side {
            Neighbour::Left => {
                if kept[at].flags & (flag::SENTENCE | flag::LINE) != 0 {
                    out.insert("<start>".to_owned());
                }
                let before = at.checked_sub(1).map(|i| kept[i]);
                before.filter(|k| k.word != END && kept[at].flags & stop == 0)
            }
            Neighbour::Right => {
                let behind = kept.get(at + words);
                let behind = behind.filter(|k| k.word != END && k.flags & stop == 0);
                if behind.is_none() {
                    out.insert("<end>".to_owned());
                }
                behind.copied()
            }
        };
        if let Some(other) = other {
            let word = &self.learner.words.words[other.word as usize];
            let names = self.learner.classes.names_of(word, other.flags);
            out.extend(
                names
                    .filter(|n| CLASSES.contains(n))
                    .map(|n| format!("<{n}>")),
            );
            // Numbers are one class, and a name beside a phrase says nothing about it.
            if other.flags & (flag::DIGIT | flag::CAP) == 0 {
                out.insert(word.to_string());
            }
        }
        out
    }
}

/// Groups of the same spun phrase and form, together.
fn gather<'e>(
    groups: &'e [Group],
    pairs: &[(&'e str, &'e str)],
    evidence: &Evidence,
    times: &BTreeMap<&str, u64>,
) -> Vec<Open<'e>> {
    let mut by_phrase: BTreeMap<(&str, &'static str), Open<'e>> = BTreeMap::new();
    for group in groups {
        let open = by_phrase
            .entry((&group.spun, group.form))
            .or_insert_with(|| Open {
                spun: &group.spun,
                form: group.form,
                repairs: Vec::new(),
                spellings: BTreeSet::new(),
                put_in: 0,
            });
        let mut places = Vec::new();
        for &n in &group.members {
            let (spun, meant) = pairs[n];
            open.spellings.insert(spun);
            let key = (spun.to_owned(), meant.to_owned());
            places.extend(evidence.get(&key).into_iter().flatten().copied());
        }
        open.repairs.push((&group.meant, places));
    }
    let mut out: Vec<Open<'e>> = by_phrase.into_values().collect();
    for open in &mut out {
        open.repairs
            .sort_by_key(|(meant, places)| (std::cmp::Reverse(places.len()), *meant));
        open.put_in = open.spellings.iter().filter_map(|s| times.get(s)).sum();
    }
    out
}

fn percent(share: f32) -> u8 {
    (share * 100.0).round().clamp(1.0, 97.0) as u8
}

/// `old` with the counts of `fresh` added. What a person wrote, a row without counts, stays as it is.
fn merge(old: Vec<Row>, fresh: Vec<Row>, judge: &Judge<'_>, summary: &mut Summary) -> Vec<Row> {
    let mut out = old;
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (n, row) in out.iter().enumerate() {
        places
            .entry((row.spun.clone(), row.form.clone()))
            .or_insert(n);
    }
    for row in fresh {
        match places.get(&(row.spun.clone(), row.form.clone())) {
            None => {
                summary.new += u64::from(row.prior > 0);
                out.push(row);
            }
            Some(&n) => {
                let was = out[n].prior;
                if out[n].counts.is_none() {
                    *summary
                        .left_out
                        .entry("rows without counts stand there")
                        .or_default() += 1;
                } else {
                    add(&mut out[n], row, judge);
                }
                summary.new += u64::from(was == 0 && out[n].prior > 0);
            }
        }
    }
    out
}

/// Adds the counts of `fresh` to `row`.
fn add(row: &mut Row, fresh: Row, judge: &Judge<'_>) {
    let was = row.clone();
    let (Some(counts), Some(more)) = (was.counts, fresh.counts) else {
        return;
    };
    let mut sums: Vec<(String, u64)> = was.repairs.into_iter().zip(counts.repairs).collect();
    for (repair, n) in fresh.repairs.into_iter().zip(more.repairs) {
        match sums.iter_mut().find(|(r, _)| *r == repair) {
            Some(sum) => sum.1 = sum.1.saturating_add(n),
            None => sums.push((repair, n)),
        }
    }
    sums.sort_by_key(|s| std::cmp::Reverse(s.1));
    let counts = Counts {
        repairs: sums.iter().map(|s| s.1).collect(),
        of: counts.of.saturating_add(more.of),
    };
    row.repairs = sums.into_iter().map(|s| s.0).collect();
    let seen = counts
        .repairs
        .iter()
        .fold(0u64, |sum, n| sum.saturating_add(*n));
    let bare = was.left.is_empty() && was.right.is_empty();
    if !bare || !fresh.left.is_empty() || !fresh.right.is_empty() {
        // Counts of the row are of all places, its prior is of those that its neighbours let through.
        if bare && was.prior == 0 {
            (row.left, row.right, row.prior) = (fresh.left, fresh.right, fresh.prior);
        } else if !bare {
            row.left = joined(&was.left, &fresh.left);
            row.right = joined(&was.right, &fresh.right);
            row.prior = was.prior.min(fresh.prior).max(1);
        }
    } else if was.prior > 0 || fresh.prior > 0 || seen > 1 {
        row.prior = percent(judge.prior(&row.spun, &counts));
    }
    row.counts = Some(counts);
}

/// Both conditions of one side, where both have some.
fn joined(a: &str, b: &str) -> String {
    if a.is_empty() || b.is_empty() {
        return a.to_owned();
    }
    let mut items: Vec<&str> = a.split_whitespace().collect();
    for item in b.split_whitespace() {
        if !items.contains(&item) && items.len() < 2 * MOST_NEIGHBOURS {
            items.push(item);
        }
    }
    items.join(" ")
}
