//! What pictures promise.

use super::*;
use crate::tui::theme::ColorTier;
use crate::tui::widgets::tests::rows_of;
use Pixel::{Amount, Hole, Signed, Silent};

fn theme(tier: ColorTier, glyphs: Glyphs) -> Theme {
    Theme::built_in("dark", tier, glyphs)
}

fn colored() -> Theme {
    theme(ColorTier::TrueColor, Glyphs::Half)
}

/// What `image` draws into `width` by `height` cells.
fn drawn(image: &Image, width: u16, height: u16) -> (Window, Buffer) {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    let window = image.draw(area, &mut buf);
    (window, buf)
}

fn amounts(n: usize) -> Vec<Pixel> {
    (0..n).map(|i| Amount(i as f64 / n as f64)).collect()
}

#[test]
fn a_pixel_takes_two_cells_one_or_half_of_one_in_its_colour() {
    let theme = colored();
    let hue = theme.rate(0.5);
    let pixels = [
        Amount(1.0),
        Signed(-1.0),
        Pixel::Map(0.5),
        Silent,
        Hole,
        Amount(0.0),
    ];
    let ramp = theme.amounts(hue);
    let colors = [
        ramp.at(1.0),
        theme.sign(-1.0),
        theme.map(0.5),
        theme.silent(),
        theme.hole(),
        ramp.at(0.0),
    ];
    let image = Image::new(&theme, &pixels, 3).hue(hue);
    let (window, buf) = drawn(&image, 6, 2);
    assert_eq!(
        (window.size, window.cells),
        (Size::Double, Rect::new(0, 0, 6, 2))
    );
    for y in 0..2 {
        for x in 0..6 {
            assert_eq!(
                buf[(x, y)].bg,
                colors[usize::from(3 * y + x / 2)],
                "{x},{y}"
            );
        }
    }
    let (window, buf) = drawn(&image.clone().size(Size::Single), 6, 2);
    assert_eq!(window.cells, Rect::new(0, 0, 3, 2));
    assert_eq!(buf[(1, 1)].bg, colors[4]);
    let (window, buf) = drawn(&image, 3, 1);
    assert_eq!(
        (window.size, window.cells),
        (Size::Half, Rect::new(0, 0, 3, 1))
    );
    for x in 0..3 {
        let cell = &buf[(x, 0)];
        assert_eq!(
            (cell.symbol(), cell.fg, cell.bg),
            ("▀", colors[usize::from(x)], colors[usize::from(x) + 3])
        );
    }
}

#[test]
fn halves_of_one_colour_are_a_blank_and_a_last_odd_row_has_no_lower_half() {
    let theme = colored();
    let pixels = [Amount(1.0), Amount(1.0), Amount(1.0)];
    let (_, buf) = drawn(&Image::new(&theme, &pixels, 1).size(Size::Half), 1, 2);
    let full = theme.amounts(theme.style(Role::Bright)).at(1.0);
    assert_eq!((buf[(0, 0)].symbol(), buf[(0, 0)].bg), (" ", full));
    assert_eq!(
        (buf[(0, 1)].symbol(), buf[(0, 1)].fg, buf[(0, 1)].bg),
        ("▀", full, Color::Reset)
    );
}

#[test]
fn without_shades_glyphs_stand_for_values_and_what_is_not_there_is_blank() {
    let pixels = [
        Amount(0.0),
        Amount(0.5),
        Amount(1.0),
        Signed(-0.9),
        Signed(0.9),
        Silent,
        Hole,
        Amount(0.3),
    ];
    for (tier, glyphs, expected) in [
        (ColorTier::None, Glyphs::Half, ["··▒▒██≡≡", "██··  ░░"]),
        (ColorTier::Ansi16, Glyphs::Braille, ["··▒▒██≡≡", "██··  ░░"]),
        (ColorTier::None, Glyphs::Ascii, ["..++##%%", "##..  ::"]),
    ] {
        let theme = theme(tier, glyphs);
        let (_, buf) = drawn(&Image::new(&theme, &pixels, 4).hue(theme.rate(0.5)), 8, 2);
        assert_eq!(rows_of(&buf), expected, "{tier:?} {glyphs}");
        assert_eq!(buf[(2, 0)].fg, theme.rate(0.5).fg.unwrap_or(Color::Reset));
    }
}

#[test]
fn half_blocks_without_shades_are_glyphs_at_half_the_resolution() {
    let pixels: Vec<Pixel> = [[0.0, 0.5], [1.0, 0.1], [0.3, 0.0]]
        .into_iter()
        .flatten()
        .map(Amount)
        .collect();
    let theme = theme(ColorTier::None, Glyphs::Half);
    let (window, buf) = drawn(&Image::new(&theme, &pixels, 2).size(Size::Half), 2, 2);
    assert_eq!(window.bin, (1, 2));
    assert_eq!(rows_of(&buf), ["█▒", "░·"]);
}

#[test]
fn ascii_has_no_half_blocks_even_in_colour() {
    let theme = theme(ColorTier::TrueColor, Glyphs::Ascii);
    let pixels = amounts(64);
    let (window, buf) = drawn(&Image::new(&theme, &pixels, 8), 8, 4);
    assert_eq!((window.size, window.bin), (Size::Single, (1, 2)));
    assert!(rows_of(&buf).iter().all(|row| row.is_ascii()));
}

