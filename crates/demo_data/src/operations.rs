//! What is called, and how often: one row an operation.
//!
//! Public document: CCC 2017-07-05 (the 22 operations of its audit page first), ActionTrail 2020-07-06, RAM 2015-05-01,
//! STS 2015-04-01.

use serde_json::json;

use crate::people::Who::{self, Admin, Agent, Manager, Script};
use crate::scene::{Made, Scene};

/// A service and its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) code: &'static str,
    pub(crate) version: &'static str,
    pub(crate) host: &'static str,
    pub(crate) is_global: bool,
}

const CCC: Service = Service {
    name: "CloudCallCenter",
    code: "CCC",
    version: "2017-07-05",
    host: "ccc.cn-shanghai.aliyuncs.com",
    is_global: false,
};
const TRAIL: Service = Service {
    name: "Actiontrail",
    code: "Actiontrail",
    version: "2020-07-06",
    host: "actiontrail.cn-shanghai.aliyuncs.com",
    is_global: false,
};
const RAM: Service =
    Service { name: "Ram", code: "Ram", version: "2015-05-01", host: "ram.aliyuncs.com", is_global: true };
const STS: Service =
    Service { name: "Sts", code: "Sts", version: "2015-04-01", host: "sts.aliyuncs.com", is_global: true };

