//! The table of a benchmark: what was measured, the figure, the goal, and whether it was reached.

use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;

/// Rows so far.
pub struct Report {
    table: Table,
}

impl Report {
    /// An empty table.
    pub fn new() -> Self {
        let mut table = Table::new();
        table.load_style(UTF8_HORIZONTAL_ONLY).set_header(["what", "figure", "goal", ""]);
        Self { table }
    }

    /// A figure without a goal.
    pub fn figure(&mut self, what: &str, figure: impl Into<String>) {
        let figure = figure.into();
        println!("{what}: {figure}");
        self.table.add_row([what.to_owned(), figure, String::new(), String::new()]);
    }

    /// A figure with its goal.
    pub fn goal(&mut self, what: &str, figure: impl Into<String>, goal: &str, reached: bool) {
        let figure = figure.into();
        println!("{what}: {figure} (goal: {goal})");
        let mark = if reached { "reached" } else { "NOT reached" };
        self.table.add_row([what, &figure, goal, mark]);
    }

    /// Prints the table.
    pub fn print(&self) {
        println!("\n{}", self.table);
    }
}

impl Default for Report {
    fn default() -> Self {
        Self::new()
    }
}
