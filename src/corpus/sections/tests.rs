use std::fmt::Write as _;
use std::io::Read as _;

use super::*;
use crate::corpus::compression::Limits;

const KINDS: [Packing; 7] = [
    Packing::Stretches(Compression::None),
    Packing::Stretches(Compression::Zstd),
    Packing::Stretches(Compression::Gzip),
    Packing::Stretches(Compression::Bzip2),
    Packing::Stretches(Compression::Xz),
    Packing::Stretches(Compression::Lz4),
    Packing::Records,
];

/// Records of all lengths, whose words come again near and far.
fn records(bytes: usize, mut seed: u64) -> Vec<Vec<u8>> {
    let mut next = move || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        seed >> 40
    };
    let mut records = Vec::new();
    let mut left = bytes;
    while left > 0 {
        let mut record = String::new();
        for _ in 0..=next() % 400 {
            write!(record, "{:x} ", next() % 5000).unwrap();
        }
        record += "\n";
        record.truncate(left);
        left -= record.len();
        records.push(record.into_bytes());
    }
    records
}

/// Stretches between cuts: none, short ones, whole blocks and jobs, and a byte more or less.
fn stretches(packing: Packing) -> Vec<Vec<Vec<u8>>> {
    const MB: usize = 1 << 20;
    let sizes: &[usize] = if packing == Packing::Stretches(Compression::Zstd) {
        &[
            0,
            1,
            0,
            300_000,
            2 * MB,
            2 * MB + 1,
            MB - 1,
            5_000_000,
            7,
            900_000,
            0,
        ]
    } else {
        &[0, 1, 0, 300_000, MB, MB + 1, 7, 900_000, 0]
    };
    sizes
        .iter()
        .copied()
        .zip(1..)
        .map(|(bytes, seed)| records(bytes, seed))
        .collect()
}

fn on<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(work)
}

fn create(dir: &tempfile::TempDir) -> File {
    let path = dir.path().join("file");
    File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .unwrap()
}

fn open(dir: &tempfile::TempDir) -> File {
    let path = dir.path().join("file");
    File::options().read(true).write(true).open(path).unwrap()
}

fn bytes(dir: &tempfile::TempDir) -> Vec<u8> {
    std::fs::read(dir.path().join("file")).unwrap()
}

fn write(packing: Packing, threads: usize) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    on(threads, || {
        let mut file = Sections::start(create(&dir), packing).unwrap();
        for stretch in stretches(packing) {
            for record in stretch {
                file.put(&record).unwrap();
            }
            file.cut().unwrap();
        }
        file.finish().unwrap();
    });
    bytes(&dir)
}

fn unpacked(packing: Packing, packed: &[u8]) -> Vec<u8> {
    let kind = match packing {
        Packing::Stretches(kind) => kind,
        Packing::Records => Compression::Gzip,
    };
    let mut text = Vec::new();
    let mut reader = kind.reader_within(packed, Limits::NONE).unwrap();
    reader.read_to_end(&mut text).unwrap();
    text
}

#[test]
fn bytes_do_not_depend_on_threads_and_unpack_to_what_was_put() {
    for packing in KINDS {
        let text = stretches(packing).concat().concat();
        let one = write(packing, 1);
        assert!(unpacked(packing, &one) == text, "{packing:?}");
        for threads in [2, 4] {
            assert!(write(packing, threads) == one, "{packing:?}, {threads}");
        }
    }
}

#[test]
fn a_file_that_is_gone_on_with_ends_with_the_same_bytes() {
    for packing in KINDS {
        let whole = write(packing, 2);
        let stretches = stretches(packing);
        let dir = tempfile::tempdir().unwrap();
        create(&dir);
        let mut place = Place::default();
        for (i, stretch) in stretches.iter().enumerate() {
            // Killed behind each cut, with a part of what would have come, which is cut off.
            let threads = i % 3 + 1;
            place = on(threads, || {
                let mut file = Sections::again(open(&dir), packing, place).unwrap();
                for record in stretch {
                    file.put(record).unwrap();
                }
                let cut = file.cut().unwrap();
                for record in records(400_000, 99) {
                    file.put(&record).unwrap();
                }
                while cut.place().is_none() {
                    // A pool of one thread packs only while that has nothing else to do.
                    rayon::yield_now();
                    file.settle().unwrap();
                }
                cut.place().unwrap()
            });
            let saved = serde_json::to_string(&Cut::from(place)).unwrap();
            let read: Cut = serde_json::from_str(&saved).unwrap();
            assert_eq!(read.place(), Some(place));
        }
        on(2, || {
            let file = Sections::again(open(&dir), packing, place).unwrap();
            file.finish().unwrap();
        });
        assert!(bytes(&dir) == whole, "{packing:?}");
    }
}

#[test]
fn of_zstandard_the_first_frame_is_all() {
    let zstd = Packing::Stretches(Compression::Zstd);
    let packed = write(zstd, 2);
    let mut text = Vec::new();
    let decoder = zstd::Decoder::new(&packed[..]).unwrap();
    decoder.single_frame().read_to_end(&mut text).unwrap();
    assert!(text == stretches(zstd).concat().concat());
}

#[test]
fn of_web_archives_each_record_is_a_member() {
    let packed = write(Packing::Records, 2);
    let mut rest = &packed[..];
    for record in stretches(Packing::Records).concat() {
        let mut text = Vec::new();
        let mut member = flate2::bufread::GzDecoder::new(rest);
        member.read_to_end(&mut text).unwrap();
        assert!(text == record);
        rest = member.into_inner();
    }
    assert!(rest.is_empty());
}

#[test]
fn nothing_is_a_packed_file_too() {
    for packing in KINDS {
        let dir = tempfile::tempdir().unwrap();
        for cut in [false, true] {
            let mut file = Sections::start(create(&dir), packing).unwrap();
            if cut {
                file.cut().unwrap();
            }
            file.finish().unwrap();
            // No records are no members.
            let none = [Packing::Stretches(Compression::None), Packing::Records];
            if none.contains(&packing) {
                assert!(bytes(&dir).is_empty());
            } else {
                assert!(unpacked(packing, &bytes(&dir)).is_empty(), "{packing:?}");
                assert!(!bytes(&dir).is_empty());
            }
        }
    }
}

#[test]
fn what_is_not_as_it_was_is_not_gone_on_with() {
    for packing in KINDS {
        let dir = tempfile::tempdir().unwrap();
        let mut file = Sections::start(create(&dir), packing).unwrap();
        for record in records(100_000, 1) {
            file.put(&record).unwrap();
        }
        let cut = file.cut().unwrap();
        file.finish().unwrap();
        let place = cut.place().unwrap();
        assert!(Sections::again(open(&dir), packing, place).is_ok());
        if packing == Packing::Stretches(Compression::Zstd) {
            let packed = bytes(&dir);
            for at in [2, packed.len() / 2, packed.len() - 9] {
                let mut other = packed.clone();
                other[at] ^= 0x10;
                std::fs::write(dir.path().join("file"), other).unwrap();
                assert!(Sections::again(open(&dir), packing, place).is_err(), "{at}");
            }
            std::fs::write(dir.path().join("file"), packed).unwrap();
        }
        open(&dir).set_len(place.length - 1).unwrap();
        assert!(Sections::again(open(&dir), packing, place).is_err());
    }
}
