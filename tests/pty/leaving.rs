//! Every way out, wanted or not, and the ways back.

use super::session::{Session, TERMINAL_LIFE};

#[test]
fn quitting_restores_the_terminal_and_leaves_the_summary() {
    for key in ["q", "\x03"] {
        let mut session = Session::start(&[]);
        session.wait_for_life();
        session.press(key);
        let status = session.wait_for_exit();
        assert_eq!(status.exit_code(), 0, "{key:?}");
        session.assert_restored();
        let scrollback = session.screen().contents();
        for words in ["dropscope moons: epoch", "test loss", "d  0.70"] {
            assert!(scrollback.contains(words), "{words}: {scrollback}");
        }
    }
}

#[test]
fn signals_that_end_the_program_restore_the_terminal() {
    for (signal, exit_code) in [
        ("HUP", 129),
        ("INT", 130),
        ("QUIT", 131),
        ("USR1", 138),
        ("USR2", 140),
        ("ALRM", 142),
        ("TERM", 143),
        ("XCPU", 152),
        ("XFSZ", 153),
        ("VTALRM", 154),
        ("PROF", 155),
    ] {
        let mut session = Session::start(&[]);
        session.wait_for_life();
        session.send(signal);
        let status = session.wait_for_exit();
        assert_eq!(status.exit_code(), exit_code, "SIG{signal}");
        session.assert_restored();
    }
}

#[test]
fn signals_of_a_crash_restore_the_terminal_and_end_the_program_as_ever() {
    for signal in ["ABRT", "BUS", "ILL", "FPE", "TRAP", "SYS"] {
        let mut session = Session::start(&[]);
        session.wait_for_life();
        session.send(signal);
        let status = session.wait_for_exit();
        assert!(status.signal().is_some(), "SIG{signal}: {status:?}");
        session.assert_restored();
    }
}

#[test]
fn an_abort_restores_the_terminal_and_says_what_it_may_have_been() {
    // Aborts, and runs out of memory.
    for key in ["a", "m"] {
        let mut session = Session::start_with(TERMINAL_LIFE, &[], &[]);
        session.wait_for_life();
        session.press(key);
        let status = session.wait_for_exit();
        assert!(status.signal().is_some(), "{key}: {status:?}");
        session.assert_restored();
        let scrollback = session.screen().contents();
        assert!(scrollback.contains("ended by an abort"), "{scrollback:?}");
    }
}

#[test]
fn a_signal_while_it_starts_restores_the_terminal() {
    let mut session = Session::start(&[]);
    session.wait("raw mode", |session| !session.has_lines_of_before());
    session.send("TERM");
    assert_eq!(session.wait_for_exit().exit_code(), 143);
    session.assert_restored();
}

