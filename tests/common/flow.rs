//! Labs in which an example was put through thinned networks.

use std::sync::Arc;

use dropscope::data::{Dataset, Targets};
use dropscope::lab::{LabSnapshot, RunSnapshot};
use dropscope::math::random::Key;
use dropscope::nn::{Activation, Engine, Init, Masks, Mlp};
use dropscope::probe::asked::Answer;
use dropscope::probe::{Flow, FlowQuestion, FlowReading, Probe, Reading};
use dropscope::train::StepPhase;
use ndarray::Array2;

use super::lab::change_runs;

/// An example for networks of these widths: an image where it is one, and a label or a value.
fn example(widths: &[usize]) -> Dataset {
    let n_inputs = widths[0];
    let side = n_inputs.isqrt();
    let shape = if n_inputs > 8 && side * side == n_inputs {
        vec![side, side]
    } else {
        vec![n_inputs]
    };
    let inputs = (0..n_inputs)
        .map(|i| (i as f32 * 0.9).sin().max(0.0))
        .collect();
    let n_outputs = widths[widths.len() - 1];
    let targets = if n_outputs == 1 {
        Targets::Values(Array2::from_elem((1, 1), 0.5))
    } else {
        Targets::Classes {
            labels: vec![1],
            n_classes: n_outputs,
        }
    };
    Dataset::new("one", shape, inputs, targets)
}

/// The answer to the question that the screen of masks asks of a run first.
fn answer(run: &RunSnapshot) -> (Probe, Answer) {
    let (widths, step) = (&run.widths, run.last_drawn_step().unwrap_or(0));
    let net = Mlp::new(widths, Activation::Relu, Init::He, Key::new(run.seed));
    let before = Mlp::new(widths, Activation::Relu, Init::He, Key::new(run.seed + 100));
    let masks = run.recipe.masks(step);
    let masks = Masks::new(
        masks
            .layers()
            .iter()
            .map(|mask| mask.of_example(0))
            .collect(),
    );
    let shown = example(widths);
    let flow = Flow::of((&net, Some(&before)), &masks, &shown, Engine::default());
    let question = FlowQuestion {
        is_in_step: run.next_part != StepPhase::Mask,
        ..FlowQuestion::default()
    };
    let reading = Reading::Flow(FlowReading {
        example: 0,
        shown,
        mask_step: step,
        flow,
    });
    (
        Probe::Flow(question),
        Answer {
            step: run.step,
            is_complete: true,
            reading,
        },
    )
}

/// The lab with the answers of all its runs.
pub(crate) fn flowing(mut lab: LabSnapshot) -> LabSnapshot {
    for row in 0..lab.groups.len() {
        change_runs(&mut lab, row, |run| {
            let (probe, answer) = answer(run);
            run.readings.put(probe, answer);
        });
    }
    lab
}

/// The same with the masks of a group held since some steps, less a unit.
pub(crate) fn held(mut lab: LabSnapshot, row: usize) -> LabSnapshot {
    use dropscope::lab::{Change, ChangeKind, History};
    use dropscope::nn::UnitId;
    use dropscope::train::HeldMask;
    let without = vec![UnitId {
        layer_idx: 1,
        unit: 3,
    }];
    lab.groups[row].held = Some(without.clone());
    change_runs(&mut lab, row, |run| {
        let step = run.step.saturating_sub(160);
        let to = Some(HeldMask::new(step.saturating_sub(1), without.clone()));
        Arc::make_mut(&mut run.recipe).hold(step, to.clone());
        let epoch = run.epoch * step as f64 / run.step.max(1) as f64;
        let history: &mut History = Arc::make_mut(&mut run.history);
        let kind = ChangeKind::Held { from: None, to };
        Arc::make_mut(&mut history.changes).push(Change { step, epoch, kind });
    });
    flowing(lab)
}
