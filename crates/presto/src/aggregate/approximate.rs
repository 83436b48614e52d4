//! Aggregates whose answers are close to the truth in bounded memory.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use datafusion::error::Result;

use crate::aggregate::fold::{Fold, Part};
use crate::aggregate::{Row, row};
use crate::cast::round_to_whole;
use crate::limits::{MAX_BUCKETS, MAX_CENTROIDS, MAX_EXACT_HASHES};
use crate::value::{Value, invalid};

pub(crate) const ROWS: &[Row] = &[
    row(
        &["approx_distinct(T) -> bigint", "approx_distinct(T, double) -> bigint"],
        &["array(bigint)", "varbinary", "bigint"],
        || Box::new(Distinct::default()),
    ),
    row(
        &[
            "approx_percentile(bigint, double) -> bigint",
            "approx_percentile(double, double) -> double",
            "approx_percentile(bigint, bigint, double) -> bigint",
            "approx_percentile(double, bigint, double) -> double",
            "approx_percentile(bigint, double, double) -> bigint",
            "approx_percentile(double, double, double) -> double",
            "approx_percentile(bigint, array(double)) -> array(bigint)",
            "approx_percentile(double, array(double)) -> array(double)",
            "approx_percentile(bigint, bigint, array(double)) -> array(bigint)",
            "approx_percentile(double, bigint, array(double)) -> array(double)",
        ],
        &["array(double)", "array(double)", "array(double)", "boolean", "boolean"],
        || Box::new(Percentile::default()),
    ),
    row(
        &[
            "numeric_histogram(bigint, double) -> map(double, double)",
            "numeric_histogram(bigint, double, double) -> map(double, double)",
        ],
        &["map(double, double)", "bigint"],
        || Box::new(NumericHistogram::default()),
    ),
];

/// HyperLogLog; few values are counted exactly.
#[derive(Debug)]
struct Distinct {
    hashes: HashSet<u64>,
    /// The longest runs of zeros, once there are too many hashes to keep.
    registers: Vec<u8>,
    bits: u32,
}

impl Default for Distinct {
    /// A standard error of 2.3 %.
    fn default() -> Self {
        Distinct { hashes: HashSet::new(), registers: Vec::new(), bits: 11 }
    }
}

impl Distinct {
    fn put(&mut self, hash: u64) {
        if self.registers.is_empty() {
            self.hashes.insert(hash);
            if self.hashes.len() > MAX_EXACT_HASHES {
                self.condense();
            }
            return;
        }
        let place = (hash >> (64 - self.bits)) as usize;
        let run = ((hash << self.bits).leading_zeros().min(64 - self.bits) + 1) as u8;
        self.registers[place] = self.registers[place].max(run);
    }

    fn condense(&mut self) {
        if self.registers.is_empty() {
            self.registers = vec![0; 1 << self.bits];
            std::mem::take(&mut self.hashes).into_iter().for_each(|hash| self.put(hash));
        }
    }

    fn estimate(&self) -> f64 {
        let count = self.registers.len() as f64;
        let sum: f64 = self.registers.iter().map(|run| 2_f64.powi(-i32::from(*run))).sum();
        let raw = 0.7213 / (1.0 + 1.079 / count) * count * count / sum;
        let empty = self.registers.iter().filter(|run| **run == 0).count();
        if raw <= 2.5 * count && empty > 0 { count * (count / empty as f64).ln() } else { raw }
    }

    fn set_error(&mut self, error: f64) -> Result<()> {
        if !(0.004_062_5..=0.26).contains(&error) {
            return Err(invalid("the standard error of approx_distinct is from 0.0040625 to 0.26"));
        }
        let wanted = (1.04 / error).powi(2).log2().ceil();
        self.bits = (wanted as u32).clamp(4, 16);
        Ok(())
    }
}

