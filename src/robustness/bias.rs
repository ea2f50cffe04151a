//! Identity terms in sentences where they should not matter.
//!
//! Every template is filled with every term, so the terms see the same sentences. For a term: its own
//! sentences are the *subgroup*, those of all other terms the *background*.
//!
//! - subgroup AUC: insults against civil sentences, both with the term;
//! - BPSN AUC: insults of the background against civil sentences with the term; low if the term alone
//!   raises the score, so that its people are flagged for being named;
//! - BNSP AUC: insults with the term against civil sentences of the background; low if the term lowers the
//!   score, so that insults at its people pass.
//!
//! # References
//! - Dixon et al. (2018), Measuring and Mitigating Unintended Bias in Text Classification: the templates.
//! - Borkan et al. (2019), Nuanced Metrics for Measuring Unintended Bias with Real Data for Text
//!   Classification: the three areas.

use std::io::Read;

use serde::{Deserialize, Serialize};

use super::functional::distinct;
use super::{Error, Judge, Share, View, roc_auc};
use crate::linear::loss::sigmoid;

/// Share of civil comments whose scores no neutral sentence should reach.
pub const TOP_SHARE: f64 = 0.05;

/// A sentence with a slot.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Template {
    /// With `{person}` or `{people}` once.
    pub template: String,
    /// 1 for an insult, whatever the term.
    pub expected: u8,
    /// What kind of sentence it is.
    pub kind: String,
}

/// A term for people.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Identity {
    /// Its name.
    pub term: String,
    /// Religion, gender and so on; `none` for people of no group.
    pub group: String,
    /// Fills `{person}`.
    pub person: String,
    /// Fills `{people}`.
    pub people: String,
}

/// The model's scores by term and group.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BiasReport {
    /// Templates.
    pub n_templates: usize,
    /// Area under the ROC curve of all sentences.
    pub roc_auc: Option<f64>,
    /// Civil sentences that are flagged.
    pub civil_flagged: Share,
    /// Insults that are not.
    pub insults_missed: Share,
    /// Probability that [`TOP_SHARE`] of civil comments of real data reach, where data was given.
    pub top_threshold: Option<f64>,
    /// By group.
    pub groups: Vec<TermResult>,
    /// By term.
    pub terms: Vec<TermResult>,
    /// Civil sentences that are flagged, by falling score.
    pub flagged: Vec<FlaggedSentence>,
}

/// Figures of one term, or of all terms of a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TermResult {
    /// The term; of a group, its name.
    pub term: String,
    /// Its group.
    pub group: String,
    /// Area with the term on both sides.
    pub subgroup_auc: Option<f64>,
    /// Background positive, subgroup negative.
    pub bpsn_auc: Option<f64>,
    /// Background negative, subgroup positive.
    pub bnsp_auc: Option<f64>,
    /// Civil sentences that are flagged.
    pub civil_flagged: Share,
    /// Civil sentences that score as high as [`BiasReport::top_threshold`].
    pub civil_in_top: Option<Share>,
    /// Insults that are not flagged.
    pub insults_missed: Share,
}

/// A civil sentence that is flagged.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FlaggedSentence {
    /// The term in it.
    pub term: String,
    /// What kind of sentence it is.
    pub kind: String,
    /// The sentence.
    pub text: String,
    /// The model's probability.
    pub score: f64,
}

/// Reads templates: CSV with the columns `template,expected,kind`.
pub fn read_templates(file: impl Read) -> Result<Vec<Template>, Error> {
    let mut reader = csv::Reader::from_reader(file);
    let templates: Vec<Template> = reader.deserialize().collect::<Result<_, _>>()?;
    for it in &templates {
        let n_slots =
            it.template.matches("{person}").count() + it.template.matches("{people}").count();
        if n_slots != 1 {
            let template = it.template.clone();
            return Err(Error::Slot { template });
        }
        if it.expected > 1 {
            return Err(Error::Expected {
                row: it.template.clone(),
                expected: it.expected,
            });
        }
    }
    Ok(templates)
}

