//! The way of rows from memory to segments: with failing steps, with a process that dies, and under fire.

mod faults;
mod fire;
mod local;
mod search;
mod search_model;
mod world;
