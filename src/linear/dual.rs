//! Dual coordinate descent for L2-regularised logistic regression.
//!
//! minimise over w, b:  `1/2 (|w|^2 + (b/s)^2) + sum_i c_i log(1 + exp(-y_i (w.x_i + b + o_i)))`
//!
//! with `y_i` in {-1, +1}, costs `c_i` (= sample weight / alpha), offsets `o_i`, and the intercept as
//! the weight of a constant feature of value `s` (so it is penalised; a larger `s` penalises less).
//! The loss is a sum. The dual has one variable per instance, `0 < alpha_i < c_i`:
//!
//! minimise  `1/2 |sum_i alpha_i y_i x_i|^2 + sum_i alpha_i log alpha_i + (c_i - alpha_i) log(c_i - alpha_i) + alpha_i y_i o_i`
//!
//! One step solves for one `alpha_i` by a guarded Newton iteration; its cost is one pass over the
//! row. Visits go in a seeded random order, so that the result is a function of data and seed.
//!
//! For datasets of any sparse rows ([`super::SparseLogistic`]); what is trained on comments goes through
//! [`super::conjugate`], whose oracle this is.
//!
//! Reference: Yu, Huang and Lin (2011), "Dual coordinate descent methods for logistic regression and
//! maximum entropy models", Machine Learning 85, Algorithm 5.

use super::sparse::SparseRows;

/// One weighted, signed view of a row. A soft label is two instances of the same row.
#[derive(Clone, Copy, Debug)]
pub struct Instance {
    /// Row of the matrix.
    pub row: u32,
    /// `y = +1`, else `-1`.
    pub positive: bool,
    /// `c_i > 0`: sample weight over alpha.
    pub cost: f64,
    /// `o_i`: a logit known beforehand (0 if none).
    pub offset: f64,
}

/// When to stop, and the order of visits.
#[derive(Clone, Copy, Debug)]
pub struct DualOptions {
    /// Stop when no projected gradient exceeded this in a whole pass.
    pub tol: f64,
    /// At most this many passes.
    pub max_iter: usize,
    /// Value `s` of the constant feature; 0 for no intercept.
    pub intercept_scale: f64,
    /// Seed of the visiting order.
    pub seed: u64,
}

impl Default for DualOptions {
    fn default() -> Self {
        Self {
            tol: 0.1,
            max_iter: 200,
            intercept_scale: 1.0,
            seed: 0,
        }
    }
}

/// What the descent ended with.
#[derive(Clone, Debug)]
pub struct DualSolution<W> {
    /// The weights, in the matrix's layout.
    pub weights: W,
    /// The intercept `b`.
    pub intercept: f64,
    /// Passes made.
    pub n_iter: usize,
    /// Largest gradient of the last pass.
    pub gradient: f64,
    /// Whether `gradient` came below `tol`.
    pub converged: bool,
}

/// A variable whose gradient is below this part of the tolerance is at rest.
const REST: f64 = 0.5;
/// Passes for which a variable at rest is skipped, at most.
const MAX_REST: u8 = 4;

/// How long a variable is left alone: one pass more each time it is found at rest again.
#[derive(Clone, Copy, Default)]
struct Rest {
    left: u8,
    length: u8,
}

impl Rest {
    fn after(&mut self, at_rest: bool) {
        self.length = if at_rest {
            (self.length + 1).min(MAX_REST)
        } else {
            0
        };
        self.left = self.length;
    }
}

/// Newton steps per visit at most, and how far an overshooting one is pulled back.
const MAX_NEWTON: usize = 100;
const PULL_BACK: f64 = 0.1;

