//! Sidecars whose checksums are right and whose content is not, as no disk but a person or a broken writer makes them: an
//! error or some page, never a panic, and never more rows than were asked for.

use bytes::Bytes;
use proptest::prelude::*;
use store::segment::check_segment;
use store::{Cursor, Direction, Segment};

use crate::common::*;

const FIXED_HEADER_BYTES: usize = 104;
const SECTION_ENTRY_BYTES: usize = 20;
const BLOCK_BYTES: usize = 4096;

fn rows() -> Vec<ModelRow> {
    (0..520u64)
        .map(|n| {
            let cursor = Cursor { time_s: (n / 4) as i64, position: n + 1 };
            let name = ["Create", "Delete", "List"][n as usize % 3];
            ModelRow::new(cursor, "a", Some(name), &format!("id-{n}"), &["x"][..n as usize % 2], "呼叫中心 ok")
        })
        .collect()
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

/// Writes the checksums of blocks and header where a reader looks for them.
fn reseal(bytes: &mut [u8]) {
    let header_len = u32_at(bytes, 12);
    let fields = usize::from(u16::from_le_bytes([bytes[98], bytes[99]]));
    let mut checksum_at = FIXED_HEADER_BYTES + fields + u32_at(bytes, 44) * SECTION_ENTRY_BYTES;
    for start in (header_len..bytes.len()).step_by(BLOCK_BYTES) {
        let checksum = crc32c::crc32c(&bytes[start..bytes.len().min(start + BLOCK_BYTES)]);
        bytes[checksum_at..checksum_at + 4].copy_from_slice(&checksum.to_le_bytes());
        checksum_at += 4;
    }
    let checksum = crc32c::crc32c(&bytes[..header_len - 4]);
    bytes[header_len - 4..header_len].copy_from_slice(&checksum.to_le_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn forged_content_never_panics(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        in_header in any::<bool>(),
    ) {
        let built = build(&rows(), &*schema());
        let mut forged = built.sidecar.clone();
        let header_len = u32_at(&forged, 12);
        // Lengths that the resealing needs stay; everything else may change.
        let editable = if in_header { (36..44).chain(48..98).chain(100..104).chain(FIXED_HEADER_BYTES..header_len).collect::<Vec<_>>() } else { (header_len..forged.len()).collect() };
        for (place, value) in edits {
            forged[*place.get(&editable)] = value;
        }
        reseal(&mut forged);
        let (sidecar, parquet) = files(Bytes::from(forged), Bytes::from(built.parquet));
        let sound = check_segment(&sidecar, &parquet, &*schema()).is_empty();
        let Ok(segment) = Segment::open(sidecar, parquet, schema()) else {
            prop_assert!(!sound, "refused what the check calls sound");
            return Ok(());
        };
        for direction in [Direction::Forward, Direction::Backward] {
            let all = ModelQuery { limit: 9, ..ModelQuery::everything(direction) };
            for query in [
                ModelQuery { from_s: 20, to_s: 90, ..all.clone() },
                ModelQuery { all_of: vec![(ID, "id-333".to_owned())], ..all.clone() },
                ModelQuery { all_of: vec![(NAME, "List".to_owned()), (TAGS, "x".to_owned())], ..all.clone() },
                ModelQuery { texts: vec!["叫中".to_owned(), "OK".to_owned()], ..all.clone() },
            ] {
                if let Ok(page) = query.ask(&segment) {
                    prop_assert!(page.rows.len() <= 9);
                }
            }
        }
    }
}
