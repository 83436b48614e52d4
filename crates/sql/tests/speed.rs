#[path = "sql/world.rs"]
#[allow(dead_code)]
mod world;
use std::time::Instant;
use world::{Fact, World};

#[test]
fn speed() {
    let n: u64 = std::env::var("SPEED_ROWS").ok().and_then(|v| v.parse().ok()).unwrap_or(5_000_000);
    let world = World::new(131_072);
    let users: Vec<&'static str> = (0..1000).map(|n| &*Box::leak(format!("user-{n}").into_boxed_str())).collect();
    let start = 1_772_366_400i64 - 90 * 86_400;
    let mut x = 88172645463325252u64;
    let t = Instant::now();
    let mut made: Vec<(i64, &'static str, String, bytes::Bytes)> = Vec::new();
    for p in 1..=n {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        let u = (x % 1000) as usize;
        let skew = ((x >> 20) % 1000) as f64 / 1000.0;
        let name = format!("Operation{}", (skew * skew * skew * 200.0) as u32);
        let time_s = start + (p as i64 * 90 * 86_400) / n as i64;
        let region = users[u * u / 1000];
        let json = format!("{{\"time\":{time_s},\"region\":\"{region}\",\"name\":\"{name}\"}}");
        made.push((time_s, region, name, json.into()));
        if made.len() == 4096 || p == n {
            let first = p - made.len() as u64 + 1;
            let terms: Vec<[(store::FieldId, &str); 1]> =
                made.iter().map(|m| [(store::FieldId(1), m.2.as_str())]).collect();
            let mut rows = Vec::new();
            for (i, m) in made.iter().enumerate() {
                rows.push(store::Row {
                    position: first + i as u64,
                    time_s: m.0,
                    scope: m.1,
                    terms: &terms[i],
                    bytes: m.3.clone(),
                });
            }
            world.store.insert(world::STREAM, &rows).unwrap();
            drop(rows);
            drop(terms);
            made.clear();
        }
    }
    world.store.flush().unwrap();
    println!("filled in {:?}; segments {}", t.elapsed(), world.store.stats().segments);
    let queries = [
        "SELECT count(*) FROM events WHERE event_time < '1990-01-01T00:00:00Z'",
        "SELECT name, count(*) FROM events GROUP BY name",
        "SELECT region, count(*) FROM events GROUP BY region",
        "SELECT date_trunc('minute', event_time) AS t, count(*) FROM events GROUP BY t LIMIT 10",
        "SELECT count(*) FROM events WHERE name = 'Operation7'",
        "SELECT date_trunc('hour', event_time) AS t, name, count(*) FROM events GROUP BY t, name LIMIT 10",
        "SELECT * FROM events ORDER BY event_time DESC LIMIT 10",
        "SELECT * FROM events WHERE name = 'Operation199' ORDER BY event_time DESC LIMIT 10",
    ];
    for q in queries {
        let mut times: Vec<f64> = (0..7)
            .map(|_| {
                let t = Instant::now();
                let a = world.ask(q).unwrap();
                let e = t.elapsed().as_secs_f64() * 1e3;
                assert!(a.columns.len() > 0);
                e
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("{:8.1} ms min {:8.1}  {q}", times[3], times[0]);
    }
}
