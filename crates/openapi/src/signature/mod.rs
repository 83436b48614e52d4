//! Signatures of the two generations, computed the same way for checking and for signing.
//!
//! Public documents: Alibaba Cloud OpenAPI, "RPC mechanism: signature" (V1) and "V3 request structure and signature".

pub mod canonical;
pub mod v1;
pub mod v3;

use subtle::ConstantTimeEq;

/// Compares two signatures in a time that does not tell where they differ.
pub(crate) fn same(ours: &str, theirs: &str) -> bool {
    ours.as_bytes().ct_eq(theirs.as_bytes()).into()
}
