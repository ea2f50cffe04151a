//! Figures for Prometheus. Meters are found once, not with every request.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};

use super::perspective::Call;
use super::{Loaded, Service};
use crate::comment::Decision;
use crate::model::Model;
use crate::moderate::HouseRules;
use crate::report::evaluation::Evaluation;

const METADATA: Metadata<'static> = Metadata::new("ombuds", Level::INFO, None);
const LATENCY: &str = "ombuds_request_seconds";
const SCORE: &str = "ombuds_score";
/// Seconds. Coral gives up after 0.8.
const LATENCY_BUCKETS: [f64; 14] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.8, 2.5, 10.0,
];
const SCORE_BUCKETS: [f64; 12] = [
    0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95,
];

/// What a request is for, as far as figures tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Analyze,
    Suggest,
    Discovery,
    Score,
    Articles,
    Model,
    Moderations,
    Coral,
    Probe,
    Other,
}

impl Route {
    const ALL: [Self; 10] = [
        Self::Analyze,
        Self::Suggest,
        Self::Discovery,
        Self::Score,
        Self::Articles,
        Self::Model,
        Self::Moderations,
        Self::Coral,
        Self::Probe,
        Self::Other,
    ];

    /// The route of a path.
    pub(super) fn of(path: &str) -> Self {
        match path {
            "/healthz" | "/readyz" | "/metrics" => Self::Probe,
            "/v1/score" => Self::Score,
            "/v1/model" => Self::Model,
            "/v1/moderations" => Self::Moderations,
            _ if path.starts_with("/v1/articles/") => Self::Articles,
            _ if path.starts_with("/coral/") => Self::Coral,
            _ => match Call::of_path(path) {
                Some(Call::Analyze) => Self::Analyze,
                Some(Call::Suggest) => Self::Suggest,
                Some(Call::Discovery) => Self::Discovery,
                None => Self::Other,
            },
        }
    }

    /// Probes are answered under any load.
    pub(super) fn is_probe(self) -> bool {
        self == Self::Probe
    }

    /// Its name in figures and logs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Analyze => "analyze",
            Self::Suggest => "suggestscore",
            Self::Discovery => "discovery",
            Self::Score => "score",
            Self::Articles => "articles",
            Self::Model => "model",
            Self::Moderations => "moderations",
            Self::Coral => "coral",
            Self::Probe => "probe",
            Self::Other => "other",
        }
    }
}

/// All figures of a server.
pub struct Observe {
    recorder: PrometheusRecorder,
    routes: [RouteMeters; Route::ALL.len()],
}

impl fmt::Debug for Observe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observe").finish_non_exhaustive()
    }
}

/// Of one route: latency, and answers by the first digit of their status.
struct RouteMeters {
    latency: Histogram,
    answers: [Counter; 5],
}

impl Default for Observe {
    fn default() -> Self {
        Self::new()
    }
}

impl Observe {
    /// Meters at zero.
    ///
    /// # Panics  never: the buckets are not empty
    pub fn new() -> Self {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full(LATENCY.to_owned()), &LATENCY_BUCKETS)
            .and_then(|it| {
                it.set_buckets_for_metric(Matcher::Full(SCORE.to_owned()), &SCORE_BUCKETS)
            })
            .expect("the buckets are not empty");
        let recorder = builder.build_recorder();
        describe(&recorder);
        let routes = Route::ALL.map(|route| RouteMeters::new(&recorder, route));
        Self { recorder, routes }
    }

    pub(super) fn request(&self, route: Route, status: StatusCode, elapsed: Duration) {
        let meters = &self.routes[route as usize];
        meters.latency.record(elapsed);
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        meters.answers[class.min(4)].increment(1);
    }

    /// Meters of a model's labels. Those of a label that a former model had go on.
    pub(super) fn label_meters(
        &self,
        model: &Model,
        rules: &HouseRules,
        measured: Option<&Evaluation>,
    ) -> LabelMeters {
        let label = |(label, point): (&str, &crate::policy::OperatingPoint)| {
            let measured = measured.and_then(|it| it.labels.iter().find(|it| it.label == label));
            let share = measured.and_then(|it| it.report.queue_per_1000);
            let labels = || vec![Label::new("label", label.to_owned())];
            let gauge = |name| register_gauge(&self.recorder, name, labels());
            LabelMeter {
                flag: point.flag,
                scores: self
                    .recorder
                    .register_histogram(&Key::from_parts(SCORE, labels()), &METADATA),
                flagged: register_counter(&self.recorder, "ombuds_flagged_total", labels()),
                n_told: AtomicU64::new(0),
                n_flagged: AtomicU64::new(0),
                measured_share: share.map(|per_1000| per_1000 / 1000.0),
                measured: gauge("ombuds_flagged_share_measured"),
                drift: gauge("ombuds_flagged_share_drift"),
            }
        };
        let decision = |decision: Decision| {
            let labels = vec![Label::new("decision", decision.as_str())];
            register_counter(&self.recorder, "ombuds_decisions_total", labels)
        };
        LabelMeters {
            labels: model.labels().zip(rules.points()).map(label).collect(),
            comments: register_counter(&self.recorder, "ombuds_comments_total", Vec::new()),
            decisions: [Decision::Approve, Decision::Review, Decision::Reject].map(decision),
        }
    }

    /// Says which model is in use.
    pub(super) fn model_is(&self, new: &Loaded, old: Option<&Loaded>) {
        let gauge = |version: &str| {
            let labels = vec![Label::new("version", version.to_owned())];
            register_gauge(&self.recorder, "ombuds_model_info", labels)
        };
        if let Some(old) = old {
            gauge(old.version()).set(0.0);
        }
        gauge(new.version()).set(1.0);
    }

    /// Counts a model that was to be exchanged.
    pub(super) fn reload(&self, is_done: bool) {
        let labels = vec![Label::new(
            "result",
            if is_done { "done" } else { "failed" },
        )];
        register_counter(&self.recorder, "ombuds_reloads_total", labels).increment(1);
    }

    /// Folds what was recorded into the buckets; without it, memory grows until the next scrape.
    pub(super) fn fold(&self) {
        self.recorder.handle().run_upkeep();
    }

    fn render(&self, loaded: &Loaded) -> String {
        loaded.meters().tell_drift();
        self.recorder.handle().render()
    }
}

