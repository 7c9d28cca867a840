//! Terminals that can do less, and outputs that are none.

use std::process::{Command, Stdio};

use super::session::{DROPSCOPE, ENVIRONMENT, SMALL, Session};

/// The parameters of every escape code that sets colours or other attributes.
fn attributes(output: &str) -> Vec<&str> {
    let codes = output.split("\x1b[").skip(1);
    let attributes = codes.filter_map(|code| {
        let end = code.find(|char: char| char.is_ascii_alphabetic())?;
        code[end..].starts_with('m').then_some(&code[..end])
    });
    attributes.flat_map(|code| code.split(';')).collect()
}

/// Whether a parameter sets a colour other than the terminal's own.
fn is_color(attribute: &str) -> bool {
    matches!(attribute.parse(), Ok(30..=38 | 40..=48 | 90..=107_u16))
}

fn frames_with(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let arguments = [&SMALL, arguments].concat();
    let mut session = Session::start_with(DROPSCOPE, &arguments, environment);
    session.wait_for_life();
    session.press("?");
    session.wait_for_text("Help");
    session.press("\x1b");
    // Before the next key, or both together would be one with Alt.
    session.wait("help is closed", |session| {
        !session.screen().contents().contains("Help")
    });
    session.press("\x03");
    assert_eq!(session.wait_for_exit().exit_code(), 0);
    session.assert_restored();
    session.output().to_owned()
}

#[test]
fn colors_are_used_where_nothing_speaks_against_them() {
    let output = frames_with(&[], &[]);
    assert!(attributes(&output).iter().any(|&code| is_color(code)));
    assert!(!output.is_ascii());
}

#[test]
fn no_color_means_no_color() {
    let output = frames_with(&[], &[("NO_COLOR", "1")]);
    let colors = attributes(&output)
        .into_iter()
        .filter(|code| is_color(code));
    assert_eq!(colors.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn a_color_that_is_asked_for_overrules_no_color() {
    let output = frames_with(&["--color", "truecolor"], &[("NO_COLOR", "1")]);
    assert!(attributes(&output).iter().any(|&code| is_color(code)));
}

#[test]
fn ascii_glyphs_are_ascii_everywhere() {
    for (arguments, environment) in [
        (&["--glyphs", "ascii"][..], &[][..]),
        (&[], &[("TERM", "dumb")]),
        (&[], &[("TERM", "linux")]),
        (&[], &[("LC_ALL", "C")]),
    ] {
        let output = frames_with(arguments, environment);
        let others: String = output.chars().filter(|char| !char.is_ascii()).collect();
        assert_eq!(others, "", "{arguments:?} {environment:?}");
    }
}

#[test]
fn keys_come_from_the_terminal_even_if_the_input_is_another() {
    let mut session = Session::start_in_shell(r#""$0" "$@" < /dev/null; exit $?"#);
    session.wait_for_life();
    session.press("q");
    assert_eq!(session.wait_for_exit().exit_code(), 0);
    session.assert_restored();
}

#[test]
fn a_pipe_gets_no_escape_code_but_the_name_of_the_other_command() {
    let mut command = Command::new((DROPSCOPE.path)());
    let output = command.stdin(Stdio::null()).envs(ENVIRONMENT).output();
    let output = output.expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("dropscope train"), "{message}");
    assert!(!message.contains('\x1b'), "{message:?}");
}

#[test]
fn a_standard_error_that_nobody_reads_is_no_panic() {
    let (reader, writer) = std::io::pipe().expect("the system has pipes");
    drop(reader);
    let mut command = Command::new((DROPSCOPE.path)());
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.stderr(writer).envs(ENVIRONMENT).status();
    // A panic would be 101.
    assert_eq!(status.expect("it starts").code(), Some(2));
}
