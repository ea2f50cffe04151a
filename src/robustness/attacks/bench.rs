//! What the attacks cost a model: insults that slip through, civil comments that are stopped.
//!
//! Thresholds are the model's own and fixed before. Insults are those that are flagged as they stand;
//! a text of which no word could be hit is left out of a row.

use rayon::prelude::*;
use serde::Serialize;

use super::{Attacked, Attacker, Kind, Strength};
use crate::robustness::{Judge, Share, View};
use crate::text::{TextTables, TextView};

/// All attacks on some comments.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AttackReport {
    /// Insults flagged as they stand, of all insults: the recall that can be lost.
    pub recall: Share,
    /// The same where the model reads them without the words recovered from hiding.
    pub recall_without_recovery: Share,
    /// Civil comments flagged as they stand, of all civil ones.
    pub false_alarms: Share,
    /// By attack and strength.
    pub rows: Vec<AttackRow>,
}

/// One attack at one strength.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AttackRow {
    /// Its kind.
    pub attack: &'static str,
    /// Its strength.
    pub strength: &'static str,
    /// Texts of which a word was hit, insults and civil.
    pub n_texts_hit: usize,
    /// Hidden words that the text stage reads as they were.
    pub words_read: Share,
    /// With the recovered words, as the model scores.
    pub with_recovery: Effect,
    /// Without them. Unattacked, the comments are those flagged with them.
    pub without_recovery: Effect,
}

/// What an attack does to a model's flags.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Effect {
    /// Insults still flagged, of those that were hit.
    pub kept: Share,
    /// Recall lost: the recall as they stand times the share that slips through.
    pub recall_lost: Option<f64>,
    /// The same with the threshold raised until precision is what it was, among civil comments that hide nothing:
    /// of fewer insults found, as many false alarms are more.
    pub recall_lost_at_precision: Option<f64>,
    /// Median change of the logit of the insults hit.
    pub median_logit_change: Option<f64>,
    /// Civil comments flagged that were not, of all civil ones hit.
    pub newly_flagged: Share,
}

/// Comments that are attacked.
struct Targets<'a> {
    texts: Vec<&'a str>,
    logits: Vec<f64>,
}

/// Attacks insults and civil comments.
///
/// # Complexity  O(bytes) times 45 attacks, scored twice each
pub fn measure(
    insults: &[&str],
    civil: &[&str],
    judge: &Judge,
    mut progress: impl FnMut(),
) -> AttackReport {
    let all = Targets::new(insults, judge);
    let recall = all.flagged(judge);
    let literal = judge.logits(insults, View::Literal);
    let recall_without_recovery = Share::of(literal.iter().map(|&logit| judge.is_flagged(logit)));
    let insults = all.only(|logit| judge.is_flagged(logit));
    let civil = Targets::new(civil, judge);
    let attacker = Attacker::default();
    let tables = TextTables::shipped();
    let mut rows = Vec::new();
    for kind in Kind::ALL {
        for strength in Strength::ALL {
            let [hidden, in_civil] =
                [&insults, &civil].map(|targets| targets.attack(&attacker, kind, strength));
            let effect = |view| {
                let mut effect = effect(&insults, &hidden, &civil, &in_civil, judge, view);
                let lost = effect.kept.value.map(|kept| 1.0 - kept);
                let of_all = |lost: Option<f64>| Some(lost? * recall.value?);
                effect.recall_lost = of_all(lost);
                effect.recall_lost_at_precision = of_all(effect.recall_lost_at_precision);
                effect
            };
            let both = || hidden.iter().chain(&in_civil);
            rows.push(AttackRow {
                attack: kind.as_str(),
                strength: strength.as_str(),
                n_texts_hit: both().filter(|it| !it.hits.is_empty()).count(),
                words_read: words_read(both(), &tables),
                with_recovery: effect(View::Recovered),
                without_recovery: effect(View::Literal),
            });
            progress();
        }
    }
    AttackReport {
        recall,
        recall_without_recovery,
        false_alarms: civil.flagged(judge),
        rows,
    }
}

