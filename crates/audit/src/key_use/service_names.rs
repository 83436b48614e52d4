//! Names of services for people, in Chinese and English.

/// Service, Chinese name, English name: those of this server.
const NAMES: &[(&str, &str, &str)] = &[
    ("Actiontrail", "操作审计", "ActionTrail"),
    ("CloudCallCenter", "云呼叫中心", "Cloud Call Center"),
    ("Oss", "对象存储", "Object Storage Service"),
    ("Ram", "访问控制", "Resource Access Management"),
    ("Sls", "日志服务", "Simple Log Service"),
    ("Sts", "安全令牌服务", "Security Token Service"),
];

/// The Chinese and the English name; a service that is not known goes by its own name.
pub(super) fn names(service: &str) -> (&str, &str) {
    let known = NAMES.iter().find(|(name, ..)| *name == service);
    known.map_or((service, service), |(_, chinese, english)| (chinese, english))
}
