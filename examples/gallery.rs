//! Every widget with made-up numbers at the size of the terminal. `t` turns the theme, `g` the glyphs, `q` leaves.
//!
//! For looking at: `cargo run --example gallery`, also under `NO_COLOR=1` and `TERM=dumb`.

use std::io::{self, IsTerminal};

use dropscope::config::library::Shelf;
use dropscope::config::library::theme::Palette;
use dropscope::tui::format;
use dropscope::tui::theme::{ColorTier, Glyphs, Role, Theme};
use dropscope::tui::widgets::axis::Scale;
use dropscope::tui::widgets::band::Band;
use dropscope::tui::widgets::bitmap::{Bitmap, Packing};
use dropscope::tui::widgets::chart::{Chart, Event, EventMark, Series};
use dropscope::tui::widgets::histogram::{Histogram, Marker};
use dropscope::tui::widgets::image::{Image, Pixel};
use dropscope::tui::widgets::pane::Pane;
use dropscope::tui::widgets::scale::{self, Kind, SlowScale};
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{self, Event as Input, KeyCode};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

const RATES: [(f64, &str); 4] = [(0.0, "a"), (0.2, "b"), (0.5, "c"), (0.7, "d")];
const N_EPOCHS: usize = 300;
const N_UNITS: usize = 256;

fn main() -> io::Result<()> {
    let env = |name: &str| std::env::var(name).ok();
    let tier = ColorTier::detect(&env, io::stdout().is_terminal());
    let themes = Shelf::<Palette>::built_in().items;
    let (mut idx, mut glyphs) = (0, Glyphs::detect(&env));
    let mut terminal = ratatui::try_init()?;
    let outcome = loop {
        let item = &themes[idx % themes.len()];
        let theme = Theme::new(&item.name, &item.content, tier, glyphs);
        let drawn = terminal.draw(|frame| draw(&theme, frame.area(), frame.buffer_mut()));
        match drawn.and_then(|_| event::read()) {
            Err(error) => break Err(error),
            Ok(Input::Key(key)) => match key.code {
                KeyCode::Char('t') => idx += 1,
                KeyCode::Char('g') => glyphs = glyphs.next(),
                KeyCode::Char('q') | KeyCode::Esc => break Ok(()),
                _ => {}
            },
            Ok(_) => {}
        }
    };
    ratatui::try_restore()?;
    outcome
}

fn draw(theme: &Theme, area: Rect, buf: &mut Buffer) {
    buf.set_style(area, theme.base());
    let [top, bottom] = Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(area);
    let halves = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).spacing(1);
    let [loss, masks] = halves.areas(top);
    let thirds = Layout::horizontal([Constraint::Fill(1); 3]).spacing(1);
    let [ensemble, norms, pictures] = thirds.areas(bottom);
    draw_loss(theme, loss, buf);
    draw_masks(theme, masks, buf);
    draw_ensemble(theme, ensemble, buf);
    draw_norms(theme, norms, buf);
    draw_pictures(theme, pictures, buf);
}

