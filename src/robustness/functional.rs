//! Functional tests: does the model get this kind of comment right?
//!
//! A function is one thing that a moderator tells apart (a negated insult, a quoted one); all its cases
//! have the same answer for one label. The share of right answers is its pass rate, at the threshold in use.
//! Functions whose name begins with `hidden_` stand apart: there a word is hidden, and what is tested is
//! the text stage as much as the weights.
//!
//! # References
//! - Röttger et al. (2021), HateCheck: Functional Tests for Hate Speech Detection Models. The idea; none of
//!   its cases.
//! - Ribeiro et al. (2020), Beyond Accuracy: Behavioral Testing of NLP Models with CheckList.

use std::io::Read;

use serde::{Deserialize, Serialize};

use super::{Error, Judge, Share, View, roc_auc};
use crate::linear::loss::sigmoid;

/// Functions named so test hidden words.
const HIDDEN: &str = "hidden_";

/// One comment with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Case {
    /// Function and number.
    pub id: String,
    /// What is tested.
    pub function: String,
    /// The comment.
    pub text: String,
    /// 1 if the label's flag should be set, else 0.
    pub expected: u8,
    /// The label that is asked.
    pub label: String,
    /// Why the answer is that.
    pub why: String,
}

/// Functional tests of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FunctionalReport {
    /// Areas by label, over all cases, and without and with hidden words apart.
    pub labels: Vec<LabelAreas>,
    /// In the order of the files.
    pub functions: Vec<FunctionResult>,
    /// Labels that the model does not have.
    pub absent: Vec<AbsentLabel>,
}

/// How well the cases of one label are ranked, whatever the threshold.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LabelAreas {
    /// The label.
    pub label: String,
    /// Its flag.
    pub threshold: f64,
    /// Cases.
    pub n: usize,
    /// Area under the ROC curve of all cases.
    pub roc_auc: Option<f64>,
    /// Of those where nothing is hidden.
    pub roc_auc_plain: Option<f64>,
    /// Of the others.
    pub roc_auc_hidden: Option<f64>,
    /// Right answers among all cases that expect 1.
    pub positives: Share,
    /// Right answers among all cases that expect 0.
    pub negatives: Share,
}

/// How one function went.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FunctionResult {
    /// Its name.
    pub function: String,
    /// The label asked.
    pub label: String,
    /// The right answer.
    pub expected: u8,
    /// Right answers.
    pub passed: Share,
    /// Whether a word is hidden.
    pub hidden: bool,
    /// Cases judged wrongly.
    pub failures: Vec<Failure>,
}

/// A case judged wrongly.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Failure {
    /// Its identifier.
    pub id: String,
    /// The model's probability.
    pub score: f64,
}

/// Cases nobody could answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AbsentLabel {
    /// The label.
    pub label: String,
    /// Its cases.
    pub n: usize,
}

/// Reads cases: CSV with the columns `id,function,text,expected,label,why`.
pub fn read_cases(file: impl Read) -> Result<Vec<Case>, Error> {
    let mut reader = csv::Reader::from_reader(file);
    let cases: Vec<Case> = reader.deserialize().collect::<Result<_, _>>()?;
    match cases.iter().find(|case| case.expected > 1) {
        Some(case) => Err(Error::Expected {
            row: case.id.clone(),
            expected: case.expected,
        }),
        None => Ok(cases),
    }
}

/// Puts the cases to the judges of their labels; `judge` has none for a label the model does not know.
pub fn measure<'m>(cases: &[Case], judge: impl Fn(&str) -> Option<Judge<'m>>) -> FunctionalReport {
    let mut report = FunctionalReport::default();
    for label in distinct(cases.iter().map(|case| case.label.as_str())) {
        let of_label: Vec<&Case> = cases.iter().filter(|case| case.label == label).collect();
        match judge(label) {
            Some(judge) => measure_label(label, &of_label, &judge, &mut report),
            None => report.absent.push(AbsentLabel {
                label: label.to_owned(),
                n: of_label.len(),
            }),
        }
    }
    report
}

