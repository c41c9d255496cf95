//! The contract command: its output, the files that it writes, and its exit codes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use switchboard_tests::contract::contract;

/// Creates an empty folder for a test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("contract").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_contract_server"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// All of them, in one line.
const INTEGERS: &str = "warning: /: ping the server, acknowledgement (and 13 more): loses digits beyond 2^53 - 1 in \
                        JavaScript: send it by `switchboard::digits`, or bound it";

fn exit(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

#[test]
fn prints_or_writes_each_export() {
    let folder = folder("exports");
    for (what, document) in
        [("typescript", contract().typescript()), ("asyncapi", contract().asyncapi()), ("html", contract().html())]
    {
        let printed = run(&folder, &["contract", what]);
        assert_eq!((exit(&printed), text(&printed.stdout)), (0, document.to_string()), "{what}");
        assert!(text(&printed.stderr).contains("Point` is not described"), "{what}");
        let warnings = text(&printed.stderr);
        let warnings: Vec<_> = warnings.lines().filter(|line| line.starts_with("warning: ")).collect();
        assert_eq!(warnings.len(), 2, "{what}: {warnings:?}");
        assert!(warnings.iter().any(|line| line.starts_with("warning: /workshop: check, acknowledgement: can be")));
        assert!(warnings.contains(&INTEGERS), "{what}: {warnings:?}");

        let written = run(&folder, &["contract", what, "--out", "file"]);
        assert_eq!((exit(&written), text(&written.stdout)), (0, String::new()), "{what}");
        assert_eq!(fs::read_to_string(folder.join("file")).expect("the file"), document.as_str(), "{what}");
    }
}

#[test]
fn whoever_reads_may_stop() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut program = Command::new(env!("CARGO_BIN_EXE_contract_server"));
    let program = program.args(["contract", "html"]).stdout(writer).stderr(std::process::Stdio::piped());
    let output = program.output().expect("the program");
    assert!(!text(&output.stderr).contains("panicked"), "{}", text(&output.stderr));
    assert_eq!(exit(&output), 0);
}

#[test]
fn without_the_word_nothing_happens() {
    let served = run(&folder("nothing"), &["serve"]);
    assert_eq!((exit(&served), text(&served.stdout).as_str()), (0, "here it would serve\n"));
}

#[test]
fn checks_the_lock_file() {
    let folder = folder("lock");
    let lock = folder.join("contract.lock.json");

    let missing = run(&folder, &["contract", "check"]);
    assert_eq!(exit(&missing), 2);
    assert!(text(&missing.stderr).starts_with("contract.lock.json: the lock file cannot be read"));

    assert_eq!(exit(&run(&folder, &["contract", "lock"])), 0);
    let today = fs::read_to_string(&lock).expect("a lock file");
    let unchanged = run(&folder, &["contract", "check"]);
    assert_eq!((exit(&unchanged), text(&unchanged.stdout), text(&unchanged.stderr)), (0, String::new(), String::new()));

    // Clients of the old contract still wait for the removed event.
    let before = today.replace("\"name\": \"closed\"", "\"name\": \"shut\"");
    fs::write(&lock, &before).expect("written");
    let broken = run(&folder, &["contract", "check"]);
    assert_eq!(exit(&broken), 1);
    assert_eq!(
        text(&broken.stdout),
        "breaking    /, shut: is gone\n\
         breaking    /workshop, shut: is gone\n\
         compatible  /, closed: is new\n\
         compatible  /workshop, closed: is new\n"
    );
    let kept = run(&folder, &["contract", "lock"]);
    assert_eq!(exit(&kept), 1);
    assert_eq!(fs::read_to_string(&lock).expect("a lock file"), before);
    assert_eq!(exit(&run(&folder, &["contract", "lock", "--breaking"])), 0);
    assert_eq!(fs::read_to_string(&lock).expect("a lock file"), today);

    // A lock file without an event belongs to an older contract, and the change breaks no client.
    let mut older: serde_json::Value = serde_json::from_str(&today).expect("JSON");
    older["namespaces"][0]["incoming"].as_array_mut().expect("events").clear();
    let name = folder.join("older.json");
    fs::write(&name, older.to_string()).expect("written");
    let compatible = run(&folder, &["contract", "check", "--lock", "older.json"]);
    assert_eq!(
        (exit(&compatible), text(&compatible.stdout)),
        (0, "compatible  /, ping the server: is new\n".to_owned())
    );
    assert_eq!(text(&compatible.stderr), "older.json is not today's: `contract lock` writes it\n");
}

#[test]
fn says_what_is_wrong() {
    let folder = folder("wrong");
    for arguments in [
        &["contract"][..],
        &["contract", "typscript"],
        &["contract", "html", "--in", "x"],
        &["contract", "html", "--out"],
        &["contract", "html", "--lock", "x"],
        &["contract", "lock", "--out", "x"],
        &["contract", "check", "--breaking"],
    ] {
        let refused = run(&folder, arguments);
        assert_eq!(exit(&refused), 2, "{arguments:?}");
        assert!(text(&refused.stderr).contains("usage: contract"), "{arguments:?}");
    }
    let help = run(&folder, &["contract", "help"]);
    assert_eq!(exit(&help), 0);
    assert!(text(&help.stdout).contains("usage: contract"));

    fs::write(folder.join("text"), "no JSON").expect("written");
    fs::write(folder.join("new"), "{ \"format\": 99 }").expect("written");
    for (lock, message) in [("text", "this is no lock file"), ("new", "has the format Some(99)")] {
        let refused = run(&folder, &["contract", "check", "--lock", lock]);
        assert_eq!(exit(&refused), 2);
        assert!(text(&refused.stderr).contains(message), "{}", text(&refused.stderr));
    }
}