fn draw_loss(theme: &Theme, area: Rect, buf: &mut Buffer) {
    let glyphs = theme.glyphs();
    let rest = vec![
        Span::raw(glyphs.pick("nats, log · ", "nats, log - ")),
        Span::styled(glyphs.pick("test ━", "test _"), theme.style(Role::Text)),
        Span::raw(glyphs.pick(" train ╌", " train -")),
    ];
    let inner = Pane::new(theme, "Loss")
        .rest([rest])
        .focused(true)
        .draw(area, buf);
    let curve = |of: &dyn Fn(usize) -> f64| {
        (0..=N_EPOCHS)
            .map(|i| (i as f64, of(i)))
            .collect::<Vec<_>>()
    };
    let tests: Vec<_> = RATES
        .iter()
        .map(|&(rate, _)| curve(&|i| loss_at(rate, i as f64, noise(i, rate))))
        .collect();
    let trains: Vec<_> = RATES
        .iter()
        .map(|&(rate, _)| curve(&|i| train_loss_at(rate, i as f64)))
        .collect();
    let mut series = Vec::new();
    for (&(rate, letter), points) in RATES.iter().zip(&trains) {
        series.push(Series::new(points, theme.rate(rate), letter).faint());
    }
    for (&(rate, letter), points) in RATES.iter().zip(&tests) {
        series.push(Series::new(points, theme.rate(rate), letter));
    }
    let label = glyphs.pick("c: rate .40 → .50", "c: rate .40 > .50");
    let events = [Event {
        x: 120.0,
        label,
        style: theme.rate(0.5),
        mark: EventMark::Change,
    }];
    let chart = Chart::new(theme, &series)
        .scales(Scale::Linear, Scale::Log)
        .events(&events)
        .x_title("epoch");
    chart.crosshair(Some(210.0)).draw(inner, buf);
}

fn draw_masks(theme: &Theme, area: Rect, buf: &mut Buffer) {
    let dot = theme.glyphs().pick("·", "-");
    let rest = format!("c 0.50 {dot} hidden 1 {dot} {N_UNITS} units");
    let inner = Pane::new(theme, "Masks").rest([rest]).draw(area, buf);
    let rows: Vec<Vec<u8>> = (0..200)
        .map(|row| {
            (0..N_UNITS)
                .map(|unit| u8::from(random(row * N_UNITS + unit) < 0.5))
                .collect()
        })
        .collect();
    let rows: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
    let [numbers, picture] =
        Layout::horizontal([Constraint::Length(6), Constraint::Fill(1)]).areas(inner);
    let [picture, band] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(picture);
    let packing = Packing::fitting(N_UNITS, picture.width, theme.glyphs());
    let window = Bitmap::new(theme, &rows, theme.rate(0.5))
        .packing(packing)
        .draw(picture, buf);
    for y in (0..window.cells.height).rev().step_by(3) {
        let step = format::count(2000 + window.rows_at(y).start as u64);
        buf.set_stringn(
            numbers.x,
            window.cells.y + y,
            step,
            6,
            theme.style(Role::Dim),
        );
    }
    let counts: Vec<f64> = (0..N_UNITS)
        .map(|unit| 100.0 + 45.0 * (random(unit + 9_999_999) - 0.5))
        .collect();
    Band::new(theme, &counts, 80.0, 120.0, theme.rate(0.5))
        .window(window.first_column, window.columns_per_cell)
        .draw(band, buf);
}

fn draw_ensemble(theme: &Theme, area: Rect, buf: &mut Buffer) {
    let glyphs = theme.glyphs();
    let inner = Pane::new(theme, "Ensemble")
        .rest([format!("c 0.50 {} 512 units", glyphs.pick("·", "-"))])
        .draw(area, buf);
    let [text, _, histogram] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Length(1),
        Constraint::Max(4),
    ])
    .areas(inner);
    let [bright, dim] = [theme.style(Role::Bright), theme.style(Role::Dim)];
    let lines = [
        Line::from(vec![
            Span::styled(format::count(2250), bright),
            Span::styled(" drawn of ", dim),
            Span::styled(format::power_of_two(512, glyphs), bright),
        ]),
        Line::from(vec![
            Span::styled("first repeat expected after ", dim),
            Span::styled(format::power_of_ten(77.2, glyphs), bright),
            Span::styled(" draws", dim),
        ]),
    ];
    for (line, y) in lines.iter().zip(text.top()..text.bottom()) {
        buf.set_line(text.x, y, line, text.width);
    }
    let counts: Vec<u64> = (0..30)
        .map(|bin| (200.0 * (-((f64::from(bin) - 17.0) / 5.0).powi(2)).exp()) as u64)
        .collect();
    let marker = Marker {
        position: 0.85,
        label: "full 88.0",
        style: theme.style(Role::Good),
    };
    Histogram::new(theme, &counts, theme.rate(0.5))
        .ends("72 %", "90")
        .marker(Some(marker))
        .draw(histogram, buf);
}

