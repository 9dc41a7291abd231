//! What a URL of object storage names.

use super::StorageError;

/// Who keeps the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    S3,
    Google,
    Azure,
    Http,
}

const SCHEMES: &[(&str, Service)] = &[
    ("s3", Service::S3),
    ("s3a", Service::S3),
    ("gs", Service::Google),
    ("az", Service::Azure),
    ("abfs", Service::Azure),
    ("abfss", Service::Azure),
    ("https", Service::Http),
    ("http", Service::Http),
];

/// Whether `name` is a URL that [`Storage`](super::Storage) takes, rather than a file's name.
pub fn is_url(name: &str) -> bool {
    split(name).is_some()
}

fn split(name: &str) -> Option<(Service, &str)> {
    let (scheme, rest) = name.split_once("://")?;
    let (_, service) = SCHEMES
        .iter()
        .find(|(known, _)| scheme.eq_ignore_ascii_case(known))?;
    Some((*service, rest))
}

/// A URL taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) service: Service,
    /// What one client serves: scheme and bucket, or the whole URL of a page.
    pub(super) root: String,
    /// The object's name in the bucket, or its beginning. Not percent-encoded: S3 URLs are written as the name is.
    pub(super) key: String,
}

impl Place {
    pub(super) fn parse(url: &str) -> Result<Self, StorageError> {
        let wrong = |why| StorageError::Url {
            url: shown(url),
            why,
        };
        let (service, rest) = split(url).ok_or_else(|| {
            wrong("it begins with none of s3://, gs://, az://, abfss://, https:// and http://")
        })?;
        if service == Service::Http {
            let parsed = url::Url::parse(url).map_err(|_| wrong("it is no web address"))?;
            return Ok(Self {
                service,
                root: parsed.to_string(),
                key: String::new(),
            });
        }
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(wrong("it names no bucket"));
        }
        let scheme = &url[..url.len() - rest.len()];
        Ok(Self {
            service,
            root: format!("{}{bucket}", scheme.to_ascii_lowercase()),
            key: key.to_owned(),
        })
    }

    /// The URL of the object `key` beside this one.
    pub(super) fn beside(&self, key: &str) -> String {
        match self.service {
            Service::Http => self.root.clone(),
            _ => format!("{}/{key}", self.root),
        }
    }

    /// The last part of the object's name.
    pub(super) fn base_name(&self) -> String {
        let path = match self.service {
            Service::Http => {
                let path = self.root.split(['?', '#']).next().unwrap_or_default();
                path.split_once("://").map_or(path, |(_, p)| p)
            }
            _ => &self.key,
        };
        let name = path.trim_end_matches('/').rsplit('/').next();
        name.unwrap_or_default().to_owned()
    }
}

/// `url` as it may stand in a message: what follows `?` can be a signature that opens the object to all.
pub(super) fn shown(url: &str) -> String {
    match split(url) {
        Some((Service::Http, _)) => match url.split_once('?') {
            Some((before, _)) => format!("{before}?…"),
            None => url.to_owned(),
        },
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        for (url, service, root, key) in [
            ("s3://b/a/c d?.txt", Service::S3, "s3://b", "a/c d?.txt"),
            ("S3://b", Service::S3, "s3://b", ""),
            ("gs://b/", Service::Google, "gs://b", ""),
            (
                "abfss://c@a.dfs.core.windows.net/x",
                Service::Azure,
                "abfss://c@a.dfs.core.windows.net",
                "x",
            ),
            (
                "https://example.org/a.gz?sig=1",
                Service::Http,
                "https://example.org/a.gz?sig=1",
                "",
            ),
        ] {
            let place = Place::parse(url).unwrap();
            assert_eq!(
                (place.service, place.root.as_str(), place.key.as_str()),
                (service, root, key)
            );
            assert!(is_url(url));
        }
        for name in ["a.txt", "s3:/b", "file:///a", "s3", "c:\\a"] {
            assert!(!is_url(name));
        }
        assert!(Place::parse("s3:///a").is_err());
    }

    #[test]
    fn names_and_messages_leave_the_query_out() {
        let url = "https://example.org/d/a.gz?signature=secret";
        assert_eq!(Place::parse(url).unwrap().base_name(), "a.gz");
        assert_eq!(shown(url), "https://example.org/d/a.gz?…");
        assert_eq!(shown("s3://b/a?b"), "s3://b/a?b");
        assert_eq!(Place::parse("s3://b/d/a.gz").unwrap().base_name(), "a.gz");
    }
}
