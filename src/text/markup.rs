//! Marks that transport leaves in comments: HTML tags, entities and backslash escapes.
//!
//! Comment systems store bodies as HTML and exports escape them again; both hide words from the
//! features (`id<b></b>iot`, `&#105;diot`, `idiot\xa0`). This step gives the text a reader sees.
//! It only touches what is surely markup: a tag must have an HTML element's name, an entity its
//! semicolon, an escape one of the forms below.

use super::align::Alignment;

/// Elements that do not break a word; every other known element becomes a space.
const INLINE: [&str; 16] = [
    "a", "abbr", "b", "code", "del", "em", "font", "i", "ins", "mark", "s", "small", "span",
    "strong", "u", "wbr",
];
const BLOCK: [&str; 24] = [
    "blockquote",
    "br",
    "div",
    "dd",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "sub",
    "sup",
    "table",
    "td",
    "tr",
    "ul",
];
/// Longest tag or entity looked for, in bytes; a longer one is text. Keeps the step linear.
const MAX_TAG: usize = 512;
const MAX_ENTITY: usize = 32;

/// Whether [`strip`] could change the text at all.
pub(crate) fn may_have_markup(raw: &str) -> bool {
    memchr::memchr3(b'<', b'&', b'\\', raw.as_bytes()).is_some()
}

/// Appends to `out` the text a reader sees.
pub(crate) fn strip(raw: &str, out: &mut String, alignment: &mut impl Alignment) {
    let mut at = 0;
    while at < raw.len() {
        let rest = &raw[at..];
        let plain = rest.find(['<', '&', '\\']).unwrap_or(rest.len());
        for (i, c) in rest[..plain].char_indices() {
            out.push(c);
            alignment.push(c.len_utf8(), at + i, at + i + c.len_utf8());
        }
        at += plain;
        if at == raw.len() {
            break;
        }
        let before = out.len();
        let taken = mark(&raw[at..], out);
        alignment.push(out.len() - before, at, at + taken);
        at += taken;
    }
}

/// Replaces the mark at the start of `rest`; returns the bytes consumed (at least one).
fn mark(rest: &str, out: &mut String) -> usize {
    let found = match rest.as_bytes()[0] {
        b'<' => tag(rest, out),
        b'&' => entity(rest, out),
        _ => escape(rest, out),
    };
    found.unwrap_or_else(|| {
        out.push_str(&rest[..1]);
        1
    })
}

fn tag(rest: &str, out: &mut String) -> Option<usize> {
    let bytes = rest.as_bytes();
    let close = bytes.iter().take(MAX_TAG).position(|&byte| byte == b'>')?;
    let inside = rest[1..close].trim_start_matches('/');
    let name_len = inside.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let (name, tail) = inside.split_at(name_len);
    if !(tail.is_empty() || tail.starts_with(['/', ' ', '\n', '\t', '\r'])) {
        return None;
    }
    let is = |list: &[&str]| {
        list.iter()
            .any(|element| element.eq_ignore_ascii_case(name))
    };
    if is(&BLOCK) {
        out.push('\n');
    } else if !is(&INLINE) {
        return None;
    }
    Some(close + 1)
}

fn entity(rest: &str, out: &mut String) -> Option<usize> {
    let end = rest
        .bytes()
        .take(MAX_ENTITY)
        .position(|byte| byte == b';')?
        + 1;
    let decoded = htmlize::unescape(&rest[..end]);
    if decoded == rest[..end] {
        return None;
    }
    out.push_str(&decoded);
    Some(end)
}

/// `\n`, `\t`, `\r`, `\uHHHH` and runs of `\xHH` (bytes of UTF-8, else of Latin-1).
fn escape(rest: &str, out: &mut String) -> Option<usize> {
    let bytes = rest.as_bytes();
    match bytes.get(1)? {
        b'n' | b't' | b'r' => {
            // `C:\temp` and the like are paths, not escapes: these need a word's end before them.
            if out.ends_with(':') {
                return None;
            }
            out.push('\n');
            Some(2)
        }
        b'u' => {
            let code = u32::from_str_radix(rest.get(2..6)?, 16).ok()?;
            out.push(char::from_u32(code)?);
            Some(6)
        }
        b'x' => {
            let run: Vec<u8> = rest
                .as_bytes()
                .chunks_exact(4)
                .map_while(|chunk| match chunk {
                    [b'\\', b'x', high, low] => hex(*high).zip(hex(*low)).map(|(h, l)| h * 16 + l),
                    _ => None,
                })
                .take(64)
                .collect();
            if run.is_empty() {
                return None;
            }
            match std::str::from_utf8(&run) {
                Ok(text) => out.push_str(text),
                Err(_) => out.extend(run.iter().map(|&byte| char::from(byte))),
            }
            Some(run.len() * 4)
        }
        _ => None,
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_a_reader_sees() {
        for (raw, expected) in [
            ("id<b></b>iot", "idiot"),
            ("<p>One</p><p>two<br/>three</p>", "\nOne\n\ntwo\nthree\n"),
            ("a < b and c > d", "a < b and c > d"),
            ("<3 you & me", "<3 you & me"),
            (
                "&lt;b&gt; &amp;amp; &#105;diot &nope; &amp",
                "<b> &amp; idiot &nope; &amp",
            ),
            (
                r"one\n\ntwo\xc2\xa0three\xa0\u2019s",
                "one\n\ntwo\u{a0}three\u{a0}’s",
            ),
            (r"C:\temp \ud800 \x \xg1 \", r"C:\temp \ud800 \x \xg1 \"),
            ("<a href=\"http://x.example\">look</a>", "look"),
            ("<unclosed", "<unclosed"),
            ("<é>ü&é;", "<é>ü&é;"),
        ] {
            let mut out = String::new();
            strip(raw, &mut out, &mut ());
            assert_eq!(out, expected, "{raw}");
        }
    }
}
