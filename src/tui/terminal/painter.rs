//! Frames to bytes: the difference to the frame before, inside a synchronised update, or nothing at all.
//!
//! ratatui writes a handful of bytes for a frame that changed nothing (colours reset, cursor hidden again). At 20
//! frames a second over ssh that is traffic without content, so the backend here stays silent until a cell differs.
//! It writes into memory only; sending the bytes is the owner's part.

use std::io;

use crossterm::queue;
use crossterm::style::force_color_output;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::Frame;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Rect, Size};

/// Draws frames and keeps the last one to compare with.
pub(in crate::tui) struct Painter {
    screen: ratatui::Terminal<Memory>,
    /// The bytes of the frame that was painted last, kept for their allocation.
    bytes: Vec<u8>,
    is_stale: bool,
}

impl Painter {
    /// A painter for a cleared screen with a hidden cursor.
    pub(in crate::tui) fn new(size: Size) -> Self {
        // crossterm drops colours where NO_COLOR is set. The theme has looked at that, and a setting overrules it.
        force_color_output(true);
        let screen = ratatui::Terminal::new(Memory::new(size));
        Self {
            screen: screen.expect("memory of a known size cannot fail"),
            bytes: Vec::new(),
            is_stale: false,
        }
    }

    /// Makes the next frame a whole one, on a cleared screen.
    pub(super) fn forget_screen(&mut self) {
        self.is_stale = true;
    }

    /// The bytes that turn the screen into the next frame; none when it is that frame already.
    pub(in crate::tui) fn paint(
        &mut self,
        size: Size,
        render: impl FnOnce(&mut Frame),
    ) -> io::Result<&[u8]> {
        self.bytes.clear();
        self.screen.backend_mut().size = size;
        if std::mem::take(&mut self.is_stale) {
            self.screen.resize(Rect::from((Position::ORIGIN, size)))?;
        }
        self.screen.draw(render)?;
        let frame = &mut self.screen.backend_mut().bytes;
        if !frame.is_empty() {
            queue!(self.bytes, BeginSynchronizedUpdate)?;
            self.bytes.append(frame);
            queue!(self.bytes, EndSynchronizedUpdate)?;
        }
        Ok(&self.bytes)
    }
}

/// A ratatui backend that collects bytes and leaves out what changes nothing.
struct Memory {
    bytes: Vec<u8>,
    size: Size,
    is_cursor_shown: bool,
    /// Where the cursor stands, unless cells were drawn since it was put somewhere.
    cursor: Option<Position>,
}

impl Memory {
    fn new(size: Size) -> Self {
        Self {
            bytes: Vec::new(),
            size,
            is_cursor_shown: false,
            cursor: None,
        }
    }

    fn ansi(&mut self) -> CrosstermBackend<&mut Vec<u8>> {
        CrosstermBackend::new(&mut self.bytes)
    }
}

impl Backend for Memory {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut cells = content.peekable();
        if cells.peek().is_none() {
            return Ok(());
        }
        self.cursor = None;
        self.ansi().draw(cells)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.is_cursor_shown) {
            self.ansi().hide_cursor()?;
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.is_cursor_shown, true) {
            self.ansi().show_cursor()?;
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor.unwrap_or(Position::ORIGIN))
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor.replace(position) != Some(position) {
            self.ansi().set_cursor_position(position)?;
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.cursor = None;
        self.ansi().clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size,
            pixels: Size::default(),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size {
        width: 20,
        height: 3,
    };

    fn paint(painter: &mut Painter, text: &str) -> String {
        let bytes = painter.paint(SIZE, |frame| frame.render_widget(text, frame.area()));
        String::from_utf8(bytes.unwrap().to_vec()).unwrap()
    }

    #[test]
    fn a_frame_is_one_synchronised_update() {
        let bytes = paint(&mut Painter::new(SIZE), "rate");
        assert!(bytes.starts_with("\x1b[?2026h"), "{bytes:?}");
        assert!(bytes.ends_with("\x1b[?2026l"), "{bytes:?}");
        assert!(bytes.contains("rate"));
    }

    #[test]
    fn a_frame_that_changes_nothing_is_no_bytes() {
        let mut painter = Painter::new(SIZE);
        assert_ne!(paint(&mut painter, "rate"), "");
        assert_eq!(paint(&mut painter, "rate"), "");
        assert_ne!(paint(&mut painter, "rat"), "");
    }

    #[test]
    fn only_changed_cells_are_sent() {
        let mut painter = Painter::new(SIZE);
        paint(&mut painter, "step 1");
        let bytes = paint(&mut painter, "step 2");
        assert!(!bytes.contains("step") && bytes.contains('2'), "{bytes:?}");
    }

    #[test]
    fn a_forgotten_screen_is_cleared_and_drawn_whole() {
        let mut painter = Painter::new(SIZE);
        paint(&mut painter, "rate");
        painter.forget_screen();
        let bytes = paint(&mut painter, "rate");
        assert!(
            bytes.contains("\x1b[2J") && bytes.contains("rate"),
            "{bytes:?}"
        );
        assert_eq!(paint(&mut painter, "rate"), "");
    }

    #[test]
    fn a_new_size_is_drawn_whole() {
        let mut painter = Painter::new(SIZE);
        paint(&mut painter, "rate");
        let bytes = painter.paint(Size::new(3, 1), |frame| {
            assert_eq!(frame.area(), Rect::new(0, 0, 3, 1));
            frame.render_widget("rate", frame.area());
        });
        let bytes = String::from_utf8(bytes.unwrap().to_vec()).unwrap();
        assert!(bytes.contains("rat"), "{bytes:?}");
    }

    #[test]
    fn a_cursor_that_stays_costs_nothing() {
        let mut painter = Painter::new(SIZE);
        let mut paint_at = |column: u16| {
            let bytes = painter.paint(SIZE, |frame| frame.set_cursor_position((column, 0)));
            String::from_utf8(bytes.unwrap().to_vec()).unwrap()
        };
        assert!(paint_at(4).contains("\x1b[?25h"));
        assert_eq!(paint_at(4), "");
        let moved = paint_at(5);
        assert!(
            moved.contains("\x1b[1;6H") && !moved.contains("\x1b[?25h"),
            "{moved:?}"
        );
        assert!(paint(&mut painter, "").contains("\x1b[?25l"));
    }
}
