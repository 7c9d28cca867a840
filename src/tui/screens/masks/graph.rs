//! The thinned network as it computes: one example, the units of each layer as light, the strongest contributions as lines, and what it says.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line as Text, Span};

use super::blocks::{Block, Layout};
use super::lines::{self, Drawn};
use super::says::{self, Shown};
use super::{
    Spot, TitlePart, dot, draw_words, forms, frame, group_title, held_mark, layer_name, style_of,
};
use crate::lab::{GroupSnapshot, LabSnapshot, RunSnapshot};
use crate::nn::{Activation, UnitId};
use crate::probe::FlowReading;
use crate::probe::Seen;
use crate::probe::flow::{LayerFlow, Line, PairFlow};
use crate::train::StepPhase;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screen::Pane;
use crate::tui::theme::Role;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::image::Pixel;
use crate::tui::widgets::{pane, put};

/// Lines of a pair of layers in little room, and of those that were cut.
const FEW_LINES: [usize; 2] = [16, 10];

/// The exponent of light: small activations stay visible.
const LIGHT: f64 = 0.6;

/// Draws the thinned network of the run that stands for `group`.
pub(super) fn draw(
    app: &App,
    lab: &LabSnapshot,
    group: &GroupSnapshot,
    spot: Spot,
    buf: &mut Buffer,
) {
    let frame = frame(app, Pane::Thinned, "Thinned network", spot);
    let hue = style_of(app, lab, group);
    let Some(run) = group.shown_run() else {
        frame.draw(spot.area, buf);
        return;
    };
    let seen = run
        .readings
        .to::<FlowReading>(&app.flow_probe(run))
        .or_else(|| run.readings.any());
    let phase = seen.map_or(StepPhase::Forward, |seen| {
        phase(app, lab, run, seen.reading())
    });
    let title = title(app, group, run, seen, phase, hue);
    let frame = frame.rest(forms(app, &title));
    let words = match seen {
        _ if !run.is_sound() => run
            .trouble()
            .map(|trouble| format!("{} {trouble}; r starts it again", group.letter)),
        Some(_) => None,
        None => Some("measuring".to_owned()),
    };
    let (Some(seen), None) = (seen, &words) else {
        let inner = frame.draw(spot.area, buf);
        draw_words(app, &words.unwrap_or_default(), inner, buf);
        return;
    };
    let inner = pane::Pane::inner(spot.area);
    let picture = Picture::new(app, (group, run), seen.reading(), phase, hue, inner);
    frame.footer(picture.legend()).draw(spot.area, buf);
    picture.draw(inner, buf);
}

/// The unit of `group`'s network at a cell of the pane at `area`.
pub(super) fn unit_at(
    app: &App,
    group: &GroupSnapshot,
    area: Rect,
    position: Position,
) -> Option<UnitId> {
    let run = group.shown_run()?;
    let reading = run.readings.any::<FlowReading>()?;
    let (inner, shape) = (pane::Pane::inner(area), &reading.reading().shown.item_shape);
    let layout = Layout::new(app, inner, &run.widths, shape, app.layer_of(run));
    layout.blocks.iter().find_map(|block| {
        let unit = block.unit_at(position)?;
        Some(UnitId {
            layer_idx: block.layer_idx,
            unit,
        })
    })
}

/// The part of the step that is shown: the one that was made last, while parts are made one by one; else the pass forward.
fn phase(app: &App, lab: &LabSnapshot, run: &RunSnapshot, reading: &FlowReading) -> StepPhase {
    let is_changed = reading.flow.pairs.iter().all(|pair| pair.update.is_some());
    let by_parts = app.view.grain == crate::lab::Grain::Phase && !lab.is_playing;
    match run.next_part {
        StepPhase::Forward => StepPhase::Mask,
        StepPhase::Update => StepPhase::Backward,
        StepPhase::Mask if by_parts && is_changed => StepPhase::Update,
        StepPhase::Mask | StepPhase::Backward => StepPhase::Forward,
    }
}

fn title(
    app: &App,
    group: &GroupSnapshot,
    run: &RunSnapshot,
    seen: Option<Seen<FlowReading>>,
    phase: StepPhase,
    hue: Style,
) -> Vec<TitlePart> {
    let mut parts = vec![TitlePart::new(0, group_title(group, hue))];
    parts.extend(held_mark(app, run).map(|mark| TitlePart::new(1, mark)));
    parts.push(TitlePart::new(4, format!("seed {}", run.seed)));
    if let Some(seen) = seen {
        let is_behind = seen.is_behind(run.step);
        let at = if is_behind { "at step" } else { "step" };
        let words = format!("{at} {}", format::count(seen.reading().mask_step));
        parts.push(TitlePart::new(2, words));
    }
    parts.push(TitlePart {
        rank: 3,
        spans: phases(app, phase),
    });
    parts
}

