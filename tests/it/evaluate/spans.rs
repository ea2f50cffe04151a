//! `ombuds evaluate --spans`: reasons against what raters marked.

use serde_json::Value;

use super::desk::{Desk, assert_has};

#[test]
fn reasons_are_compared_with_raters_marks() {
    let desk = Desk::new();
    // Both raters of 1 mark `idiot`, one of three of 2 marks a word, and nobody marks 3. Characters, not bytes:
    // the é stands before the word.
    desk.file(
        "comments.csv",
        "comment_id,text,n_raters\n1,é you are an idiot,2\n2,a fine article today,3\n3,thanks for this sir,3\n",
    );
    desk.file(
        "spans.csv",
        "comment_id,annotation,type,start,end\n1,7,Insult,13,18\n1,8,Insult,13,18\n2,9,Insult,2,6\n",
    );
    let args = [
        "evaluate",
        "--model",
        "model",
        "--labels",
        "insult",
        "--data",
        "comments.csv",
        "--spans",
        "spans.csv",
        "--json",
        "spans.json",
    ];
    let text = desk.ok(&args);
    assert_has(
        &text,
        &["spans of insult, flagged from", "unmarked", "66.7 %"],
    );
    let report: Value =
        serde_json::from_slice(&std::fs::read(desk.path("spans.json")).unwrap()).unwrap();
    let all = &report["parts"][0];
    // The lexicon has idiot and no word of the others.
    assert_eq!(
        (&all["n"], &all["lexicon"]["value"]),
        (&3.into(), &1.0.into())
    );
    // Of the two without marks it marks none; whether it marks `idiot` is its own affair.
    assert!(all["model"]["value"].as_f64().unwrap() > 0.66, "{all}");
}

#[test]
fn what_is_missing_or_no_number_is_told() {
    let desk = Desk::new();
    desk.file(
        "comments.csv",
        "comment_id,text,n_raters\n1,you are an idiot,2\n",
    );
    desk.file(
        "spans.csv",
        "comment_id,annotation,start,end\n1,7,eleven,16\n",
    );
    let args = [
        "evaluate",
        "--model",
        "model",
        "--labels",
        "insult",
        "--data",
        "comments.csv",
        "--spans",
        "spans.csv",
    ];
    assert_has(
        &desk.refused(&args),
        &["spans.csv", "`start`: `eleven` is not a whole number"],
    );
    desk.file("spans.csv", "comment_id,annotation,start\n1,7,11\n");
    assert_has(&desk.refused(&args), &["`end`"]);
    let no_label = [
        "evaluate",
        "--model",
        "model",
        "--data",
        "comments.csv",
        "--spans",
        "spans.csv",
    ];
    assert_has(
        &desk.refused(&no_label),
        &["no label `toxicity`", "insult, spam"],
    );
}

#[test]
fn the_publishers_own_files_give_the_same_figure() {
    let desk = Desk::new();
    // As in the test above; two raters of 2 and all of 3 have marked nothing.
    let comments = "comment_id,comment_text\n1,é you are an idiot\n2,a fine article today\n\
                    3,thanks for this sir\n";
    let spans = "annotation,type,start,end\n7,Insult,13,18\n8,Insult,13,18\n9,Insult,2,6\n";
    let mut annotations = "annotation,comment_id,worker,all toxic,not toxic\n".to_owned();
    for (annotation, comment) in [(7, 1), (8, 1), (9, 2), (10, 2), (11, 2), (12, 3), (13, 3)] {
        annotations += &format!("{annotation},{comment},w,False,{}\n", annotation > 9);
    }
    desk.file("comments.csv", comments);
    desk.file("spans.csv", spans);
    desk.file("annotations.csv", &annotations);
    let import = ["data", "import", "toxic-spans", "comments.csv", "spans.csv"];
    desk.ok(&[&import[..], &["annotations.csv", "-o", "imported.csv"]].concat());
    let evaluate = ["evaluate", "--model", "model", "--labels", "insult"];
    let figure = |spans: &[&str], data| {
        let args = [&evaluate[..], &["--data", data, "--json", "r.json"], spans].concat();
        assert_has(&desk.ok(&args), &["spans of insult, flagged from"]);
        let report = std::fs::read(desk.path("r.json")).unwrap();
        let report: Value = serde_json::from_slice(&report).unwrap();
        report["parts"].clone()
    };
    let both = ["--spans", "annotations.csv", "spans.csv"];
    let parts = figure(&both, "comments.csv");
    assert_eq!(
        (&parts[0]["n"], &parts[0]["lexicon"]["value"]),
        (&3.into(), &1.0.into())
    );
    assert_eq!(parts, figure(&both, "imported.csv"));
    desk.file(
        "joined.csv",
        "comment_id,annotation,start,end\n1,7,13,18\n1,8,13,18\n2,9,2,6\n",
    );
    assert_eq!(parts, figure(&["--spans", "joined.csv"], "imported.csv"));
    // Either file alone, and what does not fit.
    for (spans, data, expected) in [
        (
            &["--spans", "spans.csv"][..],
            "comments.csv",
            "--spans spans.csv annotations.csv",
        ),
        (&["--spans", "annotations.csv"], "comments.csv", "`start`"),
        (
            &["--spans", "joined.csv"],
            "comments.csv",
            "no column `n_raters`; give the list of annotations",
        ),
    ] {
        let args = [&evaluate[..], &["--data", data], spans].concat();
        assert_has(&desk.refused(&args), &[expected]);
    }
    desk.file("annotations.csv", "annotation,comment_id\n7,1\n8,1\n12,3\n");
    let args = [&evaluate[..], &["--data", "comments.csv"], &both].concat();
    let told = desk.refused(&[&args[..], &["--strict"]].concat());
    assert_has(&told, &["`9` is not one of the annotations listed"]);
}
