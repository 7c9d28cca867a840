//! One claim of the note, with the evidence that the lab holds now. A word about what failed takes its place.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::lab::claims::{Evidence, Verdict};
use crate::lab::{GroupSnapshot, LabSnapshot, Phase};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Role;

/// Statements in the note.
const N_CLAIMS: usize = 8;

pub(super) fn draw(app: &App, lab: &LabSnapshot, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let rows = match app.selected(lab).and_then(|group| failure(app, group)) {
        Some(failure) => vec![failure],
        None => claim(app, lab),
    };
    // One row if there is only one, however long; else the evidence in a row of its own.
    if area.height == 1 {
        let joined = Line::from(
            rows.into_iter()
                .flat_map(|row| row.spans)
                .collect::<Vec<_>>(),
        );
        super::draw_line(&joined, area, area.y, buf);
    } else {
        for (row, y) in rows.iter().zip(area.top()..) {
            super::draw_line(row, area, y, buf);
        }
    }
}

/// What became of the selected group, if one of its runs is out.
fn failure(app: &App, group: &GroupSnapshot) -> Option<Line<'static>> {
    let key = app
        .keymap
        .keys_of(crate::tui::keymap::Action::Restart)
        .join(" ");
    let words = group.runs.iter().find_map(|run| match &run.phase {
        Phase::Failed(text) => Some(format!(
            " {} seed {} failed: {text}",
            group.letter, run.seed
        )),
        Phase::Diverged { step } => Some(format!(
            " {} seed {} diverged at step {}",
            group.letter,
            run.seed,
            format::count(*step)
        )),
        Phase::Running | Phase::Finished => None,
    })?;
    Some(Line::from(vec![
        Span::styled(words.replace('\n', " "), app.theme.style(Role::Bad)),
        Span::styled(format!("  {key} "), app.theme.style(Role::Accent)),
        Span::styled(
            "starts it again, the others go on",
            app.theme.style(Role::Dim),
        ),
    ]))
}

fn claim(app: &App, lab: &LabSnapshot) -> Vec<Line<'static>> {
    let (theme, claim) = (&app.theme, app.view.claim);
    let quotes = theme.glyphs().pick(["“", "”"], ["\"", "\""]);
    let statement = Line::from(vec![
        Span::styled(
            format!(" claim {} of {N_CLAIMS} ", claim.number()),
            theme.style(Role::Dim),
        ),
        Span::styled(
            format!("{}{}{}  ", quotes[0], claim.statement(), quotes[1]),
            theme.style(Role::Text),
        ),
    ]);
    // The selected group's evidence; without any (it is the reference), that of the highest rate below it all.
    let candidates = app.selected(lab).into_iter().chain(lab.groups.iter().rev());
    let evidence = candidates
        .into_iter()
        .find_map(|group| claim.evidence(lab, group));
    let Some(evidence) = evidence else {
        let words = " needs runs at two rates";
        return vec![statement, Line::styled(words, theme.style(Role::Dim))];
    };
    vec![statement, evidence_line(app, &evidence)]
}

fn evidence_line(app: &App, evidence: &Evidence) -> Line<'static> {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let dim = |text: String| Span::styled(text, theme.style(Role::Dim));
    let measure = match app.view.claim {
        crate::lab::claims::Claim::Regularises => "gap",
        crate::lab::claims::Claim::ShrinksNorms => glyphs.pick("‖W‖/‖W₀‖", "|W|/|W0|"),
    };
    let than = if evidence.mean >= 0.0 {
        "smaller"
    } else {
        "larger"
    };
    let mut spans = vec![
        dim(format!(" {measure} at {} ", short_rate(evidence.group.1))),
        Span::styled(
            format!("{:.3} {than}", evidence.mean.abs()),
            theme.style(Role::Bright),
        ),
        dim(format!(" than at {}", short_rate(evidence.reference.1))),
    ];
    match evidence.difference {
        Some(interval) => spans.push(dim(format!(
            ", 95 % CI [{}, {}], {} seeds ",
            signed(interval.low, glyphs.pick("−", "-")),
            signed(interval.high, glyphs.pick("−", "-")),
            evidence.n_pairs
        ))),
        None => spans.push(dim(", one seed gives no interval ".to_owned())),
    }
    let (role, verdict) = match evidence.verdict() {
        Verdict::Holds => (Role::Good, Verdict::Holds),
        Verdict::DoesNotHoldHere => (Role::Bad, Verdict::DoesNotHoldHere),
        Verdict::Undecided => (Role::Warn, Verdict::Undecided),
    };
    spans.push(Span::styled(
        format!("{} {}", glyphs.pick("→", "->"), verdict.words()),
        theme.style(role),
    ));
    Line::from(spans)
}

/// A rate in as few characters as say it: `.5`, `0`.
fn short_rate(rate: f64) -> String {
    let text = format::rate(rate);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text.strip_prefix('0') {
        Some("") => "0".to_owned(),
        Some(rest) => rest.to_owned(),
        None => text.to_owned(),
    }
}

fn signed(value: f64, minus: &str) -> String {
    format!("{value:.3}").replace('-', minus)
}
