//! `ombuds data import`: publishers' files in, CSV out that needs no further options.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

fn ombuds(folder: &Path, args: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("ombuds").expect("built");
    command.current_dir(folder).args(args).assert()
}

#[test]
fn an_imported_file_is_trained_on_and_measured_as_it_is() {
    let desk = tempfile::tempdir().unwrap();
    let mut stances = "Headline,Body ID,Stance\n".to_owned();
    let mut bodies = "Body ID,articleBody\n".to_owned();
    let places = ["Graz", "Linz", "Wels", "Steyr", "Enns", "Lienz"];
    let things = ["tram", "school", "bridge", "theatre", "market"];
    for (body, place) in places.iter().enumerate() {
        for (i, thing) in things.iter().enumerate() {
            let id = body * things.len() + i;
            bodies += &format!("{id},\"{place} gets a {thing}, the mayor of {place} said.\"\n");
            stances += &format!("A {thing} for {place},{id},agree\n");
            stances += &format!("Cat {i} of {body} found on a roof,{id},unrelated\n");
        }
    }
    fs::write(desk.path().join("stances.csv"), stances).unwrap();
    fs::write(desk.path().join("bodies.csv"), bodies).unwrap();
    let import = ["data", "import", "fnc1", "bodies.csv", "stances.csv"];
    let told = ombuds(desk.path(), &[&import[..], &["-o", "out.csv"]].concat()).success();
    let told = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
    assert_eq!(
        told,
        "wrote 60 comments to out.csv\n  off_topic: 60 known, 50.0 % positive\n"
    );
    let train = ["train", "--data", "out.csv", "--labels", "off_topic"];
    ombuds(desk.path(), &[&train[..], &["--model", "m"]].concat()).success();
    ombuds(
        desk.path(),
        &["evaluate", "--model", "m", "--data", "out.csv"],
    )
    .success();
}

#[test]
fn mistakes_end_with_status_2_and_no_output() {
    let desk = tempfile::tempdir().unwrap();
    fs::write(desk.path().join("a.csv"), "comment_text,toxic\nhm,0\n").unwrap();
    let bad = "comment_text,toxic\nhm,7\noh,8\nah,1\n";
    fs::write(desk.path().join("bad.csv"), bad).unwrap();
    for (args, expected) in [
        (
            &["olid", "a.csv", "-o", "out.csv"][..],
            "a.csv: looks like a file of jigsaw, not of olid, which does not take its columns \
             `comment_text`, `toxic`; read it with `ombuds data import jigsaw`",
        ),
        (
            &["jigsaw", "a.csv", "-o", "out.JSON"],
            "out.JSON: only csv and tsv are written; end its name in .csv or .tsv",
        ),
        (
            &["jigsaw", "a.csv", "-o", "out.json.gz"],
            "out.json.gz: only csv and tsv are written",
        ),
        (
            &["jigsaw", "a.csv", "-o", "out.jsonl"],
            "out.jsonl: only csv and tsv are written",
        ),
        (&["jigsaw", "a.csv", "-o", "a.csv"], "is also an input"),
        (
            &["jigsaw", "bad.csv", "-o", "out.csv"],
            "bad.csv: 2 of 3 rows cannot be used, more than half; the first: bad.csv: row 1 (line 2)",
        ),
        (&["jigsaws", "a.csv"], "jigsaw"),
    ] {
        let failed = ombuds(desk.path(), &[&["data", "import"], args].concat()).code(2);
        let told = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(fs::read_dir(desk.path()).unwrap().count(), 2);
    // A test file without its labels is no mistake, but nothing to train on.
    fs::write(desk.path().join("b.csv"), "id,comment_text\n1,hm\n").unwrap();
    let done = ombuds(
        desk.path(),
        &["data", "import", "jigsaw", "b.csv", "-o", "o.csv"],
    )
    .success();
    let told = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(
        told.contains("no column is a label of this source"),
        "{told}"
    );
}

#[test]
fn what_finds_no_partner_is_told() {
    let desk = tempfile::tempdir().unwrap();
    let tweets = "id\ttweet\n7\tyou clot\n8\tfine day\n";
    fs::write(desk.path().join("testset-levela.tsv"), tweets).unwrap();
    fs::write(
        desk.path().join("labels-levela.csv"),
        "7,OFF\n11,NOT\n9,OFF\n",
    )
    .unwrap();
    let import = ["data", "import", "olid", "testset-levela.tsv"];
    let done = ombuds(
        desk.path(),
        &[&import[..], &["labels-levela.csv", "-o", "out.csv"]].concat(),
    )
    .success();
    let told = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert_eq!(
        told,
        "wrote 2 comments to out.csv\n\
         note: comments without a row in the files beside them: 1\n\
         note: keys of the files beside without a comment: 2, the first 11\n  \
         offensive: 1 known, 100.0 % positive\n"
    );
    let written = fs::read_to_string(desk.path().join("out.csv")).unwrap();
    assert_eq!(written, "id,text,offensive\n7,you clot,1\n8,fine day,\n");
}

#[test]
fn the_tables_stand_in_the_help() {
    let desk = tempfile::tempdir().unwrap();
    let help = ombuds(desk.path(), &["data", "import", "--help"]).success();
    let help = String::from_utf8_lossy(&help.get_output().stdout).into_owned();
    assert!(
        help.contains("  identity_attack  identity_hate\n"),
        "{help}"
    );
}
