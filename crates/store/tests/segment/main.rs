//! Segments against a plain vector, with rotten bytes, and from files of earlier versions.

mod common;
mod forged;
mod golden;
mod model;
mod rot;
mod sizes;
