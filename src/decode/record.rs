//! What the bytes of a document hold beyond its text and encoding, and the way back to them.

use serde::{Deserialize, Serialize};

use super::codec::{Codec, Writer};

/// What [`encode`] needs beside the text and the encoding's name to give back the original bytes.
///
/// Empty ([`is_trivial`](Self::is_trivial)) for a well-formed document without a byte order mark.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ByteRecord {
    /// A byte order mark stood before the text.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bom: bool,
    /// Malformed sequences: the number of the U+FFFD in the text, in scalar values, and the bytes in hexadecimal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub malformed: Vec<(usize, String)>,
    /// Where encoding the text again does not give the same bytes: an encoding may write one text in several ways.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<Patch>,
    /// The whole of the bytes, zstd in hexadecimal, where patches would be as long as the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

/// A stretch of encoded bytes to exchange for the original ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// Offset in the encoded bytes, without byte order mark and before any patch.
    pub at: usize,
    /// Bytes to leave out there.
    pub remove: usize,
    /// What stands there instead, in hexadecimal.
    pub bytes: String,
}

/// Why a text cannot be turned into the bytes it came from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// No encoding of that name.
    #[error("no encoding is called {name:?}")]
    Unknown {
        /// The name as given.
        name: String,
    },
    /// The text is not the one that was read: it holds a character that the encoding lacks.
    #[error("{encoding} cannot write {character:?}")]
    Unmappable {
        /// Name of the encoding.
        encoding: String,
        /// The character.
        character: char,
    },
    /// The record is damaged or belongs to another text.
    #[error("the byte record does not fit the text")]
    Record,
}

impl ByteRecord {
    /// Whether encoding the text is all there is to do.
    pub fn is_trivial(&self) -> bool {
        !self.bom && self.malformed.is_empty() && self.patches.is_empty() && self.raw.is_none()
    }

    /// What must be noted for `text`, read from `bytes` (behind the byte order mark), to lead back to them.
    pub(super) fn make(
        codec: Codec,
        bom: bool,
        bytes: &[u8],
        text: &str,
        malformed: &[(usize, Vec<u8>)],
    ) -> Self {
        let mut record = Self {
            bom,
            ..Self::default()
        };
        if malformed.is_empty() && (codec == Codec::UTF_8 || codec.is_one_to_one()) {
            return record;
        }
        // A hexadecimal row for each bad byte costs more than the compressed document once there are many.
        if malformed.len() > 64 && malformed.len() * 16 > bytes.len() {
            record.raw = Some(pack(bytes));
            return record;
        }
        let (mut at, mut chars) = (0, 0);
        for (place, bad) in malformed {
            chars += text[at..*place].chars().count();
            at = *place;
            record.malformed.push((chars, hex(bad)));
        }
        let mut again = Vec::with_capacity(bytes.len());
        let mut missing = Vec::new();
        let mut writer = codec.encoder();
        writer.most_missing = most_patches(bytes) * 2;
        let written = write(
            &mut writer,
            text,
            &record.malformed,
            &mut again,
            &mut missing,
        );
        if written.is_none() || missing.len() > writer.most_missing {
            record = Self {
                bom,
                raw: Some(pack(bytes)),
                ..Self::default()
            };
            return record;
        }
        if again != bytes {
            match diff(&again, bytes) {
                Some(patches) if covered(&missing, &patches).is_none() => record.patches = patches,
                _ => {
                    record = Self {
                        bom,
                        raw: Some(pack(bytes)),
                        ..Self::default()
                    }
                }
            }
        }
        record
    }
}

/// The bytes that `text` was read from, to the bit.
///
/// `encoding` and `record` are those of the [`Decoded`](super::Decoded) document. `O(n)`.
///
/// # Errors
/// When the encoding is unknown, or text and record do not belong together.
pub fn encode(text: &str, encoding: &str, record: &ByteRecord) -> Result<Vec<u8>, EncodeError> {
    let codec = Codec::for_label(encoding).ok_or_else(|| EncodeError::Unknown {
        name: encoding.to_owned(),
    })?;
    let mut out = if record.bom {
        codec.bom().to_vec()
    } else {
        Vec::new()
    };
    if let Some(raw) = &record.raw {
        out.extend(unpack(raw).ok_or(EncodeError::Record)?);
        return Ok(out);
    }
    let mut body = Vec::with_capacity(text.len());
    let mut missing = Vec::new();
    write(
        &mut codec.encoder(),
        text,
        &record.malformed,
        &mut body,
        &mut missing,
    )
    .ok_or(EncodeError::Record)?;
    if let Some(character) = covered(&missing, &record.patches) {
        return Err(EncodeError::Unmappable {
            encoding: codec.name(),
            character,
        });
    }
    let mut at = 0;
    for patch in &record.patches {
        let kept = body.get(at..patch.at).ok_or(EncodeError::Record)?;
        out.extend_from_slice(kept);
        out.extend(unhex(&patch.bytes).ok_or(EncodeError::Record)?);
        at = patch
            .at
            .checked_add(patch.remove)
            .ok_or(EncodeError::Record)?;
    }
    out.extend_from_slice(body.get(at..).ok_or(EncodeError::Record)?);
    Ok(out)
}

