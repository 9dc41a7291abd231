//! The line model: weights of words and boosted trees over a line's [`features`](super::features), smoothed over
//! neighbours.
//!
//! The trees say how likely a line is furniture by itself, its words and its surroundings; a two-state chain (Viterbi
//! 1967, doi:10.1109/TIT.1967.1054010) then prefers runs. Weights, trees and costs are in `data/strip/model.tsv`, made by
//! `scripts/strip/train.py`. Sources: boosting, Friedman 2001, doi:10.1214/aos/1013203451; thresholds drawn at random,
//! Geurts, Ernst and Wehenkel 2006, doi:10.1007/s10994-006-6226-1.

use super::features::COUNT;
use super::lexicon::bad;
use super::markup;
use super::wording::Wording;
use crate::forest::{Forest, Seedling};
use crate::stage::SetupError;

pub(super) const NAME: &str = "model.tsv";

/// The model of plain text.
pub(super) const EMBEDDED: &str = include_str!("../../data/strip/model.tsv");
/// The model of pages of HTML.
pub(super) const EMBEDDED_PAGES: &str = include_str!("../../data/strip/pages.tsv");

/// Places in a [`Row`]: the features, and room so that no place needs a check.
pub(super) const WIDTH: usize = 512;
const _: () = assert!(COUNT + markup::COUNT <= WIDTH);

/// A line's features, then zeros.
pub(super) type Row = [f32; WIDTH];

/// Weights, trees and the costs of the chain.
#[derive(Default)]
pub(super) struct Model {
    pub wording: Wording,
    pub forest: Forest,
    /// Cost, in log-odds, of a change between keep and drop from one line to the next.
    switch: f32,
    /// As `switch`, where a blank line stands between.
    switch_blank: f32,
}

impl Model {
    /// The model of a text such as [`EMBEDDED`], over features of these `names`.
    pub(super) fn parse(text: &str, names: &[&str]) -> Result<Self, SetupError> {
        let mut model = Self::default();
        let mut open = Seedling::new(NAME);
        for (i, line) in text.lines().enumerate() {
            let malformed = || bad(NAME, i + 1, "not a row of the model");
            let mut columns = line.split('\t');
            let mut next = || columns.next().ok_or_else(malformed);
            let kind = next()?;
            let number = |s: &str| s.parse::<f32>().map_err(|_| malformed());
            let place = |s: &str| s.parse::<usize>().map_err(|_| malformed());
            match kind {
                "#" => {}
                "switch" => model.switch = number(next()?)?,
                "switch-blank" => model.switch_blank = number(next()?)?,
                "scale" => {
                    let scale = number(next()?)?;
                    model.wording.set_scale(scale, number(next()?)?);
                }
                "weights" => {
                    let from = place(next()?)?;
                    model.wording.set(from, next()?, i + 1)?;
                }
                "bias" => model.forest.bias = number(next()?)?,
                "tree" => model.forest.plant(&mut open)?,
                kind => open.push(kind, columns, names, i + 1)?,
            }
        }
        model.forest.plant(&mut open)?;
        Ok(model)
    }
}

impl Model {
    /// The likeliest run of states: `out[i]` says whether line `i` is furniture.
    ///
    /// `scores` are log-odds shifted by `-bar`; `blank(i)` says whether a blank line stands before line `i`.
    pub(super) fn smooth(
        &self,
        scores: &[f32],
        bar: f32,
        blank: impl Fn(usize) -> bool,
        back: &mut Vec<[bool; 2]>,
        out: &mut Vec<bool>,
    ) {
        back.clear();
        out.clear();
        // Best sums of the paths that end in keep and in drop.
        let mut best = [0.0f32; 2];
        for (i, &score) in scores.iter().enumerate() {
            let cost = if blank(i) {
                self.switch_blank
            } else {
                self.switch
            };
            let cost = if i == 0 { 0.0 } else { cost };
            let half = 0.5 * (score - bar).clamp(-6.0, 6.0);
            let from_drop = [best[1] - cost > best[0], best[1] >= best[0] - cost];
            let keep = if from_drop[0] {
                best[1] - cost
            } else {
                best[0]
            };
            let drop = if from_drop[1] {
                best[1]
            } else {
                best[0] - cost
            };
            best = [keep - half, drop + half];
            back.push(from_drop);
        }
        out.resize(scores.len(), false);
        let mut state = best[1] > best[0];
        for i in (0..scores.len()).rev() {
            out[i] = state;
            state = back[i][usize::from(state)];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::features::NAMES;
    use super::*;

    #[test]
    fn a_lone_doubt_does_not_break_a_run() {
        let model = Model::parse("switch\t1.5\nswitch-blank\t0.5", NAMES).expect("well formed");
        let (mut back, mut out) = (Vec::new(), Vec::new());
        model.smooth(
            &[-3.0, -3.0, 1.0, -3.0, 4.0, 4.0],
            0.0,
            |_| false,
            &mut back,
            &mut out,
        );
        assert_eq!(out, [false, false, false, false, true, true]);
        model.smooth(&[-3.0, -3.0, 2.5, -3.0], 0.0, |_| true, &mut back, &mut out);
        assert_eq!(out, [false, false, true, false]);
    }

    #[test]
    fn malformed_models_are_refused() {
        assert!(Model::parse("no_such_feature\t1\t1\t2", NAMES).is_err());
        assert!(Model::parse("tree\nwidth\t1\t0\t5\nleaf\t1", NAMES).is_err());
        assert!(Model::parse("tree\nwidth\t1\t9\t9", NAMES).is_err());
        assert!(Model::parse(EMBEDDED, NAMES).is_ok());
    }
}
