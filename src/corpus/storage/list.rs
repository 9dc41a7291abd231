//! Finding objects.

use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt};
use serde::{Deserialize, Serialize};

use super::url::{Place, Service, shown};
use super::{Storage, StorageError};

/// One object that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Where it is, for [`Storage::read`].
    pub url: String,
    /// Its name below what was asked for, `/` between folders.
    pub relative: String,
    /// Its size, packed.
    pub bytes: u64,
}

impl Storage {
    /// The objects that `url` names: the one of that name, or else all below it as if it were a folder, or all that fit it
    /// as a glob (`*` inside one name, `**` across folders); sorted by [`Object::relative`].
    ///
    /// Marks of empty folders and `_limpid` folders of earlier runs are left out. A web address names itself only.
    ///
    /// # Errors
    /// When there is nothing, or it cannot be looked at.
    pub fn list(&self, url: &str) -> Result<Vec<Object>, StorageError> {
        let place = Place::parse(url)?;
        let client = self.client(&place)?;
        let shown = shown(url);
        if place.service == Service::Http {
            let bytes = self.wait(url, async move { page_size(&*client, &shown).await })?;
            return Ok(vec![Object {
                url: url.to_owned(),
                relative: place.base_name(),
                bytes,
            }]);
        }
        if !place.key.is_empty() && !place.key.ends_with('/') {
            let one = (client.clone(), place.key.clone(), shown.clone());
            let found = self.wait(url, async move {
                let (client, key, shown) = one;
                single(&*client, &key, &shown).await
            })?;
            if let Some(bytes) = found {
                return Ok(vec![Object {
                    url: url.to_owned(),
                    relative: place.base_name(),
                    bytes,
                }]);
            }
        }
        let (folder, pattern) = folder_and_pattern(&place.key, &shown)?;
        let prefix = path_of(&folder, &shown)?;
        let asked = shown.clone();
        let metas: Vec<ObjectMeta> = self.wait(url, async move {
            client
                .list(Some(&prefix))
                .try_collect()
                .await
                .map_err(|e| StorageError::of_store(&asked, "listing", 0, e))
        })?;
        let mut objects: Vec<Object> = metas
            .into_iter()
            .filter_map(|meta| object(&place, &folder, pattern.as_ref(), &meta))
            .collect();
        if objects.is_empty() {
            return Err(StorageError::Nothing { url: shown });
        }
        objects.sort_by(|a, b| a.relative.cmp(&b.relative));
        Ok(objects)
    }
}

/// The size of the object `key`; `None` when there is none of exactly that name.
async fn single(
    client: &dyn ObjectStore,
    key: &str,
    shown: &str,
) -> Result<Option<u64>, StorageError> {
    let Ok(path) = Path::parse(key) else {
        return Ok(None);
    };
    match client.head(&path).await {
        Ok(meta) => Ok(Some(meta.size)),
        // Who may not list is not told whether it is there; listing will say so.
        Err(
            object_store::Error::NotFound { .. } | object_store::Error::PermissionDenied { .. },
        ) => Ok(None),
        Err(e) => Err(StorageError::of_store(shown, "looking", 0, e)),
    }
}

/// The size of a page; 0 where the server does not say.
async fn page_size(client: &dyn ObjectStore, shown: &str) -> Result<u64, StorageError> {
    let error = match client.head(&Path::ROOT).await {
        Ok(meta) => return Ok(meta.size),
        Err(e @ object_store::Error::NotFound { .. }) => e,
        // Signed links are often good for GET only.
        Err(_) => {
            let options = GetOptions {
                range: Some(GetRange::Bounded(0..1)),
                ..GetOptions::default()
            };
            match client.get_opts(&Path::ROOT, options).await {
                Ok(found) => return Ok(found.meta.size),
                Err(object_store::Error::NotSupported { .. }) => return Ok(0),
                Err(e) => e,
            }
        }
    };
    Err(StorageError::of_store(shown, "looking", 0, error))
}

/// The part of `key` that is listed, and what picks among it.
fn folder_and_pattern(
    key: &str,
    shown: &str,
) -> Result<(String, Option<globset::GlobMatcher>), StorageError> {
    let Some(wild) = key.find(['*', '?', '[', '{']) else {
        return Ok((key.trim_end_matches('/').to_owned(), None));
    };
    let folder = key[..wild].rfind('/').map_or("", |slash| &key[..slash]);
    let pattern = globset::GlobBuilder::new(key)
        .literal_separator(true)
        .build()
        .map_err(|source| StorageError::Glob {
            url: shown.to_owned(),
            source,
        })?;
    Ok((folder.to_owned(), Some(pattern.compile_matcher())))
}

/// The object `meta` describes, unless it is none that was asked for.
fn object(
    place: &Place,
    folder: &str,
    pattern: Option<&globset::GlobMatcher>,
    meta: &ObjectMeta,
) -> Option<Object> {
    let key = meta.location.as_ref();
    if pattern.is_some_and(|p| !p.is_match(key)) {
        return None;
    }
    let relative = key.strip_prefix(folder)?.trim_start_matches('/');
    let mut folders = relative.split('/').rev().skip(1);
    if relative.is_empty() || folders.any(|f| f == "_limpid") {
        return None;
    }
    Some(Object {
        url: place.beside(key),
        relative: relative.to_owned(),
        bytes: meta.size,
    })
}

/// `key` as the client takes it.
pub(super) fn path_of(key: &str, shown: &str) -> Result<Path, StorageError> {
    Path::parse(key).map_err(|_| StorageError::Url {
        url: shown.to_owned(),
        why: "empty parts, . and .. cannot be asked for",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_listed_from_its_last_whole_folder() {
        for (key, folder, fits, not) in [
            ("a/b*.txt", "a", "a/bc.txt", "a/b/c.txt"),
            ("*.txt", "", "b.txt", "a/b.txt"),
            ("a/**/c?", "a", "a/x/y/cd", "a/x/c"),
            ("a/{b,c}/*", "a", "a/c/d", "a/d/d"),
        ] {
            let (found, pattern) = folder_and_pattern(key, "").unwrap();
            let pattern = pattern.unwrap();
            assert_eq!(found, folder);
            assert!(pattern.is_match(fits) && !pattern.is_match(not), "{key}");
        }
        assert_eq!(folder_and_pattern("a/b/", "").unwrap().0, "a/b");
        assert!(folder_and_pattern("a/[", "").is_err());
    }
}
