//! Two servers below one prefix.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use objects::{Owned, Remote};

use crate::fake::Fake;

#[test]
fn the_first_server_owns_the_prefix() {
    let fake = Arc::new(Fake::default());
    let (first, second) = (Owned::new(fake.clone(), "first", "file-1"), Owned::new(fake.clone(), "second", "file-2"));
    first.put("a.idx", b"one").unwrap();
    let error = second.put("a.idx", b"two").unwrap_err().to_string();
    assert!(error.contains("belongs to another server") && error.contains("file-2"), "{error}");
    assert!(second.remove("a.idx").is_err());
    assert_eq!((second.read("a.idx", 0..3).unwrap(), second.byte_len("a.idx").unwrap()), ((&b"one"[..]).into(), 3));
    assert_eq!(second.names().unwrap(), ["a.idx"], "the mark is no file of a segment");
    Owned::new(fake.clone(), "first", "file-1").put("a.idx", b"two").unwrap();
    first.remove("a.idx").unwrap();
}

#[test]
fn of_two_first_servers_one_is_too_late() {
    for _ in 0..50 {
        let fake = Arc::new(Fake::default());
        let owners = [1, 2, 3].map(|n| Owned::new(fake.clone(), &format!("server {n}"), "file"));
        let owned = std::thread::scope(|scope| {
            let trying = owners.each_ref().map(|owner| scope.spawn(|| owner.put("a.idx", b"mine").is_ok()));
            trying.map(|one| one.join().unwrap())
        });
        assert_eq!(owned.into_iter().filter(|is_owner| *is_owner).count(), 1);
    }
}

#[test]
fn a_mark_that_could_not_be_read_is_looked_for_again() {
    let fake = Arc::new(Fake::default());
    let owned = Owned::new(fake.clone(), "first", "file-1");
    fake.is_away.store(true, Ordering::SeqCst);
    assert!(owned.put("a.idx", b"one").is_err());
    fake.is_away.store(false, Ordering::SeqCst);
    owned.put("a.idx", b"one").unwrap();
    let others = fake.others.load(Ordering::SeqCst);
    owned.put("b.idx", b"one").unwrap();
    assert_eq!(fake.others.load(Ordering::SeqCst), others + 1, "and then no more");
}
