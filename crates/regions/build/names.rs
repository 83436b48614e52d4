//! Names of provinces and cities as the call centre shows them: provinces without 省, 市 or 自治区, cities without a
//! final 市; 州, 盟, 地区 and 林区 stay.

/// The 31 provinces, autonomous regions and municipalities of the mainland's number plan.
const PROVINCES: [&str; 31] = [
    "北京",
    "天津",
    "上海",
    "重庆",
    "河北",
    "山西",
    "内蒙古",
    "辽宁",
    "吉林",
    "黑龙江",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "广西",
    "海南",
    "四川",
    "贵州",
    "云南",
    "西藏",
    "陕西",
    "甘肃",
    "青海",
    "宁夏",
    "新疆",
];
/// The first of the provinces are cities themselves.
const MUNICIPALITIES: usize = 4;
/// What may stand between province and city. The table of places leaves 自治区 away, other sources do not.
const PROVINCE_ENDINGS: [&str; 6] = ["省", "市", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区"];
/// Cities that were renamed or joined to another one since the table was made.
const RENAMED: [(&str, &str); 2] = [("襄樊", "襄阳"), ("巢湖", "合肥")];

/// Province and city of a place such as `江苏省连云港市`; `None` if it names no province.
///
/// Of several cities the first is taken; a municipality is province and city at once; a province alone has no city.
pub(crate) fn split(place: &str) -> Option<(String, String)> {
    let first = place.split('、').next().unwrap_or(place).trim();
    let position = PROVINCES.iter().position(|province| first.starts_with(province))?;
    let province = PROVINCES[position];
    if position < MUNICIPALITIES {
        return Some((province.to_owned(), province.to_owned()));
    }
    let rest = first.strip_prefix(province).unwrap_or_default();
    let rest = PROVINCE_ENDINGS.iter().find_map(|ending| rest.strip_prefix(ending)).unwrap_or(rest);
    let city = rest.strip_suffix('市').unwrap_or(rest);
    let city = RENAMED.iter().find(|(old, _)| *old == city).map_or(city, |(_, new)| new);
    Some((province.to_owned(), city.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn provinces_and_cities_lose_their_endings() {
        for (place, province, city) in [
            ("江苏省连云港市", "江苏", "连云港"),
            ("吉林省吉林市", "吉林", "吉林"),
            ("北京市", "北京", "北京"),
            ("天津", "天津", "天津"),
            ("内蒙古兴安盟", "内蒙古", "兴安盟"),
            ("内蒙古自治区包头市", "内蒙古", "包头"),
            ("广西南宁市", "广西", "南宁"),
            ("广西壮族自治区南宁市", "广西", "南宁"),
            ("新疆阿克苏地区", "新疆", "阿克苏地区"),
            ("云南省红河哈尼族彝族自治州", "云南", "红河哈尼族彝族自治州"),
            ("湖北省神农架林区", "湖北", "神农架林区"),
            ("陕西省西安市、咸阳市", "陕西", "西安"),
            ("西藏那曲地区、嘉黎县、聂荣县", "西藏", "那曲地区"),
            ("湖北省襄樊市、襄樊市", "湖北", "襄阳"),
            ("安徽省巢湖市", "安徽", "合肥"),
            ("海南省", "海南", ""),
        ] {
            assert_eq!(split(place), Some((province.to_owned(), city.to_owned())), "{place}");
        }
        assert_eq!(split(""), None);
        assert_eq!(split("New York"), None);
    }
}
