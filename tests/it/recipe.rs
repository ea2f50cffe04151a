//! `ombuds train --recipe`: where the flags of a model of several files stand.

use std::fmt::Write as _;
use std::fs;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use tempfile::TempDir;

const RECIPE: &str = r#"
labels = ["insult", "threat"]
alpha = 1.0
bits = 12

[[source]]
file = "learnt.csv"
[source.labels]
insult = "insult"
threat = "threat"

[[dev]]
file = "queue.csv"
queue = 0.2
RARE
[dev.labels]
insult = "insult"
"#;

/// Comments that insult, threaten or do neither, a third each.
fn comments(n: usize) -> String {
    let mut csv = "id,text,insult,threat\n".to_owned();
    for i in 0..n {
        let (said, insult, threat) = [
            ("thank you for the report on", 0, 0),
            ("you stupid fool know nothing of", 1, 0),
            ("we will burn down your house over", 0, 1),
        ][i % 3];
        writeln!(
            csv,
            "{i},{said} road {i} and bridge {},{insult},{threat}",
            i * 7
        )
        .unwrap();
    }
    csv
}

fn ombuds(desk: &TempDir, args: &[&str]) -> Assert {
    let mut command = Command::cargo_bin("ombuds").expect("built");
    command.current_dir(desk.path()).args(args).assert()
}

/// A folder with a recipe and its files.
fn desk(rare: &str) -> TempDir {
    let desk = tempfile::tempdir().unwrap();
    fs::write(desk.path().join("learnt.csv"), comments(240)).unwrap();
    fs::write(
        desk.path().join("queue.csv"),
        comments(540).replace("road", "street"),
    )
    .unwrap();
    fs::write(
        desk.path().join("recipe.toml"),
        RECIPE.replace("RARE", rare),
    )
    .unwrap();
    desk
}

const TRAIN: [&str; 5] = ["train", "--recipe", "recipe.toml", "--model", "m"];

/// How many of the comments apart are flagged for a threat.
fn n_threats(rare: &str) -> usize {
    let desk = desk(rare);
    ombuds(&desk, &TRAIN).success();
    ombuds(&desk, &["flag", "--model", "m", "queue.csv", "-o", "o.csv"]).success();
    let mut rows = csv::Reader::from_path(desk.path().join("o.csv")).unwrap();
    let headers = rows.headers().unwrap().clone();
    let column = headers
        .iter()
        .position(|name| name == "threat_flag")
        .unwrap();
    rows.records()
        .filter(|row| &row.as_ref().unwrap()[column] == "1")
        .count()
}

#[test]
fn a_label_that_no_file_apart_knows_is_flagged_as_rarely_as_the_recipe_says() {
    let as_learnt = n_threats("");
    assert!(
        (160..=200).contains(&as_learnt),
        "a third is: {as_learnt} of 540"
    );
    let rare = n_threats("rare = { threat = 0.05 }");
    assert!(
        (1..=40).contains(&rare),
        "one in twenty of one half: {rare} of 540"
    );
}

#[test]
fn a_label_that_only_the_source_left_out_knows_lends_and_borrows_nothing() {
    let desk = desk("");
    let recipe = fs::read_to_string(desk.path().join("recipe.toml")).unwrap();
    let recipe = recipe.replace("threat = \"threat\"\n", "")
        + "[borrow]\nthreat = { insult = 0.5 }\n[[source]]\nfile = \"queue.csv\"\nname = \"other\"\n\
           [source.labels]\nthreat = \"threat\"\n";
    let recipe = recipe.split("[[dev]]").next().unwrap().to_owned()
        + &recipe[recipe.find("[borrow]").unwrap()..];
    fs::write(desk.path().join("recipe.toml"), recipe).unwrap();
    ombuds(&desk, &TRAIN).success();
    let without = ombuds(&desk, &[&TRAIN[..], &["--without", "other"]].concat()).success();
    let told = String::from_utf8_lossy(&without.get_output().stderr).into_owned();
    assert!(told.contains("`threat`: one class alone"), "{told}");
}

#[test]
fn shares_that_are_none_are_told_before_anything_is_read() {
    for (rare, expected) in [
        ("rare = { treat = 0.05 }", "`treat`"),
        ("rare = { threat = 5.0 }", "between 0 and 1"),
        ("rare = { threat = nan }", "between 0 and 1"),
    ] {
        let desk = desk(rare);
        // Reading would end with this.
        fs::remove_file(desk.path().join("learnt.csv")).unwrap();
        let failed = ombuds(&desk, &TRAIN).code(2);
        let told = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn the_card_names_the_recipe_and_holds_its_notes_whenever_it_is_made() {
    let desk = desk("");
    fs::write(
        desk.path().join("NOTES.md"),
        "## Known faults\n\nNone yet.\n",
    )
    .unwrap();
    ombuds(&desk, &TRAIN).success();
    let written = fs::read_to_string(desk.path().join("m/MODEL_CARD.md")).unwrap();
    assert!(written.contains("ombuds train --recipe recipe.toml") && written.contains("None yet."));
    // From what stands beside the model alone.
    let printed = ombuds(&desk, &["model", "card", "m"]).success();
    assert_eq!(
        String::from_utf8_lossy(&printed.get_output().stdout),
        written
    );
}
