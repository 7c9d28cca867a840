//! One example through one unit: weights times input as three pictures, and the formula with its numbers in it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::parts::{self, Spot, TitlePart, draw_line, draw_words};
use crate::lab::LabSnapshot;
use crate::nn::Activation;
use crate::probe::activity::Groups;
use crate::probe::{Activity, Inspection, Probe, Seen};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::histogram::draw_columns;
use crate::tui::widgets::image::{Binning, Image, Pixel};
use crate::tui::widgets::scale::SlowScale;
use crate::tui::widgets::{put, width_of};

/// Inputs of a unit up to which each has a row of numbers.
const FEW_INPUTS: usize = 8;

/// Columns of the sum beside the pictures.
const SUM: u16 = 20;

/// The least columns of the means of classes or of values.
const LEAST_GROUPS: u16 = 20;
/// The name of the row of the mask.
const MASK: &str = "mask";

/// Columns of the formula's names, and those between the formula and what stands beside it.
const NAMES: u16 = 11;
const APART: u16 = 2;

/// What the pane draws.
struct Inspector<'a> {
    app: &'a App,
    found: &'a Inspection,
    activity: Option<&'a Activity>,
    hue: Style,
}

/// Draws the pane at `spot`.
pub(super) fn draw(app: &App, lab: &LabSnapshot, spot: Spot, buf: &mut Buffer) {
    let name = format!("Unit {}", app.unit());
    let frame = parts::frame(app, Pane::Unit, &name, spot);
    let (Some(layer_idx), Some((group, run))) =
        (app.unit_layer(), app.selected(lab).zip(app.unit_run(lab)))
    else {
        let inner = frame.draw(spot.area, buf);
        return draw_words(app, super::NO_UNITS, inner, buf);
    };
    let hue = parts::style_of(app, lab, group);
    let probe = Probe::Inspect {
        layer_idx,
        unit: app.unit(),
        example: app.units.example,
    };
    let found = run.readings.to::<Inspection>(&probe);
    let mut title = vec![
        TitlePart::new(1, format!("of {}", super::layer_name(layer_idx))),
        TitlePart::new(0, parts::group_title(group, hue)),
        TitlePart::new(3, format!("seed {}", run.seed)),
        TitlePart::new(2, format!("test example {}", app.units.example)),
    ];
    if let Some(class) = found.and_then(|found| found.class) {
        title.push(TitlePart::new(2, format!("class {class}")));
    }
    if let Some(found) = found.filter(|found| found.is_behind(run.step)) {
        title.push(TitlePart::new(
            4,
            format!("at step {}", format::count(found.step)),
        ));
    }
    let inner = frame.rest(parts::forms(app, &title)).draw(spot.area, buf);
    let Some(found) = found else {
        let words = if run.is_sound() {
            "being measured"
        } else {
            "this run has fallen out: nothing to inspect"
        };
        return draw_words(app, words, inner, buf);
    };
    let activity = run.readings.to::<Activity>(&Probe::Activity { layer_idx });
    let inspector = Inspector {
        app,
        found: found.reading(),
        activity: activity.map(Seen::reading),
        hue,
    };
    inspector.draw(inner, buf);
}

/// Draws rows of names and words, as many as there is room for.
fn draw_rows(app: &App, rows: &[(&str, String)], area: Rect, buf: &mut Buffer) {
    let (dim, text) = (app.theme.style(Role::Dim), app.theme.style(Role::Text));
    for ((name, words), y) in rows.iter().zip(area.y..area.bottom()) {
        let line = Line::from(vec![
            Span::styled(format!("{name:<width$}", width = usize::from(NAMES)), dim),
            Span::styled(words.as_str(), text),
        ]);
        draw_line(&line, area, y, buf);
    }
}

