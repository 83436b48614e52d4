//! RAM on the wire. Public document: RAM, API version 2015-05-01.

mod accounts;
mod attachments;
mod errors;
mod groups;
mod keys;
mod page;
mod policies;
mod roles;
pub(crate) mod users;

pub(crate) use errors::no_role;

use openapi::{Envelope, Operation, OperationSpec, Parameter, Product, invalid_parameter, missing_parameter};

use crate::Identity;
use crate::limits::{MAX_ITEMS, MAX_NAME_CHARS, MAX_POLICY_CHARS, MAX_POLICY_NAME_CHARS, MAX_SESSION_S, MIN_SESSION_S};

/// RAM.
pub const PRODUCT: Product = Product {
    code: "Ram",
    service_name: "Ram",
    ram_code: "ram",
    versions: &["2015-05-01"],
    is_global: true,
    envelope: Envelope::Plain,
    missing: missing_parameter,
    invalid: invalid_parameter,
};

const USER: &str = "acs:ram::{account}:user/{UserName}";
const GROUP: &str = "acs:ram::{account}:group/{GroupName}";
const ROLE: &str = "acs:ram::{account}:role/{RoleName}";
const POLICY: &str = "acs:ram::{account}:policy/{PolicyName}";

const USER_NAME: Parameter = Parameter::text_of("UserName", 1, MAX_NAME_CHARS);
const GROUP_NAME: Parameter = Parameter::text_of("GroupName", 1, MAX_NAME_CHARS);
const ROLE_NAME: Parameter = Parameter::text_of("RoleName", 1, MAX_NAME_CHARS);
const POLICY_NAME: Parameter = Parameter::text_of("PolicyName", 1, MAX_POLICY_NAME_CHARS);
const POLICY_TYPE: Parameter = Parameter::one_of("PolicyType", &["System", "Custom"]);
const MARKER: Parameter = Parameter::text("Marker");
const MAX_ITEMS_PARAMETER: Parameter = Parameter::integer("MaxItems", 1, MAX_ITEMS);
// Longer than the rule, so that the document's own error says what is wrong.
const POLICY_DOCUMENT: Parameter = Parameter::text_of("PolicyDocument", 1, 2 * MAX_POLICY_CHARS);
const TRUST_DOCUMENT: Parameter = Parameter::text_of("AssumeRolePolicyDocument", 1, 2 * MAX_POLICY_CHARS);

const fn row(spec: OperationSpec, handler: openapi::Handler<Identity>) -> Operation<Identity> {
    Operation { spec, handler }
}

const fn on_user(spec: OperationSpec) -> OperationSpec {
    spec.permission_on(USER).touches("ACS::RAM::User", "UserName")
}

const fn on_group(spec: OperationSpec) -> OperationSpec {
    spec.permission_on(GROUP).touches("ACS::RAM::Group", "GroupName")
}

const fn on_role(spec: OperationSpec) -> OperationSpec {
    spec.permission_on(ROLE).touches("ACS::RAM::Role", "RoleName")
}

const fn on_policy(spec: OperationSpec) -> OperationSpec {
    spec.permission_on(POLICY).touches("ACS::RAM::Policy", "PolicyName")
}

