//! The retention policy of a bucket. Public documents: Object Storage Service, "InitiateBucketWorm" and its kin.

use serde::Deserialize;
use uuid::Uuid;

use super::attributes::no_body;
use crate::answer::{Answer, empty_answer, iso_ms, put_header, xml_answer};
use crate::content::{Body, limited};
use crate::fault::{Fault, codes};
use crate::limits::MAX_XML_BYTES;
use crate::service::{BucketService, Request};
use crate::worm::{Worm, are_good_days};
use crate::xml::{Xml, parse};

/// Both documents have this one element.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Retention {
    retention_period_in_days: i64,
}

pub(crate) async fn initiate(service: &BucketService, request: &Request, body: Body) -> Result<Answer, Fault> {
    let days = days("InitiateWormConfiguration", request, body).await?;
    let now_ms = service.clock.now_ms();
    let worm =
        Worm { id: Uuid::new_v4().simple().to_string().to_uppercase(), days, created_ms: now_ms, is_locked: false };
    let id = worm.id.clone();
    service
        .change(request.bucket(), |bucket| {
            if bucket.worm.as_ref().is_some_and(|old| old.is_in_force(now_ms)) {
                return Err(codes::WORM_EXISTS.fault());
            }
            bucket.worm = Some(worm);
            Ok(())
        })
        .await?;
    let mut answer = empty_answer(200);
    put_header(&mut answer, "x-oss-worm-id", &id);
    Ok(answer)
}

pub(crate) async fn complete(service: &BucketService, request: &Request, body: Body) -> Result<Answer, Fault> {
    no_body(request, body).await?;
    change(service, request, |worm| {
        if worm.is_locked {
            return Err(codes::WORM_LOCKED.fault());
        }
        worm.is_locked = true;
        Ok(())
    })
    .await
}

pub(crate) async fn extend(service: &BucketService, request: &Request, body: Body) -> Result<Answer, Fault> {
    let days = days("ExtendWormConfiguration", request, body).await?;
    change(service, request, |worm| {
        if !worm.is_locked || days <= worm.days {
            return Err(codes::INVALID_WORM.fault());
        }
        worm.days = days;
        Ok(())
    })
    .await
}

pub(crate) async fn abort(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let now_ms = service.clock.now_ms();
    service
        .change(request.bucket(), |bucket| match &bucket.worm {
            Some(worm) if worm.is_locked => Err(codes::WORM_LOCKED.fault()),
            Some(worm) if worm.is_in_force(now_ms) => {
                bucket.worm = None;
                Ok(())
            }
            _ => Err(codes::NO_SUCH_WORM.fault()),
        })
        .await?;
    Ok(empty_answer(204))
}

pub(crate) async fn get(service: &BucketService, request: &Request) -> Result<Answer, Fault> {
    let bucket = service.bucket(request.bucket()).await?;
    let worm = bucket.worm.filter(|worm| worm.is_in_force(service.clock.now_ms()));
    let worm = worm.ok_or_else(|| codes::NO_SUCH_WORM.fault().detail("BucketName", &bucket.name))?;
    Ok(xml_answer(Xml::document("WormConfiguration", |xml| {
        xml.text("WormId", &worm.id);
        xml.text("State", worm.state());
        xml.text("RetentionPeriodInDays", worm.days.to_string());
        xml.text("CreationDate", iso_ms(worm.created_ms));
        xml.optional("ExpirationDate", worm.ends_ms().map(iso_ms).as_deref());
    })))
}

/// Changes the policy that the request names by its id.
async fn change(
    service: &BucketService,
    request: &Request,
    change: impl FnOnce(&mut Worm) -> Result<(), Fault>,
) -> Result<Answer, Fault> {
    let id = request.head.query.get("wormId").unwrap_or_default();
    let now_ms = service.clock.now_ms();
    service
        .change(request.bucket(), |bucket| {
            let worm = bucket.worm.as_mut().filter(|worm| worm.id == id && worm.is_in_force(now_ms));
            change(worm.ok_or_else(|| codes::NO_SUCH_WORM.fault())?)
        })
        .await?;
    Ok(empty_answer(200))
}

async fn days(root: &str, request: &Request, body: Body) -> Result<i64, Fault> {
    let xml = limited(body, &request.head.headers, MAX_XML_BYTES).await?;
    let days = parse::<Retention>(root, &xml)?.retention_period_in_days;
    if are_good_days(days) { Ok(days) } else { Err(codes::INVALID_WORM.fault()) }
}
