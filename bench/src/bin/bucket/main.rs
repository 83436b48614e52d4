//! Buckets: objects of three sizes put and got over HTTP by the project's own client, against files of the same sizes
//! copied raw, with a sync each, on the same disk in the same run. `cargo xtask bench bucket`, or with another share of the
//! usual numbers of objects, `cargo xtask bench bucket --share 0.1`.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use bench::Failure;
use bench::percentile::{Times, ms};
use bench::server::Server;
use bucket::client::{BucketClient, ClientSettings, PutOptions};
use clap::Parser;
use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use rand::Rng;

const BUCKET: &str = "bench-bucket";

/// Name, bytes and number of the objects of a size.
const SIZES: [(&str, usize, usize); 3] =
    [("4 KB", 4 * 1024, 2_000), ("1 MB", 1024 * 1024, 200), ("100 MB", 100 * 1024 * 1024, 5)];
/// Clients at once.
const CLIENTS: [usize; 2] = [1, 4];

/// What is measured
#[derive(Parser)]
struct Arguments {
    /// Share of the usual numbers of objects
    #[arg(long, default_value_t = 1.0)]
    share: f64,
}

/// Figures of one kind of work: bytes and times of its objects, and how long all of them took.
struct Figures {
    bytes: usize,
    elapsed: Duration,
    times: Times,
}

impl Figures {
    fn rate(&self) -> f64 {
        (self.bytes * self.times.count()) as f64 / self.elapsed.as_secs_f64() / 1e6
    }

    fn cells(&self, raw: &Figures) -> [String; 5] {
        [
            format!("{:.0}", self.times.count() as f64 / self.elapsed.as_secs_f64()),
            format!("{:.1}", self.rate()),
            format!("{:.0} %", 100.0 * self.rate() / raw.rate()),
            ms(self.times.p50()),
            ms(self.times.p99()),
        ]
    }
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir_in(".")?;
    let server = Server::start(&folder.path().join("data"), &[])?;
    let settings = ClientSettings { endpoint: format!("http://{}", server.address), ..ClientSettings::default() };
    let client = BucketClient::new(&settings, Server::credentials())?;
    client.create_bucket(BUCKET)?;
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header(["object", "what", "clients", "objects/s", "MB/s", "of raw", "p50", "p99"]);
    for (name, bytes, usual) in SIZES {
        let count = ((usual as f64 * arguments.share) as usize).max(2);
        let mut content = vec![0; bytes];
        rand::rng().fill_bytes(&mut content);
        let raw_folder = folder.path().join("raw");
        fs::create_dir_all(&raw_folder)?;
        let written = measure(bytes, count, 1, |n| raw_copy(&raw_folder, n, &content))?;
        let read = measure(bytes, count, 1, |n| raw_read(&raw_folder, n, bytes))?;
        let mut row = |what: &str, clients: usize, figures: &Figures, raw: &Figures| {
            let mut row = vec![name.to_owned(), what.to_owned(), clients.to_string()];
            row.extend(figures.cells(raw));
            table.add_row(row);
        };
        row("file copied and synced", 1, &written, &written);
        for clients in CLIENTS {
            let put = measure(bytes, count, clients, |n| {
                client.put(BUCKET, &format!("{bytes}/{clients}/{n}"), &content, &PutOptions::default())?;
                Ok(())
            })?;
            row("put", clients, &put, &written);
        }
        row("file read", 1, &read, &read);
        for clients in CLIENTS {
            let got = measure(bytes, count, clients, |n| {
                let mut reader = client.get(BUCKET, &format!("{bytes}/{clients}/{n}"))?;
                whole(&mut reader, bytes)
            })?;
            row("get", clients, &got, &read);
        }
        fs::remove_dir_all(&raw_folder)?;
    }
    println!("{table}");
    server.stop()?;
    Ok(())
}

/// Does something with each of so many objects, by several threads, each of them with its share.
fn measure(
    bytes: usize,
    count: usize,
    threads: usize,
    work: impl Fn(usize) -> Result<(), Failure> + Sync,
) -> Result<Figures, Failure> {
    let started = Instant::now();
    let times = std::thread::scope(|scope| {
        let share = |first: usize| {
            let work = &work;
            move || -> Result<Vec<Duration>, String> {
                let mut times = Vec::new();
                for n in (first..count).step_by(threads) {
                    let begun = Instant::now();
                    work(n).map_err(|error| error.to_string())?;
                    times.push(begun.elapsed());
                }
                Ok(times)
            }
        };
        let running: Vec<_> = (0..threads).map(|first| scope.spawn(share(first))).collect();
        let ended = running.into_iter().map(|thread| thread.join().map_err(|_| "a client panicked".to_owned())?);
        ended.collect::<Result<Vec<_>, String>>()
    })?;
    Ok(Figures { bytes, elapsed: started.elapsed(), times: Times::new(times.concat()) })
}

fn raw_copy(folder: &Path, n: usize, content: &[u8]) -> Result<(), Failure> {
    let mut file = File::create(folder.join(n.to_string()))?;
    file.write_all(content)?;
    file.sync_all()?;
    Ok(File::open(folder)?.sync_all()?)
}

fn raw_read(folder: &Path, n: usize, bytes: usize) -> Result<(), Failure> {
    whole(&mut File::open(folder.join(n.to_string()))?, bytes)
}

fn whole(reader: &mut dyn Read, bytes: usize) -> Result<(), Failure> {
    let mut buffer = vec![0; 256 * 1024];
    let mut count = 0;
    loop {
        match reader.read(&mut buffer)? {
            0 if count == bytes => return Ok(()),
            0 => return Err(format!("{count} bytes came instead of {bytes}").into()),
            more => count += more,
        }
    }
}
