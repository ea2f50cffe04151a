//! What is summed over comments: classes by bucket, loss with gradient, Hessian times a direction.
//!
//! minimise over w, b:  `1/2 (sum_j w_j^2 / v_j + b^2) + sum_i c_i log(1 + exp(-y_i (w.x_i + b)))`
//!
//! as `ombuds::linear::dual` does on a `PresenceMatrix`, whose definition of `x_ij` this is; `v_j` the prior variance,
//! costs `c_i` = share of raters over alpha, a soft label being one instance of either class. In place of w stands
//! `u_j = w_j / sqrt(v_j)`, so that the penalty is `1/2 |u|^2` and the method sees an even landscape. Only the sums over
//! comments are made here; the penalty is the driver's.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, AsArray as _};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::AggregateUDF;
use ombuds::linear::loss::{logistic_loss, sigmoid};
use ombuds::linear::presence::inverse_norm;

use super::row::{Blocks, decode};
use super::{sums, vectors};

/// `(features, share, n_columns)` → by bucket how many rows of each class hold it, then rows by class: 2 (n + 1) numbers,
/// the negative class first.
pub(super) const CLASS_COUNTS: &str = "class_counts_v1";
/// `(features, share, columns, point)` → loss, then the gradient by bucket and for the intercept: 1 + n + 1 numbers.
pub(super) const GRADIENT: &str = "logistic_gradient_v1";
/// `(features, share, columns, point, direction)` → the product by bucket and for the intercept: n + 1 numbers.
pub(super) const HESSIAN: &str = "logistic_hessian_v1";

