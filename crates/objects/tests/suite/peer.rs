//! A server that speaks as much S3 as is needed, with what Google and Azure have of their own, and misbehaves as told.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;

use md5::{Digest, Md5};
use parking_lot::{Condvar, Mutex};

/// What the server does with a request.
#[derive(Debug, Clone)]
pub enum Turn {
    /// What it should.
    Serve,
    /// Answers with a status and a body, and does nothing.
    Refuse(u16, &'static str),
    /// Never answers.
    Hang,
    /// Ends the connection in the middle of the body.
    Truncate,
    /// Does what it should and ends the connection without an answer.
    LoseAnswer,
    /// Does what it should and answers that it failed.
    ServeAndRefuse(u16, &'static str),
    /// Does what it should and never answers.
    ServeAndHang,
    /// Answers with more bytes than were asked for.
    Flood,
}

#[derive(Default)]
pub struct Peer {
    pub address: String,
    pub objects: Mutex<BTreeMap<String, Vec<u8>>>,
    pub etags: Mutex<BTreeMap<String, String>>,
    uploads: Mutex<BTreeMap<String, BTreeMap<u32, Vec<u8>>>>,
    blocks: Mutex<BTreeMap<String, BTreeMap<String, Vec<u8>>>>,
    turns: Mutex<VecDeque<Turn>>,
    /// What every request with a method meets.
    always: Mutex<Option<(&'static str, Turn)>>,
    /// Of the objects that were put.
    pub content_types: Mutex<Vec<String>>,
    /// Method and target of each request.
    pub requests: Mutex<Vec<String>>,
    is_over: Mutex<bool>,
    over: Condvar,
}

struct Request {
    method: String,
    target: String,
    range: Option<(usize, usize)>,
    is_only_if_absent: bool,
    content_type: String,
    body: Vec<u8>,
}

struct Answer {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

/// A running peer; its hanging connections end with it.
pub struct Running(pub Arc<Peer>);

impl Drop for Running {
    fn drop(&mut self) {
        *self.0.is_over.lock() = true;
        self.0.over.notify_all();
    }
}

/// Starts a server whose first requests meet these turns; all later ones are served.
pub fn start(turns: impl IntoIterator<Item = Turn>) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let peer = Arc::new(Peer { address, turns: Mutex::new(turns.into_iter().collect()), ..Peer::default() });
    let serving = peer.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let peer = serving.clone();
            std::thread::spawn(move || peer.converse(stream));
        }
    });
    Running(peer)
}

impl Peer {
    pub fn plan(&self, turns: impl IntoIterator<Item = Turn>) {
        *self.turns.lock() = turns.into_iter().collect();
    }

    /// From now on every request with this method meets a turn.
    pub fn plan_for(&self, method: &'static str, turn: Turn) {
        *self.always.lock() = Some((method, turn));
    }

    fn turn(&self, method: &str) -> Turn {
        let always = self.always.lock().clone().filter(|(planned, _)| *planned == method);
        always.map(|(_, turn)| turn).or_else(|| self.turns.lock().pop_front()).unwrap_or(Turn::Serve)
    }

    pub fn count(&self, method: &str) -> usize {
        self.requests.lock().iter().filter(|request| request.starts_with(method)).count()
    }

    fn converse(&self, stream: TcpStream) {
        let Some(request) = read_request(&stream) else { return };
        self.requests.lock().push(format!("{} {}", request.method, request.target));
        match self.turn(&request.method) {
            Turn::Serve => send(&stream, &self.serve(&request), usize::MAX),
            Turn::Refuse(status, body) => {
                send(&stream, &Answer { status, headers: String::new(), body: body.into() }, usize::MAX);
            }
            Turn::Hang => self.hang(),
            Turn::ServeAndHang => {
                self.serve(&request);
                self.hang();
            }
            Turn::ServeAndRefuse(status, body) => {
                self.serve(&request);
                send(&stream, &Answer { status, headers: String::new(), body: body.into() }, usize::MAX);
            }
            Turn::Truncate => {
                let answer = self.serve(&request);
                send(&stream, &answer, answer.body.len() / 2);
            }
            Turn::LoseAnswer => drop(self.serve(&request)),
            Turn::Flood => {
                let mut answer = self.serve(&request);
                answer.body.extend_from_slice(&[7; 100_000]);
                send(&stream, &answer, usize::MAX);
            }
        }
        // The client may be gone already.
        let _ = stream.shutdown(Shutdown::Both);
    }

