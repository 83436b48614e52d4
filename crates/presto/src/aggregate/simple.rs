//! Aggregates that keep one value or a few numbers.

use std::collections::HashMap;

use datafusion::error::Result;

use crate::aggregate::fold::{Fold, Part};
use crate::aggregate::{Row, row};
use crate::value::{Value, invalid};

pub(crate) const ROWS: &[Row] = &[
    row(&["count_if(boolean) -> bigint"], &["bigint"], || Box::new(CountIf(0))),
    row(&["arbitrary(T) -> T"], &["T"], || Box::new(Arbitrary(Value::Null))).also(&["any_value"]),
    row(&["geometric_mean(double) -> double"], &["double", "bigint"], || {
        Box::new(GeometricMean { logarithms: 0.0, count: 0 })
    }),
    row(&["entropy(double) -> double"], &["double", "double"], || Box::new(Entropy::default())),
    row(&["skewness(double) -> double"], MOMENTS, || Box::new(Moments::of(Shape::Skewness))),
    row(&["kurtosis(double) -> double"], MOMENTS, || Box::new(Moments::of(Shape::Kurtosis))),
    row(&["checksum(T) -> varbinary"], &["bigint"], || Box::new(Checksum(None))),
    row(&["histogram(T) -> map(T, bigint)"], &["map(T, bigint)"], || Box::new(Histogram::default())),
];

const MOMENTS: &[&str] = &["double", "double", "double", "double", "double"];

#[derive(Debug)]
struct CountIf(i64);