#[test]
fn ctrl_z_that_was_typed_thrice_suspends_once() {
    let mut session = Session::start_in_shell(r#""$0" "$@"; exit $?"#);
    session.wait_for_life();
    session.press("\x1a\x1a\x1a");
    session.wait("the terminal is given back", |session| {
        !session.screen().alternate_screen() && session.has_lines_of_before()
    });
    session.continue_until_alive();
    session.press("?");
    session.wait_for_text("Help");
    session.press("\x03");
    session.wait_for_exit();
    session.assert_restored();
}

#[test]
fn ctrl_z_and_sigtstp_give_the_terminal_back_until_the_program_goes_on() {
    let suspend: [fn(&mut Session); 2] = [
        |session| session.press("\x1a"),
        |session| session.send("TSTP"),
    ];
    for suspend in suspend {
        // The second command keeps the shell from becoming the program.
        let mut session = Session::start_in_shell(r#""$0" "$@"; exit $?"#);
        session.wait_for_life();
        suspend(&mut session);
        session.wait("the terminal is given back", |session| {
            !session.screen().alternate_screen() && session.has_lines_of_before()
        });
        session.assert_restored();
        session.continue_until_alive();
        session.press("q");
        session.wait_for_exit();
        session.assert_restored();
    }
}

#[test]
fn a_program_without_a_shell_is_not_suspended() {
    let mut session = Session::start(&[]);
    session.wait_for_life();
    session.press("\x1a");
    session.wait_for_text("no shell waits behind this program");
    session.press("q");
    assert_eq!(session.wait_for_exit().exit_code(), 0);
    session.assert_restored();
}

#[test]
fn a_program_that_others_stopped_takes_the_terminal_back() {
    let mut session = Session::start(&[]);
    session.wait_for_life();
    session.send("STOP");
    // As a shell does that finds its job stopped.
    session.restore_lines();
    session.process(b"\x1b[?1049l\x1b[?25h");
    session.continue_until_alive();
    session.press("q");
    assert_eq!(session.wait_for_exit().exit_code(), 0);
    session.assert_restored();
}

#[test]
fn a_closed_terminal_ends_the_program() {
    let mut session = Session::start(&[]);
    session.wait_for_life();
    let status = session.assert_gone_after_closing();
    assert_eq!(status.exit_code(), 129);
}

#[test]
fn a_terminal_that_takes_nothing_more_does_not_keep_the_program_from_leaving() {
    // Its frame does not fit into what the system keeps for a terminal.
    const HUGE: (u16, u16) = (500, 200);
    for (is_signal, exit_code) in [(true, 143), (false, 0)] {
        let mut session = Session::start(&["--glyphs", "braille"]);
        session.wait_for_life();
        let from = session.output().len();
        session.resize(HUGE.0, HUGE.1);
        session.wait("the first piece of a large frame", |session| {
            session.output()[from..].contains("\x1b[2J")
        });
        if is_signal {
            session.send("TERM");
        } else {
            session.press("q");
        }
        let status = session.assert_gone_in_time();
        assert_eq!(status.exit_code(), exit_code);
        // As soon as it reads again, it reads how to be as it was.
        session.read_to_end();
        session.assert_restored();
    }
}

#[test]
fn a_panic_of_the_loop_restores_the_terminal_before_its_text() {
    let mut session = Session::start_with(TERMINAL_LIFE, &[], &[]);
    session.wait_for_life();
    session.press("p");
    let status = session.wait_for_exit();
    assert_eq!(status.exit_code(), 101);
    session.assert_restored();
    let scrollback = session.screen().contents();
    assert!(
        scrollback.contains("asked for by the key p"),
        "{scrollback:?}"
    );
    let n_lefts = session.output().matches("\x1b[?1049l").count();
    assert_eq!(
        n_lefts, 1,
        "restored by the hook, and not again by the drop"
    );
}

#[test]
fn a_closed_terminal_ends_even_a_loop_that_does_not_listen() {
    let mut session = Session::start_with(TERMINAL_LIFE, &["--stubborn"], &[]);
    session.wait_for_life();
    let status = session.assert_gone_after_closing();
    assert_eq!(status.exit_code(), 129);
}

#[test]
fn a_signal_ends_even_a_loop_that_does_not_listen() {
    let mut session = Session::start_with(TERMINAL_LIFE, &["--stubborn"], &[]);
    session.wait_for_life();
    session.send("TERM");
    let status = session.wait_for_exit();
    assert_eq!(status.exit_code(), 143);
    session.assert_restored();
}

#[test]
fn any_size_at_any_time_is_survived() {
    // So many epochs that every frame of a size that shows them differs from the one before.
    let mut session = Session::start(&["--epochs", "100000"]);
    session.wait_for_life();
    // A fixed walk over sizes, small ones often: multiples of two primes, without a random number.
    for step in 0_u16..200 {
        let n_columns = if step % 7 == 0 {
            1
        } else {
            1 + step * 37 % 250
        };
        let n_rows = if step % 5 == 0 { 1 } else { 1 + step * 53 % 80 };
        session.resize(n_columns, n_rows);
        // A frame now and then, or all sizes but the last would pass before the program looks.
        if step % 20 == 0 {
            session.resize(120, 36);
            session.wait_for_life();
        }
    }
    for (n_columns, n_rows) in [(1, 1), (250, 80), (1, 80), (250, 1)] {
        session.resize(n_columns, n_rows);
        session.wait_for_frame();
    }
    session.resize(120, 36);
    session.wait_for_life();
    session.press("q");
    assert_eq!(session.wait_for_exit().exit_code(), 0);
    session.assert_restored();
}
