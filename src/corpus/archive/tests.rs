use std::io::Write;

use super::*;

fn header(name: &str, size: u64, kind: ::tar::EntryType) -> ::tar::Header {
    let mut header = ::tar::Header::new_gnu();
    // Set by hand: the crate itself refuses to write names that lead out.
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(size);
    header.set_mode(0o644);
    header.set_entry_type(kind);
    header.set_cksum();
    header
}

fn block(header: &::tar::Header, bytes: &[u8]) -> Vec<u8> {
    let mut block = header.as_bytes().to_vec();
    block.extend(bytes);
    block.resize(block.len().next_multiple_of(512), 0);
    block
}

fn file(name: &str, bytes: &[u8]) -> Vec<u8> {
    block(
        &header(name, bytes.len() as u64, ::tar::EntryType::Regular),
        bytes,
    )
}

fn end() -> Vec<u8> {
    vec![0; 1024]
}

/// Path and bytes of a member, or its name and the reason why not.
type Item = Result<(String, Vec<u8>), (String, &'static str)>;

/// All of them, and what was passed over.
type Listed = (Vec<Item>, Skipped);

fn list(members: &mut Members) -> Listed {
    let mut listed = Vec::new();
    while let Some(item) = members.next_member() {
        listed.push(match item {
            Ok(mut member) => {
                let (path, name) = (member.path().to_owned(), member.name().to_owned());
                let mut bytes = Vec::new();
                match member.read_to_end(&mut bytes) {
                    Ok(_) => Ok((path, bytes)),
                    Err(e) => {
                        let error = MemberError::of_read(&name, e);
                        assert!(error.help().is_some());
                        Err((name, error.reason()))
                    }
                }
            }
            Err(e) => {
                assert!(!e.to_string().is_empty() && e.help().is_some());
                Err((e.name().unwrap_or_default().to_owned(), e.reason()))
            }
        });
        assert!(listed.len() < 10_000, "no end");
    }
    assert!(members.next_member().is_none());
    (listed, members.skipped())
}

fn tar_within(bytes: &[u8], compression: Compression, limits: Limits) -> Listed {
    let stream = Box::new(io::Cursor::new(bytes.to_vec()));
    list(&mut Members::of_tar(Path::new("a.tar"), stream, compression, limits).unwrap())
}

fn tar_of(bytes: &[u8]) -> Listed {
    tar_within(bytes, Compression::None, Limits::default())
}

fn zip_at(bytes: &[u8]) -> Result<Members, ArchiveError> {
    let file = tempfile::NamedTempFile::with_suffix(".zip").unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    open(file.path(), Limits::default())
}

fn zip_of(bytes: &[u8]) -> Listed {
    list(&mut zip_at(bytes).unwrap())
}

type Options = ::zip::write::SimpleFileOptions;

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, Options::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[expect(clippy::unnecessary_wraps, reason = "one item of a list")]
fn ok(path: &str, bytes: &[u8]) -> Item {
    Ok((path.into(), bytes.into()))
}

fn bad(name: &str, reason: &'static str) -> Item {
    Err((name.into(), reason))
}

#[test]
fn members_may_be_read_on_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<Members>();
    is_send::<Member<'_>>();
}

#[test]
fn names_tell_the_archive() {
    for (name, kind, stem) in [
        ("a.tar", Kind::Tar(Compression::None), "a"),
        ("a.tar.gz", Kind::Tar(Compression::Gzip), "a"),
        ("a.TGZ", Kind::Tar(Compression::Gzip), "a"),
        ("a.tar.lz4", Kind::Tar(Compression::Lz4), "a"),
        ("a.b.zip", Kind::Zip, "a.b"),
    ] {
        assert_eq!(Kind::of_name(name), Some((kind, stem)));
    }
    for name in ["a.gz", ".tar", "tar", "a.zip.gz"] {
        assert_eq!(Kind::of_name(name), None);
    }
}

