//! Numbers of any number of bits, lowest bit first, and two codes for numbers that are mostly small.
//!
//! * Rice code with parameter k: `n >> k` zeros, a one, the lowest k bits of n. Near the best that can be for differences of
//!   sorted numbers that lie anywhere.
//! * Gamma code: with m the bits of n + 1 behind its highest one, m zeros, a one, and those m bits.

/// Bits of a number that can be read at once.
const WINDOW_BITS: usize = 56;

/// Bits that a number needs; none for zero.
pub(crate) fn width_of(number: u64) -> u32 {
    u64::BITS - number.leading_zeros()
}

/// The Rice parameter for the differences of `count` numbers below `bound`. Writer and reader must come to the same.
pub(crate) fn rice_parameter(count: u64, bound: u64) -> u32 {
    // The best is the middle one of the differences: ln 2 times their mean, if the numbers lie anywhere.
    let middle = u128::from(bound) * 7 / 10 / u128::from(count.max(1));
    width_of(u64::try_from(middle).unwrap_or(u64::MAX)).saturating_sub(1)
}

/// Appends bits to bytes.
#[derive(Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that do not fill a byte yet.
    rest: u64,
    rest_bits: u32,
}

impl BitWriter {
    /// The lowest `count` bits of a number.
    pub(crate) fn bits(&mut self, number: u64, count: u32) {
        if count > 32 {
            self.bits(number & 0xFFFF_FFFF, 32);
            return self.bits(number >> 32, count - 32);
        }
        self.rest |= (number & ((1 << count) - 1)) << self.rest_bits;
        self.rest_bits += count;
        while self.rest_bits >= 8 {
            self.bytes.push(self.rest as u8);
            self.rest >>= 8;
            self.rest_bits -= 8;
        }
    }

    /// So many zeros and a one.
    pub(crate) fn unary(&mut self, mut zeros: u64) {
        while zeros >= 32 {
            self.bits(0, 32);
            zeros -= 32;
        }
        self.bits(1 << zeros, zeros as u32 + 1);
    }

    pub(crate) fn rice(&mut self, number: u64, parameter: u32) {
        self.unary(number >> parameter);
        self.bits(number, parameter);
    }

    pub(crate) fn gamma(&mut self, number: u64) {
        let bits = width_of(number + 1) - 1;
        self.unary(u64::from(bits));
        self.bits(number + 1, bits);
    }

    /// The bits that another writer has.
    pub(crate) fn append(&mut self, other: &BitWriter) {
        other.bytes.iter().for_each(|byte| self.bits(u64::from(*byte), 8));
        self.bits(other.rest, other.rest_bits);
    }

    /// Fills the last byte with zeros.
    pub(crate) fn align(&mut self) {
        if self.rest_bits > 0 {
            self.bits(0, 8 - self.rest_bits);
        }
    }

    /// Whole bytes so far.
    pub(crate) fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn bit_len(&self) -> usize {
        self.bytes.len() * 8 + self.rest_bits as usize
    }

    /// All bytes, the last one filled with zeros.
    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        self.align();
        self.bytes
    }
}