#[test]
fn what_does_not_fit_shares_pixels_that_stay_square_and_says_so() {
    let theme = colored();
    let pixels = amounts(28 * 28);
    let image = Image::new(&theme, &pixels, 28).size(Size::Half);
    for ((width, height), bin, note) in [
        ((28, 14), (1, 1), None),
        ((16, 8), (2, 2), Some("28×28 as 14×14")),
        ((28, 7), (2, 2), Some("28×28 as 14×14")),
        ((9, 40), (4, 4), Some("28×28 as 7×7")),
    ] {
        let window = image.window(Rect::new(3, 4, width, height));
        assert_eq!(
            (window.bin, window.note(Glyphs::Half).as_deref()),
            (bin, note),
            "{width}x{height}"
        );
    }
    let ascii = image.window(Rect::new(0, 0, 16, 8)).note(Glyphs::Ascii);
    assert_eq!(ascii.as_deref(), Some("28x28 as 14x14"));
    // A strip is one pixel high, whatever is shared along it.
    let strip = Image::new(&theme, &pixels, 784).window(Rect::new(0, 0, 50, 3));
    assert_eq!((strip.bin, strip.n_drawn()), ((16, 1), (49, 1)));
    // Single cells are no squares: each direction as it needs.
    let single = Image::new(&theme, &pixels, 28)
        .size(Size::Single)
        .window(Rect::new(0, 0, 28, 14));
    assert_eq!(single.bin, (1, 2));
}

#[test]
fn a_shared_pixel_shows_the_furthest_from_nought_or_the_mean() {
    let cases = [
        (
            vec![Amount(0.2), Amount(0.8), Silent],
            Binning::Most,
            Amount(0.8),
        ),
        (
            vec![Silent, Amount(0.2), Amount(0.4)],
            Binning::Mean,
            Amount(0.2),
        ),
        (
            vec![Hole, Signed(0.3), Signed(-0.5)],
            Binning::Most,
            Signed(-0.5),
        ),
        (
            vec![Hole, Signed(0.3), Signed(-0.5)],
            Binning::Mean,
            Signed(-0.1),
        ),
        (
            vec![Signed(f64::NAN), Signed(0.5)],
            Binning::Mean,
            Signed(0.5),
        ),
        (vec![Hole, Silent, Hole], Binning::Most, Silent),
        (vec![Hole, Hole], Binning::Mean, Hole),
    ];
    for (pixels, binning, expected) in cases {
        let found = binned(pixels.iter().copied(), binning).unwrap();
        let (found_value, value) = (
            found.value().unwrap_or(9.0),
            expected.value().unwrap_or(9.0),
        );
        assert!(
            (found_value - value).abs() < 1e-12,
            "{pixels:?} {binning:?}: {found:?}"
        );
        assert_eq!(
            std::mem::discriminant(&found),
            std::mem::discriminant(&expected),
            "{pixels:?}"
        );
    }
    assert_eq!(binned(std::iter::empty(), Binning::Most), None);
}

#[test]
fn marks_and_the_cursor_stand_on_their_pixels() {
    let pixels = amounts(6);
    for (tier, glyphs, expected) in [
        (ColorTier::TrueColor, Glyphs::Half, ["  ××  ", "    []"]),
        (ColorTier::None, Glyphs::Half, ["··××░░", "▒▒▓▓[]"]),
        (ColorTier::None, Glyphs::Ascii, ["..xx::", "++**[]"]),
    ] {
        let theme = theme(tier, glyphs);
        let image = Image::new(&theme, &pixels, 3)
            .marks(&[(1, 0)])
            .cursor(Some((2, 1)));
        assert_eq!(
            rows_of(&drawn(&image, 6, 2).1),
            expected,
            "{tier:?} {glyphs}"
        );
        let single = image.size(Size::Single);
        let rows = rows_of(&drawn(&single, 3, 2).1);
        assert!(
            rows[0].contains(glyphs.pick('×', 'x')) && rows[1].contains(glyphs.pick('◇', '@')),
            "{rows:?}"
        );
    }
    let theme = colored();
    let [accent, warn] = [Role::Accent, Role::Warn].map(|role| theme.style(role).fg.unwrap());
    let halves = Image::new(&theme, &pixels, 3)
        .size(Size::Half)
        .marks(&[(1, 0), (9, 9)])
        .cursor(Some((2, 1)));
    let (_, buf) = drawn(&halves, 3, 1);
    assert_eq!((buf[(1, 0)].symbol(), buf[(1, 0)].fg), ("▀", warn));
    assert_eq!((buf[(2, 0)].symbol(), buf[(2, 0)].bg), ("▀", accent));
}

#[test]
fn the_mouse_finds_the_pixel_that_is_drawn_under_it() {
    let theme = colored();
    let pixels = amounts(35);
    for size in [Size::Double, Size::Single, Size::Half] {
        for (width, height) in [(20, 9), (5, 3), (3, 2)] {
            let area = Rect::new(7, 5, width, height);
            let window = Image::new(&theme, &pixels, 5).size(size).window(area);
            for row in 0..7 {
                for column in 0..5 {
                    let cells = window.cells_of((column, row)).unwrap();
                    let (x, y) = window.at(Position::new(cells.x, cells.y)).unwrap();
                    assert_eq!(
                        x,
                        column / window.bin.0 * window.bin.0,
                        "{size:?} {width}x{height}"
                    );
                    let drawn_row = row / window.bin.1
                        - usize::from(size == Size::Half) * (row / window.bin.1 % 2);
                    assert_eq!(y, drawn_row * window.bin.1, "{size:?} {width}x{height}");
                }
            }
            assert_eq!(window.at(Position::new(6, 5)), None);
            assert_eq!(window.cells_of((5, 0)), None);
        }
    }
}