#[test]
fn every_packing_of_a_tar_is_read_from_a_stream() {
    let archive = [
        block(&header("d/", 0, ::tar::EntryType::Directory), b""),
        file("d/e/a.txt", b"one"),
        file("b.txt", &[7; 5000]),
        file("empty", b""),
        end(),
    ]
    .concat();
    let listed = (
        vec![
            ok("d/e/a.txt", b"one"),
            ok("b.txt", &[7; 5000]),
            ok("empty", b""),
        ],
        Skipped {
            folders: 1,
            ..Skipped::default()
        },
    );
    for kind in [
        Compression::None,
        Compression::Gzip,
        Compression::Zstd,
        Compression::Bzip2,
        Compression::Xz,
        Compression::Lz4,
    ] {
        let mut writer = kind.writer(Vec::new()).unwrap();
        writer.write_all(&archive).unwrap();
        let packed = writer.finish().unwrap();
        assert_eq!(
            tar_within(&packed, kind, Limits::default()),
            listed,
            "{kind:?}"
        );
        // The name lies, the first bytes do not.
        let file = tempfile::NamedTempFile::with_suffix(".zip.txt").unwrap();
        std::fs::write(file.path(), &packed).unwrap();
        assert_eq!(
            list(&mut open(file.path(), Limits::default()).unwrap()),
            listed
        );
    }
}

#[test]
fn members_need_not_be_read_to_their_end() {
    let bytes = [file("a", &[1; 3000]), file("b", b"two"), end()].concat();
    let mut members = Members::of_tar(
        Path::new("-"),
        Box::new(io::Cursor::new(bytes)),
        Compression::None,
        Limits::default(),
    )
    .unwrap();
    let mut some = [0; 10];
    members
        .next_member()
        .unwrap()
        .unwrap()
        .read_exact(&mut some)
        .unwrap();
    assert_eq!(members.next_member().unwrap().unwrap().path(), "b");
}

#[test]
fn no_name_of_a_tar_leads_out() {
    let archive = [
        file("../up.txt", b"1"),
        file("/etc/passwd", b"2"),
        file("a/../../up.txt", b"3"),
        file("C:\\a.txt", b"4"),
        file("a.txt", b"5"),
        end(),
    ]
    .concat();
    assert_eq!(
        tar_of(&archive).0,
        [
            bad("../up.txt", "unsafe-name"),
            ok("etc/passwd", b"2"),
            bad("a/../../up.txt", "unsafe-name"),
            ok("a.txt", b"4"),
            ok("a-2.txt", b"5"),
        ]
    );
}

#[test]
fn links_and_devices_are_passed_over_and_counted() {
    let mut link = header("link", 0, ::tar::EntryType::Symlink);
    link.set_link_name("/etc/passwd").unwrap();
    link.set_cksum();
    let archive = [
        block(&link, b""),
        block(&header("hard", 0, ::tar::EntryType::Link), b""),
        block(&header("null", 0, ::tar::EntryType::Char), b""),
        block(&header("pipe", 0, ::tar::EntryType::Fifo), b""),
        file("link/a.txt", b"1"),
        end(),
    ]
    .concat();
    let skipped = Skipped {
        folders: 0,
        links: 2,
        others: 2,
    };
    assert_eq!(tar_of(&archive), (vec![ok("link/a.txt", b"1")], skipped));
}

#[test]
fn long_names_come_whole() {
    let long = format!("{}/end.txt", "folder/".repeat(40));
    let path = long.replace("//", "/");
    let mut builder = ::tar::Builder::new(Vec::new());
    let mut entry = ::tar::Header::new_gnu();
    entry.set_size(1);
    entry.set_cksum();
    builder.append_data(&mut entry, &long, &b"g"[..]).unwrap();
    let gnu = builder.into_inner().unwrap();
    assert_eq!(tar_of(&gnu).0, [ok(&path, b"g")]);

    let record = |key: &str, value: &str| {
        let rest = format!(" {key}={value}\n");
        let mut length = rest.len() + 1;
        while length != rest.len() + length.to_string().len() {
            length += 1;
        }
        format!("{length}{rest}").into_bytes()
    };
    let global = record("comment", "made by a test");
    let local = [record("path", &long), record("size", "3")].concat();
    let ustar = |name: &str, size: u64, kind| {
        let mut header = ::tar::Header::new_ustar();
        header.set_path(name).unwrap();
        header.set_size(size);
        header.set_entry_type(kind);
        header.set_cksum();
        header
    };
    let pax = [
        block(
            &ustar("g", global.len() as u64, ::tar::EntryType::XGlobalHeader),
            &global,
        ),
        block(
            &ustar("x", local.len() as u64, ::tar::EntryType::XHeader),
            &local,
        ),
        // The size in the PAX record counts, not this one.
        block(&ustar("short", 0, ::tar::EntryType::Regular), b"pax"),
        file("after", b"1"),
        end(),
    ]
    .concat();
    assert_eq!(
        tar_of(&pax),
        (
            vec![ok(&path, b"pax"), ok("after", b"1")],
            Skipped::default()
        )
    );
}

