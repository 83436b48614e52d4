//! Shards: parts of the range of hash keys. Public documents: Simple Log Service, "ListShards", "SplitShard",
//! "MergeShards".

use openapi::clock::now_ms;
use serde_json::{Value, json};

use crate::answer::{Answer, json_answer};
use crate::fault::{Fault, codes};
use crate::limits::{MAX_ALL_SHARDS, MAX_JOURNAL_STREAMS, MAX_SHARDS};
use crate::rows::logstore;
use crate::rows::shard::{self, Shard};
use crate::service::{LogService, Request};

/// Behind the last key. It is written like the last key itself, so that key belongs to no shard by the letter; the
/// service puts it into the last one.
const END_KEY: u128 = u128::MAX;

/// A key as clients write it.
pub(crate) fn parse_key(text: &str) -> Result<u128, Fault> {
    let is_key = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let key = is_key.then(|| u128::from_str_radix(text, 16).ok()).flatten();
    key.ok_or_else(|| codes::PARAMETER_INVALID.says("The hash key must have 32 hexadecimal digits."))
}

fn written(key: u128) -> String {
    format!("{key:032x}")
}

/// The keys of a shard: the first, and the one behind the last.
fn keys(shard: &Shard) -> Result<(u128, u128), Fault> {
    Ok((parse_key(&shard.begin_key)?, parse_key(&shard.end_key)?))
}

/// Whether a key goes to a shard.
pub(crate) fn takes(shard: &Shard, key: u128) -> bool {
    keys(shard).is_ok_and(|(begin, end)| begin <= key && (key < end || end == END_KEY))
}

/// The shards of a new logstore: the range in equal parts.
pub(crate) fn first_shards(count: i64, created_s: i64) -> Vec<Shard> {
    parts((0, END_KEY), count as usize)
        .into_iter()
        .zip(0..)
        .map(|((begin, end), number)| new_shard(number, begin, end, Vec::new(), created_s))
        .collect()
}

fn new_shard(number: i64, begin: u128, end: u128, parents: Vec<i64>, created_s: i64) -> Shard {
    Shard { number, is_open: true, begin_key: written(begin), end_key: written(end), parents, created_s }
}

/// The range in equal parts; the keys of the last shard end with the last key that there is, so its range has one more.
fn parts((begin, end): (u128, u128), count: usize) -> Vec<(u128, u128)> {
    let last = if end == END_KEY { end } else { end - 1 };
    let (size_less_one, count) = (last - begin, count as u128);
    // (size * index) / count without more than 128 bits.
    let edge = |index: u128| begin + size_less_one / count * index + (size_less_one % count + 1) * index / count;
    let end_of = |index: u128| if index == count { end } else { edge(index) };
    (0..count).map(|index| (edge(index), end_of(index + 1))).collect()
}

/// Whether so many new shards have room in the journal: each has a stream there for ever.
pub(crate) fn has_room(service: &LogService, count: usize) -> Result<(), Fault> {
    if service.journal.streams().len() + count > MAX_JOURNAL_STREAMS {
        return Err(codes::PROJECT_QUOTA.says(
            "This server has as many shards, with those that were deleted, as it can ever have; use one that exists.",
        ));
    }
    Ok(())
}

pub(crate) async fn list(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let logstore = service.logstore(request).await?;
    Ok(json_answer(&Value::Array(logstore.shards.iter().map(shown).collect())))
}

fn shown(shard: &Shard) -> Value {
    json!({
        "shardID": shard.number,
        "status": if shard.is_open { "readwrite" } else { "readonly" },
        "inclusiveBeginKey": shard.begin_key,
        "exclusiveEndKey": shard.end_key,
        "createTime": shard.created_s,
    })
}

pub(crate) async fn split(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let count = match request.query.number("shardCount")? {
        None => 2,
        Some(count @ 2..=100) => count as usize,
        Some(_) => return Err(codes::PARAMETER_INVALID.says("shardCount must be 2 to 100")),
    };
    let key = request.query.text("key").map(parse_key).transpose()?;
    change(service, request, |shards, number| {
        let parent = open_shard(shards, number)?;
        let (begin, end) = keys(parent)?;
        let ranges = match key {
            Some(key) if count == 2 && begin < key && key < end => vec![(begin, key), (key, end)],
            Some(_) => {
                return Err(
                    codes::PARAMETER_INVALID.says("key must lie inside the range of the shard, and splits it in two")
                );
            }
            None if end - begin < count as u128 => {
                return Err(codes::PARAMETER_INVALID.says("the range of the shard is too small to be split"));
            }
            None => parts((begin, end), count),
        };
        Ok((vec![number], ranges))
    })
    .await
}