impl RouteMeters {
    fn new(recorder: &PrometheusRecorder, route: Route) -> Self {
        let labels = || vec![Label::new("route", route.name())];
        let answers = ["1xx", "2xx", "3xx", "4xx", "5xx"].map(|class| {
            let labels = labels().into_iter().chain([Label::new("status", class)]);
            register_counter(recorder, "ombuds_requests_total", labels.collect())
        });
        Self {
            latency: recorder.register_histogram(&Key::from_parts(LATENCY, labels()), &METADATA),
            answers,
        }
    }
}

/// Figures about what a model says.
pub(super) struct LabelMeters {
    labels: Vec<LabelMeter>,
    comments: Counter,
    decisions: [Counter; 3],
}

impl fmt::Debug for LabelMeters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LabelMeters").finish_non_exhaustive()
    }
}

struct LabelMeter {
    flag: f64,
    scores: Histogram,
    flagged: Counter,
    /// Comments since the model is in use for which the label could be told, and those flagged.
    n_told: AtomicU64,
    n_flagged: AtomicU64,
    /// Share flagged when the model was evaluated.
    measured_share: Option<f64>,
    measured: Gauge,
    drift: Gauge,
}

impl LabelMeters {
    /// Counts the probabilities of one comment, by label.
    pub(super) fn count_scores(&self, probabilities: &[f64]) {
        self.comments.increment(1);
        let told = self.labels.iter().zip(probabilities);
        for (meter, &probability) in told.filter(|(_, probability)| !probability.is_nan()) {
            meter.scores.record(probability);
            meter.n_told.fetch_add(1, Ordering::Relaxed);
            if probability >= meter.flag {
                meter.flagged.increment(1);
                meter.n_flagged.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Counts a decision.
    pub(super) fn count_decision(&self, decision: Decision) {
        self.decisions[decision as usize].increment(1);
    }

    /// Share flagged now less the share flagged when the model was evaluated, where it was.
    fn tell_drift(&self) {
        for meter in &self.labels {
            let n = meter.n_told.load(Ordering::Relaxed);
            if let Some(measured) = meter.measured_share.filter(|_| n > 0) {
                let now = meter.n_flagged.load(Ordering::Relaxed) as f64 / n as f64;
                meter.measured.set(measured);
                meter.drift.set(now - measured);
            }
        }
    }
}

/// `GET /metrics`
pub(super) async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let text = service.observe().render(&service.loaded());
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

fn register_counter(
    recorder: &PrometheusRecorder,
    name: &'static str,
    labels: Vec<Label>,
) -> Counter {
    recorder.register_counter(&Key::from_parts(name, labels), &METADATA)
}

fn register_gauge(recorder: &PrometheusRecorder, name: &'static str, labels: Vec<Label>) -> Gauge {
    recorder.register_gauge(&Key::from_parts(name, labels), &METADATA)
}

fn describe(recorder: &PrometheusRecorder) {
    let counter = |name: &'static str, text: &'static str| {
        recorder.describe_counter(name.into(), None, text.into());
    };
    let gauge = |name: &'static str, text: &'static str| {
        recorder.describe_gauge(name.into(), None, text.into());
    };
    let histogram = |name: &'static str, text: &'static str| {
        recorder.describe_histogram(name.into(), None, text.into());
    };
    histogram(
        LATENCY,
        "Time from the head of a request to its answer, by route",
    );
    histogram(SCORE, "Scores, by label");
    counter(
        "ombuds_requests_total",
        "Answers, by route and first digit of the status",
    );
    counter("ombuds_comments_total", "Comments scored");
    counter(
        "ombuds_flagged_total",
        "Comments at or above the flag, by label",
    );
    counter("ombuds_decisions_total", "Decisions");
    counter("ombuds_reloads_total", "Models that were to be exchanged");
    gauge("ombuds_model_info", "1 for the model in use");
    gauge(
        "ombuds_flagged_share_measured",
        "Share flagged when the model was evaluated, by label",
    );
    gauge(
        "ombuds_flagged_share_drift",
        "Share flagged since the model is in use, less the share when it was evaluated",
    );
}
