//! The services and calls that make data events.

/// Services by name, with their calls.
pub(super) const SERVICES: &[(&str, &[&str])] = &[
    (
        "Oss",
        &[
            "AbortMultipartUpload",
            "AppendObject",
            "CompleteMultipartUpload",
            "CopyObject",
            "DeleteMultipleObjects",
            "DeleteObject",
            "GetObject",
            "GetObjectMeta",
            "HeadObject",
            "InitiateMultipartUpload",
            "ListObjectVersions",
            "ListObjects",
            "ListObjectsV2",
            "PostObject",
            "PutObject",
            "UploadPart",
            "UploadPartCopy",
        ],
    ),
    ("Sls", &["GetLogs", "GetLogsV2", "GetHistograms", "PullLogs", "PutLogs", "PostLogStoreLogs"]),
];
