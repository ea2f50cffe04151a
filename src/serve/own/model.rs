//! `GET /v1/model`

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::json;
use crate::model::Head;
use crate::policy::OperatingPoint;
use crate::serve::Service;
use crate::serve::bounds::Caller;
use crate::serve::error::Error;

/// The model in use.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelBody<'a> {
    /// Names its scores; `TOXICITY@<version>` asks for this model and no other.
    version: &'a str,
    /// Version of the program that trained it.
    program: &'a str,
    /// Its labels, in order, and their thresholds.
    labels: Vec<LabelBody<'a>>,
    /// By Perspective's name of an attribute, the label that answers.
    attributes: BTreeMap<&'a str, &'a str>,
    /// Shares of the languages it has learnt, by ISO 639-3 code.
    languages: &'a BTreeMap<String, f64>,
}

/// A label and its thresholds; a score at or above counts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LabelBody<'a> {
    label: &'a str,
    /// From here on the label's flag is set.
    flag: f64,
    /// From here on a person should look.
    review: f64,
    /// From here on rejection is proposed; never without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reject: Option<f64>,
}

impl<'a> LabelBody<'a> {
    fn new((head, point): (&'a Head, &OperatingPoint)) -> Self {
        Self {
            label: &head.label,
            flag: point.flag,
            review: point.review,
            reject: point.reject,
        }
    }
}

/// Say which model is in use
#[utoipa::path(get, path = "/v1/model", responses((status = 200, description = "The model in use", body = ModelBody)))]
pub(crate) async fn get_model(
    State(service): State<Arc<Service>>,
    _: Caller,
) -> Result<Response, Error> {
    let loaded = service.loaded();
    let model = loaded.model();
    let names: Vec<&str> = model.labels().collect();
    let attributes = loaded.attributes().scored().into_iter();
    json(&ModelBody {
        version: loaded.version(),
        program: &model.provenance().program,
        labels: model
            .heads()
            .iter()
            .zip(loaded.rules().points())
            .map(LabelBody::new)
            .collect(),
        attributes: attributes
            .map(|(name, label_idx)| (name, names[label_idx]))
            .collect(),
        languages: &model.provenance().languages,
    })
}
