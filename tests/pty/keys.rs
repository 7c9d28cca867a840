//! What keys do to the running lab, and what a run that fails does to it.

use super::session::Session;

/// The row of the table that tells of a group, by its letter.
fn row(session: &Session, letter: char) -> String {
    let contents = session.screen().contents();
    let is_row = |line: &&str| line.trim_start_matches(['›', ' ', '▌']).starts_with(letter);
    let mut rows = contents.lines().skip(2).take(8).filter(is_row);
    rows.next().unwrap_or_default().to_owned()
}

/// Starts the selected runs again; on a slow machine they may be old enough for a question.
fn restart(session: &mut Session) {
    session.press("r");
    let contains = |session: &Session, text| session.screen().contents().contains(text);
    session.wait("a restart or a question", |session| {
        contains(session, "starts again") || contains(session, "and lose its")
    });
    if contains(session, "and lose its") {
        session.press("y");
    }
}

fn quit(mut session: Session) {
    session.press("q");
    assert_eq!(session.wait_for_exit().exit_code(), 0);
    session.assert_restored();
    assert!(
        session
            .screen()
            .contents()
            .contains("dropscope moons: epoch")
    );
}

#[test]
fn keys_pause_step_and_change_what_runs() {
    let mut session = Session::start(&[]);
    session.wait_for_life();
    // Far enough for a curve of more than its first point.
    session.wait("some epochs", |session| {
        let contents = session.screen().contents();
        let epoch = contents.split("epoch ").nth(1).unwrap_or_default();
        epoch.split('.').next().is_some_and(|epoch| epoch.len() > 1)
    });
    session.press(" ");
    session.wait_for_text("paused");
    let before = row(&session, 'b');
    session.press(".");
    session.wait("one more mask", |session| row(session, 'b') != before);
    session.press("]");
    session.wait("the new rate", |session| row(session, 'c').contains("0.55"));
    // The curves reach the mark with the next evaluation.
    session.press(" ");
    session.wait_for_text("▾");
    session.press("m");
    session.wait("masks per sample", |session| {
        row(session, 'c').contains("sample")
    });
    session.press("n");
    session.wait_for_text("rate of new runs");
    session.press("\r");
    session.wait("a fifth group", |session| {
        row(session, 'e').starts_with('›')
    });
    session.press("k");
    session.wait("the row above", |session| {
        row(session, 'd').starts_with('›')
    });
    restart(&mut session);
    session.wait_for_text("d starts again");
    quit(session);
}

#[test]
fn a_key_writes_the_screen_and_its_numbers_beside_the_training_and_never_over_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let script = format!("cd '{}' && exec \"$0\" \"$@\"", folder.path().display());
    let mut session = Session::start_in_shell(&script);
    session.wait_for_life();
    session.press("w");
    session.wait_for_text("dropscope-1.svg, .txt and .csv");
    session.press("w");
    session.wait_for_text("dropscope-2.svg");
    let svg = read("dropscope-1.svg");
    assert!(roxmltree::Document::parse(&svg).is_ok());
    assert!(read("dropscope-1.txt").contains("moons"));
    assert!(read("dropscope-2.csv").starts_with("step,epoch,a 0.00 test loss,"));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 6);
    folder.close().unwrap();
    session.press("w");
    session.wait_for_text("nothing is written into .");
    quit(session);
}

#[test]
fn a_run_that_panics_is_shown_and_starts_again_and_the_rest_goes_on() {
    let mut session = Session::start(&["--panic-at-step", "20"]);
    session.wait_for_text("1 failed");
    assert!(row(&session, 'd').contains("1 failed"));
    session.press("j");
    session.wait_for_text("panic at step 20 as asked for");
    session.wait("the others go on", |session| {
        ["a", "b", "c"].iter().all(|letter| {
            let row = row(session, letter.chars().next().unwrap_or_default());
            !row.is_empty() && !row.contains("failed")
        })
    });
    restart(&mut session);
    session.wait("it runs again", |session| {
        let row = row(session, 'd');
        !row.is_empty() && !row.contains("failed")
    });
    assert!(
        !session.output().contains("panicked at"),
        "something printed the panic"
    );
    quit(session);
}

#[test]
fn full_speed_leaves_the_keys_alive() {
    let mut session = Session::start(&[]);
    session.wait_for_life();
    session.press("F");
    session.wait_for_text("full speed");
    session.press("?");
    session.wait_for_text("Help");
    session.press("\x1b");
    // Before the next key, or both together would be one with Alt.
    session.wait("help is closed", |session| {
        !session.screen().contents().contains("Help")
    });
    session.press(" ");
    session.wait("a pause or the end", |session| {
        let contents = session.screen().contents();
        contents.contains("paused") || contents.contains("over")
    });
    quit(session);
}
