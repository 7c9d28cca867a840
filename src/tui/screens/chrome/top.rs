//! The top line: what is running, and how far it is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::lab::{LabSnapshot, Pace, PastSnapshot};
use crate::train::{Method, StepPhase};
use crate::tui::app::{App, grain_word};
use crate::tui::format;
use crate::tui::theme::Role;

/// Columns for the program's name.
const MIN_LEFT: usize = 13;

pub(super) fn draw(
    app: &App,
    lab: &LabSnapshot,
    past: Option<&PastSnapshot>,
    area: Rect,
    buf: &mut Buffer,
) {
    let mut right = match past {
        Some(past) => looking_back(app, lab, past),
        None => progress(app, lab),
    };
    // How far it is matters more than how fast it goes, and that more than what it is called.
    while right.width() + MIN_LEFT > usize::from(area.width) && right.spans.len() > 1 {
        right.spans.pop();
    }
    let room = usize::from(area.width).saturating_sub(right.width() + 2);
    let left = facts(app, lab, room);
    buf.set_line(area.x, area.y, &left, area.width);
    let x = area
        .right()
        .saturating_sub(right.width() as u16)
        .max(area.x);
    if usize::from(area.width) > left.width() + right.width() {
        buf.set_line(x, area.y, &right, area.right() - x);
    }
}

/// The program's name, the preset if there is one, and as many facts about it as there is room for.
fn facts(app: &App, lab: &LabSnapshot, room: usize) -> Line<'static> {
    let experiment = &app.facts.experiment;
    let mut line = Line::styled(" dropscope  ", app.theme.style(Role::Title));
    let facts = experiment.preset.clone().into_iter().chain(parts(app, lab));
    for (nth, fact) in facts.enumerate() {
        let (before, role) = match nth {
            0 => (Span::raw(""), Role::Accent),
            _ => (super::super::parts::dot(app), Role::Dim),
        };
        let part = [before, Span::styled(fact, app.theme.style(role))];
        if line.width() + part.iter().map(Span::width).sum::<usize>() > room {
            break;
        }
        line.spans.extend(part);
    }
    line
}

fn parts(app: &App, lab: &LabSnapshot) -> Vec<String> {
    let experiment = &app.facts.experiment;
    let (n_train, n_test) = app.facts.n_examples;
    let widths = app
        .facts
        .widths
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("-");
    let rate = short(experiment.optimizer.learning_rate);
    let optimizer = match experiment.optimizer.method {
        Method::Sgd { momentum } => format!("sgd {rate} m {}", short(momentum)),
        Method::Adam => format!("adam {rate}"),
    };
    let mut parts = vec![format!(
        "{} {n_train}/{n_test}",
        data_name(&experiment.data.spec.to_string())
    )];
    parts.extend(app.facts.labels.clone());
    if experiment.data.split.label_noise > 0.0 {
        let share = 100.0 * experiment.data.split.label_noise;
        parts.push(format!("{share:.0} % random labels"));
    }
    parts.push(format!("{widths} {}", experiment.network.function()));
    let times = app.theme.glyphs().pick("×", "x");
    let of_data = match experiment.data.seed {
        seed if seed == lab.seed => String::new(),
        seed => format!(", data {seed}"),
    };
    parts.push(format!(
        "seed {} {times}{}{of_data}",
        lab.seed,
        lab.n_seeds()
    ));
    parts.push(optimizer);
    parts.push(format!("batch {}", experiment.batch_size));
    parts
}

/// The name of a data set without the folders of its files.
fn data_name(spec: &str) -> String {
    match spec.split_once(':') {
        Some((kind, path)) => {
            let file = path
                .rsplit('/')
                .find(|part| !part.is_empty())
                .unwrap_or(path);
            format!("{kind}:{file}")
        }
        None => spec.to_owned(),
    }
}

/// `0.01` as `.01`, as the top line has little room.
fn short(value: f32) -> String {
    let text = value.to_string();
    text.strip_prefix('0')
        .filter(|rest| rest.starts_with('.'))
        .map_or(text.clone(), ToOwned::to_owned)
}

