use super::*;

const PACKED: [Compression; 5] = [
    Compression::Gzip,
    Compression::Zstd,
    Compression::Bzip2,
    Compression::Xz,
    Compression::Lz4,
];

fn pack(kind: Compression, bytes: &[u8]) -> Vec<u8> {
    let mut writer = kind.writer(Vec::new()).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn unpack(kind: Compression, packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut back = Vec::new();
    kind.reader(packed)?.read_to_end(&mut back)?;
    Ok(back)
}

/// Bytes that pack badly, so that a packed file has an inside to cut.
fn noise(count: u32) -> Vec<u8> {
    (0..count)
        .flat_map(|i| format!("{} ", i.wrapping_mul(2_654_435_761)).into_bytes())
        .collect()
}

/// Gives one byte at a time, as a slow pipe may.
struct Dribble<'b>(&'b [u8]);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.0.len().min(buffer.len()).min(1);
        buffer[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

#[test]
fn names_tell_the_packing() {
    assert_eq!(
        Compression::of_name("a.txt.gz"),
        (Compression::Gzip, "a.txt")
    );
    assert_eq!(
        Compression::of_name("a.JSONL.ZST"),
        (Compression::Zstd, "a.JSONL")
    );
    assert_eq!(Compression::of_name("a.bz2"), (Compression::Bzip2, "a"));
    assert_eq!(Compression::of_name("a.Xz"), (Compression::Xz, "a"));
    assert_eq!(Compression::of_name("a.lz4"), (Compression::Lz4, "a"));
    assert_eq!(Compression::of_name(".gz"), (Compression::None, ".gz"));
    assert_eq!(Compression::of_name("é"), (Compression::None, "é"));
    for kind in PACKED {
        let name = format!("a{}", kind.ending());
        assert_eq!(Compression::of_name(&name), (kind, "a"));
    }
}

#[test]
fn first_bytes_tell_the_packing() {
    for kind in PACKED {
        for bytes in [&b""[..], b"some bytes"] {
            let packed = pack(kind, bytes);
            assert_eq!(Compression::of_magic(&packed), kind, "{bytes:?}");
            assert_eq!(
                Compression::of_magic(&packed[..MAGIC_BYTES.min(packed.len())]),
                kind
            );
        }
    }
    for text in [
        &b""[..],
        b"BZh9 is a grade of paper",
        b"\x1f",
        b"PK\x03\x04",
        b"plain",
    ] {
        assert_eq!(Compression::of_magic(text), Compression::None);
    }
}

#[test]
fn packed_bytes_come_back() {
    for kind in PACKED.into_iter().chain([Compression::None]) {
        for bytes in [Vec::new(), b"some bytes".to_vec(), noise(30_000)] {
            assert!(
                unpack(kind, &pack(kind, &bytes)).unwrap() == bytes,
                "{kind:?}"
            );
        }
    }
}

#[test]
fn members_one_after_another_are_one_file() {
    for kind in PACKED {
        let (a, b) = (noise(3000), b"the second member".to_vec());
        let packed = [pack(kind, &a), pack(kind, b""), pack(kind, &b)].concat();
        let both = [a, b].concat();
        assert!(unpack(kind, &packed).unwrap() == both, "{kind:?}");
        let mut slow = Vec::new();
        kind.reader(Dribble(&packed))
            .unwrap()
            .read_to_end(&mut slow)
            .unwrap();
        assert!(slow == both, "{kind:?}");
    }
}

#[test]
fn a_file_cut_anywhere_is_told_from_a_whole_one() {
    for kind in PACKED {
        let packed = pack(kind, &noise(5000));
        // Zstandard takes an empty file for an empty one.
        for cut in (1..packed.len()).step_by(97).chain([packed.len() - 1]) {
            let error = unpack(kind, &packed[..cut]).expect_err("cut");
            assert_eq!(
                error.kind(),
                ErrorKind::UnexpectedEof,
                "{kind:?} at {cut}: {error}"
            );
        }
    }
}

#[test]
fn an_lz4_file_cut_between_blocks_is_told_from_a_whole_one() {
    let mut writer = Compression::Lz4.writer(Vec::new()).unwrap();
    writer.write_all(&noise(300_000)).unwrap();
    let packed = writer.finish().unwrap();
    // Magic, flags, block size and checksum take 7 bytes; each block follows its length.
    let length = u32::from_le_bytes(packed[7..11].try_into().unwrap()) as usize & 0x7fff_ffff;
    let error = unpack(Compression::Lz4, &packed[..11 + length]).expect_err("cut");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn lz4_frames_of_all_settings_follow_one_another() {
    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
    let bytes = noise(20_000);
    let mut packed = Vec::new();
    let mut frames = 0;
    for size in [
        BlockSize::Max64KB,
        BlockSize::Max4MB,
        BlockSize::Max256KB,
        BlockSize::Max64KB,
    ] {
        for mode in [BlockMode::Linked, BlockMode::Independent] {
            let frame = FrameInfo::new()
                .block_size(size)
                .block_mode(mode)
                .block_checksums(frames % 3 == 0)
                .content_checksum(frames % 2 == 0);
            let mut writer = FrameEncoder::with_frame_info(frame, packed);
            writer.write_all(&bytes).unwrap();
            packed = writer.finish().unwrap();
            frames += 1;
        }
    }
    assert!(unpack(Compression::Lz4, &packed).unwrap() == bytes.repeat(frames));
}

#[test]
fn lz4_frames_of_other_data_are_passed_over() {
    let mut packed = pack(Compression::Lz4, b"a");
    packed.extend([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9]);
    packed.extend(pack(Compression::Lz4, b"b"));
    assert_eq!(unpack(Compression::Lz4, &packed).unwrap(), b"ab");
}

#[test]
fn garbage_is_no_packed_file() {
    for kind in PACKED {
        let error = unpack(kind, b"this has never been packed by anything").expect_err("garbage");
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{kind:?}: {error}");
        let mut broken = pack(kind, &noise(5000));
        let middle = broken.len() / 2;
        for byte in &mut broken[middle..middle + 8] {
            *byte ^= 0x55;
        }
        let Err(error) = unpack(kind, &broken) else {
            // Zstandard frames carry no checksum unless they are asked to.
            assert_eq!(kind, Compression::Zstd);
            continue;
        };
        assert!(
            matches!(
                error.kind(),
                ErrorKind::InvalidData | ErrorKind::UnexpectedEof
            ),
            "{kind:?}: {error}"
        );
    }
}

#[test]
fn damaged_files_never_panic() {
    let mut state = 7u64;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize
    };
    for kind in PACKED {
        let whole = pack(kind, &noise(300));
        for _ in 0..400 {
            let mut bytes = whole.clone();
            for _ in 0..=next() % 4 {
                let at = next() % bytes.len();
                bytes[at] = next() as u8;
            }
            bytes.truncate(bytes.len() - next() % 20);
            let limits = Limits::default().with_unpacked(1 << 20);
            if let Ok(mut reader) = kind.reader_within(&bytes[..], limits) {
                let _ = reader.read_to_end(&mut Vec::new());
                let _ = reader.read(&mut [0; 10]);
            }
        }
    }
}

#[test]
fn bombs_do_not_go_off() {
    let limits = Limits::default().with_free(1 << 20).with_ratio(50);
    for kind in PACKED {
        let mut writer = kind.writer(Vec::new()).unwrap();
        let block = vec![0; 1 << 20];
        for _ in 0..8 {
            writer.write_all(&block).unwrap();
        }
        let packed = writer.finish().unwrap();
        let mut reader = kind.reader_within(&packed[..], limits).unwrap();
        let mut given = 0;
        let mut buffer = vec![0; 1 << 16];
        let error = loop {
            match reader.read(&mut buffer) {
                Ok(0) => panic!("{kind:?}: {given} bytes of {} went through", packed.len()),
                Ok(n) => given += n,
                Err(e) => break e,
            }
        };
        let why = UnpackError::of(&error).expect("an unpacking error");
        assert_eq!(
            (why.reason(), error.kind()),
            ("bomb", ErrorKind::FileTooLarge)
        );
        assert!(given < 8 << 20, "{kind:?}");
    }
}

#[test]
fn sizes_are_limited_where_asked() {
    for kind in PACKED {
        let packed = pack(kind, &noise(1000));
        let mut reader = kind
            .reader_within(&packed[..], Limits::default().with_unpacked(100))
            .unwrap();
        let error = reader.read_to_end(&mut Vec::new()).expect_err("large");
        assert_eq!(
            UnpackError::of(&error),
            Some(&UnpackError::TooLarge { limit: 100 })
        );
    }
}

#[test]
fn an_xz_file_that_asks_for_much_memory_is_refused() {
    let mut options = lzma_rust2::XzOptions::with_preset(0);
    options.lzma_options.dict_size = 1 << 20;
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(b"small").unwrap();
    let mut packed = writer.finish().unwrap();
    // Block header after the 12 bytes of the stream's: size, flags, filter, length of its properties, dictionary.
    assert_eq!(packed[12..16], [2, 0, 0x21, 1]);
    packed[16] = 40;
    let crc = crc32(&packed[12..20]);
    packed[20..24].copy_from_slice(&crc.to_le_bytes());
    let error = unpack(Compression::Xz, &packed).expect_err("4 GiB of dictionary");
    assert_eq!(
        UnpackError::of(&error),
        Some(&UnpackError::Memory { limit: XZ_MEMORY }),
        "{error}"
    );
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[test]
fn errors_of_the_file_itself_pass_through() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::new(ErrorKind::PermissionDenied, "no"))
        }
    }
    for kind in PACKED {
        let error = kind
            .reader(Broken)
            .and_then(|mut r| r.read(&mut [0; 10]))
            .expect_err("broken");
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{kind:?}");
    }
}