/// Runs the descent.
///
/// # Complexity  O(nnz) per pass; memory: the weights and 24 bytes an instance
pub fn solve<R: SparseRows>(
    rows: &R,
    prior: &[f32],
    instances: &[Instance],
    options: &DualOptions,
) -> DualSolution<R::Weights> {
    let mut state = State::start(rows, prior, instances, options);
    let mut order: Vec<u32> = (0..instances.len() as u32).collect();
    let mut random = options.seed;
    let mut inner_tol = 1e-2;
    let smallest_inner_tol = options.tol.min(1e-8);
    let (mut n_iter, mut gradient) = (0, f64::INFINITY);
    // A variable at rest is left alone for a few passes; only a pass over all can end the descent.
    let mut rests = vec![Rest::default(); instances.len()];
    let mut whole = true;
    while n_iter < options.max_iter && !(whole && gradient < options.tol) {
        whole = gradient < options.tol || n_iter == 0;
        shuffle(&mut order, &mut random);
        let (mut n_newton, mut n_skipped) = (0, 0);
        gradient = 0.0;
        for &i in &order {
            let rest = &mut rests[i as usize];
            if !whole && rest.left > 0 {
                rest.left -= 1;
                n_skipped += 1;
                continue;
            }
            let visit = state.visit(&instances[i as usize], i as usize, inner_tol);
            gradient = visit.gradient.max(gradient);
            n_newton += visit.n_newton;
            rest.after(visit.gradient < REST * options.tol);
        }
        whole |= n_skipped == 0;
        n_iter += 1;
        if n_newton <= instances.len() / 10 {
            inner_tol = smallest_inner_tol.max(0.1 * inner_tol);
        }
    }
    DualSolution {
        weights: state.weights,
        intercept: state.bias * options.intercept_scale,
        n_iter,
        gradient,
        converged: gradient < options.tol,
    }
}

struct State<'a, R: SparseRows> {
    rows: &'a R,
    weights: R::Weights,
    /// Weight of the constant feature.
    bias: f64,
    intercept_scale: f64,
    alphas: Vec<f64>,
    /// `|x_i|^2` with the constant feature.
    norms: Vec<f64>,
}

struct Visit {
    gradient: f64,
    n_newton: usize,
}

impl<'a, R: SparseRows> State<'a, R> {
    fn start(rows: &'a R, prior: &[f32], instances: &[Instance], options: &DualOptions) -> Self {
        let scale = options.intercept_scale;
        let weights = rows.zeros(prior);
        let mut norms = rows.squared_norms(instances.iter().map(|i| i.row as usize), &weights);
        norms.iter_mut().for_each(|norm| *norm += scale * scale);
        let mut state = Self {
            rows,
            weights,
            bias: 0.0,
            intercept_scale: scale,
            alphas: Vec::with_capacity(instances.len()),
            norms,
        };
        for instance in instances {
            let alpha = (0.001 * instance.cost).min(1e-8);
            state.alphas.push(alpha);
            state.step(instance, alpha);
        }
        state
    }

    /// `w += delta y_i x_i`
    fn step(&mut self, instance: &Instance, delta: f64) {
        let signed = if instance.positive { delta } else { -delta };
        self.rows
            .axpy(instance.row as usize, signed, &mut self.weights);
        self.bias += signed * self.intercept_scale;
    }

    /// Solves for one variable: minimises `z log z + (c - z) log(c - z) + a/2 (z - z0)^2 + s b (z - z0)`
    /// over whichever of `alpha` and `c - alpha` (sign `s`) lies in the lower half.
    fn visit(&mut self, instance: &Instance, i: usize, inner_tol: f64) -> Visit {
        let logit = self.rows.dot(instance.row as usize, &self.weights)
            + self.bias * self.intercept_scale
            + instance.offset;
        let b = if instance.positive { logit } else { -logit };
        let (a, cost, alpha) = (self.norms[i], instance.cost, self.alphas[i]);
        let mirrored = 0.5 * a * (cost - 2.0 * alpha) + b < 0.0;
        let sign = if mirrored { -1.0 } else { 1.0 };
        let before = if mirrored { cost - alpha } else { alpha };
        let mut z = if cost - before < 0.5 * cost {
            0.1 * before
        } else {
            before
        };
        let slope = |z: f64| a * (z - before) + sign * b + (z / (cost - z)).ln();
        let mut gradient = slope(z);
        let first_gradient = gradient.abs();
        let mut n_newton = 0;
        while gradient.abs() >= inner_tol && n_newton < MAX_NEWTON {
            let curvature = a + cost / (cost - z) / z;
            let next = z - gradient / curvature;
            z = if next <= 0.0 {
                z * PULL_BACK
            } else {
                next.min(cost * (1.0 - 1e-15))
            };
            gradient = slope(z);
            n_newton += 1;
        }
        if n_newton > 0 {
            self.alphas[i] = if mirrored { cost - z } else { z };
            self.step(instance, sign * (z - before));
        }
        Visit {
            gradient: first_gradient,
            n_newton,
        }
    }
}

/// Fisher–Yates with splitmix64 (Steele, Lea and Flood 2014).
fn shuffle(order: &mut [u32], state: &mut u64) {
    for i in (1..order.len()).rev() {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let random = crate::features::hashing::mix(*state);
        order.swap(i, ((u128::from(random) * (i as u128 + 1)) >> 64) as usize);
    }
}
