//! The distributed objective against the one of the library, on real comments.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use ombuds::data::{ColumnOptions, InputOptions, Table};
use ombuds::linear::dual::{DualOptions, Instance, solve};
use ombuds::linear::loss::logistic_loss;
use ombuds::linear::presence::{Pattern, PresenceMatrix, Seen};
use ombuds::linear::prior::class_count_prior;
use ombuds::linear::sparse::SparseRows as _;
use ombuds::metrics::{Ranking, Sample};
use ombuds::phrases::PhraseSet;
use ombuds::text::{TextTables, TextView};

use super::newton::NewtonOptions;
use super::*;
use crate::engine::Engine;
use crate::functions::Functions;
use crate::kernel::Kernel;

const BITS: u32 = 14;
const ALPHA: f64 = 0.5;

fn newsroom() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../data/newsroom/comments.csv"
    ))
}

/// Texts and labels of the newsroom's comments, as the library reads them.
fn rows() -> Vec<(String, bool)> {
    let table = Table::open(newsroom(), &InputOptions::default()).unwrap();
    let columns = ColumnOptions::default().resolve(table.schema()).unwrap();
    let label = table.schema().column("insult").unwrap();
    let row = |row: ombuds::data::RowResult| {
        let row = row.unwrap();
        let text = row.get(&columns.text).unwrap().into_owned();
        (text, row.get(&label).unwrap() == "1")
    };
    table.map(|it| row(it.unwrap())).collect()
}

async fn session(n_partitions: usize) -> SessionContext {
    let model = Model::embedded();
    let rules = ombuds::moderate::HouseRules::new(&model, &[], PhraseSet::default()).unwrap();
    let kernel = Arc::new(Kernel::new(Arc::new(model), Arc::new(rules)));
    let functions = Functions::new(&kernel, None)
        .with_scalars(scalars())
        .with_aggregates(aggregates());
    Engine::Local
        .session(&functions, n_partitions)
        .await
        .unwrap()
}

/// Value and coefficients of the fit on all rows, by sums over partitions.
async fn distributed(n_partitions: usize) -> (f64, Vec<f64>, f64) {
    let context = session(n_partitions).await;
    let paths = [newsroom().to_string_lossy().into_owned()];
    let source = Source::find(&context, &paths).await.unwrap();
    let labels = [LabelPair {
        label: "insult".to_owned(),
        column: "insult".to_owned(),
    }];
    let options = TrainOptions {
        bits: BITS,
        alpha: ALPHA,
        ..TrainOptions::default()
    };
    let work = tempfile::tempdir().unwrap();
    let job = Job {
        context: &context,
        work: work.path().to_owned(),
        labels: &labels,
        options: &options,
    };
    let mut traffic = Traffic::default();
    job.write_shards(&source, &CommentArguments::default())
        .await
        .unwrap();
    let idf = job.idf(&mut traffic).await.unwrap();
    let newton = NewtonOptions {
        tol: 1e-7,
        max_iter: 100,
    };
    let fit = job.fit_whole(0, &idf, newton, &mut traffic).await.unwrap();
    assert!(fit.solution.converged, "{} passes", traffic.n_passes);
    let (u, intercept) = fit.solution.u.split_at(1 << BITS);
    let coef = u.iter().zip(&fit.roots).map(|(u, root)| u * root).collect();
    (fit.solution.value, coef, intercept[0])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitions_find_the_minimum_that_the_library_finds() {
    let rows = rows();
    let tables = TextTables::shipped();
    let (mut view, mut seen) = (TextView::default(), Seen::new(BITS));
    let mut pattern = Pattern::new(BITS);
    for (text, _) in &rows {
        view.parse(text, &tables);
        pattern.push_row(&view, &mut seen);
    }
    let mut df = vec![0_u32; 1 << BITS];
    pattern.for_each_present(0..rows.len(), |_, column| df[column as usize] += 1);
    let smooth = |&df: &u32| ombuds::train::smooth_idf(rows.len() as f64, f64::from(df));
    let idf: Vec<f32> = df
        .iter()
        .map(|df| if *df < 2 { 0.0 } else { smooth(df) })
        .collect();
    let matrix = PresenceMatrix::new(&pattern, &idf);
    let instances: Vec<Instance> = (rows.iter().zip(0..))
        .map(|((_, positive), row)| Instance {
            row,
            positive: *positive,
            cost: 1.0 / ALPHA,
            offset: 0.0,
            start: 0.0,
        })
        .collect();
    let prior = class_count_prior(&pattern, &instances);
    let options = DualOptions {
        tol: 1e-5,
        max_iter: 20_000,
        ..DualOptions::default()
    };
    let alone = solve(&matrix, &prior, &instances, &options);
    let logits = |coef: &[f64], intercept: f64| -> Vec<f64> {
        let rows = 0..rows.len();
        rows.map(|row| matrix.dot_coef(row, coef) + intercept)
            .collect()
    };
    let value = |coef: &[f64], intercept: f64| {
        let weights = coef.iter().zip(&prior);
        let squares: f64 = weights.map(|(w, &v)| w * w / f64::from(v)).sum();
        let losses = logits(coef, intercept).into_iter().zip(&rows);
        let loss = |(logit, (_, y)): (f64, &(String, bool))| {
            logistic_loss(if *y { logit } else { -logit })
        };
        0.5 * (squares + intercept * intercept) + losses.map(loss).sum::<f64>() / ALPHA
    };
    let area = |coef: &[f64], intercept: f64| {
        let scores: Vec<f64> = logits(coef, intercept);
        let labels: Vec<bool> = rows.iter().map(|(_, label)| *label).collect();
        Ranking::new(&Sample::new(&scores, &labels).unwrap())
            .roc_auc()
            .unwrap()
    };
    let alone_coef = matrix.coef(&alone.weights);
    let alone_value = value(&alone_coef, alone.intercept);
    let alone_area = area(&alone_coef, alone.intercept);
    for n_partitions in [1, 3] {
        let (told, coef, intercept) = distributed(n_partitions).await;
        let found = value(&coef, intercept);
        assert!(
            (told - found).abs() < 1e-9 * found,
            "told {told}, is {found}"
        );
        assert!(
            (found - alone_value).abs() < 1e-6 * alone_value,
            "{n_partitions} partitions: {found}, one machine: {alone_value}"
        );
        assert!((area(&coef, intercept) - alone_area).abs() < 1e-4);
    }
}

#[tokio::test]
async fn labels_about_articles_are_refused() {
    let context = session(1).await;
    let paths = [newsroom().to_string_lossy().into_owned()];
    let source = Source::find(&context, &paths).await.unwrap();
    let labels = [LabelPair {
        label: "off_topic".to_owned(),
        column: "off_topic".to_owned(),
    }];
    let work = tempfile::tempdir().unwrap();
    let arguments = CommentArguments::default();
    let options = TrainOptions::default();
    let refused = train(
        &context,
        &source,
        &arguments,
        &labels,
        work.path(),
        &options,
        |_| (),
    )
    .await;
    assert!(matches!(refused, Err(TrainError::Relation(_))));
}