    fn hang(&self) {
        let mut is_over = self.is_over.lock();
        while !*is_over {
            self.over.wait(&mut is_over);
        }
    }

    fn serve(&self, request: &Request) -> Answer {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let name = path.to_owned();
        match (request.method.as_str(), query) {
            ("POST", "uploads") | ("POST", "uploads=") => {
                self.uploads.lock().insert(name, BTreeMap::new());
                xml(200, "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>")
            }
            ("PUT", query) if query.contains("comp=blocklist") => self.join_blocks(name, &request.body),
            ("PUT", query) if query.contains("comp=block") => self.take_block(name, query, request),
            ("PUT", query) if query.contains("partNumber") => self.take_part(&name, query, request),
            ("POST", query) if query.contains("uploadId") => self.complete(name),
            ("DELETE", query) if query.contains("uploadId") => {
                self.uploads.lock().remove(&name);
                Answer { status: 204, headers: String::new(), body: Vec::new() }
            }
            ("GET", query) if query.contains("list-type=2") => self.list(&name, query),
            ("PUT", _) if request.is_only_if_absent && self.objects.lock().contains_key(&name) => {
                xml(412, "<Error><Code>PreconditionFailed</Code><Message>It is there.</Message></Error>")
            }
            ("PUT", _) => {
                self.content_types.lock().push(request.content_type.clone());
                let etag = self.insert(&name, request.body.clone(), None);
                Answer { status: 200, headers: format!("ETag: {etag}\r\n"), body: Vec::new() }
            }
            ("DELETE" | "POST", _) => {
                self.objects.lock().remove(&name);
                xml(200, "<DeleteResult></DeleteResult>")
            }
            _ => self.get(&name, request),
        }
    }

    fn insert(&self, name: &str, bytes: Vec<u8>, etag: Option<String>) -> String {
        let etag = etag.unwrap_or_else(|| format!("\"{}\"", hex::encode(Md5::digest(&bytes))));
        self.objects.lock().insert(name.to_owned(), bytes);
        self.etags.lock().insert(name.to_owned(), etag.clone());
        etag
    }

    fn take_part(&self, name: &str, query: &str, request: &Request) -> Answer {
        let number = query.split('&').find_map(|pair| pair.strip_prefix("partNumber=")?.parse().ok()).unwrap();
        let etag = format!("\"{}\"", hex::encode(Md5::digest(&request.body)));
        match self.uploads.lock().get_mut(name) {
            Some(parts) => drop(parts.insert(number, request.body.clone())),
            None => return xml(404, "<Error><Code>NoSuchUpload</Code></Error>"),
        }
        Answer { status: 200, headers: format!("ETag: {etag}\r\n"), body: Vec::new() }
    }

    /// A block of Azure's: it belongs to no upload, and its name is the client's.
    fn take_block(&self, name: String, query: &str, request: &Request) -> Answer {
        let block = query.split('&').find_map(|pair| pair.strip_prefix("blockid=")).unwrap().replace("%3D", "=");
        self.blocks.lock().entry(name).or_default().insert(block, request.body.clone());
        Answer { status: 201, headers: String::new(), body: Vec::new() }
    }

    fn join_blocks(&self, name: String, list: &[u8]) -> Answer {
        let list = String::from_utf8_lossy(list);
        let wanted = list.split("<Uncommitted>").skip(1).map(|rest| rest.split('<').next().unwrap());
        let blocks = self.blocks.lock().remove(&name).unwrap_or_default();
        let joined: Option<Vec<&[u8]>> = wanted.map(|block| blocks.get(block).map(Vec::as_slice)).collect();
        match joined {
            Some(joined) => {
                let etag = self.insert(&name, joined.concat(), Some("\"0x8DA0\"".to_owned()));
                Answer { status: 201, headers: format!("ETag: {etag}\r\n"), body: Vec::new() }
            }
            None => xml(400, "<Error><Code>InvalidBlockList</Code><Message>Gone.</Message></Error>"),
        }
    }

    fn complete(&self, name: String) -> Answer {
        let Some(parts) = self.uploads.lock().remove(&name) else {
            return xml(404, "<Error><Code>NoSuchUpload</Code><Message>Gone.</Message></Error>");
        };
        let sums: Vec<u8> = parts.values().flat_map(|part| Md5::digest(part).to_vec()).collect();
        let etag = format!("\"{}-{}\"", hex::encode(Md5::digest(&sums)), parts.len());
        self.insert(&name, parts.into_values().flatten().collect(), Some(etag.clone()));
        let etag = etag.replace('"', "&quot;");
        xml(200, &format!("<CompleteMultipartUploadResult><ETag>{etag}</ETag></CompleteMultipartUploadResult>"))
    }

