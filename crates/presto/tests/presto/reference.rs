//! Every function that the log service names for analytics has a row in a table, or a reason why it is not here.

use crate::bench::Row;
use crate::{aggregates, arrays, conversions, json, networks, patterns, texts, times};

/// SLS, "Overview of functions".
const NAMED: &str = "count count_if sum avg min max arbitrary max_by min_by geometric_mean checksum bool_and every \
    bool_or array_agg map_agg multimap_agg histogram numeric_histogram approx_distinct approx_percentile \
    bitwise_and_agg bitwise_or_agg stddev variance corr \
    json_extract json_extract_scalar json_parse json_format json_size json_array_length json_array_get \
    json_array_contains \
    regexp_like regexp_extract regexp_extract_all regexp_replace regexp_split \
    split split_part split_to_map strpos substr replace concat lower upper trim ltrim rtrim lpad rpad length reverse \
    position chr codepoint levenshtein_distance hamming_distance url_extract_host url_extract_path url_extract_query \
    url_extract_parameter url_decode url_encode \
    cast try_cast try typeof coalesce nullif if \
    from_unixtime to_unixtime date_format date_parse date_trunc date_add date_diff now date year month day hour minute \
    second from_iso8601_timestamp to_iso8601 extract \
    time_series compare ts_compare \
    ip_to_domain ip_to_country ip_to_country_code ip_to_province ip_to_city ip_to_city_geo ip_to_geo ip_to_provider \
    ip_prefix ip_subnet_min ip_subnet_max ip_subnet_range is_subnet_of is_prefix_subnet_of \
    security_check_ip security_check_domain security_check_url \
    cardinality element_at contains array_join array_sort array_distinct array_except array_intersect array_union \
    array_max array_min array_position slice sequence filter transform reduce zip zip_with map map_filter map_keys \
    map_values map_entries map_concat";

/// What has no row, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("try", "part of the statement's grammar"),
    ("time_series", "part of the statement's grammar"),
    ("compare", "part of the statement's grammar"),
    ("ts_compare", "part of the statement's grammar"),
    ("filter", "DataFusion's array_filter"),
    ("transform", "DataFusion's array_transform"),
    ("security_check_ip", "no source of known threats; a 0 would say that an address is harmless"),
    ("security_check_domain", "no source of known threats"),
    ("security_check_url", "no source of known threats"),
];

fn tables() -> impl Iterator<Item = &'static Row> {
    let tables = [
        aggregates::ROWS,
        arrays::ROWS,
        arrays::LAMBDAS,
        conversions::ROWS,
        json::ROWS,
        networks::ROWS,
        patterns::ROWS,
        texts::ROWS,
        times::ROWS,
    ];
    tables.into_iter().flatten()
}

fn calls(expression: &str, name: &str) -> bool {
    let before = |at: usize| expression[..at].chars().next_back();
    expression
        .match_indices(&format!("{name}("))
        .any(|(at, _)| before(at).is_none_or(|letter| !letter.is_alphanumeric() && letter != '_'))
}

#[test]
fn every_named_function_is_called_or_has_a_reason() {
    for name in NAMED.split_whitespace() {
        let is_called = tables().any(|(expression, _)| calls(expression, name));
        let has_reason = ELSEWHERE.iter().any(|(missing, _)| *missing == name);
        assert!(is_called != has_reason, "{name}: called in a row {is_called}, has a reason {has_reason}");
    }
}
