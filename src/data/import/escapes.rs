//! Texts written as a program's string literal.

/// Undoes one pair of surrounding quotes and the escapes `\n`, `\r`, `\t`, `\'`, `\"`, `\xHH` and
/// `\uHHHH`, after any number of backslashes: the publisher escaped some texts twice. A run of
/// `\xHH` is UTF-8 where it can be (`\xc2\xa0`), else Latin-1 (`\xa0`). All else stays as it is.
pub(super) fn undo(text: &str) -> String {
    let bare = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let mut rest = bare.unwrap_or(text);
    let mut plain = String::with_capacity(rest.len());
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((chars, n_bytes)) = escape(rest) {
            plain.push_str(&chars);
            rest = &rest[n_bytes..];
        } else {
            let n_slashes = rest.len() - rest.trim_start_matches('\\').len();
            plain.push_str(&rest[..n_slashes]);
            rest = &rest[n_slashes..];
        }
    }
    plain.push_str(rest);
    plain
}

/// What the escape at the start of `text` stands for, and its length.
fn escape(text: &str) -> Option<(String, usize)> {
    let after = text.trim_start_matches('\\');
    let n_slashes = text.len() - after.len();
    let plain = match after.as_bytes().first()? {
        b'n' => "\n",
        b'r' => "\r",
        b't' => "\t",
        b'\'' => "'",
        b'"' => "\"",
        b'x' => return bytes(text),
        b'u' => return unicode(text),
        _ => return None,
    };
    Some((plain.to_owned(), n_slashes + 1))
}

/// A run of `\xHH`.
fn bytes(text: &str) -> Option<(String, usize)> {
    let mut found = Vec::new();
    let mut n_bytes = 0;
    while let Some((code, length)) = code(&text[n_bytes..], 'x', 2) {
        found.push(u8::try_from(code).ok()?);
        n_bytes += length;
    }
    if found.is_empty() {
        return None;
    }
    let latin = |found: &[u8]| found.iter().copied().map(char::from).collect();
    let chars = std::str::from_utf8(&found).map_or_else(|_| latin(&found), str::to_owned);
    Some((chars, n_bytes))
}

/// A `\uHHHH`, or two that are one character.
fn unicode(text: &str) -> Option<(String, usize)> {
    let (first, n_first) = code(text, 'u', 4)?;
    if let Some(char) = char::from_u32(first) {
        return Some((char.to_string(), n_first));
    }
    let (second, n_second) = code(&text[n_first..], 'u', 4)?;
    let pair = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
    Some((String::from_utf16(&pair).ok()?, n_first + n_second))
}

/// Backslashes, a letter, and so many hexadecimal digits: their value and the length of all.
fn code(text: &str, letter: char, n_digits: usize) -> Option<(u32, usize)> {
    let after = text.trim_start_matches('\\');
    let n_slashes = text.len() - after.len();
    let digits = after.strip_prefix(letter)?.get(..n_digits)?;
    if n_slashes == 0 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let code = u32::from_str_radix(digits, 16).ok()?;
    Some((code, n_slashes + 1 + n_digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_all_else_stays() {
        for (text, expected) in [
            (r#""Du\xa0da\n\nja""#, "Du\u{a0}da\n\nja"),
            (r"A\\xc2\\xa0b\\n", "A\u{a0}b\n"),
            (r"\\xe2\\x80\\xa6", "…"),
            (r"\u00fc \ud83d\ude00 \ud83d", "ü 😀 \\ud83d"),
            (r"it\\'s", "it's"),
            (r"C:\dir \x \xg1 \u12 \", r"C:\dir \x \xg1 \u12 \"),
            (r"\xü", r"\xü"),
            ("\"", "\""),
            ("", ""),
        ] {
            assert_eq!(undo(text), expected, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken(text in "[\\\\xun\"0-9a-fü ]{0,12}") {
            undo(&text);
        }
    }
}
