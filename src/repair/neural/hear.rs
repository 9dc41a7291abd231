//! Asks a language model about the places of a document that the judge doubts, and joins what it says with the judge's
//! log-odds.

use std::cmp::Ordering;

use super::LanguageModel;
use crate::edit::ByteSpan;
use crate::repair::lattice::{Buffers, Context};
use crate::repair::rerank::Ranked;
use crate::repair::table::{Table, rows};
use crate::repair::write::{Articles, render};
use crate::stage::SetupError;

/// Words read before the first place of a stretch, and behind each place.
const LEFT: usize = 32;
const RIGHT: usize = 12;
/// Most words of a stretch, and most tokens that its readings may take in all.
const STRETCH: usize = 140;
const MOST_TOKENS: usize = 640;
/// Tokens of a word, on the long side: to tell beforehand how many a stretch will take.
const TOKENS_A_WORD: usize = 2;
/// Most repairs of a place that are asked about, and the probability below which none is.
const MOST_REPAIRS: usize = 4;
const HOPELESS: f32 = 0.02;
/// What the model says is rounded to this part of a nat: kinds of processors differ in the last digits.
const STEPS: f32 = 1000.0;

/// Log-odds of a repair before the model is asked.
#[derive(Clone, Copy, Debug)]
pub(in crate::repair) struct Odds {
    /// Against leaving the phrase.
    pub(in crate::repair) alone: f32,
    /// Against that and all its rivals.
    pub(in crate::repair) against_all: f32,
}

impl Odds {
    /// Those of a repair that the trees have ranked.
    pub(in crate::repair) fn of(ranked: &Ranked) -> Self {
        Self {
            alone: ranked.odds,
            against_all: log_odds(ranked.probability),
        }
    }
}

/// Which places are asked about.
#[derive(Clone, Copy, Debug)]
pub(in crate::repair) struct Doubt {
    /// The best repair of a place has a probability from this to that.
    pub(in crate::repair) from: f32,
    pub(in crate::repair) to: f32,
    /// At most so many places of a document, the most doubtful ones.
    pub(in crate::repair) most: usize,
}

/// What the model says of a repair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::repair) struct Heard {
    /// Index of the arc.
    pub(in crate::repair) arc: u32,
    /// Log-odds against leaving the phrase, as in [`Odds`].
    pub(in crate::repair) odds: f32,
    /// How much likelier the text is with it, in nats.
    pub(in crate::repair) nats: f32,
}

/// How what a model says joins the judge's log-odds: `data/repair/neural.tsv`, made by `scripts/repair/train_neural.py`.
#[derive(Clone, Copy, Debug)]
pub(in crate::repair) struct Join {
    odds: f32,
    nats: f32,
    intercept: f32,
    /// The places that are asked about.
    pub(in crate::repair) from: f32,
    pub(in crate::repair) to: f32,
}

impl Join {
    /// The weights that are part of the program.
    pub(in crate::repair) fn embedded() -> Result<Self, SetupError> {
        const TABLE: Table = Table {
            name: "data/repair/neural.tsv",
            text: include_str!("../../../data/repair/neural.tsv"),
        };
        const NAMES: [&str; 5] = ["odds", "nats", "intercept", "from", "to"];
        let mut all = [f32::NAN; NAMES.len()];
        for row in rows(&TABLE) {
            let [name, weight] = row.columns()?;
            let at = NAMES
                .iter()
                .position(|n| *n == name)
                .ok_or_else(|| row.error(format!("no weight is called {name}")))?;
            all[at] = weight
                .parse()
                .map_err(|_| row.error("the weight is no number"))?;
        }
        let [odds, nats, intercept, from, to] = all;
        if all.iter().any(|w| !w.is_finite()) {
            return Err(SetupError::Data {
                name: TABLE.name.to_owned(),
                line: 0,
                problem: "a weight is missing".to_owned(),
            });
        }
        Ok(Self {
            odds,
            nats,
            intercept,
            from,
            to,
        })
    }

    /// What is added to the log-odds of the repair that `heard` speaks of, as in [`Odds`].
    pub(in crate::repair) fn added(&self, heard: &Heard) -> f32 {
        (self.odds - 1.0) * heard.odds + self.nats * heard.nats + self.intercept
    }
}

