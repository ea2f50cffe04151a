//! A bar of rows on a terminal, nothing elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Rows done, of as many as are known.
pub(super) fn rows_bar(total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "{msg} {human_pos}/{human_len} rows {bar:30} {per_sec} {eta}",
        ),
        None => (ProgressBar::no_length(), "{msg} {human_pos} rows {per_sec}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}
