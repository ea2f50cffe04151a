//! Coral's requests: the external moderation phase and the webhook of new stories.
//!
//! Both are signed with a secret that the site shares with Coral; without one the routes are closed, and an API key does
//! not open them.

pub(super) mod moderate;
pub(super) mod webhook;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::HeaderMap;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::bounds;
use super::error::Error;
use super::{MAX_BODY_BYTES, Service};

const SIGNATURE: &str = "x-coral-signature";
/// Signatures looked at: Coral sends one for each secret it has, two while one is changed.
const MAX_SIGNATURES: usize = 8;

/// The body of a request that Coral has signed.
///
/// # Errors
/// [`Error::NotFound`] without a secret, [`Error::Signature`], and as [`bounds::body`]
async fn signed_body(service: &Service, request: Request) -> Result<Bytes, Error> {
    let secrets = &service.settings.coral_secrets;
    if secrets.is_empty() {
        return Err(Error::NotFound);
    }
    let headers = request.headers().clone();
    if !headers.contains_key(SIGNATURE) {
        return Err(Error::Signature);
    }
    let body = bounds::body(request, MAX_BODY_BYTES).await?;
    let is_ours = secrets
        .iter()
        .any(|secret| is_signed(secret, &headers, &body));
    is_ours.then_some(body).ok_or(Error::Signature)
}

/// Whether one of the signatures `sha256=<hex>[,sha256=<hex>]` is ours; compared in constant time.
fn is_signed(secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let given = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    let signatures = given.unwrap_or_default().split(',').take(MAX_SIGNATURES);
    let signatures = signatures.filter_map(|it| hex(it.trim().strip_prefix("sha256=")?));
    let mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of HMAC has any length");
    let mac = mac.chain_update(body);
    signatures
        .into_iter()
        .any(|signature| mac.clone().verify_slice(&signature).is_ok())
}

/// The bytes of hexadecimal digits, as many as SHA-256 has.
fn hex(digits: &str) -> Option<[u8; 32]> {
    let digits = digits.as_bytes();
    let mut bytes = [0; 32];
    if digits.len() != 2 * bytes.len() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let body = b"what do ya want for nothing?";
        let right = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let wrong = right.replace('5', "6");
        for (header, expected) in [
            (format!("sha256={right}"), true),
            (format!("sha256={wrong}, sha256={right}"), true),
            (format!("sha256={}", right.to_uppercase()), true),
            (format!("sha256={wrong}"), false),
            (format!("sha256={}", &right[2..]), false),
            (right.to_owned(), false),
            ("sha256=".to_owned(), false),
            (format!("{}sha256={right}", "x,".repeat(8)), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(SIGNATURE, header.parse().unwrap());
            assert_eq!(is_signed("Jefe", &headers, body), expected, "{header}");
            assert!(!is_signed("jefe", &headers, body));
        }
    }
}
