//! Uploading files.

use std::fs::File;
use std::io::Read;
use std::path::Path as LocalPath;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};

use super::list::path_of;
use super::url::{Place, Service, shown};
use super::{Settings, Storage, StorageError};

/// Parts that are on their way at once.
const PARALLEL: usize = 4;
/// Parts an object may have is 10,000; some room is left.
const MOST_PARTS: u64 = 9_000;

impl Storage {
    /// Puts the file at `local` to `url`, in parts when it is large; returns its size. The object appears whole or not at
    /// all, and takes the place of one that is there.
    ///
    /// # Errors
    /// When the file cannot be read, the service takes no uploads, or all attempts fail.
    pub fn upload(&self, local: &LocalPath, url: &str) -> Result<u64, StorageError> {
        let place = Place::parse(url)?;
        if place.service == Service::Http || place.key.is_empty() || place.key.ends_with('/') {
            return Err(StorageError::NotWritable { url: shown(url) });
        }
        let client = self.client(&place)?;
        let path = path_of(&place.key, url)?;
        let mut source = Source {
            local: local.to_owned(),
            file: File::open(local).map_err(|source| StorageError::Local {
                path: local.to_owned(),
                source,
            })?,
        };
        let bytes = source.size()?;
        let part = part_size(&self.shared.settings, bytes);
        let asked = url.to_owned();
        self.wait(url, async move {
            let first = source.part(part)?;
            if (first.len() as u64) < part {
                let sent = first.len() as u64;
                client
                    .put(&path, PutPayload::from(first))
                    .await
                    .map_err(|e| StorageError::of_store(&asked, "uploading", 0, e))?;
                return Ok(sent);
            }
            in_parts(&*client, &path, &asked, source, first, part).await
        })
    }
}

fn part_size(settings: &Settings, bytes: u64) -> u64 {
    // S3 takes no part below 5 MiB but the last.
    settings.part.max(5 << 20).max(bytes.div_ceil(MOST_PARTS))
}

struct Source {
    local: std::path::PathBuf,
    file: File,
}

impl Source {
    fn size(&self) -> Result<u64, StorageError> {
        let found = self.file.metadata().map(|meta| meta.len());
        found.map_err(|source| self.failed(source))
    }

    /// The next bytes, fewer at the file's end. Blocks the background thread for as long as the disk takes, some
    /// milliseconds.
    fn part(&mut self, bytes: u64) -> Result<Vec<u8>, StorageError> {
        let mut part = Vec::new();
        match (&mut self.file).take(bytes).read_to_end(&mut part) {
            Ok(_) => Ok(part),
            Err(source) => Err(self.failed(source)),
        }
    }

    fn failed(&self, source: std::io::Error) -> StorageError {
        StorageError::Local {
            path: self.local.clone(),
            source,
        }
    }
}

async fn in_parts(
    client: &dyn ObjectStore,
    path: &Path,
    url: &str,
    mut source: Source,
    first: Vec<u8>,
    part: u64,
) -> Result<u64, StorageError> {
    let mut sent = 0;
    let failed = |at, e| StorageError::of_store(url, "uploading", at, e);
    let upload = client.put_multipart(path).await.map_err(|e| failed(0, e))?;
    let mut upload = WriteMultipart::new_with_chunk_size(upload, part as usize);
    let mut next = first;
    while !next.is_empty() {
        if let Err(e) = upload.wait_for_capacity(PARALLEL).await {
            return Err(given_up(upload, failed(sent, e)).await);
        }
        sent += next.len() as u64;
        upload.put(next.into());
        next = match source.part(part) {
            Ok(next) => next,
            Err(e) => return Err(given_up(upload, e).await),
        };
    }
    upload.finish().await.map_err(|e| failed(sent, e))?;
    Ok(sent)
}

/// Takes back the parts, which cost money as long as they lie there.
async fn given_up(upload: WriteMultipart, error: StorageError) -> StorageError {
    // The first error is the one to tell.
    let _ = upload.abort().await;
    error
}
