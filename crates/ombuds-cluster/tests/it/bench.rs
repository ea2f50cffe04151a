use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::concat_batches;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ombuds::data::{ColumnOptions, InputOptions, Table};

/// Longest wait for anything; debug builds on busy machines are slow.
const PATIENCE: Duration = Duration::from_mins(2);

/// A program that ends with its owner.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ombuds-cluster"));
    command
        .env_remove("OMBUDS_MODEL")
        .current_dir(std::env::temp_dir());
    command
}

/// Runs to the end; the output, for claims about it.
pub(crate) fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

/// Runs to the end, which must be a good one; what it printed.
pub(crate) fn print(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        errors(&output)
    );
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Variables of processes.
pub(crate) type Environment = Vec<(&'static str, String)>;

/// A scheduler and executors.
pub(crate) struct Cluster {
    /// Address of the scheduler.
    host: String,
    environment: Environment,
    pub(crate) scheduler: Option<Running>,
    pub(crate) executors: Vec<Running>,
    pub(crate) port: u16,
}

impl Cluster {
    /// With executors that hold the models of these folders, or the one compiled in.
    pub(crate) fn start(scheduler_model: Option<&Path>, executor_models: &[Option<&Path>]) -> Self {
        let mut cluster = Self::none(Environment::new());
        cluster.start_scheduler(scheduler_model);
        for model in executor_models {
            cluster.start_executor(*model);
        }
        cluster
    }

    fn none(environment: Environment) -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            environment,
            scheduler: None,
            executors: Vec::new(),
            port: free_port(),
        }
    }

    /// A scheduler at this address, without executors.
    pub(crate) fn at(host: &str) -> Self {
        let mut cluster = Self::none(Environment::new());
        host.clone_into(&mut cluster.host);
        cluster.start_scheduler(None);
        cluster
    }

    /// An executor that some command starts, with the usual ports at this address.
    pub(crate) fn start_elsewhere(&mut self, command: Command, host: &str) {
        let executor = self.spawn(command, None);
        self.executors.push(executor);
        wait_until("the executor listens", || {
            std::net::TcpStream::connect((host, 50052)).is_ok()
        });
    }

    /// With these variables in all processes.
    pub(crate) fn with_environment(n_executors: usize, environment: Environment) -> Self {
        let mut cluster = Self::none(environment);
        cluster.start_scheduler(None);
        (0..n_executors).for_each(|_| cluster.start_executor(None));
        cluster
    }

    pub(crate) fn of(n_executors: usize) -> Self {
        Self::start(None, &vec![None; n_executors])
    }

    pub(crate) fn start_scheduler(&mut self, model: Option<&Path>) {
        let listen = format!("{}:{}", self.host, self.port);
        let mut command = program();
        command.args(["scheduler", "--listen", &listen, "--executor-timeout", "4"]);
        self.scheduler = Some(self.spawn(command, model));
        wait_until("the scheduler listens", || {
            std::net::TcpStream::connect(&listen).is_ok()
        });
    }

    pub(crate) fn start_executor(&mut self, model: Option<&Path>) {
        let (port, task_port) = (free_port().to_string(), free_port().to_string());
        let mut command = program();
        command
            .args(["executor", "--scheduler", &self.url(), "--cores", "1"])
            .args([
                "--heartbeat",
                "1",
                "--port",
                &port,
                "--task-port",
                &task_port,
            ]);
        let executor = self.spawn(command, model);
        self.executors.push(executor);
        wait_until("the executor listens", || {
            std::net::TcpStream::connect(format!("127.0.0.1:{task_port}")).is_ok()
        });
    }

    pub(crate) fn url(&self) -> String {
        format!("df://{}:{}", self.host, self.port)
    }

    fn spawn(&self, mut command: Command, model: Option<&Path>) -> Running {
        if let Some(model) = model {
            command.arg("--model").arg(model);
        }
        command.envs(self.environment.iter().map(|(key, value)| (key, value)));
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        Running(command.spawn().unwrap())
    }
}

/// Rows of the newsroom's comments.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) text: Option<String>,
    pub(crate) insult: i64,
}

pub(crate) fn newsroom() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../data/newsroom/comments.csv"
    ))
}

/// The first comments, some without a text, numbered from `start`.
pub(crate) fn rows(start: usize, n: usize) -> Vec<Row> {
    let table = Table::open(newsroom(), &InputOptions::default()).unwrap();
    let columns = ColumnOptions::default().resolve(table.schema()).unwrap();
    let label = table.schema().column("insult").unwrap();
    let rows = table.map(|row| row.unwrap().unwrap()).skip(start).take(n);
    let rows = rows.zip(start..).map(|(row, id)| Row {
        id: i64::try_from(id).unwrap(),
        text: (id % 50 != 7).then(|| row.get(&columns.text).unwrap().into_owned()),
        insult: i64::from(row.get(&label).unwrap() == "1"),
    });
    rows.collect()
}

pub(crate) fn batch(rows: &[Row]) -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.id)));
    let texts = rows.iter().map(|row| row.text.as_deref());
    let texts: ArrayRef = Arc::new(texts.collect::<StringArray>());
    let labels = rows.iter().map(|row| row.insult);
    let labels: ArrayRef = Arc::new(Int64Array::from_iter_values(labels));
    RecordBatch::try_from_iter_with_nullable([
        ("id", ids, false),
        ("text", texts, true),
        ("insult", labels, false),
    ])
    .unwrap()
}

pub(crate) fn write_parquet(path: &Path, batch: &RecordBatch) {
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

pub(crate) fn read_parquet(path: &Path) -> RecordBatch {
    let file = std::fs::File::open(path).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = builder.schema().clone();
    let batches: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

/// A folder of `n_files` files of `n_rows` comments each.
pub(crate) fn archive(n_files: usize, n_rows: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in 0..n_files {
        let rows = rows(file * n_rows, n_rows);
        let path = folder.path().join(format!("part-{file:02}.parquet"));
        write_parquet(&path, &batch(&rows));
    }
    folder
}

/// A path as an argument, a folder with its slash.
pub(crate) fn argument(path: &Path) -> String {
    let slash = if path.is_dir() { "/" } else { "" };
    format!("{}{slash}", path.display())
}
