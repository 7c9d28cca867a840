//! What was measured, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use crate::nn::{DropRate, Engine, Execution, NoiseShape};

/// The figures of one network.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Inputs, hidden layers, outputs.
    pub net: Vec<usize>,
    /// Examples of a step.
    pub batch: usize,
    /// Along which axes masks were shared.
    pub mask: NoiseShape,
    /// The drop rate of each run.
    pub rates: Vec<DropRate>,
    /// How passes were computed.
    pub engine: Engine,
    /// Threads that trained.
    pub n_threads: usize,
    /// Training examples a second, of all runs together.
    pub samples_per_s: f64,
    /// The same in floating-point operations of the whole networks; where dropped units are left out, more than were
    /// really made.
    pub flops_per_s: f64,
    /// What the same threads could do in registers alone.
    pub peak_flops_per_s: f64,
    /// The two divided turn by turn.
    pub share_of_peak: f64,
    /// Steps of the run that got on least as a share of the one that got on most; of several runs only.
    pub fairness: Option<f64>,
    /// Nanoseconds to draw one element of a mask of a row per sample, at rate .5.
    pub mask_ns_per_element: f64,
    /// `None` where they are not counted.
    pub allocations_per_step: Option<f64>,
    /// At each rate, one run on one thread.
    pub thinned: Vec<Thinned>,
    /// More and more runs on the same threads.
    pub runs: Vec<Runs>,
    /// What being watched and drawn costs.
    pub watched: Option<Watched>,
}

/// Throughput while the lab is watched and drawn, as a share of what it is without.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    /// Mean of the middle half of many pairs.
    pub share: f64,
    /// The ends of that half.
    pub quartiles: [f64; 2],
}

/// What masks shared by the batch gain at one rate.
#[derive(Debug, Clone)]
pub struct Thinned {
    /// The drop rate of the hidden layers.
    pub rate: DropRate,
    /// Training examples a second with masks per sample.
    pub sample_samples_per_s: f64,
    /// Speed with masks per batch, dropped units multiplied as zeros, against masks per sample.
    pub masked_ratio: f64,
    /// Speed with masks per batch, executed as smaller networks, against masks per sample.
    pub compact_ratio: f64,
    /// Speed with masks per batch, executed as the engine chooses, against masks per sample.
    pub auto_ratio: f64,
}

/// Several runs at once.
#[derive(Debug, Clone)]
pub struct Runs {
    /// How many.
    pub n_runs: usize,
    /// Training examples a second, of all together.
    pub samples_per_s: f64,
    /// Steps of the run that got on least as a share of the one that got on most; `None` if there was no time to tell.
    pub fairness: Option<f64>,
}

/// The published object; the order of its fields is the order in the text.
#[derive(Serialize)]
struct Published {
    net: String,
    batch: usize,
    mask: String,
    rates: Vec<f64>,
    vectors: &'static str,
    thinned: &'static str,
    threads: usize,
    samples_per_s: f64,
    flops_per_s: f64,
    peak_flops_per_s: f64,
    share_of_peak: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    fairness: Option<f64>,
    mask_ns_per_element: f64,
    allocations_per_step: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    per_batch_against_per_sample: Vec<PublishedThinned>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    several_runs: Vec<PublishedRuns>,
    #[serde(skip_serializing_if = "Option::is_none")]
    watched_share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    watched_share_quartiles: Option<[f64; 2]>,
}

#[derive(Serialize)]
struct PublishedThinned {
    rate: f64,
    sample_samples_per_s: f64,
    masked: f64,
    compact: f64,
    auto: f64,
}

#[derive(Serialize)]
struct PublishedRuns {
    runs: usize,
    samples_per_s: f64,
    fairness: Option<f64>,
}

impl Figures {
    /// The network's widths as they are written.
    fn net_text(&self) -> String {
        let widths: Vec<String> = self.net.iter().map(ToString::to_string).collect();
        widths.join("-")
    }

