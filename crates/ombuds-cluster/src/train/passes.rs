//! What is summed over comments: classes by bucket, loss with gradient, Hessian times a direction.
//!
//! minimise over w, b:  `1/2 (sum_j w_j^2 / v_j + b^2) + sum_i c_i log(1 + exp(-y_i (w.x_i + b)))`
//!
//! as `ombuds::linear::conjugate` does on a `PresenceMatrix`, whose definition of `x_ij` this is; `v_j` the prior variance,
//! costs `c_i` = share of raters over alpha, a soft label being one instance of either class. In place of w stands
//! `u_j = w_j / sqrt(v_j)`, so that the penalty is `1/2 |u|^2` and the method sees an even landscape. Only the sums over
//! comments are made here; the penalty is the driver's.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, AsArray as _, Int64Array, StringArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::AggregateUDF;
use ombuds::linear::loss::{sigmoid, sigmoid_and_losses};
use ombuds::linear::presence::inverse_norm;

use super::cache::{Fit, Place, Shard, ShardCache};
use super::row::{Blocks, decode};
use super::{sums, vectors};

/// `(features, share, n_columns)` → by bucket how many rows of each class hold it, then rows by class: 2 (n + 1) numbers,
/// the negative class first.
pub(super) const CLASS_COUNTS: &str = "class_counts_v3";
/// Likewise, each row counting once for a bucket: documents.
pub(super) const DOCUMENT_COUNTS: &str = "document_counts_v3";
/// `(path, row group, label, fold left out, idf, roots, point)` → loss, then the gradient by bucket, each over
/// `idf_j sqrt(v_j)`, and for the intercept: 1 + n + 1 numbers.
pub(super) const GRADIENT: &str = "logistic_gradient_v3";
/// The same and a direction → the Hessian's product, likewise: n + 1 numbers.
pub(super) const HESSIAN: &str = "logistic_hessian_v3";
/// The fold that is none.
pub(super) const NO_FOLD: u8 = u8::MAX;

/// All of them, with the shards that this process holds.
pub(super) fn functions(cache: &Arc<ShardCache>) -> [AggregateUDF; 4] {
    let (row, share, path) = (DataType::Binary, DataType::Float64, DataType::Utf8);
    let number = DataType::Int64;
    let counts = vec![row, share.clone(), share];
    let place = [path.clone(), number.clone(), number.clone(), number];
    let paths = |n_paths| vec![path.clone(); n_paths];
    let gradient = [&place[..], &paths(3)].concat();
    let hessian = [&place[..], &paths(4)].concat();
    [
        sums::function(CLASS_COUNTS, counts.clone(), add_class_counts, cache),
        sums::function(DOCUMENT_COUNTS, counts, add_document_counts, cache),
        sums::function(GRADIENT, gradient, add_gradient, cache),
        sums::function(HESSIAN, hessian, add_hessian, cache),
    ]
}

/// Rows whose features and share are known.
fn rows(values: &[ArrayRef]) -> impl Iterator<Item = (&[u8], f64)> {
    let rows = values[0].as_binary::<i32>().iter();
    let shares = values[1].as_primitive::<Float64Type>();
    rows.zip(shares)
        .filter_map(|(row, share)| Some((row?, share?)))
}

fn check_share(share: f64) -> Result<()> {
    if (0.0..=1.0).contains(&share) {
        return Ok(());
    }
    exec_err!("a label is {share}, but must be from 0 to 1")
}

fn add_class_counts(_: &ShardCache, values: &[ArrayRef], sums: &mut Vec<i64>) -> Result<()> {
    add_counts(values, sums, |_| ())
}

fn add_document_counts(_: &ShardCache, values: &[ArrayRef], sums: &mut Vec<i64>) -> Result<()> {
    add_counts(values, sums, |columns| {
        columns.sort_unstable();
        columns.dedup();
    })
}

