//! The rows of the operations on trails.
//!
//! Public documents: ActionTrail, "CreateTrail", "UpdateTrail", "DeleteTrail", "DescribeTrails", "GetTrailStatus",
//! "StartLogging", "StopLogging" (2020-07-06).

use openapi::{Operation, OperationSpec, Parameter, joined_codes};

use super::record::EventRw;
use super::{TRAIL, create, delete, delivery, describe, logging, settings, status, update, view};
use crate::operations::ActionTrail;

const TRAIL_ARN: &str = "acs:actiontrail:{region}:{account}:trail/{Name}";
const ALL_TRAILS_ARN: &str = "acs:actiontrail:{region}:{account}:trail/*";

/// Errors of an operation on one trail.
pub(crate) const TRAIL_ERRORS: &[&str] = &["InvalidTrailNameException", "TrailNotFoundException"];

/// What a destination may have against being one.
const DESTINATION_ERRORS: &[&str] = &[
    "SlsProjectDoesNotExistException",
    "InsufficientBucketPolicyException",
    "InsufficientSlsPolicyException",
    "BucketDoesNotExistException",
    "NeedOssRamAuthorize",
    "NeedSlsRamAuthorize",
    "CreateLogStoreError",
    "LogServiceException",
    "ServiceUnavailable",
];

/// What a trail may not be, wherever it delivers.
const SHAPE_ERRORS: &[&str] = &joined_codes::<{ DESTINATION_ERRORS.len() + 4 }>(
    DESTINATION_ERRORS,
    &["InvalidPrefixException", "InvalidDeliveryConfigurationException", "InvalidQueryParameter", "RepeatOssBucket"],
);

pub(crate) const CREATE_SPEC: OperationSpec = OperationSpec::write("CreateTrail")
    .permission_on(ALL_TRAILS_ARN)
    .touches(TRAIL, "Name")
    .takes(&[
        Parameter::text("Name").required(),
        Parameter::text("OssBucketName"),
        Parameter::text("OssKeyPrefix"),
        Parameter::text("OssWriteRoleArn"),
        Parameter::text("SlsProjectArn"),
        Parameter::text("SlsWriteRoleArn"),
        Parameter::text("MaxComputeProjectArn"),
        Parameter::text("MaxComputeWriteRoleArn"),
        Parameter::one_of("EventRW", EventRw::NAMES),
        Parameter::text("TrailRegion"),
        Parameter::boolean("IsOrganizationTrail"),
    ])
    .answers(view::CONFIGURATION)
    .fails_with(&joined_codes::<{ SHAPE_ERRORS.len() + 5 }>(
        SHAPE_ERRORS,
        &[
            "InvalidTrailNameException",
            "TrailAlreadyExistsException",
            "MaximumNumberOfTrailsExceededException",
            "MaximumNumberOfOrganizationTrailExceeded",
            "NotAllowCreateOrganizationTrail",
        ],
    ))
    .vendor_limit(5);

pub(crate) const UPDATE_SPEC: OperationSpec = OperationSpec::write("UpdateTrail")
    .permission_on(TRAIL_ARN)
    .touches(TRAIL, "Name")
    .takes(&[
        Parameter::text("Name").required(),
        Parameter::text("OssBucketName"),
        Parameter::text("OssKeyPrefix"),
        Parameter::text("OssWriteRoleArn"),
        Parameter::text("SlsProjectArn"),
        Parameter::text("SlsWriteRoleArn"),
        Parameter::text("MaxComputeProjectArn"),
        Parameter::text("MaxComputeWriteRoleArn"),
        Parameter::one_of("EventRW", EventRw::NAMES),
        Parameter::text("TrailRegion"),
    ])
    .answers(view::CONFIGURATION)
    .fails_with(&joined_codes::<{ SHAPE_ERRORS.len() + TRAIL_ERRORS.len() }>(SHAPE_ERRORS, TRAIL_ERRORS))
    .vendor_limit(5);

