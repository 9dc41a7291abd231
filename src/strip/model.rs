//! The line model: boosted trees over a line's [`features`](super::features), smoothed over neighbours.
//!
//! The trees say how likely a line is furniture by itself and its surroundings; a two-state chain (Viterbi 1967,
//! doi:10.1109/TIT.1967.1054010) then prefers runs. Trees and costs are in `data/strip/model.tsv`, made by
//! `scripts/strip/train.py`. Source of boosting: Friedman 2001, doi:10.1214/aos/1013203451.

use super::features::COUNT;
use super::lexicon::bad;
use super::markup;
use crate::stage::SetupError;

const NAME: &str = "model.tsv";

/// The model of plain text.
pub(super) const EMBEDDED: &str = include_str!("../../data/strip/model.tsv");
/// The model of pages of HTML.
pub(super) const EMBEDDED_PAGES: &str = include_str!("../../data/strip/pages.tsv");

/// Places in a [`Row`]: the features, and room so that no place needs a check.
pub(super) const WIDTH: usize = 512;
const _: () = assert!(COUNT + markup::COUNT <= WIDTH);

/// A line's features, then zeros.
pub(super) type Row = [f32; WIDTH];

/// Rows scored together: their walks do not wait for one another.
pub(super) const LANES: usize = 8;

/// A node: the question `row[feature] <= value`, or a leaf, which leads to itself.
#[derive(Clone, Copy)]
struct Node {
    feature: u16,
    left: u16,
    right: u16,
    value: f32,
}

/// The trees and the costs of the chain.
pub(super) struct Model {
    nodes: Vec<Node>,
    /// First node of each tree.
    roots: Vec<u32>,
    /// Longest walk of each tree.
    depths: Vec<u8>,
    bias: f32,
    /// Cost, in log-odds, of a change between keep and drop from one line to the next.
    switch: f32,
    /// As `switch`, where a blank line stands between.
    switch_blank: f32,
}

impl Model {
    /// The model of a text such as [`EMBEDDED`], over features of these `names`.
    pub(super) fn parse(text: &str, names: &[&str]) -> Result<Self, SetupError> {
        let mut model = Self {
            nodes: Vec::new(),
            roots: Vec::new(),
            depths: Vec::new(),
            bias: 0.0,
            switch: 0.0,
            switch_blank: 0.0,
        };
        for (i, line) in text.lines().enumerate() {
            let malformed = || bad(NAME, i + 1, "not a row of the model");
            let mut columns = line.split('\t');
            let mut next = || columns.next().ok_or_else(malformed);
            let kind = next()?;
            let number = |s: &str| s.parse::<f32>().map_err(|_| malformed());
            match kind {
                "#" => {}
                "bias" => model.bias = number(next()?)?,
                "switch" => model.switch = number(next()?)?,
                "switch-blank" => model.switch_blank = number(next()?)?,
                "tree" => model.roots.push(model.nodes.len() as u32),
                "leaf" => model.nodes.push(Node {
                    feature: 0,
                    left: 0,
                    right: 0,
                    value: number(next()?)?,
                }),
                name => {
                    let feature = names
                        .iter()
                        .position(|n| *n == name)
                        .ok_or_else(|| bad(NAME, i + 1, "no such feature"))?;
                    let value = number(next()?)?;
                    let mut child = || next()?.parse::<u16>().map_err(|_| malformed());
                    model.nodes.push(Node {
                        feature: feature as u16,
                        left: child()?,
                        right: child()?,
                        value,
                    });
                }
            }
        }
        model.check()?;
        model.link();
        Ok(model)
    }

    /// Children lie behind their node and inside its tree, so that every walk ends.
    fn check(&self) -> Result<(), SetupError> {
        for (t, &root) in self.roots.iter().enumerate() {
            let end = self
                .roots
                .get(t + 1)
                .map_or(self.nodes.len(), |&r| r as usize);
            let nodes = &self.nodes[root as usize..end];
            let sound = !nodes.is_empty()
                && nodes.iter().enumerate().all(|(i, n)| {
                    n.left == 0
                        || (usize::from(n.left) > i
                            && usize::from(n.right) > i
                            && usize::from(n.left.max(n.right)) < nodes.len())
                });
            if !sound {
                return Err(bad(NAME, 0, "a tree whose nodes do not lead on"));
            }
        }
        Ok(())
    }

    /// Measures the trees and lets each leaf lead to itself.
    fn link(&mut self) {
        let mut depth = Vec::new();
        for (t, &root) in self.roots.iter().enumerate() {
            let end = self
                .roots
                .get(t + 1)
                .map_or(self.nodes.len(), |&r| r as usize);
            let nodes = &mut self.nodes[root as usize..end];
            depth.clear();
            depth.resize(nodes.len(), 0u8);
            let mut most = 0;
            for (i, node) in nodes.iter_mut().enumerate() {
                if node.left == 0 {
                    (node.left, node.right) = (i as u16, i as u16);
                    most = most.max(depth[i]);
                } else {
                    let next = depth[i].saturating_add(1);
                    depth[usize::from(node.left)] = next;
                    depth[usize::from(node.right)] = next;
                }
            }
            self.depths.push(most);
        }
    }

    /// Log-odds, by row, that the line is furniture.
    pub(super) fn score(&self, rows: &[Row; LANES]) -> [f32; LANES] {
        let mut sums = [self.bias; LANES];
        for (t, (&root, &depth)) in self.roots.iter().zip(&self.depths).enumerate() {
            let end = self
                .roots
                .get(t + 1)
                .map_or(self.nodes.len(), |&r| r as usize);
            let nodes = &self.nodes[root as usize..end];
            let mut at = [0u16; LANES];
            for _ in 0..depth {
                for (at, row) in at.iter_mut().zip(rows) {
                    let node = nodes[usize::from(*at)];
                    let low = row[usize::from(node.feature) % WIDTH] <= node.value;
                    *at = if low { node.left } else { node.right };
                }
            }
            for (sum, at) in sums.iter_mut().zip(at) {
                *sum += nodes[usize::from(at)].value;
            }
        }
        sums
    }

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
        assert!(
            Model::parse("tree\nwidth\t1\t0\t5\nleaf\t1", NAMES).is_err()
                || Model::parse("tree\nwidth\t1\t9\t9", NAMES).is_err()
        );
        assert!(Model::parse("tree\nwidth\t1\t9\t9", NAMES).is_err());
        assert!(Model::parse(EMBEDDED, NAMES).is_ok());
    }
}