#[test]
fn a_header_as_long_as_memory_is_not_read() {
    let huge = vec![b'x'; 3 << 20];
    let archive = [
        file("a", b"1"),
        block(
            &header(
                "././@LongLink",
                huge.len() as u64,
                ::tar::EntryType::GNULongName,
            ),
            &huge,
        ),
        file("b", b"2"),
        file("c", b"3"),
        end(),
    ]
    .concat();
    assert_eq!(
        tar_of(&archive).0,
        [
            ok("a", b"1"),
            bad("a", "corrupt"),
            ok("b", b"2"),
            ok("c", b"3")
        ]
    );
}

#[test]
fn a_broken_header_costs_its_member_only() {
    let mut archive = [
        file("a", b"1"),
        file("b", &[9; 2000]),
        file("c", b"3"),
        end(),
    ]
    .concat();
    archive[1024 + 20] ^= 1;
    assert_eq!(
        tar_of(&archive).0,
        [ok("a", b"1"), bad("a", "corrupt"), ok("c", b"3")]
    );
}

#[test]
fn a_tar_that_breaks_off_gives_what_it_has() {
    let archive = [file("a", b"1"), file("b", &[9; 2000])].concat();
    for cut in [1025, 1500, 1536, 2000] {
        let (listed, _) = tar_of(&archive[..cut]);
        assert_eq!(listed[0], ok("a", b"1"));
        assert_eq!(listed.len(), 2, "{cut}");
        assert_eq!(listed[1].as_ref().unwrap_err().1, "truncated", "{cut}");
    }
    // Nothing is missing but the end mark, which some programs never write.
    assert_eq!(tar_of(&archive).0, [ok("a", b"1"), ok("b", &[9; 2000])]);
    let mut writer = Compression::Gzip.writer(Vec::new()).unwrap();
    writer.write_all(&archive).unwrap();
    let packed = writer.finish().unwrap();
    let (listed, _) = tar_within(
        &packed[..packed.len() - 4],
        Compression::Gzip,
        Limits::default(),
    );
    assert_eq!(
        listed,
        [ok("a", b"1"), ok("b", &[9; 2000]), bad("b", "truncated")]
    );
}

#[test]
fn archives_one_after_another_are_read_to_the_last() {
    let archive = [file("a", b"1"), end(), file("a", b"2"), end()].concat();
    assert_eq!(tar_of(&archive).0, [ok("a", b"1"), ok("a-2", b"2")]);
}

#[test]
fn a_tar_of_zeros_does_not_go_off() {
    let mut writer = Compression::Zstd.writer(Vec::new()).unwrap();
    writer.write_all(&file("a", b"1")).unwrap();
    writer
        .write_all(header("b", 64 << 20, ::tar::EntryType::Regular).as_bytes())
        .unwrap();
    for _ in 0..64 {
        writer.write_all(&vec![0; 1 << 20]).unwrap();
    }
    let packed = writer.finish().unwrap();
    let limits = Limits::default().with_free(1 << 20);
    let (listed, _) = tar_within(&packed, Compression::Zstd, limits);
    assert_eq!(listed, [ok("a", b"1"), bad("b", "bomb")]);
}

#[test]
fn sparse_members_are_told() {
    let mut sparse = header("s", 0, ::tar::EntryType::GNUSparse);
    sparse.as_gnu_mut().unwrap().set_real_size(0);
    sparse.set_cksum();
    let archive = [block(&sparse, b""), file("a", b"1"), end()].concat();
    assert_eq!(
        tar_of(&archive).0,
        [bad("s", "sparse-member"), ok("a", b"1")]
    );
}

