//! `MODEL_CARD.md`: what a model is for, what it was made from and how good it was found to be.
//!
//! After Mitchell et al. (2019), "Model cards for model reporting". A function of the model and of
//! what stands beside it ([`CardParts`]), so that the same training writes the same card.

use std::fmt::Write as _;

use super::evaluation::{Evaluation, LabelReport};
use super::threshold_map::{ThresholdMap, threshold_map_section};
use super::{escape, number};
use crate::model::{Model, Provenance};
use crate::policy::OperatingPoint;

/// Name of the card in a model's folder.
pub const CARD_FILE: &str = "MODEL_CARD.md";
/// Name of the measurement, an [`Evaluation`], in a model's folder.
pub const METRICS_FILE: &str = "metrics.json";
/// Name of what its makers say of a model, in its folder: sections of Markdown that become part of the card.
pub const NOTES_FILE: &str = "NOTES.md";

/// Positives below which a figure says little; the card then warns. Chosen: with 100 positives the
/// interval of a recall is about 0.2 wide.
pub const FEW_POSITIVES: f64 = 100.0;

const PURPOSE: &str = "\
## Intended use

- Sorting reader comments so that people look first at those that most need it.
- Showing a moderator which words of a comment carried a score.
- Counting, over many comments, how much of a kind there is.

## Uses to avoid

- Fully automated decisions. A flag proposes; a person decides. This holds for `reject` too.
- Languages other than those it was trained on, listed below: scores there mean little.
- Judging persons. A score is about the wording of one comment, not about who wrote it, and must
  not be added up over a person's comments into a verdict on that person.
- Legal assessments: whether something is defamation or hate speech under a law is not in the data.
";

const LIMITS: &str = "\
## Limits

- It goes by words, spellings, style and word overlap with article and parent comment. It does not
  understand irony, and knows nothing of the world or of events after its training.
- Quoted insults, insults under discussion and words that a group uses of itself can score high;
  insults without a strong word can score low.
- It repeats the judgement, and the blind spots, of those who labelled the training data. Comments
  that name identities may score higher than they should; measure on your own comments.
- Figures hold for comments like those measured. On another site, evaluate before relying on them.
";

/// Name of the recipe that made a model, in its folder.
pub const RECIPE_FILE: &str = "recipe.toml";

/// What is known of a model beside what it scores with.
#[derive(Clone, Debug, Default)]
pub struct CardParts {
    /// How good it was found to be; without it the card says that it was not measured.
    pub measured: Option<Evaluation>,
    /// Where Perspective's thresholds stand in its scores.
    pub threshold_map: Option<ThresholdMap>,
    /// Its makers' words: [`NOTES_FILE`].
    pub notes: Option<String>,
    /// What made it, if that is a recipe: [`RECIPE_FILE`].
    pub recipe: Option<String>,
}

/// Renders the card.
pub fn model_card(model: &Model, parts: &CardParts) -> String {
    let labels: Vec<String> = model
        .labels()
        .map(|label| format!("`{}`", cell(label)))
        .collect();
    let labels = labels.join(", ");
    let program = cell(&model.provenance().program);
    let hash = model.hash();
    let mut card = format!(
        "# Model card: {labels}\n\nContent hash `{hash}`, trained with {program}. A linear model over \
         the n-grams of a comment (evidence), then a small logistic regression over evidence, style \
         and context (verdict). For each label it gives the probability that a rater would give it.\n\n",
    );
    for section in [
        PURPOSE.to_owned(),
        training(model.provenance()),
        label_counts(model),
        measured(parts.measured.as_ref()),
        thresholds(model),
        (parts.threshold_map.as_ref()).map_or_else(String::new, threshold_map_section),
        parts.notes.clone().unwrap_or_default(),
        LIMITS.to_owned(),
        remake(model, parts.recipe.is_some()),
    ]
    .into_iter()
    .filter(|section| !section.is_empty())
    {
        card.push_str(&section);
        card.push('\n');
    }
    card.truncate(card.trim_end().len());
    card.push('\n');
    card
}

fn training(provenance: &Provenance) -> String {
    let mut text =
        "## Training data\n\n| file | rows | SHA-256 |\n| --- | ---: | --- |\n".to_owned();
    for file in &provenance.data {
        let rows = number::count(file.rows as f64);
        let _ = writeln!(
            text,
            "| {} | {rows} | `{}` |",
            cell(&file.name),
            cell(&file.sha256)
        );
    }
    if let Some(base) = &provenance.base {
        let _ = write!(
            text,
            "\nAdapted from model `{}`, whose data count as well.\n",
            cell(base)
        );
    }
    let language = |(code, share): (&String, &f64)| format!("{code} {}", number::percent(*share));
    let languages: Vec<String> = provenance.languages.iter().map(language).collect();
    let known = if languages.is_empty() {
        "not recorded".to_owned()
    } else {
        languages.join(", ")
    };
    let _ = write!(
        text,
        "\nLanguages (ISO 639-3, share of rows): {}.\n",
        cell(&known)
    );
    text
}