/// The operations.
pub static OPERATIONS: &[Operation<Identity>] = &[
    row(
        OperationSpec::write("CreateAccount")
            .console_operation()
            .permission_on("acs:ram::{account}:account/*")
            .takes(&[Parameter::text_of("AccountName", 0, MAX_NAME_CHARS)]),
        |identity, call| Box::pin(accounts::create(identity, call)),
    ),
    row(
        OperationSpec::read("ListAccounts").console_operation().permission_on("acs:ram::{account}:account/*"),
        |identity, call| Box::pin(accounts::list(identity, call)),
    ),
    row(
        on_user(OperationSpec::write("CreateUser")).takes(&[
            USER_NAME.required(),
            Parameter::text_of("DisplayName", 0, 128),
            Parameter::text_of("MobilePhone", 0, 64),
            Parameter::text_of("Email", 0, 128),
            Parameter::text_of("Comments", 0, 128),
        ]),
        |identity, call| Box::pin(users::create(identity, call)),
    ),
    row(on_user(OperationSpec::read("GetUser")).takes(&[USER_NAME.required()]), |identity, call| {
        Box::pin(users::get(identity, call))
    }),
    row(
        on_user(OperationSpec::write("UpdateUser")).takes(&[
            USER_NAME.required(),
            Parameter::text_of("NewUserName", 0, MAX_NAME_CHARS),
            Parameter::text_of("NewDisplayName", 0, 128),
            Parameter::text_of("NewMobilePhone", 0, 64),
            Parameter::text_of("NewEmail", 0, 128),
            Parameter::text_of("NewComments", 0, 128),
        ]),
        |identity, call| Box::pin(users::update(identity, call)),
    ),
    row(on_user(OperationSpec::write("DeleteUser")).takes(&[USER_NAME.required()]), |identity, call| {
        Box::pin(users::delete(identity, call))
    }),
    row(
        OperationSpec::read("ListUsers")
            .permission_on("acs:ram::{account}:user/*")
            .takes(&[MARKER, MAX_ITEMS_PARAMETER]),
        |identity, call| Box::pin(users::list(identity, call)),
    ),
    row(on_user(OperationSpec::write("CreateAccessKey")).takes(&[USER_NAME]), |identity, call| {
        Box::pin(keys::create(identity, call))
    }),
    row(
        on_user(OperationSpec::write("UpdateAccessKey")).takes(&[
            USER_NAME,
            Parameter::text("UserAccessKeyId").required(),
            Parameter::one_of("Status", &["Active", "Inactive"]).required(),
        ]),
        |identity, call| Box::pin(keys::update(identity, call)),
    ),
    row(
        on_user(OperationSpec::write("DeleteAccessKey"))
            .takes(&[USER_NAME, Parameter::text("UserAccessKeyId").required()]),
        |identity, call| Box::pin(keys::delete(identity, call)),
    ),
    row(on_user(OperationSpec::read("ListAccessKeys")).takes(&[USER_NAME]), |identity, call| {
        Box::pin(keys::list(identity, call))
    }),
    row(
        on_policy(OperationSpec::write("CreatePolicy")).takes(&[
            POLICY_NAME.required(),
            POLICY_DOCUMENT.required(),
            Parameter::text("Description"),
        ]),
        |identity, call| Box::pin(policies::create(identity, call)),
    ),
    row(
        on_policy(OperationSpec::read("GetPolicy")).takes(&[POLICY_NAME.required(), POLICY_TYPE.required()]),
        |identity, call| Box::pin(policies::get(identity, call)),
    ),
    row(
        OperationSpec::read("ListPolicies").permission_on("acs:ram::{account}:policy/*").takes(&[
            POLICY_TYPE,
            MARKER,
            MAX_ITEMS_PARAMETER,
        ]),
        |identity, call| Box::pin(policies::list(identity, call)),
    ),
    row(on_policy(OperationSpec::write("DeletePolicy")).takes(&[POLICY_NAME.required()]), |identity, call| {
        Box::pin(policies::delete(identity, call))
    }),
    row(
        on_user(OperationSpec::write("AttachPolicyToUser")).takes(&[
            POLICY_TYPE.required(),
            POLICY_NAME.required(),
            USER_NAME.required(),
        ]),
        |identity, call| Box::pin(attachments::attach(identity, call, &attachments::USER)),
    ),
    row(
        on_user(OperationSpec::write("DetachPolicyFromUser")).takes(&[
            POLICY_TYPE.required(),
            POLICY_NAME.required(),
            USER_NAME.required(),
        ]),
        |identity, call| Box::pin(attachments::detach(identity, call, &attachments::USER)),
    ),
    row(on_user(OperationSpec::read("ListPoliciesForUser")).takes(&[USER_NAME.required()]), |identity, call| {
        Box::pin(attachments::list(identity, call, &attachments::USER))
    }),
    row(
        on_role(OperationSpec::write("CreateRole")).takes(&[
            ROLE_NAME.required(),
            TRUST_DOCUMENT.required(),
            Parameter::text("Description"),
            Parameter::integer("MaxSessionDuration", MIN_SESSION_S * 4, MAX_SESSION_S),
        ]),
        |identity, call| Box::pin(roles::create(identity, call)),
    ),
    row(on_role(OperationSpec::read("GetRole")).takes(&[ROLE_NAME.required()]), |identity, call| {
        Box::pin(roles::get(identity, call))
    }),
    row(
        OperationSpec::read("ListRoles")
            .permission_on("acs:ram::{account}:role/*")
            .takes(&[MARKER, MAX_ITEMS_PARAMETER]),
        |identity, call| Box::pin(roles::list(identity, call)),
    ),
    row(on_role(OperationSpec::write("DeleteRole")).takes(&[ROLE_NAME.required()]), |identity, call| {
        Box::pin(roles::delete(identity, call))
    }),
    row(
        on_role(OperationSpec::write("AttachPolicyToRole")).takes(&[
            POLICY_TYPE.required(),
            POLICY_NAME.required(),
            ROLE_NAME.required(),
        ]),
        |identity, call| Box::pin(attachments::attach(identity, call, &attachments::ROLE)),
    ),
    row(
        on_role(OperationSpec::write("DetachPolicyFromRole")).takes(&[
            POLICY_TYPE.required(),
            POLICY_NAME.required(),
            ROLE_NAME.required(),
        ]),
        |identity, call| Box::pin(attachments::detach(identity, call, &attachments::ROLE)),
    ),
    row(on_role(OperationSpec::read("ListPoliciesForRole")).takes(&[ROLE_NAME.required()]), |identity, call| {
        Box::pin(attachments::list(identity, call, &attachments::ROLE))
    }),
    row(
        on_group(OperationSpec::write("CreateGroup"))
            .takes(&[GROUP_NAME.required(), Parameter::text_of("Comments", 0, 128)]),
        |identity, call| Box::pin(groups::create(identity, call)),
    ),
    row(
        OperationSpec::read("ListGroups")
            .permission_on("acs:ram::{account}:group/*")
            .takes(&[MARKER, MAX_ITEMS_PARAMETER]),
        |identity, call| Box::pin(groups::list(identity, call)),
    ),
    row(on_group(OperationSpec::write("DeleteGroup")).takes(&[GROUP_NAME.required()]), |identity, call| {
        Box::pin(groups::delete(identity, call))
    }),
    row(
        on_group(OperationSpec::write("AddUserToGroup")).takes(&[USER_NAME.required(), GROUP_NAME.required()]),
        |identity, call| Box::pin(groups::add_user(identity, call)),
    ),
    row(
        on_group(OperationSpec::write("RemoveUserFromGroup")).takes(&[USER_NAME.required(), GROUP_NAME.required()]),
        |identity, call| Box::pin(groups::remove_user(identity, call)),
    ),
    row(on_user(OperationSpec::read("ListGroupsForUser")).takes(&[USER_NAME.required()]), |identity, call| {
        Box::pin(groups::list_for_user(identity, call))
    }),
    row(
        on_group(OperationSpec::write("AttachPolicyToGroup")).takes(&[
            POLICY_TYPE.required(),
            POLICY_NAME.required(),
            GROUP_NAME.required(),
        ]),
        |identity, call| Box::pin(attachments::attach(identity, call, &attachments::GROUP)),
    ),
    row(
        on_group(OperationSpec::write("DetachPolicyFromGroup")).takes(&[
            POLICY_TYPE.required(),
            POLICY_NAME.required(),
            GROUP_NAME.required(),
        ]),
        |identity, call| Box::pin(attachments::detach(identity, call, &attachments::GROUP)),
    ),
    row(on_group(OperationSpec::read("ListPoliciesForGroup")).takes(&[GROUP_NAME.required()]), |identity, call| {
        Box::pin(attachments::list(identity, call, &attachments::GROUP))
    }),
];