/// Encodes `text`, putting the malformed bytes where their U+FFFD stand; `None` when no U+FFFD stands there.
fn write(
    writer: &mut Writer,
    text: &str,
    malformed: &[(usize, String)],
    out: &mut Vec<u8>,
    missing: &mut Vec<(usize, char)>,
) -> Option<()> {
    let (mut at, mut chars) = (0, 0);
    for (place, bad) in malformed {
        let skip = place.checked_sub(chars)?;
        let rest = text.get(at..)?;
        let (i, c) = rest.char_indices().nth(skip)?;
        if c != '\u{FFFD}' {
            return None;
        }
        writer.write(&rest[..i], false, out, missing);
        out.extend(unhex(bad)?);
        at += i + c.len_utf8();
        chars = place + 1;
    }
    writer.write(text.get(at..)?, true, out, missing);
    Some(())
}

/// The first missing character that no patch takes out.
fn covered(missing: &[(usize, char)], patches: &[Patch]) -> Option<char> {
    missing
        .iter()
        .find(|(at, _)| {
            // Patches are sorted and disjoint.
            let next = patches.partition_point(|p| p.at <= *at);
            next.checked_sub(1)
                .is_none_or(|i| *at >= patches[i].at.saturating_add(patches[i].remove))
        })
        .map(|m| m.1)
}

/// Bytes that must agree behind a difference before the two sides count as in step again.
const IN_STEP: usize = 6;
/// Longest stretch that one patch takes out or puts in.
const REACH: usize = 24;

/// The patches that turn `from` into `to`, or `None` when they would not be shorter than `to` itself.
///
/// Greedy: walks both until they differ and looks for the nearest place where they agree again. Linear, as each
/// difference costs at most `REACH² · IN_STEP` and their number is bounded.
fn diff(from: &[u8], to: &[u8]) -> Option<Vec<Patch>> {
    let mut patches: Vec<Patch> = Vec::new();
    let most = most_patches(to);
    let (mut i, mut j) = (0, 0);
    while i < from.len() || j < to.len() {
        if i < from.len() && j < to.len() && from[i] == to[j] {
            i += 1;
            j += 1;
            continue;
        }
        let (a, b) = meet(&from[i..], &to[j..])?;
        if patches.len() >= most {
            return None;
        }
        patches.push(Patch {
            at: i,
            remove: a,
            bytes: hex(&to[j..j + b]),
        });
        i += a;
        j += b;
    }
    Some(patches)
}

/// Patches from which the whole document is kept instead.
fn most_patches(bytes: &[u8]) -> usize {
    bytes.len() / 64 + 8
}

/// How far to go in either until they agree again, the shortest way first.
fn meet(from: &[u8], to: &[u8]) -> Option<(usize, usize)> {
    for sum in 1..=2 * REACH {
        for a in sum.saturating_sub(REACH)..=sum.min(REACH) {
            let b = sum - a;
            if a > from.len() || b > to.len() {
                continue;
            }
            let (x, y) = (&from[a..], &to[b..]);
            let n = IN_STEP.min(x.len()).min(y.len());
            if x.first() != y.first() {
                continue;
            }
            let ends = x.len().min(y.len()) < IN_STEP && x.len() != y.len();
            if x[..n] == y[..n] && !ends {
                return Some((a, b));
            }
        }
    }
    None
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for b in bytes {
        out.push(DIGITS[usize::from(b >> 4)] as char);
        out.push(DIGITS[usize::from(b & 15)] as char);
    }
    out
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| (b as char).to_digit(16);
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    bytes
        .chunks_exact(2)
        .map(|p| Some((digit(p[0])? * 16 + digit(p[1])?) as u8))
        .collect()
}

fn pack(bytes: &[u8]) -> String {
    // Compressing into memory fails only when memory does; the plain bytes are as good then.
    match zstd::bulk::compress(bytes, 3) {
        Ok(packed) => format!("z{}", hex(&packed)),
        Err(_) => format!("p{}", hex(bytes)),
    }
}

fn unpack(text: &str) -> Option<Vec<u8>> {
    if let Some(plain) = text.strip_prefix('p') {
        return unhex(plain);
    }
    zstd::stream::decode_all(unhex(text.strip_prefix('z')?)?.as_slice()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_turn_one_side_into_the_other() {
        let from = b"the quick brown fox jumps over the lazy dog again and again";
        let to = b"the quack brown fox leaps over a lazy dog again and again!";
        let patches = diff(from, to).unwrap();
        assert!(patches.len() >= 3);
        let mut out = Vec::new();
        let mut at = 0;
        for p in &patches {
            out.extend_from_slice(&from[at..p.at]);
            out.extend(unhex(&p.bytes).unwrap());
            at = p.at + p.remove;
        }
        out.extend_from_slice(&from[at..]);
        assert_eq!(out, to);
    }

    #[test]
    fn a_foreign_text_is_refused() {
        let record = ByteRecord {
            malformed: vec![(1, "ff".into())],
            ..ByteRecord::default()
        };
        assert!(matches!(
            encode("abc", "utf-8", &record),
            Err(EncodeError::Record)
        ));
        assert_eq!(encode("a\u{FFFD}c", "utf-8", &record).unwrap(), b"a\xFFc");
        let none = ByteRecord::default();
        assert!(matches!(
            encode("漢", "windows-1252", &none),
            Err(EncodeError::Unmappable { .. })
        ));
        assert!(matches!(
            encode("a", "no-such", &none),
            Err(EncodeError::Unknown { .. })
        ));
    }
}
