use std::io::Cursor;

use super::*;
use crate::corpus::Format;
use crate::corpus::read::Settings;

fn read(bytes: &[u8]) -> (Vec<Result<Raw, Reject>>, u64) {
    let place = Place::for_test(Format::Warc, Settings::default());
    let mut reader = WarcReader::new(place, Box::new(Cursor::new(bytes.to_vec())));
    let all = std::iter::from_fn(|| reader.next()).collect();
    (all, reader.skipped())
}

fn record(kind: &str, id: u32, length: usize, content: &str, block: &str) -> String {
    format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{id}>\r\nwarc-target-uri: https://example.org/{id}\r\nContent-Type: {content}\r\nContent-Length: {length}\r\n\r\n{block}\r\n\r\n"
    )
}

fn conversion(id: u32, text: &str) -> String {
    record("conversion", id, text.len(), "text/plain", text)
}

/// Ids of documents, and reasons of rejects.
fn told(all: &[Result<Raw, Reject>]) -> Vec<String> {
    all.iter()
        .map(|item| match item {
            Ok(Raw {
                body: Body::Record(record),
                ..
            }) => record.id.clone().unwrap_or_default(),
            Ok(_) => "no record".to_owned(),
            Err(reject) => reject.reason.clone(),
        })
        .collect()
}

#[test]
fn answers_are_read_and_what_is_no_document_is_passed_over() {
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=koi8-r\r\n\r\n<html>x</html>";
    let image = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n\u{1}\u{2}";
    let http = "application/http; msgtype=response";
    let file = [
        record("warcinfo", 1, 1, "application/warc-fields", "x"),
        record("request", 2, 3, "application/http", "GET"),
        record("response", 3, page.len(), http, page),
        record("response", 4, image.len(), http, image),
        record("metadata", 5, 0, "text/plain", ""),
        conversion(6, "words"),
    ]
    .concat();
    let (all, skipped) = read(file.as_bytes());
    assert_eq!(told(&all), ["urn:uuid:3", "not-text", "urn:uuid:6"]);
    assert_eq!(skipped, 3);
    let Ok(Raw {
        body: Body::Record(record),
        ..
    }) = &all[0]
    else {
        panic!("{:?}", all[0])
    };
    assert_eq!(record.url.as_deref(), Some("https://example.org/3"));
    let Content::Bytes(payload) = &record.content else {
        panic!("{record:?}")
    };
    assert_eq!(payload.bytes, b"<html>x</html>");
    assert_eq!(payload.charset.as_deref(), Some("koi8-r"));
    assert!(payload.page);
}

#[test]
fn a_wrong_length_costs_one_record() {
    for wrong in [0, 2, 12, 60, 300, 100_000] {
        let file = [
            conversion(1, "first"),
            record("conversion", 2, wrong, "text/plain", "a second text"),
            conversion(3, "third"),
            conversion(4, "fourth"),
        ]
        .concat();
        let (all, _) = read(file.as_bytes());
        assert_eq!(
            told(&all),
            ["urn:uuid:1", "bad-length", "urn:uuid:3", "urn:uuid:4"],
            "{wrong}"
        );
        let reject = all[1].as_ref().unwrap_err();
        let begins = conversion(1, "first").len() as u64;
        assert_eq!(reject.offset, begins);
        assert!(
            reject.detail.contains("read on at byte"),
            "{}",
            reject.detail
        );
    }
}

#[test]
fn what_is_no_record_is_named_and_passed() {
    let file = format!(
        "garbage\nmore\n{}WARC/1.0\r\nWARC-Type: conversion\r\n\r\n\r\n\r\n{}",
        conversion(1, "first"),
        conversion(2, "second")
    );
    let (all, _) = read(file.as_bytes());
    assert_eq!(
        told(&all),
        ["not-warc", "urn:uuid:1", "bad-record", "urn:uuid:2"]
    );
    assert_eq!(told(&read(b"no archive at all").0), ["not-warc"]);
    assert!(read(b"").0.is_empty());
}

#[test]
fn a_file_cut_anywhere_gives_the_records_before_the_cut() {
    let file = [conversion(1, "first"), conversion(2, "a second text")].concat();
    let begins = conversion(1, "first").len();
    for cut in 1..file.len() - 4 {
        let (all, _) = read(&file.as_bytes()[..cut]);
        assert!(
            all.iter().filter(|i| i.is_err()).count() <= 1 && all.len() <= 2,
            "{cut}: {all:?}"
        );
        if cut > begins {
            assert_eq!(told(&all)[0], "urn:uuid:1", "{cut}");
            assert!(all[1].is_err(), "{cut}");
        }
    }
}

#[test]
fn large_records_that_are_no_documents_are_passed_without_holding_them() {
    let place = Place::for_test(
        Format::Warc,
        Settings {
            max_document: 10,
            ..Settings::default()
        },
    );
    let much = "x".repeat(3 << 20);
    let file = [
        record("metadata", 1, much.len(), "text/plain", &much),
        record("resource", 2, much.len(), "text/plain", &much),
        conversion(3, "words"),
    ]
    .concat();
    let mut reader = WarcReader::new(place, Box::new(Cursor::new(file.into_bytes())));
    let all: Vec<_> = std::iter::from_fn(|| reader.next()).collect();
    assert_eq!(told(&all), ["too-large", "urn:uuid:3"]);
    assert_eq!(reader.skipped(), 1);
    assert!(reader.source.held.capacity() < 1 << 20);
}
