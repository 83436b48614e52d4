//! The log service: projects, logstores, index, writing, searching, pulling and consumer groups, as the official SLS
//! clients expect them.
//!
//! It is not: a socket, or the place of the logs; the journal makes them durable and the store finds them.

pub mod index;
pub mod log;
pub mod query;
