//! Integration tests: the program as its users run it.

/// `ombuds flag`: files in, files out, exit statuses and messages.
mod flag;