impl Fold for Distinct {
    fn add(&mut self, row: &[Value<'_>]) -> Result<()> {
        if self.hashes.is_empty() && self.registers.is_empty() {
            row.get(1).map_or(Ok(()), |error| self.set_error(error.double()?))?;
        }
        if !row[0].is_null() {
            let mut hasher = DefaultHasher::new();
            row[0].hash(&mut hasher);
            self.put(hasher.finish());
        }
        Ok(())
    }

    fn merge(&mut self, part: &[Value<'_>]) -> Result<()> {
        let registers = part[1].bytes()?;
        if self.hashes.is_empty() && self.registers.is_empty() {
            self.bits = u32::try_from(part[2].whole()?).unwrap_or(self.bits).clamp(4, 16);
        }
        if !registers.is_empty() {
            self.condense();
            if self.registers.len() != registers.len() {
                return Err(invalid("approx_distinct got different standard errors for one group"));
            }
            self.registers.iter_mut().zip(registers).for_each(|(own, other)| *own = (*own).max(*other));
        }
        for hash in part[0].items()? {
            self.put(hash.whole()? as u64);
        }
        Ok(())
    }

    fn part(&self) -> Result<Part> {
        let hashes = self.hashes.iter().map(|hash| Value::Bigint(*hash as i64)).collect();
        let registers = Value::Varbinary(self.registers.clone().into());
        Ok(vec![Value::Array(hashes), registers, Value::Bigint(i64::from(self.bits))])
    }

    fn finish(&self) -> Result<Value<'static>> {
        if self.registers.is_empty() {
            return Ok(Value::count(self.hashes.len()));
        }
        round_to_whole(self.estimate()).map(Value::Bigint)
    }

    fn size(&self) -> usize {
        self.hashes.capacity() * 9 + self.registers.len()
    }
}

/// Values with weights. Few are kept as they are; of many, neighbours are joined, less so at the ends.
#[derive(Debug, Default)]
struct Percentile {
    centroids: Vec<(f64, f64)>,
    asked: Vec<f64>,
    is_list: bool,
    is_whole: bool,
}

impl Percentile {
    fn put(&mut self, value: f64, weight: f64) {
        self.centroids.push((value, weight));
        if self.centroids.len() >= 4 * MAX_CENTROIDS {
            self.condense();
        }
    }

    fn condense(&mut self) {
        self.centroids.sort_by(|one, two| one.0.total_cmp(&two.0));
        let mut same: Vec<(f64, f64)> = Vec::with_capacity(self.centroids.len());
        for (value, weight) in self.centroids.drain(..) {
            match same.last_mut() {
                Some(last) if last.0 == value => last.1 += weight,
                _ => same.push((value, weight)),
            }
        }
        if same.len() <= 2 * MAX_CENTROIDS {
            self.centroids = same;
            return;
        }
        let all: f64 = same.iter().map(|(_, weight)| weight).sum();
        let mut before = 0.0;
        for (value, weight) in same {
            let share = (before + weight / 2.0) / all;
            // The share of a centroid is greatest in the middle.
            let most = 4.0 * all * share * (1.0 - share) / MAX_CENTROIDS as f64;
            before += weight;
            match self.centroids.last_mut() {
                Some(last) if last.1 + weight <= most => {
                    last.1 += weight;
                    last.0 += (value - last.0) * weight / last.1;
                }
                _ => self.centroids.push((value, weight)),
            }
        }
    }

