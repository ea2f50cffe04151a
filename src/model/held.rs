//! A part that is borrowed for a while or shared for good.

use std::ops::Deref;
use std::sync::Arc;

/// What a scorer works with: borrowed by a program that keeps it, shared by a server that exchanges it.
#[derive(Debug)]
pub(crate) enum Held<'m, T> {
    Borrowed(&'m T),
    Shared(Arc<T>),
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Borrowed(part) => part,
            Self::Shared(part) => part,
        }
    }
}
