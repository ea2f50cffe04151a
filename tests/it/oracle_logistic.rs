//! `SparseLogistic` against scikit-learn and liblinear (`tests/oracle/logistic.py`) and linfa-logistic.

use linfa::dataset::{Dataset, DatasetBase, Pr};
use linfa::traits::{Fit, Predict};
use linfa::{ParamGuard, prelude::Records};
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};
use ombuds::linear::dual::{self, DualOptions, Instance};
use ombuds::linear::sparse::{CsrMatrix, SparseRows};
use ombuds::linear::{FittedSparseLogistic, LogisticError, SparseLogistic};
use serde::Deserialize;

/// Of each coefficient, relative to the largest. The matrix is kept in f32, 6e-8 relative.
const TOLERANCE: f64 = 1e-6;

#[derive(Deserialize)]
struct Oracle {
    problems: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    name: String,
    columns: usize,
    #[serde(rename = "C")]
    cost: f64,
    #[serde(rename = "X")]
    x: Vec<Vec<(u32, f32)>>,
    y: Vec<i8>,
    sample_weight: Vec<f32>,
    free: Optimum,
    penalised: Optimum,
}

#[derive(Deserialize)]
struct Optimum {
    coef: Vec<f64>,
    intercept: f64,
}

fn problems() -> Vec<Problem> {
    let text = include_str!("../oracle/logistic.json");
    serde_json::from_str::<Oracle>(text)
        .expect("the oracle is valid JSON")
        .problems
}

impl Problem {
    fn matrix(&self) -> CsrMatrix {
        let mut matrix = CsrMatrix::new(self.columns);
        self.x
            .iter()
            .for_each(|row| matrix.push_row(row.iter().copied()));
        matrix
    }

    fn dataset(&self) -> DatasetBase<CsrMatrix, Array1<bool>> {
        let targets = self.y.iter().map(|&y| y == 1).collect();
        let weights = self.sample_weight.iter().copied().collect();
        DatasetBase::new(self.matrix(), targets).with_weights(weights)
    }

    fn instances(&self, offset: f64) -> Vec<Instance> {
        let rows = self.y.iter().zip(&self.sample_weight).enumerate();
        let instance = |(row, (&y, &weight)): (usize, (&i8, &f32))| Instance {
            row: row as u32,
            positive: y == 1,
            cost: f64::from(weight) * self.cost,
            offset,
        };
        rows.map(instance)
            .filter(|instance| instance.cost > 0.0)
            .collect()
    }

    fn fit(&self) -> FittedSparseLogistic {
        exact()
            .alpha(1.0 / self.cost)
            .check()
            .unwrap()
            .fit(&self.dataset())
            .unwrap()
    }
}

/// Down to what doubles can tell apart.
fn exact() -> SparseLogistic {
    SparseLogistic::params().tol(1e-8).max_iter(1_000_000)
}

fn options() -> DualOptions {
    DualOptions {
        tol: 1e-8,
        max_iter: 1_000_000,
        ..DualOptions::default()
    }
}

/// Largest difference, relative to the largest coefficient.
fn apart(coef: &[f64], intercept: f64, expected: &Optimum) -> f64 {
    let pairs = coef
        .iter()
        .chain([&intercept])
        .zip(expected.coef.iter().chain([&expected.intercept]));
    let scale = expected
        .coef
        .iter()
        .fold(expected.intercept.abs(), |most, w| most.max(w.abs()));
    pairs
        .map(|(found, expected)| (found - expected).abs() / scale)
        .fold(0.0, f64::max)
}

#[test]
fn optimum_is_that_of_scikit_learn_and_liblinear() {
    for problem in problems() {
        let fitted = problem.fit();
        assert!(
            fitted.converged(),
            "{} after {} passes",
            problem.name,
            fitted.n_iter()
        );
        let apart = apart(fitted.coef(), fitted.intercept(), &problem.penalised);
        assert!(apart < TOLERANCE, "{}: {apart:e}", problem.name);
    }
}

