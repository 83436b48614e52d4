//! For tests of clients: a server that answers what a test tells it to, or hangs up.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use parking_lot::Mutex;

/// What the server does with one request.
pub enum Act {
    /// Status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Hangs up without a word, as a server that dies.
    HangUp,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Method, path and version.
    pub line: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Seen {
    /// A header by its name in lower case; empty when it did not come.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// A server with a list of what to do; it ends with the list.
pub struct Script {
    /// Where it listens.
    pub endpoint: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Script {
    /// Starts it on a free port of this machine.
    pub fn start(acts: Vec<Act>) -> Script {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (list, mut acts) = (Arc::clone(&seen), VecDeque::from(acts));
        std::thread::spawn(move || {
            while let Some(act) = acts.pop_front() {
                let (stream, _) = listener.accept().unwrap();
                list.lock().push(read_request(&stream));
                if let Act::Answer(status, headers, body) = act {
                    answer(stream, status, &headers, &body);
                }
            }
        });
        Script { endpoint, seen }
    }

    /// The requests that came.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().clone()
    }
}

fn read_request(stream: &TcpStream) -> Seen {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let headers: Vec<(String, String)> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Seen { line: lines[0].clone(), headers, body }
}

/// A length among the headers is that of a body that is not sent.
fn answer(mut stream: TcpStream, status: u16, headers: &[(&str, String)], body: &str) {
    let mut text = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "content-length") {
        text += &format!("content-length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    // A client that hung up first is its own business.
    let _ = stream.write_all(format!("{text}\r\n{body}").as_bytes());
}
