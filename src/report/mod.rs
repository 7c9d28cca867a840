//! The headless face: an experiment trained to its end, its results as a table, as JSON and as files.
//!
//! It sees the lab as every face does, through snapshots, and has no clock, no thread and no terminal of its own.
//! Standard output is written by the caller, so that nothing else ever ends up there.

pub mod folder;
pub mod measured;
pub mod progress;
pub mod table;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Serialize;

use crate::data::Split;
use crate::lab::{Experiment, Lab, LabError, LabSnapshot, Pace};
use crate::text::json_escaped;

pub use folder::{Existing, Folder, FolderError};

use measured::{Metric, Row, Status};
use progress::Progress;

/// How often the progress is looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// The results of an experiment.
#[derive(Debug, Clone)]
pub struct Report {
    /// The last numbers of every run.
    pub rows: Vec<Row>,
    /// Every evaluation of every run.
    pub metrics: Vec<Metric>,
    /// What went wrong, one line for each run.
    pub complaints: Vec<String>,
    /// Seconds it took.
    pub secs: f64,
}

/// Trains at full speed until every run has ended or `is_interrupted` becomes true.
///
/// # Errors
/// If the lab cannot be opened.
pub fn train(
    experiment: &Experiment,
    split: Split,
    is_interrupted: &AtomicBool,
) -> Result<Report, LabError> {
    let progress = Progress::new(experiment.limit);
    let lab = Lab::start(
        &Experiment {
            pace: Pace::FullSpeed,
            ..experiment.clone()
        },
        split,
    )?;
    while !lab.wait_finished(GLANCE) && !is_interrupted.load(Ordering::Relaxed) {
        progress.show(&lab.snapshot());
    }
    progress.finish();
    Ok(Report::of(&lab.snapshot()))
}

/// The published object; the order of its fields is the order in the text.
#[derive(Serialize)]
struct Summary<'a, E> {
    experiment: E,
    runs: &'a [Row],
    seconds: f64,
}

impl Report {
    /// The results in a snapshot.
    pub fn of(snapshot: &LabSnapshot) -> Self {
        Self {
            rows: measured::rows(snapshot),
            metrics: measured::metrics(snapshot),
            complaints: measured::complaints(snapshot),
            secs: snapshot.elapsed_secs,
        }
    }

    /// Whether every run came to its end.
    pub fn is_complete(&self) -> bool {
        self.rows.iter().all(|row| row.status == Status::Finished)
    }

    /// The table for people.
    pub fn table(&self) -> String {
        table::table(&self.rows)
    }

    /// The object for programs, on one line. `experiment` are the settings that decided the numbers.
    ///
    /// # Errors
    /// If `experiment` has no JSON.
    pub fn json(&self, experiment: impl Serialize) -> serde_json::Result<String> {
        let summary = Summary {
            experiment,
            runs: &self.rows,
            seconds: self.secs,
        };
        serde_json::to_string(&summary).map(|text| json_escaped(&text) + "\n")
    }

    /// Fills the folder: `experiment.toml` with the text given, `summary.json` with the object given, `metrics.csv`.
    ///
    /// # Errors
    /// If a file cannot be written; it is named.
    pub fn write(
        &self,
        folder: &Folder,
        experiment_toml: &str,
        summary_json: &str,
    ) -> Result<(), FolderError> {
        folder.write("experiment.toml", experiment_toml.as_bytes())?;
        folder.write_csv("metrics.csv", &self.metrics)?;
        folder.write("summary.json", summary_json.as_bytes())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn row(group: char, rate: f64, seed: u64) -> Row {
        Row {
            group,
            rate,
            input_rate: 0.0,
            seed,
            mask: "batch".to_owned(),
            status: Status::Finished,
            steps: 48,
            epochs: 3.0,
            train_loss: Some(0.5),
            test_loss: Some(0.75),
            train_accuracy: Some(0.95),
            test_accuracy: Some(0.9),
            train_r2: None,
            test_r2: None,
            weight_norm: Some(21.0),
            initial_weight_norm: Some(20.0),
            masks_drawn: 48,
            masks_distinct: 47,
            samples_per_sec: Some(1e5),
        }
    }

    #[test]
    fn the_json_has_the_published_names_in_the_published_order() {
        let mut run = row('A', 0.5, 7);
        run.train_loss = None;
        run.test_accuracy = None;
        let report = Report {
            rows: vec![run],
            metrics: Vec::new(),
            complaints: Vec::new(),
            secs: 1.5,
        };
        let json = report
            .json(serde_json::json!({"run": {"seed": 7}}))
            .unwrap();
        let expected = concat!(
            r#"{"experiment":{"run":{"seed":7}},"runs":[{"rate":0.5,"input_rate":0.0,"seed":7,"mask":"batch","status":"finished","#,
            r#""steps":48,"epochs":3.0,"train_loss":null,"test_loss":0.75,"train_accuracy":0.95,"test_accuracy":null,"train_r2":null,"test_r2":null,"#,
            r#""weight_norm":21.0,"initial_weight_norm":20.0,"masks_drawn":48,"masks_distinct":47,"#,
            r#""samples_per_s":100000.0}],"seconds":1.5}"#,
            "\n"
        );
        assert_eq!(json, expected);
    }

    #[test]
    fn a_report_is_complete_when_every_run_finished() {
        let mut rows = vec![row('A', 0.0, 7), row('A', 0.0, 8)];
        let report = |rows: &[Row]| Report {
            rows: rows.to_vec(),
            metrics: vec![],
            complaints: vec![],
            secs: 0.0,
        };
        assert!(report(&rows).is_complete());
        for status in [Status::Diverged, Status::Failed, Status::Interrupted] {
            rows[1].status = status;
            assert!(!report(&rows).is_complete(), "{status:?}");
        }
    }
}
