//! Clusters around anchors: every member resembles the anchor itself.
//!
//! Plain transitive closure chains unlike documents into one cluster. Here documents are taken in order of preference;
//! one that resembles an earlier anchor joins the most similar, any other becomes an anchor. The anchor is the document a
//! policy keeps, and it is the best of its cluster by construction.

/// Builds clusters from verified edges, in one pass over them.
#[derive(Clone, Debug)]
pub struct Clusters {
    /// By place: the place of the anchor, the document's own for an anchor.
    anchor: Vec<u32>,
    /// By place: similarity to the anchor.
    similarity: Vec<f32>,
    /// By place: whether anything resembles it.
    linked: Vec<bool>,
    /// By place: whether it stands in a longer document that stays. Empty when none does.
    contained: Vec<bool>,
}

impl Clusters {
    /// `count` documents, each alone. Holds 9 bytes a document.
    pub fn new(count: usize) -> Self {
        Self {
            anchor: (0..count as u32).collect(),
            similarity: vec![0.0; count],
            linked: vec![false; count],
            contained: Vec::new(),
        }
    }

    /// Takes an edge between places `earlier < later`. Edges come sorted by (later, earlier).
    pub fn link(&mut self, earlier: u32, later: u32, similarity: f32) {
        debug_assert!(earlier < later, "edges point back");
        let (e, l) = (earlier as usize, later as usize);
        self.linked[e] = true;
        self.linked[l] = true;
        // Every edge that could make `earlier` a member has been seen: it sorts before those that end in `later`.
        if self.anchor[e] == earlier && similarity > self.similarity[l] {
            self.anchor[l] = earlier;
            self.similarity[l] = similarity;
        }
    }

    /// Puts a copy of `of`, with the same words, into the cluster of `of`, in the order of [`link`](Self::link).
    pub fn copy(&mut self, of: u32, place: u32) {
        debug_assert!(of < place, "copies point back");
        self.linked[of as usize] = true;
        self.linked[place as usize] = true;
        self.anchor[place as usize] = self.anchor[of as usize];
    }

    /// The place of the anchor of the document at `place`; `None` when nothing resembles it.
    pub fn anchor(&self, place: u32) -> Option<u32> {
        self.linked[place as usize].then(|| self.anchor[place as usize])
    }

    /// The anchor of the document at `place`, itself where nothing resembles it: two documents with the same one are in one cluster.
    pub fn of(&self, place: u32) -> u32 {
        self.anchor[place as usize]
    }

    /// Marks documents that stand in longer ones: (words of the shorter, its place, place of the longer).
    ///
    /// Longer ones are decided first, and only a document that stays holds others, so nothing is left out for a text that is
    /// left out itself.
    pub fn contain(&mut self, mut pairs: Vec<(u32, u32, u32)>) {
        if pairs.is_empty() {
            return;
        }
        pairs.sort_unstable_by_key(|&(words, shorter, longer)| {
            (std::cmp::Reverse(words), shorter, longer)
        });
        self.contained = vec![false; self.anchor.len()];
        for (_, shorter, longer) in pairs {
            if self.is_kept(longer) {
                self.contained[shorter as usize] = true;
            }
        }
    }

    /// Whether the document at `place` is an anchor or stands alone, and in no longer one.
    pub fn is_kept(&self, place: u32) -> bool {
        self.anchor[place as usize] == place
            && !self.contained.get(place as usize).is_some_and(|&c| c)
    }

    /// Clusters of two and more documents.
    pub fn count(&self) -> u64 {
        let mut with_member = vec![false; self.anchor.len()];
        for (place, &anchor) in self.anchor.iter().enumerate() {
            if anchor as usize != place {
                with_member[anchor as usize] = true;
            }
        }
        with_member.iter().filter(|&&w| w).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_of_similar_documents_is_not_one_cluster() {
        let mut clusters = Clusters::new(4);
        clusters.link(0, 1, 0.9);
        clusters.link(1, 2, 0.9);
        clusters.link(2, 3, 0.9);
        assert_eq!(
            (0..4).map(|p| clusters.anchor(p)).collect::<Vec<_>>(),
            [Some(0), Some(0), Some(2), Some(2)]
        );
        assert_eq!(clusters.count(), 2);
    }

    #[test]
    fn only_a_document_that_stays_holds_others() {
        let mut clusters = Clusters::new(5);
        // 1 is a copy of 0. 2 stands in 1, which is left out; 3 stands in 0, 4 in 3 alone.
        clusters.link(0, 1, 0.9);
        clusters.contain(vec![(10, 4, 3), (20, 2, 1), (30, 3, 0)]);
        assert_eq!(
            (0..5).map(|p| clusters.is_kept(p)).collect::<Vec<_>>(),
            [true, false, true, false, true]
        );
    }

    #[test]
    fn a_member_joins_the_most_similar_anchor() {
        let mut clusters = Clusters::new(4);
        clusters.link(0, 2, 0.8);
        clusters.link(1, 2, 0.9);
        clusters.copy(2, 3);
        assert_eq!(clusters.anchor(2), Some(1));
        assert_eq!(clusters.anchor(3), Some(1));
        assert!(clusters.is_kept(1) && !clusters.is_kept(3));
        assert_eq!(Clusters::new(1).anchor(0), None);
    }
}
