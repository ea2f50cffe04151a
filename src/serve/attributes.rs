//! Names of Perspective's attributes → labels of the model.

use rustc_hash::FxHashMap;

use crate::model::Model;

use super::error::Error;

/// Names that Perspective served at some time: asking for one is never a mistake.
const KNOWN: [&str; 39] = [
    "AFFINITY_EXPERIMENTAL",
    "ALIENATION_EXPERIMENTAL",
    "ATTACK_ON_AUTHOR",
    "ATTACK_ON_COMMENTER",
    "ATTACK_ON_PUBLISHER",
    "COMPASSION_EXPERIMENTAL",
    "CONSTRUCTIVE_EXPERIMENTAL",
    "CURIOSITY_EXPERIMENTAL",
    "FEARMONGERING_EXPERIMENTAL",
    "FLIRTATION",
    "GENERALIZATION_EXPERIMENTAL",
    "IDENTITY_ATTACK",
    "IDENTITY_ATTACK_EXPERIMENTAL",
    "INCOHERENT",
    "INFLAMMATORY",
    "INSULT",
    "INSULT_EXPERIMENTAL",
    "LIKELY_TO_REJECT",
    "MORAL_OUTRAGE_EXPERIMENTAL",
    "NUANCE_EXPERIMENTAL",
    "OBSCENE",
    "OFF_TOPIC",
    "PERSONAL_STORY_EXPERIMENTAL",
    "POWER_APPEAL_EXPERIMENTAL",
    "PROFANITY",
    "PROFANITY_EXPERIMENTAL",
    "REASONING_EXPERIMENTAL",
    "RESPECT_EXPERIMENTAL",
    "SCAPEGOATING_EXPERIMENTAL",
    "SEVERE_TOXICITY",
    "SEVERE_TOXICITY_EXPERIMENTAL",
    "SEXUALLY_EXPLICIT",
    "SPAM",
    "THREAT",
    "THREAT_EXPERIMENTAL",
    "TOXICITY",
    "TOXICITY_EXPERIMENTAL",
    "TOXICITY_FAST",
    "UNSUBSTANTIAL",
];

/// Names whose label is called otherwise.
const RENAMED: [(&str, &str); 2] = [
    ("TOXICITY_FAST", "TOXICITY"),
    ("SEXUALLY_EXPLICIT", "SEXUAL_EXPLICIT"),
];

/// Longest version of Perspective's own; a model's hash has 16 digits.
const MAX_NUMERIC_PIN: usize = 4;

/// Which attributes a model scores.
#[derive(Debug)]
pub(super) struct Attributes {
    /// By name, the label; `None` where the name is known and not scored.
    labels: FxHashMap<String, Option<usize>>,
    version: String,
}

impl Attributes {
    /// The attributes of a model: its labels in capitals, and their other names.
    pub(super) fn new(model: &Model) -> Self {
        let own = model.labels().map(str::to_uppercase).zip(0..);
        let own: FxHashMap<String, usize> = own.collect();
        let known = KNOWN
            .iter()
            .map(|&name| (name.to_owned(), alias(&own, name)));
        let mut labels: FxHashMap<String, Option<usize>> = known.collect();
        let experimental =
            |(name, &idx): (&String, &usize)| (format!("{name}_EXPERIMENTAL"), Some(idx));
        labels.extend(own.iter().map(experimental));
        labels.extend(own.into_iter().map(|(name, idx)| (name, Some(idx))));
        Self {
            labels,
            version: model.version().into_owned(),
        }
    }

    /// The label behind a name; `None` if the name is known and the model does not score it.
    ///
    /// `NAME@6`, a version of Perspective's own, is served by the model there is; `NAME@<version of a model>` by
    /// that model alone.
    ///
    /// # Errors
    /// [`Error::UnknownAttribute`]
    pub(super) fn find(&self, requested: &str) -> Result<Option<usize>, Error> {
        let unknown = |loaded| Error::UnknownAttribute {
            name: requested.to_owned(),
            loaded,
        };
        let (name, pin) = match requested.split_once('@') {
            Some((name, pin)) => (name, Some(pin)),
            None => (requested, None),
        };
        let label = self.labels.get(name).copied();
        let label = label.ok_or_else(|| unknown(None))?;
        match pin {
            Some(pin) if !is_numeric(pin) && pin != self.version => {
                Err(unknown(Some(self.version.clone())))
            }
            _ => Ok(label),
        }
    }

    /// All names that are scored, in order, each with its label.
    pub(super) fn scored(&self) -> Vec<(&str, usize)> {
        let scored = self.labels.iter();
        let mut scored: Vec<(&str, usize)> = scored
            .filter_map(|(name, label)| Some((name.as_str(), (*label)?)))
            .collect();
        scored.sort_unstable();
        scored
    }
}

fn alias(own: &FxHashMap<String, usize>, name: &str) -> Option<usize> {
    let renamed = RENAMED.iter().find(|(from, _)| *from == name);
    own.get(renamed.map_or(name, |(_, to)| to)).copied()
}

fn is_numeric(pin: &str) -> bool {
    (1..=MAX_NUMERIC_PIN).contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moderate::tests::tiny_model;

    #[test]
    fn names_find_labels_and_pins_hold_a_model() {
        let model = tiny_model();
        let attributes = Attributes::new(&model);
        let pinned = format!("INSULT@{}", model.version());
        for (name, expected) in [
            ("INSULT", Ok(Some(0))),
            ("SPAM", Ok(Some(1))),
            ("INSULT_EXPERIMENTAL", Ok(Some(0))),
            ("INSULT@6", Ok(Some(0))),
            (pinned.as_str(), Ok(Some(0))),
            ("TOXICITY", Ok(None)),
            ("TOXICITY_FAST", Ok(None)),
            ("TOXICITY@2", Ok(None)),
            ("INSULT@0123456789abcdef", Err(true)),
            ("INSULT@", Err(true)),
            ("INSULT@12345", Err(true)),
            ("insult", Err(false)),
            ("WIT", Err(false)),
            ("", Err(false)),
        ] {
            let found = attributes.find(name).map_err(|error| {
                matches!(
                    error,
                    Error::UnknownAttribute {
                        loaded: Some(_),
                        ..
                    }
                )
            });
            assert_eq!(found, expected, "{name}");
        }
        assert_eq!(
            attributes.scored(),
            [
                ("INSULT", 0),
                ("INSULT_EXPERIMENTAL", 0),
                ("SPAM", 1),
                ("SPAM_EXPERIMENTAL", 1)
            ]
        );
    }
}
