//! Every source on an invented file in its publisher's form.

use std::io::Write;

use super::*;
use crate::data::sink::Sink;
use crate::data::{ColumnOptions, Formulas, InputOptions, Table};

/// An output, its labels, and what was told of bad rows.
type Found = (String, Vec<ImportedLabel>, Vec<String>);

/// Imports files given as (name, content): the output and what was found, or the error.
fn imported(source: &str, files: &[(&str, &str)]) -> Result<Found, String> {
    let folder = tempfile::tempdir().unwrap();
    let options = InputOptions {
        formulas: Formulas::Keep,
        ..InputOptions::default()
    };
    let open = |(name, content): &(&str, &str)| {
        let stream = Box::new(std::io::Cursor::new((*content).to_owned().into_bytes()));
        Table::from_reader(name, stream, &options).unwrap()
    };
    let tables = files.iter().map(open).collect();
    let path = folder.path().join("out.csv");
    let sink = Sink::create(&path, &[] as &[&str]).unwrap();
    let source = Source::find(source).unwrap();
    let mut bad = Vec::new();
    match import(source, tables, sink, &mut |error| {
        bad.push(error.to_string());
    }) {
        Ok(mut imported) => {
            let labels = std::mem::take(&mut imported.labels);
            assert!(!path.exists(), "no output appears before its end");
            imported.finish().unwrap();
            Ok((std::fs::read_to_string(path).unwrap(), labels, bad))
        }
        Err(error) => {
            assert!(!path.exists(), "no output appears after an error");
            Err(error.to_string())
        }
    }
}

#[track_caller]
fn check(source: &str, files: &[(&str, &str)], expected: &str) {
    let (output, _, bad) = imported(source, files).unwrap();
    assert_eq!(output, expected, "{source}");
    assert!(bad.is_empty(), "{bad:?}");
    let table = Table::from_reader(
        "out.csv",
        Box::new(std::io::Cursor::new(output.into_bytes())),
        &InputOptions::default(),
    )
    .unwrap();
    ColumnOptions::default().resolve(table.schema()).unwrap();
}

#[test]
fn one_million_posts_become_a_row_each() {
    let header = "ID_Post,ID_Parent_Post,ID_Article,ID_User,CreatedAt,Status,Headline,Body,Category,Value,Fold\n";
    let rows = "7,3.0,1,9,2015-06-01,online,Naja,\"Schön, oder?\",OffTopic,1,4\n\
                8,,1,9,2015-06-02,deleted,,Pfui,2,0,1\n\
                7,3.0,1,9,2015-06-01,online,Naja,\"Schön, oder?\",SentimentNegative,0,5\n";
    let labels = "arguments_used,discriminating,inappropriate,off_topic_text,personal_stories,\
                  possibly_feedback,sentiment_negative,sentiment_neutral,sentiment_positive";
    let folds: Vec<String> = labels
        .split(',')
        .map(|label| format!("{label}_fold"))
        .collect();
    check(
        "one-million-posts",
        &[("posts.csv", &(header.to_owned() + rows))],
        &format!(
            "id,article_id,parent_id,text,published,user_id,deleted,{labels},{}\n\
             7,1,3,\"Naja\n\nSchön, oder?\",2015-06-01,9,0,,,,1,,,0,,,,,,4,,,5,,\n\
             8,1,,Pfui,2015-06-02,9,1,,,0,,,,,,,,,1,,,,,,\n",
            folds.join(",")
        ),
    );
}

