//! What each kind of data does at its own defaults: every rate lives, and what can be learnt is learnt.

use std::path::Path;
use std::time::Duration;

use dropscope::config::{self, Face, Sources};
use dropscope::data;
use dropscope::lab::{Experiment, Lab, LabSnapshot, Pace, Phase, RunSnapshot};

/// Long enough for any machine; a lab that needs it has hung.
const PATIENCE: Duration = Duration::from_mins(1);

/// The data's own defaults with one seed, trained to `limit` on settings of its own if there are any.
fn trained(spec: &str, sets: &[&str]) -> LabSnapshot {
    let folder = tempfile::tempdir().unwrap();
    let nobodys = folder.path().join("nobodys.toml");
    std::fs::write(&nobodys, "").unwrap();
    let mut all = vec![format!("data.spec={spec}"), "run.seeds=1".to_owned()];
    all.extend(sets.iter().map(|set| (*set).to_owned()));
    let sources = Sources {
        file: Some(nobodys),
        flags: Vec::new(),
        sets: all,
        ..Sources::default()
    };
    let mut settings = config::load(&sources, Face::Headless).unwrap();
    let plan = &settings.experiment.data;
    let split = data::load(&plan.spec, &plan.split, plan.key()).unwrap();
    settings
        .fit_data(split.train.len(), split.train.n_inputs())
        .unwrap();
    let experiment = Experiment {
        pace: Pace::FullSpeed,
        ..settings.experiment
    };
    let lab = Lab::start(&experiment, split).unwrap();
    assert!(lab.wait_finished(PATIENCE));
    lab.snapshot()
}

fn runs(lab: &LabSnapshot) -> Vec<&RunSnapshot> {
    lab.groups
        .iter()
        .flat_map(|group| &group.runs)
        .map(|run| &**run)
        .collect()
}

fn case(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/tables")
        .join(name);
    format!("csv:{}", path.display())
}

/// R² on the test examples of the group without dropout.
fn best_r2(lab: &LabSnapshot) -> f64 {
    runs(lab)[0].latest.as_ref().unwrap().test_r2.unwrap()
}

#[test]
fn every_rate_of_every_kind_of_data_lives_at_its_defaults() {
    let embedded = [
        "digits",
        "moons",
        "circles",
        "spiral",
        "xor",
        "gauss",
        "regression",
        "linear",
    ];
    let tables = [case("targets-in-tens.csv"), case("twenty-rows.csv")];
    for spec in embedded.map(str::to_owned).into_iter().chain(tables) {
        let lab = trained(&spec, &["training.steps=150"]);
        assert!(lab.groups.len() > 1, "{spec}");
        for run in runs(&lab) {
            assert_eq!(run.phase, Phase::Finished, "{spec} at rate {}", run.rate);
            let ratio = run.norm_ratio().unwrap();
            assert!(ratio < 2.0, "{spec} at rate {}: norm {ratio}", run.rate);
        }
    }
}

#[test]
fn regressions_live_at_high_rates_too() {
    for spec in [
        "regression".to_owned(),
        "linear".to_owned(),
        case("targets-in-tens.csv"),
    ] {
        let lab = trained(
            &spec,
            &["training.steps=150", "dropout.rates=0,.2,.5,.7,.8"],
        );
        assert!(
            runs(&lab).iter().all(|run| run.phase == Phase::Finished),
            "{spec}"
        );
    }
}

#[test]
fn targets_in_tens_are_learnt_and_their_losses_are_in_squared_tens() {
    let lab = trained(&case("targets-in-tens.csv"), &["training.epochs=150"]);
    assert!(best_r2(&lab) > 0.8, "{}", best_r2(&lab));
    let first = &runs(&lab)[0].history.evaluations[0];
    assert!(first.train_loss > 50.0, "{}", first.train_loss);
    assert!(first.train_accuracy.is_none() && first.train_r2.is_some());
}

#[test]
fn the_curve_and_the_line_are_learnt() {
    assert!(best_r2(&trained("regression", &["training.epochs=150"])) > 0.8);
    let lab = trained("linear", &["training.epochs=300"]);
    assert!(best_r2(&lab) > 0.85, "{}", best_r2(&lab));
    let norms: Vec<f64> = runs(&lab)
        .iter()
        .filter_map(|run| run.norm_ratio())
        .collect();
    assert!(
        norms[0] > norms[1] && norms[1] > norms[2],
        "the higher the rate, the stronger the ridge: {norms:?}"
    );
}
