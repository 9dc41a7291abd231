//! Object storage, read and written like files: `s3://`, `gs://`, `az://`, and single `https://` or `http://` addresses.
//!
//! [`Storage`] connects; [`Storage::list`] finds objects, [`Storage::read`] gives one as a stream that reads ahead, and
//! [`Storage::upload`] puts a file there. All of it blocks: one thread in the background drives the network, so none of
//! these may be called from asynchronous code.
//!
//! Failures that may pass are tried again, longer and longer apart; a stream goes on at the byte where it broke. An object
//! that changes while it is read is an error that says so, never a mixture.
//!
//! Endpoint, region and credentials come from the variables that the services' own tools use (`AWS_…`, `GOOGLE_…`,
//! `AZURE_…`), or from [`Settings::options`].

mod list;
mod read;
mod url;
mod write;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::{BackoffConfig, ClientConfigKey, ObjectStore, RetryConfig};
use serde::{Deserialize, Serialize};

pub use list::Object;
pub use read::StorageReader;
pub use url::is_url;
use url::{Place, Service, shown};

/// How storage is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// How often a request, or a stream that makes no progress, is tried; at least 1. Default 10.
    pub attempts: u32,
    /// Milliseconds before the second attempt; each further wait is up to twice as long. Default 100.
    pub first_wait: u64,
    /// Milliseconds that no wait exceeds. Default 15,000.
    pub longest_wait: u64,
    /// Seconds one request may take. Default 120, which asks for 70 KB/s.
    pub timeout: u64,
    /// Bytes asked for at once. Default 8 MiB; every open stream holds up to three times as much.
    pub range: u64,
    /// Bytes of each part of a large upload. Default 8 MiB, more where a file would need over 9,000 parts. Up to five
    /// parts are held.
    pub part: u64,
    /// Variables that win over those of the environment, for example `AWS_ENDPOINT_URL`.
    pub options: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            attempts: 10,
            first_wait: 100,
            longest_wait: 15_000,
            timeout: 120,
            range: 8 << 20,
            part: 8 << 20,
            options: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// How long to wait before attempt `tried + 1`.
    fn wait(&self, tried: u32) -> Duration {
        let doubled = self
            .first_wait
            .saturating_mul(1 << tried.saturating_sub(1).min(32));
        Duration::from_millis(doubled.min(self.longest_wait))
    }

    fn retry(&self) -> RetryConfig {
        RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(self.first_wait),
                max_backoff: Duration::from_millis(self.longest_wait.max(self.first_wait)),
                base: 2.0,
            },
            max_retries: self.attempts.saturating_sub(1) as usize,
            // Signatures of requests are good for a few minutes.
            retry_timeout: Duration::from_secs(240),
        }
    }
}

