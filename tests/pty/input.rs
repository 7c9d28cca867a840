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

/// The letters and rates in the table.
fn rates(session: &Session) -> Vec<String> {
    let contents = session.screen().contents();
    let rows = contents.lines().take(8).filter(|line| line.contains('▌'));
    let words = |row: &str| row.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    rows.map(words).collect()
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
fn an_answer_is_used_whenever_it_comes_and_is_never_typed() {
    for ending in ["\x07", "\x1b\\"] {
        // Whatever the environment says of colours: without them there is no theme to see.
        let mut session = Session::start(&["--color", "truecolor"]);
        session.wait_for_life();
        // The first frame comes in pieces; what is compared below must be of a whole one.
        session.wait_for_frame();
        let background = |session: &Session| session.screen().cell(3, 3).map(vt100::Cell::bgcolor);
        let (dark, before) = (background(&session), rates(&session));
        session.press(&format!("{LIGHT}{ending}{ANSWERS_END}"));
        session.wait("the light theme", |session| background(session) != dark);
        // In pieces, a second one changes nothing.
        for piece in ["\x1b]11;rgb:", "10", "10/1010/1010", ending] {
            session.press(piece);
        }
        session.press("?");
        session.wait_for_text("Help");
        session.press("\x1b");
        session.wait("help is closed", |session| {
            !session.screen().contents().contains("Help") && rates(session) == before
        });
        session.press("q");
        assert_eq!(session.wait_for_exit().exit_code(), 0);
        session.assert_restored();
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
