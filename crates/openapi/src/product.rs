//! A product: its names on the wire and its table of operations.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::call::Call;
use crate::error::ApiError;
use crate::operation::{HandlerResult, Operation, OperationSpec};

/// What is the same for all operations of a product.
#[derive(Debug, Clone, Copy)]
pub struct Product {
    /// Code in SDKs, error links and the event's `AcsProduct`: `CCC`.
    pub code: &'static str,
    /// The event's `serviceName`: `CloudCallCenter`.
    pub service_name: &'static str,
    /// Prefix of RAM actions: `ccc`.
    pub ram_code: &'static str,
    /// API versions; a call's version chooses the product.
    pub versions: &'static [&'static str],
    /// The service has no regions: its events are global.
    pub is_global: bool,
    /// The answer's frame.
    pub envelope: Envelope,
    /// Code of a missing required parameter.
    pub missing: fn(parameter: &str) -> ApiError,
    /// Code of a value that does not fit its row.
    pub invalid: fn(&InvalidValue<'_>) -> ApiError,
}

/// What stands beside the result fields of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Envelope {
    /// `RequestId` alone.
    Plain,
    /// `RequestId`, `HttpStatusCode`, `Code`, `Success`, in errors too (CCC 2017-07-05).
    WithOutcome,
}

/// A value that does not fit.
#[derive(Debug)]
pub struct InvalidValue<'a> {
    /// Parameter name as sent (`UserId.3`).
    pub parameter: &'a str,
    /// What is wrong.
    pub fault: ValueFault,
    /// A sentence that says what is expected.
    pub expected: String,
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueFault {
    /// Not of the type.
    Format,
    /// Not one of the allowed texts.
    Enumeration,
    /// Too large, too long, too many.
    Maximum,
    /// Too small or too short.
    Minimum,
}

/// The default for products without words of their own: 400 `MissingParameter`.
pub fn missing_parameter(parameter: &str) -> ApiError {
    ApiError::bad_request(
        "MissingParameter",
        format!("The input parameter \"{parameter}\" that is mandatory for processing this request is not supplied."),
    )
}

/// The default for products without words of their own: 400 `InvalidParameter.<Name>`.
pub fn invalid_parameter(value: &InvalidValue<'_>) -> ApiError {
    ApiError::bad_request(
        format!("InvalidParameter.{}", value.parameter),
        format!("The specified parameter \"{}\" is not valid: {}.", value.parameter, value.expected),
    )
}

/// A product with its state, as the gateway sees it.
pub trait Service: Send + Sync + 'static {
    /// Names.
    fn product(&self) -> &Product;
    /// Finds a row. Names are compared exactly.
    fn find(&self, operation: &str) -> Option<&'static OperationSpec>;
    /// Runs the handler of `call.operation`.
    fn call<'a>(&'a self, call: &'a Call) -> Pin<Box<dyn Future<Output = HandlerResult> + Send + 'a>>;
    /// All rows, for documentation and metrics.
    fn operations(&self) -> Vec<&'static OperationSpec>;
}

/// The one implementation of [`Service`]: a table over a state.
pub struct TableService<S: 'static> {
    product: Product,
    operations: HashMap<&'static str, &'static Operation<S>>,
    state: Arc<S>,
}

impl<S: Send + Sync + 'static> TableService<S> {
    /// Joins state and table; a large product's table comes in parts, one a family of operations.
    pub fn new(product: Product, families: impl IntoIterator<Item = &'static [Operation<S>]>, state: Arc<S>) -> Self {
        let operations = families.into_iter().flatten().map(|row| (row.spec.name, row)).collect();
        Self { product, operations, state }
    }
}

impl<S: Send + Sync + 'static> Service for TableService<S> {
    fn product(&self) -> &Product {
        &self.product
    }

    fn find(&self, operation: &str) -> Option<&'static OperationSpec> {
        self.operations.get(operation).map(|row| &row.spec)
    }

    fn call<'a>(&'a self, call: &'a Call) -> Pin<Box<dyn Future<Output = HandlerResult> + Send + 'a>> {
        match self.operations.get(call.operation) {
            Some(row) => (row.handler)(&self.state, call),
            None => Box::pin(async { Err(crate::faults::unknown_operation()) }),
        }
    }

    fn operations(&self) -> Vec<&'static OperationSpec> {
        self.operations.values().map(|row| &row.spec).collect()
    }
}
