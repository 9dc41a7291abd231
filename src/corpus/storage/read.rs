//! Reading one object as a stream.
//!
//! The background thread asks for one range after another and sends each through a channel of one place, so that the next
//! range comes in while the last one is worked on. A range that breaks off is asked for again from the byte where it broke.

use std::io::{self, Read};
use std::sync::Arc;

use futures_util::StreamExt;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore, ObjectStoreExt};
use tokio::sync::mpsc;

use super::list::path_of;
use super::url::{Place, Service, shown};
use super::{Settings, Shared, Storage, StorageError};

/// The bytes of one object. Errors hold a [`StorageError`].
pub struct StorageReader {
    parts: mpsc::Receiver<Part>,
    current: Vec<u8>,
    given: usize,
    url: String,
    ended: bool,
    /// Keeps the background thread alive.
    _shared: Arc<Shared>,
}

enum Part {
    Bytes(Vec<u8>),
    Failed(StorageError),
    End,
}

impl Storage {
    /// The object at `url`, read ahead in the background. Nothing is known of it until the first byte is read.
    ///
    /// # Errors
    /// When `url` is wrong or the client cannot be set up.
    pub fn read(&self, url: &str) -> Result<StorageReader, StorageError> {
        let place = Place::parse(url)?;
        let client = self.client(&place)?;
        let path = match place.service {
            Service::Http => Path::ROOT,
            _ => path_of(&place.key, url)?,
        };
        let (sender, parts) = mpsc::channel(1);
        let fetch = Fetch {
            client,
            path,
            url: url.to_owned(),
            settings: self.shared.settings.clone(),
            known: None,
            at: 0,
        };
        self.shared.runtime.spawn(async move {
            let last = match fetch.run(&sender).await {
                Ok(()) => Part::End,
                Err(e) => Part::Failed(e),
            };
            // Nobody is there when the reader was dropped before the end.
            let _ = sender.send(last).await;
        });
        Ok(StorageReader {
            parts,
            current: Vec::new(),
            given: 0,
            url: url.to_owned(),
            ended: false,
            _shared: Arc::clone(&self.shared),
        })
    }
}

impl Read for StorageReader {
    /// # Panics
    /// When called from asynchronous code.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.current.len() {
            if self.ended {
                return Ok(0);
            }
            match self.parts.blocking_recv() {
                Some(Part::Bytes(bytes)) => (self.current, self.given) = (bytes, 0),
                Some(Part::End) => self.ended = true,
                Some(Part::Failed(e)) => return Err(e.into()),
                // After an error, or when the thread died: anything but a quiet end.
                None => {
                    return Err(StorageError::Stopped {
                        url: shown(&self.url),
                    }
                    .into());
                }
            }
        }
        let rest = &self.current[self.given..];
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        self.given += n;
        Ok(n)
    }
}

/// What tells an object from another of the same name.
struct Identity {
    tag: Option<String>,
    bytes: u64,
    modified: i64,
}

impl Identity {
    fn of(meta: &ObjectMeta) -> Self {
        Self {
            tag: meta.e_tag.clone(),
            bytes: meta.size,
            modified: meta.last_modified.timestamp_millis(),
        }
    }

    fn is(&self, other: &Self) -> bool {
        let same = match (&self.tag, &other.tag) {
            (Some(a), Some(b)) => a == b,
            // Where the server sends no date, the client puts in 1970.
            (None, None) => self.modified == other.modified,
            _ => false,
        };
        same && self.bytes == other.bytes
    }

    /// The tag to ask the server for. Weak ones (`W/"…"`) fit no such question, by the standard.
    fn strong_tag(&self) -> Option<String> {
        self.tag.clone().filter(|tag| !tag.starts_with("W/"))
    }
}

struct Fetch {
    client: Arc<dyn ObjectStore>,
    path: Path,
    url: String,
    settings: Settings,
    known: Option<Identity>,
    /// Bytes received.
    at: u64,
}