/// An operation.
pub(crate) struct Operation {
    pub(crate) service: Service,
    pub(crate) name: &'static str,
    pub(crate) rw: &'static str,
    /// Only the console calls it; the public API does not have it.
    pub(crate) is_console: bool,
    pub(crate) who: Who,
    /// Calls of a million.
    pub(crate) weight: u64,
    pub(crate) make: fn(&mut Scene<'_>) -> Made,
}

const fn row(
    name: &'static str,
    rw: &'static str,
    who: Who,
    weight: u64,
    make: fn(&mut Scene<'_>) -> Made,
) -> Operation {
    Operation { service: CCC, name, rw, is_console: false, who, weight, make }
}

const fn of(service: Service, operation: Operation) -> Operation {
    Operation { service, ..operation }
}

const fn console(operation: Operation) -> Operation {
    Operation { is_console: true, ..operation }
}

/// Operations that scripts call in a burst, all of the CCC.
pub(crate) const BURSTS: [&str; 4] =
    ["ListCallDetailRecords", "PickGlobalOutboundNumbers", "GetNumberRegionInfo", "DownloadRecording"];

pub(crate) const OPERATIONS: &[Operation] = &[
    row("ListConfig", "Read", Agent, 80_000, |on| {
        let names = ["AllowHangup", "ShowCalledID", "SatisfactionSurvey", "AutoAnswerCall", "enableRecord"];
        let items = 1 + on.dice.skewed(5) as usize;
        let items: Vec<_> =
            names[..items].iter().map(|name| json!({"name": name, "DimensionName": "instance"})).collect();
        Made::on(on).with("ConfigItem", items)
    }),
    row("RefreshToken", "Write", Agent, 150_000, |on| {
        let expires_ms = on.at_ms + 3_600_000;
        Made::on(on).answers("Token", json!({"Signature": "****", "Expired": expires_ms}))
    }),
    row("LaunchAppraise", "Write", Agent, 60_000, |on| {
        let call = on.call_id();
        Made::on(on).with("Acid", call.clone()).with("AppraiseType", 1).names("ACS::CCC::Contact", vec![call])
    }),
    row("ListContactFlows", "Read", Admin, 8_000, |on| Made::on(on)),
    row("AddBulkPhoneNumbers", "Write", Admin, 300, |on| {
        let (numbers, groups) = (on.own_numbers(8), on.groups(3));
        Made::on(on)
            .with("PhoneNumber", numbers.clone())
            .with("Usage", "Bidirection")
            .with("ContactFlowId", on.dice.uuid())
            .with("SkillGroupId", groups)
            .answers("PhoneNumbers", numbers.clone())
            .names("ACS::CCC::PhoneNumber", numbers)
    }),
    row("GetNumberRegionInfo", "Read", Agent, 80_000, |on| Made::on(on).with("Number", on.customer())),
    row("PickGlobalOutboundNumbers", "Read", Agent, 60_000, |on| {
        Made::on(on).with("IsVirtual", false).with("CalleeNumber", on.customer()).with("Count", 1)
    }),
    row("StartBack2BackCall", "Write", Agent, 50_000, |on| {
        let call = on.call_id();
        Made::on(on)
            .with("Caller", on.customer())
            .with("Callee", on.customer())
            .with("CallCenterNumber", on.own_number())
            .with("WorkflowId", on.remark())
            .answers("TaskId", call.clone())
            .names("ACS::CCC::Contact", vec![call])
    }),
    row("CreateSkillGroup", "Write", Admin, 400, |on| {
        let group = on.group();
        Made::on(on)
            .with("Name", on.group_name())
            .with("Description", on.remark())
            .with("UserId", vec![on.user(), on.user()])
            .with("SkillLevel", vec![5, 3])
            .answers("SkillGroupId", group.clone())
            .names("ACS::CCC::SkillGroup", vec![group])
    }),
    row("ListSkillGroups", "Read", Agent, 50_000, |on| Made::on(on)),
    row("ListSkillGroupsOfUser", "Read", Agent, 50_000, |on| Made::on(on).with("UserId", on.user())),
    row("ListTransferableSkillGroups", "Read", Agent, 30_000, |on| Made::on(on)),
    row("AssignUsers", "Write", Admin, 300, |on| {
        let users = vec![on.user(), on.user()];
        let ram_ids = vec![format!("2{}", on.dice.digits(17)), format!("2{}", on.dice.digits(17))];
        Made::on(on)
            .with("UserRamId", ram_ids)
            .with("RoleId", vec!["Agent"])
            .with("SkillGroupId", on.groups(3))
            .with("SkillLevel", vec![5])
            .names("ACS::CCC::User", users)
    }),
    row("ListUsers", "Read", Manager, 20_000, paged),
    row("ListAgentEvents", "Read", Manager, 15_000, |on| {
        let (start, end) = on.range_ms();
        let ids: Vec<String> = (0..1 + on.dice.below(4)).map(|_| format!("2{}", on.dice.digits(17))).collect();
        Made::on(on).with("RamId", ids).with("StartTime", start).with("StopTime", end)
    }),
    row("DownloadRecording", "Read", Manager, 20_000, |on| {
        let file = format!("{}_{}.wav", on.call_id(), on.customer());
        Made::on(on).with("FileName", file.clone()).with("Channel", "mixed").names("ACS::CCC::Recording", vec![file])
    }),
    row("ListCallDetailRecords", "Read", Manager, 30_000, |on| {
        let (start, end) = on.range_ms();
        let number = on.customer();
        Made::on(on)
            .with("StartTime", start)
            .with("StopTime", end)
            .with("PhoneNumber", number)
            .with("SkillGroupId", on.groups(4))
            .with("WithRecording", on.dice.happens(0.5))
            .with("PageNumber", 1 + on.dice.skewed(40))
            .with("PageSize", 100)
    }),
    row("ListAgentSummaryReports", "Read", Manager, 10_000, report),
    row("ListSkillGroupSummaryReports", "Read", Manager, 8_000, report),
    row("SaveWebRTCStats", "Write", Agent, 50_000, |on| {
        let call = on.call_id();
        Made::on(on)
            .with("CallId", call.clone())
            .with("CallStartTime", on.at_ms - 60_000 - on.dice.below(300_000) as i64)
            .with("CallerNumber", on.own_number())
            .with("CalleeNumber", on.customer())
            .with("RecordTime", on.at_ms)
            .with("Stats", on.rtc_stats())
            .with("TenantId", format!("acc{}", on.actor.caller.account_id))
            .with("Uid", format!("{}@ccc", on.actor.user))
            .names("ACS::CCC::Contact", vec![call])
    }),
    row("GetInstance", "Read", Agent, 170_000, |on| Made::on(on)),
    row("SendPredefinedShortMessage", "Write", Agent, 25_000, |on| {
        let text = json!({"name": on.person(), "remark": on.remark()}).to_string();
        let message = on.dice.uuid();
        Made::on(on)
            .with("ConfigId", 1 + on.dice.skewed(30))
            .with("PhoneNumbers", on.customer())
            .with("TemplateParam", text)
            .answers("BizId", message.clone())
            .names("ACS::CCC::ShortMessage", vec![message])
            .says("AcceptedMessages", 1)
    }),
    // Beyond the audit page.
    row("RequestLoginInfo", "Write", Agent, 12_000, |on| Made::on(on).with("UserId", on.user())),
    row("ListPhoneNumbers", "Read", Agent, 6_000, |on| Made::on(on).with("OutboundOnly", true)),
    row("ListRecordings", "Read", Manager, 5_000, |on| {
        let (start, end) = on.range_ms();
        Made::on(on)
            .with("AgentName", on.person())
            .with("PhoneNumber", on.customer())
            .with("StartTime", start)
            .with("StopTime", end)
    }),
    row("ListRealTimeAgent", "Read", Manager, 9_000, paged),
    row("ListSkillGroupStates", "Read", Manager, 6_000, |on| {
        Made::on(on).with("SkillGroupIds", on.groups(6).join(","))
    }),
    row("GetTURNCredentials", "Read", Agent, 5_000, |on| Made::on(on)),
    row("CreateFault", "Write", Agent, 150, |on| {
        let id = 10_000 + on.dice.below(1_000_000);
        Made::on(on)
            .with("AgentId", id)
            .with("Description", on.remark())
            .with("CallId", on.call_id())
            .answers("FaultId", id.to_string())
    }),
    row("CreateUser", "Write", Admin, 120, |on| {
        let user = on.user();
        Made::on(on)
            .with("LoginName", format!("agent{}", on.dice.digits(5)))
            .with("DisplayName", on.person())
            .with("Phone", on.customer())
            .with("Email", format!("{}@example.com", on.dice.token(8)))
            .with("RoleId", vec!["Agent"])
            .answers("UserId", user.clone())
            .names("ACS::CCC::User", vec![user])
    }),
    row("ModifyUser", "Write", Admin, 200, |on| {
        let user = on.user();
        Made::on(on)
            .with("UserId", user.clone())
            .with("DisplayName", on.person())
            .with("Department", on.group_name())
            .names("ACS::CCC::User", vec![user])
    }),
    row("RemoveUsers", "Write", Admin, 60, |on| {
        let user = on.user();
        Made::on(on).with("UserId", vec![user.clone()]).names("ACS::CCC::User", vec![user])
    }),
    row("ModifySkillGroup", "Write", Admin, 150, |on| {
        let group = on.group();
        Made::on(on)
            .with("SkillGroupId", group.clone())
            .with("Name", on.group_name())
            .with("Description", on.remark())
            .names("ACS::CCC::SkillGroup", vec![group])
    }),
    row("DeleteSkillGroup", "Write", Admin, 25, |on| {
        let group = on.group();
        Made::on(on).with("SkillGroupId", group.clone()).names("ACS::CCC::SkillGroup", vec![group])
    }),
    row("PublishContactFlowVersion", "Write", Admin, 80, flow),
    row("CommitContactFlowVersionModification", "Write", Admin, 90, flow),
    row("RemovePhoneNumber", "Write", Admin, 20, |on| {
        let number = on.own_number();
        Made::on(on).with("PhoneNumberId", number.clone()).names("ACS::CCC::PhoneNumber", vec![number])
    }),
    row("CreateInstance", "Write", Admin, 4, |on| {
        let instance = on.instance();
        let made = Made { instance: Some(instance.clone()), ..Made::default() };
        made.with("Name", on.group_name())
            .with("DomainName", format!("centre-{}", on.dice.digits(4)))
            .with("StorageMaxDays", 30)
            .answers("InstanceId", instance)
    }),
    row("DeleteInstance", "Write", Admin, 2, |on| Made::on(on)),
    console(row("ChangeAgentState", "Write", Agent, 40_000, |on| {
        Made::on(on).with("UserId", on.user()).with("Action", on.dice.pick(&["CheckIn", "Ready", "Break", "CheckOut"]))
    })),
    console(row("SetConfigItem", "Write", Admin, 120, |on| {
        Made::on(on).with("Name", "AllowHangup").with("Value", on.dice.happens(0.5).to_string())
    })),
    console(row("ListCallQuality", "Read", Manager, 900, |on| Made::on(on).with("CallId", on.call_id()))),
    of(
        STS,
        row("AssumeRole", "Write", Script, 12_000, |on| {
            let account = &on.actor.caller.account_id;
            let expires = format!("2026-11-{:02}T08:00:00Z", 1 + on.dice.below(28));
            Made::default()
                .with("RoleArn", format!("acs:ram::{account}:role/crm-integration"))
                .with("RoleSessionName", format!("crm-{}", on.dice.digits(6)))
                .with("DurationSeconds", 3_600)
                .answers(
                    "Credentials",
                    json!({"AccessKeyId": format!("STS.N{}", on.dice.token(24)),
                "AccessKeySecret": "****", "SecurityToken": "****", "Expiration": expires}),
                )
        }),
    ),
    of(STS, row("GetCallerIdentity", "Read", Script, 3_000, |_| Made::default())),
    of(RAM, row("CreateUser", "Write", Admin, 60, |on| ram_user(on).with("DisplayName", on.person()))),
    of(
        RAM,
        row("CreateAccessKey", "Write", Admin, 45, |on| {
            ram_user(on).answers(
                "AccessKey",
                json!({"AccessKeyId": format!("LTAI5t{}", on.dice.token(18)),
            "AccessKeySecret": "****", "Status": "Active"}),
            )
        }),
    ),
    of(
        RAM,
        row("AttachPolicyToUser", "Write", Admin, 50, |on| {
            ram_user(on).with("PolicyType", "System").with("PolicyName", "AliyunCCCFullAccess")
        }),
    ),
    of(RAM, row("DeleteUser", "Write", Admin, 15, ram_user)),
    of(
        TRAIL,
        row("LookupEvents", "Read", Manager, 600, |on| {
            Made::default()
                .with(
                    "LookupAttribute",
                    json!([{"Key": "EventAccessKeyId", "Value": format!("LTAI5t{}", on.dice.token(18))}]),
                )
                .with("MaxResults", 50)
        }),
    ),
];

fn paged(on: &mut Scene<'_>) -> Made {
    Made::on(on).with("PageNumber", 1 + on.dice.skewed(20)).with("PageSize", on.dice.pick(&[10, 20, 50, 100]))
}

fn report(on: &mut Scene<'_>) -> Made {
    let (start, end) = on.range_ms();
    paged(on).with("StartTime", start).with("EndTime", end).with("SkillGroupIds", on.groups(5).join(","))
}

fn flow(on: &mut Scene<'_>) -> Made {
    let flow = on.dice.uuid();
    Made::on(on)
        .with("ContactFlowId", flow.clone())
        .with("ContactFlowVersionId", on.dice.uuid())
        .with("Description", on.remark())
        .names("ACS::CCC::ContactFlow", vec![flow])
}

fn ram_user(on: &mut Scene<'_>) -> Made {
    let name = format!("agent{}", on.dice.digits(5));
    Made::default().with("UserName", name.clone()).names("ACS::RAM::User", vec![name])
}
