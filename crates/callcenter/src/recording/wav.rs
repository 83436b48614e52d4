//! What a WAV file says of itself, and its mono mix.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom};
use std::path::Path;

/// Chunks that are passed over before giving up: honest files have a handful.
const MAX_CHUNKS: usize = 64;

/// What is needed of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wav {
    pub(super) channels: u16,
    /// Whole seconds, rounded up: a recording of half a second is not empty.
    pub(super) duration_s: i64,
}

/// Reads the header, of any encoding; `None` if it is no WAV file of one or two channels. A file whose header was not
/// brought up to date, as after a crash, counts as long as it is.
pub(super) fn inspect(file: &mut File) -> io::Result<Option<Wav>> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(0))?;
    match read_chunks(&mut BufReader::new(file), length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        outcome => outcome,
    }
}

fn read_chunks(reader: &mut (impl Read + Seek), length: u64) -> io::Result<Option<Wav>> {
    let mut riff = [0_u8; 12];
    reader.read_exact(&mut riff)?;
    if &riff[..4] != b"RIFF" || &riff[8..] != b"WAVE" {
        return Ok(None);
    }
    let mut format = None;
    for _ in 0..MAX_CHUNKS {
        let mut head = [0_u8; 8];
        reader.read_exact(&mut head)?;
        let size = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        let start = reader.stream_position()?;
        match &head[..4] {
            b"fmt " if size >= 16 => {
                let mut fields = [0_u8; 16];
                reader.read_exact(&mut fields)?;
                let channels = u16::from_le_bytes([fields[2], fields[3]]);
                let bytes_per_s = u32::from_le_bytes([fields[8], fields[9], fields[10], fields[11]]);
                format = Some((channels, u64::from(bytes_per_s)));
            }
            b"data" => {
                let Some((channels @ 1..=2, bytes_per_s @ 1..)) = format else { return Ok(None) };
                let there = length.saturating_sub(start);
                let bytes = if size == 0 { there } else { size.min(there) };
                let duration_s = i64::try_from(bytes.div_ceil(bytes_per_s)).unwrap_or(i64::MAX);
                return Ok(Some(Wav { channels, duration_s }));
            }
            _ => {}
        }
        reader.seek(SeekFrom::Start(start + size + size % 2))?;
    }
    Ok(None)
}

/// Writes the mono mix of a file with two channels of 16-bit PCM; `false` for other encodings.
pub(super) fn mix(source: &Path, target: &Path) -> io::Result<bool> {
    let Ok(mut reader) = hound::WavReader::open(source) else { return Ok(false) };
    let stereo = reader.spec();
    if (stereo.channels, stereo.bits_per_sample, stereo.sample_format) != (2, 16, hound::SampleFormat::Int) {
        return Ok(false);
    }
    let mono = hound::WavSpec { channels: 1, ..stereo };
    let writer = BufWriter::new(File::create(target)?);
    let mut writer = hound::WavWriter::new(writer, mono).map_err(io::Error::other)?;
    let mut samples = reader.samples::<i16>();
    // What does not make a whole frame at the end of a cut file is left out.
    while let (Some(Ok(left)), Some(Ok(right))) = (samples.next(), samples.next()) {
        let mixed = i16::midpoint(left, right);
        writer.write_sample(mixed).map_err(io::Error::other)?;
    }
    writer.finalize().map_err(io::Error::other)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Option<Wav> {
        let length = bytes.len() as u64;
        read_chunks(&mut io::Cursor::new(bytes), length).ok().flatten()
    }

    #[test]
    fn a_header_of_a_law_with_a_fact_chunk() {
        let mut bytes = b"RIFF\x00\x00\x00\x00WAVEfmt \x12\x00\x00\x00\x06\x00\x02\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x08\x00\x00\x00fact\x04\x00\x00\x00\x00\x00\x00\x00data\x00\x00\x00\x00".to_vec();
        bytes.resize(bytes.len() + 16_001, 0x55);
        assert_eq!(read(&bytes), Some(Wav { channels: 2, duration_s: 2 }));
        assert_eq!(read(b"RIFF"), None);
        assert_eq!(read(&[0; 100]), None);
    }

    #[test]
    fn a_mix_has_one_channel_of_the_same_length() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (stereo, mono) = (folder.path().join("stereo.wav"), folder.path().join("mono.wav"));
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&stereo, spec).expect("a file");
        for sample in [100_i16, 200, -32_768, -32_768, 32_767, 32_767] {
            writer.write_sample(sample).expect("written");
        }
        writer.finalize().expect("finished");
        assert!(mix(&stereo, &mono).expect("mixed"));
        let mixed: Vec<i16> =
            hound::WavReader::open(&mono).expect("a WAV").samples().map(|s| s.expect("a sample")).collect();
        assert_eq!(mixed, [150, -32_768, 32_767]);
        assert!(!mix(&mono, &folder.path().join("again.wav")).expect("passed over"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let with_head = [b"RIFF____WAVEfmt \x10\0\0\0".as_slice(), &bytes].concat();
            for bytes in [bytes, with_head] {
                if let Some(wav) = read(&bytes) {
                    prop_assert!((1..=2).contains(&wav.channels) && wav.duration_s >= 0);
                }
            }
        }
    }
}
