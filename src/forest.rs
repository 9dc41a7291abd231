//! Boosted trees: many small decision trees whose answers are added up.
//!
//! The stages that judge by features share this: the line model of strip, the last word of repair. Trees are grown by the
//! stages' training scripts and read from their data files; here they are only asked. Source: Friedman 2001,
//! doi:10.1214/aos/1013203451.

use crate::stage::SetupError;

/// Rows scored together: their walks do not wait for one another.
pub(crate) const LANES: usize = 16;

/// A node: where `row[feature] <= value` does not hold, the walk goes to the node behind `left`. A leaf leads to itself.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    value: f32,
    feature: u16,
    left: u16,
}

/// Places of a tree: trees of up to 32 leaves fit, and no place needs a check.
const NODES: usize = 64;

/// A tree, level by level, the two children of a node side by side: a step is one comparison and one addition.
#[derive(Clone, Debug)]
struct Tree {
    nodes: [Node; NODES],
    /// By place: what a leaf says.
    leaves: [f32; NODES],
    /// Its longest walk.
    depth: usize,
}

/// Trees whose answers are added up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forest {
    trees: Vec<Tree>,
    /// What is added to every answer.
    pub(crate) bias: f32,
}

/// The rows of a file that make up a tree, gathered until it is whole: `leaf<TAB>value`, or
/// `feature<TAB>value<TAB>child<TAB>child` with the children as places among these rows.
#[derive(Debug)]
pub(crate) struct Seedling {
    /// The file, for what is wrong with it.
    name: &'static str,
    entries: Vec<Entry>,
}

/// A node as it stands in the file.
#[derive(Debug)]
enum Entry {
    Leaf(f32),
    Question {
        feature: u16,
        value: f32,
        children: [usize; 2],
    },
}

impl Seedling {
    /// None yet, of the file `name`.
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            entries: Vec::new(),
        }
    }

    /// Adds the row `kind` with its other columns, line `line` of the file, over features of these `names`.
    pub(crate) fn push<'a>(
        &mut self,
        kind: &str,
        mut columns: impl Iterator<Item = &'a str>,
        names: &[&str],
        line: usize,
    ) -> Result<(), SetupError> {
        let bad = |problem: &str| SetupError::Data {
            name: self.name.to_owned(),
            line,
            problem: problem.to_owned(),
        };
        let malformed = || bad("not a row of the model");
        let mut next = || columns.next().ok_or_else(malformed);
        let number = |s: &str| s.parse::<f32>().map_err(|_| malformed());
        let place = |s: &str| s.parse::<usize>().map_err(|_| malformed());
        let entry = if kind == "leaf" {
            Entry::Leaf(number(next()?)?)
        } else {
            let feature = names.iter().position(|n| *n == kind);
            Entry::Question {
                feature: feature.ok_or_else(|| bad("no such feature"))? as u16,
                value: number(next()?)?,
                children: [place(next()?)?, place(next()?)?],
            }
        };
        self.entries.push(entry);
        Ok(())
    }
}

impl Forest {
    /// Adds the tree that `seedling` has gathered, if any, and empties it.
    ///
    /// Children lie behind their node and inside the tree, so that every walk ends.
    pub(crate) fn plant(&mut self, seedling: &mut Seedling) -> Result<(), SetupError> {
        let Seedling { name, entries } = seedling;
        if entries.is_empty() {
            return Ok(());
        }
        let unsound = || SetupError::Data {
            name: (*name).to_owned(),
            line: 0,
            problem: "a tree whose nodes do not lead on".to_owned(),
        };
        let mut tree = Tree {
            nodes: [Node::default(); NODES],
            leaves: [0.0; NODES],
            depth: 0,
        };
        // Entries in the order of their places, with how far down they are.
        let mut queue = vec![(0, 0)];
        let mut at = 0;
        while let Some(&(from, depth)) = queue.get(at) {
            let node = tree.nodes.get_mut(at).ok_or_else(unsound)?;
            match entries.get(from).ok_or_else(unsound)? {
                Entry::Leaf(value) => {
                    tree.leaves[at] = *value;
                    *node = Node {
                        value: f32::INFINITY,
                        feature: 0,
                        left: at as u16,
                    };
                }
                Entry::Question {
                    feature,
                    value,
                    children,
                } => {
                    if children.iter().any(|&child| child <= from) {
                        return Err(unsound());
                    }
                    *node = Node {
                        value: *value,
                        feature: *feature,
                        left: queue.len() as u16,
                    };
                    queue.extend(children.map(|child| (child, depth + 1)));
                    tree.depth = depth + 1;
                }
            }
            at += 1;
        }
        entries.clear();
        self.trees.push(tree);
        Ok(())
    }

    /// The sum of the answers to each row. Features beyond `WIDTH` do not exist: a file's are looked up by name.
    pub(crate) fn score<const WIDTH: usize>(&self, rows: &[[f32; WIDTH]; LANES]) -> [f32; LANES] {
        let mut sums = [self.bias; LANES];
        for tree in &self.trees {
            let mut at = [0u16; LANES];
            for _ in 0..tree.depth {
                for (at, row) in at.iter_mut().zip(rows) {
                    let node = tree.nodes[usize::from(*at) % NODES];
                    let high = row[usize::from(node.feature) % WIDTH] > node.value;
                    *at = node.left + u16::from(high);
                }
            }
            for (sum, at) in sums.iter_mut().zip(at) {
                *sum += tree.leaves[usize::from(at) % NODES];
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[&str] = &["width", "words"];

    fn forest(text: &str) -> Result<Forest, SetupError> {
        let mut forest = Forest::default();
        let mut seedling = Seedling::new("trees");
        for (i, line) in text.lines().enumerate() {
            let mut columns = line.split('\t');
            match columns.next().unwrap_or_default() {
                "tree" => forest.plant(&mut seedling)?,
                kind => seedling.push(kind, columns, NAMES, i + 1)?,
            }
        }
        forest.plant(&mut seedling)?;
        Ok(forest)
    }

    #[test]
    fn a_walk_follows_the_questions_to_one_leaf_a_tree() {
        let mut forest = forest(
            "tree\nwidth\t1\t1\t4\nwords\t2\t2\t3\nleaf\t10\nleaf\t20\nleaf\t30\ntree\nleaf\t0.25",
        )
        .expect("well formed");
        forest.bias = 0.5;
        let mut rows = [[0.0; 4]; LANES];
        rows[1][1] = 2.5;
        rows[2][0] = 1.5;
        assert_eq!(forest.score(&rows)[..4], [10.75, 20.75, 30.75, 10.75]);
    }

    #[test]
    fn trees_that_do_not_lead_on_are_refused() {
        assert!(forest("height\t1\t1\t2\nleaf\t1\nleaf\t1").is_err());
        assert!(forest("width\t1\t0\t2\nleaf\t1").is_err());
        assert!(forest("width\t1\t9\t9").is_err());
        let full = (0..40).map(|i| format!("width\t1\t{}\t{}\nleaf\t1\n", 2 * i + 1, 2 * i + 2));
        let full = format!("{}leaf\t1\n", full.collect::<String>());
        assert!(forest(&full).is_err(), "too many nodes for a tree");
    }
}
