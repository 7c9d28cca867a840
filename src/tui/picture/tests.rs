//! Pictures against the names and charts of Unicode, and against a reader of XML.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use roxmltree::{Document, Node};

use super::shape::Shape;
use super::{Paper, Rgb, svg, text};

const PAPER: Paper = Paper {
    ink: Rgb([200, 200, 200]),
    ground: Rgb([0, 0, 0]),
};

fn frame(width: u16, height: u16) -> Buffer {
    Buffer::empty(Rect::new(0, 0, width, height))
}

/// Elements of this name, in the order of the document.
fn elements<'a>(document: &'a Document, name: &str) -> Vec<Node<'a, 'a>> {
    let nodes = document.descendants();
    nodes.filter(|node| node.has_tag_name(name)).collect()
}

/// Whether the point of a path made of `M x y h w v h h -w z` lies inside one of its rectangles.
fn covers(outline: &str, (x, y): (f64, f64)) -> bool {
    outline.split('M').skip(1).any(|rectangle| {
        let numbers: Vec<f64> = rectangle
            .split(|c: char| c.is_whitespace() || "hvz".contains(c))
            .filter_map(|number| number.parse().ok())
            .collect();
        let [left, top, width, height, _] = numbers[..] else {
            panic!("no rectangle: {rectangle}");
        };
        (left..left + width).contains(&x) && (top..top + height).contains(&y)
    })
}

#[test]
fn text_is_what_is_in_the_cells_without_what_is_empty_behind_it() {
    let mut buf = frame(6, 3);
    buf.set_string(1, 0, "a b", Style::new());
    buf.set_string(0, 2, "⣀█  ", Style::new());
    assert_eq!(text(&buf), " a b\n\n⣀█\n");
}

#[test]
fn a_picture_is_well_formed_whatever_is_in_it_and_has_every_letter_where_its_cell_is() {
    let mut buf = frame(20, 4);
    buf.set_string(2, 1, "<a & b>", Style::new().red().bold());
    buf.set_string(0, 2, "\"x\" é ±", Style::new());
    buf.cell_mut((19, 3)).unwrap().set_symbol("\u{1b}");
    let svg = svg(&buf, PAPER);
    let document = Document::parse(&svg).unwrap();
    let texts = elements(&document, "text");
    let place = |node: &Node| {
        let number = |name: &str| node.attribute(name).unwrap().parse::<u16>().unwrap();
        (number("x") / 10, number("y") / 20)
    };
    let found: Vec<_> = texts
        .iter()
        .map(|node| (place(node), node.text().unwrap()))
        .collect();
    for expected in [
        ((2, 1), "<a & b>"),
        ((0, 2), "\"x\""),
        ((4, 2), "é"),
        ((6, 2), "±"),
        ((19, 3), "\u{fffd}"),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    let bold = texts.iter().find(|node| node.text() == Some("<a & b>"));
    let group = bold.unwrap().parent().unwrap();
    assert_eq!(group.attribute("fill"), Some("#cd0000"));
    assert_eq!(group.attribute("font-weight"), Some("bold"));
    assert_eq!(bold.unwrap().attribute("textLength"), Some("70"));
}

#[test]
fn the_same_frame_is_the_same_picture_and_another_is_another() {
    let mut buf = frame(10, 2);
    buf.set_string(0, 0, "▄⣿─x", Style::new().fg(Color::Rgb(1, 2, 3)));
    let first = svg(&buf, PAPER);
    assert_eq!(first, svg(&buf.clone(), PAPER));
    buf.set_string(3, 0, "y", Style::new());
    assert_ne!(first, svg(&buf, PAPER));
}

#[test]
fn blocks_fill_the_parts_of_their_cell_that_unicode_says() {
    // Which of the four quarters are filled, from their names in Unicode: upper left, upper right, lower left, lower right.
    let quarters = [
        ('▘', [true, false, false, false]),
        ('▝', [false, true, false, false]),
        ('▖', [false, false, true, false]),
        ('▗', [false, false, false, true]),
        ('▚', [true, false, false, true]),
        ('▞', [false, true, true, false]),
        ('▛', [true, true, true, false]),
        ('▙', [true, false, true, true]),
        ('▀', [true, true, false, false]),
        ('▄', [false, false, true, true]),
        ('▌', [true, false, true, false]),
        ('▐', [false, true, false, true]),
        ('█', [true, true, true, true]),
    ];
    for (character, filled) in quarters {
        let mut outline = String::new();
        Shape::of(character).unwrap().draw((30, 40), &mut outline);
        let middles = [(32.0, 45.0), (37.0, 45.0), (32.0, 55.0), (37.0, 55.0)];
        let found = middles.map(|point| covers(&outline, point));
        assert_eq!(found, filled, "{character}: {outline}");
    }
}

#[test]
fn bars_are_as_high_and_as_wide_as_their_eighths() {
    for (n_eighths, character) in ('▁'..='█').enumerate() {
        let mut outline = String::new();
        Shape::of(character).unwrap().draw((0, 0), &mut outline);
        let top = 20.0 - 2.5 * (n_eighths as f64 + 1.0);
        assert!(covers(&outline, (5.0, top + 0.1)) && !covers(&outline, (5.0, top - 0.1)));
    }
    for (n_less, character) in ('█'..='▏').enumerate() {
        let mut outline = String::new();
        Shape::of(character).unwrap().draw((0, 0), &mut outline);
        let right = 1.25 * (8.0 - n_less as f64);
        assert!(covers(&outline, (right - 0.1, 9.0)) && !covers(&outline, (right + 0.1, 9.0)));
    }
}

#[test]
fn a_braille_dot_is_where_its_number_says() {
    // Dots 1 to 8 of the Unicode chart as column and row.
    let places = [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 0),
        (1, 1),
        (1, 2),
        (0, 3),
        (1, 3),
    ];
    for (bit, (column, row)) in places.into_iter().enumerate() {
        let character = char::from_u32(0x2800 + (1 << bit)).unwrap();
        let mut path = String::new();
        Shape::of(character).unwrap().draw((0, 0), &mut path);
        let (x, y) = (2.5 + 5.0 * f64::from(column), 2.5 + 5.0 * f64::from(row));
        assert_eq!(path, format!("M{x} {y}h0"), "dot {}", bit + 1);
    }
}

#[test]
fn lines_meet_at_the_edges_of_their_cells() {
    let ends = |character: char| {
        let mut path = String::new();
        Shape::of(character).unwrap().draw((0, 0), &mut path);
        path
    };
    assert_eq!(ends('─'), "M0 10H10");
    assert_eq!(ends('│'), "M5 0V20");
    assert_eq!(ends('┤'), "M0 10H5M5 0V20");
    assert_eq!(ends('╭'), "M5 20V15Q5 10 10 10");
    assert_eq!(ends('╯'), "M5 0V5Q5 10 0 10");
}

#[test]
fn letters_and_signs_are_no_shapes() {
    for character in "aZ09 ·●○◆▲±‖⁰₀–€".chars().filter(|c| *c != ' ') {
        assert_eq!(Shape::of(character), None, "{character}");
    }
}

#[test]
fn reversed_cells_swap_their_colors_and_those_of_the_terminal_are_the_papers() {
    let mut buf = frame(2, 1);
    buf.set_string(0, 0, "█", Style::new().reversed());
    let svg = svg(&buf, PAPER);
    assert!(
        svg.contains("class=\"g\" fill=\"#c8c8c8\" d=\"M0 0h10v20h-10z\""),
        "{svg}"
    );
    assert!(svg.contains("class=\"f\" fill=\"#000000\""), "{svg}");
}
