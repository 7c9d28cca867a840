//! The keys in the footer.

use super::Action::{
    self, Alignment, Around, Back, Crosshair, DropUnit, End, Fork, Grain, Help, HoldMask, Home,
    Inspect, Layer, LogAxis, MaskSharing, Metric, NewGroup, NextExample, NextPane, Order, Pause,
    Picture, Prompt, Quit, RateBelow, RateUp, Restart, Smoothing, Step, StepBack, StepForward,
    Undo, Write, Zoom, ZoomIn,
};
use crate::tui::screen::Screen;

/// The actions whose keys stand in the footer while somebody looks back.
pub const LOOKING_BACK: &[Action] = &[
    StepBack,
    StepForward,
    Grain,
    Home,
    End,
    Fork,
    Pause,
    Help,
    Quit,
];

/// The actions whose keys stand in the footer of a screen, in this order, as many as fit.
#[rustfmt::skip]
pub fn hinted(screen: Screen) -> &'static [Action] {
    match screen {
        Screen::Lab => &[
            Pause, Step, RateUp, MaskSharing, NewGroup, Restart,
            NextPane, Zoom, Undo, Write, Prompt, Help, Quit,
        ],
        Screen::Masks => &[
            Pause, Step, Grain, Picture, Layer, NextExample,
            DropUnit, HoldMask, NextPane, Back, Undo, Write, Prompt, Help, Quit,
        ],
        Screen::Ensemble => &[
            Pause, Metric, Picture, NextExample, NextPane, Zoom,
            RateBelow, Back, Undo, Write, Prompt, Help, Quit,
        ],
        Screen::Curves => &[
            Pause, Metric, LogAxis, Smoothing, Alignment, Around,
            ZoomIn, Crosshair, Back, Undo, Write, Prompt, Help, Quit,
        ],
        Screen::Weights => &[
            Pause, Metric, Alignment, Order, Layer, Inspect,
            NextPane, Zoom, Back, Undo, Write, Prompt, Help, Quit,
        ],
        Screen::Units => &[
            Pause, Metric, Layer, Order, NextExample, DropUnit,
            Inspect, NextPane, Back, Undo, Write, Prompt, Help, Quit,
        ],
        Screen::Robust => &[
            Pause, Metric, Crosshair, NextExample, RateBelow, NextPane,
            Zoom, Back, Undo, Write, Prompt, Help, Quit,
        ],
    }
}
