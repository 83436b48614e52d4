//! The names of the product on the wire and its words for unfit parameters.

use openapi::{ApiError, Envelope, InvalidValue, Product, ValueFault};

use crate::errors::{ErrorCode, PARAMETER_ENUMERATION, PARAMETER_FORMAT, PARAMETER_MAXIMUM, PARAMETER_MINIMUM};

/// Cloud Call Center, version 2017-07-05.
pub const PRODUCT: Product = Product {
    code: "CCC",
    service_name: "CloudCallCenter",
    ram_code: "ccc",
    versions: &["2017-07-05"],
    is_global: false,
    envelope: Envelope::WithOutcome,
    missing,
    invalid,
};

/// 400 `Missing<Param>`; of a list without its `.N`, so that one code stands for the parameter.
pub(crate) fn missing(parameter: &str) -> ApiError {
    let name = parameter.split('.').next().unwrap_or(parameter);
    ApiError::bad_request(format!("Missing{name}"), format!("{name} is mandatory for this action."))
}

fn invalid(value: &InvalidValue<'_>) -> ApiError {
    code_of(value.fault)
        .error(format!("The specified parameter \"{}\" is not valid: {}.", value.parameter, value.expected))
}

fn code_of(fault: ValueFault) -> ErrorCode {
    match fault {
        ValueFault::Format => PARAMETER_FORMAT,
        ValueFault::Enumeration => PARAMETER_ENUMERATION,
        ValueFault::Maximum => PARAMETER_MAXIMUM,
        ValueFault::Minimum => PARAMETER_MINIMUM,
    }
}

/// The same words for what a handler finds.
pub(crate) fn unfit(fault: ValueFault, parameter: &str, expected: impl Into<String>) -> ApiError {
    invalid(&InvalidValue { parameter, fault, expected: expected.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_parameter_has_a_code_of_its_own() {
        let error = missing("InstanceId");
        assert_eq!((error.code.as_ref(), error.http_status), ("MissingInstanceId", 400));
        assert_eq!(error.message, "InstanceId is mandatory for this action.");
        assert_eq!(missing("UserRamId.1").code, "MissingUserRamId");
    }

    #[test]
    fn each_fault_has_its_code() {
        for (fault, code) in [
            (ValueFault::Format, "Parameter.Format"),
            (ValueFault::Enumeration, "Parameter.Enumeration"),
            (ValueFault::Maximum, "Parameter.Maximum"),
            (ValueFault::Minimum, "Parameter.Minimum"),
        ] {
            let error = (PRODUCT.invalid)(&InvalidValue { parameter: "X", fault, expected: "why".to_owned() });
            assert_eq!((error.code.as_ref(), error.http_status), (code, 400));
        }
    }
}
