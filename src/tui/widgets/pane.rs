//! A bordered pane: rounded corners, a bright title with a dim rest, an accent border while it has the focus.
//!
//! Its own few lines and not ratatui's `Block`, because the border must also exist in ASCII and the titles give way
//! in a fixed order when the pane is narrow.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::Line;

use super::{put, width_of};
use crate::tui::theme::{Role, Theme};

/// A pane to be drawn; it gives back the rectangle inside.
#[derive(Debug, Clone)]
pub struct Pane<'a> {
    theme: &'a Theme,
    title: &'a str,
    rest: Vec<Line<'a>>,
    tabs: Line<'a>,
    footer: Line<'a>,
    is_focused: bool,
}

impl<'a> Pane<'a> {
    /// A pane with `title`, without focus.
    pub fn new(theme: &'a Theme, title: &'a str) -> Self {
        Self {
            theme,
            title,
            rest: Vec::new(),
            tabs: Line::default(),
            footer: Line::default(),
            is_focused: false,
        }
    }

    /// What follows the title in the top border, in several forms, the fullest first: the first that fits is drawn, and
    /// none where none does. Dim, unless its spans say otherwise.
    #[must_use]
    pub fn rest<L: Into<Line<'a>>>(mut self, forms: impl IntoIterator<Item = L>) -> Self {
        self.rest = forms.into_iter().map(Into::into).collect();
        self
    }

    /// The names of other panes at the right end of the top border. For them the rest takes a shorter form; they are left
    /// out where even the shortest has no room beside them. Dim, unless its spans say otherwise.
    #[must_use]
    pub fn tabs(mut self, tabs: impl Into<Line<'a>>) -> Self {
        self.tabs = tabs.into();
        self
    }

    /// A note at the right end of the bottom border: dim, unless its spans say otherwise.
    #[must_use]
    pub fn footer(mut self, footer: impl Into<Line<'a>>) -> Self {
        self.footer = footer.into();
        self
    }

    /// Whether the pane has the focus.
    #[must_use]
    pub fn focused(mut self, is_focused: bool) -> Self {
        self.is_focused = is_focused;
        self
    }

    /// The rectangle inside a pane drawn at `area`: one cell of border and one column of air on each side.
    pub fn inner(area: Rect) -> Rect {
        area.inner(Margin::new(if area.width > 4 { 2 } else { 1 }, 1))
    }

    /// Draws border and titles; returns the rectangle inside, as [`Pane::inner`] does.
    pub fn draw(&self, area: Rect, buf: &mut Buffer) -> Rect {
        let visible = area.intersection(buf.area);
        if visible.width >= 2 && visible.height >= 2 {
            self.draw_border(visible, buf);
            self.draw_title(visible, buf);
            self.draw_footer(visible, buf);
        }
        Self::inner(visible)
    }

    fn draw_border(&self, area: Rect, buf: &mut Buffer) {
        let style = self.theme.style(if self.is_focused {
            Role::BorderFocused
        } else {
            Role::Border
        });
        // Without colour, the focused border must differ by its strokes; ASCII has only one kind of stroke and `=`.
        let is_heavy = self.is_focused && !self.theme.has_colors();
        let [across, down, corners] = match (self.theme.glyphs().is_ascii(), is_heavy) {
            (true, false) => ["-", "|", "++++"],
            (true, true) => ["=", "|", "++++"],
            (false, false) => ["─", "│", "╭╮╰╯"],
            (false, true) => ["━", "┃", "┏┓┗┛"],
        };
        let (left, right, top, bottom) =
            (area.left(), area.right() - 1, area.top(), area.bottom() - 1);
        for x in left..=right {
            buf[(x, top)].set_symbol(across).set_style(style);
            buf[(x, bottom)].set_symbol(across).set_style(style);
        }
        for y in top..=bottom {
            buf[(left, y)].set_symbol(down).set_style(style);
            buf[(right, y)].set_symbol(down).set_style(style);
        }
        for (corner, position) in
            corners
                .chars()
                .zip([(left, top), (right, top), (left, bottom), (right, bottom)])
        {
            buf[position].set_char(corner).set_style(style);
        }
    }

    fn draw_title(&self, area: Rect, buf: &mut Buffer) {
        let Some(room) = Self::title_room(area) else {
            return;
        };
        let title = match (self.title.is_empty(), self.rest.is_empty()) {
            (true, true) => return,
            (true, false) => " ".to_owned(),
            (false, _) => format!(" {} ", self.title),
        };
        let style = self.theme.style(Role::Title);
        put(buf, room, i32::from(room.left()), room.top(), &title, style);
        let free = usize::from(room.width.saturating_sub(width_of(&title)));
        // Each with a column of air behind it, and a stroke between them.
        let fits = |n_taken: usize| {
            let fits = move |form: &&Line| form.width() + 1 + n_taken <= free;
            self.rest.iter().find(fits)
        };
        let n_tabs = self.tabs.width();
        let beside = fits(n_tabs + 3).filter(|_| n_tabs > 0);
        if let Some(rest) = beside.or_else(|| fits(0)) {
            let x = room.x + width_of(&title);
            self.draw_line(rest, Rect { x, ..room }.intersection(room), buf);
        }
        if beside.is_some() || (self.rest.is_empty() && n_tabs > 0 && n_tabs + 3 <= free) {
            let x = room.right() - n_tabs as u16 - 1;
            buf[(x - 1, room.y)].set_symbol(" ");
            self.draw_line(&self.tabs, Rect { x, ..room }.intersection(room), buf);
        }
    }

    fn draw_footer(&self, area: Rect, buf: &mut Buffer) {
        let Some(room) = Self::title_room(area) else {
            return;
        };
        let width = self.footer.width() as u16;
        if width > 0 && width + 2 <= room.width {
            let at = Rect {
                x: room.right() - width - 1,
                y: area.bottom() - 1,
                width: width + 1,
                height: 1,
            };
            buf[(at.x - 1, at.y)].set_symbol(" ");
            self.draw_line(&self.footer, at, buf);
        }
    }

    /// The part of the top border that titles may take.
    fn title_room(area: Rect) -> Option<Rect> {
        (area.width >= 7).then(|| Rect {
            x: area.x + 2,
            width: area.width - 4,
            height: 1,
            ..area
        })
    }

    /// One line of spans, dim where a span has no colour of its own, with one column of air behind it.
    fn draw_line(&self, line: &Line, area: Rect, buf: &mut Buffer) {
        let dim = self.theme.style(Role::Dim);
        let mut x = i32::from(area.left());
        for span in &line.spans {
            let style = line.style.patch(span.style);
            let style = if style == ratatui::style::Style::default() {
                dim
            } else {
                style
            };
            put(buf, area, x, area.top(), &span.content, style);
            x += span.width() as i32;
        }
        put(buf, area, x, area.top(), " ", dim);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Modifier, Style};
    use ratatui::text::Span;

    use super::*;
    use crate::tui::theme::{ColorTier, Glyphs};
    use crate::tui::widgets::tests::rows_of;

    fn theme(tier: ColorTier, glyphs: Glyphs) -> Theme {
        Theme::built_in("dark", tier, glyphs)
    }

    fn drawn(pane: &Pane, width: u16, height: u16) -> Buffer {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        pane.draw(area, &mut buf);
        buf
    }

    #[test]
    fn borders_exist_in_unicode_and_in_ascii() {
        let colorful = theme(ColorTier::TrueColor, Glyphs::Half);
        let pane = Pane::new(&colorful, "Loss").rest(["nats"]).footer("epoch");
        assert_eq!(
            rows_of(&drawn(&pane, 20, 3)),
            [
                "╭─ Loss nats ──────╮",
                "│                  │",
                "╰────────── epoch ─╯"
            ]
        );
        let ascii = theme(ColorTier::None, Glyphs::Ascii);
        assert_eq!(
            rows_of(&drawn(&Pane::new(&ascii, "Loss"), 12, 3)),
            ["+- Loss ---+", "|          |", "+----------+"]
        );
    }

    #[test]
    fn the_focus_shows_without_colour() {
        for glyphs in [Glyphs::Half, Glyphs::Ascii] {
            let theme = theme(ColorTier::None, glyphs);
            let [plain, focused] = [false, true].map(|is_focused| {
                rows_of(&drawn(&Pane::new(&theme, "x").focused(is_focused), 12, 3))
            });
            assert_ne!(plain, focused);
        }
        let theme = theme(ColorTier::TrueColor, Glyphs::Half);
        let buf = drawn(&Pane::new(&theme, "x").focused(true), 12, 3);
        assert_eq!(Some(buf[(0, 0)].fg), theme.style(Role::BorderFocused).fg);
    }

    #[test]
    fn titles_give_way_when_the_pane_is_narrow() {
        let theme = theme(ColorTier::None, Glyphs::Half);
        let pane = Pane::new(&theme, "Masks")
            .rest(["c 0.50 and more", "c 0.50"])
            .footer("a long footer");
        let cases = [
            (30, "╭─ Masks c 0.50 and more ────╮"),
            (27, "╭─ Masks c 0.50 and more ─╮"),
            (26, "╭─ Masks c 0.50 ─────────╮"),
            (18, "╭─ Masks c 0.50 ─╮"),
            (17, "╭─ Masks ───────╮"),
            (12, "╭─ Masks ──╮"),
            (7, "╭─ Ma─╮"),
            (6, "╭────╮"),
            (2, "╭╮"),
        ];
        for (width, expected) in cases {
            assert_eq!(rows_of(&drawn(&pane, width, 3))[0], expected);
        }
    }

    #[test]
    fn the_names_of_other_panes_stand_at_the_right_and_the_rest_gives_way_to_them() {
        let theme = theme(ColorTier::None, Glyphs::Half);
        let pane = Pane::new(&theme, "Loss")
            .rest(["nats, log", "log"])
            .tabs("Tab Masks");
        let cases = [
            (36, "╭─ Loss nats, log ────── Tab Masks ─╮"),
            (31, "╭─ Loss nats, log ─ Tab Masks ─╮"),
            (30, "╭─ Loss log ────── Tab Masks ─╮"),
            (25, "╭─ Loss log ─ Tab Masks ─╮"),
            (24, "╭─ Loss nats, log ─────╮"),
        ];
        for (width, expected) in cases {
            assert_eq!(
                rows_of(&drawn(&pane, expected.chars().count() as u16, 3))[0],
                expected,
                "{width}"
            );
        }
    }

    #[test]
    fn the_title_is_bright_and_the_rest_dim_unless_it_says_otherwise() {
        let theme = theme(ColorTier::None, Glyphs::Half);
        let underlined = Style::new().add_modifier(Modifier::UNDERLINED);
        let rest = vec![Span::raw("dim "), Span::styled("own", underlined)];
        let buf = drawn(&Pane::new(&theme, "T").rest([rest]), 20, 3);
        let modifier_of = |symbol: &str| {
            buf.content()
                .iter()
                .find(|cell| cell.symbol() == symbol)
                .map(|cell| cell.modifier)
        };
        assert_eq!(modifier_of("T"), Some(Modifier::BOLD));
        assert_eq!(modifier_of("d"), Some(Modifier::DIM));
        assert!(
            modifier_of("w")
                .expect("drawn")
                .contains(Modifier::UNDERLINED)
        );
    }

    #[test]
    fn the_inside_has_a_column_of_air() {
        for (area, inner) in [
            (Rect::new(1, 1, 20, 10), Rect::new(3, 2, 16, 8)),
            (Rect::new(0, 0, 4, 3), Rect::new(1, 1, 2, 1)),
        ] {
            assert_eq!(Pane::inner(area), inner);
        }
        for area in [
            Rect::new(0, 0, 0, 0),
            Rect::new(5, 5, 1, 1),
            Rect::new(0, 0, 2, 2),
        ] {
            assert!(Pane::inner(area).is_empty(), "{area}");
        }
    }
}
