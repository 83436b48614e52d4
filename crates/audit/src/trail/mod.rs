//! Trails: what an account wants delivered, where to, and since when.
//!
//! This room owns the rows ([`TrailBook`]) and the operations on them. It delivers nothing: a deliverer follows
//! [`TrailBook::changes`], reads the streams that [`Trail::covers_account`] names, asks [`Trail::takes`] of each event, and
//! reports through [`DeliveryBook`]. Whether a destination can be used is asked through [`Destinations`].

mod book;
pub mod history;
mod record;
mod rows;
mod seams;
mod values;

pub use book::{TrailBook, TrailWrite, Trails};
pub use record::{ALL_REGIONS, EventRw, LogProject, LoggingSpan, Marks, Properties, Status, Trail, WriteRole};
pub use seams::{
    BucketWish, DeliveryBook, DestinationFault, DestinationFuture, DestinationStatus, Destinations, LogsWish,
    NothingDelivered, TrailDelivery, VerifyFuture,
};
