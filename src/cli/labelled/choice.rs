//! Which labels to look at: what was asked for, what the model has, what the files have.

use anyhow::bail;

use crate::data::{LabelMap, Table};
use crate::model::Model;

/// Which labels of a model to look at, and where they stand.
#[derive(Clone, Debug)]
pub(crate) struct LabelChoice {
    map: LabelMap,
    /// By label of `map`: whether it was asked for by name, so that its absence is an error.
    named: Vec<bool>,
}

impl LabelChoice {
    /// The labels named, or all of the model if none is; mapped ones count as named.
    pub(crate) fn new(model: &Model, labels: &str, label_map: &str) -> anyhow::Result<Self> {
        let named = LabelMap::parse(labels, label_map)?;
        let of_model: Vec<&str> = model.labels().collect();
        if let Some(label) = named.labels().find(|label| !of_model.contains(label)) {
            let known = of_model.join(", ");
            bail!("the model has no label `{label}`; its labels are {known}");
        }
        let all = if labels.trim().is_empty() {
            of_model.join(",")
        } else {
            labels.to_owned()
        };
        let map = LabelMap::parse(&all, label_map)?;
        let is_named = |label: &str| named.labels().any(|name| name == label);
        Ok(Self {
            named: map.labels().map(is_named).collect(),
            map,
        })
    }

    /// The same, without some labels.
    pub(crate) fn only(&self, is_wanted: impl Fn(&str) -> bool) -> Self {
        let named = self.map.labels().zip(&self.named);
        Self {
            named: named
                .filter_map(|(label, &named)| is_wanted(label).then_some(named))
                .collect(),
            map: self.map.only(is_wanted),
        }
    }

    /// The labels.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &str> {
        self.map.labels()
    }

    /// The labels that some file has a column for; says which others are left out.
    ///
    /// # Errors
    /// A label that was named must have a column in some file, and some label must in any case.
    pub(in crate::cli) fn present_in(&self, tables: &[Table]) -> anyhow::Result<LabelMap> {
        let mut found = vec![false; self.named.len()];
        for table in tables {
            for (found, present) in found.iter_mut().zip(self.map.is_present(table.schema())) {
                *found |= present;
            }
        }
        let labels = self.map.labels().zip(&self.named).zip(found);
        let absent: Vec<(&str, &bool)> = labels
            .filter_map(|(label, found)| (!found).then_some(label))
            .collect();
        let missed = absent.iter().find(|(_, named)| **named);
        if missed.is_some() || absent.len() == self.named.len() {
            let is_missed = |label: &str| missed.is_none_or(|&(missed, _)| missed == label);
            self.map.only(is_missed).resolve(tables[0].schema())?;
        }
        for (label, _) in &absent {
            crate::cli::notices(&[format!("no column for label `{label}`; left out")]);
        }
        let is_present = |label: &str| absent.iter().all(|&(absent, _)| absent != label);
        Ok(self.map.only(is_present))
    }
}
