//! The units of a layer as a map: what each of them is worth, or says, and the one under the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::super::parts::{self, Spot, TitlePart, draw_line, draw_words};
use crate::lab::{LabSnapshot, Phase, RunSnapshot};
use crate::probe::{Activity, Probe, Worth};
use crate::tui::app::{App, Quantity, UnitOrder, unit_columns};
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::image::{Image, Pixel};
use crate::tui::widgets::pane;
use crate::tui::widgets::scale::{Kind, SlowScale, legend};

/// What a map shows of the units of a layer.
pub(super) struct Values {
    /// A value for each unit; not a number where it is not known yet.
    pub(super) of_units: Vec<f64>,
    /// What a value is.
    pub(super) what: String,
    /// Which units have nothing to say.
    is_dead: Vec<bool>,
    /// The step that they were measured at, where the run has gone on for long since.
    behind: Option<u64>,
}

impl Values {
    /// Those of a run, of the quantity that is chosen; `None` before anything is known.
    pub(super) fn of(app: &App, run: &RunSnapshot, layer_idx: usize) -> Option<Self> {
        let activity = run.readings.to::<Activity>(&Probe::Activity { layer_idx });
        let is_dead = activity
            .map(|activity| activity.is_dead.clone())
            .unwrap_or_default();
        let of_activity = |values: fn(&Activity) -> &Vec<f64>, what: &str| {
            let activity = activity?;
            let behind = activity.is_behind(run.step).then_some(activity.step);
            Some((values(activity.reading()).clone(), what.to_owned(), behind))
        };
        let (of_units, what, behind) = match app.units.quantity {
            Quantity::Worth => {
                let worth = run.readings.to::<Worth>(&Probe::Worth { layer_idx })?;
                let unit = if app.facts.is_classification {
                    "nats"
                } else {
                    "error"
                };
                let behind = worth.is_behind(run.step).then_some(worth.step);
                (worth.rises.clone(), format!("{unit} if lost"), behind)
            }
            Quantity::Mean => of_activity(|activity| &activity.means, "mean activation")?,
            Quantity::Fires => of_activity(|activity| &activity.fires, "share it fires on")?,
            Quantity::Norm => {
                let w = app.theme.glyphs().pick("‖w‖", "|w|");
                of_activity(|activity| &activity.norms, w)?
            }
            Quantity::Kept => {
                let counts = run.keep_counts.layers().get(layer_idx + 1)?;
                let of_units = counts.n_kept.iter().map(|&kept| kept as f64).collect();
                let what = format!("kept in {}", format::count(counts.n_drawn));
                (of_units, what, None)
            }
        };
        Some(Self {
            of_units,
            what,
            is_dead,
            behind,
        })
    }

    fn is_dead(&self, unit: usize) -> bool {
        self.is_dead.get(unit).copied().unwrap_or(false)
    }

    /// The unit of the largest value.
    fn most(&self) -> Option<usize> {
        let known = (0..self.of_units.len()).filter(|&unit| !self.of_units[unit].is_nan());
        known.max_by(|&one, &two| self.of_units[one].total_cmp(&self.of_units[two]))
    }
}

/// Draws the pane at `spot`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let frame = parts::frame(app, Pane::UnitMap, "Units", spot);
    let (Some(layer_idx), Some(group)) = (app.unit_layer(), app.selected(lab)) else {
        let inner = frame.draw(spot.area, buf);
        draw_words(app, super::NO_UNITS, inner, buf);
        return;
    };
    let style = parts::style_of(app, lab, group);
    let run = app.unit_run(lab);
    let values = run.and_then(|run| Values::of(app, run, layer_idx));
    let mut title = vec![
        TitlePart::new(0, parts::group_title(group, style)),
        TitlePart::new(0, super::layer_name(layer_idx)),
    ];
    match app.units.order {
        UnitOrder::Index => {}
        UnitOrder::Worth => title.push(TitlePart::new(1, "by worth")),
        UnitOrder::Class => title.push(TitlePart::new(1, "by class")),
    }
    if let Some(step) = values.as_ref().and_then(|values| values.behind) {
        title.push(TitlePart::new(
            1,
            format!("at step {}", format::count(step)),
        ));
    }
    let frame = frame.rest(parts::forms(app, &title));
    match (run, values) {
        (Some(run), Some(values)) if run.is_sound() => {
            draw_map(app, lab, frame, &values, (layer_idx, spot.area), buf);
        }
        (run, _) => {
            let inner = frame.draw(spot.area, buf);
            draw_words(app, &words_without(run, layer_idx), inner, buf);
        }
    }
}

/// What stands where there is no map.
fn words_without(run: Option<&RunSnapshot>, layer_idx: usize) -> String {
    let Some(run) = run else {
        return "there are no runs".to_owned();
    };
    match &run.phase {
        Phase::Diverged { step } => format!(
            "seed {} diverged at step {}: no units to look at",
            run.seed,
            format::count(*step)
        ),
        Phase::Failed(text) => format!("seed {} failed: {text}", run.seed),
        _ => {
            let asked = run.readings.asked(&Probe::Worth { layer_idx });
            match asked.and_then(|asked| asked.under_way) {
                Some(under_way) => {
                    format!("measuring: {} of {} parts", under_way.done, under_way.of)
                }
                None => "not measured yet".to_owned(),
            }
        }
    }
}

