//! Every word that a pane draws is in its help, screen by screen.

use super::*;

#[test]
fn every_word_that_a_pane_draws_is_in_its_help() {
    let mut app = app(ColorTier::TrueColor, Glyphs::Braille);
    app.view.crosshair = Some(Crosshair::Latest);
    for noise_shape in [NoiseShape::per_batch(), NoiseShape::per_sample()] {
        let lab = lab(&noise_shape);
        for &pane in Screen::Lab.panes() {
            for metric in [Metric::Loss, Metric::Accuracy, Metric::Gap] {
                app.view.metric = metric;
                assert_pane_is_explained(&app, &lab, pane);
            }
        }
    }
}

#[test]
fn every_word_that_a_pane_of_the_masks_draws_is_in_its_help() {
    let mut app = app(ColorTier::TrueColor, Glyphs::Braille);
    (app.screen, app.focus) = (Screen::Masks, Pane::Thinned);
    for noise_shape in [NoiseShape::per_batch(), NoiseShape::per_sample()] {
        let lab = lab(&noise_shape);
        for &pane in Screen::Masks.panes() {
            assert_pane_is_explained(&app, &lab, pane);
        }
    }
}

#[test]
fn every_word_that_a_pane_of_the_ensemble_draws_is_in_its_help() {
    let mut app = app(ColorTier::TrueColor, Glyphs::Braille);
    app.screen = Screen::Ensemble;
    let lab = lab(&NoiseShape::per_batch());
    for &pane in Screen::Ensemble.panes() {
        app.focus = pane;
        for is_by_loss in [false, true] {
            app.ensemble.is_by_loss = is_by_loss;
            for row in 0..2 {
                app.selected = Some(lab.groups[row].id);
                assert_pane_is_explained(&app, &lab, pane);
            }
        }
    }
}

#[test]
fn every_word_of_the_screen_of_weights_is_in_its_help() {
    let mut app = app(ColorTier::TrueColor, Glyphs::Braille);
    let lab = lab(&NoiseShape::per_batch());
    app.update(Action::Open(Screen::Weights), &lab);
    for &pane in Screen::Weights.panes() {
        app.focus = pane;
        // Every order of the units, and both quantities of the panes that have two.
        for _ in 0..4 {
            assert_pane_is_explained(&app, &lab, pane);
            app.update(Action::Order, &lab);
            app.update(Action::Metric, &lab);
        }
        let answer = drawn(&app, &lab, |places| places.claim);
        assert_explained(&app, HelpPage::Pane(Pane::NormBySteps), &answer);
    }
}

#[test]
fn every_word_of_the_screen_of_units_is_in_its_help() {
    let mut app = app(ColorTier::TrueColor, Glyphs::Braille);
    let lab = lab(&NoiseShape::per_batch());
    app.update(Action::Open(Screen::Units), &lab);
    for &pane in Screen::Units.panes() {
        app.focus = pane;
        assert_pane_is_explained(&app, &lab, pane);
    }
}

#[test]
fn every_word_of_looking_back_is_in_the_help() {
    let mut app = app(ColorTier::TrueColor, Glyphs::Braille);
    let mut lab = lab(&NoiseShape::per_batch());
    for screen in Screen::ALL {
        app.update(Action::Open(screen), &lab);
        for (is_playing, n_replayed) in [(true, (1, 4)), (false, (4, 4))] {
            lab.past = None;
            lab.is_playing = is_playing;
            let seen = lab.clone();
            lab.past = Some(Arc::new(PastSnapshot {
                step: 5,
                is_playing,
                n_replayed,
                lab: seen,
            }));
            let bar = drawn(&app, &lab, |places| places.time);
            assert!(bar.contains("live"));
            assert_explained(&app, HelpPage::Lines, &bar);
            let top = drawn(&app, &lab, |places| places.top);
            assert_explained(&app, HelpPage::Lines, &top);
        }
    }
}

#[test]
fn every_word_of_the_screen_of_perturbations_is_in_its_help() {
    let mut app = app(ColorTier::TrueColor, Glyphs::Braille);
    let lab = lab(&NoiseShape::per_batch());
    app.update(Action::Open(Screen::Robust), &lab);
    for &pane in Screen::Robust.panes() {
        app.focus = pane;
        // Both quantities of the charts, every perturbation of the classes, with and without the crosshair.
        for _ in 0..4 {
            assert_pane_is_explained(&app, &lab, pane);
            app.update(Action::Crosshair, &lab);
            assert_pane_is_explained(&app, &lab, pane);
            app.update(Action::Crosshair, &lab);
            app.update(Action::Metric, &lab);
        }
        for group in &lab.groups {
            app.selected = Some(group.id);
            let answer = drawn(&app, &lab, |places| places.claim);
            assert_explained(&app, HelpPage::Pane(Pane::InputNoise), &answer);
        }
    }
}

/// That the help of a pane of the present screen has every word that the pane draws.
#[track_caller]
fn assert_pane_is_explained(app: &App, lab: &LabSnapshot, pane: Pane) {
    let place = |places: &Places| {
        let found = places.panes.iter().find(|(other, _)| *other == pane);
        found.expect("a large screen has all panes").1
    };
    assert_explained(app, HelpPage::Pane(pane), &drawn(app, lab, place));
}
