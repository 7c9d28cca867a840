//! Optimisers: what a gradient does to a weight.

/// How a gradient becomes an update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// Stochastic gradient descent with momentum, in `PyTorch`'s and Keras' form:
    /// `velocity = momentum * velocity + gradient; weight -= learning_rate * velocity`.
    Sgd {
        /// In `0..1`; 0 is plain gradient descent.
        momentum: f32,
    },
    /// Adam ([Kingma 2015] algorithm 1) with decay rates .9 and .999 and epsilon 1e-7, Keras' defaults.
    Adam,
}

/// How weights are updated, the same for every layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptimizerPlan {
    /// Gradient to update.
    pub method: Method,
    /// Step size, above 0.
    pub learning_rate: f32,
    /// L2 penalty: `l2 * weight` is added to every weight's gradient, as `PyTorch`'s `weight_decay`; at least 0.
    pub l2: f32,
    /// Bound on the norm of each unit's incoming weights, applied after each update ([Srivastava 2014] section 5.1).
    pub max_norm: Option<f32>,
}
