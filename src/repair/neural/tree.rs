//! Token sequences that begin alike, each token once: what they share is read once.

use rustc_hash::FxHashMap;

/// No parent.
const ROOT: u32 = u32::MAX;

/// A prefix tree. Nodes are numbered as they were made, so a parent comes before its children.
#[derive(Debug, Default)]
pub(super) struct Tree {
    tokens: Vec<u32>,
    parents: Vec<u32>,
    depths: Vec<u32>,
    children: FxHashMap<(u32, u32), u32>,
}

impl Tree {
    /// Nodes.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The token of each node.
    pub(super) fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// How many tokens stand before each node's.
    pub(super) fn depths(&self) -> &[u32] {
        &self.depths
    }

    /// The node before `node`; `None` at a beginning.
    pub(super) fn parent(&self, node: u32) -> Option<u32> {
        let parent = self.parents[node as usize];
        (parent != ROOT).then_some(parent)
    }

    /// Adds a sequence; returns its nodes.
    pub(super) fn insert(&mut self, tokens: &[u32]) -> Vec<u32> {
        let mut at = ROOT;
        tokens
            .iter()
            .enumerate()
            .map(|(depth, &token)| {
                let next = self.tokens.len() as u32;
                let node = *self.children.entry((at, token)).or_insert(next);
                if node == next {
                    self.tokens.push(token);
                    self.parents.push(at);
                    self.depths.push(depth as u32);
                }
                at = node;
                node
            })
            .collect()
    }

    /// For each node (a row) what is added to the weight of each node (a column): nothing for itself and those before it in
    /// its sequence, and minus infinity for all others.
    pub(super) fn mask(&self) -> Vec<f32> {
        let n = self.len();
        let mut mask = vec![f32::NEG_INFINITY; n * n];
        for node in 0..n {
            if let Some(parent) = self.parent(node as u32) {
                let parent = parent as usize;
                mask.copy_within(parent * n..parent * n + n, node * n);
            }
            mask[node * n + node] = 0.0;
        }
        mask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_alike_is_there_once() {
        let mut tree = Tree::default();
        assert_eq!(tree.insert(&[5, 6, 7]), [0, 1, 2]);
        assert_eq!(tree.insert(&[5, 6, 8, 7]), [0, 1, 3, 4]);
        assert_eq!(tree.insert(&[5, 6]), [0, 1]);
        assert_eq!(tree.depths(), [0, 1, 2, 2, 3]);
        assert_eq!(tree.parent(3), Some(1));
        assert_eq!(tree.parent(0), None);
        let mask = tree.mask();
        let sees: Vec<usize> = (0..5).filter(|&i| mask[4 * 5 + i] == 0.0).collect();
        assert_eq!(sees, [0, 1, 3, 4]);
    }
}
