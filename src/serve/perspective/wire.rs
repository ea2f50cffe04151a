//! Requests and answers of the Perspective API. Names come in camelCase and in snake_case.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::serve::json::{Text, first_if_any};

/// Languages of a request that are looked at. Chosen: no comment is written in more.
const MAX_LANGUAGES: usize = 16;
/// Entries of a context that are looked at: article and parent.
const MAX_ENTRIES: usize = 2;
/// Parts of a comment whose suggested scores are looked at. Chosen: no person marks more.
const MAX_SPANS: usize = 1024;

/// `AnalyzeCommentRequest`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(crate) struct AnalyzeRequest<'a> {
    pub(super) comment: Option<TextEntry<'a>>,
    pub(super) context: Option<Context<'a>>,
    #[serde(alias = "requested_attributes")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, AttributeParameters>>)]
    pub(super) requested_attributes: Option<Entries<'a, AttributeParameters<'a>>>,
    #[serde(default, deserialize_with = "first_if_any::<_, _, MAX_LANGUAGES>")]
    #[schema(value_type = Option<Vec<String>>)]
    pub(super) languages: Option<Vec<Text<'a>>>,
    #[serde(alias = "do_not_store")]
    pub(super) do_not_store: Option<bool>,
    #[serde(alias = "span_annotations")]
    pub(super) span_annotations: Option<bool>,
    #[serde(alias = "client_token")]
    #[schema(value_type = Option<String>)]
    pub(super) client_token: Option<Text<'a>>,
    #[serde(alias = "community_id")]
    #[schema(value_type = Option<String>)]
    pub(super) community_id: Option<Text<'a>>,
}

/// `SuggestCommentScoreRequest`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(crate) struct SuggestRequest<'a> {
    pub(super) comment: Option<TextEntry<'a>>,
    pub(super) context: Option<Context<'a>>,
    #[serde(alias = "attribute_scores")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, SuggestedScores>>)]
    pub(super) attribute_scores: Option<Entries<'a, SuggestedScores<'a>>>,
    #[serde(default, deserialize_with = "first_if_any::<_, _, MAX_LANGUAGES>")]
    #[schema(value_type = Option<Vec<String>>)]
    pub(super) languages: Option<Vec<Text<'a>>>,
    #[serde(alias = "do_not_store")]
    pub(super) do_not_store: Option<bool>,
    #[serde(alias = "client_token")]
    #[schema(value_type = Option<String>)]
    pub(super) client_token: Option<Text<'a>>,
    #[serde(alias = "community_id")]
    #[schema(value_type = Option<String>)]
    pub(super) community_id: Option<Text<'a>>,
}

/// A text and what kind it says it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct TextEntry<'a> {
    #[schema(value_type = Option<String>)]
    pub(super) text: Option<Text<'a>>,
    #[serde(rename = "type")]
    #[schema(value_type = Option<String>)]
    pub(super) kind: Option<Text<'a>>,
}

impl TextEntry<'_> {
    /// The text; empty where there is none.
    pub(super) fn text(&self) -> &str {
        self.text.as_ref().map_or("", |text| &text.0)
    }
}

/// What a comment stands under: one of both.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(crate) struct Context<'a> {
    #[serde(default, deserialize_with = "first_if_any::<_, _, MAX_ENTRIES>")]
    #[schema(value_type = Option<Vec<TextEntry>>)]
    pub(super) entries: Option<Vec<TextEntry<'a>>>,
    #[serde(alias = "article_and_parent_comment")]
    pub(super) article_and_parent_comment: Option<ArticleAndParent<'a>>,
}

/// An article and the comment that is answered.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(crate) struct ArticleAndParent<'a> {
    pub(super) article: Option<TextEntry<'a>>,
    #[serde(alias = "parent_comment")]
    pub(super) parent_comment: Option<TextEntry<'a>>,
}

/// What is asked of an attribute.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(crate) struct AttributeParameters<'a> {
    #[serde(alias = "score_type")]
    #[schema(value_type = Option<String>)]
    pub(super) score_type: Option<Text<'a>>,
    #[serde(alias = "score_threshold")]
    #[schema(value_type = Option<f64>)]
    pub(super) score_threshold: Option<Number>,
}

/// What somebody thinks of a comment, as a whole or in parts.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(crate) struct SuggestedScores<'a> {
    #[serde(alias = "summary_score")]
    pub(super) summary_score: Option<SuggestedScore<'a>>,
    #[serde(
        default,
        alias = "span_scores",
        deserialize_with = "first_if_any::<_, _, MAX_SPANS>"
    )]
    #[schema(value_type = Option<Vec<SuggestedSpan>>)]
    pub(super) span_scores: Option<Vec<SuggestedSpan<'a>>>,
}

