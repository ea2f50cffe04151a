//! What changed between two models: labels, thresholds, origin, coefficients, weights.

use super::{Head, Model, Provenance};
use crate::evidence::column_names;
use crate::policy::OperatingPoint;

/// A value before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<T> {
    /// What it is the value of.
    pub name: String,
    /// In the first model.
    pub before: T,
    /// In the second.
    pub after: T,
}

/// The difference of two models; empty lists where nothing changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelDiff {
    /// Labels that only the second has.
    pub labels_added: Vec<String>,
    /// Labels that only the first has.
    pub labels_removed: Vec<String>,
    /// Origin and make, as text; `-` where there is none.
    pub origin: Vec<Change<String>>,
    /// Thresholds by label.
    pub thresholds: Vec<Change<OperatingPoint>>,
    /// The labels that both have.
    pub heads: Vec<HeadDiff>,
}

/// The difference of one label.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadDiff {
    /// The label.
    pub label: String,
    /// Verdict coefficients that changed, most first.
    pub coef: Vec<Change<f64>>,
    /// `None` if the models have different numbers of buckets, which then mean different things.
    pub weights: Option<WeightsDiff>,
}

/// How far the n-gram weights of a label are apart (each times its idf, as it is used).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WeightsDiff {
    /// Buckets that either model uses.
    pub n_used: usize,
    /// Those whose weights differ.
    pub n_different: usize,
    /// Greatest difference.
    pub greatest: f64,
    /// Mean absolute difference over the used.
    pub mean: f64,
    /// Mean absolute weight in the first model over the used, for comparison.
    pub mean_before: f64,
}

impl ModelDiff {
    /// Compares two models.
    ///
    /// # Complexity  O(labels * buckets)
    pub fn new(before: &Model, after: &Model) -> Self {
        let only_in = |model: &Model, other: &Model| {
            let missing = model
                .labels()
                .filter(|label| other.label_idx(label).is_none());
            missing.map(str::to_owned).collect()
        };
        let shared: Vec<(usize, usize)> = before
            .labels()
            .enumerate()
            .filter_map(|(idx, label)| Some((idx, after.label_idx(label)?)))
            .collect();
        let thresholds = shared.iter().map(|&(b, a)| Change {
            name: before.heads()[b].label.clone(),
            before: before.policy()[b],
            after: after.policy()[a],
        });
        Self {
            labels_added: only_in(after, before),
            labels_removed: only_in(before, after),
            origin: origin(before, after),
            thresholds: thresholds.filter(Change::is_one).collect(),
            heads: shared.iter().map(|&idx| head(before, after, idx)).collect(),
        }
    }
}

impl<T: PartialEq> Change<T> {
    fn is_one(&self) -> bool {
        self.before != self.after
    }
}

fn origin(before: &Model, after: &Model) -> Vec<Change<String>> {
    let (old, new) = (before.provenance(), after.provenance());
    let base = |provenance: &Provenance| provenance.base.clone().unwrap_or_else(|| "-".to_owned());
    let change = |name: &str, before: String, after: String| Change {
        name: name.to_owned(),
        before,
        after,
    };
    let mut changes = vec![
        change("trained by", old.program.clone(), new.program.clone()),
        change("seed", old.seed.to_string(), new.seed.to_string()),
        change("adapted from", base(old), base(new)),
        change(
            "buckets",
            format!("2^{}", before.table().bits()),
            format!("2^{}", after.table().bits()),
        ),
        change("languages", languages(old), languages(new)),
    ];
    changes.extend(tables(before, after));
    changes.extend(files(old, new));
    changes.extend(trainings(old, new));
    changes.retain(Change::is_one);
    changes
}

fn languages(provenance: &Provenance) -> String {
    let language = |(code, share): (&String, &f64)| format!("{code} {share}");
    provenance
        .languages
        .iter()
        .map(language)
        .collect::<Vec<_>>()
        .join(", ")
}

fn tables(before: &Model, after: &Model) -> impl Iterator<Item = Change<String>> {
    let (old, new) = (
        before.tables().source().clone(),
        after.tables().source().clone(),
    );
    let n_lines = |text: &str| format!("{} lines", text.lines().count());
    [
        ("lexicon", old.lexicon, new.lexicon),
        ("look-alikes", old.look_alikes, new.look_alikes),
        ("leetspeak", old.leet, new.leet),
    ]
    .into_iter()
    .filter(|(_, old, new)| old != new)
    .map(move |(name, old, new)| {
        let (before, after) = (n_lines(&old), format!("{}, other ones", n_lines(&new)));
        Change {
            name: name.to_owned(),
            before,
            after,
        }
    })
}

