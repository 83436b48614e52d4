//! `DescribeRegions`: the regions that this server answers for, each under its own host.

use openapi::{Answer, ApiError, Call, OperationSpec, Parameter};
use serde_json::{Value, json};

use crate::operations::ActionTrail;

/// Regions with names in English and Chinese; others show their id.
const NAMES: [(&str, &str, &str); 10] = [
    ("cn-beijing", "China (Beijing)", "华北2（北京）"),
    ("cn-chengdu", "China (Chengdu)", "西南1（成都）"),
    ("cn-guangzhou", "China (Guangzhou)", "华南3（广州）"),
    ("cn-hangzhou", "China (Hangzhou)", "华东1（杭州）"),
    ("cn-hongkong", "China (Hong Kong)", "中国（香港）"),
    ("cn-qingdao", "China (Qingdao)", "华北1（青岛）"),
    ("cn-shanghai", "China (Shanghai)", "华东2（上海）"),
    ("cn-shenzhen", "China (Shenzhen)", "华南1（深圳）"),
    ("cn-zhangjiakou", "China (Zhangjiakou)", "华北3（张家口）"),
    ("ap-southeast-1", "Singapore", "新加坡"),
];

/// Public document: ActionTrail, "DescribeRegions" (2020-07-06).
pub(crate) const SPEC: OperationSpec = OperationSpec::read("DescribeRegions")
    .without_permission()
    .takes(&[Parameter::text("AcceptLanguage")])
    .answers(&["Regions"])
    .fails_with(&["InvalidAcceptLanguage"])
    .vendor_limit(100);

pub(crate) async fn describe_regions(trail: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let chinese = match call.text("AcceptLanguage") {
        None | Some("en-US") => false,
        Some("zh-CN") => true,
        Some(_) => {
            return Err(ApiError::bad_request(
                "InvalidAcceptLanguage",
                "The specified AcceptLanguage is not supported: use zh-CN or en-US.",
            ));
        }
    };
    let regions: Vec<Value> = trail
        .settings
        .regions
        .iter()
        .map(
            |region| json!({"RegionId": region, "RegionEndpoint": call.host, "LocalName": local_name(region, chinese)}),
        )
        .collect();
    Ok(Answer::empty().with_wrapped_list("Regions", "Region", regions))
}

fn local_name(region: &str, chinese: bool) -> &str {
    NAMES
        .iter()
        .find(|(id, ..)| *id == region)
        .map_or(region, |(_, english, local)| if chinese { local } else { english })
}