#[test]
fn what_is_no_archive_is_told() {
    let file = tempfile::NamedTempFile::with_suffix(".tar").unwrap();
    for bytes in [&b""[..], b"text", &[b'x'; 2000]] {
        std::fs::write(file.path(), bytes).unwrap();
        let error = open(file.path(), Limits::default()).err().unwrap();
        assert_eq!(error.reason(), "not-an-archive");
        assert!(error.help().is_some());
    }
    assert_eq!(
        open(Path::new("/nowhere/a.tar"), Limits::default())
            .err()
            .unwrap()
            .reason(),
        "cannot-be-read"
    );
    assert_eq!(zip_at(b"no zip").err().unwrap().reason(), "corrupt");
}

#[test]
fn members_of_a_zip_come_whole() {
    let mut writer = ::zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    writer.add_directory("d", Options::default()).unwrap();
    for (i, method) in [
        ::zip::CompressionMethod::Stored,
        ::zip::CompressionMethod::Deflated,
        ::zip::CompressionMethod::Bzip2,
        ::zip::CompressionMethod::Zstd,
    ]
    .into_iter()
    .enumerate()
    {
        let options = Options::default().compression_method(method);
        writer.start_file(format!("d/e/{i}.txt"), options).unwrap();
        writer.write_all(&[b'a'; 3000]).unwrap();
    }
    writer
        .add_symlink("link", "/etc/passwd", Options::default())
        .unwrap();
    let (listed, skipped) = zip_of(&writer.finish().unwrap().into_inner());
    let expected: Vec<_> = (0..4)
        .map(|i| ok(&format!("d/e/{i}.txt"), &[b'a'; 3000]))
        .collect();
    assert_eq!(listed, expected);
    let counted = Skipped {
        folders: 1,
        links: 1,
        others: 0,
    };
    assert_eq!(skipped, counted);
}

#[test]
fn no_name_of_a_zip_leads_out() {
    let archive = zip(&[
        ("../a", b"1"),
        ("/b", b"2"),
        ("c\\..\\..\\d", b"3"),
        ("C:\\e.txt", b"4"),
    ]);
    assert_eq!(
        zip_of(&archive).0,
        [
            bad("../a", "unsafe-name"),
            ok("b", b"2"),
            bad("c\\..\\..\\d", "unsafe-name"),
            ok("e.txt", b"4")
        ]
    );
}

/// Where `what` stands in `bytes`, every time.
fn places(bytes: &[u8], what: &[u8]) -> Vec<usize> {
    (0..bytes.len() - what.len())
        .filter(|i| bytes[*i..].starts_with(what))
        .collect()
}

#[test]
fn members_of_one_name_are_told() {
    let mut archive = zip(&[("a.txt", b"1"), ("b.txt", b"2"), ("c.txt", b"3")]);
    for at in places(&archive, b"b.txt") {
        archive[at] = b'a';
    }
    assert_eq!(
        zip_of(&archive).0,
        [
            bad("a.txt", "duplicate-name"),
            ok("a.txt", b"2"),
            ok("c.txt", b"3")
        ]
    );
    // Different for the archive, the same for us.
    let archive = zip(&[("d/a.txt", b"1"), ("d\\a.txt", b"2")]);
    assert_eq!(
        zip_of(&archive).0,
        [ok("d/a.txt", b"1"), ok("d/a-2.txt", b"2")]
    );
}