    /// Keys in the order of their bytes, in pages of three.
    fn list(&self, bucket: &str, query: &str) -> Answer {
        let parameter = |wanted: &str| {
            let found = query.split('&').find_map(|pair| pair.strip_prefix(wanted)?.strip_prefix('='));
            found.unwrap_or_default().replace("%2F", "/")
        };
        let (prefix, after) = (parameter("prefix"), parameter("start-after").max(parameter("continuation-token")));
        let objects = self.objects.lock();
        let keys =
            objects.iter().filter_map(|(name, bytes)| Some((name.strip_prefix(bucket)?.strip_prefix('/')?, bytes)));
        let mut keys = keys.filter(|(key, _)| key.starts_with(&prefix) && *key > after.as_str()).peekable();
        let page: Vec<_> = keys.by_ref().take(3).collect();
        let entry = |(key, bytes): &(&str, &Vec<u8>)| {
            let size = bytes.len();
            format!(
                "<Contents><Key>{key}</Key><Size>{size}</Size><LastModified>2026-11-27T12:00:00Z</LastModified></Contents>"
            )
        };
        let entries: String = page.iter().map(entry).collect();
        let next = match (keys.peek(), page.last()) {
            (Some(_), Some((last, _))) => format!("<NextContinuationToken>{last}</NextContinuationToken>"),
            _ => String::new(),
        };
        xml(200, &format!("<ListBucketResult>{entries}{next}</ListBucketResult>"))
    }

    fn get(&self, name: &str, request: &Request) -> Answer {
        let objects = self.objects.lock();
        let Some(object) = objects.get(name) else {
            return xml(404, "<Error><Code>NoSuchKey</Code><Message>It is not there.</Message></Error>");
        };
        let etag = self.etags.lock().get(name).cloned().unwrap_or_default();
        let modified = "Last-Modified: Fri, 27 Nov 2026 12:00:00 GMT\r\n";
        let mut headers = format!("ETag: {etag}\r\n{modified}");
        let (status, body) = match request.range {
            Some((start, end)) => {
                let end = (end + 1).min(object.len());
                headers += &format!("Content-Range: bytes {start}-{}/{}\r\n", end - 1, object.len());
                (206, object[start..end].to_vec())
            }
            None => (200, object.clone()),
        };
        if request.method == "HEAD" {
            headers += &format!("Content-Length: {}\r\n", object.len());
            return Answer { status, headers, body: Vec::new() };
        }
        Answer { status, headers, body }
    }
}

fn xml(status: u16, body: &str) -> Answer {
    let headers = "Content-Type: application/xml\r\n".to_owned();
    Answer { status, headers, body: format!("<?xml version=\"1.0\"?>{body}").into() }
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), plain(words.next()?));
    let (mut body_len, mut range, mut is_only_if_absent, mut content_type) = (0, None, false, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => body_len = value.parse().ok()?,
            "if-none-match" => is_only_if_absent = value == "*",
            "x-goog-if-generation-match" => is_only_if_absent = value == "0",
            "content-type" => value.clone_into(&mut content_type),
            "range" | "x-ms-range" => {
                let (start, end) = value.strip_prefix("bytes=")?.split_once('-')?;
                range = Some((start.parse().ok()?, end.parse().ok()?));
            }
            _ => {}
        }
    }
    let mut body = vec![0; body_len];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, target, range, is_only_if_absent, content_type, body })
}

/// Google's client escapes more than others.
fn plain(target: &str) -> String {
    [("%2F", "/"), ("%2E", "."), ("%2D", "-")].iter().fold(target.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The client may hang up at any time, which is its right.
fn send(mut stream: &TcpStream, answer: &Answer, body_limit: usize) {
    let has_length = answer.headers.contains("Content-Length");
    let length = if has_length { String::new() } else { format!("Content-Length: {}\r\n", answer.body.len()) };
    let head = format!("HTTP/1.1 {} Told\r\n{}{length}Connection: close\r\n\r\n", answer.status, answer.headers);
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&answer.body[..answer.body.len().min(body_limit)]);
    let _ = stream.flush();
}
