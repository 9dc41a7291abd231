//! Buffers that outlive the batch they served: made once a thread, not once a batch.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Things that one worker at a time uses, waiting for the next.
#[derive(Debug)]
pub(super) struct Pool<T> {
    free: Mutex<Vec<T>>,
}

impl<T> Pool<T> {
    /// Nothing yet.
    pub(super) const fn new() -> Self {
        Self {
            free: Mutex::new(Vec::new()),
        }
    }

    /// One that is free, or a new one; it comes back when it is dropped.
    pub(super) fn take(&self, make: impl FnOnce() -> T) -> Lease<'_, T> {
        let item = self.free().pop();
        Lease {
            pool: self,
            item: Some(item.unwrap_or_else(make)),
        }
    }

    /// What is free. A worker that panicked left its own behind, not the list in the middle of a change.
    fn free(&self) -> MutexGuard<'_, Vec<T>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thing of a [`Pool`].
#[derive(Debug)]
pub(super) struct Lease<'p, T> {
    pool: &'p Pool<T>,
    /// Gone only while it is dropped.
    item: Option<T>,
}

impl<T> Deref for Lease<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // Taken out in `drop` alone.
        self.item.as_ref().expect("held until dropped")
    }
}

impl<T> DerefMut for Lease<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // Taken out in `drop` alone.
        self.item.as_mut().expect("held until dropped")
    }
}

impl<T> Drop for Lease<'_, T> {
    fn drop(&mut self) {
        let item = self.item.take().filter(|_| !std::thread::panicking());
        self.pool.free().extend(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_back_is_taken_again() {
        let pool = Pool::new();
        let mut first = pool.take(|| vec![1]);
        let second = pool.take(|| vec![2]);
        first.push(3);
        drop(first);
        assert_eq!(*pool.take(Vec::new), [1, 3]);
        drop(second);
        assert_eq!(pool.free().len(), 2);
    }
}