impl Fetch {
    async fn run(mut self, sender: &mpsc::Sender<Part>) -> Result<(), StorageError> {
        let range = self.settings.range.max(1);
        while self.known.as_ref().is_none_or(|k| self.at < k.bytes) {
            let wanted = self.at..self.at.saturating_add(range);
            let answer = self.ask(Some(wanted.clone())).await;
            let first = match answer {
                Ok(first) => first,
                Err(object_store::Error::NotSupported { .. }) => return self.whole(sender).await,
                Err(e) => {
                    if self.is_empty().await {
                        return Ok(());
                    }
                    return Err(self.failed(e));
                }
            };
            let part = self.part(first, wanted.end).await?;
            if sender.send(Part::Bytes(part)).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Asks for `range` of the known object, or for all of it.
    async fn ask(&self, range: Option<std::ops::Range<u64>>) -> object_store::Result<GetResult> {
        let options = GetOptions {
            if_match: self.known.as_ref().and_then(Identity::strong_tag),
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        self.client.get_opts(&self.path, options).await
    }

    /// Whether there is an object without bytes, of which no range can be asked for.
    async fn is_empty(&self) -> bool {
        self.at == 0 && matches!(self.client.head(&self.path).await, Ok(meta) if meta.size == 0)
    }

    /// The bytes up to `end` or the object's end, of which `answer` brings the first.
    async fn part(&mut self, answer: GetResult, end: u64) -> Result<Vec<u8>, StorageError> {
        self.know(&answer.meta)?;
        let bytes = self.known.as_ref().map_or(0, |k| k.bytes);
        let end = end.min(bytes);
        let mut part = Vec::with_capacity((end - self.at) as usize);
        let mut answer = Some(answer);
        let mut tried = 0;
        loop {
            let got = if let Some(answer) = answer.take() {
                answer
            } else {
                let again = self.ask(Some(self.at..end)).await;
                let again = again.map_err(|e| self.failed(e))?;
                self.know(&again.meta)?;
                again
            };
            let before = self.at;
            let broken = self.take(got, end, &mut part).await;
            if self.at == end {
                return Ok(part);
            }
            tried = if self.at > before { 1 } else { tried + 1 };
            if tried >= self.settings.attempts {
                return Err(self.broken(broken));
            }
            tokio::time::sleep(self.settings.wait(tried)).await;
        }
    }

    /// Adds what `answer` brings to `part`, at most up to `end`; the error that stopped it, if one did.
    async fn take(
        &mut self,
        answer: GetResult,
        end: u64,
        part: &mut Vec<u8>,
    ) -> Option<object_store::Error> {
        let mut stream = answer.into_stream();
        while self.at < end {
            match stream.next().await? {
                Ok(bytes) => {
                    let n = bytes.len().min((end - self.at) as usize);
                    part.extend_from_slice(&bytes[..n]);
                    self.at += n as u64;
                }
                Err(e) => return Some(e),
            }
        }
        None
    }

    /// The object from a server that gives no ranges: in one piece, and from the beginning when that breaks.
    async fn whole(&mut self, sender: &mpsc::Sender<Part>) -> Result<(), StorageError> {
        let range = self.settings.range.max(1) as usize;
        let mut tried = 0;
        loop {
            let answer = self.ask(None).await.map_err(|e| self.failed(e))?;
            self.know(&answer.meta)?;
            let bytes = self.known.as_ref().map_or(0, |k| k.bytes);
            let (before, mut passed) = (self.at, 0);
            let mut stream = answer.into_stream();
            let mut part = Vec::new();
            let broken = loop {
                match stream.next().await {
                    Some(Ok(piece)) => {
                        // What an earlier attempt has brought already.
                        let known = (before - passed).min(piece.len() as u64);
                        passed += known;
                        part.extend_from_slice(&piece[known as usize..]);
                        self.at += piece.len() as u64 - known;
                    }
                    Some(Err(e)) => break Some(e),
                    None => break None,
                }
                if part.len() >= range
                    && sender
                        .send(Part::Bytes(std::mem::take(&mut part)))
                        .await
                        .is_err()
                {
                    return Ok(());
                }
            };
            if sender.send(Part::Bytes(part)).await.is_err() || self.at >= bytes {
                return Ok(());
            }
            tried = if self.at > before { 1 } else { tried + 1 };
            if tried >= self.settings.attempts {
                return Err(self.broken(broken));
            }
            tokio::time::sleep(self.settings.wait(tried)).await;
        }
    }

    /// Compares the object with the one that was there before.
    fn know(&mut self, meta: &ObjectMeta) -> Result<(), StorageError> {
        let now = Identity::of(meta);
        match &self.known {
            Some(known) if !known.is(&now) => Err(StorageError::Changed {
                url: shown(&self.url),
                at: self.at,
            }),
            Some(_) => Ok(()),
            None => {
                self.known = Some(now);
                Ok(())
            }
        }
    }

    fn failed(&self, error: object_store::Error) -> StorageError {
        StorageError::of_store(&self.url, "reading", self.at, error)
    }

    fn broken(&self, error: Option<object_store::Error>) -> StorageError {
        match error {
            Some(e) => self.failed(e),
            None => StorageError::Short {
                url: shown(&self.url),
                at: self.at,
                bytes: self.known.as_ref().map_or(0, |k| k.bytes),
            },
        }
    }
}