fn draw_norms(theme: &Theme, area: Rect, buf: &mut Buffer) {
    let inner = Pane::new(theme, "Weight norms")
        .rest(["all layers, band over 3 seeds"])
        .draw(area, buf);
    let norm = |rate: f64, i: f64| {
        1.0 + (0.18 - 0.16 * (rate - 0.3).powi(2)) * (1.0 - (-i / (60.0 + 160.0 * rate)).exp())
    };
    let points: Vec<Vec<(f64, f64)>> = RATES
        .iter()
        .map(|&(rate, _)| {
            (0..=N_EPOCHS)
                .map(|i| (8.0 * i as f64, norm(rate, i as f64)))
                .collect()
        })
        .collect();
    let band: Vec<(f64, f64, f64)> = points[2]
        .iter()
        .map(|&(x, y)| (x, y - 0.008, y + 0.008))
        .collect();
    let mut series: Vec<Series> = RATES
        .iter()
        .zip(&points)
        .map(|(&(rate, letter), points)| Series::new(points, style_of(theme, rate), letter))
        .collect();
    series[2].band = &band;
    Chart::new(theme, &series).x_title("step").draw(inner, buf);
}

/// Amounts with marks and a cursor, and beside them signed values.
fn draw_pictures(theme: &Theme, area: Rect, buf: &mut Buffer) {
    const N_COLUMNS: usize = 8;
    let weights: Vec<f64> = (0..64).map(|i| 0.8 * (random(i) - 0.5)).collect();
    let scale = SlowScale::of(weights.iter().copied());
    let ends = [format!("-{}", scale.end()), scale.end().to_string()];
    let legend = scale::legend(theme, Kind::Signed, Style::new(), [&ends[0], &ends[1]], 9);
    let inner = Pane::new(theme, "Pixels").footer(legend).draw(area, buf);
    let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(inner);
    let amounts: Vec<Pixel> = (0..64)
        .map(|i| match i % 16 {
            6 => Pixel::Hole,
            11 => Pixel::Silent,
            _ => Pixel::Amount(random(i)),
        })
        .collect();
    Image::new(theme, &amounts, N_COLUMNS)
        .hue(theme.rate(0.5))
        .marks(&[(2, 1), (5, 4)])
        .cursor(Some((3, 3)))
        .draw(left, buf);
    let signed: Vec<Pixel> = weights
        .iter()
        .map(|&weight| Pixel::Signed(scale.place(weight)))
        .collect();
    Image::new(theme, &signed, N_COLUMNS).draw(right, buf);
}

fn style_of(theme: &Theme, rate: f64) -> Style {
    theme.rate(rate)
}

/// Curves with the shape of the rescue experiment's.
fn loss_at(rate: f64, epoch: f64, noise: f64) -> f64 {
    let slow = 8.0 + 60.0 * rate * rate;
    let best = 0.5 - 0.12 * rate;
    best + (2.0 - best) * (-epoch / slow).exp()
        + 0.0011 * (1.0 - rate) * epoch * (1.0 - rate)
        + noise
}

fn train_loss_at(rate: f64, epoch: f64) -> f64 {
    0.02 + 0.9 * rate.powi(2) + 2.0 * (-epoch / (25.0 + 50.0 * rate)).exp()
}

fn noise(i: usize, rate: f64) -> f64 {
    0.03 * (random(i + (rate * 1e6) as usize) - 0.5)
}

/// A number in `0..1` from a place: enough disorder for a picture.
fn random(place: usize) -> f64 {
    let hashed = (place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hashed = (hashed ^ (hashed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((hashed ^ (hashed >> 32)) >> 11) as f64 / (1_u64 << 53) as f64
}
