//! Packed numbers as version 1 had them: for each granule a base and differences of whole bytes.

use crate::limits::GRANULE_ROWS;

use super::super::bytes_at::{u32_at, u64_at};
use super::super::error::SegmentError;
use super::super::sidecar::{Section, Sidecar};

/// Bytes of a granule's entry in the directory.
const ENTRY_BYTES: usize = 16;

/// Packs one number per row.
pub(crate) fn pack(numbers: &[u64]) -> Vec<u8> {
    let mut directory = Vec::new();
    let mut data: Vec<u8> = Vec::new();
    for granule in numbers.chunks(GRANULE_ROWS) {
        let base = granule.iter().copied().min().unwrap_or_default();
        let widest = granule.iter().map(|number| number - base).max().unwrap_or_default();
        let width = width_of(widest);
        directory.extend_from_slice(&base.to_le_bytes());
        directory.extend_from_slice(&(data.len() as u32).to_le_bytes());
        directory.extend_from_slice(&[width as u8, 0, 0, 0]);
        for number in granule {
            data.extend_from_slice(&(number - base).to_le_bytes()[..width]);
        }
    }
    directory.extend_from_slice(&data);
    directory
}

fn width_of(number: u64) -> usize {
    match number {
        0 => 0,
        1..=0xFF => 1,
        0x100..=0xFFFF => 2,
        0x1_0000..=0xFFFF_FFFF => 4,
        _ => 8,
    }
}

/// The numbers of a granule.
pub(crate) fn unpack(sidecar: &Sidecar, section: Section, granule: usize) -> Result<Vec<u64>, SegmentError> {
    let at = granule * ENTRY_BYTES;
    let damaged = |what| sidecar.damaged(section, at as u64, what);
    let entry = sidecar.read(section, at as u64, ENTRY_BYTES)?;
    let (Some(base), Some(offset), Some(width)) = (u64_at(&entry, 0), u32_at(&entry, 8), entry.get(12)) else {
        return Err(damaged("a directory of packed numbers is too short"));
    };
    let width = usize::from(*width);
    if ![0, 1, 2, 4, 8].contains(&width) {
        return Err(damaged("packed numbers have an unknown width"));
    }
    let rows = sidecar.granule_len(granule);
    let data_start = (sidecar.granule_count() * ENTRY_BYTES) as u64 + u64::from(offset);
    let data = sidecar.read(section, data_start, rows * width)?;
    if width == 0 {
        return Ok(vec![base; rows]);
    }
    let number = |bytes: &[u8]| {
        let mut whole = [0; 8];
        whole[..width].copy_from_slice(bytes);
        base.checked_add(u64::from_le_bytes(whole))
    };
    data.chunks_exact(width).map(number).collect::<Option<_>>().ok_or_else(|| damaged("a packed number is too large"))
}
