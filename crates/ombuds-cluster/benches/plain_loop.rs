//! What the engine is measured against: the texts of Parquet files in memory, moderated by a plain loop on some threads.
//!
//! `cargo bench -p ombuds-cluster --profile cluster --bench plain_loop -- N_THREADS FILE…`
//! prints rows a second of the loop alone; `flag` over the same files reads, scores and writes.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use datafusion::arrow::array::{ArrayRef, AsArray as _};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ombuds::comment::Comment;
use ombuds::model::Model;
use ombuds::moderate::{HouseRules, Moderator};
use ombuds::phrases::PhraseSet;
use ombuds::report::reasons::reasons;

fn texts(path: &str) -> Vec<ArrayRef> {
    let file = std::fs::File::open(path).expect("a file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    let batches = reader.with_batch_size(8192).build().expect("Parquet");
    batches
        .map(|batch| {
            let batch = batch.expect("a whole file");
            let text = batch.column_by_name("text").expect("a column `text`");
            cast(text, &DataType::Utf8).expect("strings")
        })
        .collect()
}

#[expect(clippy::print_stdout, reason = "the figure is what a bench is for")]
fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench");
    let Some(n_threads) = arguments.next().and_then(|n| n.parse::<usize>().ok()) else {
        return;
    };
    let batches: Vec<ArrayRef> = arguments.flat_map(|path| texts(&path)).collect();
    let n_rows: usize = batches.iter().map(|batch| batch.len()).sum();
    let model = Model::embedded();
    let rules = HouseRules::new(&model, &[], PhraseSet::default()).expect("the model's own rules");
    let (model, rules) = (Arc::new(model), Arc::new(rules));
    let started = Instant::now();
    let n_bytes: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads)
            .map(|thread_idx| {
                let (model, rules, batches) = (&model, &rules, &batches);
                scope.spawn(move || {
                    let mut moderator = Moderator::new(model, rules);
                    let mine = batches.iter().skip(thread_idx).step_by(n_threads);
                    let mut n_bytes = 0;
                    for text in mine.flat_map(|batch| batch.as_string::<i32>().iter().flatten()) {
                        let comment = Comment::from_text(text);
                        let moderation = moderator.moderate(&comment);
                        n_bytes += reasons(model, rules, &comment, &moderation).len();
                    }
                    n_bytes
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .sum()
    });
    let seconds = started.elapsed().as_secs_f64();
    assert!(n_bytes > 0, "some comment has a reason");
    println!(
        "{n_rows} rows in {seconds:.2} s: {:.0} rows/s",
        n_rows as f64 / seconds
    );
}
