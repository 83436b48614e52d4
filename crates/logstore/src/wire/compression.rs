//! Compressed bodies. The declared size bounds the memory before anything is allocated, and must be exact.

use std::io::{Read, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::answer::{Answer, put_header};
use crate::fault::{Fault, codes};
use crate::limits::MAX_GROUP_BYTES;
use crate::request::Head;

/// Level of zstd for answers: they are read once.
const ZSTD_LEVEL: i32 = 1;

/// The ways in which a body can be compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// One raw block, without frame or length.
    Lz4,
    /// One frame.
    Zstd,
    /// With the header and checksum of zlib, whatever the name says.
    Deflate,
}

impl Format {
    fn parse(name: &str) -> Option<Format> {
        match name {
            "lz4" => Some(Format::Lz4),
            "zstd" => Some(Format::Zstd),
            "deflate" => Some(Format::Deflate),
            _ => None,
        }
    }

    /// As headers name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Format::Lz4 => "lz4",
            Format::Zstd => "zstd",
            Format::Deflate => "deflate",
        }
    }

    /// The first one that a reader accepts. Where `gzip` is accepted, too, it is an HTTP library that speaks: its `deflate` and
    /// `zstd` are those of `content-encoding`, and it would not look at the service's own header.
    pub(crate) fn accepted(accept_encoding: &str) -> Option<Format> {
        let names = || accept_encoding.split(',').map(|name| name.split(';').next().unwrap_or_default().trim());
        let is_of_http = names().any(|name| matches!(name, "gzip" | "br"));
        names().find_map(|name| Format::parse(name).filter(|format| *format == Format::Lz4 || !is_of_http))
    }
}

/// The body of a request as it was before compression.
pub(crate) fn raw_body(head: &Head) -> Result<Bytes, Fault> {
    let name = head.header("x-log-compresstype");
    if name.is_empty() {
        // Without compression the declared size says nothing: one official client sends 0 with its bodies.
        return if head.body.len() > MAX_GROUP_BYTES {
            Err(codes::BODY_TOO_LARGE.fault())
        } else {
            Ok(head.body.clone())
        };
    }
    let format = Format::parse(name).ok_or_else(|| codes::INVALID_COMPRESSION.fault())?;
    let declared = match head.header("x-log-bodyrawsize") {
        "" => return Err(codes::MISSING_RAW_SIZE.fault()),
        text => text.parse::<usize>().map_err(|_| codes::INVALID_RAW_SIZE.fault())?,
    };
    if declared > MAX_GROUP_BYTES {
        return Err(codes::BODY_TOO_LARGE.fault());
    }
    let raw = decompress(format, &head.body, declared).filter(|raw| raw.len() == declared);
    raw.map(Bytes::from).ok_or_else(|| codes::BODY_UNCOMPRESS.fault())
}

fn decompress(format: Format, bytes: &[u8], size: usize) -> Option<Vec<u8>> {
    match format {
        Format::Lz4 => {
            let mut raw = vec![0; size];
            let len = lz4_flex::block::decompress_into(bytes, &mut raw).ok()?;
            raw.truncate(len);
            Some(raw)
        }
        Format::Zstd => zstd::bulk::decompress(bytes, size).ok(),
        Format::Deflate => {
            let mut raw = vec![0; size];
            let mut decoder = ZlibDecoder::new(bytes);
            decoder.read_exact(&mut raw).ok()?;
            // Nothing may follow; asking also checks the checksum.
            (decoder.read(&mut [0]).ok()? == 0).then_some(raw)
        }
    }
}

/// Compresses the body of an answer as its reader asked for, and says so: with both headers, or with none.
pub(crate) fn pack(mut answer: Answer, accept_encoding: &str) -> Result<Answer, Fault> {
    let Some(format) = Format::accepted(accept_encoding).filter(|_| !answer.body().is_empty()) else {
        return Ok(answer);
    };
    let raw_size = answer.body().len();
    let packed = compress(format, answer.body()).map_err(|error| Fault::internal(&error))?;
    *answer.body_mut() = packed.into();
    put_header(&mut answer, "x-log-compresstype", format.name());
    put_header(&mut answer, "x-log-bodyrawsize", &raw_size.to_string());
    Ok(answer)
}

/// Compresses the body of an answer.
pub(crate) fn compress(format: Format, raw: &[u8]) -> std::io::Result<Vec<u8>> {
    match format {
        Format::Lz4 => Ok(lz4_flex::block::compress(raw)),
        Format::Zstd => zstd::bulk::compress(raw, ZSTD_LEVEL),
        Format::Deflate => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(raw)?;
            encoder.finish()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FORMATS: [Format; 3] = [Format::Lz4, Format::Zstd, Format::Deflate];

    proptest! {
        #[test]
        fn what_was_compressed_comes_back(raw in proptest::collection::vec(0u8..4, 0..2000)) {
            for format in FORMATS {
                let packed = compress(format, &raw).unwrap();
                prop_assert_eq!(decompress(format, &packed, raw.len()), Some(raw.clone()));
            }
        }

        #[test]
        fn no_bytes_and_no_size_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300), size in 0usize..5000) {
            for format in FORMATS {
                if let Some(raw) = decompress(format, &bytes, size) {
                    prop_assert!(raw.len() <= size);
                }
            }
        }
    }

    #[test]
    fn a_size_that_lies_is_noticed() {
        let raw = vec![7u8; 1_000_000];
        for format in FORMATS {
            let packed = compress(format, &raw).unwrap();
            assert_ne!(decompress(format, &packed, 10).map(|raw| raw.len()), Some(10), "{format:?}");
            assert_ne!(decompress(format, &packed, 1_000_001).map(|raw| raw.len()), Some(1_000_001), "{format:?}");
        }
    }

    #[test]
    fn the_documented_block_is_read() {
        let block = "f1060a440880c28ad80612370a056576656e74122e7b220900f2064e616d65223a2252756e496e7374616e636573222c1b\
                     00f1105257223a225772697465227d2515cd5b071a11616374696f6e747261696c5f3f0027220b1300f01432210a0b5f\
                     5f7061636b5f69645f5f1212303132333435363738394142434445462d31";
        let raw = decompress(Format::Lz4, &hex::decode(block).unwrap(), 137).unwrap();
        assert!(raw.len() == 137 && raw.ends_with(b"0123456789ABCDEF-1"));
    }

    #[test]
    fn readers_say_what_they_take() {
        assert_eq!(Format::accepted("gzip, lz4;q=1"), Some(Format::Lz4));
        assert_eq!(Format::accepted("deflate"), Some(Format::Deflate));
        assert_eq!((Format::accepted(""), Format::accepted("gzip")), (None, None));
        assert_eq!((Format::accepted("gzip, deflate, br, zstd"), Format::accepted("gzip,deflate")), (None, None));
    }

    #[test]
    fn an_answer_is_packed_with_both_headers_or_left_as_it_is() {
        let answer = || Answer::new(Bytes::from_static(b"[]"));
        let packed = pack(answer(), "lz4").unwrap();
        let header = |name: &str| packed.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!((header("x-log-compresstype"), header("x-log-bodyrawsize")), (Some("lz4"), Some("2")));
        assert_eq!(decompress(Format::Lz4, packed.body(), 2).as_deref(), Some(&b"[]"[..]));
        for (answer, accepted) in [(answer(), "gzip, deflate"), (Answer::default(), "lz4")] {
            let same = pack(answer.clone(), accepted).unwrap();
            assert_eq!((same.body(), same.headers().len()), (answer.body(), 0));
        }
    }
}