/// Takes bits from bytes that may be anything. Every call answers `None` behind the end.
#[derive(Clone)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    /// In bits.
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> BitReader<'a> {
        BitReader { bytes, at: 0 }
    }

    /// At least [`WINDOW_BITS`] next bits; zeros behind the end.
    fn window(&self) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let whole = match rest.first_chunk::<8>() {
            Some(chunk) => u64::from_le_bytes(*chunk),
            None => rest.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)),
        };
        whole >> (self.at % 8)
    }

    pub(crate) fn skip(&mut self, count: usize) -> Option<()> {
        self.at = self.at.checked_add(count).filter(|at| *at <= self.bytes.len() * 8)?;
        Some(())
    }

    /// A number of so many bits, 64 at most.
    pub(crate) fn bits(&mut self, count: u32) -> Option<u64> {
        if count > 32 {
            let low = self.bits(32)?;
            return Some(low | self.bits(count - 32)? << 32);
        }
        let number = self.window() & ((1 << count) - 1);
        self.skip(count as usize)?;
        Some(number)
    }

    pub(crate) fn unary(&mut self) -> Option<u64> {
        let mut zeros = 0;
        loop {
            let found = self.window().trailing_zeros() as usize;
            if found < WINDOW_BITS {
                self.skip(found + 1)?;
                return Some(zeros + found as u64);
            }
            self.skip(WINDOW_BITS)?;
            zeros += WINDOW_BITS as u64;
        }
    }

    pub(crate) fn rice(&mut self, parameter: u32) -> Option<u64> {
        let high = self.unary()?;
        let low = self.bits(parameter)?;
        (high << parameter >> parameter == high).then_some(high << parameter | low)
    }

    pub(crate) fn gamma(&mut self) -> Option<u64> {
        let bits = self.unary().filter(|bits| *bits < 64)?;
        Some((1 << bits | self.bits(bits as u32)?) - 1)
    }

    /// Whether nothing but the zeros of the last byte is left. No code consists of zeros alone.
    pub(crate) fn is_at_end(&self) -> bool {
        self.bytes.len() * 8 - self.at < 8 && self.window() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone)]
    enum Code {
        Bits(u64, u32),
        Rice(u64, u32),
        Gamma(u64),
    }

    fn code() -> impl Strategy<Value = Code> {
        prop_oneof![
            (any::<u64>(), 0u32..=64)
                .prop_map(|(n, bits)| Code::Bits(if bits == 0 { 0 } else { n >> (64 - bits) }, bits)),
            (0u64..5_000, 0u32..12).prop_map(|(n, k)| Code::Rice(n, k)),
            (any::<u32>(), 20u32..34).prop_map(|(n, k)| Code::Rice(u64::from(n) << 4, k)),
            prop_oneof![0u64..300, any::<u32>().prop_map(u64::from), Just(u64::MAX - 1)].prop_map(Code::Gamma),
        ]
    }

    proptest! {
        #[test]
        fn codes_come_back(codes in proptest::collection::vec(code(), 0..60), junk in proptest::collection::vec(any::<u8>(), 0..40)) {
            let (mut writer, mut inner) = (BitWriter::default(), BitWriter::default());
            writer.bits(5, 3);
            let mut bits = 3;
            for code in &codes {
                match *code {
                    Code::Bits(number, count) => inner.bits(number, count),
                    Code::Rice(number, parameter) => inner.rice(number, parameter),
                    Code::Gamma(number) => inner.gamma(number),
                }
            }
            bits += inner.bit_len();
            writer.append(&inner);
            prop_assert_eq!(writer.bit_len(), bits);
            let bytes = writer.into_bytes();
            prop_assert_eq!(bytes.len(), bits.div_ceil(8));
            let mut reader = BitReader::new(&bytes);
            prop_assert_eq!(reader.bits(3), Some(5));
            for code in &codes {
                match *code {
                    Code::Bits(number, count) => prop_assert_eq!(reader.bits(count), Some(number)),
                    Code::Rice(number, parameter) => prop_assert_eq!(reader.rice(parameter), Some(number)),
                    Code::Gamma(number) => prop_assert_eq!(reader.gamma(), Some(number)),
                }
            }
            prop_assert!(reader.is_at_end());
            prop_assert_eq!(reader.gamma(), None);
            // Anything at all is read without a panic.
            let mut reader = BitReader::new(&junk);
            while reader.gamma().is_some() && reader.rice(7).is_some() && reader.bits(3).is_some() {}
        }
    }

    #[test]
    fn parameters_fit_the_mean() {
        assert_eq!(rice_parameter(0, 0), 0);
        assert_eq!(rice_parameter(100, 100), 0);
        assert_eq!(rice_parameter(1, 1_000), 9);
        assert_eq!(rice_parameter(1_000, 1 << 20), 9);
        assert_eq!(rice_parameter(1, u64::MAX), 63);
    }
}