impl Fold for CountIf {
    fn add(&mut self, row: &[Value<'_>]) -> Result<()> {
        self.0 += i64::from(matches!(row[0], Value::Boolean(true)));
        Ok(())
    }

    fn merge(&mut self, part: &[Value<'_>]) -> Result<()> {
        self.0 += part[0].whole()?;
        Ok(())
    }

    fn part(&self) -> Result<Part> {
        Ok(vec![Value::Bigint(self.0)])
    }

    fn finish(&self) -> Result<Value<'static>> {
        Ok(Value::Bigint(self.0))
    }

    fn size(&self) -> usize {
        0
    }
}

/// The first value that is not NULL.
#[derive(Debug)]
struct Arbitrary(Value<'static>);

impl Fold for Arbitrary {
    fn add(&mut self, row: &[Value<'_>]) -> Result<()> {
        if self.0.is_null() && !row[0].is_null() {
            self.0 = row[0].clone().into_owned();
        }
        Ok(())
    }

    fn merge(&mut self, part: &[Value<'_>]) -> Result<()> {
        self.add(part)
    }

    fn part(&self) -> Result<Part> {
        Ok(vec![self.0.clone()])
    }

    fn finish(&self) -> Result<Value<'static>> {
        Ok(self.0.clone())
    }

    fn size(&self) -> usize {
        self.0.size()
    }
}

#[derive(Debug)]
struct GeometricMean {
    logarithms: f64,
    count: i64,
}

impl Fold for GeometricMean {
    fn add(&mut self, row: &[Value<'_>]) -> Result<()> {
        if !row[0].is_null() {
            self.logarithms += row[0].double()?.ln();
            self.count += 1;
        }
        Ok(())
    }

    fn merge(&mut self, part: &[Value<'_>]) -> Result<()> {
        self.logarithms += part[0].double()?;
        self.count += part[1].whole()?;
        Ok(())
    }

    fn part(&self) -> Result<Part> {
        Ok(vec![Value::Double(self.logarithms), Value::Bigint(self.count)])
    }

    fn finish(&self) -> Result<Value<'static>> {
        Ok(match self.count {
            0 => Value::Null,
            count => Value::Double((self.logarithms / count as f64).exp()),
        })
    }

    fn size(&self) -> usize {
        0
    }
}

/// Of counts: how many bits it takes to tell which of the things was counted.
#[derive(Debug, Default)]
struct Entropy {
    sum: f64,
    weighted_logarithms: f64,
}

impl Fold for Entropy {
    fn add(&mut self, row: &[Value<'_>]) -> Result<()> {
        if row[0].is_null() {
            return Ok(());
        }
        let count = row[0].double()?;
        if count.is_nan() || count < 0.0 {
            return Err(invalid("entropy expects counts that are not negative"));
        }
        if count > 0.0 {
            self.sum += count;
            self.weighted_logarithms += count * count.log2();
        }
        Ok(())
    }

    fn merge(&mut self, part: &[Value<'_>]) -> Result<()> {
        self.sum += part[0].double()?;
        self.weighted_logarithms += part[1].double()?;
        Ok(())
    }

    fn part(&self) -> Result<Part> {
        Ok(vec![Value::Double(self.sum), Value::Double(self.weighted_logarithms)])
    }

    fn finish(&self) -> Result<Value<'static>> {
        let entropy = if self.sum > 0.0 { self.sum.log2() - self.weighted_logarithms / self.sum } else { 0.0 };
        Ok(Value::Double(entropy.max(0.0)))
    }

    fn size(&self) -> usize {
        0
    }
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Skewness,
    Kurtosis,
}

/// Count, mean and the sums of the second to fourth powers of what differs from it.
#[derive(Debug)]
struct Moments {
    shape: Shape,
    count: f64,
    mean: f64,
    powers: [f64; 3],
}

impl Moments {
    fn of(shape: Shape) -> Moments {
        Moments { shape, count: 0.0, mean: 0.0, powers: [0.0; 3] }
    }

    /// Joins two groups' moments (Chan, Pébay).
    fn join(&mut self, count: f64, mean: f64, [other2, other3, other4]: [f64; 3]) {
        if count == 0.0 {
            return;
        }
        let (own, all) = (self.count, self.count + count);
        let [own2, own3, own4] = self.powers;
        let apart = mean - self.mean;
        let share = apart / all;
        self.powers = [
            own2 + other2 + apart * share * own * count,
            own3 + other3
                + apart * share * share * own * count * (own - count)
                + 3.0 * share * (own * other2 - count * own2),
            own4 + other4
                + apart * share.powi(3) * own * count * (own * own - own * count + count * count)
                + 6.0 * share * share * (own * own * other2 + count * count * own2)
                + 4.0 * share * (own * other3 - count * own3),
        ];
        self.mean += share * count;
        self.count = all;
    }
}

impl Fold for Moments {
    fn add(&mut self, row: &[Value<'_>]) -> Result<()> {
        if !row[0].is_null() {
            self.join(1.0, row[0].double()?, [0.0; 3]);
        }
        Ok(())
    }

    fn merge(&mut self, part: &[Value<'_>]) -> Result<()> {
        let numbers = part.iter().map(Value::double).collect::<Result<Vec<f64>>>()?;
        self.join(numbers[0], numbers[1], [numbers[2], numbers[3], numbers[4]]);
        Ok(())
    }

    fn part(&self) -> Result<Part> {
        let [second, third, fourth] = self.powers;
        Ok([self.count, self.mean, second, third, fourth].into_iter().map(Value::Double).collect())
    }

    fn finish(&self) -> Result<Value<'static>> {
        let (n, [second, third, fourth]) = (self.count, self.powers);
        Ok(match self.shape {
            Shape::Skewness if n >= 3.0 => Value::Double(n.sqrt() * third / second.powf(1.5)),
            Shape::Kurtosis if n >= 4.0 => {
                let variance = second / (n - 1.0);
                let rest = (n - 1.0) * (n - 2.0) * (n - 3.0);
                let scaled = n * (n + 1.0) / rest * fourth / (variance * variance);
                Value::Double(scaled - 3.0 * (n - 1.0).powi(2) / ((n - 2.0) * (n - 3.0)))
            }
            _ => Value::Null,
        })
    }

    fn size(&self) -> usize {
        0
    }
}

/// The sum of the values' hashes: whatever their order, equal values have equal sums.
#[derive(Debug)]
struct Checksum(Option<i64>);

/// The factor of Presto's checksums, also what it adds for NULL.
const CHECKSUM_PRIME: i64 = 0x9E37_79B1_85EB_CA87_u64 as i64;

impl Fold for Checksum {
    fn add(&mut self, row: &[Value<'_>]) -> Result<()> {
        let hash = match &row[0] {
            Value::Null => CHECKSUM_PRIME,
            value => hash(value).wrapping_mul(CHECKSUM_PRIME),
        };
        self.0 = Some(self.0.unwrap_or(0).wrapping_add(hash));
        Ok(())
    }

    fn merge(&mut self, part: &[Value<'_>]) -> Result<()> {
        self.0 = Some(self.0.unwrap_or(0).wrapping_add(part[0].whole()?));
        Ok(())
    }

    fn part(&self) -> Result<Part> {
        Ok(vec![self.0.map_or(Value::Null, Value::Bigint)])
    }

    fn finish(&self) -> Result<Value<'static>> {
        Ok(self.0.map_or(Value::Null, |sum| Value::Varbinary(sum.to_le_bytes().to_vec().into())))
    }

    fn size(&self) -> usize {
        0
    }
}

/// Presto's hashes of whole numbers, doubles and texts; of other values that of what they look like.
fn hash(value: &Value<'_>) -> i64 {
    let whole =
        |bits: i64| bits.wrapping_mul(0xC2B2_AE3D_27D4_EB4F_u64 as i64).rotate_left(31).wrapping_mul(CHECKSUM_PRIME);
    match value {
        Value::Bigint(number) => whole(*number),
        Value::Double(number) => whole(number.to_bits() as i64),
        Value::Timestamp(time_ms) | Value::Zoned(time_ms) => whole(*time_ms),
        Value::Date(days) => whole(i64::from(*days)),
        Value::Boolean(is_true) => {
            if *is_true {
                1231
            } else {
                1237
            }
        }
        Value::Varchar(text) => twox_hash::XxHash64::oneshot(0, text.as_bytes()) as i64,
        Value::Varbinary(bytes) => twox_hash::XxHash64::oneshot(0, bytes) as i64,
        other => twox_hash::XxHash64::oneshot(0, format!("{other:?}").as_bytes()) as i64,
    }
}

/// How often each value is there.
#[derive(Debug, Default)]
struct Histogram {
    counts: HashMap<Value<'static>, i64>,
    bytes: usize,
}

impl Histogram {
    fn count(&mut self, value: &Value<'_>, count: i64) {
        let value = value.clone().into_owned();
        let bytes = value.size() + size_of::<i64>();
        let known = self.counts.entry(value).or_insert_with(|| {
            self.bytes += bytes;
            0
        });
        *known += count;
    }
}

impl Fold for Histogram {
    fn add(&mut self, row: &[Value<'_>]) -> Result<()> {
        if !row[0].is_null() {
            self.count(&row[0], 1);
        }
        Ok(())
    }

    fn merge(&mut self, part: &[Value<'_>]) -> Result<()> {
        for (value, count) in part[0].entries()? {
            self.count(value, count.whole()?);
        }
        Ok(())
    }

    fn part(&self) -> Result<Part> {
        Ok(vec![self.finish()?])
    }

    /// Sorted by value, so that the same rows give the same text.
    fn finish(&self) -> Result<Value<'static>> {
        if self.counts.is_empty() {
            return Ok(Value::Null);
        }
        let mut entries: Vec<_> =
            self.counts.iter().map(|(value, count)| (value.clone(), Value::Bigint(*count))).collect();
        entries.sort();
        Ok(Value::Map(entries))
    }

    fn size(&self) -> usize {
        self.bytes
    }
}
