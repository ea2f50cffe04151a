//! Bodies → requests, as forgiving as JSON allows.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::error::Error;

/// A string that borrows from the body where it has no escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// Reads the first `N` elements of an array and passes over the others: what is made of a body takes memory by what can
/// be used of it, not by what was sent.
pub(super) fn first<'de, D, T, const N: usize>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct FirstVisitor<T, const N: usize>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for FirstVisitor<T, N> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Vec<T>, A::Error> {
            let mut elements = Vec::new();
            while elements.len() < N {
                match array.next_element()? {
                    Some(element) => elements.push(element),
                    None => return Ok(elements),
                }
            }
            while array.next_element::<IgnoredAny>()?.is_some() {}
            Ok(elements)
        }
    }
    deserializer.deserialize_seq(FirstVisitor::<T, N>(PhantomData))
}

/// As [`first`], of an array that may be missing or null.
pub(super) fn first_if_any<'de, D, T, const N: usize>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct IfAnyVisitor<T, const N: usize>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for IfAnyVisitor<T, N> {
        type Value = Option<Vec<T>>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("an array or null")
        }

        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(
            self,
            deserializer: D,
        ) -> Result<Self::Value, D::Error> {
            first::<D, T, N>(deserializer).map(Some)
        }
    }
    deserializer.deserialize_option(IfAnyVisitor::<T, N>(PhantomData))
}

/// Reads a request. Half a surrogate pair, as JavaScript writes of a text that was cut within an emoji, is read as
/// U+FFFD: nobody should get past moderation by sending one. `spare` holds the body so mended.
///
/// # Errors
/// [`Error::BadJson`]
pub(super) fn read<'a, T: Deserialize<'a>>(
    body: &'a [u8],
    spare: &'a mut Vec<u8>,
) -> Result<T, Error> {
    match serde_json::from_slice(body) {
        Ok(request) => Ok(request),
        Err(error) => match mend(body) {
            Some(mended) => {
                *spare = mended;
                serde_json::from_slice(spare).map_err(Error::BadJson)
            }
            None => Err(Error::BadJson(error)),
        },
    }
}

/// As [`read`] mends: for bodies whose parts are read later.
pub(super) fn mended(body: &[u8]) -> Cow<'_, [u8]> {
    mend(body).map_or(Cow::Borrowed(body), Cow::Owned)
}

/// The body with `\ufffd` in place of each escaped half of a surrogate pair; `None` if there is none.
fn mend(body: &[u8]) -> Option<Vec<u8>> {
    let mut mended: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(offset) = memchr::memchr(b'\\', &body[at..]) {
        at += offset;
        at += match (
            surrogate(&body[at..]),
            surrogate(body.get(at + 6..).unwrap_or_default()),
        ) {
            (Some(Half::High), Some(Half::Low)) => 12,
            (Some(_), _) => {
                let mended = mended.get_or_insert_with(|| body.to_vec());
                mended[at..at + 6].copy_from_slice(b"\\ufffd");
                6
            }
            // Past what is escaped, which may be a backslash.
            (None, _) => 2,
        };
        if at >= body.len() {
            break;
        }
    }
    mended
}

enum Half {
    High,
    Low,
}

/// Which half of a pair an escape at the beginning is, if it is one.
fn surrogate(bytes: &[u8]) -> Option<Half> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits).ok()?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xd800..=0xdbff => Some(Half::High),
        0xdc00..=0xdfff => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_surrogate_pairs_are_read_as_replacement_characters() {
        for (body, expected) in [
            (r#""a\ud83d""#, Some("a\u{fffd}")),
            (
                r#""\ude00\ud83d\ude00\uD83D x""#,
                Some("\u{fffd}😀\u{fffd} x"),
            ),
            (r#""\\ud83d""#, Some("\\ud83d")),
            (r#""\ud83d\\""#, Some("\u{fffd}\\")),
            (r#""\ud83d\n\udead""#, Some("\u{fffd}\n\u{fffd}")),
            (r#""\ud83""#, None),
            (r#""\"#, None),
            (r#""\ud83d"#, None),
            (r"\ud83d", None),
        ] {
            let mut spare = Vec::new();
            let read = read::<Text>(body.as_bytes(), &mut spare).ok();
            assert_eq!(read.as_ref().map(|text| &*text.0), expected, "{body}");
        }
        let mut spare = Vec::new();
        assert!(read::<Text>(b"\"\xff\"", &mut spare).is_err());
    }

    #[test]
    fn of_a_long_array_the_first_elements_are_read() {
        #[derive(serde::Deserialize)]
        struct Body {
            #[serde(default, deserialize_with = "first_if_any::<_, _, 2>")]
            numbers: Option<Vec<u32>>,
        }
        for (body, expected) in [
            (
                r#"{"numbers": [1, 2, "x", {"y": [3]}]}"#,
                Some(Some(vec![1, 2])),
            ),
            (r#"{"numbers": [1]}"#, Some(Some(vec![1]))),
            (r#"{"numbers": []}"#, Some(Some(vec![]))),
            (r#"{"numbers": null}"#, Some(None)),
            ("{}", Some(None)),
            (r#"{"numbers": [1, "x"]}"#, None),
            (r#"{"numbers": [1, 2, 3}"#, None),
            (r#"{"numbers": 1}"#, None),
        ] {
            let mut spare = Vec::new();
            let read = read::<Body>(body.as_bytes(), &mut spare);
            assert_eq!(read.ok().map(|body| body.numbers), expected, "{body}");
        }
    }

    #[test]
    fn plain_strings_are_borrowed() {
        let mut spare = Vec::new();
        let text: Text = read(b"\"plain\"", &mut spare).unwrap();
        assert!(matches!(text.0, Cow::Borrowed("plain")));
    }
}
