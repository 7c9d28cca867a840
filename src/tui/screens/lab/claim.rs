//! One claim of the note, its verdict, and the evidence that the lab holds now. A word about what failed takes its place.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::lab::claims::{Evidence, Verdict};
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Role;

/// Statements in the note.
const N_CLAIMS: usize = 8;

pub(super) fn draw(app: &App, lab: &LabSnapshot, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let failure = app.selected(lab).and_then(|group| failure(app, group));
    if let Some([words, way_out]) = failure {
        draw_parts(&words, &way_out, way_out.width(), area, buf);
    } else {
        let [statement, evidence] = claim(app, lab);
        draw_parts(&statement, &evidence, 0, area, buf);
    }
}

/// Two parts, each in a row of its own or, where there is only one, both in it: then the first leaves `n_reserved`
/// columns to the second.
fn draw_parts(first: &Line, second: &Line, n_reserved: usize, area: Rect, buf: &mut Buffer) {
    if area.height > 1 {
        super::draw_line(first, area, area.y, buf);
        super::draw_line(second, area, area.y + 1, buf);
        return;
    }
    let room = area.width.saturating_sub(n_reserved as u16);
    let (x, _) = buf.set_line(area.x, area.y, first, room);
    buf.set_line(x, area.y, second, area.right() - x);
}

/// What became of the selected group, if one of its runs is out, and what can be done about it.
fn failure(app: &App, group: &GroupSnapshot) -> Option<[Line<'static>; 2]> {
    let key = app
        .keymap
        .keys_of(crate::tui::keymap::Action::Restart)
        .join(" ");
    let words = group.runs.iter().find_map(|run| {
        let (letter, seed) = (group.letter, run.seed);
        Some(format!(" {letter} seed {seed} {}", run.trouble()?))
    })?;
    let way_out = Line::from(vec![
        Span::styled(format!(" {key} "), app.theme.style(Role::Accent)),
        Span::styled(
            "starts it again, the others go on",
            app.theme.style(Role::Dim),
        ),
    ]);
    let words = words.replace('\n', " ");
    Some([Line::styled(words, app.theme.style(Role::Bad)), way_out])
}

/// The claim with its verdict, and the evidence for that.
fn claim(app: &App, lab: &LabSnapshot) -> [Line<'static>; 2] {
    let (theme, claim) = (&app.theme, app.view.claim);
    let quotes = theme.glyphs().pick(["“", "”"], ["\"", "\""]);
    let mut statement = Line::from(vec![
        Span::styled(
            format!(" claim {} of {N_CLAIMS} ", claim.number()),
            theme.style(Role::Dim),
        ),
        Span::styled(
            format!("{}{}{} ", quotes[0], claim.statement(), quotes[1]),
            theme.style(Role::Text),
        ),
    ]);
    // The selected group's evidence; without any (it is the reference), that of the last group that has some.
    let candidates = app.selected(lab).into_iter().chain(lab.groups.iter().rev());
    let evidence = candidates
        .into_iter()
        .find_map(|group| claim.evidence(lab, group));
    let Some(evidence) = evidence else {
        let words = " needs runs at two rates";
        return [statement, Line::styled(words, theme.style(Role::Dim))];
    };
    // The verdict stands before the evidence: what is cut where there is too little room is the least of it.
    statement.push_span(verdict(app, &evidence));
    [statement, evidence_line(app, &evidence)]
}

fn verdict(app: &App, evidence: &Evidence) -> Span<'static> {
    let verdict = evidence.verdict();
    let role = match verdict {
        Verdict::Holds => Role::Good,
        Verdict::DoesNotHoldHere => Role::Bad,
        Verdict::Undecided => Role::Warn,
    };
    let arrow = app.theme.glyphs().pick("→", "->");
    Span::styled(
        format!("{arrow} {} ", verdict.words()),
        app.theme.style(role),
    )
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
            format!("{} {than}", format::loss(evidence.mean.abs(), glyphs)),
            theme.style(Role::Bright),
        ),
        dim(format!(" than at {}", short_rate(evidence.reference.1))),
    ];
    let interval = evidence.difference.map(|interval| {
        // The words say by how much it is smaller or larger; the interval has their sign.
        if evidence.mean >= 0.0 {
            (interval.low, interval.high)
        } else {
            (-interval.high, -interval.low)
        }
    });
    match interval {
        _ if !evidence.is_undisturbed => spans.push(Span::styled(
            ", but not by the rate alone: restart what was changed live",
            theme.style(Role::Warn),
        )),
        Some((low, high)) => spans.push(dim(format!(
            ", 95 % CI [{}, {}], {} seeds",
            format::loss(low, glyphs),
            format::loss(high, glyphs),
            evidence.n_pairs
        ))),
        None => spans.push(dim(", one seed gives no interval".to_owned())),
    }
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
