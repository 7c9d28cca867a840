//! `dropscope shot`: a picture of a screen, without a terminal.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use super::ShotArgs;
use super::failure::Failure;
use super::output::print;
use super::prepare::prepare;
use crate::config::{self, Face};
use crate::files;
use crate::tui::{Shot, Sitting};

/// Columns and rows, as in `120x36`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    width: u16,
    height: u16,
}

/// Columns and rows that a terminal may have, and that there is something to see in.
const WIDTHS: std::ops::RangeInclusive<u16> = 20..=500;
const HEIGHTS: std::ops::RangeInclusive<u16> = 5..=200;

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('x').and_then(|(width, height)| {
            let (width, height) = (width.parse().ok()?, height.parse().ok()?);
            let fits = WIDTHS.contains(&width) && HEIGHTS.contains(&height);
            fits.then_some(Self { width, height })
        });
        parsed.ok_or_else(|| {
            let (widths, heights) = (WIDTHS, HEIGHTS);
            format!(
                "accepted: columns x rows, {} to {} x {} to {}, such as 120x36",
                widths.start(),
                widths.end(),
                heights.start(),
                heights.end()
            )
        })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// Where a picture goes and what it is: an SVG document or text, by the end of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// An SVG document.
    Svg(PathBuf),
    /// Text.
    Text(PathBuf),
    /// An SVG document, to standard output.
    Standard,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "-" {
            return Ok(Self::Standard);
        }
        let path = PathBuf::from(text);
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("svg") => Ok(Self::Svg(path)),
            Some("txt") => Ok(Self::Text(path)),
            _ => Err("accepted: the name of a file that ends in .svg or .txt, or - for an SVG to standard output".to_owned()),
        }
    }
}

/// Trains, draws, and writes the picture into a file, or as text to standard output.
///
/// # Errors
/// Whatever is wrong with the arguments, the settings or the data, or a file that could not be written.
pub fn take(args: &ShotArgs) -> Result<ExitCode, Failure> {
    let (settings, split) = prepare(&args.settings.0, Face::Headless)?;
    let Size { width, height } = args.size;
    let drawn = Sitting::new(&settings, split)?.take(&Shot {
        screen: args.screen,
        size: (width, height),
        keys: args.keys.clone(),
    });
    match &args.out {
        None => print(&drawn.text())?,
        Some(Output::Standard) => print(&drawn.svg())?,
        Some(Output::Svg(path)) => write(path, &drawn.svg())?,
        Some(Output::Text(path)) => write(path, &drawn.text())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, content: &str) -> Result<(), Failure> {
    let path = config::paths::expanded(path);
    let written = files::write_whole(&path, content.as_bytes());
    written.map_err(|reason| Failure::Unwritten {
        path,
        reason: files::bare(reason),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_columns_and_rows_within_reason() {
        assert_eq!("120x36".parse::<Size>().unwrap().to_string(), "120x36");
        for wrong in [
            "",
            "120",
            "120x",
            "x36",
            "19x36",
            "120x4",
            "501x36",
            "120x201",
            "-1x36",
            "9999999x36",
        ] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_end_of_its_name_says_what_a_picture_is() {
        assert_eq!("a.svg".parse(), Ok(Output::Svg("a.svg".into())));
        assert_eq!("b/a.txt".parse(), Ok(Output::Text("b/a.txt".into())));
        assert_eq!("-".parse(), Ok(Output::Standard));
        for wrong in ["", "a", "a.png", "svg", ".svg"] {
            assert!(wrong.parse::<Output>().is_err(), "{wrong}");
        }
    }
}
