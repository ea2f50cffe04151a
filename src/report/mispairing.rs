//! How well a comment's own context is told from a foreign one.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::number;
use super::table::TextTable;
use crate::metrics::Estimate;

/// Where the buckets of comment lengths begin, in words.
pub const LEAST_WORDS: [usize; 5] = [0, 5, 10, 20, 40];

/// Mispairing skill of a model on some comments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mispairing {
    /// Content hash of the model.
    pub model: String,
    /// By kind of foreign context; they are never mixed.
    pub kinds: Vec<PairingSkill>,
}

/// Skill against one kind of foreign context.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairingSkill {
    /// What stood for the foreign context.
    pub context: String,
    /// Comments that could be paired.
    pub n_comments: usize,
    /// Share of them that can be told.
    pub coverage: f64,
    /// Area under the ROC curve, own against foreign, over those that can be told.
    pub roc_auc: Estimate,
    /// The same by length.
    pub by_length: Vec<LengthSkill>,
}

/// Skill on comments of some length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LengthSkill {
    /// Words from which the bucket begins; it ends before the next.
    pub least_words: usize,
    /// Comments in it.
    pub n_comments: usize,
    /// Share of them that can be told.
    pub coverage: f64,
    /// Area under the ROC curve; `None` of nothing.
    pub roc_auc: Option<f64>,
}

/// The skills as text.
pub fn mispairing_text(mispairing: &Mispairing) -> String {
    let mut text = format!(
        "model {}\n\nEach comment under its own article or parent against a foreign one. A foreign article is \
         far easier to\ntell than what a moderator calls off topic: these figures say nothing of human labels.\n\n",
        mispairing.model
    );
    for kind in &mispairing.kinds {
        let _ = writeln!(
            text,
            "{}: ROC AUC {}, {} comments, {} told",
            kind.context,
            number::estimate(&kind.roc_auc),
            number::count(kind.n_comments as f64),
            number::percent(kind.coverage)
        );
        let mut table = TextTable::new(&["words", "comments", "told", "ROC AUC"]);
        for (i, length) in kind.by_length.iter().enumerate() {
            let words = match LEAST_WORDS.get(i + 1) {
                Some(next) => format!("{}-{}", length.least_words, next - 1),
                None => format!("{}+", length.least_words),
            };
            table.row([
                words,
                number::count(length.n_comments as f64),
                number::percent(length.coverage),
                number::figure(length.roc_auc),
            ]);
        }
        let _ = writeln!(text, "{table}");
    }
    text
}