/// The parts of a step, of which the present one stands out.
fn phases(app: &App, present: StepPhase) -> Vec<Span<'static>> {
    let phases = [
        (StepPhase::Mask, "mask"),
        (StepPhase::Forward, "forward"),
        (StepPhase::Backward, "backward"),
        (StepPhase::Update, "update"),
    ];
    let dim = app.theme.style(Role::Dim);
    let arrow = app.theme.glyphs().pick(" ▸ ", " > ");
    let mut spans = Vec::new();
    for (idx, (phase, name)) in phases.into_iter().enumerate() {
        if idx > 0 {
            spans.push(Span::styled(arrow, dim));
        }
        let is_present = phase == present;
        let style = if is_present {
            app.theme.style(Role::Bright)
        } else {
            dim
        };
        spans.push(Span::styled(name, style));
    }
    spans
}

/// Everything that is drawn inside of the frame.
struct Picture<'a> {
    app: &'a App,
    group: &'a GroupSnapshot,
    run: &'a RunSnapshot,
    reading: &'a FlowReading,
    phase: StepPhase,
    hue: Style,
    layout: Layout,
    outputs: Shown,
}

impl<'a> Picture<'a> {
    fn new(
        app: &'a App,
        (group, run): (&'a GroupSnapshot, &'a RunSnapshot),
        reading: &'a FlowReading,
        phase: StepPhase,
        hue: Style,
        inner: Rect,
    ) -> Self {
        let shape = &reading.shown.item_shape;
        let layout = Layout::new(app, inner, &run.widths, shape, app.layer_of(run));
        let outputs = Shown::new(reading, layout.says);
        Self {
            app,
            group,
            run,
            reading,
            phase,
            hue,
            layout,
            outputs,
        }
    }

    fn draw(&self, inner: Rect, buf: &mut Buffer) {
        self.draw_labels(inner, buf);
        if self.phase != StepPhase::Mask {
            self.draw_lines(buf);
        }
        for block in &self.layout.blocks {
            self.draw_block(block, buf);
        }
        if self.phase != StepPhase::Mask {
            self.outputs
                .draw(self.app, self.reading, self.hue, self.layout.says, buf);
        }
    }

    fn layer(&self, layer_idx: usize) -> &LayerFlow {
        &self.reading.flow.layers[layer_idx]
    }

    /// The name of each block above it, with how many of its units are kept and how many fire.
    fn draw_labels(&self, inner: Rect, buf: &mut Buffer) {
        let (blocks, says) = (&self.layout.blocks, self.layout.says);
        for (idx, block) in blocks.iter().enumerate() {
            let cells = block.window.cells;
            let end = |idx: usize| blocks.get(idx).map_or(says.x, |block| block.window.cells.x);
            let left = match idx {
                0 => inner.x,
                1 => blocks[0].window.cells.right() + 1,
                _ => u16::midpoint(blocks[idx - 1].window.cells.right(), cells.x) + 1,
            };
            let right = match idx {
                0 => end(1).saturating_sub(1),
                _ if idx + 1 == blocks.len() => says.x.saturating_sub(1),
                _ => u16::midpoint(cells.right(), end(idx + 1)),
            };
            let room = usize::from(right.saturating_sub(left));
            let forms = self.label(block.layer_idx);
            let Some(label) = forms.into_iter().find(|form| form.width() <= room) else {
                continue;
            };
            let centre = u16::midpoint(cells.x, cells.right());
            let width = label.width() as u16;
            let x = centre.saturating_sub(width / 2).clamp(left, right - width);
            buf.set_line(x, inner.y, &label, width);
        }
        let words = if self.phase == StepPhase::Mask {
            ""
        } else {
            "says"
        };
        put(
            buf,
            inner,
            says.x.into(),
            inner.y,
            words,
            self.app.theme.style(Role::Dim),
        );
    }