#[test]
fn a_member_that_cannot_be_read_costs_itself_only() {
    let whole = zip(&[("a", b"first"), ("b", &[b'b'; 500]), ("c", b"third")]);
    let central = places(&whole, b"PK\x01\x02")[1];
    let local = places(&whole, b"PK\x03\x04")[1];

    let mut encrypted = whole.clone();
    encrypted[central + 8] |= 1;
    encrypted[local + 6] |= 1;
    assert_eq!(zip_of(&encrypted).0[1], bad("b", "encrypted"));

    let mut method = whole.clone();
    method[central + 10] = 97;
    method[local + 8] = 97;
    assert_eq!(zip_of(&method).0[1], bad("b", "unsupported-packing"));

    let mut checksum = whole.clone();
    checksum[central + 16] ^= 1;
    assert_eq!(zip_of(&checksum).0[1], bad("b", "corrupt"));

    let mut size = whole.clone();
    size[central + 24] ^= 1;
    assert_eq!(zip_of(&size).0[1], bad("b", "corrupt"));

    let mut bytes = whole.clone();
    bytes[local + 31 + 3] ^= 0x5a;
    assert_eq!(zip_of(&bytes).0[1], bad("b", "corrupt"));

    for broken in [encrypted, method, checksum, size, bytes] {
        let (listed, _) = zip_of(&broken);
        assert_eq!(
            (&listed[0], &listed[2]),
            (&ok("a", b"first"), &ok("c", b"third"))
        );
    }
}

#[test]
fn members_that_lie_over_each_other_are_not_read() {
    let mut archive = zip(&[("a", b"first"), ("b", b"second"), ("c", b"third")]);
    let central = places(&archive, b"PK\x01\x02");
    let first: [u8; 4] = archive[central[0] + 42..][..4].try_into().unwrap();
    archive[central[1] + 42..][..4].copy_from_slice(&first);
    let (listed, _) = zip_of(&archive);
    assert_eq!(listed[0], ok("a", b"first"));
    assert_eq!(listed[1], bad("b", "overlapping-members"));
    assert_eq!(listed[2], ok("c", b"third"));
}

#[test]
fn a_zip_of_zeros_does_not_go_off() {
    let mut writer = ::zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    let options = Options::default().compression_method(::zip::CompressionMethod::Zstd);
    for name in ["a", "b", "c", "d"] {
        writer.start_file(name, options).unwrap();
        for _ in 0..8 {
            writer.write_all(&vec![0; 1 << 20]).unwrap();
        }
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), writer.finish().unwrap().into_inner()).unwrap();
    // What is free is free once for the archive, not for each member.
    let limits = Limits::default().with_free(20 << 20);
    let (listed, _) = list(&mut open(file.path(), limits).unwrap());
    let reasons: Vec<_> = listed
        .iter()
        .map(|r| r.as_ref().map_or_else(|e| e.1, |_| "ok"))
        .collect();
    assert_eq!(reasons, ["ok", "ok", "bomb", "bomb"]);
}

#[test]
fn a_zip_without_its_end_gives_what_it_has() {
    let whole = zip(&[
        ("a.txt", b"first"),
        ("d/", b""),
        ("b.txt", &[b'b'; 3000]),
        ("c.txt", b"third"),
    ]);
    let second = places(&whole, b"PK\x03\x04")[2];
    for (cut, last) in [(second + 40, "b.txt"), (second + 10, "d/")] {
        let (listed, _) = zip_of(&whole[..cut]);
        assert_eq!(listed[0], ok("a.txt", b"first"), "{cut}");
        assert_eq!(listed.last().unwrap(), &bad(last, "truncated"), "{cut}");
        assert!(listed[1..].iter().all(Result::is_err));
    }
    let directory = places(&whole, b"PK\x01\x02")[0];
    let (listed, _) = zip_of(&whole[..directory]);
    assert_eq!(listed.iter().filter(|r| r.is_ok()).count(), 3);
}

#[test]
fn damaged_archives_never_panic_and_always_end() {
    let tar = [file("a", b"first"), file("d/b", &[5; 700]), end()].concat();
    let zip = zip(&[("a", b"first"), ("d/b", &[b'b'; 300]), ("c", b"third")]);
    let mut state = 3u64;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize
    };
    let file = tempfile::NamedTempFile::with_suffix(".zip").unwrap();
    for whole in [tar, zip] {
        for _ in 0..600 {
            let mut bytes = whole.clone();
            for _ in 0..=next() % 4 {
                let at = next() % bytes.len();
                bytes[at] = [next() as u8, 0, 0xff, b'/'][next() % 4];
            }
            bytes.truncate(bytes.len() - next() % 40);
            std::fs::write(file.path(), &bytes).unwrap();
            let limits = Limits::default().with_free(1 << 20);
            if let Ok(mut members) = open(file.path(), limits) {
                list(&mut members);
            }
        }
    }
}
