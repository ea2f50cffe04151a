use std::process::{Command, Stdio};

use crate::bench::{Cluster, archive, argument, print, program, read_parquet};

/// Executors with a network of their own each.
const N_SPACES: u8 = 2;

/// Network namespaces joined by a bridge, as machines on one switch. Removed in the end.
struct Spaces {
    id: u32,
    /// First three parts of all addresses.
    net: String,
}

impl Spaces {
    /// None where this process may not make any.
    fn make() -> Option<Self> {
        let id = std::process::id() % 100_000;
        // Of the addresses kept for measuring networks, RFC 2544.
        let spaces = Self {
            id,
            net: format!("198.18.{}", id % 250),
        };
        let (bridge, net) = (spaces.bridge(), &spaces.net);
        ip(&format!("link add {bridge} type bridge"))?;
        ip(&format!("addr add {net}.1/24 dev {bridge}"))?;
        ip(&format!("link set {bridge} up"))?;
        for idx in 0..N_SPACES {
            let (name, port) = (spaces.name(idx), format!("obp{idx}-{id}"));
            ip(&format!("netns add {name}"))?;
            ip(&format!(
                "link add {port} type veth peer name eth0 netns {name}"
            ))?;
            ip(&format!("link set {port} master {bridge} up"))?;
            ip(&format!(
                "-n {name} addr add {}/24 dev eth0",
                spaces.address(idx)
            ))?;
            ip(&format!("-n {name} link set eth0 up"))?;
            ip(&format!("-n {name} link set lo up"))?;
        }
        Some(spaces)
    }

    fn bridge(&self) -> String {
        format!("obr-{}", self.id)
    }

    fn name(&self, idx: u8) -> String {
        format!("ombuds{idx}-{}", self.id)
    }

    fn address(&self, idx: u8) -> String {
        format!("{}.{}", self.net, idx + 2)
    }
}

impl Drop for Spaces {
    fn drop(&mut self) {
        for idx in 0..N_SPACES {
            let _ = ip(&format!("netns del {}", self.name(idx)));
        }
        let _ = ip(&format!("link del {}", self.bridge()));
    }
}

fn ip(arguments: &str) -> Option<()> {
    let mut command = Command::new("ip");
    command.args(arguments.split(' '));
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success()).then_some(())
}

#[test]
fn executors_with_addresses_of_their_own_work_together() {
    #[expect(clippy::print_stdout, reason = "a skipped test must say so")]
    let Some(spaces) = Spaces::make() else {
        println!("skipped: this process may not make network namespaces");
        return;
    };
    let scheduler = format!("{}.1", spaces.net);
    let mut cluster = Cluster::at(&scheduler);
    for idx in 0..N_SPACES {
        let (name, address) = (spaces.name(idx), spaces.address(idx));
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", &name])
            .arg(program().get_program())
            .current_dir(std::env::temp_dir())
            .args(["executor", "--scheduler", &cluster.url(), "--cores", "1"])
            .args(["--bind-host", &address, "--heartbeat", "1"]);
        cluster.start_elsewhere(command, &address);
    }
    let input = archive(4, 60);
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (folder, url) = (argument(input.path()), cluster.url());
    print(&["flag", &folder, "--out", &argument(here.path())]);
    let out = argument(there.path());
    print(&[
        "flag",
        &folder,
        "--out",
        &out,
        "--scheduler",
        &url,
        "--parallel",
        "4",
    ]);
    for file in 0..4 {
        let [a, b] = [&here, &there].map(|it| it.path().join(format!("part-{file:02}.parquet")));
        assert!(read_parquet(&a) == read_parquet(&b), "{}", b.display());
    }
    // Groups cross from one network to the other.
    let query =
        "SELECT id % 7 AS k, count(*) AS n, max(insult(text)) AS m FROM t GROUP BY k ORDER BY k";
    let table = format!("t={folder}");
    let sql = ["sql", query, "--table", &table, "--format", "csv"];
    let on_cluster = [&sql[..], &["--scheduler", &url, "--parallel", "4"]].concat();
    assert_eq!(print(&on_cluster), print(&sql));
}
