//! Names by content.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The first `n_bytes` of the SHA-256 of some bytes, in hexadecimal digits.
pub(crate) fn hash(bytes: &[u8], n_bytes: usize) -> String {
    let digest = Sha256::digest(bytes);
    let mut digits = String::with_capacity(2 * n_bytes);
    for byte in digest.iter().take(n_bytes) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
