//! Events of about 1.28 KB as a call centre makes them: skewed operations, users and addresses, random ids, some Chinese.

use bytes::Bytes;
use openapi::clock::format_utc;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

pub const ACCOUNT_ID: &str = "1059804828509";
pub const USERS: usize = 500;
pub const ADDRESSES: usize = 2_000;
pub const INSTANCES: usize = 40;
/// 2026-03-01 00:00 UTC.
pub const FIRST_S: i64 = 1_772_323_200;
/// Days over which five million events lie.
const DAYS_OF_FIVE_MILLION: i64 = 90;

pub const NAMES: [&str; 24] = [
    "ListCallDetailRecords",
    "GetCallDetailRecord",
    "StartBack2BackCall",
    "MakeCall",
    "HangUp",
    "ReadyForService",
    "TakeBreak",
    "SignInGroup",
    "SignOutGroup",
    "GetRealtimeInstanceStates",
    "ListUsers",
    "ListSkillGroups",
    "CreateSkillGroup",
    "ModifyUser",
    "AssignUsers",
    "RemoveUsers",
    "AddPhoneNumbers",
    "RemovePhoneNumbers",
    "DownloadRecording",
    "ListRecordings",
    "HoldCall",
    "RetrieveCall",
    "MonitorCall",
    "DeleteInstance",
];

/// An event of a place in time, the same for the same number.
pub fn event(number: usize, time_s: i64) -> Bytes {
    let mut random = StdRng::seed_from_u64(number as u64);
    let who = skewed(&mut random, USERS);
    let name = NAMES[skewed(&mut random, NAMES.len())];
    let rw = if name.starts_with("List") || name.starts_with("Get") { "Read" } else { "Write" };
    let (id, instance) = (event_id(number), instance(skewed(&mut random, INSTANCES)));
    let address = address(skewed(&mut random, ADDRESSES));
    let phone = format!("1{:010}", random.random_range(3_000_000_000_u64..9_999_999_999));
    let contact = format!("job-{:016x}", random.random::<u64>());
    let (user, key, principal) = (user(who), key(who), principal(who));
    let time = format_utc(time_s);
    let label = ["售后服务回访", "投诉处理", "新客户欢迎", "账单提醒"][random.random_range(0..4)];
    let seconds = random.random_range(0..900);
    let parameters = format!(
        r#"{{"InstanceId":"{instance}","Callee":"{phone}","ContactId":"{contact}","Tags":"{label}","PageSize":"{}"}}"#,
        [10, 20, 50][random.random_range(0..3)]
    );
    let structure = parameters.replace('"', "\\\"");
    let failed = match random.random_range(0..25) {
        0 => r#""errorCode":"Parameter.Invalid","errorMessage":"The specified parameter is not valid.","#,
        _ => "",
    };
    format!(
        r#"{{"eventId":"{id}","eventVersion":1,"eventCategory":"Management","eventType":"ApiCall","eventName":"{name}","eventRW":"{rw}","eventTime":"{time}","eventSource":"ccc.cn-shanghai.aliyuncs.com","serviceName":"CloudCallCenter","apiVersion":"2017-07-05","requestId":"{id}","acsRegion":"cn-shanghai","isGlobal":false,"sourceIpAddress":"{address}","userAgent":"AlibabaCloud (Linux; amd64) Python/3.12 Core/0.4.6 TeaDSL/2","userIdentity":{{"type":"ram-user","principalId":"{principal}","accountId":"{ACCOUNT_ID}","accessKeyId":"{key}","userName":"{user}","sessionContext":{{"attributes":{{"mfaAuthenticated":"false"}}}}}},"requestParameters":{parameters},"requestParameterJson":"{structure}","responseElements":{{"Duration":{seconds},"Success":true}},"referencedResources":{{"ACS::CCC::Instance":["{instance}"]}},"resourceType":"ACS::CCC::Instance","resourceName":"{instance}",{failed}"additionalEventData":{{"Scheme":"http"}},"recipientAccountId":"{ACCOUNT_ID}"}}"#
    )
    .into()
}

/// Time of an event among many.
pub fn time_s(number: usize) -> i64 {
    FIRST_S + number as i64 * DAYS_OF_FIVE_MILLION * 86_400 / 5_000_000
}

/// Small numbers are much more frequent.
fn skewed(random: &mut StdRng, count: usize) -> usize {
    let at: f64 = random.random();
    ((at * at * count as f64) as usize).min(count - 1)
}

pub fn event_id(number: usize) -> String {
    let mut random = StdRng::seed_from_u64(number as u64 ^ 0xABCD_EF01_2345_6789);
    let (high, low): (u64, u64) = (random.random(), random.random());
    let (a, b, c) = (high >> 32, high >> 16 & 0xFFFF, high & 0xFFFF);
    format!("{a:08X}-{b:04X}-{c:04X}-{:04X}-{:012X}", low >> 48, low & 0xFFFF_FFFF_FFFF)
}

pub fn user(number: usize) -> String {
    format!("agent{number:03}")
}

pub fn principal(number: usize) -> String {
    format!("2{:017}", number * 7_919 + 13)
}

pub fn key(number: usize) -> String {
    format!("LTAI5tBench{number:013}")
}

pub fn instance(number: usize) -> String {
    format!("{:08x}-0c0f-4a58-8f3e-5b1f8d3c2a10", number * 104_729)
}

pub fn address(number: usize) -> String {
    format!("203.0.{}.{}", number / 250, number % 250 + 1)
}