impl Inspector<'_> {
    fn draw(&self, inner: Rect, buf: &mut Buffer) {
        /// Rows of the formula with those around it.
        const BELOW: u16 = 7;
        let above = inner.height.saturating_sub(BELOW).max(inner.height.min(4));
        let above = Rect {
            height: above,
            ..inner
        };
        if self.found.inputs.len() <= FEW_INPUTS {
            self.draw_table(above, buf);
        } else {
            self.draw_pictures(above, buf);
        }
        let below = Rect {
            y: above.bottom(),
            height: inner.height - above.height,
            ..inner
        };
        // No number of the formula is cut for what stands beside it.
        let rows = self.formula();
        // As if it were dropped, so that nothing comes and goes with the masks.
        let as_dropped = width_of("dropped") - width_of("kept");
        let of_row = |(name, words): &(&str, String)| {
            let is_longer_if_dropped = *name == MASK && self.found.thinning.is_kept;
            NAMES + width_of(words) + as_dropped * u16::from(is_longer_if_dropped)
        };
        let wanted = rows.iter().map(of_row).max().unwrap_or(0) + APART;
        draw_rows(self.app, &rows, below, buf);
        let beside = Rect {
            x: below.x + wanted.min(below.width),
            width: below.width.saturating_sub(wanted),
            ..below
        };
        if beside.width >= LEAST_GROUPS && beside.height >= 5 {
            self.draw_groups(beside, buf);
        }
    }

    fn number(&self, value: f64) -> String {
        format::difference(value, self.app.theme.glyphs())
    }

    fn what_enters(&self) -> &'static str {
        match self.found.layer_idx {
            0 => "the example",
            _ => "what enters",
        }
    }

    /// Rows and columns of a picture of the inputs: the example's own shape, a strip where it has none, and units of a layer
    /// as a square.
    fn n_columns(&self) -> usize {
        let n = self.found.inputs.len();
        match (self.found.layer_idx, &self.app.facts.item_shape[..]) {
            (0, [_]) => n,
            (0, [n_rows, ..]) => n / n_rows.max(&1),
            _ => (n as f64).sqrt().ceil() as usize,
        }
    }

    /// Weights, what they are multiplied by, and the products, each in its own scale.
    fn pixels(&self) -> [Vec<Pixel>; 3] {
        let found = self.found;
        let signed = |values: &[f32]| -> Vec<Pixel> {
            let scale = SlowScale::of(values.iter().map(|&value| f64::from(value)));
            let pixel = |&value: &f32| Pixel::Signed(scale.place(value.into()));
            values.iter().map(pixel).collect()
        };
        let is_amount = found.inputs.iter().all(|&x| x >= 0.0);
        let most = found.inputs.iter().fold(0.0_f32, |most, &x| most.max(x));
        let amount = |&x: &f32| Pixel::Amount(f64::from(x / most));
        let inputs = if is_amount && most > 0.0 {
            found.inputs.iter().map(amount).collect()
        } else {
            signed(&found.inputs)
        };
        [signed(&found.weights), inputs, signed(&found.products)]
    }

    fn draw_pictures(&self, area: Rect, buf: &mut Buffer) {
        let theme = &self.app.theme;
        let (dim, bright) = (theme.style(Role::Dim), theme.style(Role::Bright));
        let times = theme.glyphs().pick("×", "x");
        let product = format!("weight {times} input");
        let names = ["incoming weights", self.what_enters(), &product];
        let signs = ["", times, "="];
        let is_strip = self.n_columns() == self.found.inputs.len();
        let room = area.width.saturating_sub(SUM);
        let width = if is_strip {
            room
        } else {
            (room / 3).saturating_sub(3)
        };
        let height = if is_strip {
            1
        } else {
            area.height.saturating_sub(2)
        };
        for (idx, pixels) in self.pixels().iter().enumerate() {
            let place = idx as u16;
            let across = if is_strip { 0 } else { place * (width + 4) };
            let down = if is_strip { 2 * place } else { 0 };
            let (x, y) = (area.x + across, area.y + down);
            put(buf, area, x.into(), y, names[idx], dim);
            let spot = Rect {
                x,
                y: y + 1,
                width,
                height,
            }
            .intersection(area);
            let image = Image::new(theme, pixels, self.n_columns()).binning(Binning::Mean);
            let window = image.draw(spot, buf);
            if !is_strip {
                let middle = spot.y + window.cells.height / 2;
                put(buf, area, i32::from(x) - 3, middle, signs[idx], bright);
            }
            if let Some(note) = window.note(theme.glyphs()).filter(|_| idx == 2) {
                put(buf, area, x.into(), window.cells.bottom(), &note, dim);
            }
        }
        let sum = Rect {
            x: area.right().saturating_sub(SUM),
            width: SUM.min(area.width),
            ..area
        };
        self.draw_sum(sum, buf);
    }

    fn draw_sum(&self, area: Rect, buf: &mut Buffer) {
        let (dim, bright) = (
            self.app.theme.style(Role::Dim),
            self.app.theme.style(Role::Bright),
        );
        let sigma = self.app.theme.glyphs().pick("Σ", "S");
        let line = self.app.theme.glyphs().pick("─", "-").repeat(8);
        let rows = [
            (sigma, self.number(self.found.sum), "the sum"),
            ("", self.number(self.found.bias), "bias"),
            ("", line, ""),
            ("", self.number(self.found.z), "= z"),
        ];
        let first = area.y + area.height.saturating_sub(4) / 2;
        for ((sign, number, what), y) in rows.into_iter().zip(first..area.bottom()) {
            let line = Line::from(vec![
                Span::styled(format!("{sign:<2}"), bright),
                Span::styled(format!("{number:>8}"), bright),
                Span::styled(format!(" {what}"), dim),
            ]);
            draw_line(&line, area, y, buf);
        }
    }

    /// A row of numbers for each input, where there are few.
    fn draw_table(&self, area: Rect, buf: &mut Buffer) {
        let (dim, text) = (
            self.app.theme.style(Role::Dim),
            self.app.theme.style(Role::Text),
        );
        let head = format!(
            "{:>6}{:>11}{:>13}{:>11}",
            "input",
            "weight",
            self.what_enters(),
            "product"
        );
        draw_line(&Line::styled(head, dim), area, area.y, buf);
        let found = self.found;
        for (idx, y) in (0..found.inputs.len()).zip(area.y + 1..area.bottom()) {
            let [w, x, product] = [found.weights[idx], found.inputs[idx], found.products[idx]]
                .map(|value| self.number(value.into()));
            let row = format!("{idx:>6}{w:>11}{x:>13}{product:>11}");
            draw_line(&Line::styled(row, text), area, y, buf);
        }
        if area.width >= 42 + SUM {
            self.draw_sum(
                Rect {
                    x: area.x + 42,
                    width: SUM,
                    ..area
                },
                buf,
            );
        }
    }

    /// The rows of the formula: a name, and what it is of this unit.
    fn formula(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![
            ("activation", self.activation_words()),
            (MASK, self.mask_words()),
            ("training", self.training_words()),
            (
                "test",
                format!(
                    "a = {} = the mean of {} over masks:",
                    self.number(self.found.a),
                    self.tilde()
                ),
            ),
            ("", self.mean_words()),
        ];
        if let Some(activity) = self.activity {
            let unit = self.found.unit;
            let share = format::percent(activity.fires[unit], self.app.theme.glyphs());
            let words = if activity.is_dead[unit] {
                "dead: it has nothing to say of any test example".to_owned()
            } else {
                let mean = self.number(activity.means[unit]);
                format!("{share} % of test examples, mean {mean}")
            };
            rows.extend([("", String::new()), ("fires on", words)]);
        }
        rows
    }

    fn activation_words(&self) -> String {
        let formula = match self.found.activation {
            Activation::Relu => "max(0, z)",
            Activation::Tanh => "tanh(z)",
            Activation::Sigmoid => "1 / (1 + exp(-z))",
            Activation::Linear => "z",
        };
        format!("a = {formula} = {}", self.number(self.found.a))
    }

    /// The letter of what is passed on in training.
    fn tilde(&self) -> &'static str {
        self.app.theme.glyphs().pick("ã", "a~")
    }

    fn mask_words(&self) -> String {
        let thinning = &self.found.thinning;
        let rate = 1.0 - thinning.keep;
        if rate == 0.0 {
            return "none: at rate 0 nothing is dropped, d = 1".to_owned();
        }
        let (is_below, verb) = if thinning.is_kept {
            (self.app.theme.glyphs().pick("≥", ">="), "kept")
        } else {
            ("<", "dropped")
        };
        let of = if thinning.n_masks > 1 {
            ", example 1 of the batch"
        } else {
            ""
        };
        let (die, arrow) = (thinning.die, self.app.theme.glyphs().pick("→", "->"));
        let d = u8::from(thinning.is_kept);
        format!(
            "die {die:.2} {is_below} {} {arrow} {verb} at step {}{of}, d = {d}",
            format::rate(rate),
            format::count(thinning.step)
        )
    }

    fn training_words(&self) -> String {
        let (found, dot) = (self.found, self.app.theme.glyphs().pick("·", "*"));
        let keep = format::rate(found.thinning.keep);
        let d = u8::from(found.thinning.is_kept);
        let passed_on = self.number(found.passed_on());
        if found.thinning.keep == 0.0 {
            return format!("{} = 0: at rate 1 nothing is ever kept", self.tilde());
        }
        format!(
            "{} = d {dot} a / keep = {d} {dot} {} / {keep} = {passed_on}",
            self.tilde(),
            self.number(found.a)
        )
    }

    fn mean_words(&self) -> String {
        let (found, dot) = (self.found, self.app.theme.glyphs().pick("·", "*"));
        let Some(if_kept) = found.if_kept() else {
            return "a mask that drops always has the mean 0: no rescaling can mend that"
                .to_owned();
        };
        let keep = found.thinning.keep;
        let [rate, keep] = [1.0 - keep, keep].map(format::rate);
        format!(
            "{rate} {dot} 0 + {keep} {dot} {} = {}",
            self.number(if_kept),
            self.number(found.mean_passed_on())
        )
    }

    /// The unit's mean activation over each class, or over tenths of the values.
    fn draw_groups(&self, area: Rect, buf: &mut Buffer) {
        let Some(activity) = self.activity else {
            return;
        };
        let (theme, dim) = (&self.app.theme, self.app.theme.style(Role::Dim));
        let what = match activity.groups {
            Groups::Classes(_) => "mean activation per class",
            Groups::Values(_) => "mean activation by value",
        };
        let what = if width_of(what) <= area.width {
            what
        } else {
            "mean of each"
        };
        put(buf, area, area.x.into(), area.y, what, dim);
        let means: Vec<f64> = activity.by_group.row(self.found.unit).to_vec();
        let most = means
            .iter()
            .filter(|mean| !mean.is_nan())
            .fold(0.0, |most: f64, mean| most.max(mean.abs()));
        let pitch = (area.width / means.len().max(1) as u16).clamp(1, 3);
        let bars = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(4),
            ..area
        };
        let favourites = activity.favourites(self.found.unit);
        for (idx, &mean) in means
            .iter()
            .enumerate()
            .take(usize::from(area.width / pitch))
        {
            let x = area.x + idx as u16 * pitch;
            let column = Rect {
                x,
                width: pitch.min(2),
                ..bars
            };
            let is_favourite = favourites.is_some_and(|[first, _]| first == idx);
            let style = if is_favourite {
                self.hue
            } else {
                theme.faded(self.hue, 0.5)
            };
            let height = if most > 0.0 { mean.abs() / most } else { 0.0 };
            draw_columns(
                &[height; 2][..column.width.into()],
                style,
                theme.glyphs(),
                column,
                buf,
            );
            if pitch > 1 {
                put(buf, area, x.into(), bars.bottom(), &idx.to_string(), dim);
            }
        }
        let words = self.favourite_words(activity);
        put(buf, area, area.x.into(), bars.bottom() + 1, &words, dim);
    }

    /// The groups that the unit answers most, in words.
    fn favourite_words(&self, activity: &Activity) -> String {
        match (activity.favourites(self.found.unit), &activity.groups) {
            (None, _) => String::new(),
            (Some([first, second]), Groups::Classes(_)) => format!("a {first} with some {second}"),
            (Some([first, _]), Groups::Values(ends)) => {
                let [from, to] = [ends[first], ends[first + 1]].map(|end| self.number(end));
                format!("most from {from} to {to}")
            }
        }
    }
}