fn draw_map(
    app: &App,
    lab: &LabSnapshot,
    frame: pane::Pane,
    values: &Values,
    (layer_idx, area): (usize, Rect),
    buf: &mut Buffer,
) {
    let group = app.selected(lab);
    let hue = group.map_or_else(
        || app.theme.style(Role::Bright),
        |group| parts::style_of(app, lab, group),
    );
    let order = app.units_in_order(lab);
    let scale = SlowScale::of(values.of_units.iter().map(|value| value.max(0.0)));
    let glyphs = app.theme.glyphs();
    let high = format::difference(scale.end(), glyphs);
    let mut footer = legend(&app.theme, Kind::Amount, hue, ["0", &high], 10);
    let what = format!("{} ", values.what);
    if footer.width() + what.chars().count() + 6 <= area.width.into() {
        footer
            .spans
            .insert(0, Span::styled(what, app.theme.style(Role::Dim)));
    }
    let inner = frame.footer(footer).draw(area, buf);
    let a_place = app.units_a_place();
    let pixels: Vec<Pixel> = order
        .chunks(a_place)
        .map(|units| pixel(values, units, scale))
        .collect();
    let columns = unit_columns(pixels.len());
    let place_of = |unit: usize| {
        let at = order.iter().position(|&other| other == unit)? / a_place;
        Some((at % columns, at / columns))
    };
    let dropped = app
        .units
        .dropped
        .iter()
        .filter(|id| id.layer_idx == layer_idx + 1);
    let marks: Vec<(usize, usize)> = dropped.filter_map(|id| place_of(id.unit)).collect();
    let image = Image::new(&app.theme, &pixels, columns)
        .hue(hue)
        .marks(&marks)
        .cursor(place_of(app.unit()));
    let picture = picture_area(inner);
    let window = image.window(picture);
    let shift = (picture.width - window.cells.width) / 2;
    image.draw(
        Rect {
            x: picture.x + shift,
            width: picture.width - shift,
            ..picture
        },
        buf,
    );
    if inner.height > picture.height {
        let line = words_of(app, values, window.note(glyphs), (a_place, inner.width));
        draw_line(&line, inner, inner.bottom() - 1, buf);
    }
}

/// The picture has all but the last row.
fn picture_area(inner: Rect) -> Rect {
    let n_rows = inner.height.saturating_sub(u16::from(inner.height > 2));
    Rect {
        height: n_rows,
        ..inner
    }
}

/// What is drawn for units that share a place.
fn pixel(values: &Values, units: &[usize], scale: SlowScale) -> Pixel {
    if units.iter().all(|&unit| values.is_dead(unit)) {
        return Pixel::Silent;
    }
    let known = units
        .iter()
        .map(|&unit| values.of_units[unit])
        .filter(|value| !value.is_nan());
    known
        .reduce(f64::max)
        .map_or(Pixel::Hole, |value| Pixel::Amount(scale.place(value)))
}

/// The unit under the cursor, its value, and as much of what else is to be said of the layer as fits into `width` columns.
fn words_of(
    app: &App,
    values: &Values,
    note: Option<String>,
    (a_place, width): (usize, u16),
) -> Line<'static> {
    let (dim, bright) = (app.theme.style(Role::Dim), app.theme.style(Role::Bright));
    let unit = app.unit();
    let value = values.of_units.get(unit).copied().unwrap_or(f64::NAN);
    let shown = match app.units.quantity {
        Quantity::Fires => format!("{} %", format::percent(value, app.theme.glyphs())),
        Quantity::Kept => format::count(value as u64),
        Quantity::Worth | Quantity::Mean | Quantity::Norm => {
            format::difference(value, app.theme.glyphs())
        }
    };
    let mut line = Line::from(vec![
        Span::styled("unit ", dim),
        Span::styled(unit.to_string(), bright),
        Span::styled(": ", dim),
    ]);
    line.push_span(Span::styled(shown, bright));
    let mut words = Vec::new();
    if app
        .units
        .dropped
        .iter()
        .any(|id| id.unit == unit && Some(id.layer_idx) == app.unit_layer().map(|idx| idx + 1))
    {
        words.push("dropped by hand".to_owned());
    } else if values.is_dead(unit) {
        words.push("dead".to_owned());
    } else if values.most() == Some(unit) {
        words.push("most of all".to_owned());
    }
    if a_place > 1 {
        words.push(format!("{a_place} a cell"));
    }
    words.extend(note);
    let n_dead = values.is_dead.iter().filter(|&&is_dead| is_dead).count();
    if n_dead > 0 {
        words.push(format!("{n_dead} dead"));
    }
    for word in words {
        let dot = parts::dot(app);
        if line.width() + dot.width() + word.chars().count() > width.into() {
            break;
        }
        line.push_span(dot);
        line.push_span(Span::styled(word, dim));
    }
    line
}

/// The place of the map at a cell of the screen.
pub(super) fn place_at(
    app: &App,
    lab: &LabSnapshot,
    area: Rect,
    position: Position,
) -> Option<usize> {
    let pixels = vec![Pixel::Hole; app.units_in_order(lab).len().div_ceil(app.units_a_place())];
    let columns = unit_columns(pixels.len());
    let picture = picture_area(pane::Pane::inner(area));
    let image = Image::new(&app.theme, &pixels, columns);
    let shift = (picture.width - image.window(picture).cells.width) / 2;
    let window = image.window(Rect {
        x: picture.x + shift,
        width: picture.width - shift,
        ..picture
    });
    let (column, row) = window.at(position)?;
    Some(row * columns + column).filter(|place| *place < pixels.len())
}
