//! One claim of the note, its verdict, and the evidence that the lab holds now. A word about what failed takes its place.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::claims::{
    Claim, Decision, Difference, Estimate, Evidence, MIN_PAIRS, Measure, Outlook, Side, Sides,
    Verdict,
};
use crate::lab::{GroupSnapshot, LabSnapshot};
use crate::nn::NoiseShape;
use crate::text::counted;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Role;

pub(super) fn draw(app: &App, lab: &LabSnapshot, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let evidence = evidence(app, lab);
    let is_decided = evidence
        .as_ref()
        .is_some_and(|evidence| !evidence.decisions.is_empty());
    let failure = app.selected(lab).and_then(|group| failure(app, group));
    // A verdict stays, and names what fell out.
    if let Some([words, way_out]) = failure.filter(|_| !is_decided) {
        draw_parts(&words, &way_out, way_out.width(), area, buf);
        return;
    }
    let statement = statement(app, evidence.as_ref(), area.width.into());
    let line = evidence_now(app, lab);
    draw_parts(&statement, &line, 0, area, buf);
}

/// The evidence of the claim that is chosen, in a line.
pub(in crate::tui::screens) fn evidence_now(app: &App, lab: &LabSnapshot) -> Line<'static> {
    match evidence(app, lab) {
        Some(evidence) => evidence_line(app, &evidence),
        None => Line::styled(" needs runs at two rates", app.theme.style(Role::Dim)),
    }
}

/// Two parts, each in a row of its own or, where there is only one, both in it: then the first leaves `n_reserved`
/// columns to the second.
fn draw_parts(first: &Line, second: &Line, n_reserved: usize, area: Rect, buf: &mut Buffer) {
    if area.height > 1 {
        super::super::parts::draw_line(first, area, area.y, buf);
        let second = whole_clauses(second, area.width.into());
        super::super::parts::draw_line(&second, area, area.y + 1, buf);
        return;
    }
    let room = area.width.saturating_sub(n_reserved as u16);
    let (x, _) = buf.set_line(area.x, area.y, first, room);
    buf.set_line(x, area.y, second, area.right() - x);
}

/// As many clauses of `line` as fit into `width` columns: half of a word or of an interval would be read as another number.
/// A first clause that is longer than that is left as it is.
fn whole_clauses<'a>(line: &Line<'a>, width: usize) -> Line<'a> {
    if line.width() <= width {
        return line.clone();
    }
    let text: Vec<char> = line.iter().flat_map(|span| span.content.chars()).collect();
    let depth_at = |at: usize| {
        let n = |sign| text[..at].iter().filter(|&&c| c == sign).count();
        n('[') - n(']').min(n('['))
    };
    let is_end = |at: &usize| {
        matches!(text[*at], ',' | ';') && text.get(at + 1) == Some(&' ') && depth_at(*at) == 0
    };
    let Some(end) = (1..text.len().min(width + 1)).rev().find(is_end) else {
        return line.clone();
    };
    let mut n_left = end;
    let mut cut = Line::default().style(line.style);
    for span in &line.spans {
        let content: String = span.content.chars().take(n_left).collect();
        n_left -= content.chars().count();
        cut.push_span(Span::styled(content, span.style));
    }
    cut
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

/// The selected group's evidence; where it is the reference itself, that of the last group that has some.
fn evidence(app: &App, lab: &LabSnapshot) -> Option<Evidence> {
    let reference = app.reference(lab)?;
    let candidates = app.selected(lab).into_iter().chain(lab.groups.iter().rev());
    let claim = app.view.claim;
    candidates
        .into_iter()
        .find_map(|group| claim.evidence(lab, reference, group))
}

/// Which claim it is, what it says, and what became of it. The verdict is never cut: what stands before it is as long as
/// there is room.
fn statement(app: &App, evidence: Option<&Evidence>, width: usize) -> Line<'static> {
    let (theme, claim) = (&app.theme, app.view.claim);
    let quotes = theme.glyphs().pick(["“", "”"], ["\"", "\""]);
    let words = format!("{}{}{} ", quotes[0], claim.statement(), quotes[1]);
    let (number, n_claims) = (claim.number(), Claim::ALL.len());
    let place = 1 + Claim::ALL
        .iter()
        .position(|&other| other == claim)
        .unwrap_or(0);
    let dot = theme.glyphs().pick("·", "-");
    let names = [
        format!(" claim {number} {dot} {place} of the {n_claims} measured here "),
        format!(" claim {number} {dot} {place} of {n_claims} "),
        format!(" claim {number} "),
    ];
    let standing = evidence
        .map(|evidence| standing(app, evidence))
        .unwrap_or_default();
    let with = |name: &String| {
        let mut line = Line::from(vec![
            Span::styled(name.clone(), theme.style(Role::Dim)),
            Span::styled(words.clone(), theme.style(Role::Text)),
        ]);
        line.push_span(standing.clone());
        line
    };
    let fitting = names.iter().map(with).find(|line| line.width() <= width);
    fitting.unwrap_or_else(|| with(&names[names.len() - 1]))
}

/// The verdict with its epoch; before there is one, what there is to wait for.
fn standing(app: &App, evidence: &Evidence) -> Span<'static> {
    let Some(decision) = evidence.decision() else {
        return Span::styled(outlook(evidence.outlook), app.theme.style(Role::Dim));
    };
    let role = match decision.verdict {
        Verdict::Holds => Role::Good,
        Verdict::DoesNotHoldHere => Role::Bad,
        Verdict::Undecided | Verdict::NotEnoughSeeds => Role::Warn,
    };
    let arrow = app.theme.glyphs().pick("→", "->");
    let epoch = format::count(decision.epoch);
    let words = format!("{arrow} at epoch {epoch}: {} ", decision.verdict.words());
    Span::styled(words, app.theme.style(role))
}

