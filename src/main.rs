//! The `ombuds` command line.

fn main() {}
