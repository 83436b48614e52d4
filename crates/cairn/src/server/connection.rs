//! A connection that can be asked, while a call is in hand, whether its client is still there.

use std::io;
use std::net::TcpStream as StdTcpStream;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A socket that the HTTP library reads and writes while others look at it. Clones are one and the same.
#[derive(Debug, Clone)]
pub(super) struct Connection(Arc<TcpStream>);

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Connection {
        Connection(Arc::new(stream))
    }

    /// Resolves when the client has closed its side and everything it sent was read. It may still read the answer: only
    /// work that is worth nothing without a reader should end then. Never resolves when the client has sent more.
    pub(super) async fn closed_by_client(&self) {
        match self.0.peek(&mut [0]).await {
            Ok(0) | Err(_) => {}
            Ok(_) => std::future::pending().await,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.poll_read_ready(context))?;
            match self.0.try_read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(context))?;
            match self.0.try_write_vectored(slices) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The standard library shuts down through `&self`; its stream is made of a second handle that is closed at once.
        let handle = StdTcpStream::from(self.0.as_fd().try_clone_to_owned()?);
        Poll::Ready(handle.shutdown(std::net::Shutdown::Write))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    async fn pair() -> (TcpStream, Connection) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let client = TcpStream::connect(listener.local_addr().expect("bound")).await.expect("connects");
        let (server, _) = listener.accept().await.expect("accepts");
        (client, Connection::new(server))
    }

    async fn is_closed(connection: &Connection) -> bool {
        tokio::time::timeout(Duration::from_millis(100), connection.closed_by_client()).await.is_ok()
    }

    #[tokio::test]
    async fn a_client_that_goes_is_noticed_and_one_that_says_more_is_not() {
        let (client, connection) = pair().await;
        assert!(!is_closed(&connection).await);
        drop(client);
        assert!(is_closed(&connection).await);

        let (mut client, mut connection) = pair().await;
        client.write_all(b"more").await.expect("sent");
        drop(client);
        assert!(!is_closed(&connection).await);
        let mut said = Vec::new();
        connection.read_to_end(&mut said).await.expect("reads to the end");
        assert_eq!(said, b"more");
        assert!(is_closed(&connection).await);
    }

    #[tokio::test]
    async fn a_client_that_closed_its_side_reads_the_answer() {
        let (mut client, mut connection) = pair().await;
        client.shutdown().await.expect("shut down");
        assert!(is_closed(&connection).await);
        let answer = vec![7; 1_000_000];
        let reading = tokio::spawn(async move {
            let mut read = Vec::new();
            client.read_to_end(&mut read).await.map(|_| read)
        });
        connection.write_all(&answer).await.expect("written");
        connection.shutdown().await.expect("shut down");
        assert_eq!(reading.await.expect("no panic").expect("read"), answer);
    }
}