#[test]
fn default_tolerance_is_near_the_optimum_in_few_passes() {
    // Coordinates of very different length are the known weakness of coordinate descent.
    let is_usual = |problem: &&Problem| problem.cost <= 4.0 && problem.name != "uneven-scales";
    for problem in problems().iter().filter(is_usual) {
        let params = SparseLogistic::params().alpha(1.0 / problem.cost);
        let fitted = params.check().unwrap().fit(&problem.dataset()).unwrap();
        let apart = apart(fitted.coef(), fitted.intercept(), &problem.penalised);
        assert!(
            fitted.converged() && fitted.n_iter() < 50,
            "{}: {}",
            problem.name,
            fitted.n_iter()
        );
        assert!(apart < 0.1, "{}: {apart:e}", problem.name);
    }
}

/// The free intercept by proximal steps: a penalised one around the last, which the offset holds.
#[test]
fn offsets_lead_to_the_free_intercept() {
    for problem in problems() {
        let (matrix, prior) = (problem.matrix(), vec![1.0; problem.columns]);
        let mut intercept = 0.0;
        let mut coef = Vec::new();
        for _ in 0..400 {
            let solution = dual::solve(&matrix, &prior, &problem.instances(intercept), &options());
            assert!(solution.converged, "{}", problem.name);
            coef = matrix.coef(&solution.weights);
            intercept += solution.intercept;
            if solution.intercept.abs() < 1e-9 {
                break;
            }
        }
        let apart = apart(&coef, intercept, &problem.free);
        assert!(apart < 10.0 * TOLERANCE, "{}: {apart:e}", problem.name);
    }
}

#[test]
fn duplicate_row_is_weight_two() {
    let problem = problems()
        .into_iter()
        .find(|problem| problem.name == "sparse")
        .unwrap();
    let instances = problem.instances(0.0);
    let twice: Vec<Instance> = instances.iter().flat_map(|&i| [i, i]).collect();
    let double: Vec<Instance> = instances
        .iter()
        .map(|&i| Instance {
            cost: 2.0 * i.cost,
            ..i
        })
        .collect();
    let (matrix, prior) = (problem.matrix(), vec![1.0; problem.columns]);
    let coef = |instances: &[Instance]| {
        let solution = dual::solve(&matrix, &prior, instances, &options());
        (matrix.coef(&solution.weights), solution.intercept)
    };
    let ((twice, intercept), (double, double_intercept)) = (coef(&twice), coef(&double));
    let expected = Optimum {
        coef: double,
        intercept: double_intercept,
    };
    assert!(apart(&twice, intercept, &expected) < TOLERANCE);
}

#[test]
fn order_of_rows_is_irrelevant() {
    let problem = problems()
        .into_iter()
        .find(|problem| problem.name == "sparse")
        .unwrap();
    let mut instances = problem.instances(0.0);
    instances.reverse();
    let (matrix, prior) = (problem.matrix(), vec![1.0; problem.columns]);
    let solution = dual::solve(&matrix, &prior, &instances, &options());
    let apart = apart(
        &matrix.coef(&solution.weights),
        solution.intercept,
        &problem.penalised,
    );
    assert!(apart < TOLERANCE, "{apart:e}");
}

/// Dense problems of the oracle as linfa-logistic takes them: it knows no weights.
fn dense() -> impl Iterator<Item = (Problem, Array2<f64>)> {
    problems()
        .into_iter()
        .filter(|problem| problem.sample_weight.iter().all(|&s| s == 1.0))
        .map(|problem| {
            let mut x = Array2::zeros((problem.x.len(), problem.columns));
            for (row, cells) in problem.x.iter().enumerate() {
                for &(column, value) in cells {
                    x[[row, column as usize]] = f64::from(value);
                }
            }
            (problem, x)
        })
}

