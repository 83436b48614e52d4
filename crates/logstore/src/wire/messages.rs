//! The protobuf messages of the service. Public document: Simple Log Service, "Data encoding".
//!
//! Every field is optional here, also those that a writer must set: whether it did is looked at afterwards.

use prost::Message;

/// One log.
#[derive(Clone, PartialEq, Message)]
pub struct PutLog {
    /// Unix seconds.
    #[prost(uint32, optional, tag = "1")]
    pub time: Option<u32>,
    /// Keys and values.
    #[prost(message, repeated, tag = "2")]
    pub contents: Vec<Content>,
    /// Nanoseconds within the second.
    #[prost(fixed32, optional, tag = "4")]
    pub time_ns: Option<u32>,
}

/// A key and its value.
#[derive(Clone, PartialEq, Message)]
pub struct Content {
    /// Key.
    #[prost(string, optional, tag = "1")]
    pub key: Option<String>,
    /// Value.
    #[prost(string, optional, tag = "2")]
    pub value: Option<String>,
}

/// A tag of all logs of a group.
#[derive(Clone, PartialEq, Message)]
pub struct LogTag {
    /// Key.
    #[prost(string, optional, tag = "1")]
    pub key: Option<String>,
    /// Value.
    #[prost(string, optional, tag = "2")]
    pub value: Option<String>,
}

/// Logs that were put together.
#[derive(Clone, PartialEq, Message)]
pub struct LogGroup {
    /// The logs.
    #[prost(message, repeated, tag = "1")]
    pub logs: Vec<PutLog>,
    /// Unused by the service; given back as it came.
    #[prost(string, optional, tag = "2")]
    pub reserved: Option<String>,
    /// Topic.
    #[prost(string, optional, tag = "3")]
    pub topic: Option<String>,
    /// Source.
    #[prost(string, optional, tag = "4")]
    pub source: Option<String>,
    /// The machine; given back as it came.
    #[prost(string, optional, tag = "5")]
    pub machine_uuid: Option<String>,
    /// Tags.
    #[prost(message, repeated, tag = "6")]
    pub log_tags: Vec<LogTag>,
}

/// Several groups.
#[derive(Clone, PartialEq, Message)]
pub struct LogGroupList {
    /// The groups.
    #[prost(message, repeated, tag = "1")]
    pub groups: Vec<LogGroup>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_bytes_are_written_and_read() {
        let tag = LogTag { key: Some("__pack_id__".to_owned()), value: Some("0123456789ABCDEF-1".to_owned()) };
        let content = Content {
            key: Some("event".to_owned()),
            value: Some(r#"{"eventName":"RunInstances","eventRW":"Write"}"#.to_owned()),
        };
        let log = PutLog { time: Some(1_795_334_400), contents: vec![content], time_ns: Some(123_456_789) };
        let group = LogGroup {
            logs: vec![log],
            topic: Some("actiontrail_event".to_owned()),
            source: Some("actiontrail".to_owned()),
            log_tags: vec![tag],
            ..LogGroup::default()
        };
        let expected = "0a440880c28ad80612370a056576656e74122e7b226576656e744e616d65223a2252756e496e7374616e636573222c\
                        226576656e745257223a225772697465227d2515cd5b071a11616374696f6e747261696c5f6576656e74220b616374\
                        696f6e747261696c32210a0b5f5f7061636b5f69645f5f1212303132333435363738394142434445462d31";
        assert_eq!(hex::encode(group.encode_to_vec()), expected);
        assert_eq!(LogGroup::decode(&*hex::decode(expected).unwrap()), Ok(group));
    }
}
