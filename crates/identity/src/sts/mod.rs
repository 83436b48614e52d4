//! STS on the wire. Public document: STS, API version 2015-04-01.

mod assume_role;
mod caller_identity;
mod session;

use openapi::{Envelope, Operation, OperationSpec, Parameter, Product, invalid_parameter, missing_parameter};

use crate::Identity;

/// STS.
pub const PRODUCT: Product = Product {
    code: "Sts",
    service_name: "Sts",
    ram_code: "sts",
    versions: &["2015-04-01"],
    is_global: true,
    envelope: Envelope::Plain,
    missing: missing_parameter,
    invalid: invalid_parameter,
};

/// The operations.
pub static OPERATIONS: &[Operation<Identity>] = &[
    Operation {
        spec: OperationSpec::write("AssumeRole")
            .permission_on("{RoleArn}")
            .takes(&[
                Parameter::text("RoleArn").required(),
                Parameter::text("RoleSessionName").required(),
                Parameter::integer("DurationSeconds", i64::MIN, i64::MAX),
                Parameter::text_of("Policy", 0, 65_536),
                Parameter::text_of("ExternalId", 2, 1_224),
                Parameter::text_of("SourceIdentity", 2, 64),
            ])
            .creates("ACS::RAM::AccessKey")
            .answers(&["AssumedRoleUser", "Credentials"])
            .fails_with(&[
                "InvalidParameter.RoleArn",
                "InvalidParameter.RoleSessionName",
                "InvalidParameter.DurationSeconds",
                "InvalidParameter.PolicyGrammar",
                "InvalidParameter.PolicySize",
                "NoPermission",
                "EntityNotExist.Role",
            ])
            .vendor_limit(100),
        handler: |identity, call| Box::pin(assume_role::assume_role(identity, call)),
    },
    Operation {
        spec: OperationSpec::read("GetCallerIdentity").without_permission().answers(&[
            "AccountId",
            "IdentityType",
            "PrincipalId",
            "Arn",
            "UserId",
            "RoleId",
        ]),
        handler: |_, call| Box::pin(caller_identity::get_caller_identity(call)),
    },
];