#[test]
fn jigsaw_labels_may_come_late() {
    let header = "id,comment_text,toxic,severe_toxic,obscene,threat,insult,identity_hate\n";
    let columns = "id,text,toxicity,severe_toxicity,profanity,threat,insult,identity_attack\n";
    check(
        "jigsaw",
        &[(
            "train.csv",
            &format!("{header}a1,\"=Du\nTor\",1,0,0,0,1,0\n"),
        )],
        &format!("{columns}a1,\"'=Du\nTor\",1,0,0,0,1,0\n"),
    );
    let late = "id,toxic,severe_toxic,obscene,threat,insult,identity_hate\n\
                b,-1,-1,-1,-1,-1,-1\nc,0,0,1,0,0,0\n";
    check(
        "jigsaw",
        &[
            ("test_labels.csv", late),
            ("test.csv", "id,comment_text\nc,hm\nb,oh\nd,ah\n"),
        ],
        &format!("{columns}c,hm,0,0,1,0,0,0\nb,oh,,,,,,\nd,ah,,,,,,\n"),
    );
    check(
        "jigsaw",
        &[("ours.csv", "text,toxic\nhm,False\n")],
        "text,toxicity\nhm,0\n",
    );
}

#[test]
fn civil_comments_keep_shares_and_threads() {
    check(
        "civil-comments",
        &[(
            "train.csv",
            "id,target,comment_text,insult,created_date,publication_id,parent_id,article_id,rating\n\
             5,0.25,So what,0.125,2016-03-01,2,,77,approved\n\
             6,1.0,You clot,1.0,2016-03-02,2,5.0,77,rejected\n",
        )],
        "id,article_id,parent_id,text,published,publication_id,toxicity,insult,rejected\n\
         5,77,,So what,2016-03-01,2,0.25,0.125,0\n\
         6,77,5,You clot,2016-03-02,2,1,1,1\n",
    );
    check(
        "civil-comments",
        &[(
            "all_data.csv",
            "id,comment_text,split,toxicity,obscene,sexual_explicit\n1,Hm,test,0,0.5,0.25\n",
        )],
        "id,text,fold,toxicity,profanity,sexually_explicit\n1,Hm,test,0,0.5,0.25\n",
    );
}

#[test]
fn toxic_spans_come_from_raters_or_as_shares() {
    let columns =
        "id,text,toxicity,insult,identity_attack,profanity,threat,other_toxicity,n_raters\n";
    check(
        "toxic-spans",
        &[
            ("comments.csv", "comment_id,comment_text\n7,A mild clot\n"),
            (
                "annotations.csv",
                "annotation,comment_id,worker,country,all toxic,not toxic\n\
                 0,7,1,AT,False,False\n1,7,2,CH,False,True\n2,7,3,CH,True,False\n3,7,4,DE,False,False\n",
            ),
            (
                "spans.csv",
                "annotation,type,start,end\n0,Insult,7,11\n0,Insult,2,6\n3,Insult,7,11\n3,Threat,2,6\n",
            ),
        ],
        &format!("{columns}7,A mild clot,0.75,0.5,0,0,0.25,0,4\n"),
    );
    check(
        "toxic-spans",
        &[(
            "shares.csv",
            "comment_id,text,insult_share,identity_based_attack_share,profane_obscene_share,\
             threat_share,other_toxicity_share,not_toxic_share,n_raters\n\
             7,A clot,0.5,0.0,0.0,0.0,0.0,0.5,4\n",
        )],
        &format!("{columns}7,A clot,0.5,0.5,0,0,0,0,4\n"),
    );
}

#[test]
fn impermium_escapes_are_undone() {
    check(
        "impermium",
        &[(
            "train.csv",
            "Insult,Date,Comment\n1,20120618192155Z,\"\"\"Du\\xa0Tor\\n\\u00fc\"\"\"\n0,,Nein\n",
        )],
        "text,published,insult\n\"Du\u{a0}Tor\nü\",2012-06-18T19:21:55Z,1\nNein,,0\n",
    );
    check(
        "impermium",
        &[("ours.csv", "text,insult\nNein,0\n")],
        "text,insult\nNein,0\n",
    );
}

#[test]
fn unhealthy_majorities_get_shares_beside_them() {
    check(
        "unhealthy",
        &[(
            "val.csv",
            "_unit_id,_trusted_judgments,comment,antagonise,antagonise:confidence,healthy,healthy:confidence\n\
             3,4,Ach so,1,0.75,0,1.0\n4,4,Na ja,0,0.75,1,1.0\n",
        )],
        "id,text,n_raters,antagonize,unhealthy,antagonize_share\n\
         3,Ach so,4,1,1,0.75\n4,Na ja,4,0,0,0.25\n",
    );
}

