//! `cairn bucket`: buckets and their objects, by the calls that every client makes.

mod folder;
mod place;
mod retention;
mod transfer;

use std::process::ExitCode;

use ::bucket::client::{Addressing, BucketClient, ClientSettings, Listing, SignatureVersion};
use clap::{Args, Subcommand, ValueEnum};

use super::{CommandError, table};
use crate::credentials::ClientArguments;
use place::Place;
use transfer::Options;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
    /// Version of the signature
    #[arg(long, value_enum, default_value_t = Signature::V4, global = true)]
    signature: Signature,
    /// The bucket's name in the path also where the endpoint is the cloud's
    #[arg(long, global = true)]
    path_style: bool,
    #[command(flatten)]
    client: ClientArguments,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Signature {
    V1,
    V4,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a bucket; what is there stays as it is
    Create {
        /// Bucket
        bucket: String,
    },
    /// Buckets; of BUCKET[/PREFIX] the objects, with what lies deeper as one line
    Ls {
        /// BUCKET or BUCKET/PREFIX
        place: Option<Place>,
        /// Every object, however deep
        #[arg(long, short)]
        recursive: bool,
    },
    /// Copy a file to oss://BUCKET/KEY, an object to a file, or an object to another one; `-` is standard input or output
    ///
    /// With --recursive everything in a folder, or below oss://BUCKET/PREFIX, to another folder or prefix; what cannot be
    /// copied is named and left out, and the exit code is then 1.
    #[command(visible_aliases = ["put", "get"])]
    Cp {
        /// FILE, `-` or oss://BUCKET/KEY
        source: String,
        /// FILE, `-` or oss://BUCKET/KEY; behind a last slash the name stays
        target: String,
        /// Everything in a folder or below a prefix
        #[arg(long, short)]
        recursive: bool,
        /// Fail when the target is an object that is there already with another content
        #[arg(long)]
        no_overwrite: bool,
        /// Content type of the object
        #[arg(long, default_value = "")]
        content_type: String,
    },
    /// An object on standard output
    Cat {
        /// BUCKET/KEY
        place: Place,
    },
    /// Delete an object, or an empty bucket
    Rm {
        /// BUCKET or BUCKET/KEY
        place: Place,
        /// Everything that begins so
        #[arg(long, short)]
        recursive: bool,
    },
    /// What an object or a bucket is
    #[command(visible_alias = "head")]
    Stat {
        /// BUCKET or BUCKET/KEY
        place: Place,
    },
    /// A link by which anybody may read an object, or write it
    Presign {
        /// BUCKET/KEY
        place: Place,
        /// Seconds that it lives, 604800 at most
        #[arg(long, default_value_t = 3_600)]
        expires: i64,
        /// What it allows
        #[arg(long, default_value = "GET", value_parser = ["GET", "PUT"])]
        method: String,
    },
    /// Write-once retention of a bucket
    Worm(retention::Arguments),
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let client = &arguments.client;
    let settings = ClientSettings {
        endpoint: client.endpoint.clone(),
        region: client.region.clone(),
        signature: match arguments.signature {
            Signature::V1 => SignatureVersion::V1,
            Signature::V4 => SignatureVersion::V4,
        },
        addressing: if arguments.path_style { Addressing::Path } else { Addressing::ByEndpoint },
    };
    let client = BucketClient::new(&settings, client.credentials()?)?;
    match &arguments.action {
        Action::Create { bucket } => client.create_bucket(bucket)?,
        Action::Ls { place: None, .. } => list_buckets(&client)?,
        Action::Ls { place: Some(place), recursive } => list(&client, place, *recursive)?,
        Action::Cp { source, target, recursive, no_overwrite, content_type } => {
            let options = Options { no_overwrite: *no_overwrite, content_type };
            match recursive {
                true => folder::copy(&client, source, target, &options)?,
                false => transfer::copy(&client, source, target, &options)?,
            }
        }
        Action::Cat { place } => {
            transfer::copy(&client, &place.url(), "-", &Options { no_overwrite: false, content_type: "" })?;
        }
        Action::Rm { place, recursive } => remove(&client, place, *recursive)?,
        Action::Stat { place } => show(&client, place)?,
        Action::Presign { place, expires, method } => {
            println!("{}", client.presign(method, &place.bucket, place.key()?, *expires)?);
        }
        Action::Worm(arguments) => retention::run(&client, arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list_buckets(client: &BucketClient) -> Result<(), CommandError> {
    let mut table = table::new(&["Bucket", "Location", "Created", "Class"]);
    for bucket in client.list_buckets()? {
        table.add_row([bucket.name, bucket.location, bucket.creation_date, bucket.storage_class]);
    }
    println!("{table}");
    Ok(())
}

/// A line an object, as they come: a bucket may have millions.
fn list(client: &BucketClient, place: &Place, recursive: bool) -> Result<(), CommandError> {
    let delimiter = if recursive { "" } else { "/" };
    for_pages(client, place, delimiter, |page| {
        page.prefixes.iter().for_each(|prefix| println!("{:>14}  {:24}  {prefix}", "", ""));
        for object in &page.objects {
            println!("{:>14}  {:24}  {}", object.size, object.last_modified, object.key);
        }
        Ok(())
    })
}

fn remove(client: &BucketClient, place: &Place, recursive: bool) -> Result<(), CommandError> {
    if !recursive {
        let deleted = match place.key.as_str() {
            "" => client.delete_bucket(&place.bucket),
            key => client.delete(&place.bucket, key),
        };
        return Ok(deleted?);
    }
    let mut count = 0;
    for_pages(client, place, "", |page| {
        for object in &page.objects {
            client.delete(&place.bucket, &object.key)?;
            count += 1;
        }
        Ok(())
    })?;
    eprintln!("{count} objects deleted");
    Ok(())
}

fn for_pages(
    client: &BucketClient,
    place: &Place,
    delimiter: &str,
    mut each: impl FnMut(&::bucket::client::Page) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let mut token = String::new();
    loop {
        let listing = Listing { prefix: &place.key, delimiter, token: &token, max_keys: 1_000, ..Listing::default() };
        let page = client.list(&place.bucket, &listing)?;
        each(&page)?;
        match page.next {
            Some(next) => token = next,
            None => return Ok(()),
        }
    }
}

fn show(client: &BucketClient, place: &Place) -> Result<(), CommandError> {
    let mut table = table::new(&["", ""]);
    let mut row = |name: &str, value: String| {
        if !value.is_empty() {
            table.add_row([name.to_owned(), value]);
        }
    };
    if place.key.is_empty() {
        let bucket = client.bucket_info(&place.bucket)?;
        row("Bucket", bucket.name);
        row("Location", bucket.location);
        row("Created", bucket.creation_date);
        row("Class", bucket.storage_class);
    } else {
        let found = client.head(&place.bucket, &place.key)?;
        let object = found.ok_or_else(|| format!("{} does not exist", place.url()))?;
        row("Key", place.key.clone());
        row("Bytes", object.size.to_string());
        row("Changed", object.last_modified);
        row("ETag", object.etag);
        row("CRC-64", object.crc64.map(|crc64| crc64.to_string()).unwrap_or_default());
        row("Type", object.kind);
        row("Class", object.storage_class);
        row("Content type", object.content_type);
        for (name, value) in object.metadata {
            row(&format!("x-oss-meta-{name}"), value);
        }
    }
    println!("{table}");
    Ok(())
}
