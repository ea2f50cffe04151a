//! A trust-region Newton method that asks for sums only: value with gradient, and Hessian times a vector.
//!
//! minimise over u:  f(u), convex and twice differentiable
//!
//! Each sum is one pass over data that may lie on many machines; the driver keeps a handful of vectors.
//!
//! Reference: Lin, Weng and Keerthi (2008), "Trust region Newton method for large-scale logistic regression", Journal
//! of Machine Learning Research 9, Algorithms 1 and 2; constants as there.

use std::future::Future;

/// What is minimised.
pub trait Objective {
    /// What can go wrong with a pass.
    type Error;

    /// `f(u)` and its gradient.
    fn gradient(&mut self, u: &[f64])
    -> impl Future<Output = Result<(f64, Vec<f64>), Self::Error>>;

    /// The Hessian at `u` times `direction`.
    fn hessian(
        &mut self,
        u: &[f64],
        direction: &[f64],
    ) -> impl Future<Output = Result<Vec<f64>, Self::Error>>;
}

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub struct NewtonOptions {
    /// Stop when the gradient's norm is below this part of its norm at zero.
    pub tol: f64,
    /// At most this many steps, taken or not.
    pub max_iter: usize,
}

impl Default for NewtonOptions {
    fn default() -> Self {
        // liblinear's default is 0.01 for ranking alone; a loss to six digits needs more.
        Self {
            tol: 1e-4,
            max_iter: 60,
        }
    }
}

/// What the method ended with.
#[derive(Clone, Debug)]
pub struct NewtonSolution {
    /// The point.
    pub u: Vec<f64>,
    /// `f(u)`
    pub value: f64,
    /// Norm of the gradient there.
    pub gradient_norm: f64,
    /// Steps.
    pub n_iter: usize,
    /// Passes over the data, of either kind.
    pub n_passes: usize,
    /// Whether the tolerance was reached.
    pub converged: bool,
}

/// A step that gains less than this part of what was promised is not taken.
const ETA: [f64; 3] = [1e-4, 0.25, 0.75];
/// How the region shrinks and grows.
const SIGMA: [f64; 3] = [0.25, 0.5, 4.0];
/// Conjugate gradients end when the residual is below this part of the gradient.
const INNER_TOL: f64 = 0.1;
/// Most conjugate-gradient steps within one step.
const MAX_INNER: usize = 50;

/// Minimises from `start`; `scale` is the norm of the gradient at zero, if another start is given.
///
/// # Errors
/// The first pass that fails.
///
/// # Complexity  passes: one a step, and one for each of its conjugate-gradient steps
pub async fn minimise<O: Objective>(
    objective: &mut O,
    start: Vec<f64>,
    scale: Option<f64>,
    options: &NewtonOptions,
) -> Result<NewtonSolution, O::Error> {
    let mut u = start;
    let (mut value, mut gradient) = objective.gradient(&u).await?;
    let mut n_passes = 1;
    let mut gradient_norm = norm(&gradient);
    let goal = options.tol * scale.unwrap_or(gradient_norm);
    let mut radius = gradient_norm;
    let mut n_iter = 0;
    while gradient_norm > goal && n_iter < options.max_iter {
        n_iter += 1;
        let inner = conjugate_gradients(objective, &u, &gradient, radius).await?;
        n_passes += inner.n_passes;
        let step_norm = norm(&inner.step);
        let next: Vec<f64> = u.iter().zip(&inner.step).map(|(u, s)| u + s).collect();
        let slope = dot(&gradient, &inner.step);
        let promised = -0.5 * (slope - dot(&inner.step, &inner.residual));
        let (next_value, next_gradient) = objective.gradient(&next).await?;
        n_passes += 1;
        let gained = value - next_value;
        if n_iter == 1 {
            radius = radius.min(step_norm);
        }
        let excess = next_value - value - slope;
        let alpha = if excess <= 0.0 {
            SIGMA[2]
        } else {
            SIGMA[0].max(-0.5 * (slope / excess))
        };
        radius = if gained < ETA[0] * promised {
            (alpha.max(SIGMA[0]) * step_norm).min(SIGMA[1] * radius)
        } else if gained < ETA[1] * promised {
            (SIGMA[0] * radius).max((alpha * step_norm).min(SIGMA[1] * radius))
        } else if gained < ETA[2] * promised {
            (SIGMA[0] * radius).max((alpha * step_norm).min(SIGMA[2] * radius))
        } else {
            radius.max((alpha * step_norm).min(SIGMA[2] * radius))
        };
        if gained > ETA[0] * promised {
            (u, value, gradient) = (next, next_value, next_gradient);
            gradient_norm = norm(&gradient);
        }
        // Beyond the precision of the sums there is nothing to gain.
        let least = 1e-12 * value.abs();
        if (gained.abs() <= least && promised.abs() <= least) || promised <= 0.0 {
            break;
        }
    }
    Ok(NewtonSolution {
        u,
        value,
        gradient_norm,
        n_iter,
        n_passes,
        converged: gradient_norm <= goal,
    })
}

