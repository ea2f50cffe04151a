//! Whose file it is: publishers name columns alike, and an importer must not take half of another's labels.

use super::{Error, Field, Rows, Source};
use crate::data::schema::Schema;

impl Source {
    /// Refuses a file of which another source takes every column that this one takes, and more: read as
    /// this one's it would lose labels without a word. The tables alone tell, so a new source needs no rule.
    ///
    /// # Errors
    /// The other source, and what only it takes.
    pub(super) fn refuse_others(&self, schema: &Schema) -> Result<(), Error> {
        let taken = |source: &Self| -> Vec<bool> {
            let columns = schema.columns().iter();
            columns.map(|column| source.takes(column)).collect()
        };
        let own = taken(self);
        let mut best: Option<(&Self, Vec<&str>)> = None;
        for other in Self::all().iter().filter(|other| other.reads(schema)) {
            let theirs = taken(other);
            if own.iter().zip(&theirs).any(|(own, theirs)| *own && !theirs) {
                continue;
            }
            let only = (0..own.len()).filter(|&idx| theirs[idx] && !own[idx]);
            let only: Vec<&str> = only.map(|idx| schema.columns()[idx].as_str()).collect();
            if only.len() > best.as_ref().map_or(0, |(_, columns)| columns.len()) {
                best = Some((other, only));
            }
        }
        best.map_or(Ok(()), |(other, only)| {
            Err(Error::OfOtherSource {
                file: schema.file.clone(),
                source_name: self.name,
                other: other.name,
                columns: only.join("`, `"),
            })
        })
    }

    /// Whether it would read comments from a file, if need be with others beside.
    fn reads(&self, schema: &Schema) -> bool {
        let is_there = |field: &Field| {
            let second = field.with.is_empty() || schema.usual(field.with).is_some();
            second && schema.usual(field.from).is_some()
        };
        let is_joined = matches!(self.rows, Rows::Beside { .. } | Rows::Raters);
        let mut required = self.fields.iter().filter(|field| field.is_required);
        required.all(|field| is_there(field) || (is_joined && field.column != "text"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::schema::schema_of;

    /// The columns of each publisher's file of comments.
    const FILES: &[(&str, &str)] = &[
        (
            "one-million-posts",
            "ID_Post,ID_Parent_Post,ID_Article,ID_User,CreatedAt,Status,Headline,Body,Category,Value,Fold",
        ),
        (
            "jigsaw",
            "id,comment_text,toxic,severe_toxic,obscene,threat,insult,identity_hate",
        ),
        (
            "civil-comments",
            "id,target,comment_text,severe_toxicity,obscene,identity_attack,insult,threat,asian,atheist,\
             created_date,publication_id,parent_id,article_id,rating,funny,sexual_explicit",
        ),
        (
            "civil-comments",
            "id,comment_text,toxic,severe_toxicity,obscene,identity_attack,insult,threat,created_date,rating",
        ),
        (
            "civil-comments",
            "text,toxicity,severe_toxicity,obscene,threat,insult,identity_attack,sexual_explicit",
        ),
        ("toxic-spans", "comment_id,comment_text"),
        (
            "toxic-spans",
            "comment_id,text,insult_share,identity_based_attack_share,not_toxic_share,n_raters",
        ),
        ("impermium", "Insult,Date,Comment"),
        ("impermium", "id,Insult,Date,Comment,Usage"),
        (
            "unhealthy",
            "_unit_id,_trusted_judgments,comment,antagonise,antagonise:confidence,healthy,healthy:confidence",
        ),
        (
            "davidson",
            ",count,hate_speech,offensive_language,neither,class,tweet",
        ),
        ("olid", "id,tweet,subtask_a,subtask_b,subtask_c"),
        (
            "nyt-room-for-debate",
            "#id,warrant0,warrant1,correctLabelW0orW1,reason,claim,debateTitle,debateInfo",
        ),
        ("fnc1", "Headline,Body ID,Stance"),
        ("context-toxicity", "id,text,parent,label"),
        ("reddit-pairs", "sub,date,title,depth,comment"),
    ];

    #[test]
    fn every_file_is_its_own_sources_and_no_others() {
        for (name, columns) in FILES {
            let schema = schema_of(&columns.split(',').collect::<Vec<_>>());
            for source in Source::all() {
                let told = source.refuse_others(&schema).map_err(|e| e.to_string());
                if source.name == *name {
                    assert_eq!(told, Ok(()), "{columns}");
                } else {
                    let looks =
                        format!("a.csv: looks like a file of {name}, not of {}", source.name);
                    let told = told.unwrap_err();
                    assert!(told.starts_with(&looks), "{columns}: {told}");
                }
            }
        }
        let all = |source: &Source| FILES.iter().any(|(name, _)| *name == source.name);
        assert!(Source::all().iter().all(all), "a source without a file");
    }

    #[test]
    fn files_that_lose_nothing_are_taken() {
        for (source, columns) in [
            ("jigsaw", "id,comment_text"),
            ("jigsaw", "text,toxic"),
            ("jigsaw", "id,comment_text,toxic,lang"),
            ("impermium", "text,insult"),
            ("olid", "id,tweet"),
            // Neither takes all: it is for the user to say.
            ("jigsaw", "comment_text,toxic,identity_hate,target"),
            ("jigsaw", "id,body"),
        ] {
            let schema = schema_of(&columns.split(',').collect::<Vec<_>>());
            let source = Source::find(source).unwrap();
            assert!(source.refuse_others(&schema).is_ok(), "{columns}");
        }
    }

    #[test]
    fn what_would_be_lost_is_told() {
        let schema = schema_of(&["comment_text", "target", "obscene", "threat"]);
        let told = Source::find("jigsaw").unwrap().refuse_others(&schema);
        assert_eq!(
            told.unwrap_err().to_string(),
            "a.csv: looks like a file of civil-comments, not of jigsaw, which does not take its columns \
             `target`; read it with `ombuds data import civil-comments`"
        );
    }
}
