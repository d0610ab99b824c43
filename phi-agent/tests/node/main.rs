//! Goal: quick.
mod quick;
mod world;