fn outlook(outlook: Outlook) -> String {
    match outlook {
        Outlook::DecidesAt(epoch) => format!("decides at epoch {}", format::count(epoch)),
        Outlook::NotEnoughSeeds => format!("no verdict below {MIN_PAIRS} seeds"),
        Outlook::ChangedLive => "no verdict on what was changed live".to_owned(),
        Outlook::EndedBefore(epoch) => format!("ended before epoch {}", format::count(epoch)),
        Outlook::Nothing => "no epoch of decision is set".to_owned(),
    }
}

/// What the verdict rests on and, where another may come, what is seen now; before the first, the estimate alone.
fn evidence_line(app: &App, evidence: &Evidence) -> Line<'static> {
    let dim = |text: String| Span::styled(text, app.theme.style(Role::Dim));
    let Some(decision) = evidence.decision() else {
        let words = evidence.estimate.as_ref().map(|estimate| {
            let epoch = format!("{:.1}", estimate.epoch);
            let epoch = epoch.trim_end_matches('0').trim_end_matches('.');
            format!(" now, epoch {epoch}: {}", estimated(app, estimate))
        });
        return Line::from(dim(words.unwrap_or_default()));
    };
    let mut line = decided(app, decision);
    let estimate = evidence.estimate.as_ref();
    if let (Some(estimate), true) = (estimate, evidence.outlook != Outlook::Nothing) {
        let means = estimate.differences.iter().map(|part| amount(app, part));
        let means: Vec<String> = means.collect();
        let then = outlook(evidence.outlook);
        line.push_span(dim(format!("; now {}, {then}", means.join(" and "))));
    }
    line
}

fn estimated(app: &App, estimate: &Estimate) -> String {
    let parts = estimate
        .differences
        .iter()
        .map(|part| format!("{} {}", measure(app, part.measure), amount(app, part)));
    let parts: Vec<String> = parts.collect();
    let caveat = if estimate.is_undisturbed {
        ""
    } else {
        ", was changed live"
    };
    // "No difference" is not "than" anything.
    let is_equal = estimate.differences.iter().all(|part| part.mean == 0.0);
    let between = if is_equal { " and at " } else { " than at " };
    format!(
        "{} at {}, {}{caveat}",
        parts.join(", "),
        sides(&estimate.sides, between),
        counted(estimate.n_pairs, "seed")
    )
}

fn decided(app: &App, decision: &Decision) -> Line<'static> {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let dim = |text: String| Span::styled(text, theme.style(Role::Dim));
    let mut line = Line::from(dim(format!(" {}:", sides(&decision.sides, " against "))));
    for (idx, part) in decision.differences.iter().enumerate() {
        let comma = if idx > 0 { "," } else { "" };
        line.push_span(dim(format!("{comma} {} ", measure(app, part.measure))));
        line.push_span(Span::styled(amount(app, part), theme.style(Role::Bright)));
        // The words say by how much it is smaller or larger; the interval has their sign.
        let ends = part.interval.map(|interval| {
            if part.mean >= 0.0 {
                [interval.low, interval.high]
            } else {
                [-interval.high, -interval.low]
            }
        });
        if let Some(ends) = ends {
            let [low, high] = ends.map(|end| format::difference(end, glyphs));
            line.push_span(dim(format!(" [{low}, {high}]")));
        }
    }
    let out = match decision.n_out {
        0 => String::new(),
        1 => ", 1 pair fell out".to_owned(),
        n_out => format!(", {n_out} pairs fell out"),
    };
    line.push_span(dim(format!(
        ", 95 % CI, {}{out}",
        counted(decision.n_pairs, "seed")
    )));
    line
}

fn measure(app: &App, measure: Measure) -> &'static str {
    match measure {
        Measure::TestLoss => "test loss",
        Measure::GapStar => "gap*",
        Measure::NormRatio => app.theme.glyphs().pick("‖W‖/‖W₀‖", "|W|/|W0|"),
    }
}

/// By how much the measure is smaller than at the reference, or larger; a loss that is larger is worse.
fn amount(app: &App, part: &Difference) -> String {
    let than = match (part.mean, part.measure) {
        (0.0, _) => return "the same".to_owned(),
        (0.0.., _) => "smaller",
        (_, Measure::TestLoss) => "worse",
        (_, Measure::GapStar | Measure::NormRatio) => "larger",
    };
    format!(
        "{} {than}",
        format::difference(part.mean.abs(), app.theme.glyphs())
    )
}

/// The group and its reference: by their rates, and by who shares a mask where that differs.
fn sides([reference, group]: &Sides, between: &str) -> String {
    let shapes = [&reference.noise_shape, &group.noise_shape];
    let differ = matches!(shapes, [Some(a), Some(b)] if a != b);
    let name = |side: &Side| match &side.noise_shape {
        Some(shape) if differ => format!("{} {}", short_rate(side.rate), sharing(shape)),
        _ => short_rate(side.rate),
    };
    format!("{}{between}{}", name(group), name(reference))
}

fn sharing(shape: &NoiseShape) -> String {
    match () {
        () if shape.is_per_batch() => "batch".to_owned(),
        () if shape.is_per_sample() => "sample".to_owned(),
        () => shape.to_string(),
    }
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
