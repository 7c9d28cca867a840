//! The headless face: an experiment trained to its end, its results as a table, as JSON and as files.
//!
//! It sees the lab as every face does, through snapshots, and has no clock, no thread and no terminal of its own.
//! Standard output is written by the caller, so that nothing else ever ends up there.

pub mod folder;
pub mod measured;
pub mod progress;
pub mod provenance;
pub mod table;

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::data::Split;
use crate::lab::{Experiment, Lab, LabError, LabSnapshot, Pace};
use crate::text::json_escaped;

pub use folder::{Existing, Folder, FolderError, TakenFolder};
pub use provenance::Provenance;

use measured::{Metric, Row, Status};
use progress::Progress;

/// How often the progress is looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// The file of the last numbers of all runs.
const SUMMARY: &str = "summary.json";

/// The file of all evaluations.
const METRICS: &str = "metrics.csv";

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
    /// Which program measured which examples, and with what.
    pub provenance: Provenance,
    /// The signal that cut it short, such as `SIGTERM`.
    pub interrupted: Option<&'static str>,
}

/// Trains at full speed until every run has ended, or until `interruption` gives the name of a signal.
///
/// # Errors
/// If the lab cannot be opened.
pub fn train(
    experiment: &Experiment,
    split: Split,
    interruption: impl Fn() -> Option<&'static str>,
) -> Result<Report, LabError> {
    let provenance = Provenance::of(experiment, &split);
    let progress = Progress::new(experiment.limit);
    let lab = Lab::start(
        &Experiment {
            pace: Pace::FullSpeed,
            ..experiment.clone()
        },
        split,
    )?;
    let mut interrupted = None;
    while interrupted.is_none() && !lab.wait_finished(GLANCE) {
        progress.show(&lab.snapshot());
        interrupted = interruption();
    }
    progress.finish();
    Ok(Report::of(&lab.snapshot(), provenance, interrupted))
}

/// The published object; the order of its fields is the order in the text.
#[derive(Serialize)]
struct Summary<'a, E> {
    experiment: E,
    #[serde(flatten)]
    provenance: &'a Provenance,
    interrupted: Option<&'static str>,
    runs: &'a [Row],
    seconds: f64,
}

impl Report {
    /// The results in a snapshot. `interrupted` names the signal after which it was taken.
    pub fn of(
        snapshot: &LabSnapshot,
        provenance: Provenance,
        interrupted: Option<&'static str>,
    ) -> Self {
        Self {
            rows: measured::rows(snapshot),
            metrics: measured::metrics(snapshot),
            complaints: measured::complaints(snapshot),
            secs: snapshot.elapsed_secs,
            provenance,
            interrupted,
        }
    }

    /// Whether every run came to its end.
    pub fn is_complete(&self) -> bool {
        self.rows.iter().all(|row| row.status == Status::Finished)
    }

    /// The table for people, and a line below it where it was cut short.
    pub fn table(&self) -> String {
        let cut_short = self.interrupted.map(|signal| {
            format!(
                "\ncut short by {signal}: the numbers are those of each run's last evaluation\n"
            )
        });
        table::table(&self.rows) + &cut_short.unwrap_or_default()
    }

    /// The object for programs, on one line. `experiment` are the settings that decided the numbers.
    ///
    /// # Errors
    /// If `experiment` has no JSON.
    pub fn json(&self, experiment: impl Serialize) -> serde_json::Result<String> {
        let summary = Summary {
            experiment,
            provenance: &self.provenance,
            interrupted: self.interrupted,
            runs: &self.rows,
            seconds: self.secs,
        };
        serde_json::to_string(&summary).map(|text| json_escaped(&text) + "\n")
    }

    /// Fills the folder: `summary.json` with the object given, `experiment.toml` with the text given, below where it comes
    /// from, and `metrics.csv`.
    ///
    /// # Errors
    /// The files that could not be written; the others are there.
    pub fn write(
        &self,
        folder: &TakenFolder,
        experiment_toml: &str,
        summary_json: &str,
    ) -> Result<(), Vec<FolderError>> {
        self.write_with(folder, experiment_toml, summary_json, Vec::new())
    }

    fn write_with(
        &self,
        folder: &TakenFolder,
        experiment_toml: &str,
        summary_json: &str,
        more: Vec<(&str, Vec<u8>)>,
    ) -> Result<(), Vec<FolderError>> {
        let metrics = folder::csv(&self.metrics).map_err(|reason| {
            vec![FolderError::Unwritten {
                path: METRICS.into(),
                reason,
            }]
        });
        let experiment = self.provenance.comment() + experiment_toml;
        let mut files = vec![
            (SUMMARY, summary_json.as_bytes().to_vec()),
            ("experiment.toml", experiment.into_bytes()),
        ];
        files.extend(more);
        files.extend(metrics.as_ref().ok().map(|text| (METRICS, text.clone())));
        folder.write(&files).and(metrics.map(drop))
    }
}

/// What repeats a lab: a settings file, what it says as a table, and a command.
#[derive(Debug, Clone)]
pub struct Repeat<E> {
    /// The text of the settings file.
    pub experiment_toml: String,
    /// The same settings as a value.
    pub experiment: E,
    /// A command line, or words on why there is none and what to do instead.
    pub command: String,
}

/// Saves a lab as it is into a new or empty folder: the files of a training, and `command.txt`. Nothing about the lab
/// changes, so this may be called beside whatever goes on.
///
/// # Errors
/// Why the folder cannot be used, or each file that could not be written.
pub fn save_lab<E: Serialize>(
    path: &Path,
    lab: &LabSnapshot,
    provenance: Provenance,
    repeat: &Repeat<E>,
) -> Result<(), Vec<FolderError>> {
    let taken = Folder::check(path, Existing::Keep).and_then(|folder| folder.take());
    let taken = taken.map_err(|error| vec![error])?;
    let report = Report::of(lab, provenance, None);
    let unwritten = |reason: serde_json::Error| {
        vec![FolderError::Unwritten {
            path: path.join(SUMMARY),
            reason: reason.into(),
        }]
    };
    let json = report.json(&repeat.experiment).map_err(unwritten)?;
    let command = ("command.txt", repeat.command.as_bytes().to_vec());
    report.write_with(&taken, &repeat.experiment_toml, &json, vec![command])
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

    fn provenance() -> Provenance {
        Provenance {
            version: "1.2.3",
            vectors: "avx2",
            data_fingerprint: "00ff".to_owned(),
            loss_unit: "nats",
            values_learnt_as: Vec::new(),
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
            provenance: provenance(),
            interrupted: Some("SIGTERM"),
        };
        let json = report
            .json(serde_json::json!({"run": {"seed": 7}}))
            .unwrap();
        let expected = concat!(
            r#"{"experiment":{"run":{"seed":7}},"version":"1.2.3","vectors":"avx2","data_fingerprint":"00ff","loss_unit":"nats","#,
            r#""interrupted":"SIGTERM","runs":[{"rate":0.5,"input_rate":0.0,"seed":7,"mask":"batch","status":"finished","#,
            r#""steps":48,"epochs":3.0,"train_loss":null,"test_loss":0.75,"train_accuracy":0.95,"test_accuracy":null,"#,
            r#""train_r2":null,"test_r2":null,"#,
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
            provenance: provenance(),
            interrupted: None,
        };
        assert!(report(&rows).is_complete());
        for status in [Status::Diverged, Status::Failed, Status::Interrupted] {
            rows[1].status = status;
            assert!(!report(&rows).is_complete(), "{status:?}");
        }
    }
}