/// Training files by name: rows and the first digits of the checksum.
fn files(old: &Provenance, new: &Provenance) -> Vec<Change<String>> {
    let mut names: Vec<&str> = old
        .data
        .iter()
        .chain(&new.data)
        .map(|file| file.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    let of = |provenance: &Provenance, name: &str| {
        let found = provenance.data.iter().filter(|file| file.name == name);
        let texts: Vec<String> = found
            .map(|file| {
                format!(
                    "{} rows, {}",
                    file.rows,
                    file.sha256.get(..12).unwrap_or("no checksum")
                )
            })
            .collect();
        if texts.is_empty() {
            "-".to_owned()
        } else {
            texts.join("; ")
        }
    };
    let change = |name: &str| Change {
        name: format!("data {name}"),
        before: of(old, name),
        after: of(new, name),
    };
    names.into_iter().map(change).collect()
}

fn trainings(old: &Provenance, new: &Provenance) -> Vec<Change<String>> {
    let of = |provenance: &Provenance, label: &str| {
        provenance.labels.get(label).map(|training| {
            let converged = if training.converged {
                ""
            } else {
                ", not converged"
            };
            let borrowed = training.borrowed.iter();
            let borrowed: Vec<String> = borrowed
                .map(|(from, share)| format!(", {share} of {from}"))
                .collect();
            let borrowed = borrowed.concat();
            format!(
                "{} rows, {} positives, alpha {}{borrowed}{converged}",
                training.rows, training.positives, training.alpha
            )
        })
    };
    let labels = old
        .labels
        .keys()
        .filter(|label| new.labels.contains_key(*label));
    let change = |label: &String| {
        let (before, after) = (of(old, label)?, of(new, label)?);
        Some(Change {
            name: format!("training of {label}"),
            before,
            after,
        })
    };
    labels.filter_map(change).collect()
}

fn head(before: &Model, after: &Model, (b, a): (usize, usize)) -> HeadDiff {
    let (old, new): (&Head, &Head) = (&before.heads()[b], &after.heads()[a]);
    let columns = column_names()
        .map(str::to_owned)
        .chain(["(intercept)".to_owned()]);
    let all = |head: &Head| {
        let intercept = [head.verdict.intercept].into_iter();
        head.verdict.coef.into_iter().chain(intercept)
    };
    let mut coef: Vec<Change<f64>> = columns
        .zip(all(old).zip(all(new)))
        .map(|(name, (before, after))| Change {
            name,
            before,
            after,
        })
        .filter(Change::is_one)
        .collect();
    let size = |change: &Change<f64>| (change.after - change.before).abs();
    coef.sort_by(|x, y| size(y).total_cmp(&size(x)));
    HeadDiff {
        label: old.label.clone(),
        coef,
        weights: weights(before, after, (b, a)),
    }
}

fn weights(before: &Model, after: &Model, (b, a): (usize, usize)) -> Option<WeightsDiff> {
    let (old, new) = (before.table(), after.table());
    if old.bits() != new.bits() {
        return None;
    }
    let mut diff = WeightsDiff::default();
    for column in 0..1_u32 << old.bits() {
        if old.idf_squared(column) == 0.0 && new.idf_squared(column) == 0.0 {
            continue;
        }
        let (before, after) = (old.weight(b, column), new.weight(a, column));
        let difference = (after - before).abs();
        diff.n_used += 1;
        diff.n_different += usize::from(difference > 0.0);
        diff.greatest = diff.greatest.max(difference);
        diff.mean += difference;
        diff.mean_before += before.abs();
    }
    let n_used = diff.n_used.max(1) as f64;
    diff.mean /= n_used;
    diff.mean_before /= n_used;
    Some(diff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::N_COLUMNS;
    use crate::model::{DataFile, Precision, WeightTable};
    use crate::text::TextTables;
    use crate::verdict::Verdict;

    fn model(labels: &[&str], weight: f32, coef: f64, file: &str) -> Model {
        let idf_squared = |column: u32| f32::from(u8::from([3, 5].contains(&column)));
        let weight = |label_idx, column| {
            if (label_idx, column) == (0, 3) {
                weight
            } else {
                0.0
            }
        };
        let table = WeightTable::new(4, labels.len(), Precision::Short, idf_squared, weight);
        let head = |label: &&str| Head {
            label: (*label).to_owned(),
            evidence_intercept: 0.0,
            verdict: Verdict {
                intercept: 0.0,
                coef: [coef; N_COLUMNS],
            },
        };
        let data = vec![DataFile {
            name: file.to_owned(),
            sha256: "0".repeat(64),
            rows: 9,
        }];
        let provenance = Provenance {
            data,
            ..Provenance::default()
        };
        let policy = vec![OperatingPoint::default(); labels.len()];
        let heads = labels.iter().map(head).collect();
        Model::assemble(
            TextTables::shipped(),
            None,
            table,
            heads,
            provenance,
            policy,
        )
    }

    #[test]
    fn a_model_does_not_differ_from_itself() {
        let model = model(&["insult"], 0.5, 1.0, "a.csv");
        let diff = ModelDiff::new(&model, &model);
        assert_eq!((diff.origin, diff.thresholds), (vec![], vec![]));
        assert_eq!(diff.heads[0].coef, []);
        assert_eq!(
            diff.heads[0].weights.map(|weights| weights.n_different),
            Some(0)
        );
    }

    #[test]
    fn all_that_changed_is_told() {
        let before = model(&["insult", "spam"], 0.5, 1.0, "a.csv");
        let mut after = model(&["insult", "threat"], 0.75, 2.0, "b.csv");
        let point = OperatingPoint {
            flag: 0.7,
            review: 0.2,
            reject: None,
        };
        after.set_policy(0, point);
        let diff = ModelDiff::new(&before, &after);
        assert_eq!(
            (diff.labels_added, diff.labels_removed),
            (vec!["threat".into()], vec!["spam".into()])
        );
        assert_eq!(diff.thresholds[0].after, point);
        let origin: Vec<_> = diff
            .origin
            .iter()
            .map(|change| change.name.as_str())
            .collect();
        assert_eq!(origin, ["data a.csv", "data b.csv"]);
        assert_eq!(diff.heads.len(), 1);
        assert_eq!(diff.heads[0].coef.len(), N_COLUMNS);
        let weights = diff.heads[0].weights.unwrap();
        assert_eq!((weights.n_used, weights.n_different), (2, 1));
        let found = [weights.greatest, weights.mean, weights.mean_before];
        for (found, expected) in found.iter().zip([0.25, 0.125, 0.25]) {
            assert!((found - expected).abs() < 1e-6, "{weights:?}");
        }
    }
}