fn label_counts(model: &Model) -> String {
    let mut text =
        "## Labels\n\n| label | rows labelled | positives | alpha | passes | converged |\n\
                    | --- | ---: | ---: | ---: | ---: | --- |\n"
            .to_owned();
    let (mut few, mut borrows) = (Vec::new(), Vec::new());
    for (label, training) in &model.provenance().labels {
        let (rows, positives) = (
            number::count(training.rows as f64),
            number::count(training.positives),
        );
        let converged = if training.converged { "yes" } else { "no" };
        let (label, alpha, n_iter) = (cell(label), training.alpha, training.n_iter);
        let _ = writeln!(
            text,
            "| `{label}` | {rows} | {positives} | {alpha} | {n_iter} | {converged} |"
        );
        if training.positives < FEW_POSITIVES {
            few.push(format!("`{label}`"));
        }
        for (from, share) in &training.borrowed {
            borrows.push(format!("`{label}` {share} of `{}`", cell(from)));
        }
    }
    if !borrows.is_empty() {
        let borrows = borrows.join(", ");
        let _ = write!(
            text,
            "\nEvidence of another label that counts as a label's own: {borrows}.\n"
        );
    }
    if !few.is_empty() {
        let few = few.join(", ");
        let _ = write!(
            text,
            "\nFewer than {FEW_POSITIVES} positives: {few}. Take figures with care.\n"
        );
    }
    text
}

fn measured(evaluation: Option<&Evaluation>) -> String {
    let Some(evaluation) = evaluation else {
        return "## Measured\n\nNot measured yet: run `ombuds evaluate` on labelled comments that it \
                was not trained on.\n"
            .to_owned();
    };
    let mut text = format!("## Measured\n\n{}.\n\n", cell(&evaluation.split));
    text.push_str(
        "| label | rows | positives | ROC AUC | average precision | precision | recall | F1 | Brier | calibration error |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for label in &evaluation.labels {
        let _ = writeln!(text, "| {} |", measured_cells(label).join(" | "));
    }
    text.push_str(&reading(&evaluation.labels));
    text
}

fn measured_cells(LabelReport { label, report, .. }: &LabelReport) -> [String; 10] {
    [
        format!("`{}`", cell(label)),
        number::count(report.n as f64),
        number::count(report.positives),
        number::estimate(&report.roc_auc),
        number::estimate(&report.average_precision),
        number::estimate(&report.precision),
        number::estimate(&report.recall),
        number::estimate(&report.f1),
        number::figure(report.brier),
        number::figure(report.expected_calibration_error),
    ]
}

/// How to read the table.
fn reading(labels: &[LabelReport]) -> String {
    let level = labels
        .iter()
        .find_map(|label| label.report.roc_auc.interval);
    let level = level.map_or_else(String::new, |interval| {
        let grouped = labels.iter().any(|label| label.resampled == "groups");
        let units = if grouped {
            "articles, threads or near-duplicates"
        } else {
            "comments"
        };
        let level = 100.0 * interval.level;
        let wilson = if labels.iter().any(LabelReport::has_wilson_intervals) {
            "; Wilson's for precision, recall or F1 of 0 or 1"
        } else {
            ""
        };
        format!("In brackets: {level:.0} % bootstrap intervals, resampling {units}{wilson}. ")
    });
    format!(
        "\n{level}Precision, recall and F1 are those at the `flag` threshold that held in this \
         measurement.\n"
    )
}

fn thresholds(model: &Model) -> String {
    let mut text = "## Thresholds\n\nA score at or above counts. `flag` sets the label's flag; from \
                    `review` on a person should look; from `reject` on rejection is proposed, and \
                    without one never. They stand in `config.toml` and do not change scores; `ombuds \
                    tune` moves them.\n\n| label | review | flag | reject |\n| --- | ---: | ---: | ---: |\n"
        .to_owned();
    for (label, point) in model.labels().zip(model.policy()) {
        let OperatingPoint {
            flag,
            review,
            reject,
        } = *point;
        let reject = reject.map_or_else(|| "never".to_owned(), number::threshold);
        let (review, flag) = (number::threshold(review), number::threshold(flag));
        let _ = writeln!(text, "| `{}` | {review} | {flag} | {reject} |", cell(label));
    }
    text
}

fn remake(model: &Model, by_recipe: bool) -> String {
    let provenance = model.provenance();
    if by_recipe {
        return format!(
            "## How to make it again\n\n```sh\nombuds train --recipe recipe.toml --corpora DIR --model DIR\n```\n\nwith its recipe, \
             which names each file's origin, licence and columns, and {}. The same files and version give the same bytes.\n",
            cell(&provenance.program)
        );
    }
    let files: Vec<&str> = provenance
        .data
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    let labels: Vec<&str> = model.labels().collect();
    let base = if provenance.base.is_some() {
        " --base BASE"
    } else {
        ""
    };
    let (files, labels, seed) = (
        escape(&files.join(" ")),
        escape(&labels.join(",")),
        provenance.seed,
    );
    let command =
        format!("ombuds train --data {files} --labels {labels}{base} --seed {seed} --model DIR");
    format!(
        "## How to make it again\n\n```sh\n{command}\n```\n\nwith the files of the checksums above and \
         {}, and where other settings were used, with those. The same files, settings, seed and \
         version give the same bytes.\n",
        cell(&provenance.program)
    )
}

/// Text from outside, harmless in a table of Markdown.
fn cell(text: &str) -> String {
    escape(text)
        .replace('|', "\\|")
        .replace('`', "'")
        .replace('<', "&lt;")
}

#[cfg(test)]
mod tests;