/// linfa-logistic's answer with the sign of its positive class made ours (linfa #393).
fn linfa(problem: &Problem, x: Array2<f64>, with_intercept: bool) -> Optimum {
    let y: Array1<bool> = problem.y.iter().map(|&y| y == 1).collect();
    let fitted = LogisticRegression::default()
        .alpha(1.0 / problem.cost)
        .with_intercept(with_intercept)
        .max_iterations(100_000)
        .gradient_tolerance(1e-9)
        .fit(&Dataset::new(x, y))
        .unwrap_or_else(|error| panic!("{}: {error}", problem.name));
    let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
    let coef = fitted.params().iter().map(|w| w * sign).collect();
    Optimum {
        coef,
        intercept: fitted.intercept() * sign,
    }
}

#[test]
fn agrees_with_linfa_logistic_without_an_intercept() {
    let mut n_compared = 0;
    for (problem, x) in dense() {
        let expected = linfa(&problem, x, false);
        let params = exact().alpha(1.0 / problem.cost).intercept_scale(0.0);
        let fitted = params.check().unwrap().fit(&problem.dataset()).unwrap();
        let apart = apart(fitted.coef(), fitted.intercept(), &expected);
        assert!(apart < 1e-5, "{}: {apart:e}", problem.name);
        n_compared += 1;
    }
    assert!(n_compared >= 5);
}

/// linfa leaves the intercept free; a large scale nearly does: what is left of the penalty is 1/scale².
#[test]
fn agrees_with_linfa_logistic_with_an_intercept() {
    for (problem, x) in dense().filter(|(problem, _)| problem.cost <= 4.0) {
        let expected = linfa(&problem, x, true);
        let params = exact()
            .tol(1e-6)
            .alpha(1.0 / problem.cost)
            .intercept_scale(100.0);
        let fitted = params.check().unwrap().fit(&problem.dataset()).unwrap();
        let apart = apart(fitted.coef(), fitted.intercept(), &expected);
        assert!(
            fitted.converged() && apart < 1e-3,
            "{}: {apart:e}",
            problem.name
        );
    }
}

#[test]
fn predicts_as_a_linfa_citizen() {
    let problem = problems()
        .into_iter()
        .find(|problem| problem.name == "dense")
        .unwrap();
    let dataset = problem.dataset();
    assert_eq!(
        (dataset.records.nsamples(), dataset.records.nfeatures()),
        (60, 8)
    );
    let fitted = problem.fit();
    let probabilities: Array1<Pr> = fitted.predict(&dataset);
    let classes: Array1<bool> = fitted.predict(&dataset);
    let logits = fitted.logits(&dataset.records);
    for ((&probability, &class), &logit) in probabilities.iter().zip(&classes).zip(&logits) {
        assert!((f64::from(*probability) - 1.0 / (1.0 + (-logit).exp())).abs() < 1e-6);
        assert_eq!(class, logit >= 0.0);
    }
    // As many as scikit-learn's coefficients get right.
    let n_right = classes
        .iter()
        .zip(&dataset.targets)
        .filter(|(a, b)| a == b)
        .count();
    assert_eq!(n_right, 37);
}

#[test]
fn settings_and_targets_are_checked() {
    let refused =
        |params: SparseLogistic| matches!(params.check(), Err(LogisticError::Setting { .. }));
    assert!(refused(exact().alpha(0.0)) && refused(exact().alpha(f64::NAN)));
    assert!(refused(exact().tol(-1.0)) && refused(exact().intercept_scale(f64::INFINITY)));
    let problem = problems().into_iter().next().unwrap();
    let params = exact().check().unwrap();
    let one_class = DatasetBase::new(problem.matrix(), Array1::from_elem(60, true));
    assert!(matches!(
        params.fit(&one_class),
        Err(LogisticError::OneClass { n_rows: 60 })
    ));
    let short = DatasetBase::new(problem.matrix(), Array1::from_elem(59, true));
    let error = params.fit(&short).unwrap_err();
    assert!(
        matches!(
            error,
            LogisticError::Shape {
                n_rows: 60,
                n_targets: 59
            }
        ),
        "{error}"
    );
}
