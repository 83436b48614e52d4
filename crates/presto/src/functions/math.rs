//! Numbers.

use datafusion::error::Result;

use crate::cast::round_to_whole;
use crate::scalar::{Row, row};
use crate::session::Call;
use crate::types::Type;
use crate::value::{Value, invalid};

macro_rules! of_double {
    ($name:literal, $body:expr) => {
        row(&[concat!($name, "(double) -> double")], |_, args| {
            let body: fn(f64) -> f64 = $body;
            Ok(Value::Double(body(args[0].double()?)))
        })
    };
}

macro_rules! of_bits {
    ($name:literal, $body:expr) => {
        row(&[concat!($name, "(bigint, bigint) -> bigint")], |_, args| {
            let body: fn(i64, i64) -> i64 = $body;
            Ok(Value::Bigint(body(args[0].whole()?, args[1].whole()?)))
        })
    };
}

pub(crate) const ROWS: &[Row] = &[
    row(&["abs(bigint) -> bigint", "abs(double) -> double"], |_, args| match &args[0] {
        Value::Bigint(number) => number.checked_abs().map(Value::Bigint).ok_or_else(|| too_big("abs")),
        number => Ok(Value::Double(number.double()?.abs())),
    }),
    row(&["sign(bigint) -> bigint", "sign(double) -> double"], |_, args| match &args[0] {
        Value::Bigint(number) => Ok(Value::Bigint(number.signum())),
        number => {
            let number = number.double()?;
            Ok(Value::Double(if number == 0.0 || number.is_nan() { number } else { number.signum() }))
        }
    }),
    row(&["ceil(bigint) -> bigint", "ceil(double) -> double"], |_, args| whole_or(args, f64::ceil)).also(&["ceiling"]),
    row(&["floor(bigint) -> bigint", "floor(double) -> double"], |_, args| whole_or(args, f64::floor)),
    row(
        &[
            "round(bigint) -> bigint",
            "round(double) -> double",
            "round(bigint, bigint) -> bigint",
            "round(double, bigint) -> double",
        ],
        round,
    ),
    row(&["truncate(double) -> double", "truncate(double, bigint) -> double"], |_, args| {
        Ok(Value::Double(at_digits(args, f64::trunc)?))
    })
    .also(&["trunc"]),
    row(&["mod(bigint, bigint) -> bigint", "mod(double, double) -> double"], |_, args| match (&args[0], &args[1]) {
        (Value::Bigint(_), Value::Bigint(0)) => Err(invalid("division by zero")),
        (Value::Bigint(number), Value::Bigint(by)) => Ok(Value::Bigint(number.wrapping_rem(*by))),
        (number, by) => Ok(Value::Double(number.double()? % by.double()?)),
    }),
    of_double!("sqrt", f64::sqrt),
    of_double!("cbrt", f64::cbrt),
    of_double!("exp", f64::exp),
    of_double!("ln", f64::ln),
    of_double!("log2", f64::log2),
    of_double!("log10", f64::log10),
    of_double!("sin", f64::sin),
    of_double!("cos", f64::cos),
    of_double!("tan", f64::tan),
    of_double!("asin", f64::asin),
    of_double!("acos", f64::acos),
    of_double!("atan", f64::atan),
    of_double!("sinh", f64::sinh),
    of_double!("cosh", f64::cosh),
    of_double!("tanh", f64::tanh),
    of_double!("degrees", f64::to_degrees),
    of_double!("radians", f64::to_radians),
    row(&["atan2(double, double) -> double"], |_, args| Ok(Value::Double(args[0].double()?.atan2(args[1].double()?)))),
    // The base comes first; one argument alone is the logarithm to base 10, as the service has it.
    row(&["log(double) -> double", "log(double, double) -> double"], |_, args| {
        Ok(Value::Double(match args {
            [number] => number.double()?.log10(),
            _ => args[1].double()?.ln() / args[0].double()?.ln(),
        }))
    }),
    row(&["power(double, double) -> double"], |_, args| Ok(Value::Double(args[0].double()?.powf(args[1].double()?))))
        .also(&["pow"]),
    row(&["pi() -> double"], |_, _| Ok(Value::Double(std::f64::consts::PI))),
    row(&["e() -> double"], |_, _| Ok(Value::Double(std::f64::consts::E))),
    row(&["infinity() -> double"], |_, _| Ok(Value::Double(f64::INFINITY))),
    row(&["nan() -> double"], |_, _| Ok(Value::Double(f64::NAN))),
    row(&["is_nan(double) -> boolean"], |_, args| Ok(Value::Boolean(args[0].double()?.is_nan()))).also(&["isnan"]),
    row(&["is_finite(double) -> boolean"], |_, args| Ok(Value::Boolean(args[0].double()?.is_finite()))),
    row(&["is_infinite(double) -> boolean"], |_, args| Ok(Value::Boolean(args[0].double()?.is_infinite()))),
    row(&["rand() -> double", "rand(bigint) -> bigint", "rand(bigint, bigint) -> bigint"], random)
        .also(&["random"])
        .volatile(),
    row(
        &["width_bucket(double, double, double, bigint) -> bigint", "width_bucket(double, array(double)) -> bigint"],
        width_bucket,
    ),
    row(&["from_base(varchar, bigint) -> bigint"], |_, args| {
        let (text, base) = (args[0].text()?, base(&args[1])?);
        i64::from_str_radix(text, base)
            .map(Value::Bigint)
            .map_err(|_| invalid(format!("'{text}' is no number of the base {base}")))
    }),
    row(&["to_base(bigint, bigint) -> varchar"], |_, args| {
        Ok(Value::owned(to_base(args[0].whole()?, base(&args[1])?)))
    }),
    row(&["greatest(T...) -> T"], |_, args| Ok(args.iter().max().cloned().unwrap_or_default())),
    row(&["least(T...) -> T"], |_, args| Ok(args.iter().min().cloned().unwrap_or_default())),
    of_bits!("bitwise_and", |one, two| one & two),
    of_bits!("bitwise_or", |one, two| one | two),
    of_bits!("bitwise_xor", |one, two| one ^ two),
    of_bits!("bitwise_shift_left_all", |number, by| if (0..64).contains(&by) { number << by } else { 0 }),
    of_bits!("bitwise_arithmetic_shift_right", |number, by| number >> by.clamp(0, 63)),
    row(&["bitwise_not(bigint) -> bigint"], |_, args| Ok(Value::Bigint(!args[0].whole()?))),
    row(&["bit_count(bigint, bigint) -> bigint"], |_, args| {
        let (number, bits) = (args[0].whole()?, args[1].whole()?);
        let is_held = (2..64).contains(&bits) && number >= -(1 << (bits - 1)) && number < 1 << (bits - 1);
        match bits {
            64 => Ok(Value::Bigint(i64::from(number.count_ones()))),
            _ if is_held => Ok(Value::Bigint(i64::from((number & ((1 << bits) - 1)).count_ones()))),
            _ => Err(invalid(format!("{number} is no number of {bits} bits; bits are from 2 to 64"))),
        }
    }),
];