    /// One JSON object on one line.
    ///
    /// # Errors
    /// Never in practice: every field has JSON.
    pub fn json(&self) -> serde_json::Result<String> {
        let thinned = self.thinned.iter().map(|thinned| PublishedThinned {
            rate: thinned.rate.value(),
            sample_samples_per_s: thinned.sample_samples_per_s,
            masked: thinned.masked_ratio,
            compact: thinned.compact_ratio,
            auto: thinned.auto_ratio,
        });
        let runs = self.runs.iter().map(|runs| PublishedRuns {
            runs: runs.n_runs,
            samples_per_s: runs.samples_per_s,
            fairness: runs.fairness,
        });
        let published = Published {
            net: self.net_text(),
            batch: self.batch,
            mask: self.mask.to_string(),
            rates: self.rates.iter().map(|rate| rate.value()).collect(),
            vectors: self.engine.level.name(),
            thinned: self.engine.execution.name(),
            threads: self.n_threads,
            samples_per_s: self.samples_per_s,
            flops_per_s: self.flops_per_s,
            peak_flops_per_s: self.peak_flops_per_s,
            share_of_peak: self.share_of_peak,
            fairness: self.fairness,
            mask_ns_per_element: self.mask_ns_per_element,
            allocations_per_step: self.allocations_per_step,
            per_batch_against_per_sample: thinned.collect(),
            several_runs: runs.collect(),
            watched_share: self.watched.map(|watched| watched.share),
            watched_share_quartiles: self.watched.map(|watched| watched.quartiles),
        };
        serde_json::to_string(&published).map(|text| text + "\n")
    }

    /// The same to be read.
    pub fn table(&self) -> String {
        let parts = [
            self.head(),
            self.single_figures(),
            self.thinned_table(),
            self.runs_table(),
            self.left_out(),
        ];
        parts.concat()
    }

    /// Whether the operations of the whole network are more than were made, because dropped units may be left out.
    fn counts_dropped(&self) -> bool {
        let is_shared = self.mask.entries().first() == Some(&Some(1));
        let drops = self.rates.iter().any(|rate| !rate.is_none());
        is_shared && drops && self.engine.execution != Execution::Masked
    }

    /// What was measured.
    fn head(&self) -> String {
        let rates: Vec<String> = self.rates.iter().map(ToString::to_string).collect();
        format!(
            "{}, batch {}, mask {}, rate {}, thinned {}, {} vectors, {}\n\n",
            self.net_text(),
            self.batch,
            mask_text(&self.mask),
            rates.join(" "),
            self.engine.execution.name(),
            self.engine.level.name(),
            plural(self.n_threads, "thread"),
        )
    }

    fn single_figures(&self) -> String {
        let giga = 1e-9;
        let mut lines = vec![
            ("examples", format!("{} /s", grouped(self.samples_per_s))),
            (
                "of the machine's peak",
                format!(
                    "{:.1} %   ({:.1} of {:.1} GFLOP/s{})",
                    100.0 * self.share_of_peak,
                    giga * self.flops_per_s,
                    giga * self.peak_flops_per_s,
                    if self.counts_dropped() {
                        ", dropped units counted as if multiplied"
                    } else {
                        ""
                    }
                ),
            ),
            (
                "an element of a mask",
                format!("{:.3} ns", self.mask_ns_per_element),
            ),
            (
                "allocations in a step",
                self.allocations_per_step
                    .map_or_else(|| "not counted".to_owned(), |n| n.to_string()),
            ),
        ];
        if let Some(fairness) = self.fairness {
            let text = format!("{:.1} %", 100.0 * fairness);
            lines.push(("least to most advanced run", text));
        }
        if let Some(watched) = self.watched {
            let cost = |share: f64| 100.0 * (1.0 - share);
            let [least, most] = watched.quartiles;
            let text = format!(
                "{:.1} % slower   (half of the pairs: {:.1} to {:.1} %)",
                cost(watched.share),
                cost(most),
                cost(least)
            );
            lines.push(("watched and drawn", text));
        }
        let line = |(name, value): &(&str, String)| format!("  {name:<28}{value}\n");
        lines.iter().map(line).collect::<Vec<_>>().concat()
    }

    fn thinned_table(&self) -> String {
        if self.thinned.is_empty() {
            return String::new();
        }
        let mut text =
            String::from("\n  one run     per sample   per batch: masked   compact      auto\n");
        for thinned in &self.thinned {
            let _ = writeln!(
                text,
                "  rate {:<4} {:>10} /s {:>14.2} x {:>7.2} x {:>7.2} x",
                thinned.rate.to_string(),
                grouped(thinned.sample_samples_per_s),
                thinned.masked_ratio,
                thinned.compact_ratio,
                thinned.auto_ratio
            );
        }
        text
    }

