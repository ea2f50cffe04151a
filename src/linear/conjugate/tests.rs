use super::*;
use crate::linear::dual::{self, DualOptions, Instance};
use crate::linear::presence::PresenceMatrix;
use crate::linear::presence::tests::{dense, pattern, views};
use crate::linear::sparse::{CsrMatrix, SparseRows as _};

const TIGHT: ConjugateOptions = ConjugateOptions {
    tol: 1e-9,
    max_iter: 500,
};

/// Some texts, as columns and as dense rows of weights over idf.
fn rows(n: usize) -> (Columns, CsrMatrix) {
    let texts: Vec<String> = (0..n)
        .map(|i| {
            format!(
                "{} {} ab{}",
                ["ab", "ba", "aab", "b"][i % 4],
                "bab ".repeat(i % 3),
                "a".repeat(i % 5)
            )
        })
        .collect();
    let views = views(&texts);
    let pattern = pattern(&views);
    let idf: Vec<f32> = (0..pattern.n_columns())
        .map(|j| 1.0 + 0.3 * j as f32)
        .collect();
    let matrix = PresenceMatrix::new(&pattern, &idf).unwrap();
    let mut csr = CsrMatrix::new(idf.len());
    for view in &views {
        let values = dense(view, &idf, true)[0];
        csr.push_row(
            (0..)
                .zip(values)
                .map(|(column, value)| (column, value as f32)),
        );
    }
    let columns = Columns::new(&matrix, &(0..n).collect::<Vec<_>>());
    (columns.unwrap(), csr)
}

fn problems(n: usize) -> Vec<Problem> {
    let share = |i: usize| [0.0, 1.0, 0.75][(i * 7 / 3) % 3];
    let problem = |(fold, alpha, offset)| Problem {
        classes: (0..n)
            .map(|i| {
                if i % 3 == fold {
                    [0.0; 2]
                } else {
                    [1.0 - share(i), share(i)]
                }
            })
            .collect(),
        offsets: (0..n).map(|i| offset * (i % 2) as f32).collect(),
        alpha,
    };
    [(0, 1.0, 0.0), (1, 0.3, 0.5), (9, 2.0, 0.0)]
        .map(problem)
        .into()
}

/// The minimum is that of another method on plain rows.
#[test]
fn objective_is_that_of_dual_coordinate_descent() {
    let (columns, csr) = rows(60);
    let problems = problems(60);
    for (problem, found) in problems
        .iter()
        .zip(solve(&columns, &problems, &TIGHT).unwrap())
    {
        let total = |class: usize| problem.classes.iter().map(|it| f64::from(it[class])).sum();
        let totals: [f64; 2] = [total(0), total(1)];
        let count = |class: usize| {
            let weights: Vec<Lane<1>> = problem.classes.iter().map(|it| [it[class]]).collect();
            let counts = columns.transpose_dot(&weights, Power::Count).unwrap();
            columns.by_bucket(|column| counts[column][0])
        };
        let counts = [count(0), count(1)];
        let prior =
            |j: usize| variance([0, 1].map(|class| f64::from(counts[class][j])), totals) as f32;
        let prior: Vec<f32> = (0..csr.n_columns()).map(prior).collect();
        let instances: Vec<Instance> = (problem.classes.iter().zip(0..))
            .flat_map(|(classes, row)| [0, 1].map(|class| (row, class, classes[class])))
            .filter(|(_, _, weight)| *weight > 0.0)
            .map(|(row, class, weight)| Instance {
                row,
                positive: class == 1,
                cost: f64::from(weight) / problem.alpha,
                offset: f64::from(problem.offsets[row as usize]),
            })
            .collect();
        let options = DualOptions {
            tol: 1e-7,
            max_iter: 100_000,
            ..DualOptions::default()
        };
        let dual = dual::solve(&csr, &prior, &instances, &options);
        assert!(dual.converged && found.converged);
        assert!(
            (dual.intercept - found.intercept).abs() < 1e-3,
            "{} {}",
            dual.intercept,
            found.intercept
        );
        for (row, margin) in found.margins.iter().enumerate() {
            let expected =
                csr.dot(row, &dual.weights) + dual.intercept + f64::from(problem.offsets[row]);
            assert!((margin - expected).abs() < 1e-3, "{margin} {expected}");
        }
    }
}

#[test]
fn problems_side_by_side_are_solved_as_alone() {
    let (columns, _) = rows(40);
    let three = problems(40);
    let nine: Vec<Problem> = (0..9).map(|i| three[i % 3].clone()).collect();
    let together = solve(&columns, &nine, &TIGHT).unwrap();
    assert_eq!(together.len(), 9);
    for (i, found) in together.iter().enumerate() {
        let alone = &solve(&columns, &three[i % 3..=i % 3], &TIGHT).unwrap()[0];
        assert_eq!(
            (&found.weights, found.n_iter),
            (&alone.weights, alone.n_iter)
        );
        assert_eq!(found.margins, alone.margins);
    }
}

#[test]
fn number_of_threads_changes_no_bit() {
    // Several shards, and several chunks of rows.
    const N: usize = 9_000;
    let (columns, _) = rows(N);
    let with = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build();
        pool.unwrap()
            .install(|| solve(&columns, &problems(N), &ConjugateOptions::default()).unwrap())
    };
    for (one, three) in with(1).iter().zip(with(3)) {
        assert_eq!(
            (&one.weights, &one.margins),
            (&three.weights, &three.margins)
        );
    }
}

#[test]
fn rows_without_words_and_without_weight_leave_the_intercept() {
    let (columns, _) = rows(0);
    let none = solve(&columns, &problems(0), &TIGHT).unwrap();
    assert!(
        none.iter()
            .all(|solution| solution.converged && solution.margins.is_empty())
    );
    let (columns, _) = rows(20);
    let idle = Problem {
        classes: vec![[0.0; 2]; 20],
        offsets: Vec::new(),
        alpha: 1.0,
    };
    let idle = &solve(&columns, &[idle], &TIGHT).unwrap()[0];
    assert!(idle.converged && idle.weights.iter().all(|&weight| weight == 0.0));
    assert!(idle.intercept.abs() < 1e-3);
}
