//! Queries over a store in memory, compared with a plain vector and with DataFusion's own way.

mod damage;
mod fire;
mod limits;
mod model;
mod queries;
mod world;
