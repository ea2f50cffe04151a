//! What `benches/scale` measures with, as one program.
//!
//! `cargo bench -p ombuds-cluster --profile cluster-bench --bench scale -- archive COMMENTS.csv LABEL OUT N_FILES
//! ROWS_PER_FILE` makes an archive: comments of a file, drawn at random with replacement, as Parquet.
//!
//! `… -- loop N_THREADS FILE…` is what the engine is measured against: the texts of Parquet files in memory, moderated by a
//! plain loop on some threads. Prints rows a second of the loop alone; `flag` over the same files reads, scores and writes.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use datafusion::arrow::array::{
    ArrayRef, AsArray as _, Float64Array, Int64Array, RecordBatch, StringArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use ombuds::comment::Comment;
use ombuds::data::{ColumnOptions, InputOptions, Table};
use ombuds::model::Model;
use ombuds::moderate::{HouseRules, Moderator};
use ombuds::phrases::PhraseSet;
use ombuds::report::reasons::reasons;

fn main() {
    let arguments = std::env::args().skip(1);
    let arguments: Vec<String> = arguments.filter(|argument| argument != "--bench").collect();
    match arguments.split_first() {
        Some((what, rest)) if what == "archive" => archive(rest),
        Some((what, rest)) if what == "loop" => plain_loop(rest),
        // `cargo test --benches` runs it without arguments.
        _ => (),
    }
}

const ROWS_PER_BATCH: usize = 8192;

/// SplitMix64: spreads a count evenly.
fn mix(count: u64) -> u64 {
    let mut z = count.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn comments(path: &str, label: &str) -> Vec<(String, f64)> {
    let table = Table::open(path, &InputOptions::default()).expect("a table");
    let columns = ColumnOptions::default()
        .resolve(table.schema())
        .expect("a column of comments");
    let label = table.schema().column(label).expect("a column of labels");
    let rows = table.filter_map(|row| row.ok()?.ok());
    let rows = rows.map(|row| {
        let text = row.get(&columns.text).expect("a text").into_owned();
        (
            text,
            row.get(&label)
                .and_then(|it| it.parse().ok())
                .unwrap_or(0.0),
        )
    });
    rows.collect()
}

fn write(path: &Path, comments: &[(String, f64)], ids: std::ops::Range<usize>) {
    let zstd = Compression::ZSTD(ZstdLevel::try_new(1).expect("a level"));
    let properties = WriterProperties::builder().set_compression(zstd);
    let mut writer: Option<ArrowWriter<File>> = None;
    for start in ids.clone().step_by(ROWS_PER_BATCH) {
        let ids = start..ids.end.min(start + ROWS_PER_BATCH);
        let drawn = ids
            .clone()
            .map(|id| &comments[(mix(id as u64) % comments.len() as u64) as usize]);
        let drawn: Vec<_> = drawn.collect();
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(
            ids.map(|id| id.cast_signed() as i64),
        ));
        let texts = drawn.iter().map(|(text, _)| text);
        let texts: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
        let labels = drawn.iter().map(|(_, label)| *label);
        let labels: ArrayRef = Arc::new(Float64Array::from_iter_values(labels));
        let columns = [("id", numbers), ("text", texts), ("label", labels)];
        let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
        let writer = writer.get_or_insert_with(|| {
            let file = File::create(path).expect("a file");
            ArrowWriter::try_new(file, batch.schema(), Some(properties.clone().build()))
                .expect("a writer")
        });
        writer.write(&batch).expect("written");
    }
    if let Some(writer) = writer {
        writer.close().expect("written");
    }
}

fn archive(arguments: &[String]) {
    let [input, label, out, n_files, n_rows] = arguments else {
        return;
    };
    let comments = comments(input, label);
    let number = |text: &str| text.parse::<usize>().expect("a number");
    let (n_files, n_rows) = (number(n_files), number(n_rows));
    std::fs::create_dir_all(out).expect("a folder");
    for file in 0..n_files {
        let path = Path::new(out).join(format!("part-{file:03}.parquet"));
        write(&path, &comments, file * n_rows..(file + 1) * n_rows);
    }
}

fn texts(path: &str) -> Vec<ArrayRef> {
    let file = File::open(path).expect("a file");
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

/// Seconds of processors that this process took, where the system tells (Linux, a hundred ticks a second).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.filter_map(|it| it.parse::<f64>().ok()).sum::<f64>() / 100.0
}

#[expect(clippy::print_stdout, reason = "the figure is what a bench is for")]
fn plain_loop(arguments: &[String]) {
    let Some((n_threads, paths)) = arguments.split_first() else {
        return;
    };
    let n_threads = n_threads.parse::<usize>().expect("a number of threads");
    let batches: Vec<ArrayRef> = paths.iter().flat_map(|path| texts(path)).collect();
    let n_rows: usize = batches.iter().map(|batch| batch.len()).sum();
    let model = Model::embedded();
    let rules = HouseRules::new(&model, &[], PhraseSet::default()).expect("the model's own rules");
    let (model, rules) = (Arc::new(model), Arc::new(rules));
    let (started, cpu) = (Instant::now(), cpu_seconds());
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
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    assert!(n_bytes > 0, "some comment has a reason");
    println!(
        "loop: {n_rows} rows, {seconds:.2} s, {cpu:.2} CPU s: {:.0} rows/s, {:.1} CPU µs a row",
        n_rows as f64 / seconds,
        1e6 * cpu / n_rows as f64
    );
}
