//! The two digests of every body: MD5 for the ETag, CRC-64 of ECMA-182 in its reflected form for the checksum header.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc_fast::{CrcAlgorithm, checksum_combine};
use md5::{Digest, Md5};

/// Both digests of a stream of bytes.
pub(crate) struct Digests {
    md5: Md5,
    crc64: crc_fast::Digest,
    size: u64,
}

impl Digests {
    pub(crate) fn new() -> Digests {
        Digests { md5: Md5::new(), crc64: crc_fast::Digest::new(CrcAlgorithm::Crc64Xz), size: 0 }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.crc64.update(bytes);
        self.size += bytes.len() as u64;
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn finish(self) -> (Md5Sum, u64) {
        (Md5Sum(self.md5.finalize().into()), self.crc64.finalize())
    }
}

/// An MD5 digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Md5Sum([u8; 16]);

impl Md5Sum {
    pub(crate) fn of(bytes: &[u8]) -> Md5Sum {
        Md5Sum(Md5::digest(bytes).into())
    }

    /// As an ETag has it: upper-case hexadecimal, without quotes.
    pub(crate) fn etag(self) -> String {
        hex::encode_upper(self.0)
    }

    /// As `Content-MD5` has it.
    pub(crate) fn base64(self) -> String {
        STANDARD.encode(self.0)
    }
}

/// The CRC of two pieces joined, without reading them again.
pub(crate) fn combine_crc64(first: u64, second: u64, second_bytes: u64) -> u64 {
    checksum_combine(CrcAlgorithm::Crc64Xz, first, second, second_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_a_known_text() {
        let mut digests = Digests::new();
        digests.update(b"1234");
        digests.update(b"56789");
        assert_eq!(digests.size(), 9);
        let (md5, crc64) = digests.finish();
        assert_eq!(crc64, 0x995D_C9BB_DF19_39FA);
        assert_eq!(md5.etag(), "25F9E794323B453885F5181F1B624D0B");
        assert_eq!(Md5Sum::of(b"").base64(), "1B2M2Y8AsgTpgAmY7PhCfg==");
        let crc = |text: &[u8]| {
            let mut digests = Digests::new();
            digests.update(text);
            digests.finish().1
        };
        assert_eq!(combine_crc64(crc(b"1234"), crc(b"56789"), 5), crc64);
        assert_eq!(combine_crc64(crc(b""), crc(b"123456789"), 9), crc64);
        assert_eq!(combine_crc64(crc64, crc(b""), 0), crc64);
    }
}