fn measure_label(label: &str, cases: &[&Case], judge: &Judge, report: &mut FunctionalReport) {
    let texts: Vec<&str> = cases.iter().map(|case| case.text.as_str()).collect();
    let logits = judge.logits(&texts, View::Recovered);
    let judged: Vec<Judged> = cases
        .iter()
        .zip(&logits)
        .map(|(case, &logit)| Judged {
            case,
            logit,
            passed: judge.is_flagged(logit) == (case.expected == 1),
        })
        .collect();
    report.labels.push(LabelAreas {
        label: label.to_owned(),
        threshold: judge.threshold(),
        n: cases.len(),
        roc_auc: area(&judged, |_| true),
        roc_auc_plain: area(&judged, |case| !case.is_hidden()),
        roc_auc_hidden: area(&judged, Case::is_hidden),
        positives: passed(&judged, |case| case.expected == 1),
        negatives: passed(&judged, |case| case.expected == 0),
    });
    for function in distinct(cases.iter().map(|case| case.function.as_str())) {
        let of_function = |judged: &&Judged| judged.case.function == function;
        let failures = judged.iter().filter(of_function).filter(|it| !it.passed);
        let Some(first) = judged.iter().find(of_function) else {
            continue;
        };
        report.functions.push(FunctionResult {
            function: function.to_owned(),
            label: label.to_owned(),
            expected: first.case.expected,
            passed: passed(&judged, |case| case.function == function),
            hidden: first.case.is_hidden(),
            failures: failures.map(Judged::failure).collect(),
        });
    }
}

impl Case {
    fn is_hidden(&self) -> bool {
        self.function.starts_with(HIDDEN)
    }
}

struct Judged<'a> {
    case: &'a Case,
    logit: f64,
    passed: bool,
}

impl Judged<'_> {
    fn failure(&self) -> Failure {
        Failure {
            id: self.case.id.clone(),
            score: sigmoid(self.logit),
        }
    }
}

fn area(judged: &[Judged], is_wanted: impl Fn(&Case) -> bool) -> Option<f64> {
    let wanted = judged.iter().filter(|it| is_wanted(it.case));
    let (logits, answers): (Vec<f64>, Vec<bool>) =
        wanted.map(|it| (it.logit, it.case.expected == 1)).unzip();
    roc_auc(&logits, &answers)
}

fn passed(judged: &[Judged], is_wanted: impl Fn(&Case) -> bool) -> Share {
    let wanted = judged.iter().filter(|it| is_wanted(it.case));
    Share::of(wanted.map(|it| it.passed))
}

/// Each once, in the order they first occur.
pub(super) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for name in names {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: &str = "id,function,text,expected,label,why
noun-01,noun,you idiot,1,insult,noun
noun-02,noun,you cabbage,1,insult,noun
negated-01,negated,no idiot at all,0,insult,denied
hidden_leet-01,hidden_leet,1d10t,1,insult,leet
threat-01,threat,\"I'll, well\",1,threat,open
";

    /// Flags `idiot`, and grades the rest by length.
    fn judge(label: &str) -> Option<Judge<'static>> {
        let logit = |text: &&str| {
            if text.contains("idiot") {
                2.0
            } else {
                -(text.len() as f64)
            }
        };
        let judge = Judge::new(0.5, move |texts, _| texts.iter().map(logit).collect());
        (label == "insult").then_some(judge)
    }

    #[test]
    fn passes_are_counted_by_function_and_areas_over_all() {
        let report = measure(&read_cases(CASES.as_bytes()).unwrap(), judge);
        let passed: Vec<(&str, usize, usize)> = report
            .functions
            .iter()
            .map(|it| (it.function.as_str(), it.passed.n, it.passed.of))
            .collect();
        assert_eq!(
            passed,
            [("noun", 1, 2), ("negated", 0, 1), ("hidden_leet", 0, 1)]
        );
        assert_eq!(report.functions[0].failures[0].id, "noun-02");
        // Positives 2, -11, -5 against the one negative 2: a tie and two below.
        let areas = &report.labels[0];
        assert_eq!(areas.roc_auc, Some(0.5 / 3.0));
        assert_eq!(areas.roc_auc_plain, Some(0.25));
        assert_eq!(areas.roc_auc_hidden, None, "one answer only");
        assert_eq!((areas.positives.n, areas.positives.of), (1, 3));
        assert_eq!(
            report.absent,
            [AbsentLabel {
                label: "threat".to_owned(),
                n: 1
            }]
        );
    }

    #[test]
    fn other_answers_and_columns_are_refused() {
        let wrong = "id,function,text,expected,label,why\na-01,a,x,2,insult,y\n";
        let error = read_cases(wrong.as_bytes()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`a-01`: expected is 2; it must be 0 or 1"
        );
        assert!(read_cases("id,text\na,b\n".as_bytes()).is_err());
    }
}
