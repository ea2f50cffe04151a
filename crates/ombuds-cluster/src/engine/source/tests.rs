use super::*;

#[test]
fn layouts_are_told_by_extension() {
    for (name, expected) in [
        ("a/comments.parquet", Some("Parquet")),
        ("COMMENTS.CSV", Some("CSV")),
        ("comments.tsv.gz", Some("TSV")),
        ("comments.jsonl.zst", Some("JSON lines")),
        ("comments.parquet.gz", None),
        ("notes.txt", None),
        ("parquet", None),
    ] {
        let found = Layout::of_name(name).map(|layout| layout.to_string());
        assert_eq!(found.as_deref(), expected, "{name}");
    }
}

#[tokio::test]
async fn folders_are_listed_without_marks_and_their_damaged_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("b.csv", "text\nb\n");
    write("year=2020/a.csv", "text\na\n");
    write("_done/c.csv", "text\nc\n");
    write("README.txt", "no comments");
    let context = SessionContext::new();
    let path = folder.path().to_string_lossy().into_owned() + "/";
    let source = Source::find(&context, std::slice::from_ref(&path))
        .await
        .unwrap();
    let names: Vec<&str> = source.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["b.csv", "year=2020/a.csv"]);
    assert_eq!(source.extension(), ".csv");
    write("d.parquet", "PAR1 no footer PAR2");
    // A session lists a folder once.
    let context = SessionContext::new();
    let error = Source::find(&context, std::slice::from_ref(&path))
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "d.parquet is Parquet, but b.csv is CSV; name them as two tables"
    );
    let damaged = [path + "d.parquet"];
    let source = Source::find(&context, &damaged).await.unwrap();
    let error = source.table(&context).await.unwrap_err().to_string();
    assert!(
        error.starts_with("d.parquet: ") && error.contains("Parquet"),
        "{error}"
    );
}