#[test]
fn davidson_votes_become_shares() {
    check(
        "davidson",
        &[(
            "labeled_data.csv",
            ",count,hate_speech,offensive_language,neither,class,tweet\n0,4,1,2,1,1,hey clot\n",
        )],
        "id,text,toxicity,hate_speech,offensive_language\n0,hey clot,0.75,0.25,0.5\n",
    );
}

#[test]
fn olid_nulls_are_unknown() {
    check(
        "olid",
        &[(
            "olid.tsv",
            "id\ttweet\tsubtask_a\tsubtask_b\tsubtask_c\n\
             1\t@USER you clot\tOFF\tTIN\tIND\n2\tfine, \"that\"\tNOT\tNULL\tNULL\n",
        )],
        "id,text,offensive,targeted_insult,targets_person,targets_group\n\
         1,'@USER you clot,1,1,1,0\n2,\"fine, \"\"that\"\"\",0,,,\n",
    );
}

#[test]
fn olid_test_files_are_joined_with_labels_that_have_no_header() {
    let columns = "id,text,offensive,targeted_insult,targets_person,targets_group\n";
    check(
        "olid",
        &[
            ("labels-levela.csv", "7,OFF\n8,NOT\n9,OFF\n"),
            (
                "testset-levela.tsv",
                "id\ttweet\n7\tyou clot\n8\tfine day\n9\tclots\n",
            ),
            ("labels-levelb.csv", "7,TIN\n9,TIN\n"),
            ("labels-levelc.csv", "7,IND\n9,OTH\n"),
        ],
        &format!("{columns}7,you clot,1,1,1,0\n8,fine day,0,,,\n9,clots,1,1,0,0\n"),
    );
    let (output, _, bad) = imported(
        "olid",
        &[
            ("testset-levelb.tsv", "id\ttweet\n7\tyou clot\n"),
            ("labels-levelb.csv", "7,UNT\n8,TIN,x\n"),
        ],
    )
    .unwrap();
    assert_eq!(output, "id,text,targeted_insult\n7,you clot,0\n");
    assert_eq!(bad.len(), 1, "{bad:?}");
    assert!(bad[0].starts_with("labels-levelb.csv: row 2 (line 2): expected 2 fields"));
}

#[test]
fn relation_sources_carry_their_article() {
    check(
        "nyt-room-for-debate",
        &[(
            "train-full.txt",
            "#id\twarrant0\twarrant1\tcorrectLabelW0orW1\treason\tclaim\tdebateTitle\tdebateInfo\n\
             1_2\ta\tb\t0\tTrams are quiet.\tc\tTrams, again?\tShould towns build them?\n",
        )],
        "id,article_id,article_title,article_lead,text\n\
         1_2,trams-again,\"Trams, again?\",Should towns build them?,Trams are quiet.\n",
    );
    check(
        "reddit-pairs",
        &[(
            "pairs.csv",
            "sub,date,title,depth,comment\nnews,2015-02-02,Trams, 1,Fine\n",
        )],
        "article_id,article_title,section,text,published\ntrams,Trams,news,Fine,2015-02-02\n",
    );
    check(
        "context-toxicity",
        &[("gc.csv", "id,text,parent,label\n1.2.3,No.,Really?,0\n")],
        "id,parent_text,text,toxicity\n1.2.3,Really?,No.,0\n",
    );
}