/// A score of a part of a comment.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct SuggestedSpan<'a> {
    #[schema(value_type = Option<f64>)]
    pub(super) begin: Option<Number>,
    #[schema(value_type = Option<f64>)]
    pub(super) end: Option<Number>,
    pub(super) score: Option<SuggestedScore<'a>>,
}

/// A score and its kind.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct SuggestedScore<'a> {
    #[schema(value_type = Option<f64>)]
    pub(super) value: Option<Number>,
    #[serde(rename = "type")]
    #[schema(value_type = Option<String>)]
    pub(super) kind: Option<Text<'a>>,
}

/// An object as its entries, in order.
#[derive(Debug)]
pub(super) struct Entries<'a, T>(pub(super) Vec<(Cow<'a, str>, T)>);

impl<'de: 'a, 'a, T: Deserialize<'de> + Default> Deserialize<'de> for Entries<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for EntriesVisitor<T> {
            type Value = Entries<'de, T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::with_capacity(map.size_hint().unwrap_or(8).min(64));
                while let Some((Text(name), value)) = map.next_entry::<Text, Option<T>>()? {
                    if entries.len() == super::MAX_ATTRIBUTES {
                        return Err(A::Error::custom("too many attributes"));
                    }
                    entries.push((name, value.unwrap_or_default()));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(EntriesVisitor(std::marker::PhantomData))
    }
}

/// A number, also as a string, or as `{"value": n}`, which an old demonstration of Perspective's sends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number(pub(super) f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;
        impl<'de> Visitor<'de> for NumberVisitor {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_f64<E>(self, value: f64) -> Result<Number, E> {
                Ok(Number(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Number, E> {
                Ok(Number(value as f64))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Number, E> {
                Ok(Number(value as f64))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Number, E> {
                let number = text.parse().ok().filter(|number: &f64| number.is_finite());
                number
                    .map(Number)
                    .ok_or_else(|| E::custom("a string that is no number"))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Number, A::Error> {
                let mut number = Number(0.0);
                while let Some(Text(name)) = map.next_key()? {
                    if name == "value" {
                        number = Number(map.next_value()?);
                    } else {
                        map.next_value::<serde::de::IgnoredAny>()?;
                    }
                }
                Ok(number)
            }
        }
        deserializer.deserialize_any(NumberVisitor)
    }
}

/// `AnalyzeCommentResponse`; [`to_json`](super::answer::to_json) writes it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AnalyzeResponse<'a> {
    #[serde(serialize_with = "as_object")]
    #[schema(value_type = std::collections::BTreeMap<String, AttributeScores>)]
    pub(super) attribute_scores: Vec<(&'a str, AttributeScores)>,
    #[serde(skip_serializing_if = "Languages::is_empty")]
    #[schema(value_type = Option<Vec<String>>)]
    pub(super) languages: Languages<'a>,
    #[serde(skip_serializing_if = "Languages::is_empty")]
    #[schema(value_type = Option<Vec<String>>)]
    pub(super) detected_languages: Languages<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client_token: Option<&'a str>,
}

/// `SuggestCommentScoreResponse`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SuggestResponse<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Languages::is_empty")]
    #[schema(value_type = Option<Vec<String>>)]
    pub(super) detected_languages: Languages<'a>,
    #[serde(skip_serializing_if = "Languages::is_empty")]
    #[schema(value_type = Option<Vec<String>>)]
    pub(super) requested_languages: Languages<'a>,
}

/// Languages that a request named, or the one found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Languages<'a> {
    Requested(&'a [Text<'a>]),
    Detected(Option<&'a str>),
}

impl Languages<'_> {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Requested(codes) => codes.is_empty(),
            Self::Detected(code) => code.is_none(),
        }
    }
}

impl Serialize for Languages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Requested(codes) => serializer.collect_seq(codes.iter().map(|code| &*code.0)),
            Self::Detected(code) => serializer.collect_seq(code),
        }
    }
}

/// The scores of one attribute: of the parts and of the whole.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttributeScores {
    pub(super) span_scores: Vec<SpanScore>,
    pub(super) summary_score: Score,
}

/// A part in UTF-16 code units, end exclusive, and its score.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct SpanScore {
    pub(super) begin: usize,
    pub(super) end: usize,
    pub(super) score: Score,
}

/// A probability: the library's, rounded to the nearest `f32` as Perspective's were.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Score {
    pub(super) value: f32,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl Score {
    pub(super) fn new(probability: f64) -> Self {
        Self {
            value: probability as f32,
            kind: "PROBABILITY",
        }
    }
}

fn as_object<S: Serializer>(
    entries: &[(&str, AttributeScores)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (name, scores) in entries {
        map.serialize_entry(name, scores)?;
    }
    map.end()
}
