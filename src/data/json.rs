//! One JSON object, kept as it stands and cut into its entries.
//!
//! Values are not turned into trees: numbers keep their digits, nested values their layout, and
//! depth costs no stack. Only strings are decoded, when asked for.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::fault::Fault;

/// An object and where its keys and values stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JsonObject {
    raw: Box<str>,
    entries: Box<[(Range<usize>, Range<usize>)]>,
}

impl JsonObject {
    /// Checks one line and finds its entries.
    pub(super) fn parse(line: &str) -> Result<Self, Fault> {
        let RawEntries(found) = serde_json::from_str(line).map_err(|error| to_fault(&error))?;
        let range = |value: &RawValue| {
            let start = value.get().as_ptr() as usize - line.as_ptr() as usize;
            start..start + value.get().len()
        };
        let entries = found
            .iter()
            .map(|(key, value)| (range(key), range(value)))
            .collect();
        let bad = |(key, value): &&(&RawValue, &RawValue)| {
            has_lone_surrogate(key.get()) || has_lone_surrogate(value.get())
        };
        match found.iter().find(bad) {
            Some((key, _)) => Err(Fault::LoneSurrogate {
                key: key.get().trim_matches('"').to_owned(),
            }),
            None => Ok(Self {
                raw: line.into(),
                entries,
            }),
        }
    }

    /// An object of one string.
    pub(super) fn from_text(key: &str, text: &str) -> Self {
        let (key, text) = (quote(key), quote(text));
        let start = key.len() + 2;
        let entries = [(1..key.len() + 1, start..start + text.len())];
        Self {
            raw: format!("{{{key}:{text}}}").into(),
            entries: entries.into(),
        }
    }

    /// The object as it stands.
    pub(super) fn raw(&self) -> &str {
        &self.raw
    }

    /// Keys (in their quotes) and values as they stand, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let slices = |(key, value): &(Range<usize>, Range<usize>)| {
            (&self.raw[key.clone()], &self.raw[value.clone()])
        };
        self.entries.iter().map(slices)
    }

    /// The value of a key as text; of a repeated key the last, as in most parsers.
    pub(super) fn get(&self, key: &str) -> Option<Cow<'_, str>> {
        let wanted =
            |(range, _): &&(Range<usize>, Range<usize>)| decode(&self.raw[range.clone()]) == key;
        let (_, value) = self.entries.iter().rfind(wanted)?;
        Some(decode(&self.raw[value.clone()]))
    }
}

/// A string as a JSON literal.
pub(super) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The text of a literal: a string's characters, nothing for `null`, else the literal itself.
pub(super) fn decode(literal: &str) -> Cow<'_, str> {
    let Some(inner) = literal
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return Cow::Borrowed(if literal == "null" { "" } else { literal });
    };
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Cow::Borrowed(inner);
    }
    serde_json::from_str(literal).map_or(Cow::Borrowed(inner), Cow::Owned)
}

/// Whether a string has an escape that is half a character. Nested values are not looked into:
/// they are passed on and never decoded.
fn has_lone_surrogate(literal: &str) -> bool {
    literal.starts_with('"')
        && (literal.contains("\\ud") || literal.contains("\\uD"))
        && serde_json::from_str::<String>(literal).is_err()
}

fn to_fault(error: &serde_json::Error) -> Fault {
    if error.classify() == Category::Data {
        return Fault::NotAnObject;
    }
    let text = error.to_string();
    let reason = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(reason, _)| reason);
    Fault::NotJson {
        column: error.column(),
        reason: reason.to_owned(),
    }
}

/// Keys and values of an object, borrowed from its text.
struct RawEntries<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for RawEntries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = RawEntries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(RawEntries(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(line: &str, key: &str) -> Option<String> {
        JsonObject::parse(line)
            .unwrap()
            .get(key)
            .map(Cow::into_owned)
    }

    #[test]
    fn values_are_read_as_text() {
        let line = r#" {"s": "Gr\u00fc\u00dfe\n", "n": 1.50, "b": true, "o": {"x": [1, 2]}, "z": null,
            "d": 1, "d": "last", "k\u0065y": "\ud83d\ude00"} "#;
        for (key, text) in [
            ("s", "Grüße\n"),
            ("n", "1.50"),
            ("b", "true"),
            ("o", "{\"x\": [1, 2]}"),
            ("z", ""),
            ("d", "last"),
            ("key", "😀"),
        ] {
            assert_eq!(get(line, key).as_deref(), Some(text), "{key}");
        }
        assert_eq!(get(line, "x"), None);
    }

    #[test]
    fn what_is_no_object_is_a_fault() {
        for (line, fault) in [
            ("[1]", Fault::NotAnObject),
            ("\"a\"", Fault::NotAnObject),
            (
                r#"{"a": "\ud800"}"#,
                Fault::LoneSurrogate { key: "a".into() },
            ),
            (
                r#"{"\uDC00": 1}"#,
                Fault::LoneSurrogate {
                    key: "\\uDC00".into(),
                },
            ),
        ] {
            assert_eq!(JsonObject::parse(line), Err(fault), "{line}");
        }
        for line in [
            "{",
            "{\"a\": 1} x",
            "{'a': 1}",
            "{\"a\": NaN}",
            "{1: 2}",
            "text",
        ] {
            let fault = JsonObject::parse(line).unwrap_err();
            assert!(matches!(fault, Fault::NotJson { .. }), "{line}: {fault}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let line = format!(
            "{{\"a\": {}{}}}",
            "[".repeat(1_000_000),
            "]".repeat(1_000_000)
        );
        assert_eq!(get(&line, "a").unwrap().len(), 2_000_000);
        assert!(JsonObject::parse(&line[..1_000_000]).is_err());
    }

    #[test]
    fn an_object_of_one_string_is_like_a_parsed_one() {
        let object = JsonObject::from_text("a\"b", "x\n\u{1}y");
        assert_eq!(JsonObject::parse(object.raw()), Ok(object.clone()));
        assert_eq!(object.get("a\"b").as_deref(), Some("x\n\u{1}y"));
    }
}