fn add_counts(
    values: &[ArrayRef],
    sums: &mut Vec<i64>,
    prepare: impl Fn(&mut Vec<u32>),
) -> Result<()> {
    let n_columns = values[2].as_primitive::<Float64Type>().value(0) as usize;
    sums.resize(2 * (n_columns + 1), 0);
    let mut blocks = Blocks::default();
    for (row, share) in rows(values) {
        check_share(share)?;
        decode(&mut { row }, n_columns, &mut blocks)?;
        let mut columns = blocks.concat();
        prepare(&mut columns);
        for (class, weight) in [1.0 - share, share].into_iter().enumerate() {
            let counts = &mut sums[class * (n_columns + 1)..][..=n_columns];
            let weight = sums::to_units(weight)?;
            if weight > 0 {
                for &column in &columns {
                    counts[column as usize] += weight;
                }
                counts[n_columns] += weight;
            }
        }
    }
    Ok(())
}

fn add_gradient(cache: &ShardCache, values: &[ArrayRef], sums: &mut Vec<i64>) -> Result<()> {
    let pass = Pass::of(values);
    let table = Table::get(&pass.paths[..3])?;
    let n_columns = table.weights.len();
    sums.resize(n_columns + 2, 0);
    pass.each_shard(cache, |shard| {
        let mut logits = vec![f64::NAN; shard.n_rows()];
        for row in shard.rows(pass.label_idx, pass.without) {
            let logit = table.intercept + row.dot(&table.weights);
            logits[row.idx] = logit;
            let (probability, losses) = sigmoid_and_losses(logit);
            let loss = row.share * losses[1] + (1.0 - row.share) * losses[0];
            sums[0] = sums[0].saturating_add(sums::to_units(loss)?);
            let factor = probability - row.share;
            row.add(factor, &mut sums[1..])?;
            sums[n_columns + 1] += sums::to_units(factor)?;
        }
        shard.keep_logits(&pass.fit(), logits);
        Ok(())
    })
}

fn add_hessian(cache: &ShardCache, values: &[ArrayRef], sums: &mut Vec<i64>) -> Result<()> {
    let pass = Pass::of(values);
    let [idf, roots, point, direction] = pass.paths[..] else {
        return exec_err!("{HESSIAN}: a point and a direction are needed");
    };
    let at = Table::get(&[idf, roots, point])?;
    let along = Table::get(&[idf, roots, direction])?;
    let n_columns = along.weights.len();
    sums.resize(n_columns + 1, 0);
    pass.each_shard(cache, |shard| {
        let known = shard.logits(&pass.fit());
        let mut logits = known.is_none().then(|| vec![f64::NAN; shard.n_rows()]);
        for row in shard.rows(pass.label_idx, pass.without) {
            let kept = known.as_ref().map_or(f64::NAN, |known| known[row.idx]);
            let logit = if kept.is_nan() {
                at.intercept + row.dot(&at.weights)
            } else {
                kept
            };
            if let Some(logits) = &mut logits {
                logits[row.idx] = logit;
            }
            let probability = sigmoid(logit);
            let change = along.intercept + row.dot(&along.weights);
            let factor = probability * (1.0 - probability) * change;
            row.add(factor, sums)?;
            sums[n_columns] += sums::to_units(factor)?;
        }
        if let Some(logits) = logits {
            shard.keep_logits(&pass.fit(), logits);
        }
        Ok(())
    })
}

/// What a batch asks for: shards of one pass.
struct Pass<'a> {
    files: &'a StringArray,
    groups: &'a Int64Array,
    label_idx: usize,
    without: u8,
    /// Of idf, square roots of the prior, point and, for the Hessian, direction: the same in all rows.
    paths: Vec<&'a str>,
}

impl<'a> Pass<'a> {
    /// # Panics  if there is no row
    fn of(values: &'a [ArrayRef]) -> Self {
        let number = |idx: usize| values[idx].as_primitive::<Int64Type>();
        let paths = values[4..].iter();
        Self {
            files: values[0].as_string(),
            groups: number(1),
            label_idx: number(2).value(0) as usize,
            without: number(3).value(0) as u8,
            paths: paths.map(|it| it.as_string::<i32>().value(0)).collect(),
        }
    }

    fn fit(&self) -> Fit {
        [self.paths[1], self.paths[2]].map(str::to_owned)
    }