/// A place and its repairs that are asked about.
struct Place {
    from: usize,
    to: usize,
    /// How sure the best of them is, either way.
    sure: f32,
    /// Index and odds of each arc.
    arcs: Vec<(u32, f32)>,
}

/// A repair as it would be written.
type Written = (ByteSpan, String);

impl LanguageModel {
    /// What the model says of the repairs at the places of `context` that are in `doubt`, everything else read as in the
    /// best reading. Where the computation fails, nothing.
    pub(in crate::repair) fn hear(
        &self,
        context: &Context<'_>,
        buffers: &Buffers,
        articles: &Articles,
        odds: &[Odds],
        doubt: Doubt,
    ) -> Vec<Heard> {
        let places = doubtful(buffers, odds, doubt);
        let best = best_reading(context, buffers, articles);
        let mut out = Vec::new();
        let mut at = 0;
        while at < places.len() {
            let (start, mut end) = (places[at].from.saturating_sub(LEFT), at + 1);
            let mut tokens = TOKENS_A_WORD * (places[at].to - start);
            for place in &places[at..] {
                tokens += (place.arcs.len() + 1) * TOKENS_A_WORD * (place.to - place.from + RIGHT);
                if end > at + 1 && (place.to > start + STRETCH || tokens > MOST_TOKENS) {
                    break;
                }
                end += 1;
            }
            end = (end - 1).max(at + 1);
            self.hear_stretch(
                context,
                buffers,
                articles,
                &best,
                start,
                &places[at..end],
                &mut out,
            );
            at = end;
        }
        out
    }

    /// Asks about `places`, what stands before them read once from the token `start` on.
    #[expect(clippy::too_many_arguments, reason = "all parts of one document")]
    fn hear_stretch(
        &self,
        context: &Context<'_>,
        buffers: &Buffers,
        articles: &Articles,
        best: &[Written],
        start: usize,
        places: &[Place],
        out: &mut Vec<Heard>,
    ) {
        let first = if start == 0 {
            0
        } else {
            context.tokens[start].span.start
        };
        let mut asked: Vec<Vec<(u32, f32)>> = Vec::with_capacity(places.len());
        let mut texts: Vec<Vec<String>> = Vec::with_capacity(places.len());
        for place in places {
            let span = ByteSpan::new(
                context.tokens[place.from].span.start,
                context.tokens[place.to - 1].span.end,
            );
            // No repair may reach into the one before it.
            let reach = best
                .iter()
                .take_while(|(s, _)| s.end <= span.start)
                .last()
                .map_or(0, |(s, _)| s.end);
            let mut whole = span;
            let mut arcs = Vec::new();
            let mut repairs: Vec<Option<Written>> = vec![None];
            for &(at, odds) in &place.arcs {
                let arc = &buffers.arcs[at as usize];
                let written = render(
                    context.text,
                    context.tokens,
                    (place.from, place.to),
                    &context.text_of(arc),
                    arc.possessive,
                    articles,
                    reach,
                );
                if let Some(written) = written {
                    whole.start = whole.start.min(written.0.start);
                    repairs.push(Some(written));
                    arcs.push((at, odds));
                }
            }
            let last = (place.to + RIGHT).min(context.tokens.len());
            let end = context.tokens[last - 1].span.end;
            texts.push(
                repairs
                    .iter()
                    .map(|r| text(context.text, (first, end), best, whole, r.as_ref()))
                    .collect(),
            );
            asked.push(arcs);
        }
        let Ok(scores) = self.score_places(&texts) else {
            return;
        };
        for (arcs, scores) in asked.iter().zip(scores) {
            let left = scores[0];
            for (&(arc, odds), &score) in arcs.iter().zip(&scores[1..]) {
                out.push(Heard {
                    arc,
                    odds,
                    nats: ((score - left) * STEPS).round() / STEPS,
                });
            }
        }
    }
}

