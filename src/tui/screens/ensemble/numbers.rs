//! The numbers of the screen's panes, as tables.

use super::Subject;
use crate::lab::LabSnapshot;
use crate::probe::exact::{Choices, Quality};
use crate::tui::app::App;
use crate::tui::screen::Pane;
use crate::tui::screens::parts::numbers::Numbers;

fn table(head: &[&str], rows: Vec<Vec<Option<f64>>>) -> Numbers {
    Numbers {
        head: head.iter().map(|&name| name.to_owned()).collect(),
        rows,
    }
}

/// The numbers of the focused pane.
pub(in crate::tui::screens) fn numbers(app: &App, lab: &LabSnapshot) -> Numbers {
    match app.focus {
        Pane::Averaging => averaging(app, lab),
        Pane::Alone => alone(app, lab),
        Pane::Committee => committee(app, lab),
        Pane::EveryMask | Pane::HowGood => every_mask(app, lab),
        Pane::Ways => ways(app, lab),
        Pane::MeanWorth => worth(app, lab),
        _ => counts(app, lab),
    }
}

/// A row for each group: its rate, bits, and what it has drawn.
fn counts(app: &App, lab: &LabSnapshot) -> Numbers {
    let head = [
        "rate",
        "droppable units",
        "bits",
        "log10 first repeat",
        "drawn",
        "distinct",
        "expected",
    ];
    let subjects = lab
        .groups
        .iter()
        .filter_map(|group| Subject::of(app, lab, group));
    let row = |subject: Subject| {
        let (run, subnetworks) = (subject.run, &subject.run.subnetworks);
        [
            subject.group.rate.value(),
            subnetworks.n_units() as f64,
            subnetworks.entropy_bits(),
            subnetworks.log10_draws_to_first_repeat(),
            run.masks_drawn as f64,
            run.masks_distinct as f64,
            subnetworks.expected_distinct(run.masks_drawn),
        ]
        .map(Some)
        .to_vec()
    };
    table(&head, subjects.map(row).collect())
}

fn averaging(app: &App, lab: &LabSnapshot) -> Numbers {
    let head = [
        "k",
        "test loss",
        "test loss sd",
        "test accuracy",
        "test accuracy sd",
    ];
    let seen = Subject::selected(app, lab).and_then(|subject| subject.committee());
    let all = seen.map_or(&[][..], |seen| &seen.reading().averaging);
    let row = |at: &crate::probe::committee::Averaging| {
        let accuracy = at.accuracy.map_or([None; 2], |accuracy| accuracy.map(Some));
        [
            [Some(at.k as f64), Some(at.loss[0]), Some(at.loss[1])].as_slice(),
            &accuracy,
        ]
        .concat()
    };
    table(&head, all.iter().map(row).collect())
}

/// A row for each thinned network, then their average and the full network.
fn alone(app: &App, lab: &LabSnapshot) -> Numbers {
    let head = [
        "step",
        "is averaged",
        "is full",
        "test loss",
        "test accuracy",
    ];
    let seen = Subject::selected(app, lab).and_then(|subject| subject.committee());
    let Some(seen) = seen else {
        return table(&head, Vec::new());
    };
    let each = seen
        .each
        .iter()
        .map(|(step, score)| (*step, [0.0, 0.0], score));
    let rest = [
        (seen.step, [1.0, 0.0], &seen.averaged),
        (seen.step, [0.0, 1.0], &seen.full),
    ];
    let row = |(step, [is_averaged, is_full], score): (u64, [f64; 2], &crate::probe::Score)| {
        vec![
            Some(step as f64),
            Some(is_averaged),
            Some(is_full),
            Some(score.loss),
            score.accuracy,
        ]
    };
    table(&head, each.chain(rest).map(row).collect())
}

fn committee(app: &App, lab: &LabSnapshot) -> Numbers {
    let seen = Subject::selected(app, lab).and_then(|subject| subject.committee());
    let Some(seen) = seen else {
        return table(&["example"], Vec::new());
    };
    if let Some(fan) = &seen.reading().fan {
        let row = |idx: usize| {
            [fan.x[idx], fan.values[idx], fan.mean[idx], fan.full[idx]]
                .map(Some)
                .to_vec()
        };
        return table(
            &["x", "value", "mean", "full"],
            (0..fan.x.len()).map(row).collect(),
        );
    }
    let head = [
        "example",
        "label",
        "first",
        "first votes",
        "second",
        "second votes",
        "entropy bits",
        "full",
        "full p",
    ];
    let row = |divided: &crate::probe::committee::Divided| {
        let [(first, n_first), (second, n_second)] = divided.votes;
        let (full, p) = divided.full;
        let whole = [
            divided.index,
            divided.label,
            first,
            n_first,
            second,
            n_second,
        ];
        let mut row: Vec<Option<f64>> = whole.iter().map(|&n| Some(n as f64)).collect();
        row.extend([divided.entropy, full as f64, p].map(Some));
        row
    };
    table(&head, seen.divided.iter().map(row).collect())
}

/// A row for each network, in the order of the Gray code.
fn every_mask(app: &App, lab: &LabSnapshot) -> Numbers {
    let head = ["mask", "chance", "test loss", "test accuracy"];
    let seen = Subject::selected(app, lab).and_then(|subject| subject.exact());
    let Some(seen) = seen else {
        return table(&head, Vec::new());
    };
    let row = |place: usize| {
        let (mask, quality) = (Choices::mask_at(place), seen.at(place));
        vec![
            Some(mask as f64),
            Some(seen.choices.chance(mask)),
            Some(quality.loss),
            quality.accuracy,
        ]
    };
    table(&head, (0..seen.choices.n_masks()).map(row).collect())
}

/// One on average, arithmetic mean, geometric mean, full network, mean of 20: in the order in which they are drawn.
fn ways(app: &App, lab: &LabSnapshot) -> Numbers {
    let head = ["way", "test loss", "test accuracy"];
    let seen = Subject::selected(app, lab).and_then(|subject| subject.exact());
    let Some(seen) = seen else {
        return table(&head, Vec::new());
    };
    let ways = [
        seen.one,
        seen.arithmetic,
        seen.geometric,
        seen.full,
        seen.sampled,
    ];
    let row = |(idx, way): (usize, &Quality)| vec![Some(idx as f64), Some(way.loss), way.accuracy];
    table(&head, ways.iter().enumerate().map(row).collect())
}

fn worth(app: &App, lab: &LabSnapshot) -> Numbers {
    let head = ["layer", "unit", "worth in loss", "worth in accuracy"];
    let seen = Subject::selected(app, lab).and_then(|subject| subject.exact());
    let Some(seen) = seen else {
        return table(&head, Vec::new());
    };
    let row = |worth: &crate::probe::exact::Worth| {
        let unit = worth.unit;
        vec![
            Some(unit.layer_idx as f64),
            Some(unit.unit as f64),
            Some(worth.loss),
            worth.accuracy,
        ]
    };
    table(&head, seen.worth.iter().map(row).collect())
}