/// Why storage cannot be used, with the URL (without its query) it is about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The URL itself is wrong.
    #[error("{url}: {why}")]
    Url {
        /// As named.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A pattern that is none.
    #[error("{url}: not a glob pattern")]
    Glob {
        /// As named.
        url: String,
        /// What is wrong with it.
        source: globset::Error,
    },
    /// Nothing is there.
    #[error("{url}: no object has this name or lies below it")]
    Nothing {
        /// As named.
        url: String,
    },
    /// Endpoint, region or credentials are missing or make no sense.
    #[error("{url}: storage cannot be set up")]
    Setup {
        /// As named.
        url: String,
        /// Why.
        source: Box<object_store::Error>,
    },
    /// The object is not there.
    #[error("{url}: no such object")]
    NotFound {
        /// The object.
        url: String,
        /// What the service says.
        source: Box<object_store::Error>,
    },
    /// The credentials do not allow it.
    #[error("{url}: access denied")]
    Denied {
        /// The object, or what was listed.
        url: String,
        /// What the service says.
        source: Box<object_store::Error>,
    },
    /// Another object stands where the one that is being read stood.
    #[error("{url}: changed while it was read, at byte {at}")]
    Changed {
        /// The object.
        url: String,
        /// Bytes read of the earlier one.
        at: u64,
    },
    /// All attempts failed.
    #[error("{url}: {doing} failed at byte {at}")]
    Failed {
        /// The object, or what was listed.
        url: String,
        /// What was done.
        doing: &'static str,
        /// Bytes that went well.
        at: u64,
        /// What the last attempt says.
        source: Box<object_store::Error>,
    },
    /// The stream ended early, again and again.
    #[error("{url}: the connection ended at byte {at} of {bytes}")]
    Short {
        /// The object.
        url: String,
        /// Bytes read.
        at: u64,
        /// Its size.
        bytes: u64,
    },
    /// The service takes no uploads.
    #[error("{url}: cannot be written to")]
    NotWritable {
        /// As named.
        url: String,
    },
    /// The file to be uploaded cannot be read.
    #[error("{}: cannot be read", path.display())]
    Local {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The background thread cannot be started.
    #[error("the thread for storage cannot be started")]
    Thread {
        /// Why.
        source: io::Error,
    },
    /// The background thread is gone.
    #[error("{url}: the thread for storage has ended")]
    Stopped {
        /// What was done last.
        url: String,
    },
}

impl StorageError {
    /// The storage error within `error`, if that is what it is.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// What the user can do about it, for the `help:` line.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::Url { .. } => "write s3://bucket/folder, or the same with gs:// or az://",
            Self::Glob { .. } => {
                "* stands for anything inside one name, ** for folders too; quote the pattern"
            }
            Self::Nothing { .. } | Self::NotFound { .. } => {
                "look at the name's upper and lower case and at the endpoint (AWS_ENDPOINT_URL)"
            }
            Self::Setup { .. } => {
                "set the service's variables: AWS_REGION, AWS_ENDPOINT_URL; AZURE_STORAGE_ACCOUNT_NAME; GOOGLE_SERVICE_ACCOUNT"
            }
            Self::Denied { url, .. } if url.starts_with("s3") => {
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SKIP_SIGNATURE=true for a public bucket"
            }
            Self::Denied { url, .. } if url.starts_with("gs") => {
                "set GOOGLE_SERVICE_ACCOUNT to a key file, or GOOGLE_SKIP_SIGNATURE=true for a public bucket"
            }
            Self::Denied { url, .. } if url.starts_with('a') => {
                "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or AZURE_SKIP_SIGNATURE=true"
            }
            Self::Denied { .. } => "ask for a new link; a signed one holds for some time only",
            Self::Changed { .. } => "run again when nothing writes there, or read a copy",
            Self::Failed { source, .. } if refuses_http(source) => {
                "set AWS_ALLOW_HTTP=true if the endpoint is meant to be without encryption"
            }
            Self::Failed { .. } | Self::Short { .. } => {
                "look at the connection and the endpoint; raise the number of attempts if the service is busy"
            }
            Self::NotWritable { .. } => "write to s3://, gs:// or az://",
            Self::Local { .. } | Self::Thread { .. } | Self::Stopped { .. } => return None,
        };
        Some(help.to_owned())
    }

    /// Why, in kebab-case, as rows of rejects have it.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Nothing { .. } | Self::NotFound { .. } => "gone",
            Self::Denied { .. } => "permission-denied",
            Self::Changed { .. } => "changed",
            Self::Short { .. } => "truncated",
            _ => "cannot-be-read",
        }
    }

    /// What the service's answer means for `url`.
    fn of_store(url: &str, doing: &'static str, at: u64, error: object_store::Error) -> Self {
        use object_store::Error as E;
        let url = shown(url);
        let source = Box::new(error);
        match (&*source, status(&source)) {
            (E::NotFound { .. }, _) | (_, Some("404")) => Self::NotFound { url, source },
            (E::PermissionDenied { .. } | E::Unauthenticated { .. }, _)
            | (_, Some("401" | "403")) => Self::Denied { url, source },
            (E::Precondition { .. }, _) => Self::Changed { url, at },
            _ => Self::Failed {
                url,
                doing,
                at,
                source,
            },
        }
    }
}

/// All that the error says of its causes, from the outside in.
fn causes(error: &object_store::Error) -> impl Iterator<Item = String> {
    let first: &dyn std::error::Error = error;
    std::iter::successors(Some(first), |e| e.source()).map(ToString::to_string)
}

/// The status the server answered with. Where objects are listed, the client has it only in words.
fn status(error: &object_store::Error) -> Option<&'static str> {
    let text = causes(error).find_map(|text| {
        let (_, behind) = text.split_once("non-2xx status code: ")?;
        Some(behind.to_owned())
    })?;
    ["401", "403", "404"]
        .into_iter()
        .find(|status| text.starts_with(status))
}

/// Whether the client would not speak without encryption, which it says only deep in the chain of causes.
fn refuses_http(error: &object_store::Error) -> bool {
    causes(error).any(|text| text.contains("URL scheme is not allowed"))
}