    /// What stands above a block, in several forms, the fullest first.
    fn label(&self, layer_idx: usize) -> Vec<Text<'static>> {
        let [dim, bright, text] =
            [Role::Dim, Role::Bright, Role::Text].map(|role| self.app.theme.style(role));
        let layer = self.layer(layer_idx);
        let (n_kept, n_firing) = (layer.n_kept().to_string(), layer.n_firing().to_string());
        if layer_idx == 0 {
            let word = says::answer_word(self.reading);
            let quoted = self
                .app
                .theme
                .glyphs()
                .pick(format!("“{word}”"), format!("\"{word}\""));
            let example = format!("example {}, ", self.reading.example);
            let is_masked = n_kept != layer.is_kept.len().to_string();
            let kept = if is_masked {
                format!(", {n_kept} kept")
            } else {
                String::new()
            };
            return vec![
                Text::from(vec![
                    Span::styled(example, dim),
                    Span::styled(quoted.clone(), text),
                    Span::styled(kept, dim),
                ]),
                Text::from(Span::styled(quoted, text)),
            ];
        }
        let name = Span::styled(format!("{} ", layer_name(layer_idx)), dim);
        let kept = vec![Span::styled(n_kept, bright), Span::styled(" kept", dim)];
        let fire = vec![
            Span::styled(", ", dim),
            Span::styled(n_firing, text),
            Span::styled(" fire", dim),
        ];
        let is_masked = self.phase == StepPhase::Mask;
        let full: Vec<Span> = [
            vec![name.clone()],
            kept.clone(),
            if is_masked { Vec::new() } else { fire.clone() },
        ]
        .concat();
        let forms = [
            full,
            [kept.clone(), fire].concat(),
            [vec![name], kept.clone()].concat(),
            kept,
        ];
        forms.into_iter().map(Text::from).collect()
    }

    fn draw_block(&self, block: &Block, buf: &mut Buffer) {
        let pixels = self.pixels(block.layer_idx);
        let by_hand = self.app.without(self.group).iter();
        let by_hand =
            by_hand.filter(|id| id.layer_idx == block.layer_idx && id.unit < block.n_units);
        let marks: Vec<(usize, usize)> = by_hand.map(|id| block.place(id.unit)).collect();
        let cursor = self
            .app
            .unit_of(self.run)
            .filter(|id| id.layer_idx == block.layer_idx);
        let hue = if block.layer_idx == 0 {
            self.app.theme.style(Role::Bright)
        } else {
            self.hue
        };
        let area = Rect {
            width: block.window.cells.width,
            height: block.window.cells.height,
            ..block.window.cells
        };
        block
            .image(self.app, &pixels)
            .hue(hue)
            .marks(&marks)
            .cursor(cursor.map(|id| block.place(id.unit)))
            .draw(area, buf);
    }

    /// What the units of a layer show in this phase.
    fn pixels(&self, layer_idx: usize) -> Vec<Pixel> {
        let layer = self.layer(layer_idx);
        let n_units = layer.is_kept.len();
        let values: Vec<f32> = match self.phase {
            StepPhase::Backward => layer.gradients.clone(),
            StepPhase::Update if layer_idx > 0 => {
                let below = &self.reading.flow.pairs[layer_idx - 1];
                below
                    .update
                    .as_ref()
                    .map_or_else(Vec::new, |update| update.into.clone())
            }
            _ => layer.activations.clone(),
        };
        let is_coasting = self.phase == StepPhase::Update && layer_idx > 0;
        let is_signed = self.phase == StepPhase::Backward
            || (layer_idx > 0 && self.reads_signs() && !is_coasting)
            || (layer_idx == 0 && values.iter().any(|&value| value < 0.0));
        let shown = |unit: usize| is_coasting || layer.is_kept[unit];
        let largest = (0..n_units)
            .filter(|&unit| shown(unit))
            .filter_map(|unit| values.get(unit));
        let largest = f64::from(largest.fold(0.0_f32, |most, value| most.max(value.abs())));
        let pixel = |unit: usize| {
            let value = values.get(unit).map_or(0.0, |&value| f64::from(value));
            let share = (value.abs() / largest.max(f64::MIN_POSITIVE)).powf(LIGHT);
            match () {
                () if !shown(unit) => Pixel::Hole,
                () if self.phase == StepPhase::Mask && layer_idx > 0 => Pixel::Silent,
                () if value == 0.0 || !share.is_finite() => Pixel::Silent,
                () if is_signed => Pixel::Signed(share.copysign(value)),
                () => Pixel::Amount(share),
            }
        };
        (0..n_units).map(pixel).collect()
    }

    /// Whether activations have signs that say something.
    fn reads_signs(&self) -> bool {
        let activation = self.app.facts.experiment.network.activation;
        matches!(activation, Activation::Tanh | Activation::Linear)
    }

    /// The lines of a pair of layers in this phase, and those that the mask cut away.
    fn lines_of<'b>(&self, pair: &'b PairFlow) -> (&'b [Line], &'b [Line]) {
        let [most, most_cut] = if self.layout.is_roomy || pair.is_whole {
            [usize::MAX; 2]
        } else {
            FEW_LINES
        };
        let few = |lines: &'b [Line], most: usize| &lines[..lines.len().min(most)];
        match self.phase {
            StepPhase::Backward => (few(&pair.gradients, most), &[]),
            StepPhase::Update => (
                pair.update
                    .as_ref()
                    .map_or(&[], |update| few(&update.lines, most)),
                &[],
            ),
            _ => (few(&pair.contributions, most), few(&pair.cut, most_cut)),
        }
    }

    fn draw_lines(&self, buf: &mut Buffer) {
        let rows = self.layout.rows;
        let mut canvas = Canvas::new(rows.width, rows.height, self.app.theme.glyphs());
        for (idx, block) in self.layout.blocks.iter().enumerate() {
            let Some(pair) = self.reading.flow.pairs.get(block.layer_idx) else {
                continue;
            };
            let above = self.layout.blocks.get(idx + 1);
            let is_last = block.layer_idx + 1 == self.reading.flow.pairs.len();
            // Between layers that are not next to each other there is nothing to draw.
            let above = above.filter(|above| above.layer_idx == block.layer_idx + 1);
            if above.is_none() && !is_last {
                continue;
            }
            let right = above.map_or(self.layout.says.x, |above| above.window.cells.x);
            let end = |to: usize| match above {
                Some(above) => Some(above.y(to)),
                None => self.outputs.y(to),
            };
            let left = block.window.cells.right() + 1;
            let drawn = |is_cut: bool| {
                move |line: &Line| {
                    let place = |x: u16, y: f64| (f64::from(x - rows.x), y - f64::from(rows.y));
                    Some(Drawn {
                        line: *line,
                        from: place(left, block.y(line.from)),
                        to: place(right.saturating_sub(1).max(left), end(line.to)?),
                        is_cut,
                    })
                }
            };
            let (kept, cut) = self.lines_of(pair);
            let all: Vec<Drawn> = cut
                .iter()
                .filter_map(drawn(true))
                .chain(kept.iter().filter_map(drawn(false)))
                .collect();
            lines::draw(self.app, &all, &mut canvas);
        }
        canvas.draw(rows, buf);
    }

    /// What the lines are.
    fn legend(&self) -> Text<'static> {
        let theme = &self.app.theme;
        let glyphs = theme.glyphs();
        let stroke = glyphs.pick("━", "-");
        let dim = theme.style(Role::Dim);
        let (most, [push, back]) = match self.phase {
            StepPhase::Mask => return Text::default(),
            StepPhase::Forward => ("strongest", ["pushes", "holds back"]),
            StepPhase::Backward => (
                "largest parts of gradients",
                ["raises the loss", "lowers it"],
            ),
            StepPhase::Update => ("largest changes", ["weight rises", "falls"]),
        };
        let mut spans = vec![
            Span::styled(format!("{push} "), dim),
            Span::styled(stroke, lines::style(theme, true, 5)),
            Span::styled(format!(" {back} "), dim),
            Span::styled(stroke, lines::style(theme, false, 5)),
        ];
        if self.phase == StepPhase::Forward
            && self
                .reading
                .flow
                .pairs
                .iter()
                .any(|pair| !pair.cut.is_empty())
        {
            spans.push(Span::styled(" dropped ", dim));
            spans.push(Span::styled(stroke, lines::cut_style(theme)));
        }
        spans.push(dot(self.app));
        let is_whole = self.reading.flow.pairs.iter().all(|pair| pair.is_whole);
        let n = if self.layout.is_roomy {
            crate::probe::flow::MOST_LINES
        } else {
            FEW_LINES[0]
        };
        let words = if is_whole {
            "all of them".to_owned()
        } else {
            format!("the {n} {most} of each layer")
        };
        spans.push(Span::styled(words, dim));
        if !self.layout.is_whole() {
            let n_shown = self.layout.blocks.len() - 1;
            let words = format!("{n_shown} of {} hidden layers", self.layout.n_hidden);
            spans.extend([dot(self.app), Span::styled(words, dim)]);
        }
        Text::from(spans)
    }
}
