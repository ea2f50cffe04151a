//! Shell completions and manual pages.

use assert_cmd::Command;

fn ombuds(args: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("ombuds").unwrap().args(args).assert()
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let printed = ombuds(&["completions", shell]).success();
        let script = String::from_utf8_lossy(&printed.get_output().stdout).into_owned();
        for word in ["flag", "train", "only-flagged"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn bash_can_read_its_completions() {
    let printed = ombuds(&["completions", "bash"]).success();
    let script = printed.get_output().stdout.clone();
    let completed = Command::new("bash")
        .args(["-c", "source /dev/stdin; COMP_WORDS=(ombuds fl); COMP_CWORD=1; _ombuds ombuds fl ombuds; echo \"${COMPREPLY[@]}\""])
        .write_stdin(script)
        .assert()
        .success();
    assert_eq!(completed.get_output().stdout, b"flag\n");
}

#[test]
fn every_subcommand_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    ombuds(&["man", pages.to_str().unwrap()]).success();
    for page in ["ombuds", "ombuds-flag", "ombuds-model-diff"] {
        let text = std::fs::read_to_string(pages.join(format!("{page}.1"))).unwrap();
        assert!(
            text.contains(".TH") && text.contains(".SH SYNOPSIS"),
            "{page}"
        );
    }
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    ombuds(&["man", file.to_str().unwrap()]).code(2);
}
