//! Progress bars on standard error, and only where that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::train::Progress;

/// One bar that starts over with each stage.
#[derive(Debug)]
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A bar for a work of several stages. indicatif draws nothing unless standard error is a terminal.
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let style = "{msg:>12} {wide_bar} {pos}/{len} {elapsed}, {eta} left";
        bar.set_style(
            ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Self(bar)
    }

    /// A counter for a work whose length is not known.
    pub(crate) fn counter(message: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = "{spinner} {msg} {human_pos} rows, {per_sec}, {elapsed}";
        bar.set_style(
            ProgressStyle::with_template(style)
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        bar.set_message(message);
        Self(bar)
    }

    /// A bar that is never drawn.
    pub(crate) fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }
}

impl Progress for Bar {
    fn start(&self, stage: &str, n: usize) {
        self.0.reset();
        self.0.set_length(n as u64);
        self.0.set_message(stage.to_owned());
    }

    fn advance(&self, n: usize) {
        self.0.inc(n as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