/// Reads terms: CSV with the columns `term,group,person,people`.
pub fn read_identities(file: impl Read) -> Result<Vec<Identity>, Error> {
    let mut reader = csv::Reader::from_reader(file);
    Ok(reader.deserialize().collect::<Result<_, _>>()?)
}

impl Template {
    fn fill(&self, identity: &Identity) -> String {
        let text = self.template.replace("{person}", &identity.person);
        text.replace("{people}", &identity.people)
    }
}

/// Fills the templates and asks the judge; `civil_scores` are probabilities of civil comments of real data.
///
/// # Complexity  O(t s log(t s)) for each of t terms with s templates
pub fn measure(
    templates: &[Template],
    identities: &[Identity],
    judge: &Judge,
    civil_scores: &[f64],
) -> BiasReport {
    let sentences = judged(templates, identities, judge);
    let all: Vec<&Sentence> = sentences.iter().collect();
    let top_threshold = top_threshold(civil_scores);
    let result = |term: &str, group: &str, is_own: &dyn Fn(&Identity) -> bool| {
        let (own, others): (Vec<&Sentence>, Vec<&Sentence>) =
            all.iter().partition(|sentence| is_own(sentence.identity));
        TermResult {
            term: term.to_owned(),
            group: group.to_owned(),
            subgroup_auc: area(&own, &own),
            bpsn_auc: area(&others, &own),
            bnsp_auc: area(&own, &others),
            civil_flagged: flagged(&own, false),
            civil_in_top: top_threshold.map(|from| {
                let civil = own.iter().filter(|it| !it.is_insult);
                Share::of(civil.map(|it| sigmoid(it.logit) >= from))
            }),
            insults_missed: missed(&own),
        }
    };
    let groups = distinct(identities.iter().map(|it| it.group.as_str()));
    BiasReport {
        n_templates: templates.len(),
        roc_auc: area(&all, &all),
        civil_flagged: flagged(&all, false),
        insults_missed: missed(&all),
        top_threshold,
        groups: groups
            .iter()
            .map(|group| result(group, group, &|it| it.group == *group))
            .collect(),
        terms: identities
            .iter()
            .map(|own| result(&own.term, &own.group, &|it| it.term == own.term))
            .collect(),
        flagged: flagged_sentences(&sentences),
    }
}

/// The lowest probability that [`TOP_SHARE`] of these reach, rounded up to at least one comment.
fn top_threshold(scores: &[f64]) -> Option<f64> {
    let mut sorted = scores.to_owned();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let n_top = (TOP_SHARE * sorted.len() as f64).ceil() as usize;
    sorted.get(n_top.checked_sub(1)?).copied()
}

struct Sentence<'a> {
    identity: &'a Identity,
    kind: &'a str,
    text: String,
    is_insult: bool,
    logit: f64,
    is_flagged: bool,
}

fn judged<'a>(
    templates: &'a [Template],
    identities: &'a [Identity],
    judge: &Judge,
) -> Vec<Sentence<'a>> {
    let pairs = identities
        .iter()
        .flat_map(|identity| templates.iter().map(move |template| (identity, template)));
    let mut sentences: Vec<Sentence> = pairs
        .map(|(identity, template)| Sentence {
            identity,
            kind: &template.kind,
            text: template.fill(identity),
            is_insult: template.expected == 1,
            logit: 0.0,
            is_flagged: false,
        })
        .collect();
    let texts: Vec<&str> = sentences.iter().map(|it| it.text.as_str()).collect();
    let logits = judge.logits(&texts, View::Recovered);
    for (sentence, logit) in sentences.iter_mut().zip(logits) {
        sentence.logit = logit;
        sentence.is_flagged = judge.is_flagged(logit);
    }
    sentences
}

