//! Sets the blocks of a page in lines of a width: wrapped, with hanging indents and aligned columns.

use ratatui::text::{Line, Span};

use super::markup::Block;
use crate::tui::screens::wrapped;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::width_of;

/// Cells between a term and its meaning.
const BETWEEN: usize = 2;

/// The widest column of terms; longer terms take a row of their own.
const MAX_TERMS: usize = 22;

/// How far formulas stand in, and how much further where they go on.
const FORMULA: usize = 2;

/// Colours shown of the ramp of rates: 0, .1, ... 1.
const N_COLORS: usize = 11;

/// The lines of `blocks`, none of them wider than `width` unless a single word is.
pub(super) fn lines(blocks: &[Block], theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let is_row = |block: &Block| matches!(block, Block::Row { .. });
    for together in blocks.chunk_by(|one, two| is_row(one) && is_row(two)) {
        let column = term_column(together, width);
        for block in together {
            lines.extend(set(block, column, theme, width));
        }
    }
    lines
}

/// The width of the column that the terms of these rows share.
fn term_column(rows: &[Block], width: usize) -> usize {
    let most = MAX_TERMS.min(width / 3);
    rows.iter()
        .filter_map(|block| match block {
            Block::Row { term, .. } => Some(usize::from(width_of(term))),
            _ => None,
        })
        .filter(|&term| term <= most)
        .max()
        .unwrap_or(0)
}

fn set(block: &Block, column: usize, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let plain = |text: &str, role| -> Vec<Line<'static>> {
        wrapped(text, width)
            .into_iter()
            .map(|row| Line::styled(row, theme.style(role)))
            .collect()
    };
    match block {
        Block::Heading(text) => plain(text, Role::Title),
        Block::Paragraph(text) => plain(text, Role::Text),
        Block::Source(text) => plain(text, Role::Dim),
        Block::Formula(text) => hanging(text, theme, width),
        Block::Row {
            term,
            role,
            meaning,
        } => row(term, *role, meaning, column, theme, width),
        Block::Ramp => vec![ramp(theme)],
        Block::Gap => vec![Line::default()],
    }
}

fn hanging(text: &str, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let style = theme.style(Role::Bright);
    let rows = wrapped(text, width.saturating_sub(2 * FORMULA));
    let indent = |idx: usize| if idx == 0 { FORMULA } else { 2 * FORMULA };
    rows.into_iter()
        .enumerate()
        .map(|(idx, row)| Line::styled(format!("{:1$}{row}", "", indent(idx)), style))
        .collect()
}

/// A term with its meaning beside it, or below it where the term is wider than its column.
fn row(
    term: &str,
    role: Role,
    meaning: &str,
    column: usize,
    theme: &Theme,
    width: usize,
) -> Vec<Line<'static>> {
    let (look, text) = (theme.style(role), theme.style(Role::Text));
    let indent = column + BETWEEN;
    let meanings = wrapped(meaning, width.saturating_sub(indent));
    let is_beside = usize::from(width_of(term)) <= column;
    let mut lines = Vec::new();
    if !is_beside {
        let terms = wrapped(term, width);
        lines.extend(terms.into_iter().map(|row| Line::styled(row, look)));
    }
    for (idx, meaning) in meanings.into_iter().enumerate() {
        let left = if is_beside && idx == 0 { term } else { "" };
        // Padded by hand: formatting pads by characters, not by cells.
        let padding = indent.saturating_sub(width_of(left).into());
        lines.push(Line::from(vec![
            Span::styled(left.to_owned(), look),
            Span::raw(" ".repeat(padding)),
            Span::styled(meaning, text),
        ]));
    }
    lines
}

fn ramp(theme: &Theme) -> Line<'static> {
    let dim = theme.style(Role::Dim);
    let last = (N_COLORS - 1) as f64;
    let colors = (0..N_COLORS).map(|idx| {
        let swatch = theme.glyphs().pick("██", "##");
        Span::styled(swatch, theme.rate(idx as f64 / last))
    });
    let mut line = Line::styled("rate 0 ", dim);
    line.spans.extend(colors);
    line.spans.push(Span::styled(" 1", dim));
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{ColorTier, Glyphs};

    fn texts(blocks: &[Block], width: usize) -> Vec<String> {
        let theme = Theme::built_in("dark", ColorTier::TrueColor, Glyphs::Half);
        let lines = lines(blocks, &theme, width);
        lines.iter().map(ToString::to_string).collect()
    }

    fn row(term: &str, meaning: &str) -> Block {
        Block::Row {
            term: term.to_owned(),
            role: Role::Bright,
            meaning: meaning.to_owned(),
        }
    }

    #[test]
    fn meanings_stand_in_one_column_and_hang_there() {
        let rows = [row("±", "one two three four"), row("keep", "five")];
        let expected = ["±     one two", "      three", "      four", "keep  five"];
        assert_eq!(texts(&rows, 13), expected);
    }

    #[test]
    fn a_term_without_room_stands_above_its_meaning() {
        let rows = [row("a", "b"), row("a long term", "c d")];
        assert_eq!(texts(&rows, 15), ["a  b", "a long term", "   c d"]);
    }

    #[test]
    fn rows_apart_have_columns_of_their_own() {
        let rows = [row("a", "b"), Block::Gap, row("abc", "d")];
        assert_eq!(texts(&rows, 15), ["a  b", "", "abc  d"]);
    }

    #[test]
    fn formulas_go_on_further_in() {
        let formula = Block::Formula("a = b + c".to_owned());
        assert_eq!(texts(&[formula], 9), ["  a = b", "    + c"]);
    }

    #[test]
    fn the_ramp_goes_through_the_colours_of_all_rates() {
        let theme = Theme::built_in("dark", ColorTier::TrueColor, Glyphs::Half);
        let line = ramp(&theme);
        assert_eq!(line.spans[1].style, theme.rate(0.0));
        assert_eq!(line.spans[N_COLORS].style, theme.rate(1.0));
    }
}
