//! What the key for it writes: the screen as SVG and text, and the numbers of the focused pane as CSV, in new files.
//!
//! Called beside the loop: nothing here is part of drawing the screen.

use std::io;
use std::path::Path;

use super::app::App;
use super::screens::{self, Numbers};
use super::shot::Drawn;
use crate::files;
use crate::lab::LabSnapshot;
use crate::text::visible;

/// How the files are called, before their number.
const STEM: &str = "dropscope";

/// Writes the screen of `size` and its numbers into `folder`, and says where they are, or what went wrong.
pub(super) fn write(app: &App, lab: &LabSnapshot, size: (u16, u16), folder: &Path) -> String {
    match written(app, lab, size, folder) {
        Ok(stem) => {
            let path = folder.join(stem);
            format!("written: {}.svg, .txt and .csv", visible(path.display()))
        }
        Err(reason) => format!(
            "nothing is written into {}: {}",
            visible(folder.display()),
            files::bare(reason)
        ),
    }
}

fn written(app: &App, lab: &LabSnapshot, size: (u16, u16), folder: &Path) -> io::Result<String> {
    let drawn = Drawn::of(app, lab, size);
    let numbers = csv(&screens::numbers(app, app.shown(lab)))?;
    let parts = [
        ("svg", drawn.svg().into_bytes()),
        ("txt", drawn.text().into_bytes()),
        ("csv", numbers),
    ];
    files::write_new(folder, STEM, &parts)
}

/// The numbers as CSV; what is not known is an empty cell.
fn csv(numbers: &Numbers) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&numbers.head)?;
    for row in &numbers.rows {
        let text =
            |number: &Option<f64>| number.map_or_else(String::new, |number| number.to_string());
        writer.write_record(row.iter().map(text))?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}
