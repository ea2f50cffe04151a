//! Opens a file as a stream of UTF-8, having found out its compression, encoding and layout.

use std::fs::File;
use std::io::{self, BufReader, Cursor, ErrorKind, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use zstd::stream::read::Decoder as ZstdDecoder;

use super::encoding::{Encoding, Guess, guess};
use super::error::Error;
use super::format::{Compression, Format, InputOptions, from_name};
use super::scan::Syntax;
use super::sniff::{find_syntax, sniff_format};
use super::transcode::Transcoder;

/// Bytes looked at to tell the encoding, the layout and the delimiter.
const HEAD_BYTES: usize = 64 << 10;

/// As long as all is ASCII the encoding is open: look up to here. Chosen: in one MiB of comments
/// in any language but English, and in most English ones, there is an accent or a curly quote.
const ASCII_HEAD_BYTES: usize = 1 << 20;

pub(super) type Stream = Box<dyn Read + Send>;

/// An opened file.
pub(super) struct Input {
    /// For messages.
    pub(super) file: String,
    /// UTF-8, apart from bad bytes, without byte order mark.
    pub(super) stream: Stream,
    /// Layout.
    pub(super) format: Format,
    /// Separators.
    pub(super) syntax: Syntax,
    /// Length of the byte order mark: the position of the first byte of the stream.
    pub(super) mark: usize,
    /// What was found out and may be wrong.
    pub(super) notices: Vec<String>,
}

/// Opens a path, or standard input for `-`.
pub(super) fn open(path: &Path, options: &InputOptions) -> Result<Input, Error> {
    let (file, source) = open_stream(path)?;
    from_reader(&file, source, options)
}

fn open_stream(path: &Path) -> Result<(String, Stream), Error> {
    if path.as_os_str() == "-" {
        return Ok(("standard input".to_owned(), Box::new(io::stdin())));
    }
    let file = path.display().to_string();
    let opened = File::open(path).and_then(|opened| Ok((opened.metadata()?.is_dir(), opened)));
    match opened {
        Ok((false, opened)) => Ok((file, Box::new(opened))),
        Ok((true, _)) => Err(Error::Directory { file }),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::NotFound { file }),
        Err(_) if path.is_dir() => Err(Error::Directory { file }),
        Err(source) => Err(Error::Open { file, source }),
    }
}

/// Takes any stream; `file` is its name, whose extension counts.
pub(super) fn from_reader(
    file: &str,
    source: Stream,
    options: &InputOptions,
) -> Result<Input, Error> {
    let decoded = decode(file, source, options.encoding)?;
    let (head, complete, rest) =
        peek(decoded.stream, false).map_err(|error| Error::read(file, error))?;
    if head.trim_ascii().is_empty() && complete {
        return Err(Error::Empty {
            file: file.to_owned(),
        });
    }
    let known = options.format.or(from_name(file).0);
    let format = known.map_or_else(|| sniff_format(file, &head), Ok)?;
    let syntax = find_syntax(format, &head, complete, options.delimiter);
    let guessed = (known.is_none()).then(|| {
        format!("{file}: read as {format}; if that is wrong, name its layout with --format")
    });
    Ok(Input {
        file: file.to_owned(),
        stream: Box::new(Cursor::new(head).chain(rest)),
        format,
        syntax,
        mark: decoded.mark,
        notices: decoded.notice.into_iter().chain(guessed).collect(),
    })
}

/// Reads a whole file as text, for what is not a table; `-` is standard input.
///
/// # Errors
/// As for tables, and if it is longer than `max_bytes` when unpacked.
pub fn read_text(
    path: &Path,
    encoding: Option<Encoding>,
    max_bytes: usize,
) -> Result<(String, Option<String>), Error> {
    let (file, source) = open_stream(path)?;
    let (head, complete, rest) = decompress(source)
        .and_then(|stream| peek(stream, true))
        .map_err(|error| Error::read(&file, error))?;
    let is_plain = matches!(guess(&head, complete), Guess::Text { encoding, mark } if mark > 0 || encoding == Encoding::UTF8);
    let declared = (!is_plain).then(|| declared(&head)).flatten();
    let source = Box::new(Cursor::new(head).chain(rest));
    let decoded = decode(&file, source, encoding.or(declared))?;
    let mut bytes = Vec::new();
    let mut limited = decoded.stream.take(max_bytes as u64 + 1);
    limited
        .read_to_end(&mut bytes)
        .map_err(|error| Error::read(&file, error))?;
    if bytes.len() > max_bytes {
        return Err(Error::TooLong {
            file,
            max_megabytes: max_bytes >> 20,
        });
    }
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok((text, decoded.notice))
}

/// The encoding that HTML says it is in: `<meta charset="windows-1251">`, or as `content`. What is valid
/// UTF-8 may say so wrongly: browsers save in UTF-8 and leave the line as it was.
fn declared(head: &[u8]) -> Option<Encoding> {
    // Browsers look no further.
    let head = head[..head.len().min(4096)].to_ascii_lowercase();
    let at = memchr::memmem::find(&head, b"charset=")? + "charset=".len();
    let is_quote = |byte: &&u8| matches!(byte, b'"' | b'\'');
    let label = head[at..].iter().skip_while(is_quote);
    let label = label.take_while(|byte| byte.is_ascii_alphanumeric() || b"-_:".contains(byte));
    let label = String::from_utf8(label.copied().collect()).ok()?;
    let encoding: Encoding = label.parse().ok()?;
    // A page whose bytes could be read as ASCII so far is not in UTF-16.
    encoding.0.is_ascii_compatible().then_some(encoding)
}