    /// What there was no time for.
    fn left_out(&self) -> String {
        let parts = [
            ("rates", self.thinned.len() < super::N_RATES),
            ("several runs", self.runs.len() < super::N_RUNS.len()),
            ("watched and drawn", self.watched.is_none()),
        ];
        let names = parts.iter().filter(|(_, is_left)| *is_left);
        let names: Vec<&str> = names.map(|(name, _)| *name).collect();
        if names.is_empty() {
            String::new()
        } else {
            let names = names.join(", ");
            format!("\n  no time for all of: {names}; --seconds gives it\n")
        }
    }

    fn runs_table(&self) -> String {
        if self.runs.is_empty() {
            return String::new();
        }
        let mut text = String::from("\n  several     together   least to most advanced\n");
        for runs in &self.runs {
            let _ = writeln!(
                text,
                "  {:<9} {:>10} /s {:>20}",
                plural(runs.n_runs, "run"),
                grouped(runs.samples_per_s),
                runs.fairness.map_or_else(
                    || "too few turns".to_owned(),
                    |fairness| format!("{:.1} %", 100.0 * fairness)
                )
            );
        }
        text
    }
}

/// Who shares a mask, in the words of `--mask` where there is one.
fn mask_text(mask: &NoiseShape) -> String {
    if *mask == NoiseShape::per_batch() {
        "per batch".to_owned()
    } else if *mask == NoiseShape::per_sample() {
        "per sample".to_owned()
    } else {
        mask.to_string()
    }
}

fn plural(n: usize, thing: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{n} {thing}{s}")
}

/// A whole number, its digits in groups of three.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let n = digits.len();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (n - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        Figures {
            net: vec![64, 128, 10],
            batch: 32,
            mask: NoiseShape::per_batch(),
            rates: vec![DropRate::saturating(0.5)],
            engine: Engine::default(),
            n_threads: 1,
            samples_per_s: 1_234_567.0,
            flops_per_s: 5e10,
            peak_flops_per_s: 1e11,
            share_of_peak: 0.5,
            fairness: None,
            mask_ns_per_element: 0.25,
            allocations_per_step: Some(0.0),
            thinned: vec![Thinned {
                rate: DropRate::saturating(0.8),
                sample_samples_per_s: 1e6,
                masked_ratio: 1.1,
                compact_ratio: 3.0,
                auto_ratio: 3.0,
            }],
            runs: vec![Runs {
                n_runs: 2,
                samples_per_s: 2e6,
                fairness: Some(0.99),
            }],
            watched: Some(Watched {
                share: 0.99,
                quartiles: [0.98, 1.01],
            }),
        }
    }

    #[test]
    fn the_json_has_the_published_names() {
        let json: serde_json::Value = serde_json::from_str(&figures().json().unwrap()).unwrap();
        for name in [
            "samples_per_s",
            "flops_per_s",
            "peak_flops_per_s",
            "share_of_peak",
            "mask_ns_per_element",
            "allocations_per_step",
        ] {
            assert!(json[name].is_number(), "{name}");
        }
        assert_eq!(json["net"], "64-128-10");
        assert_eq!(json["several_runs"][0]["runs"], 2);
    }

    #[test]
    fn what_there_was_no_time_for_is_named_and_has_no_empty_table() {
        let table = Figures {
            thinned: Vec::new(),
            ..figures()
        }
        .table();
        assert!(!table.contains("compact"), "{table}");
        let named = "no time for all of: rates, several runs; --seconds gives it\n";
        assert!(table.ends_with(named), "{table}");
    }

    #[test]
    fn the_table_says_what_was_measured() {
        let table = figures().table();
        for part in [
            "1,234,567 /s",
            "50.0 %",
            "0.250 ns",
            "1.0 % slower   (half of the pairs: -1.0 to 2.0 %)",
            "3.00 x",
            "2,000,000",
        ] {
            assert!(table.contains(part), "{part} in\n{table}");
        }
    }
}
