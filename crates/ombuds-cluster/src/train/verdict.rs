//! The verdict: a sample of out-of-fold evidence comes to the driver, where linfa-logistic fits it.

use std::cell::Cell;
use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, Float64Builder, StructArray};
use arrow::datatypes::{DataType, Field, Fields, Float64Type, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::execution::FunctionRegistry as _;
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility, lit,
};
use ombuds::evidence::{N_COLUMNS, N_NAMED, evidence_row, without_relation};
use ombuds::linear::loss::sigmoid;
use ombuds::policy::OperatingPoint;
use ombuds::train::thresholds::choose;
use ombuds::verdict::{Verdict, VerdictFit};

use super::fit::Evidence;
use super::shards::{SHARDS, label_column};
use super::{Job, Traffic, TrainError, count, passes};
use crate::arguments::column;

/// Part of the name: weights are read as one version of the program wrote them.
const EVIDENCE: &str = "evidence_logits_v2";
/// Rows that come to the driver, about: as many as the verdict's fit takes in, and 30 MB.
const SAMPLE_ROWS: f64 = 60_000.0;

fn fields() -> Fields {
    ["text", "name", "sentence"]
        .map(|name| Field::new(name, DataType::Float64, false))
        .to_vec()
        .into()
}

/// `(features of text, display name and sentences, idf, roots, point)` → logits of text, display name, strongest sentence.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct EvidenceFunction {
    signature: Signature,
}

