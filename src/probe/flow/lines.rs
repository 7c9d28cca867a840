//! Lines between the units of two layers, and the strongest of many.

/// A line from unit `from` of a layer to unit `to` of the next one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// The unit of the lower layer.
    pub from: usize,
    /// The unit of the upper layer.
    pub to: usize,
    /// What goes along it: above 0 it pushes, below it holds back.
    pub amount: f32,
}

impl Line {
    /// Whether it comes before another one: the stronger first, and of equal ones that of the unit with the lower number.
    pub(super) fn is_before(&self, other: &Self) -> bool {
        self.order(other).is_lt()
    }

    fn order(&self, other: &Self) -> std::cmp::Ordering {
        let by_strength = other.amount.abs().total_cmp(&self.amount.abs());
        by_strength.then((self.from, self.to).cmp(&(other.from, other.to)))
    }
}

/// The strongest of many lines, without those that carry nothing or what is no number.
pub(super) struct Strongest {
    most: usize,
    lines: Vec<Line>,
    /// What is weaker is not among them.
    least: f32,
}

impl Strongest {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            lines: Vec::new(),
            least: 0.0,
        }
    }

    pub(super) fn offer(&mut self, line: Line) {
        let strength = line.amount.abs();
        if strength == 0.0 || strength < self.least || !strength.is_finite() {
            return;
        }
        self.lines.push(line);
        // Sorting out now and then costs less than keeping order all the time.
        if self.lines.len() >= self.most.saturating_mul(4) {
            self.sort_out();
        }
    }

    fn sort_out(&mut self) {
        if self.lines.len() > self.most {
            let (_, last, _) = self
                .lines
                .select_nth_unstable_by(self.most - 1, Line::order);
            self.least = last.amount.abs();
            self.lines.truncate(self.most);
        }
    }

    pub(super) fn lines(mut self) -> Vec<Line> {
        self.sort_out();
        self.lines.sort_unstable_by(Line::order);
        self.lines
    }
}