impl<'a> Targets<'a> {
    fn new(texts: &[&'a str], judge: &Judge) -> Self {
        Self {
            texts: texts.to_owned(),
            logits: judge.logits(texts, View::Recovered),
        }
    }

    fn flagged(&self, judge: &Judge) -> Share {
        Share::of(self.logits.iter().map(|&logit| judge.is_flagged(logit)))
    }

    fn only(self, is_wanted: impl Fn(f64) -> bool) -> Self {
        let rows = self.texts.into_iter().zip(self.logits);
        let (texts, logits) = rows.filter(|(_, logit)| is_wanted(*logit)).unzip();
        Self { texts, logits }
    }

    fn attack(&self, attacker: &Attacker, kind: Kind, strength: Strength) -> Vec<Attacked> {
        let texts = self.texts.par_iter();
        texts
            .map(|text| attacker.attack(text, kind, strength))
            .collect()
    }
}

fn effect(
    insults: &Targets,
    hidden: &[Attacked],
    civil: &Targets,
    in_civil: &[Attacked],
    judge: &Judge,
    view: View,
) -> Effect {
    let insults = changes(insults, hidden, judge, view);
    let after = insults.iter().map(|&(_, after)| after).collect();
    let lost_at_precision = lost_at_precision(after, &civil.logits, judge);
    let civil = changes(civil, in_civil, judge, view);
    let new = civil
        .iter()
        .map(|&(before, after)| judge.is_flagged(after) && !judge.is_flagged(before));
    Effect {
        kept: Share::of(insults.iter().map(|(_, after)| judge.is_flagged(*after))),
        recall_lost: None,
        recall_lost_at_precision: lost_at_precision,
        median_logit_change: median(
            insults
                .iter()
                .map(|(before, after)| after - before)
                .collect(),
        ),
        newly_flagged: Share::of(new),
    }
}

/// Share of the insults hit, all flagged before, that a threshold of the same precision loses. If `k` of `n` are left and `f`
/// false alarms of `f_0`, precision has not fallen where `k / f >= n / f_0`.
///
/// # Complexity  O(n log n)
fn lost_at_precision(mut after: Vec<f64>, civil: &[f64], judge: &Judge) -> Option<f64> {
    let n = after.len();
    after.retain(|&logit| judge.is_flagged(logit));
    after.sort_by(|a, b| b.total_cmp(a));
    let mut alarms: Vec<f64> = civil.to_vec();
    alarms.retain(|&logit| judge.is_flagged(logit));
    alarms.sort_by(|a, b| b.total_cmp(a));
    let holds = |&n_kept: &usize| {
        let threshold = after[n_kept - 1];
        let n_alarms = alarms.partition_point(|&logit| logit >= threshold);
        n_kept * alarms.len() >= n * n_alarms
    };
    let n_kept = (1..=after.len()).rev().find(holds).unwrap_or(0);
    (n > 0).then(|| 1.0 - n_kept as f64 / n as f64)
}

/// Logits before and after, of the texts that were hit.
fn changes(targets: &Targets, attacked: &[Attacked], judge: &Judge, view: View) -> Vec<(f64, f64)> {
    let rows = targets.logits.iter().zip(attacked);
    let (before, texts): (Vec<f64>, Vec<&str>) = rows
        .filter(|(_, attacked)| !attacked.hits.is_empty())
        .map(|(before, attacked)| (before, attacked.text.as_str()))
        .unzip();
    before.into_iter().zip(judge.logits(&texts, view)).collect()
}

fn words_read<'a>(attacked: impl Iterator<Item = &'a Attacked>, tables: &TextTables) -> Share {
    let mut view = TextView::default();
    let mut is_read = |word: &str, writing: &str| {
        view.parse(writing, tables);
        let mut plain = view.tokens.iter().map(|token| token.text(&view.normalized));
        plain.any(|it| it == word) || view.recovered.iter().any(|it| *it.word == *word)
    };
    let hits = attacked.flat_map(|it| &it.hits);
    Share::of(hits.map(|hit| is_read(&hit.word, &hit.writing)))
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some(lower.midpoint(*upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Knows `idiot`; recovered words only where it is asked to.
    fn judge() -> Judge<'static> {
        let tables = TextTables::shipped();
        Judge::new(0.5, move |texts, view| {
            let mut parsed = TextView::default();
            let logit = |text: &&str| {
                parsed.parse(text, &tables);
                let plain = parsed.normalized.contains("idiot");
                let found = parsed.recovered.iter().any(|it| &*it.word == "idiot");
                if plain || found && view == View::Recovered {
                    1.0
                } else {
                    -1.0
                }
            };
            texts.iter().map(logit).collect()
        })
    }

    #[test]
    fn recovery_keeps_what_the_literal_view_loses() {
        let insults = ["You idiot.", "An idiot like him!", "You cabbage.", "idiot"];
        let civil = ["Thank you for the article.", "12 + 3"];
        let mut n_steps = 0;
        let report = measure(&insults, &civil, &judge(), || n_steps += 1);
        assert_eq!((report.recall.n, report.recall.of), (3, 4));
        assert_eq!(report.recall_without_recovery.n, 3);
        assert_eq!((report.rows.len(), n_steps), (45, 45));
        let row = |attack: &str, strength: &str| {
            let is_it = |row: &&AttackRow| row.attack == attack && row.strength == strength;
            report.rows.iter().find(is_it).unwrap()
        };
        let leet = row("leet", "medium");
        assert_eq!(
            (leet.with_recovery.kept.n, leet.with_recovery.kept.of),
            (3, 3)
        );
        assert_eq!(leet.without_recovery.kept.n, 0);
        assert_eq!(leet.without_recovery.recall_lost, Some(0.75));
        assert_eq!(leet.without_recovery.median_logit_change, Some(-2.0));
        assert_eq!(leet.with_recovery.newly_flagged.n, 0);
        assert_eq!(leet.n_texts_hit, 4, "nothing to hit in `12 + 3`");
        // Invisible characters are removed before any view.
        assert_eq!(row("zero_width", "medium").without_recovery.kept.n, 3);
        let dropped = row("dropped_vowel", "medium");
        assert_eq!(dropped.with_recovery.kept.n, 3);
        assert_eq!(dropped.without_recovery.kept.n, 0);
    }

    #[test]
    fn fewer_insults_need_fewer_false_alarms_for_the_same_precision() {
        // Flagged from 0 on. Of four insults one slips through; of the four false alarms one more than it may be stands
        // above the lowest of the other three.
        let lost =
            |after: &[f64], civil: &[f64]| lost_at_precision(after.to_vec(), civil, &judge());
        let civil = [0.1, 0.2, 0.3, 2.0, -1.0];
        assert_eq!(lost(&[3.0, 1.0, 0.15, -1.0], &civil), Some(0.25));
        assert_eq!(lost(&[3.0, 1.0, 0.05, -1.0], &civil), Some(0.5));
        assert_eq!(lost(&[3.0, 1.0, 0.05, 0.01], &civil), Some(0.0));
        assert_eq!(lost(&[1.0, -1.0], &[]), Some(0.5));
        assert_eq!(lost(&[-1.0], &civil), Some(1.0));
        assert_eq!(lost(&[], &civil), None);
    }

    #[test]
    fn medians_by_hand() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }
}
