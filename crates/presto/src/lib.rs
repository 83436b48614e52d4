//! Presto's functions for DataFusion, as the analytics of the log service know them.
//!
//! It is: tables of functions with Presto's signatures (`split_part(varchar, varchar, bigint) -> varchar`), from which
//! they are planned, checked and registered, and the text form of every value ([`format`](mod@format)).
//! It is not: Presto's grammar, or a table to query. What DataFusion has with the same meaning under the same name
//! (`sum`, `coalesce`, window functions) stays as it is.
//!
//! | Presto | Arrow |
//! |---|---|
//! | boolean, date | Boolean, Date32 |
//! | bigint and every smaller whole number | Int64; other integers are taken |
//! | double, decimal | Float64; other floats and decimals are taken |
//! | varchar | Utf8; LargeUtf8 and Utf8View are taken |
//! | json | Utf8 whose field has the extension `arrow.json`; everywhere taken where varchar is and the other way round |
//! | timestamp | Timestamp(Millisecond, None): the time **on the wall of the session's zone**, so that it is shown, cut and compared without knowing the zone; other units are taken |
//! | timestamp with time zone | Timestamp(Millisecond, zone): the instant; `now()`, `from_unixtime(s, zone)` |
//! | array, map, row | List, Map (entries of key and value), Struct |
//!
//! Where a time is expected a bigint is seconds since 1970, as `__time__` is.

mod aggregate;
mod called;
mod cast;
mod cells;
pub mod format;
mod forms;
mod functions;
mod geography;
mod lambda;
pub mod limits;
mod overflow;
mod reduce;
mod resolve;
mod scalar;
mod session;
mod time_text;
mod tried;
mod type_text;
mod types;
mod value;
mod zone;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use datafusion::error::Result;
use datafusion::functions_aggregate::{bit_and_or_xor, bool_and_or, variance};
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::registry::FunctionRegistry;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::prelude::SessionContext;

pub use geography::{Geography, Language, MmdbFile, Place};

use crate::aggregate::Aggregate;
use crate::forms::Forms;
use crate::functions::condition::If;
use crate::overflow::Overflow;
use crate::scalar::Scalar;
use crate::session::Session;
use crate::zone::Zone;

/// What the functions of a session know.
#[derive(Debug, Clone)]
pub struct FunctionSettings {
    /// The zone of times on the wall: a name such as `Asia/Shanghai`, or an offset such as `+08:00`.
    pub time_zone: String,
    /// The time of `now()`, in milliseconds since 1970.
    pub now_ms: i64,
    /// Where addresses are; without it places are empty texts.
    pub geography: Option<Arc<dyn Geography>>,
}

impl Default for FunctionSettings {
    /// UTC, the time of this moment, no geography.
    fn default() -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now_ms = i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX);
        FunctionSettings { time_zone: "UTC".to_owned(), now_ms, geography: None }
    }
}

/// Makes the functions known to a context, in the place of those that had their names.
pub fn register(context: &SessionContext, settings: FunctionSettings) -> Result<()> {
    let FunctionSettings { time_zone, now_ms, geography } = settings;
    let session = Arc::new(Session { zone: Zone::named(&time_zone)?, now_ms, geography });
    let mut forms = Forms::default();
    for row in functions::SCALARS.iter().copied().flatten() {
        let function = ScalarUDF::new_from_impl(Scalar::new(row, &session)?);
        forms.keep(&function);
        context.register_udf(function);
    }
    for rewrite in [Arc::new(forms) as Arc<dyn FunctionRewrite + Send + Sync>, Arc::new(Overflow::default())] {
        context.state_ref().write().register_function_rewrite(rewrite)?;
    }
    context.register_udf(ScalarUDF::new_from_impl(If::new()));
    for row in functions::AGGREGATES.iter().copied().flatten() {
        context.register_udaf(AggregateUDF::new_from_impl(Aggregate::new(row, &session)?));
    }
    for function in lambda::functions().into_iter().chain([reduce::function(), tried::function()]) {
        context.register_higher_order_function(function);
    }
    for function in renamed() {
        context.register_udaf(function);
    }
    Ok(())
}

/// What DataFusion has under other names only.
fn renamed() -> [AggregateUDF; 5] {
    let named = |function: Arc<AggregateUDF>, name| AggregateUDF::clone(&function).with_aliases([name]);
    [
        named(bool_and_or::bool_and_udaf(), "every"),
        named(variance::var_samp_udaf(), "variance"),
        named(bit_and_or_xor::bit_and_udaf(), "bitwise_and_agg"),
        named(bit_and_or_xor::bit_or_udaf(), "bitwise_or_agg"),
        named(bit_and_or_xor::bit_xor_udaf(), "bitwise_xor_agg"),
    ]
}
