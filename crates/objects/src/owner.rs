//! One prefix belongs to one server: names of segments say stream, day and positions, so two servers with an account of
//! the same number would overwrite each other's; and nobody would know whose the files of objects are.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::limits::MAX_OWNER_BYTES;
use crate::remote::Remote;

/// Name of the object with the owner's mark.
const MARK: &str = "owner";

/// Objects that only their owner writes. Whoever comes first leaves a mark; with another's mark there, every put and
/// removal fails. Reading is free.
pub struct Owned {
    remote: Arc<dyn Remote>,
    owner: String,
    /// Where an operator finds and changes it.
    kept_in: String,
    /// Whether the mark was seen. Held while it is looked for, so that one thread does.
    is_ours: Mutex<bool>,
}

impl Owned {
    /// Uses a mark that no other server has, kept in a file of this name. Nothing is asked yet.
    pub fn new(remote: Arc<dyn Remote>, owner: &str, kept_in: &str) -> Owned {
        Owned { remote, owner: owner.to_owned(), kept_in: kept_in.to_owned(), is_ours: Mutex::new(false) }
    }

    /// Sees that the mark is this server's, and leaves it when there is none.
    pub fn make_sure(&self) -> io::Result<()> {
        let mut is_ours = self.is_ours.lock();
        if *is_ours {
            return Ok(());
        }
        if self.mark()?.is_none() {
            // Of two first servers one is too late. Where the service does not know how to put only what is not there, the
            // look after it shows most races, and the next start the others.
            self.remote.put_new(MARK, self.owner.as_bytes())?;
        }
        match self.mark()? {
            Some(mark) if mark == self.owner.as_bytes() => {
                *is_ours = true;
                Ok(())
            }
            _ => Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!(
                    "the prefix belongs to another server: the object {MARK} below it is not what {} says; choose another prefix in `url`, or, if this data folder takes the other's place, copy the object into that file",
                    self.kept_in
                ),
            )),
        }
    }

    fn mark(&self) -> io::Result<Option<Bytes>> {
        match self.remote.byte_len(MARK) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
            Ok(byte_len) => self.remote.read(MARK, 0..byte_len.min(MAX_OWNER_BYTES)).map(Some),
        }
    }
}

impl Remote for Owned {
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.make_sure()?;
        self.remote.put(name, bytes)
    }

    fn put_new(&self, name: &str, bytes: &[u8]) -> io::Result<bool> {
        self.make_sure()?;
        self.remote.put_new(name, bytes)
    }

    fn byte_len(&self, name: &str) -> io::Result<u64> {
        self.remote.byte_len(name)
    }

    fn read(&self, name: &str, range: Range<u64>) -> io::Result<Bytes> {
        self.remote.read(name, range)
    }

    fn read_start(&self, name: &str, max_len: u64) -> io::Result<(Bytes, u64)> {
        self.remote.read_start(name, max_len)
    }

    fn list(&self, each: &mut dyn FnMut(String)) -> io::Result<()> {
        self.remote.list(&mut |name| {
            if name != MARK {
                each(name);
            }
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.make_sure()?;
        self.remote.remove(name)
    }

    fn close(&self) {
        self.remote.close();
    }
}