impl From<StorageError> for io::Error {
    fn from(error: StorageError) -> Self {
        let kind = match &error {
            StorageError::NotFound { .. } | StorageError::Nothing { .. } => io::ErrorKind::NotFound,
            StorageError::Denied { .. } => io::ErrorKind::PermissionDenied,
            StorageError::Local { source, .. } => source.kind(),
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

/// A connection to object storage. Clones share it.
#[derive(Clone)]
pub struct Storage {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Settings,
    runtime: tokio::runtime::Handle,
    /// Clients by what they serve.
    clients: Mutex<BTreeMap<String, Arc<dyn ObjectStore>>>,
    /// Ends the background thread when it is dropped.
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Storage {
    /// Connects to the storage that `url` names, with the default [`Settings`].
    ///
    /// # Errors
    /// When `url` is wrong or the client cannot be set up. Nothing is sent yet.
    pub fn open(url: &str) -> Result<Self, StorageError> {
        Self::open_with(url, Settings::default())
    }

    /// Connects to the storage that `url` names. Other buckets are reached through it too, when they are asked for.
    ///
    /// # Errors
    /// When `url` is wrong or the client cannot be set up. Nothing is sent yet.
    pub fn open_with(url: &str, settings: Settings) -> Result<Self, StorageError> {
        let place = Place::parse(url)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|source| StorageError::Thread { source })?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        // One thread for all streams: a connection that one stream leaves open is used by the next, and has to be driven
        // even while the first one waits for its reader.
        std::thread::Builder::new()
            .name("storage".into())
            .spawn(move || {
                // An error is what dropping the other end gives; nothing is ever sent.
                let _ = runtime.block_on(stopped);
            })
            .map_err(|source| StorageError::Thread { source })?;
        let storage = Self {
            shared: Arc::new(Shared {
                settings,
                runtime: handle,
                clients: Mutex::default(),
                _stop: stop,
            }),
        };
        storage.client(&place)?;
        Ok(storage)
    }

    /// The settings it was opened with.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    fn client(&self, place: &Place) -> Result<Arc<dyn ObjectStore>, StorageError> {
        // Whoever panicked did so between two whole states of the map.
        let mut clients = self
            .shared
            .clients
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&place.root) {
            return Ok(Arc::clone(client));
        }
        let client =
            connect(place, &self.shared.settings).map_err(|source| StorageError::Setup {
                url: shown(&place.root),
                source: Box::new(source),
            })?;
        // Each web address has a client of its own, which is of no use after it has been read.
        if place.service != Service::Http {
            clients.insert(place.root.clone(), Arc::clone(&client));
        }
        Ok(client)
    }

    /// Runs `task` on the background thread and waits for it.
    fn wait<T: Send + 'static>(
        &self,
        url: &str,
        task: impl Future<Output = Result<T, StorageError>> + Send + 'static,
    ) -> Result<T, StorageError> {
        let (done, result) = std::sync::mpsc::sync_channel(1);
        self.shared.runtime.spawn(async move {
            // Nobody waits any more only when this thread is unwinding.
            let _ = done.send(task.await);
        });
        result
            .recv()
            .unwrap_or_else(|_| Err(StorageError::Stopped { url: shown(url) }))
    }
}

/// A client for the bucket or page.
fn connect(place: &Place, settings: &Settings) -> object_store::Result<Arc<dyn ObjectStore>> {
    // reqwest is built without a provider of its own, so that the light one is not joined by the heavy one. An error means
    // that the program has chosen one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let timeout = format!("{} seconds", settings.timeout);
    let options = settings
        .options
        .iter()
        .map(|(key, value)| (key.to_ascii_lowercase(), value));
    Ok(match place.service {
        Service::S3 => {
            let mut builder = AmazonS3Builder::from_env()
                .with_config(
                    object_store::aws::AmazonS3ConfigKey::Client(ClientConfigKey::Timeout),
                    timeout,
                )
                .with_url(&place.root)
                .with_retry(settings.retry());
            for (key, value) in options.filter(|(key, _)| key.starts_with("aws_")) {
                builder = builder.with_config(key.parse()?, value);
            }
            Arc::new(builder.build()?)
        }
        Service::Google => {
            let mut builder = GoogleCloudStorageBuilder::from_env()
                .with_config(
                    object_store::gcp::GoogleConfigKey::Client(ClientConfigKey::Timeout),
                    timeout,
                )
                .with_url(&place.root)
                .with_retry(settings.retry());
            for (key, value) in options.filter(|(key, _)| key.starts_with("google_")) {
                builder = builder.with_config(key.parse()?, value);
            }
            Arc::new(builder.build()?)
        }
        Service::Azure => {
            let mut builder = MicrosoftAzureBuilder::from_env()
                .with_config(
                    object_store::azure::AzureConfigKey::Client(ClientConfigKey::Timeout),
                    timeout,
                )
                .with_url(&place.root)
                .with_retry(settings.retry());
            for (key, value) in options.filter(|(key, _)| key.starts_with("azure_")) {
                builder = builder.with_config(key.parse()?, value);
            }
            Arc::new(builder.build()?)
        }
        Service::Http => {
            // Who writes http:// means it.
            let allow_http = place.root.starts_with("http://").to_string();
            let builder = HttpBuilder::new()
                .with_config(ClientConfigKey::Timeout, timeout)
                .with_config(ClientConfigKey::AllowHttp, allow_http)
                .with_url(&place.root)
                .with_retry(settings.retry());
            Arc::new(builder.build()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_stay_bounded() {
        let settings = Settings::default();
        let waits: Vec<u128> = [1, 2, 3, 9, 40, u32::MAX]
            .map(|tried| settings.wait(tried).as_millis())
            .to_vec();
        assert_eq!(waits, [100, 200, 400, 15_000, 15_000, 15_000]);
    }

    #[test]
    fn streams_may_be_read_on_another_thread() {
        fn is_send<T: Send>() {}
        is_send::<Storage>();
        is_send::<StorageReader>();
    }
}