/// Insults of the first against civil sentences of the second.
fn area(insults: &[&Sentence], civil: &[&Sentence]) -> Option<f64> {
    let insults = insults.iter().filter(|it| it.is_insult);
    let both = insults.chain(civil.iter().filter(|it| !it.is_insult));
    let (logits, answers): (Vec<f64>, Vec<bool>) = both.map(|it| (it.logit, it.is_insult)).unzip();
    roc_auc(&logits, &answers)
}

fn flagged(sentences: &[&Sentence], is_insult: bool) -> Share {
    let wanted = sentences.iter().filter(|it| it.is_insult == is_insult);
    Share::of(wanted.map(|it| it.is_flagged))
}

fn missed(sentences: &[&Sentence]) -> Share {
    let found = flagged(sentences, true);
    Share::new(found.of - found.n, found.of)
}

fn flagged_sentences(sentences: &[Sentence]) -> Vec<FlaggedSentence> {
    let flagged = sentences.iter().filter(|it| !it.is_insult && it.is_flagged);
    let mut flagged: Vec<FlaggedSentence> = flagged
        .map(|it| FlaggedSentence {
            term: it.identity.term.clone(),
            kind: it.kind.to_owned(),
            text: it.text.clone(),
            score: sigmoid(it.logit),
        })
        .collect();
    flagged.sort_by(|a, b| b.score.total_cmp(&a.score));
    flagged
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATES: &str = "template,expected,kind
The {person} is kind.,0,everyday
All {people} are scum.,1,insult
";
    const TERMS: &str = "term,group,person,people
local,none,local,locals
elf,folk,elf,elves
";

    fn report(logit: fn(&str) -> f64) -> BiasReport {
        let templates = read_templates(TEMPLATES.as_bytes()).unwrap();
        let identities = read_identities(TERMS.as_bytes()).unwrap();
        let judge = Judge::new(0.5, move |texts, _| {
            texts.iter().map(|text| logit(text)).collect()
        });
        // The 5 % of 40 comments are two; the second highest is 0.8.
        let mut civil = vec![0.1; 38];
        civil.extend([0.9, 0.8]);
        measure(&templates, &identities, &judge, &civil)
    }

    #[test]
    fn a_term_that_raises_scores_shows_in_its_bpsn() {
        // Insult +1, elf +2: elf civil 1, elf insult 2, local civil -1, local insult 0.
        let biased = report(|text| {
            f64::from(u8::from(text.contains("scum"))) - 1.0
                + 2.0 * f64::from(u8::from(text.contains("elf") || text.contains("elves")))
        });
        let [local, elf] = &biased.terms[..] else {
            panic!("two terms");
        };
        assert_eq!(elf.bpsn_auc, Some(0.0), "insult 0 against civil 1");
        assert_eq!(elf.bnsp_auc, Some(1.0));
        assert_eq!(elf.subgroup_auc, Some(1.0));
        assert_eq!((local.bpsn_auc, local.bnsp_auc), (Some(1.0), Some(0.0)));
        assert_eq!((elf.civil_flagged.n, local.civil_flagged.n), (1, 0));
        assert_eq!(biased.flagged[0].text, "The elf is kind.");
        assert_eq!(biased.top_threshold, Some(0.8));
        assert_eq!(elf.civil_in_top.unwrap().n, 0, "sigmoid(1) is .73");
        assert_eq!(biased.roc_auc, Some(0.75), "three of four pairs in order");
        assert_eq!(biased.groups.len(), 2);
    }

    #[test]
    fn a_fair_model_has_no_gap() {
        let fair = report(|text| if text.contains("scum") { 1.0 } else { -1.0 });
        for term in &fair.terms {
            assert_eq!(
                [term.subgroup_auc, term.bpsn_auc, term.bnsp_auc],
                [Some(1.0); 3]
            );
        }
        assert!(fair.flagged.is_empty());
    }

    #[test]
    fn a_template_has_one_slot() {
        let none = "template,expected,kind\nHello there.,0,x\n";
        assert!(matches!(
            read_templates(none.as_bytes()),
            Err(Error::Slot { .. })
        ));
    }
}
