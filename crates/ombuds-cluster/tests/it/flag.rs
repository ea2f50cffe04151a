use std::path::Path;
use std::process::Stdio;

use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::datatypes::Int64Type;

use crate::bench::{
    Cluster, Running, archive, argument, errors, print, program, read_parquet, run, wait_until,
};

const N_FILES: usize = 8;
const N_ROWS: usize = 120;

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".parquet")).collect();
    names.sort();
    names
}

/// All rows once, in order, in files of the inputs' names; every column as `expected` has it.
fn check(folder: &Path, expected: &Path) {
    assert_eq!(names(folder).len(), N_FILES);
    for (file, name) in names(folder).iter().enumerate() {
        let found = read_parquet(&folder.join(name));
        let ids = found
            .column_by_name("id")
            .unwrap()
            .as_primitive::<Int64Type>();
        let ids_of_file = file * N_ROWS..(file + 1) * N_ROWS;
        let expected_ids = ids_of_file.map(|id| i64::try_from(id).unwrap());
        assert!(ids.values().iter().copied().eq(expected_ids), "{name}");
        assert!(
            found == read_parquet(&expected.join(name)),
            "{name} differs"
        );
    }
    let left: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    // The files and their stamp.
    assert_eq!(
        left.len(),
        N_FILES + 1,
        "nothing unfinished stays: {left:?}"
    );
}

fn flag_here(input: &Path) -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    print(&["flag", &argument(input), "--out", &argument(out.path())]);
    out
}

#[test]
fn a_cluster_writes_what_one_process_writes_and_takes_up_what_is_missing() {
    let input = archive(N_FILES, N_ROWS);
    let here = flag_here(input.path());
    check(here.path(), here.path());
    let first = read_parquet(&here.path().join("part-00.parquet"));
    let word = |name: &str, row: usize| {
        let column = first
            .column_by_name(name)
            .unwrap()
            .as_string::<i32>()
            .clone();
        (column.iter().nth(row).flatten()).map(str::to_owned)
    };
    assert_eq!(word("error", 7).as_deref(), Some("no text"));
    assert_eq!((word("decision", 7), word("error", 8)), (None, None));
    let cluster = Cluster::of(2);
    let out = tempfile::tempdir().unwrap();
    let (input, folder, url) = (argument(input.path()), argument(out.path()), cluster.url());
    let arguments = ["flag", &input, "--out", &folder, "--scheduler", &url];
    print(&arguments);
    check(out.path(), here.path());
    std::fs::remove_file(out.path().join("part-03.parquet")).unwrap();
    let again = run(&arguments);
    let told = errors(&again);
    let n_kept = (N_FILES - 1) * N_ROWS;
    assert!(told.contains(&format!("{N_ROWS} rows flagged")), "{told}");
    assert!(
        told.contains(&format!("{n_kept} were there already")),
        "{told}"
    );
    check(out.path(), here.path());
    let other = run(&[&arguments[..], &["--threshold", "insult=0.9"]].concat());
    assert!(
        !other.status.success() && errors(&other).contains("was made by"),
        "{}",
        errors(&other)
    );
}

/// Starts a job and waits for its first file.
fn start(arguments: &[&str], out: &Path) -> Running {
    let job = program()
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let job = Running(job.unwrap());
    wait_until("the first file is done", || !names(out).is_empty());
    job
}

#[test]
fn an_executor_that_is_killed_loses_and_doubles_nothing() {
    let input = archive(N_FILES, N_ROWS);
    let here = flag_here(input.path());
    let mut cluster = Cluster::of(2);
    let out = tempfile::tempdir().unwrap();
    let (folder_in, folder, url) = (argument(input.path()), argument(out.path()), cluster.url());
    let arguments = [
        "flag",
        &folder_in,
        "--out",
        &folder,
        "--scheduler",
        &url,
        "--parallel",
        "3",
    ];
    let mut job = start(&arguments, out.path());
    drop(cluster.executors.remove(0));
    if !job.0.wait().unwrap().success() {
        let mut told = String::new();
        std::io::Read::read_to_string(&mut job.0.stderr.take().unwrap(), &mut told).unwrap();
        assert!(told.contains("error: part-"), "names the file: {told}");
        print(&arguments);
    }
    check(out.path(), here.path());
}

#[test]
fn a_run_goes_on_after_the_scheduler_was_restarted() {
    let input = archive(N_FILES, N_ROWS);
    let here = flag_here(input.path());
    let mut cluster = Cluster::of(1);
    let out = tempfile::tempdir().unwrap();
    let (folder_in, folder, url) = (argument(input.path()), argument(out.path()), cluster.url());
    let arguments = [
        "flag",
        &folder_in,
        "--out",
        &folder,
        "--scheduler",
        &url,
        "--parallel",
        "1",
    ];
    let mut job = start(&arguments, out.path());
    drop(cluster.scheduler.take());
    let is_done = job.0.wait().unwrap().success();
    assert!(!is_done, "without a scheduler a job ends with an error");
    // The executors of the lost scheduler come back by themselves or are started anew by whoever keeps them.
    cluster.executors.clear();
    cluster.start_scheduler(None);
    cluster.start_executor(None);
    print(&arguments);
    check(out.path(), here.path());
}