    fn ask(&mut self, asked: &Value<'_>) -> Result<()> {
        self.is_list = matches!(asked, Value::Array(_));
        self.asked = match asked {
            Value::Array(all) => all.iter().map(Value::double).collect::<Result<_>>()?,
            one => vec![one.double()?],
        };
        match self.asked.iter().find(|share| !(0.0..=1.0).contains(*share)) {
            Some(share) => Err(invalid(format!("approx_percentile expects shares from 0 to 1, got {share}"))),
            None => Ok(()),
        }
    }
}

impl Fold for Percentile {
    fn add(&mut self, row: &[Value<'_>]) -> Result<()> {
        if row.iter().any(Value::is_null) {
            return Ok(());
        }
        let (weight, asked) = match row {
            [_, asked] => (1.0, asked),
            [_, Value::Bigint(weight), asked] => (*weight as f64, asked),
            // The third is the accuracy, which is what it is.
            _ => (1.0, &row[1]),
        };
        if weight < 0.0 {
            return Err(invalid("the weights of approx_percentile are not negative"));
        }
        if self.asked.is_empty() {
            self.ask(asked)?;
            self.is_whole = matches!(row[0], Value::Bigint(_));
        }
        let value = row[0].double()?;
        if value.is_nan() {
            return Err(invalid("approx_percentile does not take NaN"));
        }
        if weight > 0.0 {
            self.put(value, weight);
        }
        Ok(())
    }

    fn merge(&mut self, part: &[Value<'_>]) -> Result<()> {
        if self.asked.is_empty() {
            self.asked = part[2].items()?.iter().map(Value::double).collect::<Result<_>>()?;
            (self.is_list, self.is_whole) = (part[3].boolean()?, part[4].boolean()?);
        }
        for (value, weight) in part[0].items()?.iter().zip(part[1].items()?) {
            self.put(value.double()?, weight.double()?);
        }
        Ok(())
    }

    fn part(&self) -> Result<Part> {
        let list = |numbers: &mut dyn Iterator<Item = f64>| Value::Array(numbers.map(Value::Double).collect());
        Ok(vec![
            list(&mut self.centroids.iter().map(|(value, _)| *value)),
            list(&mut self.centroids.iter().map(|(_, weight)| *weight)),
            list(&mut self.asked.iter().copied()),
            Value::Boolean(self.is_list),
            Value::Boolean(self.is_whole),
        ])
    }

    fn finish(&self) -> Result<Value<'static>> {
        let mut sorted = self.centroids.clone();
        sorted.sort_by(|one, two| one.0.total_cmp(&two.0));
        let Some(last) = sorted.last().map(|(value, _)| *value) else { return Ok(Value::Null) };
        let all: f64 = sorted.iter().map(|(_, weight)| weight).sum();
        let at = |share: f64| {
            let mut before = 0.0;
            let found = sorted.iter().find(|(_, weight)| {
                before += weight;
                before >= share * all
            });
            let value = found.map_or(last, |(value, _)| *value);
            if self.is_whole { round_to_whole(value).map(Value::Bigint) } else { Ok(Value::Double(value)) }
        };
        let mut found = self.asked.iter().map(|share| at(*share)).collect::<Result<Vec<_>>>()?;
        Ok(if self.is_list { Value::Array(found) } else { found.pop().unwrap_or_default() })
    }

    fn size(&self) -> usize {
        self.centroids.capacity() * size_of::<(f64, f64)>()
    }
}

/// Buckets that neighbours were joined into (Ben-Haim and Tom-Tov): middle and weight.
#[derive(Debug, Default)]
struct NumericHistogram {
    buckets: Vec<(f64, f64)>,
    most: usize,
}

impl NumericHistogram {
    fn put(&mut self, value: f64, weight: f64) {
        let place = self.buckets.partition_point(|(middle, _)| *middle < value);
        match self.buckets.get_mut(place) {
            Some(bucket) if bucket.0 == value => bucket.1 += weight,
            _ => self.buckets.insert(place, (value, weight)),
        }
        while self.buckets.len() > self.most {
            let gap = |place: &usize| self.buckets[place + 1].0 - self.buckets[*place].0;
            let closest = (0..self.buckets.len() - 1).min_by(|one, two| gap(one).total_cmp(&gap(two)));
            let Some(place) = closest else { return };
            let (value, weight) = self.buckets.remove(place + 1);
            let bucket = &mut self.buckets[place];
            bucket.0 = (bucket.0 * bucket.1 + value * weight) / (bucket.1 + weight);
            bucket.1 += weight;
        }
    }
}

impl Fold for NumericHistogram {
    fn add(&mut self, row: &[Value<'_>]) -> Result<()> {
        if row.iter().any(Value::is_null) {
            return Ok(());
        }
        if self.most == 0 {
            self.most = usize::try_from(row[0].whole()?)
                .ok()
                .filter(|most| (2..=MAX_BUCKETS).contains(most))
                .ok_or_else(|| invalid(format!("numeric_histogram makes from 2 to {MAX_BUCKETS} buckets")))?;
        }
        let (value, weight) = (row[1].double()?, row.get(2).map_or(Ok(1.0), Value::double)?);
        if !value.is_finite() || !weight.is_finite() || weight <= 0.0 {
            return Err(invalid("numeric_histogram expects finite numbers and positive weights"));
        }
        self.put(value, weight);
        Ok(())
    }

    fn merge(&mut self, part: &[Value<'_>]) -> Result<()> {
        self.most = self.most.max(usize::try_from(part[1].whole()?).unwrap_or(0));
        for (value, weight) in if part[0].is_null() { &[] } else { part[0].entries()? } {
            self.put(value.double()?, weight.double()?);
        }
        Ok(())
    }

    fn part(&self) -> Result<Part> {
        Ok(vec![self.finish()?, Value::count(self.most)])
    }

    fn finish(&self) -> Result<Value<'static>> {
        if self.buckets.is_empty() {
            return Ok(Value::Null);
        }
        let entries = self.buckets.iter().map(|(value, weight)| (Value::Double(*value), Value::Double(*weight)));
        Ok(Value::Map(entries.collect()))
    }

    fn size(&self) -> usize {
        self.buckets.capacity() * size_of::<(f64, f64)>()
    }
}