/// A stream of UTF-8.
struct Decoded {
    stream: Stream,
    /// Length of the byte order mark that was taken off.
    mark: usize,
    /// The encoding, if it was guessed.
    notice: Option<String>,
}

fn decode(file: &str, source: Stream, asked: Option<Encoding>) -> Result<Decoded, Error> {
    let unpacked = decompress(source).and_then(|stream| peek(stream, true));
    let (mut head, complete, rest) = unpacked.map_err(|error| Error::read(file, error))?;
    let (encoding, mark) = find_encoding(file, &head, complete, asked)?;
    head.drain(..mark);
    let bytes = Cursor::new(head).chain(rest);
    if encoding == Encoding::UTF8 {
        return Ok(Decoded {
            stream: Box::new(bytes),
            mark,
            notice: None,
        });
    }
    let notice = (asked.is_none() && mark == 0).then(|| {
        format!("{file}: read as {encoding}; if letters look wrong, name it with --encoding")
    });
    Ok(Decoded {
        stream: Box::new(Transcoder::new(bytes, encoding)),
        mark,
        notice,
    })
}

/// Takes compression off, whatever the name says.
fn decompress(mut source: Stream) -> io::Result<Stream> {
    let mut magic = Vec::new();
    source.by_ref().take(4).read_to_end(&mut magic)?;
    let compression = Compression::from_magic(&magic);
    let source = Cursor::new(magic).chain(source);
    Ok(match compression {
        Compression::None => Box::new(source),
        Compression::Gzip => Box::new(MultiGzDecoder::new(BufReader::new(source))),
        Compression::Zstd => Box::new(ZstdDecoder::new(source)?),
    })
}

/// The first bytes of a stream, whether they are all, and the rest.
fn peek(mut source: Stream, past_ascii: bool) -> io::Result<(Vec<u8>, bool, Stream)> {
    let mut head = Vec::new();
    loop {
        let n_read = source
            .by_ref()
            .take(HEAD_BYTES as u64)
            .read_to_end(&mut head)?;
        if n_read < HEAD_BYTES {
            return Ok((head, true, source));
        }
        if !past_ascii || !head.is_ascii() || head.len() >= ASCII_HEAD_BYTES {
            return Ok((head, false, source));
        }
    }
}

/// The encoding asked for, else the one found; and the length of the byte order mark.
fn find_encoding(
    file: &str,
    head: &[u8],
    complete: bool,
    asked: Option<Encoding>,
) -> Result<(Encoding, usize), Error> {
    let file = file.to_owned();
    // Only the encodings of two bytes a character may have NUL bytes.
    let is_bytewise = asked.is_none_or(|asked| asked.0.is_ascii_compatible());
    match (guess(head, complete), asked) {
        // A mark is stronger than any option: no file in another encoding begins like that.
        (Guess::Text { encoding, mark }, _) if mark > 0 => Ok((encoding, mark)),
        (Guess::Binary(kind), _) if is_bytewise => Err(Error::Binary { file, kind }),
        (_, Some(encoding)) => Ok((encoding, 0)),
        (Guess::Text { encoding, mark }, None) => Ok((encoding, mark)),
        (Guess::Unrecognised | Guess::Binary(_), None) => Err(Error::UnrecognisedEncoding { file }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(file: &str, bytes: &'static [u8]) -> String {
        match from_reader(file, Box::new(bytes), &InputOptions::default()) {
            Ok(_) => "no error".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn unusable_files_are_refused_with_a_remedy() {
        for (file, bytes, expected) in [
            ("a.csv", &b""[..], "a.csv: is empty"),
            ("a.csv", b"\xef\xbb\xbf\r\n\r\n", "a.csv: is empty"),
            ("a.json", b"[{}]", "convert it with: jq"),
            (
                "a.csv",
                b"PK\x03\x04",
                "looks like a binary file (a zip archive",
            ),
            (
                "a.csv",
                b"a,b\n1,\0\n",
                "looks like a binary file (it has NUL bytes)",
            ),
            (
                "a.csv",
                b"\xef\xf0\xe8\xe2\xe5\xf2",
                "name its encoding with --encoding",
            ),
        ] {
            let message = error(file, bytes);
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn pages_say_their_encoding() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.html");
        for (bytes, expected) in [
            (
                &b"<meta charset='windows-1251'>\xef\xf0\xe8\xe2\xe5\xf2"[..],
                "привет",
            ),
            (b"<meta content=\"text/html; charset=iso-8859-2\">\xb1", "ą"),
            ("<meta charset=windows-1251>ö".as_bytes(), "ö"),
            (b"<meta charset=none>caf\xe9 au lait", "café au lait"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let (text, _) = read_text(&path, None, 1000).unwrap();
            assert!(text.ends_with(expected), "{text}");
        }
        assert!(matches!(
            read_text(&path, None, 10),
            Err(Error::TooLong { .. })
        ));
    }

    #[test]
    fn paths_that_are_no_files_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let options = InputOptions::default();
        assert!(matches!(
            open(folder.path(), &options),
            Err(Error::Directory { .. })
        ));
        let missing = folder.path().join("no.csv");
        assert!(matches!(
            open(&missing, &options),
            Err(Error::NotFound { .. })
        ));
    }
}
