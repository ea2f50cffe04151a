use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};

use crate::bench::{Cluster, archive, argument, errors, newsroom, print, run, write_parquet};

/// Flags a folder, which must fail with all of these words.
fn refused(folder: &Path, more: &[&str], words: &[&str]) {
    let out = tempfile::tempdir().unwrap();
    let (input, out) = (argument(folder), argument(out.path()));
    let output = run(&[&["flag", &input, "--out", &out], more].concat());
    let told = errors(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        words.iter().all(|word| told.contains(word)),
        "{words:?}: {told}"
    );
}

fn numbers() -> RecordBatch {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    RecordBatch::try_from_iter([("text", numbers)]).unwrap()
}

#[test]
fn a_damaged_file_is_named_and_the_others_are_flagged() {
    let folder = archive(2, 30);
    let damaged = folder.path().join("part-01.parquet");
    let bytes = std::fs::read(&damaged).unwrap();
    std::fs::write(&damaged, &bytes[..bytes.len() / 2]).unwrap();
    refused(folder.path(), &[], &["part-01.parquet"]);
    let table = format!("t={}", argument(folder.path()));
    let output = run(&["sql", "SELECT insult(text) FROM t", "--table", &table]);
    assert!(
        errors(&output).contains("part-01.parquet"),
        "{}",
        errors(&output)
    );
    // A page, in a file whose footer is whole.
    let mut bytes = bytes;
    bytes[8..60].fill(0xff);
    std::fs::write(&damaged, &bytes).unwrap();
    let out = tempfile::tempdir().unwrap();
    let (input, place) = (argument(folder.path()), argument(out.path()));
    let output = run(&["flag", &input, "--out", &place]);
    assert!(
        errors(&output).contains("error: part-01.parquet"),
        "{}",
        errors(&output)
    );
    assert!(
        out.path().join("part-00.parquet").exists() && !out.path().join("part-01.parquet").exists()
    );
}

#[test]
fn columns_that_are_missing_or_of_another_type_are_named_with_their_file() {
    let folder = archive(1, 10);
    let more = ["--text-column", "txt"];
    refused(
        folder.path(),
        &more,
        &["part-00.parquet: no column `txt`, did you mean `text`?"],
    );
    let folder = tempfile::tempdir().unwrap();
    write_parquet(&folder.path().join("n.parquet"), &numbers());
    refused(
        folder.path(),
        &[],
        &["n.parquet: column `text` holds Int64, not strings"],
    );
    let table = format!("t={}", argument(folder.path()));
    let output = run(&["sql", "SELECT insult(text) FROM t", "--table", &table]);
    let told = errors(&output);
    assert!(
        told.contains("insult: argument 1 (text) must be a string, not Int64"),
        "{told}"
    );
}

#[test]
fn processes_with_another_model_refuse() {
    let models = tempfile::tempdir().unwrap();
    let other = models.path().join("other");
    let (comments, place) = (argument(&newsroom()), argument(&other));
    let train = [
        "train",
        &comments,
        "--label",
        "insult=insult",
        "--bits",
        "12",
        "--out",
        &place,
    ];
    print(&train);
    let folder = archive(1, 10);
    let table = format!("t={}", argument(folder.path()));
    let query = |cluster: &Cluster| {
        let url = cluster.url();
        let query = "SELECT sum(insult(text)) FROM t";
        let output = run(&["sql", query, "--table", &table, "--scheduler", &url]);
        assert_eq!(output.status.code(), Some(2));
        errors(&output)
    };
    let told = query(&Cluster::start(None, &[Some(&other)]));
    assert!(
        told.contains("rejected by executor") && told.contains("holds another model"),
        "{told}"
    );
    let told = query(&Cluster::start(Some(&other), &[None]));
    assert!(
        told.contains("the scheduler has no function `insult_"),
        "{told}"
    );
}