struct Inner {
    step: Vec<f64>,
    residual: Vec<f64>,
    n_passes: usize,
}

/// Solves `H step = -gradient` within the region.
async fn conjugate_gradients<O: Objective>(
    objective: &mut O,
    u: &[f64],
    gradient: &[f64],
    radius: f64,
) -> Result<Inner, O::Error> {
    let mut step = vec![0.0; u.len()];
    let mut residual: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut direction = residual.clone();
    let mut square = dot(&residual, &residual);
    let goal = INNER_TOL * square.sqrt();
    let mut n_passes = 0;
    while square.sqrt() > goal && n_passes < MAX_INNER {
        let curved = objective.hessian(u, &direction).await?;
        n_passes += 1;
        let alpha = square / dot(&direction, &curved);
        axpy(alpha, &direction, &mut step);
        if norm(&step) > radius {
            axpy(-alpha, &direction, &mut step);
            let to_edge = to_edge(&step, &direction, radius);
            axpy(to_edge, &direction, &mut step);
            axpy(-to_edge, &curved, &mut residual);
            break;
        }
        axpy(-alpha, &curved, &mut residual);
        let next = dot(&residual, &residual);
        let beta = next / square;
        for (d, r) in direction.iter_mut().zip(&residual) {
            *d = r + beta * *d;
        }
        square = next;
    }
    Ok(Inner {
        step,
        residual,
        n_passes,
    })
}

/// How far along `direction` the edge of the region is: the positive root of a quadratic, in its stable form.
fn to_edge(step: &[f64], direction: &[f64], radius: f64) -> f64 {
    let (sd, ss, dd) = (
        dot(step, direction),
        dot(step, step),
        dot(direction, direction),
    );
    let room = (radius * radius - ss).max(0.0);
    let root = (sd * sd + dd * room).sqrt();
    if sd >= 0.0 {
        room / (sd + root)
    } else {
        (root - sd) / dd
    }
}

/// Euclidean norm.
pub(super) fn norm(vector: &[f64]) -> f64 {
    dot(vector, vector).sqrt()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn axpy(factor: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// `sum_i log(1 + exp(-y_i x_i.u)) + 1/2 |u|^2`
    struct Logistic(Vec<([f64; 2], f64)>);

    impl Objective for Logistic {
        type Error = Infallible;

        async fn gradient(&mut self, u: &[f64]) -> Result<(f64, Vec<f64>), Infallible> {
            let mut value = 0.5 * dot(u, u);
            let mut gradient = u.to_vec();
            for (x, y) in &self.0 {
                let margin = y * dot(x, u);
                value += (-margin).exp().ln_1p();
                axpy(-y / (1.0 + margin.exp()), x, &mut gradient);
            }
            Ok((value, gradient))
        }

        async fn hessian(&mut self, u: &[f64], direction: &[f64]) -> Result<Vec<f64>, Infallible> {
            let mut product = direction.to_vec();
            for (x, _) in &self.0 {
                let p = 1.0 / (1.0 + (-dot(x, u)).exp());
                axpy(p * (1.0 - p) * dot(x, direction), x, &mut product);
            }
            Ok(product)
        }
    }

    #[tokio::test]
    async fn the_gradient_vanishes_at_the_solution() {
        let rows = (0..40).map(|i| {
            let x = [f64::from(i % 7) - 2.0, 100.0 * f64::from(i % 3)];
            (x, if i % 5 < 2 { 1.0 } else { -1.0 })
        });
        let mut objective = Logistic(rows.collect());
        let options = NewtonOptions {
            tol: 1e-8,
            max_iter: 100,
        };
        let found = minimise(&mut objective, vec![0.0; 2], None, &options)
            .await
            .unwrap();
        assert!(found.converged, "{found:?}");
        assert!(found.n_passes < 100, "{}", found.n_passes);
        let nearby = [[1e-3, 0.0], [-1e-3, 0.0], [0.0, 1e-5], [0.0, -1e-5]];
        for [a, b] in nearby {
            let (value, _) = objective
                .gradient(&[found.u[0] + a, found.u[1] + b])
                .await
                .unwrap();
            assert!(value > found.value, "{value} {}", found.value);
        }
    }
}