pub(crate) async fn merge(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    change(service, request, |shards, number| {
        let left = open_shard(shards, number)?;
        let right = shards.iter().find(|other| other.is_open && other.begin_key == left.end_key);
        let right =
            right.ok_or_else(|| codes::PARAMETER_INVALID.says("the shard has no open neighbour on its right"))?;
        Ok((vec![number, right.number], vec![(keys(left)?.0, keys(right)?.1)]))
    })
    .await
}

fn open_shard(shards: &[Shard], number: i64) -> Result<&Shard, Fault> {
    let open = shards.iter().find(|shard| shard.number == number && shard.is_open);
    open.ok_or_else(|| codes::PARAMETER_INVALID.says("the shard is readonly; choose one that is readwrite"))
}

/// Closes shards and opens others with their ranges; all of them are shown. What is decided is decided while nobody else
/// changes the shards.
async fn change(
    service: &LogService,
    request: &Request,
    decide: impl FnOnce(&[Shard], i64) -> Result<(Vec<i64>, Vec<(u128, u128)>), Fault> + Send,
) -> Result<Answer, Fault> {
    let known = service.logstore(request).await?;
    let number = known.shard(&request.target.shard)?.number;
    let _alone = service.shards_change.write().await;
    let id = &known.row.id;
    let mut transaction = service.database.begin().await?;
    logstore::lock(&mut transaction, id).await?;
    let shards = shard::all(&mut transaction, id).await?;
    let (parents, ranges) = decide(&shards, number)?;
    let open = shards.iter().filter(|shard| shard.is_open).count();
    if open - parents.len() + ranges.len() > MAX_SHARDS || shards.len() + ranges.len() > MAX_ALL_SHARDS {
        return Err(codes::PROJECT_QUOTA.says("A logstore has at most 256 open and 1,024 shards in all."));
    }
    has_room(service, ranges.len())?;
    let next = shards.iter().map(|shard| shard.number).max().unwrap_or(-1) + 1;
    let now_s = now_ms().div_euclid(1_000);
    for parent in &parents {
        shard::close(&mut transaction, id, *parent).await?;
    }
    for ((begin, end), number) in ranges.iter().zip(next..) {
        shard::insert(&mut transaction, id, &new_shard(number, *begin, *end, parents.clone(), now_s)).await?;
    }
    let after = shard::all(&mut transaction, id).await?;
    transaction.commit().await?;
    service.logstores.forget();
    super::keeping::keep(service, &*service.logstore(request).await?).await?;
    let touched = after.iter().filter(|shard| parents.contains(&shard.number) || shard.number >= next);
    Ok(json_answer(&Value::Array(touched.map(shown).collect())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_cut_at_round_keys() {
        let begins: Vec<String> = first_shards(4, 0).into_iter().map(|shard| shard.begin_key).collect();
        assert_eq!(begins, ["0", "4", "8", "c"].map(|first| format!("{first}{}", "0".repeat(31))));
        assert_eq!(parts((8, 16), 2), [(8, 12), (12, 16)]);
    }

    #[test]
    fn every_key_goes_to_exactly_one_shard() {
        for count in [1, 2, 3, 7, 100] {
            let shards = first_shards(count, 0);
            assert_eq!(shards.len(), count as usize);
            assert_eq!(
                (&*shards[0].begin_key, &*shards[shards.len() - 1].end_key),
                (&*"0".repeat(32), &*"f".repeat(32))
            );
            for key in [0, 1, u128::MAX / 2, u128::MAX / 3 + 1, u128::MAX - 1, u128::MAX] {
                assert_eq!(shards.iter().filter(|shard| takes(shard, key)).count(), 1, "{count} {key:x}");
            }
        }
        assert!(parse_key("0f").is_err() && parse_key(&"g".repeat(32)).is_err() && parse_key(&"é".repeat(16)).is_err());
    }
}
