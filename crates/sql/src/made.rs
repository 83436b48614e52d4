//! Functions that make much out of little, such as `repeat`: what they make is bounded, and counted as the query's memory
//! for as long as it is there.
//!
//! DataFusion counts what sorting, grouping and joining hold, not what an expression makes. So each of these functions is
//! called by way of one that knows before how many bytes will be made at most, and takes them from the memory of all
//! queries; the memory goes back when the last buffer does. They count as volatile, so that none is computed while a
//! statement is planned: a long constant would be copied for every row, and nobody would have counted that.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{Array, ArrayData, ArrayRef, make_array};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::prelude::SessionContext;

use crate::limits::MAX_MADE_BYTES;
use crate::made_bytes::{MADE_BYTES, MadeBytes};

/// Puts bounded functions in the place of those that have no bounds.
pub(crate) fn register(context: &SessionContext) {
    let pool = context.runtime_env().memory_pool.clone();
    for (name, bytes) in MADE_BYTES {
        let unbounded = context.state_ref().read().scalar_functions().get(*name).cloned();
        if let Some(inner) = unbounded {
            let signature = Signature { volatility: Volatility::Volatile, ..inner.signature().clone() };
            let bounded = Bounded { inner, signature, bytes: *bytes, pool: pool.clone() };
            context.register_udf(ScalarUDF::new_from_impl(bounded));
        }
    }
}

/// A function of DataFusion's with a bound.
#[derive(Debug)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    signature: Signature,
    bytes: MadeBytes,
    pool: Arc<dyn MemoryPool>,
}

impl PartialEq for Bounded {
    fn eq(&self, other: &Bounded) -> bool {
        self.inner == other.inner
    }
}

impl Eq for Bounded {}

impl Hash for Bounded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl Bounded {
    /// Bytes that so many rows make together.
    fn total(&self, arguments: &[ArrayRef], rows: usize) -> Result<usize> {
        let mut total = 0_usize;
        for row in 0..rows {
            let bytes = (self.bytes)(arguments, row)?;
            if bytes > MAX_MADE_BYTES as u128 {
                return exec_err!("{} may make a value of {MAX_MADE_BYTES} bytes, not of {bytes}", self.name());
            }
            // Below the bound it is a usize.
            total = total.saturating_add(bytes as usize);
        }
        Ok(total)
    }

    fn reserve(&self, bytes: usize) -> Result<Arc<MemoryReservation>> {
        let memory = MemoryConsumer::new(self.inner.name()).register(&self.pool);
        memory.try_grow(bytes)?;
        Ok(Arc::new(memory))
    }
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        self.inner.return_type(given)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.inner().coerce_types(given)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let is_constant = args.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        let different_rows = if is_constant { rows.min(1) } else { rows };
        let arguments =
            args.args.iter().map(|argument| argument.to_array(different_rows)).collect::<Result<Vec<_>>>()?;
        let mut total = self.total(&arguments, different_rows)?;
        if is_constant {
            total = total.saturating_mul(rows);
        }
        let memory = self.reserve(total)?;
        let made = self.inner.invoke_with_args(args)?.into_array(rows)?;
        Ok(ColumnarValue::Array(make_array(held(made.to_data(), &memory)?)))
    }
}

/// Bytes that give memory back when they go.
struct Held {
    buffer: Buffer,
    _memory: Arc<MemoryReservation>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        self.buffer.as_slice()
    }
}

/// The same values in buffers that hold the memory.
fn held(data: ArrayData, memory: &Arc<MemoryReservation>) -> Result<ArrayData> {
    let hold =
        |buffer: &Buffer| Buffer::from(Bytes::from_owner(Held { buffer: buffer.clone(), _memory: memory.clone() }));
    let buffers = data.buffers().iter().map(hold).collect();
    let children = data.child_data().iter().map(|child| held(child.clone(), memory)).collect::<Result<_>>()?;
    Ok(data.into_builder().buffers(buffers).child_data(children).build()?)
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::StringArray;
    use datafusion::execution::memory_pool::GreedyMemoryPool;

    use super::*;

    #[test]
    fn memory_is_held_as_long_as_the_values_are() {
        let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(100));
        let memory = MemoryConsumer::new("test").register(&pool);
        memory.try_grow(80).unwrap();
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("呼叫"), None, Some("")]));
        let made = make_array(held(texts.to_data(), &Arc::new(memory)).unwrap());
        assert_eq!(&made, &texts);
        let slice = made.slice(1, 1);
        drop(made);
        assert_eq!(pool.reserved(), 80);
        drop(slice);
        assert_eq!(pool.reserved(), 0);
    }
}