pub(crate) const DELETE_SPEC: OperationSpec = OperationSpec::write("DeleteTrail")
    .permission_on(TRAIL_ARN)
    .touches(TRAIL, "Name")
    .takes(&[Parameter::text("Name").required()])
    .fails_with(&["InvalidTrailNameException", "TrailNotFoundException", "ForbiddenDeleteTrail"])
    .vendor_limit(5);

pub(crate) const DESCRIBE_SPEC: OperationSpec = OperationSpec::read("DescribeTrails")
    .permission_on(ALL_TRAILS_ARN)
    .takes(&[
        Parameter::text_of("NameList", 0, 4_096),
        Parameter::boolean("IncludeShadowTrails"),
        Parameter::boolean("IncludeOrganizationTrail"),
    ])
    .answers(&["TrailList"])
    .fails_with(&["InvalidTrailNameException", "InvalidQueryParameter"])
    .vendor_limit(100);

pub(crate) const STATUS_SPEC: OperationSpec = OperationSpec::read("GetTrailStatus")
    .permission_on(TRAIL_ARN)
    .touches(TRAIL, "Name")
    .takes(&[Parameter::text("Name").required(), Parameter::boolean("IsOrganizationTrail")])
    .answers(&[
        "IsLogging",
        "StartLoggingTime",
        "StopLoggingTime",
        "LatestDeliveryTime",
        "LatestDeliveryError",
        "LatestDeliveryLogServiceTime",
        "LatestDeliveryLogServiceError",
        "OssBucketStatus",
        "SlsLogStoreStatus",
        "OssLagEvents",
        "OssLagSeconds",
        "SlsLagEvents",
        "SlsLagSeconds",
        "OssExpiredEvents",
        "SlsExpiredEvents",
        "OssFileIntervalSeconds",
        "OssFileMaxBytes",
    ])
    .fails_with(TRAIL_ERRORS)
    .vendor_limit(100);

pub(crate) const START_SPEC: OperationSpec = OperationSpec::write("StartLogging")
    .permission_on(TRAIL_ARN)
    .touches(TRAIL, "Name")
    .takes(&[Parameter::text("Name").required()])
    .fails_with(&joined_codes::<{ DESTINATION_ERRORS.len() + TRAIL_ERRORS.len() }>(DESTINATION_ERRORS, TRAIL_ERRORS))
    .vendor_limit(5);

pub(crate) const STOP_SPEC: OperationSpec = OperationSpec::write("StopLogging")
    .permission_on(TRAIL_ARN)
    .touches(TRAIL, "Name")
    .takes(&[Parameter::text("Name").required()])
    .fails_with(TRAIL_ERRORS)
    .vendor_limit(5);

/// The operations.
pub(crate) static OPERATIONS: &[Operation<ActionTrail>] = &[
    Operation { spec: CREATE_SPEC, handler: |audit, call| Box::pin(create::create_trail(audit, call)) },
    Operation { spec: UPDATE_SPEC, handler: |audit, call| Box::pin(update::update_trail(audit, call)) },
    Operation { spec: DELETE_SPEC, handler: |audit, call| Box::pin(delete::delete_trail(audit, call)) },
    Operation { spec: DESCRIBE_SPEC, handler: |audit, call| Box::pin(describe::describe_trails(audit, call)) },
    Operation { spec: STATUS_SPEC, handler: |audit, call| Box::pin(status::get_trail_status(audit, call)) },
    Operation { spec: START_SPEC, handler: |audit, call| Box::pin(logging::start_logging(audit, call)) },
    Operation { spec: STOP_SPEC, handler: |audit, call| Box::pin(logging::stop_logging(audit, call)) },
    Operation { spec: settings::SPEC, handler: |audit, call| Box::pin(settings::set_trail_file_size(audit, call)) },
    Operation {
        spec: delivery::DELIVERY_SPEC,
        handler: |audit, call| Box::pin(delivery::get_trail_delivery(audit, call)),
    },
    Operation {
        spec: delivery::VERIFY_SPEC,
        handler: |audit, call| Box::pin(delivery::verify_trail_delivery(audit, call)),
    },
];
