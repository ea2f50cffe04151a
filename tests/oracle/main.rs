//! Numbers of other implementations, stored with the scripts and versions that made them.

mod metrics;