/// The step that is looked at, and how far its networks are; whether training goes on meanwhile.
fn looking_back(app: &App, lab: &LabSnapshot, past: &PastSnapshot) -> Line<'static> {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let sign = glyphs.pick("◀", "<");
    let epoch = past.step as f64 / app.facts.steps_per_epoch() as f64;
    let step = format!(
        "{sign} step {} {}",
        format::count(past.step),
        glyphs.pick("·", "-")
    );
    let mut spans = vec![Span::styled(
        format!("{step} epoch {} ", epochs(epoch)),
        theme.style(Role::Warn),
    )];
    if past.is_replaying() {
        let (n, of) = past.n_replayed;
        spans.push(Span::styled(
            format!("replaying {n} of {of} "),
            theme.style(Role::Warn),
        ));
    }
    let meanwhile = if lab.is_playing {
        "training goes on "
    } else {
        "training is paused "
    };
    spans.push(Span::styled(meanwhile, theme.style(Role::Dim)));
    Line::from(spans)
}

fn progress(app: &App, lab: &LabSnapshot) -> Line<'static> {
    let (theme, glyphs) = (&app.theme, app.theme.glyphs());
    let runs = || lab.groups.iter().flat_map(|group| &group.runs);
    let is_over = runs().all(|run| !run.phase.is_running());
    let (sign, role) = match (is_over, lab.is_playing) {
        (true, _) => (glyphs.pick("■ over", "over"), Role::Warn),
        (false, true) => (glyphs.pick("▶", ">"), Role::Good),
        (false, false) => (glyphs.pick("■ paused", "paused"), Role::Warn),
    };
    let mut spans = Vec::new();
    if app.frozen.is_some() {
        spans.push(Span::styled("view frozen  ", theme.style(Role::Warn)));
    }
    spans.push(Span::styled(sign, theme.style(role)));
    spans.push(Span::styled(
        format!(" epoch {}", progress_of(lab)),
        theme.style(Role::Bright),
    ));
    let pace = match (lab.is_playing, lab.pace) {
        _ if is_over => String::new(),
        (false, _) => format!(" by {}{}", grain_word(app.view.grain), next_part(lab)),
        (true, Pace::FullSpeed) => " full speed".to_owned(),
        (true, Pace::EpochsPerSec(pace)) => format!(" {} epochs/s", compact(pace)),
    };
    spans.push(Span::styled(format!("{pace} "), theme.style(Role::Dim)));
    Line::from(spans)
}

/// Where the runs in training are: one epoch while they are abreast, else the first and the last of them.
fn progress_of(lab: &LabSnapshot) -> String {
    let (least, most) = (lab.epoch(), lab.most_advanced_epoch());
    if most - least > ABREAST.max(0.02 * most) {
        format!("{}…{}", epochs(least), epochs(most))
    } else {
        epochs(least)
    }
}

/// Epochs that runs may be apart and still count as abreast: at full speed they always are some slices apart.
const ABREAST: f64 = 2.0;

/// The part of a step that comes next, where runs stand within one.
fn next_part(lab: &LabSnapshot) -> &'static str {
    let run = lab.groups.first().and_then(|group| group.runs.first());
    match run.map(|run| run.next_part) {
        Some(StepPhase::Forward) => ", forward is next",
        Some(StepPhase::Backward) => ", backward is next",
        Some(StepPhase::Update) => ", update is next",
        Some(StepPhase::Mask) | None => "",
    }
}

/// An epoch with its tenth, as long as tenths can be told apart.
fn epochs(epoch: f64) -> String {
    if epoch < 10_000.0 {
        format!("{epoch:.1}")
    } else {
        format::count(epoch as u64)
    }
}

/// A pace in as few digits as say it.
fn compact(pace: f64) -> String {
    if pace >= 1.0 && pace.fract().abs() < 1e-6 {
        format::count(pace as u64)
    } else {
        format!("{pace:.2}")
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned()
    }
}
