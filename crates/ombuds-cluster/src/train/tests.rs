//! The distributed objective against the one of the library, on real comments.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use ombuds::data::{ColumnOptions, InputOptions, Table};
use ombuds::linear::columns::{Columns, Power};
use ombuds::linear::conjugate::{ConjugateOptions, Problem, solve};
use ombuds::linear::loss::logistic_loss;
use ombuds::linear::pattern::{Pattern, Piece, Seen};
use ombuds::linear::presence::PresenceMatrix;
use ombuds::linear::prior::variance;
use ombuds::linear::stored::Room;
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

async fn session(n_partitions: usize, cache: &Arc<ShardCache>) -> SessionContext {
    let model = Model::embedded();
    let rules = ombuds::moderate::HouseRules::new(&model, &[], PhraseSet::default()).unwrap();
    let kernel = Arc::new(Kernel::new(Arc::new(model), Arc::new(rules)));
    let functions = Functions::new(&kernel, None)
        .with_scalars(scalars())
        .with_aggregates(aggregates(cache));
    Engine::Local
        .session(&functions, n_partitions)
        .await
        .unwrap()
}

/// Value and coefficients of the fit on all rows, by sums over partitions.
async fn distributed(n_partitions: usize, max_bytes: u64) -> (f64, Vec<f64>, f64) {
    let cache = Arc::new(ShardCache::new(max_bytes));
    let context = session(n_partitions, &cache).await;
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
    let traffic = Cell::new(Traffic::default());
    job.write_shards(&source, &CommentArguments::default())
        .await
        .unwrap();
    let idf = job.idf(&traffic).await.unwrap();
    let newton = NewtonOptions {
        // Below this the whole numbers that are added up tell of no gain.
        tol: 1e-6,
        max_iter: 100,
    };
    let fit = job.fit_whole(0, &idf, newton, &traffic).await.unwrap();
    assert!(fit.solution.converged, "{:?}", traffic.get());
    assert!(cache.n_bytes() <= max_bytes);
    assert_eq!(cache.n_bytes() > 0, max_bytes > 0);
    let (u, intercept) = fit.solution.u.split_at(1 << BITS);
    let coef = u.iter().zip(&fit.roots).map(|(u, root)| u * root).collect();
    (fit.solution.value, coef, intercept[0])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitions_find_the_minimum_that_the_library_finds() {
    let rows = rows();
    let tables = TextTables::shipped();
    let (mut view, mut seen) = (TextView::default(), Seen::new(BITS));
    let mut piece = Piece::new(BITS);
    for (text, _) in &rows {
        view.parse(text, &tables);
        piece.push_row(&view, &mut seen);
    }
    let mut pattern = Pattern::new(BITS, &Room::Memory).unwrap();
    pattern.append(&piece).unwrap();
    let all: Vec<usize> = (0..rows.len()).collect();
    let mut df = vec![0_u32; 1 << BITS];
    let count = |_, column: u32| df[column as usize] += 1;
    pattern.for_each_present(&all, count).unwrap();
    let smooth = |&df: &u32| ombuds::train::smooth_idf(rows.len() as f64, f64::from(df));
    let idf: Vec<f32> = df
        .iter()
        .map(|df| if *df < 2 { 0.0 } else { smooth(df) })
        .collect();
    let matrix = PresenceMatrix::new(&pattern, &idf).unwrap();
    let columns = Columns::new(&matrix, &all).unwrap();
    let class = |of: bool| {
        rows.iter()
            .map(move |(_, positive)| f32::from(u8::from(*positive == of)))
    };
    let problem = Problem {
        classes: class(false)
            .zip(class(true))
            .map(|(no, yes)| [no, yes])
            .collect(),
        offsets: Vec::new(),
        alpha: ALPHA,
    };
    let [no, yes] = [false, true].map(|of| {
        let factors: Vec<[f32; 1]> = class(of).map(|weight| [weight]).collect();
        let counts = columns.transpose_dot(&factors, Power::Count).unwrap();
        columns.by_bucket(|column| counts[column][0])
    });
    let totals = [false, true].map(|of| f64::from(class(of).sum::<f32>()));
    let prior: Vec<f64> = (no.iter().zip(&yes))
        .map(|(&no, &yes)| variance([no.into(), yes.into()], totals))
        .collect();
    let options = ConjugateOptions {
        tol: 1e-9,
        max_iter: 2_000,
    };
    let alone = &solve(&columns, &[problem], &options).unwrap()[0];
    let window = matrix.rows(0..rows.len()).unwrap();
    // By the definition of the matrix, in double precision.
    let logits = |coef: &[f64], intercept: f64| -> Vec<f64> {
        let value = |bucket: u32| coef[bucket as usize] * f64::from(matrix.idf(bucket));
        let logit = |row: usize| {
            let (ngrams, words) = matrix.row(&window, row);
            let of_words = words.flat_map(|word| matrix.chars(word)).map(value);
            let [for_ngrams, for_words] = matrix.scales(row).map(f64::from);
            ngrams.map(value).sum::<f64>() * for_ngrams
                + of_words.sum::<f64>() * for_words
                + intercept
        };
        (0..rows.len()).map(logit).collect()
    };
    let value = |coef: &[f64], intercept: f64| {
        let weights = coef.iter().zip(&prior);
        let squares: f64 = weights.map(|(w, v)| w * w / v).sum();
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
    let unscaled = |(&weight, &idf): (&f32, &f32)| match idf {
        0.0 => 0.0,
        _ => f64::from(weight) / f64::from(idf),
    };
    let alone_coef: Vec<f64> = alone.weights.iter().zip(&idf).map(unscaled).collect();
    let alone_value = value(&alone_coef, alone.intercept);
    let alone_area = area(&alone_coef, alone.intercept);
    // Features in memory, and read in each pass.
    let mut before: Option<Vec<f64>> = None;
    for (n_partitions, max_bytes) in [(1, 0), (3, 1 << 30)] {
        let (told, coef, intercept) = distributed(n_partitions, max_bytes).await;
        assert!(before.is_none_or(|before| before == coef), "the same bits");
        before = Some(coef.clone());
        let found = value(&coef, intercept);
        // Norms are single numbers, whose last bit follows from how squares were added up.
        assert!(
            (told - found).abs() < 2e-9 * found,
            "told {told}, is {found}"
        );
        assert!(
            (found - alone_value).abs() < 1e-8 * alone_value,
            "{n_partitions} partitions: {found}, one machine: {alone_value}"
        );
        assert!((area(&coef, intercept) - alone_area).abs() < 1e-6);
    }
}

#[tokio::test]
async fn labels_about_articles_are_refused() {
    let context = session(1, &Arc::new(ShardCache::new(0))).await;
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
