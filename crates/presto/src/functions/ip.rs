//! Addresses: where they are, and the networks that they are in.

use std::net::IpAddr;

use datafusion::error::Result;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::geography::{Language, Place};
use crate::scalar::{Row, row};
use crate::session::Call;
use crate::value::{Value, invalid};

macro_rules! place {
    ($name:literal, $take:expr) => {
        row(&[concat!($name, "(varchar) -> varchar"), concat!($name, "(varchar, varchar) -> varchar")], |call, args| {
            let take: fn(Place) -> String = $take;
            Ok(Value::owned(place(call, args)?.map(take).unwrap_or_default()))
        })
    };
}

pub(crate) const ROWS: &[Row] = &[
    row(&["ip_to_domain(varchar) -> varchar"], |_, args| {
        let address: Option<IpAddr> = args[0].text()?.trim().parse().ok();
        Ok(Value::optional(address.map(|address| if is_internal(address) { "intranet" } else { "internet" })))
    }),
    place!("ip_to_country", |place| place.country),
    place!("ip_to_country_code", |place| place.country_code),
    place!("ip_to_province", |place| place.province),
    place!("ip_to_city", |place| place.city),
    place!("ip_to_provider", |place| place.provider),
    place!("ip_to_geo", position),
    place!("ip_to_city_geo", position),
    place!("ip_to_country_geo", position),
    row(&["ip_prefix(varchar, bigint) -> varchar"], |_, args| Ok(Value::owned(prefix(args)?.to_string()))),
    row(&["ip_subnet_min(varchar) -> varchar"], |_, args| Ok(Value::owned(network(&args[0])?.network().to_string()))),
    row(&["ip_subnet_max(varchar) -> varchar"], |_, args| Ok(Value::owned(network(&args[0])?.broadcast().to_string()))),
    row(&["ip_subnet_range(varchar) -> array(varchar)"], |_, args| {
        let network = network(&args[0])?;
        let ends = [network.network(), network.broadcast()];
        Ok(Value::Array(ends.into_iter().map(|end| Value::owned(end.to_string())).collect()))
    }),
    row(&["is_subnet_of(varchar, varchar) -> boolean"], |_, args| {
        let (outer, inner) = (network(&args[0])?, network_or_address(&args[1])?);
        Ok(Value::Boolean(outer.contains(&inner)))
    }),
    row(&["is_prefix_subnet_of(varchar, varchar) -> boolean"], |_, args| {
        let (outer, inner) = (network(&args[0])?, network(&args[1])?);
        Ok(Value::Boolean(outer.contains(&inner)))
    }),
];

/// Private, local and otherwise not routed in the internet.
fn is_internal(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let is_shared = address.octets()[0] == 100 && (64..128).contains(&address.octets()[1]);
            address.is_private() || address.is_loopback() || address.is_link_local() || is_shared
        }
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_internal(IpAddr::V4(mapped)),
            None => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
        },
    }
}

/// Where an address is; nothing for a text that is none, and nothing without a source.
fn place(call: &Call<'_>, args: &[Value<'_>]) -> Result<Option<Place>> {
    let language = match args.get(1).map(Value::text).transpose()? {
        None | Some("zh" | "cn") => Language::Chinese,
        Some("en") => Language::English,
        Some(other) => return Err(invalid(format!("'{other}' is no language of places: use 'en'"))),
    };
    match (&call.session.geography, args[0].text()?.trim().parse()) {
        (Some(geography), Ok(address)) => geography.place(address, language),
        _ => Ok(None),
    }
}

/// `39.9,116.4`.
fn position(place: Place) -> String {
    place.position.map_or_else(String::new, |(latitude, longitude)| format!("{latitude},{longitude}"))
}

fn address(value: &Value<'_>) -> Result<IpAddr> {
    let text = value.text()?;
    text.trim().parse().map_err(|_| invalid(format!("'{text}' is no IP address")))
}

fn network(value: &Value<'_>) -> Result<IpNet> {
    let text = value.text()?;
    let read: Option<IpNet> = text.trim().parse().ok();
    read.map(|network| network.trunc()).ok_or_else(|| invalid(format!("'{text}' is no network such as '10.0.0.0/8'")))
}

fn network_or_address(value: &Value<'_>) -> Result<IpNet> {
    if value.text()?.contains('/') { network(value) } else { Ok(address(value)?.into()) }
}

fn prefix(args: &[Value<'_>]) -> Result<IpNet> {
    let (address, length) = (address(&args[0])?, args[1].whole()?);
    let bits = u8::try_from(length).ok();
    let network = match address {
        IpAddr::V4(address) => bits.and_then(|bits| Ipv4Net::new(address, bits).ok()).map(IpNet::V4),
        IpAddr::V6(address) => bits.and_then(|bits| Ipv6Net::new(address, bits).ok()).map(IpNet::V6),
    };
    network
        .map(|network| network.trunc())
        .ok_or_else(|| invalid(format!("{length} is no length of a prefix of {address}")))
}
