//! Connections whose client makes no headway: it says nothing for long, or does not read what it asked for.
//!
//! HTTP/1 has bounds of its own on the time of a head; this one knows no protocol, so that it holds for HTTP/2 as well.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::time::Duration;

use axum_server::accept::Accept;
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;

use super::Settings;

/// Accepts connections and closes those on which nothing moves.
#[derive(Clone, Debug)]
pub(super) struct Headway {
    /// Longest time without a byte from the client. A request at work needs `timeout` before its client has reason to
    /// speak again.
    silence: Duration,
    /// Longest time without room for a byte to the client.
    unread: Duration,
}

impl Headway {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            silence: settings.idle_timeout + settings.timeout,
            unread: settings.timeout,
        }
    }
}

impl<S> Accept<TcpStream, S> for Headway {
    type Stream = Pin<Box<TimeoutStream<TcpStream>>>;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(stream.set_nodelay(true).map(|()| {
            let mut stream = TimeoutStream::new(stream);
            stream.set_read_timeout(Some(self.silence));
            stream.set_write_timeout(Some(self.unread));
            (Box::pin(stream), service)
        }))
    }
}