impl EvidenceFunction {
    pub(super) fn new() -> Self {
        let types = vec![
            DataType::Binary,
            DataType::Binary,
            DataType::Binary,
            DataType::Utf8,
            DataType::Utf8,
            DataType::Utf8,
        ];
        Self {
            signature: Signature::exact(types, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for EvidenceFunction {
    fn name(&self) -> &str {
        EVIDENCE
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fields()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let n_rows = args.number_rows;
        let arrays: Vec<ArrayRef> = (args.args.into_iter())
            .map(|arg| arg.into_array(n_rows))
            .collect::<Result<_>>()?;
        let features = [0, 1, 2].map(|idx| arrays[idx].as_binary::<i32>());
        let paths = [3, 4, 5].map(|idx| arrays[idx].as_string::<i32>());
        let mut found = [(); 3].map(|()| Float64Builder::with_capacity(n_rows));
        for row in 0..n_rows {
            if features.iter().any(|column| column.is_null(row)) {
                return exec_err!("{EVIDENCE}: a row without features");
            }
            let features = features.map(|column| column.value(row));
            let logits = passes::logits(features, &paths.map(|column| column.value(row)))?;
            for (builder, logit) in found.iter_mut().zip(logits) {
                builder.append_value(logit);
            }
        }
        let arrays = found.map(|mut builder| Arc::new(builder.finish()) as ArrayRef);
        let logits = StructArray::new(fields(), arrays.to_vec(), None);
        Ok(ColumnarValue::Array(Arc::new(logits)))
    }
}

/// Sampled rows of one fold.
#[derive(Debug, Default)]
struct Sample {
    /// Key, evidence and share.
    rows: Vec<(i64, [f64; N_COLUMNS], f32)>,
}

impl Job<'_> {
    /// Verdict and thresholds of a label from out-of-fold evidence.
    pub(super) async fn fit_verdict(
        &self,
        label_idx: usize,
        folds: &[Evidence],
        traffic: &Cell<Traffic>,
    ) -> Result<(VerdictFit, OperatingPoint), TrainError> {
        let stage = "out-of-fold evidence";
        let step = (self
            .n_labelled(label_idx)
            .await
            .map_err(TrainError::engine(stage))? as f64
            / SAMPLE_ROWS)
            .ceil()
            .max(1.0) as i64;
        let mut samples = Vec::new();
        for (fold, evidence) in folds.iter().enumerate() {
            let found = self.sample(label_idx, fold as u8, evidence, step);
            let sample = found.await.map_err(TrainError::engine(stage))?;
            let n_bytes = sample.rows.len() * size_of::<[f64; N_COLUMNS]>();
            count(traffic, |traffic| traffic.bytes_evidence += n_bytes as u64);
            samples.push(sample);
        }
        let fit = |keep: &dyn Fn(usize) -> bool| {
            let kept = samples.iter().enumerate().filter(|(fold, _)| keep(*fold));
            let rows = kept.flat_map(|(_, sample)| &sample.rows);
            let (rows, shares): (Vec<_>, Vec<_>) =
                rows.map(|(_, row, share)| (*row, *share)).unzip();
            Verdict::fit(&rows, &shares, &vec![0; rows.len()])
        };
        let label = &self.labels[label_idx].label;
        let all = fit(&|_| true).map_err(|source| TrainError::Verdict {
            label: label.clone(),
            source,
        })?;
        let (mut scores, mut shares) = (Vec::new(), Vec::new());
        for (fold, sample) in samples.iter().enumerate() {
            // A fold left with one class borrows the verdict of all rows.
            let verdict =
                fit(&|other| other != fold).map_or(all.verdict.clone(), |fit| fit.verdict);
            scores.extend(
                sample
                    .rows
                    .iter()
                    .map(|(_, row, _)| sigmoid(verdict.logit(row))),
            );
            shares.extend(sample.rows.iter().map(|(_, _, share)| *share));
        }
        Ok((all, choose(label, &scores, &shares)))
    }

    async fn n_labelled(&self, label_idx: usize) -> Result<usize> {
        let rows = self.context.table(SHARDS).await?;
        let share = column(&label_column(label_idx));
        rows.filter(share.is_not_null())?.count().await
    }

    async fn sample(
        &self,
        label_idx: usize,
        fold: u8,
        evidence: &Evidence,
        step: i64,
    ) -> Result<Sample> {
        let share = column(&label_column(label_idx));
        let rows = self.context.table(SHARDS).await?;
        let rows = rows
            .filter(share.clone().is_not_null())?
            .filter(column("fold").eq(lit(fold)))?
            .filter((column("key") % lit(step)).eq(lit(0_i64)))?;
        let logits = self.context.udf(EVIDENCE)?.call(vec![
            column("text"),
            column("name"),
            column("sentences"),
            lit(evidence.prior[0].as_str()),
            lit(evidence.prior[1].as_str()),
            lit(evidence.point.as_str()),
        ]);
        let rows = rows.select(vec![
            column("key"),
            column("named"),
            share.alias("share"),
            get_field(logits.clone(), "text").alias("text_logit"),
            get_field(logits.clone(), "name").alias("name_logit"),
            get_field(logits, "sentence").alias("sentence_logit"),
        ])?;
        let mut sample = Sample::default();
        for batch in rows.collect().await? {
            let keys = batch.column(0).as_primitive::<Int64Type>();
            let named = batch.column(1).as_binary::<i32>();
            let numbers = [2, 3, 4, 5].map(|idx| batch.column(idx).as_primitive::<Float64Type>());
            for row in 0..batch.num_rows() {
                let [share, text, name, sentence] = numbers.map(|column| column.value(row));
                let named = decode_named(named.value(row))?;
                let evidence = evidence_row(text, name, sentence, &named);
                let evidence = without_relation(evidence);
                sample.rows.push((keys.value(row), evidence, share as f32));
            }
        }
        // Partitions come in any order; the fit shall not see it.
        sample.rows.sort_by(|a, b| {
            let numbers = a.1.iter().zip(&b.1).map(|(a, b)| a.total_cmp(b));
            let by_numbers = numbers.fold(Ordering::Equal, Ordering::then);
            a.0.cmp(&b.0).then(by_numbers).then(a.2.total_cmp(&b.2))
        });
        Ok(sample)
    }
}

fn decode_named(bytes: &[u8]) -> Result<[f64; N_NAMED]> {
    let (numbers, rest) = bytes.as_chunks::<8>();
    let named: Vec<f64> = numbers.iter().map(|it| f64::from_le_bytes(*it)).collect();
    match named.try_into() {
        Ok(named) if rest.is_empty() => Ok(named),
        _ => exec_err!(
            "{} bytes of named numbers, expected {}",
            bytes.len(),
            8 * N_NAMED
        ),
    }
}
