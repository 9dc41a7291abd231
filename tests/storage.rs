//! Object storage against a real S3 server on loopback, through a proxy that fails as networks do.
//!
//! Needs a Python that has what `tests/storage/requirements.txt` lists: `LIMPID_STORAGE_PYTHON`, or the one in
//! `target/storage`.

#![cfg(feature = "cloud")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use limpid::corpus::storage::{Object, Settings, Storage, StorageError};

/// The server and its proxy, ended when this is dropped.
struct Server {
    child: Child,
    clean: String,
    faulty: String,
}

impl Server {
    fn start(every: u32, kinds: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = std::env::var_os("LIMPID_STORAGE_PYTHON")
            .map_or_else(|| root.join("target/storage/bin/python"), PathBuf::from);
        let mut child = Command::new(&python)
            .arg(root.join("tests/storage/server.py"))
            .args(["--every", &every.to_string(), "--kinds", kinds])
            // moto signs nothing and asks nobody, but its client library looks for these.
            .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| {
                panic!(
                    "{} ({e}): install tests/storage/requirements.txt there, or name a Python with LIMPID_STORAGE_PYTHON",
                    python.display()
                )
            });
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped above");
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let mut words = line.split_whitespace();
        assert_eq!(words.next(), Some("ready"), "the server did not start");
        let (clean, faulty) = (words.next().unwrap(), words.next().unwrap());
        Self {
            clean: clean.into(),
            faulty: faulty.into(),
            child,
        }
    }

    /// The bucket behind the proxy, made anew.
    fn bucket(&self, name: &str, settings: Settings) -> Storage {
        self.make_bucket(name);
        open(&format!("s3://{name}"), &self.faulty, settings)
    }

    /// Buckets are made with a plain request, which moto takes unsigned.
    fn make_bucket(&self, name: &str) {
        let address = self.clean.strip_prefix("http://").unwrap();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        std::io::Write::write_all(
            &mut stream,
            format!("PUT /{name} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(" 200 "), "{answer}");
    }

    /// Requests and faults so far.
    fn count(&self) -> (u64, u64) {
        let storage = Storage::open(&self.faulty).unwrap();
        let answer = all(&storage, &format!("{}/_count", self.faulty)).unwrap();
        let counts: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        let count = |key: &str| counts[key].as_u64().unwrap();
        (count("requests"), count("faults"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with its standard input.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn open(url: &str, endpoint: &str, mut settings: Settings) -> Storage {
    for (key, value) in options(endpoint) {
        settings.options.insert(key.into(), value);
    }
    Storage::open_with(url, settings).unwrap()
}

fn options(endpoint: &str) -> [(&'static str, String); 5] {
    [
        ("AWS_ENDPOINT_URL", endpoint.into()),
        ("AWS_ACCESS_KEY_ID", "test".into()),
        ("AWS_SECRET_ACCESS_KEY", "test".into()),
        ("AWS_REGION", "us-east-1".into()),
        ("AWS_ALLOW_HTTP", "true".into()),
    ]
}

fn quick() -> Settings {
    let mut settings = Settings::default();
    settings.first_wait = 5;
    settings.longest_wait = 50;
    settings
}

/// As `noise` in server.py.
fn noise(size: usize) -> Vec<u8> {
    let mut state = 1u64;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

fn all(storage: &Storage, url: &str) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    storage.read(url)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn put(storage: &Storage, url: &str, bytes: &[u8]) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    assert_eq!(
        storage.upload(file.path(), url).unwrap(),
        bytes.len() as u64
    );
}

fn relatives(objects: &[Object]) -> Vec<&str> {
    objects.iter().map(|o| o.relative.as_str()).collect()
}

#[test]
fn thirty_megabytes_go_there_and_back_through_faults() {
    for kinds in ["busy,cut,drop", "cut"] {
        let server = Server::start(10, kinds);
        let storage = server.bucket("large", quick());
        let bytes = noise(30_000_000);
        put(&storage, "s3://large/d/thirty.bin", &bytes);
        for _ in 0..8 {
            let back = all(&storage, "s3://large/d/thirty.bin").unwrap();
            assert!(back == bytes, "{kinds}");
        }
        let (requests, faults) = server.count();
        assert!(faults >= 3 && requests >= 30, "{faults} of {requests}");
        // The same without the proxy.
        let clean = open("s3://large", &server.clean, quick());
        assert!(all(&clean, "s3://large/d/thirty.bin").unwrap() == bytes);
    }
}

#[test]
fn nearly_every_request_may_fail() {
    let server = Server::start(2, "cut,busy,drop");
    let mut settings = quick();
    settings.range = 100_000;
    let storage = server.bucket("hard", settings);
    let bytes = noise(1_000_001);
    put(&storage, "s3://hard/a", &bytes);
    assert!(all(&storage, "s3://hard/a").unwrap() == bytes);
}

#[test]
fn objects_are_listed_as_folders_globs_and_names() {
    let server = Server::start(10, "busy,cut,drop");
    let storage = server.bucket("lists", quick());
    for key in [
        "crawl/b.jsonl.gz",
        "crawl/a.txt",
        "crawl/deep/er/c.jsonl",
        "crawl/_limpid/documents.jsonl",
        "crawl/a b?.txt",
        "crawled.txt",
    ] {
        put(&storage, &format!("s3://lists/{key}"), key.as_bytes());
    }
    // More than one page of names.
    let clean = open("s3://lists", &server.clean, quick());
    for i in 0..1005 {
        put(&clean, &format!("s3://lists/many/{i:04}"), b"");
    }
    let list = |url: &str| storage.list(url).unwrap();
    let folder = list("s3://lists/crawl");
    assert_eq!(
        relatives(&folder),
        ["a b?.txt", "a.txt", "b.jsonl.gz", "deep/er/c.jsonl"]
    );
    assert_eq!(folder, list("s3://lists/crawl/"));
    assert_eq!(folder[1].url, "s3://lists/crawl/a.txt");
    assert_eq!(folder[1].bytes, 11);
    for object in &folder {
        let key = object.url.strip_prefix("s3://lists/").unwrap();
        assert_eq!(all(&storage, &object.url).unwrap(), key.as_bytes());
    }
    assert_eq!(relatives(&list("s3://lists/crawled.txt")), ["crawled.txt"]);
    assert_eq!(
        relatives(&list("s3://lists/crawl/*.txt")),
        ["a b?.txt", "a.txt"]
    );
    assert_eq!(
        relatives(&list("s3://lists/crawl/**/*.jsonl*")),
        ["b.jsonl.gz", "deep/er/c.jsonl"]
    );
    assert_eq!(list("s3://lists/many").len(), 1005);
    // The one of exactly that name is asked for before it is taken for a pattern.
    assert_eq!(relatives(&list("s3://lists/crawl/a b?.txt")), ["a b?.txt"]);
    assert_eq!(list("s3://lists").len(), 1005 + 5);

    let error = storage.list("s3://lists/no/such").unwrap_err();
    assert!(matches!(error, StorageError::Nothing { .. }), "{error:?}");
    let error = storage.list("s3://lists/no/such*").unwrap_err();
    assert!(matches!(error, StorageError::Nothing { .. }), "{error:?}");
}

#[test]
fn what_cannot_be_read_says_so_with_a_remedy() {
    let server = Server::start(0, "busy");
    let storage = server.bucket("errors", quick());
    let of = |url: &str| {
        let error = all(&storage, url).expect_err("no object");
        let error = StorageError::of(&error).unwrap_or_else(|| panic!("{error:?}"));
        assert!(error.to_string().contains("errors") && error.help().is_some());
        error.reason()
    };
    assert_eq!(of("s3://errors/missing"), "gone");
    assert_eq!(of("s3://errors/locked/a"), "permission-denied");
    let error = storage.list("s3://errors/locked/").unwrap_err();
    assert!(matches!(error, StorageError::Denied { .. }), "{error:?}");
    let error = storage.list("s3://no-such-bucket/").unwrap_err();
    assert!(matches!(error, StorageError::NotFound { .. }), "{error:?}");
    put(&storage, "s3://errors/empty", b"");
    assert_eq!(all(&storage, "s3://errors/empty").unwrap(), b"");

    let file = tempfile::NamedTempFile::new().unwrap();
    for url in ["https://example.org/a", "s3://errors", "s3://errors/d/"] {
        let error = storage.upload(file.path(), url).unwrap_err();
        assert!(
            matches!(error, StorageError::NotWritable { .. }),
            "{error:?}"
        );
    }
    let error = storage
        .upload(Path::new("no/such/file"), "s3://errors/a")
        .unwrap_err();
    assert!(matches!(error, StorageError::Local { .. }), "{error:?}");
    assert!(Storage::open("ftp://errors/a").is_err());
}

#[test]
fn attempts_end() {
    let server = Server::start(1, "busy,cut,drop");
    let mut settings = quick();
    settings.attempts = 3;
    let storage = server.bucket("dead", settings.clone());
    let error = all(&storage, "s3://dead/a").expect_err("all fail");
    let error = StorageError::of(&error).expect("a storage error");
    assert!(
        matches!(error, StorageError::Failed { at: 0, .. }),
        "{error:?}"
    );
    let nobody = open("s3://dead", "http://127.0.0.1:9", settings.clone());
    assert!(nobody.list("s3://dead/").is_err());
    settings
        .options
        .insert("AWS_ALLOW_HTTP".into(), "false".into());
    for (key, value) in options(&server.clean) {
        settings.options.entry(key.into()).or_insert(value);
    }
    let error = Storage::open_with("s3://dead", settings)
        .and_then(|storage| storage.list("s3://dead/"))
        .unwrap_err();
    assert!(
        error.help().unwrap().contains("AWS_ALLOW_HTTP"),
        "{error:?}"
    );
}

#[test]
fn an_object_that_changes_is_never_a_mixture() {
    let server = Server::start(0, "busy");
    let mut settings = quick();
    settings.range = 100_000;
    let storage = server.bucket("moving", settings.clone());
    let url = "s3://moving/a";
    put(&storage, url, &noise(1_000_000));
    let mut reader = storage.read(url).unwrap();
    let mut some = vec![0; 50_000];
    reader.read_exact(&mut some).unwrap();
    put(&storage, url, &vec![b'x'; 1_000_000]);
    let error = reader.read_to_end(&mut some).expect_err("changed");
    let error = StorageError::of(&error).expect("a storage error");
    assert!(matches!(error, StorageError::Changed { .. }), "{error:?}");

    // A server that does not compare tags itself.
    let page = format!("{}/_changing/500000", server.faulty);
    let storage = Storage::open_with(&page, settings).unwrap();
    let error = all(&storage, &page).expect_err("changed");
    let error = StorageError::of(&error).expect("a storage error");
    assert!(
        matches!(error, StorageError::Changed { at: 200_000, .. }),
        "{error:?}"
    );
}

#[test]
fn web_addresses_are_read_with_and_without_ranges() {
    let server = Server::start(0, "busy");
    let mut settings = quick();
    settings.range = 100_000;
    for (path, name) in [
        ("_plain/1000003", "1000003"),
        ("_signed/1000003?key=1", "1000003"),
    ] {
        let url = format!("{}/{path}", server.faulty);
        let storage = Storage::open_with(&url, settings.clone()).unwrap();
        let objects = storage.list(&url).unwrap();
        let object = Object {
            url: url.clone(),
            relative: name.into(),
            bytes: 1_000_003,
        };
        assert_eq!(objects, [object]);
        assert!(all(&storage, &url).unwrap() == noise(1_000_003), "{path}");
    }
    let url = format!("{}/_signed/10?key=wrong", server.faulty);
    let storage = Storage::open_with(&url, settings).unwrap();
    let error = storage.list(&url).unwrap_err();
    assert!(matches!(error, StorageError::Denied { .. }), "{error:?}");
    assert!(!error.to_string().contains("wrong"), "{error}");
}

#[test]
fn many_streams_share_one_connection_and_need_not_be_read_to_their_end() {
    let server = Server::start(10, "busy,cut,drop");
    let mut settings = quick();
    settings.range = 50_000;
    let storage = server.bucket("many", settings);
    let bytes = noise(700_000);
    put(&storage, "s3://many/a", &bytes);
    // Streams that are open and not read must not keep others waiting.
    let mut open: Vec<_> = (0..6)
        .map(|_| {
            let mut reader = storage.read("s3://many/a").unwrap();
            reader.read_exact(&mut [0; 10]).unwrap();
            reader
        })
        .collect();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let (storage, bytes) = (storage.clone(), &bytes);
            scope.spawn(move || assert!(all(&storage, "s3://many/a").unwrap() == *bytes));
        }
    });
    // A reader outlives the storage it came from.
    drop(storage);
    let mut rest = Vec::new();
    open.pop().unwrap().read_to_end(&mut rest).unwrap();
    assert!(rest == bytes[10..]);
}

/// Run by the test below, in a process of its own with the variables set.
#[test]
#[ignore = "needs the variables that the next test sets"]
fn reads_what_the_environment_names() {
    let url = std::env::var("LIMPID_STORAGE_URL").unwrap();
    assert_eq!(all(&Storage::open(&url).unwrap(), &url).unwrap(), b"found");
}

#[test]
fn the_environment_names_endpoint_and_credentials() {
    let server = Server::start(0, "busy");
    let storage = server.bucket("environment", quick());
    put(&storage, "s3://environment/a", b"found");
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "reads_what_the_environment_names"])
        .envs(options(&server.clean))
        .env("LIMPID_STORAGE_URL", "s3://environment/a")
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

/// The command, over a bucket whose requests fail now and then: all of it is read, as if it lay here.
#[test]
fn the_command_reads_a_bucket_through_faults() {
    let server = Server::start(10, "503,cut");
    let storage = server.bucket("crawl", quick());
    let line = |n: u32| {
        format!("{{\"id\":\"r{n}\",\"text\":\"The ferry number {n} came back on Monday.\"}}\n")
    };
    let shard: String = (0..2000).map(line).collect();
    put(&storage, "s3://crawl/day/a.jsonl", shard.as_bytes());
    put(
        &storage,
        "s3://crawl/day/b.txt",
        "Nobody had seen it since the storm.\n".as_bytes(),
    );
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let output = Command::new(env!("CARGO_BIN_EXE_limpid"))
        .args([
            "clean",
            "s3://crawl/day",
            "s3://crawl/none",
            "--stages",
            "decode",
            "--out",
        ])
        .arg(&out)
        .envs(options(&server.faulty))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("s3://crawl/none: no object"), "{told}");
    let output = Command::new(env!("CARGO_BIN_EXE_limpid"))
        .args(["clean", "s3://crawl/day", "--stages", "decode", "--out"])
        .arg(&out)
        .envs(options(&server.faulty))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert_eq!(std::fs::read_to_string(out.join("a.jsonl")).unwrap(), shard);
    assert!(out.join("b.txt").exists());
    let rows = std::fs::read_to_string(out.join("_limpid/documents.jsonl")).unwrap();
    assert!(
        rows.contains("\"source\":\"s3://crawl/day/a.jsonl\""),
        "{rows:.300}"
    );
}
