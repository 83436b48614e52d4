//! The dashboards of a logstore of a trail: who did what, from where, in 30 days. One in Chinese, one in English.
//!
//! Public document: ActionTrail, "Delivery formats"; the form is that of Simple Log Service, "Dashboard".

use serde_json::{Map, Value, json};

/// What a chart shows.
struct Chart {
    /// Title in English and in Chinese.
    titles: (&'static str, &'static str),
    kind: &'static str,
    query: &'static str,
    /// Columns of its two axes.
    axes: (&'static str, &'static str),
    /// Left, top, width and height on a page ten wide.
    place: (u32, u32, u32, u32),
}

const CHARTS: [Chart; 10] = [
    chart("number", ("Events", "事件数"), (0, 0, 2, 4), ("events", "events"), "* | SELECT count(1) AS events"),
    chart(
        "number",
        ("Source addresses", "来源地址数"),
        (2, 0, 3, 4),
        ("sources", "sources"),
        "* | SELECT approx_distinct(\"event.sourceIpAddress\") AS sources",
    ),
    chart(
        "number",
        ("Services", "服务数"),
        (5, 0, 2, 4),
        ("services", "services"),
        "* | SELECT approx_distinct(\"event.serviceName\") AS services",
    ),
    chart(
        "number",
        ("Regions", "地域数"),
        (7, 0, 3, 4),
        ("regions", "regions"),
        "* | SELECT approx_distinct(\"event.acsRegion\") AS regions",
    ),
    chart(
        "pie",
        ("Events by region", "事件的地域分布"),
        (0, 4, 3, 6),
        ("region", "events"),
        "* | SELECT \"event.acsRegion\" AS region, count(1) AS events GROUP BY region ORDER BY events DESC LIMIT 20",
    ),
    chart(
        "pie",
        ("Events by type", "事件的类型分布"),
        (3, 4, 3, 6),
        ("type", "events"),
        "* | SELECT \"event.eventType\" AS type, count(1) AS events GROUP BY type ORDER BY events DESC LIMIT 20",
    ),
    chart(
        "pie",
        ("Events by service", "事件的服务分布"),
        (6, 4, 4, 6),
        ("service", "events"),
        "* | SELECT \"event.serviceName\" AS service, count(1) AS events GROUP BY service ORDER BY events DESC LIMIT 20",
    ),
    chart(
        "map",
        ("Countries of the sources", "来源国家分布"),
        (0, 10, 10, 8),
        ("country", "events"),
        "* | SELECT ip_to_country(\"event.sourceIpAddress\") AS country, count(1) AS events GROUP BY country \
                ORDER BY events DESC LIMIT 200",
    ),
    chart(
        "line",
        ("Events by day", "事件趋势"),
        (0, 18, 5, 6),
        ("day", "events"),
        "* | SELECT date_format(date_trunc('day', __time__), '%m-%d') AS day, count(1) AS events GROUP BY day \
                ORDER BY day LIMIT 31",
    ),
    chart(
        "line",
        ("Source addresses by day", "来源地址趋势"),
        (5, 18, 5, 6),
        ("day", "sources"),
        "* | SELECT date_format(date_trunc('day', __time__), '%m-%d') AS day, \
                approx_distinct(\"event.sourceIpAddress\") AS sources GROUP BY day ORDER BY day LIMIT 31",
    ),
];

const fn chart(
    kind: &'static str,
    titles: (&'static str, &'static str),
    place: (u32, u32, u32, u32),
    axes: (&'static str, &'static str),
    query: &'static str,
) -> Chart {
    Chart { kind, titles, place, axes, query }
}

/// The dashboards, as the log service takes them.
pub(crate) fn of_logstore(logstore: &str) -> [Map<String, Value>; 2] {
    let chinese = dashboard(logstore, "cn", "操作审计", |(_, chinese)| chinese);
    let english = dashboard(logstore, "en", "ActionTrail audit center", |(english, _)| english);
    [chinese, english]
}

fn dashboard(
    logstore: &str,
    language: &str,
    title: &str,
    of: fn((&'static str, &'static str)) -> &'static str,
) -> Map<String, Value> {
    let charts: Vec<Value> = CHARTS.iter().zip(1..).map(|(chart, number)| drawn(chart, number, logstore, of)).collect();
    let members = [
        ("dashboardName", format!("{logstore}_audit_center_{language}").into()),
        ("displayName", format!("{logstore} {title}").into()),
        ("description", "".into()),
        ("attribute", json!({})),
        ("charts", charts.into()),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn drawn(chart: &Chart, number: u32, logstore: &str, of: fn((&'static str, &'static str)) -> &'static str) -> Value {
    let (left, top, width, height) = chart.place;
    let (x, y) = chart.axes;
    json!({
        "title": format!("chart-{number}"),
        "type": chart.kind,
        "search": {"logstore": logstore, "topic": "", "query": chart.query, "start": "-2592000s", "end": "now"},
        "display": {
            "displayName": of(chart.titles),
            "xAxis": [x],
            "yAxis": [y],
            "xPos": left,
            "yPos": top,
            "width": width,
            "height": height,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_lie_beside_each_other_and_have_titles() {
        let [chinese, english] = of_logstore("actiontrail_everything");
        assert_eq!(chinese["dashboardName"], "actiontrail_everything_audit_center_cn");
        assert_eq!(english["dashboardName"], "actiontrail_everything_audit_center_en");
        let mut taken = std::collections::HashSet::new();
        for chart in &CHARTS {
            let (left, top, width, height) = chart.place;
            assert!(left + width <= 10 && !chart.titles.0.is_empty() && chart.titles.0 != chart.titles.1);
            for place in (left..left + width).flat_map(|x| (top..top + height).map(move |y| (x, y))) {
                assert!(taken.insert(place), "{} lies on another", chart.titles.0);
            }
        }
    }
}
