//! A lean HTTP client: it must not cost what it measures.

use openapi::client::{Credentials, signed_v1_query};
use openapi::clock::now_ms;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One keep-alive connection.
pub struct Connection {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects to `HOST:PORT`.
    pub async fn open(address: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, host: address.to_owned(), buffer: Vec::with_capacity(128 * 1024) })
    }

    /// Calls an operation with a V1 signature; answers status and body.
    pub async fn call(
        &mut self,
        version: &str,
        operation: &str,
        parameters: &[(&str, &str)],
        credentials: &Credentials,
    ) -> std::io::Result<(u16, Vec<u8>)> {
        let query = signed_v1_query("GET", operation, version, parameters, credentials, now_ms().div_euclid(1_000));
        let request = format!("GET /?{query} HTTP/1.1\r\nHost: {}\r\nUser-Agent: cairn-bench\r\n\r\n", self.host);
        self.stream.write_all(request.as_bytes()).await?;
        self.read_response().await
    }

    async fn read_response(&mut self) -> std::io::Result<(u16, Vec<u8>)> {
        self.buffer.clear();
        let bad = |what| std::io::Error::new(std::io::ErrorKind::InvalidData, what);
        let (mut head_end, mut total) = (0, usize::MAX);
        while self.buffer.len() < total {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if head_end == 0
                && let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n")
            {
                head_end = end + 4;
                let head = std::str::from_utf8(&self.buffer[..end]).map_err(|_| bad("head is not text"))?;
                let length = head.lines().find_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
                });
                total = head_end + length.ok_or_else(|| bad("no content-length"))?;
            }
        }
        let status = std::str::from_utf8(&self.buffer[9..12]).ok().and_then(|text| text.parse().ok());
        Ok((status.ok_or_else(|| bad("no status"))?, self.buffer[head_end..total].to_vec()))
    }
}
