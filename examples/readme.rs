//! The program of the repository's README, compiled and run as a test; nothing else.
//!
//! Here, because a package's own tests can read nothing outside of it once it is published.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
