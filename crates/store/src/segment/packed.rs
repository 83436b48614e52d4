//! Packed numbers: one per row, granule by granule. Layout: see the module above.

use crate::limits::GRANULE_ROWS;

use super::bits::{BitReader, BitWriter, width_of};
use super::bytes_at::{put_varint, take_varint, u32_at};
use super::error::SegmentError;
use super::sidecar::{Section, Sidecar, Version};
use super::v1;

/// Bytes of a granule's entry in the directory.
const ENTRY_BYTES: usize = 4;

/// In the first byte of a granule: the numbers are the steps from one number to the next.
const STEPS: u8 = 0x80;

/// Times as numbers that order the same way.
pub(crate) fn time_to_number(time_s: i64) -> u64 {
    (time_s as u64) ^ (1 << 63)
}

/// The time of a number.
pub(crate) fn number_to_time(number: u64) -> i64 {
    (number ^ (1 << 63)) as i64
}

/// Packs one number per row.
pub(crate) fn pack(numbers: &[u64], version: Version) -> Vec<u8> {
    if version == Version::One {
        return v1::pack(numbers);
    }
    let mut directory = Vec::new();
    let mut data: Vec<u8> = Vec::new();
    for granule in numbers.chunks(GRANULE_ROWS) {
        directory.extend_from_slice(&(data.len() as u32).to_le_bytes());
        pack_granule(granule, &mut data);
    }
    directory.extend_from_slice(&(data.len() as u32).to_le_bytes());
    directory.extend_from_slice(&data);
    directory
}

/// The shorter of two ways: numbers less the lowest of them, or steps less the lowest step.
fn pack_granule(numbers: &[u64], data: &mut Vec<u8>) {
    let base = numbers.iter().copied().min().unwrap_or_default();
    let width = numbers.iter().map(|number| width_of(number - base)).max().unwrap_or_default();
    let steps: Vec<i64> = numbers.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]) as i64).collect();
    let lowest_step = steps.iter().copied().min().unwrap_or_default();
    let above = |step: &i64| step.wrapping_sub(lowest_step) as u64;
    let step_width = steps.iter().map(|step| width_of(above(step))).max().unwrap_or_default();
    let mut bits = BitWriter::default();
    if step_width < width {
        data.push(step_width as u8 | STEPS);
        put_varint(data, numbers.first().copied().unwrap_or_default());
        put_varint(data, zigzag(lowest_step));
        steps.iter().for_each(|step| bits.bits(above(step), step_width));
    } else {
        data.push(width as u8);
        put_varint(data, base);
        numbers.iter().for_each(|number| bits.bits(number - base, width));
    }
    data.extend_from_slice(&bits.into_bytes());
}

fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// The numbers of a granule.
pub(crate) fn unpack(sidecar: &Sidecar, section: Section, granule: usize) -> Result<Vec<u64>, SegmentError> {
    if sidecar.version() == Version::One {
        return v1::unpack(sidecar, section, granule);
    }
    let at = (granule * ENTRY_BYTES) as u64;
    let damaged = |what| sidecar.damaged(section, at, what);
    let entry = sidecar.read(section, at, 2 * ENTRY_BYTES)?;
    let range = u32_at(&entry, 0).zip(u32_at(&entry, ENTRY_BYTES)).filter(|(start, end)| start <= end);
    let (start, end) = range.ok_or_else(|| damaged("packed numbers end before they begin"))?;
    let data_start = ((sidecar.granule_count() + 1) * ENTRY_BYTES) as u64 + u64::from(start);
    let data = sidecar.read(section, data_start, (end - start) as usize)?;
    unpack_granule(&data, sidecar.granule_len(granule)).ok_or_else(|| damaged("packed numbers cannot be read"))
}

/// Sums wrap, as the differences did.
fn unpack_granule(data: &[u8], rows: usize) -> Option<Vec<u64>> {
    let (mode, mut rest) = data.split_first()?;
    let width = u32::from(mode & !STEPS);
    if width > 64 {
        return None;
    }
    let first = take_varint(&mut rest)?;
    let step = if mode & STEPS == 0 { None } else { Some(unzigzag(take_varint(&mut rest)?)) };
    let packed = if step.is_some() { rows.checked_sub(1)? } else { rows };
    if rest.len() != (packed * width as usize).div_ceil(8) {
        return None;
    }
    let mut bits = BitReader::new(rest);
    let mut numbers = Vec::with_capacity(rows);
    match step {
        None => {
            for _ in 0..rows {
                numbers.push(first.wrapping_add(bits.bits(width)?));
            }
        }
        Some(lowest_step) => {
            let mut number = first;
            numbers.push(number);
            for _ in 0..packed {
                number = number.wrapping_add(bits.bits(width)?).wrapping_add(lowest_step as u64);
                numbers.push(number);
            }
        }
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(numbers in proptest::collection::vec(prop_oneof![any::<u64>(), 0u64..9], 1..40), add in any::<u64>(), junk in proptest::collection::vec(any::<u8>(), 0..40)) {
            let rising: Vec<u64> = (0..numbers.len() as u64).map(|n| add.wrapping_add(n * 3)).collect();
            for numbers in [&numbers, &rising] {
                let mut data = Vec::new();
                pack_granule(numbers, &mut data);
                prop_assert_eq!(unpack_granule(&data, numbers.len()), Some(numbers.clone()));
                prop_assert_eq!(unpack_granule(&data[..data.len() - 1], numbers.len()), None);
            }
            let _ = unpack_granule(&junk, 30);
        }
    }

    #[test]
    fn numbers_that_rise_evenly_take_no_bits() {
        let mut data = Vec::new();
        pack_granule(&(1_000_000..1_000_256).collect::<Vec<u64>>(), &mut data);
        assert!(data.len() < 6, "{}", data.len());
        assert_eq!([-3, -1, 0, 1, i64::MIN, i64::MAX].map(|n| unzigzag(zigzag(n))), [-3, -1, 0, 1, i64::MIN, i64::MAX]);
    }
}