    fn each_shard(
        &self,
        cache: &ShardCache,
        mut take: impl FnMut(&Shard) -> Result<()>,
    ) -> Result<()> {
        for (path, group) in self.files.iter().zip(self.groups) {
            let (Some(path), Some(group)) = (path, group) else {
                return exec_err!("a shard without a place");
            };
            let shard = cache.get(&Place {
                path: path.to_owned(),
                group: group as usize,
                idf: self.paths[0].to_owned(),
            })?;
            if self.label_idx >= shard.n_labels() {
                return exec_err!("{path} has {} labels", shard.n_labels());
            }
            take(&shard)?;
        }
        Ok(())
    }
}

/// Logits under weights: of the text `w.x + b`, of the display name `w.x`, of the strongest sentence `w.x + b`.
pub(super) fn logits(
    [mut text, mut name, mut sentences]: [&[u8]; 3],
    paths: &[&str; 3],
) -> Result<[f64; 3]> {
    let table = Table::get(paths)?;
    let mut blocks = Blocks::default();
    let text = table.logit(&mut text, &mut blocks)?;
    let name = table.logit(&mut name, &mut blocks)?;
    let mut strongest = f64::NEG_INFINITY;
    while !sentences.is_empty() {
        strongest = strongest.max(table.logit(&mut sentences, &mut blocks)?);
    }
    // A text without words has no sentence.
    let strongest = if strongest.is_finite() {
        strongest
    } else {
        table.intercept
    };
    Ok([text, name - table.intercept, strongest])
}

/// A vector by which the rows of a pass are multiplied, shared by all partitions in a process.
#[derive(Debug)]
struct Table {
    idf: Arc<Vec<f64>>,
    /// `u_j idf_j sqrt(v_j)`: what `u_j` does to a row before its norm.
    weights: Vec<f64>,
    intercept: f64,
}

type Kept = VecDeque<(Vec<String>, Arc<Table>)>;
static TABLES: Mutex<Kept> = Mutex::new(VecDeque::new());
/// Tables kept: point and direction of each fold that is fitted, and those of partitions a pass behind.
const MAX_TABLES: usize = 8;

impl Table {
    /// From the files of idf, square roots of the prior variance, and u with the intercept.
    fn get(paths: &[&str]) -> Result<Arc<Self>> {
        let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, table)) = tables.iter().find(|(known, _)| known == paths) {
            return Ok(Arc::clone(table));
        }
        let table = Arc::new(Self::load(paths)?);
        if tables.len() == MAX_TABLES {
            tables.pop_front();
        }
        let names = paths.iter().map(|&path| path.to_owned()).collect();
        tables.push_back((names, Arc::clone(&table)));
        Ok(table)
    }

    fn load(paths: &[&str]) -> Result<Self> {
        let [idf, roots, point] = paths else {
            return exec_err!("{} files of vectors, expected 3", paths.len());
        };
        let (idf, roots, point) = (
            vectors::read(idf)?,
            vectors::read(roots)?,
            vectors::read(point)?,
        );
        if roots.len() != idf.len() || point.len() != idf.len() + 1 {
            return exec_err!("weights of another number of buckets than {}", idf.len());
        }
        let (point, intercept) = point.split_at(idf.len());
        let weights = point.iter().zip(idf.iter().zip(&*roots));
        Ok(Self {
            weights: weights.map(|(u, (idf, root))| u * (idf * root)).collect(),
            intercept: intercept[0],
            idf,
        })
    }

    /// Logit of a row that is not in a shard.
    fn logit(&self, row: &mut &[u8], blocks: &mut Blocks) -> Result<f64> {
        decode(row, self.weights.len(), blocks)?;
        let of_block = |block: &Vec<u32>| {
            let columns = || block.iter().map(|&column| column as usize);
            let squares = columns().map(|column| self.idf[column] * self.idf[column]);
            let weights = columns().map(|column| self.weights[column]);
            // As single precision, which is what `PresenceMatrix` keeps.
            f64::from(inverse_norm(squares.sum()) as f32) * weights.sum::<f64>()
        };
        Ok(self.intercept + blocks.iter().map(of_block).sum::<f64>())
    }
}
