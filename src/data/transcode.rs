//! A reader that turns any encoding into UTF-8.
//!
//! What is no character becomes the byte FF, which no UTF-8 text contains: the row it stands in
//! then fails like any row with invalid bytes, instead of passing with letters missing.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult};

use super::encoding::Encoding;

/// Marks what is no character; never part of UTF-8.
const NOT_TEXT: u8 = 0xff;

/// Bytes decoded at once. Chosen: fits the cache; the output is at most three times as large.
const CHUNK: usize = 32 << 10;

/// UTF-8 out of `source`.
pub(super) struct Transcoder<R> {
    source: R,
    decoder: Decoder,
    input: Vec<u8>,
    output: Vec<u8>,
    /// How much of `output` is read.
    at: usize,
    at_eof: bool,
}

impl<R: Read> Transcoder<R> {
    /// Decodes `source`, whose byte order mark is already off.
    pub(super) fn new(source: R, encoding: Encoding) -> Self {
        Self {
            source,
            decoder: encoding.0.new_decoder_without_bom_handling(),
            input: vec![0; CHUNK],
            output: Vec::new(),
            at: 0,
            at_eof: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        let n_read = self.source.read(&mut self.input)?;
        self.at_eof = n_read == 0;
        self.at = 0;
        self.output.clear();
        let mut n_done = 0;
        loop {
            let input = &self.input[n_done..n_read];
            let filled = self.output.len();
            // Three bytes a byte cover every encoding; the rest is room for a pending character.
            self.output.resize(filled + 3 * input.len() + 16, 0);
            let (result, n_used, n_written) = self.decoder.decode_to_utf8_without_replacement(
                input,
                &mut self.output[filled..],
                self.at_eof,
            );
            self.output.truncate(filled + n_written);
            n_done += n_used;
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.output.push(NOT_TEXT),
            }
        }
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.output.len() && !self.at_eof {
            self.refill()?;
        }
        let mut rest = &self.output[self.at..];
        let n_bytes = rest.read(buffer)?;
        self.at += n_bytes;
        Ok(n_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], encoding: Encoding) -> Vec<u8> {
        let mut output = Vec::new();
        Transcoder::new(bytes, encoding)
            .read_to_end(&mut output)
            .unwrap();
        output
    }

    #[test]
    fn every_encoding_becomes_utf8() {
        let utf16: Vec<u8> = "Grüße 😀"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(decode(&utf16, Encoding::UTF16_LE), "Grüße 😀".as_bytes());
        assert_eq!(
            decode(b"\x84Gr\xfc\xdfe\x93", Encoding::WINDOWS_1252),
            "„Grüße“".as_bytes()
        );
    }

    #[test]
    fn characters_across_chunks_stay_whole() {
        let text = "x".to_owned() + &"😀".repeat(20_000);
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert!(decode(&utf16, Encoding::UTF16_BE) == text.as_bytes());
    }

    #[test]
    fn half_a_surrogate_pair_is_marked() {
        assert_eq!(decode(b"a\0\x00\xd8b\0", Encoding::UTF16_LE), b"a\xffb");
        assert_eq!(decode(b"a\0b", Encoding::UTF16_LE), b"a\xff");
    }
}