/// The places in doubt, in reading order.
fn doubtful(buffers: &Buffers, odds: &[Odds], doubt: Doubt) -> Vec<Place> {
    let mut order: Vec<u32> = (0..buffers.arcs.len() as u32).collect();
    let place = |at: u32| {
        let arc = &buffers.arcs[at as usize];
        (arc.from as usize, arc.to as usize)
    };
    order.sort_by_key(|&at| (place(at), at));
    let mut places = Vec::new();
    for same in order.chunk_by(|&a, &b| place(a) == place(b)) {
        let mut arcs: Vec<(f32, u32, f32)> = same
            .iter()
            .map(|&at| {
                let odds = odds[at as usize];
                (odds.against_all, at, odds.alone)
            })
            .filter(|&(odds, ..)| odds >= log_odds(HOPELESS))
            .collect();
        arcs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        arcs.truncate(MOST_REPAIRS);
        let Some(&(best, ..)) = arcs.first() else {
            continue;
        };
        if best < log_odds(doubt.from) || best > log_odds(doubt.to) {
            continue;
        }
        let (from, to) = place(same[0]);
        places.push(Place {
            from,
            to,
            sure: best.abs(),
            arcs: arcs.into_iter().map(|(_, at, odds)| (at, odds)).collect(),
        });
    }
    if places.len() > doubt.most {
        places.sort_by(|a, b| a.sure.total_cmp(&b.sure).then(in_order(a, b)));
        places.truncate(doubt.most);
        places.sort_by(in_order);
    }
    places
}

fn in_order(a: &Place, b: &Place) -> Ordering {
    (a.from, a.to).cmp(&(b.from, b.to))
}

fn log_odds(p: f32) -> f32 {
    (p / (1.0 - p)).ln()
}

/// The repairs of the best reading as they would be written, disjoint and in order.
fn best_reading(context: &Context<'_>, buffers: &Buffers, articles: &Articles) -> Vec<Written> {
    let mut reach = 0;
    let mut out = Vec::with_capacity(buffers.chosen.len());
    for &at in &buffers.chosen {
        let arc = &buffers.arcs[at as usize];
        let written = render(
            context.text,
            context.tokens,
            (arc.from as usize, arc.to as usize),
            &context.text_of(arc),
            arc.possessive,
            articles,
            reach,
        );
        if let Some(written) = written.filter(|(span, _)| span.start >= reach) {
            reach = written.0.end;
            out.push(written);
        }
    }
    out
}

/// The bytes `from..to` of `text` with the repairs `best`, but at `place` with `repair` or as they stand.
fn text(
    text: &str,
    (from, to): (usize, usize),
    best: &[Written],
    place: ByteSpan,
    repair: Option<&Written>,
) -> String {
    let before = best
        .iter()
        .filter(|(s, _)| s.start >= from && s.end <= place.start);
    let behind = best
        .iter()
        .filter(|(s, _)| s.start >= place.end && s.end <= to);
    let mut out = String::with_capacity(to - from + 32);
    let mut at = from;
    for (span, after) in before.chain(repair).chain(behind) {
        out.push_str(&text[at..span.start]);
        out.push_str(after);
        at = span.end;
    }
    out.push_str(&text[at..to]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_whole_and_the_model_counts() {
        let join = Join::embedded().expect("the file is whole");
        let heard = |nats| Heard {
            arc: 0,
            odds: 0.5,
            nats,
        };
        assert!(join.added(&heard(3.0)) > join.added(&heard(-3.0)));
        assert!(join.from < join.to);
    }

    #[test]
    fn a_reading_has_the_repairs_around_its_place() {
        let whole = "one two three four five";
        let best = [
            (ByteSpan::new(0, 3), "1".to_owned()),
            (ByteSpan::new(4, 7), "2".to_owned()),
            (ByteSpan::new(14, 18), "4".to_owned()),
            (ByteSpan::new(19, 23), "5".to_owned()),
        ];
        let place = ByteSpan::new(4, 13);
        let mended = (ByteSpan::new(8, 13), "3".to_owned());
        let read = |repair| text(whole, (0, 18), &best, place, repair);
        assert_eq!(read(None), "1 two three 4");
        assert_eq!(read(Some(&mended)), "1 two 3 4");
    }
}
