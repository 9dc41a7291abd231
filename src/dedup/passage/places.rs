//! Blocks found by where they stand.

/// Words of the first text in one bucket of [`Places`].
const BUCKET: u32 = 32;

/// Numbers of blocks by where they stand in the first text, so that only neighbours are compared.
#[derive(Debug, Default)]
pub(super) struct Places {
    buckets: Vec<Vec<u32>>,
}

impl Places {
    /// Forgets all; `words` is the length of the text.
    pub(super) fn clear(&mut self, words: u32) {
        for bucket in &mut self.buckets {
            bucket.clear();
        }
        let needed = (words / BUCKET) as usize + 1;
        if self.buckets.len() < needed {
            self.buckets.resize_with(needed, Vec::new);
        }
    }

    /// Adds a block with the words `range`.
    pub(super) fn add(&mut self, range: (u32, u32), number: u32) {
        for bucket in &mut self.buckets[(range.0 / BUCKET) as usize..=(range.1 / BUCKET) as usize] {
            bucket.push(number);
        }
    }

    /// Every block within `margin` words of a range, and some that are not; a long one more than once.
    pub(super) fn around(&self, range: (u32, u32), margin: u32) -> impl Iterator<Item = &u32> {
        let from = (range.0.saturating_sub(margin) / BUCKET) as usize;
        let to = (range.1.saturating_add(margin) / BUCKET) as usize;
        let to = to.min(self.buckets.len() - 1);
        self.buckets[from..=to].iter().flatten()
    }
}
