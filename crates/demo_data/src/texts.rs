//! Words that people type: names, groups, remarks, templates.

/// Family names: Chinese, and as user names spell them.
pub(crate) const FAMILY: [(&str, &str); 24] = [
    ("王", "wang"),
    ("李", "li"),
    ("张", "zhang"),
    ("刘", "liu"),
    ("陈", "chen"),
    ("杨", "yang"),
    ("黄", "huang"),
    ("赵", "zhao"),
    ("吴", "wu"),
    ("周", "zhou"),
    ("徐", "xu"),
    ("孙", "sun"),
    ("马", "ma"),
    ("朱", "zhu"),
    ("胡", "hu"),
    ("郭", "guo"),
    ("何", "he"),
    ("林", "lin"),
    ("高", "gao"),
    ("罗", "luo"),
    ("郑", "zheng"),
    ("梁", "liang"),
    ("谢", "xie"),
    ("欧阳", "ouyang"),
];

/// Given names, as above.
pub(crate) const GIVEN: [(&str, &str); 24] = [
    ("伟", "wei"),
    ("芳", "fang"),
    ("娜", "na"),
    ("秀英", "xiuying"),
    ("敏", "min"),
    ("静", "jing"),
    ("丽", "li"),
    ("强", "qiang"),
    ("磊", "lei"),
    ("军", "jun"),
    ("洋", "yang"),
    ("勇", "yong"),
    ("艳", "yan"),
    ("杰", "jie"),
    ("娟", "juan"),
    ("涛", "tao"),
    ("明", "ming"),
    ("超", "chao"),
    ("小芳", "xiaofang"),
    ("玉兰", "yulan"),
    ("子涵", "zihan"),
    ("雨桐", "yutong"),
    ("梓萱", "zixuan"),
    ("浩然", "haoran"),
];

/// Skill groups.
pub(crate) const GROUPS: [&str; 16] = [
    "售前咨询",
    "售后服务",
    "技术支持",
    "投诉处理",
    "账单查询",
    "VIP 专席",
    "回访",
    "夜班",
    "理赔",
    "催收",
    "Billing",
    "Returns & refunds",
    "日本語サポート",
    "한국어 상담",
    "粤语专线",
    "新客户",
];

/// Remarks.
pub(crate) const REMARKS: [&str; 14] = [
    "客户要求退款，已转售后",
    "号码无人接听",
    "请在下午三点以后回电",
    "customer asks for an invoice",
    "地址变更：上海市浦东新区张江路 88 号",
    "投诉物流延误 3 天",
    "通话中断，重新拨打",
    "\"urgent\" – call back today",
    "满意度回访",
    "套餐升级 → 199 元/月",
    "line 1\nline 2",
    "语音不清晰，建议检查耳机",
    "🙂 感谢来电",
    "voice\\greeting.wav",
];

/// Sources of calls.
pub(crate) const USER_AGENTS: [&str; 6] = [
    "AlibabaCloud (Linux; amd64) Python/3.11.7 Core/0.3.16 TeaDSL/1",
    "AlibabaCloud (linux; amd64) Golang/1.22.1 Core/0.0.1 TeaDSL/1",
    "AlibabaCloud (Linux; amd64) Java/1.8.0_392-b08 Core/4.6.4 HTTPClient/ApacheHttpClient",
    "AlibabaCloud API Workbench; Java 1.8",
    "AliyunConsole",
    "ccc-workbench/2.14.1",
];
