//! A model as the server uses it: with house rules, names of attributes and counters.

use std::cell::RefCell;
use std::sync::Arc;

use super::attributes::Attributes;
use super::observe::{LabelMeters, Observe};
use crate::model::Model;
use crate::moderate::{HouseRules, Moderator};
use crate::report::evaluation::Evaluation;

/// A model that is in use, or was.
#[derive(Debug)]
pub struct Loaded {
    model: Arc<Model>,
    rules: Arc<HouseRules>,
    attributes: Attributes,
    meters: LabelMeters,
    version: String,
}

impl Loaded {
    /// A model and its house rules, ready for use. `measured` is the evaluation that was kept with the model, against
    /// which drift is told.
    pub fn new(
        model: Model,
        rules: HouseRules,
        measured: Option<&Evaluation>,
        observe: &Observe,
    ) -> Self {
        Self {
            attributes: Attributes::new(&model),
            meters: observe.label_meters(&model, &rules, measured),
            version: model.version().into_owned(),
            model: Arc::new(model),
            rules: Arc::new(rules),
        }
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Its thresholds and the site's phrases.
    pub fn rules(&self) -> &HouseRules {
        &self.rules
    }

    /// What names its scores.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    pub(super) fn meters(&self) -> &LabelMeters {
        &self.meters
    }

    /// Lends this thread's moderator. A thread keeps it, and the model with it, until it scores with another.
    pub(super) fn with_moderator<T>(
        loaded: &Arc<Self>,
        work: impl FnOnce(&mut Moderator) -> T,
    ) -> T {
        thread_local! {
            static SEAT: RefCell<Option<(Arc<Model>, Moderator<'static>)>> = const { RefCell::new(None) };
        }
        // Taken out while at work: one that panicked is not used again.
        let seat = SEAT
            .take()
            .filter(|(model, _)| Arc::ptr_eq(model, &loaded.model));
        let (model, mut moderator) = seat.unwrap_or_else(|| {
            let (model, rules) = (Arc::clone(&loaded.model), Arc::clone(&loaded.rules));
            (Arc::clone(&model), Moderator::shared(model, rules))
        });
        let result = work(&mut moderator);
        SEAT.set(Some((model, moderator)));
        result
    }
}