/// All of them.
pub(super) fn functions() -> [AggregateUDF; 3] {
    let (row, share, path) = (DataType::Binary, DataType::Float64, DataType::Utf8);
    let counts = vec![row.clone(), share.clone(), DataType::Float64];
    let gradient = vec![row, share, path.clone(), path.clone()];
    let hessian = [gradient.clone(), vec![path]].concat();
    [
        sums::function(CLASS_COUNTS, counts, add_counts),
        sums::function(GRADIENT, gradient, add_gradient),
        sums::function(HESSIAN, hessian, add_hessian),
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

fn add_counts(values: &[ArrayRef], sums: &mut Vec<f64>) -> Result<()> {
    let n_columns = values[2].as_primitive::<Float64Type>().value(0) as usize;
    sums.resize(2 * (n_columns + 1), 0.0);
    let mut blocks = Blocks::default();
    for (row, share) in rows(values) {
        check_share(share)?;
        decode(&mut { row }, n_columns, &mut blocks)?;
        let mut columns = blocks.concat();
        columns.sort_unstable();
        columns.dedup();
        // Whole numbers for hard labels, so that any order of adding gives the same.
        for (class, weight) in [1.0 - share, share].into_iter().enumerate() {
            let counts = &mut sums[class * (n_columns + 1)..][..=n_columns];
            if weight > 0.0 {
                for &column in &columns {
                    counts[column as usize] += weight;
                }
                counts[n_columns] += weight;
            }
        }
    }
    Ok(())
}

fn add_gradient(values: &[ArrayRef], sums: &mut Vec<f64>) -> Result<()> {
    let table = Table::get(&paths(&values[2..]))?;
    let n_columns = table.cells.len();
    sums.resize(n_columns + 2, 0.0);
    let mut reader = Reader::default();
    for (row, share) in rows(values) {
        check_share(share)?;
        let [logit, _] = reader.read(&mut { row }, &table)?;
        sums[0] += share * logistic_loss(logit) + (1.0 - share) * logistic_loss(-logit);
        reader.add(sigmoid(logit) - share, &table, &mut sums[1..]);
    }
    Ok(())
}

fn add_hessian(values: &[ArrayRef], sums: &mut Vec<f64>) -> Result<()> {
    let table = Table::get(&paths(&values[2..]))?;
    sums.resize(table.cells.len() + 1, 0.0);
    let mut reader = Reader::default();
    for (row, share) in rows(values) {
        check_share(share)?;
        let [logit, along] = reader.read(&mut { row }, &table)?;
        let probability = sigmoid(logit);
        reader.add(probability * (1.0 - probability) * along, &table, sums);
    }
    Ok(())
}

/// Logits under weights: of the text `w.x + b`, of the display name `w.x`, of the strongest sentence `w.x + b`.
pub(super) fn logits(
    [mut text, mut name, mut sentences]: [&[u8]; 3],
    columns: &str,
    point: &str,
) -> Result<[f64; 3]> {
    let table = Table::get(&[columns, point])?;
    let mut reader = Reader::default();
    let [text, _] = reader.read(&mut text, &table)?;
    let [name, _] = reader.read(&mut name, &table)?;
    let mut strongest = f64::NEG_INFINITY;
    while !sentences.is_empty() {
        strongest = strongest.max(reader.read(&mut sentences, &table)?[0]);
    }
    // A text without words has no sentence.
    let strongest = if strongest.is_finite() {
        strongest
    } else {
        table.intercept
    };
    Ok([text, name - table.intercept, strongest])
}

/// The paths of a batch: the same in all rows.
fn paths(values: &[ArrayRef]) -> Vec<&str> {
    values
        .iter()
        .map(|paths| paths.as_string::<i32>().value(0))
        .collect()
}

/// What the rows of a pass are multiplied with, bucket by bucket.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    /// `idf_j`
    idf: f64,
    /// `idf_j sqrt(v_j)`: what a unit of `u_j` does to a row before its norm.
    scale: f64,
    /// `u_j` in that unit.
    weight: f64,
    /// The direction's part in that unit.
    direction: f64,
}

/// The cells of one pass, shared by all partitions in a process.
#[derive(Debug)]
struct Table {
    cells: Vec<Cell>,
    intercept: f64,
    direction: f64,
}

type Kept = VecDeque<(Vec<String>, Arc<Table>)>;
static TABLES: Mutex<Kept> = Mutex::new(VecDeque::new());
/// Tables kept: partitions of one process may be a pass apart.
const MAX_TABLES: usize = 3;

impl Table {
    /// From the files of columns (idf, then sqrt of the prior variance), point (u and b) and direction, if any.
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
        let columns = vectors::read(paths[0])?;
        let point = vectors::read(paths[1])?;
        let direction = paths.get(2).map(|path| vectors::read(path)).transpose()?;
        let n_columns = columns.len() / 2;
        let fits = |vector: &[f64]| vector.len() == n_columns + 1;
        if !fits(&point) || direction.as_ref().is_some_and(|vector| !fits(vector)) {
            return exec_err!("weights of another number of buckets than {n_columns}");
        }
        let (idf, roots) = columns.split_at(n_columns);
        let cell = |j: usize| {
            let scale = idf[j] * roots[j];
            Cell {
                idf: idf[j],
                scale,
                weight: point[j] * scale,
                direction: direction.as_ref().map_or(0.0, |vector| vector[j] * scale),
            }
        };
        Ok(Self {
            cells: (0..n_columns).map(cell).collect(),
            intercept: point[n_columns],
            direction: direction.map_or(0.0, |vector| vector[n_columns]),
        })
    }
}

/// One row at a time.
#[derive(Default)]
struct Reader {
    blocks: Blocks,
    /// `1 / norm` by block.
    scales: [f64; 2],
}

impl Reader {
    /// Logit of a row, and the change of it along the direction.
    fn read(&mut self, row: &mut &[u8], table: &Table) -> Result<[f64; 2]> {
        decode(row, table.cells.len(), &mut self.blocks)?;
        let (mut logit, mut along) = (table.intercept, table.direction);
        for (block, scale) in self.blocks.iter().zip(&mut self.scales) {
            let (mut squares, mut weights, mut directions) = (0.0, 0.0, 0.0);
            for &column in block {
                let cell = &table.cells[column as usize];
                squares += cell.idf * cell.idf;
                weights += cell.weight;
                directions += cell.direction;
            }
            // As single precision, which is what `PresenceMatrix` keeps.
            *scale = f64::from(inverse_norm(squares) as f32);
            logit += weights * *scale;
            along += directions * *scale;
        }
        Ok([logit, along])
    }

    /// `sums += factor x_i` of the row read last, the intercept's part in the end.
    fn add(&self, factor: f64, table: &Table, sums: &mut [f64]) {
        for (block, scale) in self.blocks.iter().zip(self.scales) {
            let step = factor * scale;
            for &column in block {
                sums[column as usize] += step * table.cells[column as usize].scale;
            }
        }
        sums[table.cells.len()] += factor;
    }
}
