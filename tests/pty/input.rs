//! What the terminal sends: whole or in pieces, late, or in floods.

use super::session::{DROPSCOPE, SMALL, Session};

const LIGHT: &str = "\x1b]11;rgb:fcfc/fcfc/fcfc";
const ANSWERS_END: &str = "\x1b[?62;22c";

fn question_in(arguments: &[&str], environment: &[(&str, &str)]) -> bool {
    let arguments = [&SMALL, arguments].concat();
    let mut session = Session::start_with(DROPSCOPE, &arguments, environment);
    session.wait_for_life();
    session.press("q");
    session.wait_for_exit();
    session.output().contains("\x1b]11;?")
}

#[test]
fn a_terminal_is_asked_for_its_colors_where_they_matter_and_it_may_answer() {
    assert!(question_in(&[], &[]));
    for arguments in [["--theme", "dark"], ["--color", "never"]] {
        assert!(!question_in(&arguments, &[]), "{arguments:?}");
    }
    for term in ["dumb", "linux", "screen"] {
        assert!(!question_in(&[], &[("TERM", term)]), "{term}");
    }
}

#[test]
fn answers_under_way_are_not_left_to_the_shell() {
    let script = r#""$0" "$@"; read -r line; echo "read [$line]"; exit 0"#;
    let mut session = Session::start_in_shell(script);
    session.wait_for_life();
    session.press("q");
    session.press(&format!("{LIGHT}\x07{ANSWERS_END}"));
    session.wait("the terminal is given back", |session| {
        !session.screen().alternate_screen() && session.has_lines_of_before()
    });
    session.press("by hand\n");
    session.wait_for_text("read [by hand]");
    session.wait_for_exit();
}

#[test]
fn a_key_typed_while_it_starts_is_obeyed() {
    let mut session = Session::start(&[]);
    session.press("q");
    assert_eq!(session.wait_for_exit().exit_code(), 0);
    session.assert_restored();
}

#[test]
fn a_burst_is_answered_to_its_end() {
    let mut session = Session::start(&[]);
    session.wait_for_life();
    session.press(&format!("{}?", "jk".repeat(1500)));
    session.wait_for_text("Help");
    session.press("\x03");
    assert_eq!(session.wait_for_exit().exit_code(), 0);
    session.assert_restored();
}

#[test]
fn floods_resizes_and_suspensions_never_stop_the_input() {
    let mut session = Session::start_in_shell(r#""$0" "$@"; exit $?"#);
    session.wait_for_life();
    for round in 0..3 {
        for step in 0..20 {
            session.press(&"][".repeat(256));
            session.resize(100 + step, 30 + step % 7);
            session.press(&"\x1b[A\x1b[B".repeat(64));
        }
        session.resize(120, 36);
        session.press("?");
        session.wait_for_text("Help");
        session.press("\x1b");
        session.wait("help is closed", |session| {
            !session.screen().contents().contains("Help")
        });
        if round < 2 {
            session.press("\x1a");
            session.wait("the terminal is given back", |session| {
                !session.screen().alternate_screen() && session.has_lines_of_before()
            });
            session.continue_until_alive();
        }
    }
    session.press("q");
    assert_eq!(session.wait_for_exit().exit_code(), 0);
    session.assert_restored();
}