fn too_big(name: &str) -> datafusion::common::DataFusionError {
    invalid(format!("the result of {name} is no bigint: it is too big"))
}

fn whole_or<'a>(args: &[Value<'a>], of_double: fn(f64) -> f64) -> Result<Value<'a>> {
    match &args[0] {
        Value::Bigint(number) => Ok(Value::Bigint(*number)),
        number => Ok(Value::Double(of_double(number.double()?))),
    }
}

fn round<'a>(call: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    if *call.result != Type::Bigint {
        return Ok(Value::Double(at_digits(args, f64::round)?));
    }
    let (number, digits) = (args[0].whole()?, args.get(1).map_or(Ok(0), Value::whole)?);
    if digits >= 0 {
        return Ok(Value::Bigint(number));
    }
    let Some(unit) = u32::try_from(digits.unsigned_abs()).ok().and_then(|digits| 10_i128.checked_pow(digits)) else {
        return Ok(Value::Bigint(0));
    };
    let number = i128::from(number);
    let half_up = (number.abs() + unit / 2) / unit * unit * number.signum();
    i64::try_from(half_up).map(Value::Bigint).map_err(|_| too_big("round"))
}

/// The function of the number at so many digits behind the point; negative ones are before it.
fn at_digits(args: &[Value<'_>], of_double: fn(f64) -> f64) -> Result<f64> {
    let (number, digits) = (args[0].double()?, args.get(1).map_or(Ok(0), Value::whole)?);
    let unit = 10_f64.powi(i32::try_from(digits.clamp(-400, 400)).unwrap_or(0));
    let scaled = number * unit;
    // What has no digits there is round already; so is what is not finite.
    Ok(if scaled.is_finite() && unit > 0.0 {
        of_double(scaled) / unit
    } else if unit > 1.0 {
        number
    } else {
        0.0
    })
}

fn random<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (from, to) = match args {
        [] => return Ok(Value::Double(rand::random())),
        [to] => (0, to.whole()?),
        [from, to, ..] => (from.whole()?, to.whole()?),
    };
    if from >= to {
        return Err(invalid("the bounds of random have to leave a number between them"));
    }
    Ok(Value::Bigint(rand::random_range(from..to)))
}

fn width_bucket<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let number = args[0].double()?;
    if number.is_nan() {
        return Err(invalid("width_bucket does not take NaN"));
    }
    if let Value::Array(bounds) = &args[1] {
        let bounds = bounds.iter().map(Value::double).collect::<Result<Vec<f64>>>()?;
        if bounds.is_empty() || !bounds.is_sorted() {
            return Err(invalid("width_bucket expects bounds in ascending order"));
        }
        return Ok(Value::count(bounds.partition_point(|bound| *bound <= number)));
    }
    let (from, to, buckets) = (args[1].double()?, args[2].double()?, args[3].whole()?);
    if buckets <= 0 || from == to || !from.is_finite() || !to.is_finite() {
        return Err(invalid("width_bucket expects finite bounds that differ and at least one bucket"));
    }
    let part = (number - from) / (to - from);
    Ok(Value::Bigint(if part < 0.0 {
        0
    } else if part >= 1.0 {
        buckets.checked_add(1).ok_or_else(|| too_big("width_bucket"))?
    } else {
        round_to_whole((part * buckets as f64).floor())? + 1
    }))
}

fn base(value: &Value<'_>) -> Result<u32> {
    let base = value.whole()?;
    u32::try_from(base)
        .ok()
        .filter(|base| (2..=36).contains(base))
        .ok_or_else(|| invalid(format!("{base} is no base: they are from 2 to 36")))
}

fn to_base(number: i64, base: u32) -> String {
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    while rest > 0 || digits.is_empty() {
        digits.extend(char::from_digit((rest % u64::from(base)) as u32, base));
        rest /= u64::from(base);
    }
    digits.extend((number < 0).then_some('-'));
    digits.iter().rev().collect()
}