#[test]
fn fnc1_joins_bodies_by_either_spelling() {
    let bodies = ("bodies.csv", "Body ID,articleBody\n4,\"A tram, late.\"\n");
    let expected = "article_id,article_text,text,off_topic\n\
                    4,\"A tram, late.\",Tram late,0\n4,\"A tram, late.\",Cat found,1\n";
    for stances in [
        "Headline,Body ID,Stance\nTram late,4,agree\nCat found,4,unrelated\n",
        "Headline,Body_ID,Stance\nTram late,4,0\nCat found,4,3\n",
    ] {
        check("fnc1", &[("stances.csv", stances), bodies], expected);
    }
}

#[test]
fn files_of_another_source_are_told() {
    for (source, files, expected) in [
        (
            "jigsaw",
            vec![("a.csv", "id,body\n1,x\n")],
            "a.csv: is no file of jigsaw: it has no column `comment_text`; its columns are id, body; \
             the columns of each source stand in `ombuds data import --help`",
        ),
        (
            "fnc1",
            vec![("a.csv", "Headline,Body ID,Stance\nx,1,agree\n")],
            "it has no column `articleBody`; its columns are Headline, Body ID, Stance",
        ),
        (
            "one-million-posts",
            vec![("a.csv", "ID_Post,Headline,Body\n1,x,y\n")],
            "it has no column `Category`",
        ),
        (
            "toxic-spans",
            vec![("a.csv", "spans,text\n[],x\n")],
            "it has no column `comment_id`, `not_toxic_share`",
        ),
        (
            "toxic-spans",
            vec![
                ("a.csv", "comment_id,comment_text\n1,x\n"),
                ("b.csv", "annotation\n1\n"),
            ],
            "b.csv: is no file of toxic-spans: it has no column `not toxic`, `type`",
        ),
        (
            "olid",
            vec![("a.csv", "tweet\nx\n"), ("b.csv", "1,OFF\n")],
            "a.csv: is no file of olid: it has no column `id`; its columns are tweet",
        ),
        (
            "olid",
            vec![
                ("a.csv", "id,tweet,subtask_a\n1,x,OFF\n"),
                ("b.csv", "id,label\n1,OFF\n"),
            ],
            "b.csv: is no file of olid: it has no column `tweet`",
        ),
    ] {
        let error = imported(source, &files).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn bad_rows_are_left_out_and_told() {
    let file = "comment_text,toxic\nfine,0\nbad,7\n,1\nhm,\n1,2,3\n";
    let (output, labels, bad) = imported("jigsaw", &[("a.csv", file)]).unwrap();
    assert_eq!(output, "text,toxicity\nfine,0\nhm,\n");
    assert_eq!((labels[0].known, labels[0].positives), (1, 0.0));
    assert_eq!(
        bad,
        [
            "a.csv: row 2 (line 3): `toxic`: `7` is not 0/1, true/false, a share between 0 and 1 or \
             -1; correct it, or leave it empty",
            "a.csv: row 3 (line 4): nothing in `comment_text`; fill it, or leave the row out",
            "a.csv: row 5 (line 6): expected 2 fields, got 3; quote cells that contain the delimiter \
             or a line break",
        ]
    );
}

#[test]
fn no_row_is_lost_for_the_kind_it_is_called() {
    let rows = "{\"id\":\"1\",\"kind\":\"article\",\"comment_text\":\"a\",\"toxic\":1}\n\
                {\"id\":\"2\",\"kind\":\"comment\",\"comment_text\":\"b\",\"toxic\":0}\n";
    let (output, labels, bad) = imported("jigsaw", &[("a.jsonl", rows)]).unwrap();
    assert_eq!(output.lines().count(), 3, "{output}");
    assert_eq!(labels[0].known, 2);
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn the_document_shows_the_tables() {
    let tables: Vec<String> = Source::all().iter().map(Source::table).collect();
    let document = format!("```text\n{}```\n", tables.join("\n"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/data/import/sources.md");
    if std::env::var_os("UPDATE_TABLES").is_some() {
        std::fs::File::create(path)
            .unwrap()
            .write_all(document.as_bytes())
            .unwrap();
    }
    assert_eq!(
        include_str!("sources.md"),
        document,
        "UPDATE_TABLES=1 writes it anew"
    );
}
