//! Sixty-four bytes at a time: one bit for each, by what it is.
//!
//! Bit `i` of an answer is about byte `i` of the window. Where the processor can take a bit of each byte at once, it does.

/// Bytes in a window.
pub const WINDOW: usize = 64;

/// Bits of the bytes of a window that are ASCII letters or digits.
#[inline]
pub fn words(window: &[u8; WINDOW]) -> u64 {
    bits::words(window)
}

/// Bits of the bytes of a window that are not ASCII.
#[inline]
pub fn wide(window: &[u8; WINDOW]) -> u64 {
    bits::wide(window)
}

/// Bits of the bytes of a window that are `byte`.
#[inline]
pub fn equal(window: &[u8; WINDOW], byte: u8) -> u64 {
    bits::equal(window, byte)
}

/// Bits of the bytes of a window, all 0 or 1, that are 1.
#[inline]
pub fn flags(window: &[u8; WINDOW]) -> u64 {
    bits::flags(window)
}

/// Whether one of a few lines of cache is such a byte: without a way out in between, so that it becomes vector code.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "becomes code for wide registers where it is called from such"
)]
pub fn any(bytes: &[u8], is: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(0, |all, &b| all | u8::from(is(b))) != 0
}

/// Whether `b` is a control byte, but for the end of a line.
#[inline]
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches a loop over bytes becomes vector code"
)]
pub fn is_control(b: u8) -> bool {
    (b < 0x20) & (b != b'\n')
}

/// The same, or beyond ASCII: as numbers with a sign, such bytes are below the blank too.
#[inline]
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches a loop over bytes becomes vector code"
)]
pub fn is_control_or_beyond(b: u8) -> bool {
    ((b as i8) < 0x20) & (b != b'\n')
}

/// Whether the processor has registers of 32 bytes, and the instructions on single bits that came with them: AVX2, BMI1, BMI2,
/// LZCNT and POPCNT. Who compiles a loop for these as well asks this first.
#[cfg(target_arch = "x86_64")]
#[inline]
pub fn has_wide_registers() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt")
}

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "every processor of this kind has SSE2; nothing else is asked of the functions, which touch no memory but what they are given"
)]
mod bits {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
        _mm_set1_epi8, _mm_setzero_si128, _mm_sub_epi8,
    };

    use super::WINDOW;

    /// The top bits of what `f` makes of the bytes.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn gather(window: &[u8; WINDOW], f: impl Fn(__m128i) -> __m128i) -> u64 {
        let (lanes, _) = window.as_chunks::<16>();
        lanes.iter().rev().fold(0, |bits, lane| {
            let lane = u128::from_le_bytes(*lane);
            let lane = _mm_set_epi64x((lane >> 64) as i64, lane as i64);
            bits << 16 | u64::from(_mm_movemask_epi8(f(lane)) as u16)
        })
    }

    /// All bits of the bytes that are `from` or one of the `more` after it.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn within(bytes: __m128i, from: u8, more: u8) -> __m128i {
        let over = _mm_sub_epi8(bytes, _mm_set1_epi8(from as i8));
        _mm_cmpeq_epi8(_mm_min_epu8(over, _mm_set1_epi8(more as i8)), over)
    }

    #[inline]
    pub(super) fn words(window: &[u8; WINDOW]) -> u64 {
        // SAFETY: see the reason above.
        unsafe {
            gather(window, |bytes| {
                let folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
                _mm_or_si128(within(folded, b'a', 25), within(bytes, b'0', 9))
            })
        }
    }

    #[inline]
    pub(super) fn wide(window: &[u8; WINDOW]) -> u64 {
        // SAFETY: see the reason above.
        unsafe { gather(window, |bytes| bytes) }
    }

    #[inline]
    pub(super) fn flags(window: &[u8; WINDOW]) -> u64 {
        // SAFETY: see the reason above.
        unsafe { gather(window, |bytes| _mm_sub_epi8(_mm_setzero_si128(), bytes)) }
    }

    #[inline]
    pub(super) fn equal(window: &[u8; WINDOW], byte: u8) -> u64 {
        // SAFETY: see the reason above.
        unsafe {
            gather(window, |bytes| {
                _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte as i8))
            })
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod bits {
    use super::WINDOW;

    /// Bits of the bytes of which `f` is true.
    #[inline]
    fn gather(window: &[u8; WINDOW], f: impl Fn(u8) -> bool) -> u64 {
        // No branches, so that the first loop becomes vector code; eight bytes then become eight bits at the top.
        let flags = window.map(|b| u8::from(f(b)));
        let (words, _) = flags.as_chunks::<8>();
        words.iter().rev().fold(0, |bits, word| {
            let word = u64::from_le_bytes(*word);
            bits << 8 | word.wrapping_mul(0x0102_0408_1020_4080) >> 56
        })
    }

    #[inline]
    pub(super) fn words(window: &[u8; WINDOW]) -> u64 {
        gather(window, |b| {
            ((b | 0x20).wrapping_sub(b'a') < 26) | (b.wrapping_sub(b'0') < 10)
        })
    }

    #[inline]
    pub(super) fn wide(window: &[u8; WINDOW]) -> u64 {
        gather(window, |b| b >= 0x80)
    }

    #[inline]
    pub(super) fn flags(window: &[u8; WINDOW]) -> u64 {
        gather(window, |b| b != 0)
    }

    #[inline]
    pub(super) fn equal(window: &[u8; WINDOW], byte: u8) -> u64 {
        gather(window, |b| b == byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_has_its_bit() {
        for b in 0..=u8::MAX {
            for at in [0, 7, 15, 16, 40, 63] {
                for around in [b' ', b'x', 0xC3] {
                    let mut window = [around; WINDOW];
                    window[at] = b;
                    let expected = |f: &dyn Fn(u8) -> bool| {
                        (0..WINDOW).fold(0, |bits, i| bits | u64::from(f(window[i])) << i)
                    };
                    assert_eq!(words(&window), expected(&|b| b.is_ascii_alphanumeric()));
                    assert_eq!(wide(&window), expected(&|b| !b.is_ascii()));
                    assert_eq!(equal(&window, b), expected(&|c| c == b));
                    let marked = window.map(|c| u8::from(c == b));
                    assert_eq!(flags(&marked), expected(&|c| c == b));
                }
            }
        }
    }
}
