//! `POST /v1/moderations`: OpenAI's shape, for clients of that kind.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::raw_json;
use crate::comment::Comment;
use crate::moderate::Moderator;
use crate::serve::Service;
use crate::serve::batch::{self, MAX_BYTES, MAX_COMMENTS};
use crate::serve::bounds::{self, Caller};
use crate::serve::error::Error;
use crate::serve::json::{Text, first, mended};
use crate::serve::loaded::Loaded;

/// Categories of OpenAI's that mean what a label of ours means; given beside the labels themselves.
const CATEGORIES: [(&str, &str); 3] = [
    ("harassment", "insult"),
    ("harassment/threatening", "threat"),
    ("hate", "identity_attack"),
];

/// Said of what is neither.
const NO_INPUT: &str = "input: a text, an array of texts, or one of parts with a text";

/// A request; `model` and whatever else it has is not looked at.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ModerationsBody<'a> {
    #[serde(borrow)]
    #[schema(value_type = Input)]
    input: &'a RawValue,
}

/// One text or several. Read by [`Input::read`]: what serde derives keeps all of an input, whatever it is, before it
/// tries one shape after the other, and serves the document alone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, bound(deserialize = "'de: 'a"))]
enum Input<'a> {
    #[schema(value_type = String)]
    One(Text<'a>),
    #[schema(value_type = Vec<String>)]
    Many(Vec<Text<'a>>),
    Parts(Vec<Part<'a>>),
}

/// A part of one input; what has no text, such as an image, cannot be judged and is passed over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Part<'a> {
    #[schema(value_type = Option<String>)]
    text: Option<Text<'a>>,
}

/// An answer.
#[derive(Debug, Serialize, ToSchema)]
struct ModerationsAnswer<'a> {
    id: String,
    model: String,
    results: Vec<ModerationAnswer<'a>>,
}

/// Of one input.
#[derive(Debug, Serialize, ToSchema)]
struct ModerationAnswer<'a> {
    /// Whether any label is at or above its flag.
    flagged: bool,
    categories: BTreeMap<&'a str, bool>,
    category_scores: BTreeMap<&'a str, f64>,
    category_applied_input_types: BTreeMap<&'a str, [&'static str; 1]>,
}

/// Score texts, in OpenAI's shape
///
/// Categories are the model's labels; harassment, harassment/threatening and hate are other names of insult, threat and
/// identity_attack.
#[utoipa::path(post, path = "/v1/moderations", request_body = ModerationsBody,
    responses((status = 200, description = "One result an input, in order", body = ModerationsAnswer),
        (status = 400, description = "There is no input"), (status = 413, description = "It is too long"),
        (status = 503, description = "Too many batches at once")))]
pub(crate) async fn moderations(
    State(service): State<Arc<Service>>,
    _: Caller,
    request: Request,
) -> Result<Response, Error> {
    let permit = batch::enter(&service)?;
    let body = bounds::body(request, MAX_BYTES).await?;
    let answer = batch::run(permit, move |_| moderate_all(&service, &body));
    answer.await.map(raw_json)
}

fn moderate_all(service: &Service, body: &[u8]) -> Result<Vec<u8>, Error> {
    // The input is read when its shape is known, so all of the body is mended first.
    let body = mended(body);
    let request: ModerationsBody = serde_json::from_slice(&body).map_err(Error::BadJson)?;
    let input = Input::read(request.input).ok_or(Error::Invalid(NO_INPUT))?;
    let texts = input.texts();
    if !(1..=MAX_COMMENTS).contains(&texts.len()) {
        return Err(Error::Invalid("input: 1 to 1000 texts"));
    }
    let loaded = service.loaded();
    let answer = ModerationsAnswer {
        id: format!("modr-{}", service.next_id()),
        model: format!("ombuds-{}", loaded.version()),
        results: batch::each(&loaded, &texts, |moderator, text| {
            moderate(&loaded, moderator, text)
        }),
    };
    serde_json::to_vec(&answer).map_err(|error| Error::Internal(error.into()))
}

impl<'a> Input<'a> {
    fn read(input: &'a RawValue) -> Option<Self> {
        /// One more than may be, so that too many are told from just enough.
        #[derive(Deserialize)]
        #[serde(transparent, bound(deserialize = "T: Deserialize<'de>"))]
        struct Few<T>(#[serde(deserialize_with = "first::<_, _, { MAX_COMMENTS + 1 }>")] Vec<T>);
        let json = input.get();
        if json.starts_with('"') {
            return serde_json::from_str(json).ok().map(Self::One);
        }
        if let Ok(Few(texts)) = serde_json::from_str(json) {
            return Some(Self::Many(texts));
        }
        let Few(parts) = serde_json::from_str(json).ok()?;
        (parts.len() <= MAX_COMMENTS).then_some(Self::Parts(parts))
    }

    /// The texts to be judged; the parts of one input are one text.
    fn texts(&self) -> Vec<Cow<'_, str>> {
        match self {
            Self::One(text) => vec![Cow::Borrowed(&*text.0)],
            Self::Many(texts) => texts.iter().map(|text| Cow::Borrowed(&*text.0)).collect(),
            Self::Parts(parts) => {
                let texts = parts.iter().filter_map(|part| part.text.as_ref());
                let texts: Vec<&str> = texts.map(|text| &*text.0).collect();
                if texts.is_empty() {
                    return Vec::new();
                }
                vec![Cow::Owned(texts.join("\n\n"))]
            }
        }
    }
}

fn moderate<'a>(loaded: &'a Loaded, moderator: &mut Moderator, text: &str) -> ModerationAnswer<'a> {
    let moderation = moderator.judge(&Comment::from_text(text));
    loaded.meters().count_scores(&moderation.probabilities);
    loaded.meters().count_decision(moderation.ruling.decision);
    let model = loaded.model();
    let other_names = CATEGORIES
        .iter()
        .filter_map(|&(name, label)| Some((name, model.label_idx(label)?)));
    let names: Vec<(&str, usize)> = model.labels().zip(0..).chain(other_names).collect();
    // What cannot be told is left out.
    let told = names
        .iter()
        .filter(|(_, label_idx)| !moderation.probabilities[*label_idx].is_nan());
    let mut answer = ModerationAnswer {
        flagged: moderation.flags.contains(&true),
        categories: BTreeMap::new(),
        category_scores: BTreeMap::new(),
        category_applied_input_types: BTreeMap::new(),
    };
    for &(name, label_idx) in told {
        answer.categories.insert(name, moderation.flags[label_idx]);
        answer
            .category_scores
            .insert(name, moderation.probabilities[label_idx]);
        answer.category_applied_input_types.insert(name, ["text"]);
    }
    answer
}
