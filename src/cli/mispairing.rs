//! `ombuds evaluate --mispairing`: can the model tell a comment's own article from another one?
//!
//! No labels are needed. It is far easier than what a moderator does, for a random article is about
//! something else altogether; so the figure stands apart from those of human labels.

mod pick;

use std::path::PathBuf;

use anyhow::bail;
use rayon::prelude::*;

use super::input::InputArgs;
use super::progress::Bar;
use crate::comment::Comment;
use crate::data::{LabelMap, Table};
use crate::linear::loss::sigmoid;
use crate::metrics::{Ranking, Resampling, Sample};
use crate::model::Model;
use crate::policy::OperatingPoint;
use crate::relation;
use crate::report::evaluation::{EvaluationOptions, LabelScores, evaluate_scores};
use crate::report::mispairing::{LEAST_WORDS, LengthSkill, Mispairing, PairingSkill};
use crate::report::number;
use crate::train::mispair::{Donor, Donors};
use crate::train::{Progress as _, TrainingSet, groups};
use pick::Pick;

/// Rows read at a time.
const BATCH: usize = 4096;

/// One pair of scores.
struct Pair {
    group: u32,
    n_words: usize,
    /// Under its own and under the foreign context; `None` where it cannot be told.
    scores: Option<[f64; 2]>,
}

/// Measures a model on the comments of some files.
///
/// # Errors
/// A model without the label, files that cannot be read, or no comment with a context.
pub(super) fn measure(
    model: &Model,
    paths: &[PathBuf],
    input: &InputArgs,
    resampling: &Resampling,
) -> anyhow::Result<Mispairing> {
    let Some(label_idx) = model.relation_idx() else {
        bail!("the model has no label `{}` to measure", relation::LABEL);
    };
    let mut set = read(paths, input)?;
    // A comment names those it stands beside, which would give its own context away.
    set.rows.iter_mut().for_each(|row| row.parent_author = None);
    set.articles
        .iter_mut()
        .for_each(|article| article.commenters.clear());
    let groups = groups(&set)?;
    let rows: Vec<usize> = (0..set.rows.len()).collect();
    let donors = Donors::new(&set, &groups, &rows, resampling.seed);
    let nearest = model.space().map_or_else(Vec::new, |space| {
        space.nearest(&set.articles, model.tables())
    });
    let bar = Bar::new();
    let mut kinds = Vec::new();
    for (name, donor) in [
        ("random article", Some(Donor::Any)),
        ("same section", Some(Donor::SameSection)),
        ("nearest article", None),
    ] {
        bar.start(name, rows.len());
        let pair = |scorer: &mut crate::model::Scorer, row: usize| {
            bar.advance(1);
            let mut own = set.comment(row);
            let foreign = if let Some(donor) = donor {
                donors.mispair(row, donor)?
            } else {
                (own.parent, own.thread) = (None, None);
                let other = nearest.get(set.rows[row].article_idx?).copied().flatten()?;
                Comment {
                    article: Some(&set.articles[other]),
                    ..own
                }
            };
            let scores = [own, foreign].map(|comment| scorer.score(&comment).logits[label_idx]);
            Some(Pair {
                group: groups[row],
                n_words: own.text.split_whitespace().count(),
                scores: scores
                    .iter()
                    .all(|logit| !logit.is_nan())
                    .then_some(scores.map(sigmoid)),
            })
        };
        let pairs: Vec<Option<Pair>> = rows
            .par_iter()
            .map_init(|| model.scorer(), |scorer, &row| pair(scorer, row))
            .collect();
        let pairs: Vec<Pair> = pairs.into_iter().flatten().collect();
        if !pairs.is_empty() {
            kinds.push(skill(name, &pairs, resampling)?);
        }
    }
    if kinds.is_empty() {
        bail!("no comment has an article or a parent that others could be exchanged for");
    }
    Ok(Mispairing {
        model: model.version().into_owned(),
        kinds,
    })
}

fn skill(name: &str, pairs: &[Pair], resampling: &Resampling) -> anyhow::Result<PairingSkill> {
    let told: Vec<(&Pair, [f64; 2])> = pairs
        .iter()
        .filter_map(|pair| Some((pair, pair.scores?)))
        .collect();
    let (mut scores, mut shares, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for (pair, [own, foreign]) in &told {
        scores.extend([*own, *foreign]);
        shares.extend([0.0, 1.0]);
        groups.extend([pair.group; 2]);
    }
    if told.is_empty() {
        bail!(
            "{name}: nothing can be told of any of {} comments",
            pairs.len()
        );
    }
    let options = EvaluationOptions {
        at_precision: Vec::new(),
        at_recall: Vec::new(),
        resampling: *resampling,
    };
    let rows = LabelScores {
        label: relation::LABEL,
        scores: &scores,
        shares: &shares,
        groups: Some(&groups),
    };
    let report = evaluate_scores(&rows, OperatingPoint::default(), &options)?.report;
    let upper = LEAST_WORDS.iter().skip(1).copied().chain([usize::MAX]);
    let by_length = LEAST_WORDS.iter().zip(upper).map(|(&least, below)| {
        let inside = |pair: &&Pair| (least..below).contains(&pair.n_words);
        let of_length: Vec<[f64; 2]> = told
            .iter()
            .filter(|(pair, _)| inside(pair))
            .map(|(_, scores)| *scores)
            .collect();
        let n_all = pairs.iter().filter(inside).count();
        let scores: Vec<f64> = of_length.concat();
        let shares: Vec<f32> = [0.0, 1.0].repeat(of_length.len());
        let sample = Sample::new(&scores, &shares).ok();
        LengthSkill {
            least_words: least,
            n_comments: n_all,
            coverage: of_length.len() as f64 / n_all.max(1) as f64,
            roc_auc: sample.and_then(|sample| Ranking::new(&sample).roc_auc()),
        }
    });
    Ok(PairingSkill {
        context: name.to_owned(),
        n_comments: pairs.len(),
        coverage: told.len() as f64 / pairs.len() as f64,
        roc_auc: report.roc_auc,
        by_length: by_length.collect(),
    })
}

/// Comments with a context; those labelled off topic have none of their own.
fn read(paths: &[PathBuf], input: &InputArgs) -> anyhow::Result<TrainingSet> {
    let labels = LabelMap::parse(relation::LABEL, "")?;
    let articles = input.articles()?;
    let mut pick = Pick::default();
    for path in paths {
        let mut table: Table = input.open(path)?;
        let columns = labels.resolve_present(table.schema());
        let mut reader = input.reader(&table, &articles)?;
        loop {
            let batch = table.read_batch(BATCH)?;
            if batch.is_empty() {
                break;
            }
            // Bad rows are told by `evaluate` on labels and by `flag`; here they are left out.
            for row in batch.into_iter().flatten() {
                let Ok(comment) = reader.read(&row) else {
                    continue;
                };
                let share = columns[0].as_ref().map_or(Ok(None), |c| c.share(&row));
                let is_off_topic = share.is_ok_and(|share| share.is_some_and(|share| share >= 0.5));
                let has_context = comment.article.is_some() || comment.parent.is_some();
                if has_context && !is_off_topic {
                    pick.push(comment);
                }
            }
        }
    }
    let n_met = pick.n_met();
    let set = pick.into_set();
    if n_met > set.rows.len() as u64 {
        let [n, of] = [set.rows.len() as f64, n_met as f64].map(number::count);
        super::notices(&[format!(
            "measured on {n} of {of} comments, picked by a hash of article and text"
        )]);
    }
    Ok(set)
}
