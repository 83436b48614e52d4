//! When calls happen: minutes of a history, each with its share of the calls.

const MINUTES_OF_A_DAY: u64 = 1_440;
const UTC_PLUS_8_MINUTES: u64 = 8 * 60;
/// Share of each hour of the day in UTC+8: two peaks, a quiet noon, and the nights of those who are on duty.
const HOURS: [f64; 24] = [
    0.08, 0.05, 0.04, 0.04, 0.05, 0.08, 0.2, 0.5, 1.2, 2.6, 2.9, 2.5, 1.3, 1.6, 2.6, 2.8, 2.6, 2.2, 1.3, 0.9, 0.7, 0.5,
    0.3, 0.15,
];
/// Share of the days of a week, Thursday (1 January 1970) first.
const WEEKDAYS: [f64; 7] = [1.0, 1.05, 0.45, 0.35, 1.2, 1.1, 1.0];
/// One minute in so many begins a burst.
const MINUTES_PER_BURST: u64 = 900;
const LONGEST_BURST_MINUTES: u64 = 8;
/// How much busier a minute of a burst is than the same minute without.
const BURST_FACTOR: f64 = 12.0;

/// The minutes of a history.
pub(crate) struct Rhythm {
    first_minute: u64,
    /// Number of the first call of each minute, and at the end the number of calls.
    starts: Vec<u64>,
}

/// Where a call lies.
pub(crate) struct Moment {
    pub(crate) at_ms: i64,
    /// Number of the burst that the minute belongs to.
    pub(crate) burst: Option<u64>,
}

impl Rhythm {
    /// Spreads the calls over whole days that end with the day before `end_s`.
    pub(crate) fn new(calls: u64, days: u64, end_s: i64, seed: u64) -> Rhythm {
        let end_minute = end_s.max(0) as u64 / 60;
        let first_minute = end_minute.saturating_sub(days * MINUTES_OF_A_DAY);
        let minutes = days * MINUTES_OF_A_DAY;
        let mut total = 0.0;
        let mut sums = Vec::with_capacity(minutes as usize + 1);
        sums.push(0.0);
        for minute in first_minute..first_minute + minutes {
            total += weight(minute, seed);
            sums.push(total);
        }
        let starts = sums.iter().map(|sum| (sum / total * calls as f64).round() as u64).collect();
        Rhythm { first_minute, starts }
    }

    /// Calls with ascending numbers have ascending moments.
    pub(crate) fn moment(&self, number: u64, seed: u64, jitter: f64) -> Moment {
        let minute = self.starts.partition_point(|start| *start <= number).saturating_sub(1);
        let (start, end) = (self.starts[minute], self.starts.get(minute + 1).copied().unwrap_or(number + 1));
        let calls = end.saturating_sub(start).max(1) as f64;
        let offset_ms = ((number - start) as f64 + jitter) / calls * 60_000.0;
        let minute = self.first_minute + minute as u64;
        Moment { at_ms: minute as i64 * 60_000 + (offset_ms as i64).min(59_999), burst: burst_of(minute, seed) }
    }
}

fn weight(minute: u64, seed: u64) -> f64 {
    let local = minute + UTC_PLUS_8_MINUTES;
    let hour = (local / 60 % 24) as usize;
    let weekday = (local / MINUTES_OF_A_DAY % 7) as usize;
    // Between two hours the load moves, it does not jump.
    let into = (local % 60) as f64 / 60.0;
    let load = HOURS[hour] * (1.0 - into) + HOURS[(hour + 1) % 24] * into;
    let noise = 0.85 + 0.3 * (scatter(!seed, minute) % 1_000) as f64 / 1_000.0;
    let burst = if burst_of(minute, seed).is_some() { BURST_FACTOR } else { 1.0 };
    load * WEEKDAYS[weekday] * noise * burst
}

/// The burst that a minute belongs to: the minute in which it began.
fn burst_of(minute: u64, seed: u64) -> Option<u64> {
    (minute.saturating_sub(LONGEST_BURST_MINUTES)..=minute).find(|begin| {
        let throw = scatter(seed, *begin);
        throw.is_multiple_of(MINUTES_PER_BURST) && minute - begin <= throw / MINUTES_PER_BURST % LONGEST_BURST_MINUTES
    })
}

/// One throw for a minute, by the steps of SplitMix64: there are a hundred thousand minutes in a history of months.
fn scatter(seed: u64, minute: u64) -> u64 {
    let mut mixed = seed.wrapping_add(minute.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    const END_S: i64 = 1_795_737_600;

    #[test]
    fn calls_keep_their_order_and_lie_within_the_days() {
        let rhythm = Rhythm::new(50_000, 3, END_S, 1);
        let mut last = END_S * 1_000 - 3 * 86_400_000;
        for number in 0..50_000 {
            let moment = rhythm.moment(number, 1, 0.5);
            assert!(moment.at_ms >= last && moment.at_ms < END_S * 1_000, "{number}");
            last = moment.at_ms;
        }
        assert!(last > END_S * 1_000 - 3_600_000);
    }

    #[test]
    fn mornings_are_busier_than_nights_and_bursts_than_both() {
        let rhythm = Rhythm::new(1_000_000, 7, END_S, 3);
        let (mut night, mut morning, mut bursts) = (0, 0, 0);
        for number in (0..1_000_000).step_by(7) {
            let moment = rhythm.moment(number, 3, 0.0);
            let hour = (moment.at_ms / 3_600_000 + 8) % 24;
            night += u32::from(hour == 3);
            morning += u32::from(hour == 10);
            bursts += u32::from(moment.burst.is_some());
        }
        assert!(morning > 20 * night, "{morning} {night}");
        assert!((1_000..40_000).contains(&bursts), "{bursts}");
    }
}
