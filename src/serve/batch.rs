//! Many comments at once, on all cores and off the threads that answer.

use std::sync::Arc;

use rayon::prelude::*;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use super::Service;
use super::error::Error;
use super::loaded::Loaded;
use crate::moderate::Moderator;

/// Comments of one request.
pub(super) const MAX_COMMENTS: usize = 1000;
/// Bytes of one request: so many comments of Perspective's longest, and room for articles and escapes.
pub(super) const MAX_BYTES: usize = 32 << 20;
/// Requests with many comments at once: bounds what their bodies take.
pub(super) const MAX_REQUESTS: usize = 16;
/// Comments that a thread takes at a time: some hundred microseconds of work.
const CHUNK: usize = 8;

/// Leave to read the body of a batch and to work on it.
///
/// # Errors
/// [`Error::Overloaded`]
pub(super) fn enter(service: &Service) -> Result<OwnedSemaphorePermit, Error> {
    let permit = Arc::clone(&service.batches).try_acquire_owned();
    permit.map_err(|_| Error::Overloaded)
}

/// Does long work on a thread that may take its time. It keeps its permit even if nobody waits for it any more.
///
/// # Errors
/// The work's own; [`Error::Internal`] if it panicked
pub(super) async fn run<T: Send + 'static>(
    permit: OwnedSemaphorePermit,
    work: impl FnOnce(&Handle) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let runtime = Handle::current();
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work(&runtime)
    });
    match work.await {
        Ok(result) => result,
        Err(_) => Err(Error::Internal("work on a batch panicked".into())),
    }
}

/// What `work` makes of each, in order. Which thread does which changes nothing.
pub(super) fn each<'t, T: Sync, R: Send>(
    loaded: &Arc<Loaded>,
    comments: &'t [T],
    work: impl Fn(&mut Moderator, &'t T) -> R + Sync,
) -> Vec<R> {
    let chunk = |comments: &'t [T]| {
        Loaded::with_moderator(loaded, |moderator| {
            comments
                .iter()
                .map(|comment| work(moderator, comment))
                .collect::<Vec<R>>()
        })
    };
    let chunks: Vec<Vec<R>> = comments.par_chunks(CHUNK).map(chunk).collect();
    chunks.into_iter().flatten().collect()
}
