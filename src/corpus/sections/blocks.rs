//! Members of blocks of text, packed on all threads of the pool beside whatever else these do.
//!
//! A block that is full is queued for the pool and written when those before it are. When more wait than the pool can be
//! expected to take, the one who writes packs one of them. So the writer, which is a thread of the pool itself, waits only for
//! blocks that another thread is packing, and a pool of one thread gets on.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::{Cut, Packing, Place};
use crate::corpus::compression::Compression;

/// Bytes of text of a member.
///
/// On 32 MiB of JSON lines the members are larger than one for all is: gzip 0.4 %, bzip2 0.2 %, LZ4 nothing. xz loses more the more
/// its text repeats far apart.
const fn block_bytes(packing: Packing) -> usize {
    match packing {
        // A block of its own.
        Packing::Stretches(Compression::Bzip2) => 900_000,
        // Its window.
        Packing::Stretches(Compression::Xz) => 8 << 20,
        _ => 1 << 20,
    }
}

/// See the module.
pub(super) struct Blocks {
    file: File,
    packing: Packing,
    /// The block being filled.
    block: Block,
    /// Those before it that are not yet written, in order.
    queue: VecDeque<Waiting>,
}

enum Waiting {
    Block(Arc<Task>),
    /// Told its place when all before it is written.
    Cut(Cut),
}

#[derive(Default)]
struct Block {
    text: Vec<u8>,
    /// Where its members end, if they are records.
    ends: Vec<usize>,
}

impl Blocks {
    /// Appends to `file`.
    pub(super) fn new(file: File, packing: Packing) -> Self {
        Self {
            file,
            packing,
            block: Block::default(),
            queue: VecDeque::new(),
        }
    }

    pub(super) fn put(&mut self, mut record: &[u8]) -> io::Result<()> {
        let most = block_bytes(self.packing);
        if self.packing == Packing::Records {
            self.block.text.extend_from_slice(record);
            self.block.ends.push(self.block.text.len());
            if self.block.text.len() >= most {
                self.close()?;
            }
            return Ok(());
        }
        while !record.is_empty() {
            let (now, later) = record.split_at(record.len().min(most - self.block.text.len()));
            self.block.text.extend_from_slice(now);
            record = later;
            if self.block.text.len() == most {
                self.close()?;
            }
        }
        Ok(())
    }

    pub(super) fn cut(&mut self) -> io::Result<Cut> {
        self.close()?;
        let cut = Cut::default();
        self.queue.push_back(Waiting::Cut(cut.clone()));
        Ok(cut)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.close()?;
        self.settle(0)?;
        if self.packing != Packing::Records && self.file.metadata()?.len() == 0 {
            // No text is a member too: an empty file is not a packed one.
            self.file
                .write_all(&Block::default().packed(self.packing)?)?;
        }
        Ok(())
    }

    /// Queues the block that was being filled.
    fn close(&mut self) -> io::Result<()> {
        if self.block.text.is_empty() && self.block.ends.is_empty() {
            return Ok(());
        }
        let block = std::mem::take(&mut self.block);
        let task = Arc::new(Task {
            packing: self.packing,
            state: Mutex::new(State::Waiting(block)),
            done: Condvar::new(),
        });
        self.queue.push_back(Waiting::Block(task.clone()));
        rayon::spawn(move || {
            task.run();
        });
        self.settle(rayon::current_num_threads() + 1)
    }

    /// Writes what is packed, in order, until no more than `most` blocks wait.
    pub(super) fn settle(&mut self, most: usize) -> io::Result<()> {
        while let Some(first) = self.queue.front() {
            match first {
                Waiting::Cut(cut) => cut.is_at(Place::at_end(&self.file)?),
                Waiting::Block(task) => {
                    let Some(packed) = task.packed() else {
                        if self.blocks().count() <= most {
                            break;
                        }
                        if !self.blocks().any(Task::run) {
                            task.wait();
                        }
                        continue;
                    };
                    self.file.write_all(&packed?)?;
                }
            }
            self.queue.pop_front();
        }
        Ok(())
    }

    fn blocks(&self) -> impl Iterator<Item = &Task> {
        self.queue.iter().filter_map(|waiting| match waiting {
            Waiting::Block(task) => Some(&**task),
            Waiting::Cut(_) => None,
        })
    }
}

/// A block on its way.
struct Task {
    packing: Packing,
    state: Mutex<State>,
    done: Condvar,
}

enum State {
    Waiting(Block),
    Taken,
    Packed(io::Result<Vec<u8>>),
}

impl Task {
    /// Packs the block unless another thread does or did.
    fn run(&self) -> bool {
        let mut state = self.state();
        if !matches!(*state, State::Waiting(_)) {
            return false;
        }
        let State::Waiting(block) = std::mem::replace(&mut *state, State::Taken) else {
            return false;
        };
        drop(state);
        let packed = block.packed(self.packing);
        *self.state() = State::Packed(packed);
        self.done.notify_all();
        true
    }

    /// Its bytes, once, as soon as it is packed.
    fn packed(&self) -> Option<io::Result<Vec<u8>>> {
        let mut state = self.state();
        if !matches!(*state, State::Packed(_)) {
            return None;
        }
        match std::mem::replace(&mut *state, State::Taken) {
            State::Packed(packed) => Some(packed),
            State::Waiting(_) | State::Taken => None,
        }
    }

    /// Waits until the thread that took it has packed it.
    fn wait(&self) {
        let mut state = self.state();
        while matches!(*state, State::Taken) {
            state = self
                .done
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic is done while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Block {
    fn packed(self, packing: Packing) -> io::Result<Vec<u8>> {
        match packing {
            Packing::Stretches(kind) => kind.pack(&self.text, Vec::new()),
            Packing::Records => {
                let mut out = Vec::new();
                let mut begin = 0;
                for end in self.ends {
                    out = Compression::Gzip.pack(&self.text[begin..end], out)?;
                    begin = end;
                }
                Ok(out)
            }
        }
    }
}
