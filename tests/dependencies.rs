//! The dependency tree against deny.toml: licences, sources and bans, read from what cargo itself resolves.
//!
//! cargo-deny does the same and more, but it takes longer to build than the whole project; this test costs a
//! fraction of a second, needs no network, and so runs wherever the tests run.

use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::process::Command;

#[test]
fn every_dependency_has_an_allowed_licence() {
    let allowed = strings(&policy()["licenses"]["allow"]);
    let refused: Vec<String> = dependencies()
        .iter()
        .filter(|package| !is_allowed(text(package, "license"), &allowed))
        .map(|package| format!("{} ({})", text(package, "name"), text(package, "license")))
        .collect();
    assert!(
        refused.is_empty(),
        "not in [licenses] allow of deny.toml: {refused:#?}"
    );
}

#[test]
fn every_dependency_comes_from_one_registry() {
    let dependencies = dependencies();
    let sources: BTreeSet<&str> = dependencies
        .iter()
        .map(|package| text(package, "source"))
        .collect();
    let is_registry = sources.iter().all(|source| source.starts_with("registry+"));
    assert!(is_registry && sources.len() == 1, "{sources:#?}");
}

#[test]
fn no_banned_crate_is_in_the_tree() {
    let names: BTreeSet<String> = dependencies()
        .iter()
        .map(|package| text(package, "name").to_owned())
        .collect();
    let policy = policy();
    let bans = policy["bans"]["deny"].as_array().expect("a list of bans");
    for ban in bans {
        let name = ban["crate"].as_str().expect("a ban names a crate");
        assert!(!names.contains(name), "{name} is banned: {}", ban["reason"]);
    }
}

#[test]
fn licence_expressions_are_read_as_spdx_means_them() {
    let allowed: BTreeSet<String> = ["MIT", "Apache-2.0 WITH LLVM-exception"]
        .map(str::to_owned)
        .into();
    let cases = [
        ("MIT", true),
        ("GPL-3.0", false),
        ("", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND MIT", true),
        ("(MIT OR GPL-3.0) AND GPL-3.0", false),
        ("GPL-3.0 AND GPL-3.0 OR MIT", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0", false),
    ];
    for (expression, expected) in cases {
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression:?}");
    }
}

fn policy() -> toml::Table {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/deny.toml");
    let written = std::fs::read_to_string(path).expect("deny.toml is readable");
    written.parse().expect("deny.toml is TOML")
}

fn strings(list: &toml::Value) -> BTreeSet<String> {
    let list = list.as_array().expect("a list of strings");
    list.iter()
        .map(|item| item.as_str().expect("a string").to_owned())
        .collect()
}

/// Every package that some target or feature of this one can pull in, without itself; where packages of other targets were
/// never fetched, as after a first `cargo test`, those of this target.
fn dependencies() -> Vec<Json> {
    let metadata = |more: &[&str]| {
        Command::new(env!("CARGO"))
            .args(["metadata", "--format-version=1", "--offline", "--locked"])
            .args(more)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo runs")
    };
    let mut output = metadata(&[]);
    if !output.status.success() {
        output = metadata(&["--filter-platform", &host()]);
    }
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata: {problem}");
    let metadata: Json = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let others = packages
        .iter()
        .filter(|package| text(package, "name") != env!("CARGO_PKG_NAME"));
    others.cloned().collect()
}

/// The target that this test was compiled for.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output();
    let output = output.expect("rustc runs");
    let version = String::from_utf8_lossy(&output.stdout);
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc says for what it compiles").to_owned()
}

fn text<'a>(package: &'a Json, field: &str) -> &'a str {
    package[field].as_str().unwrap_or_default()
}

/// Whether an SPDX expression can be satisfied with the allowed licences: OR binds looser than AND, and the old
/// form `A/B` means OR.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = tokens.as_slice();
    let is_satisfied = any_of(&mut rest, allowed);
    is_satisfied && rest.is_empty()
}

fn any_of(rest: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    let mut is_satisfied = all_of(rest, allowed);
    while let ["OR", tail @ ..] = *rest {
        *rest = tail;
        is_satisfied |= all_of(rest, allowed);
    }
    is_satisfied
}

fn all_of(rest: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    let mut is_satisfied = licence(rest, allowed);
    while let ["AND", tail @ ..] = *rest {
        *rest = tail;
        is_satisfied &= licence(rest, allowed);
    }
    is_satisfied
}

fn licence(rest: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    match *rest {
        ["(", tail @ ..] => {
            *rest = tail;
            let is_satisfied = any_of(rest, allowed);
            if let [")", tail @ ..] = *rest {
                *rest = tail;
            }
            is_satisfied
        }
        [name, "WITH", exception, tail @ ..] => {
            *rest = tail;
            allowed.contains(&format!("{name} WITH {exception}"))
        }
        [name, tail @ ..] => {
            *rest = tail;
            allowed.contains(*name)
        }
        [] => false,
    }
}
