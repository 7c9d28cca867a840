//! dropscope: flags, settings, a face, an exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use dropscope::bench::allocations::Counting;
use dropscope::cli::bench;
use dropscope::cli::commands;
use dropscope::cli::failure::Failure;
use dropscope::cli::{Cli, Command, output, shot, train};

/// So that `dropscope bench` can say what a step allocates.
#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let outcome = match Cli::read(&arguments) {
        Ok(cli) => run(cli),
        Err(answer) => output::answer(&answer),
    };
    outcome.unwrap_or_else(|failure| {
        output::complain(&failure.messages());
        failure.exit_code()
    })
}

fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        None => commands::lab(&cli.settings.0),
        Some(Command::Train(args)) => train::train(&args),
        Some(Command::Bench(args)) => bench::bench(&args),
        Some(Command::Shot(args)) => shot::take(&args),
        Some(Command::Preset(command)) => commands::preset(command),
        Some(Command::Theme(command)) => commands::theme(command),
        Some(Command::Data(command)) => commands::data(command),
        Some(Command::Config(command)) => commands::config(command),
        Some(Command::Keys) => commands::keys(),
        Some(Command::Completions { shell }) => commands::completions(shell),
        Some(Command::Man) => commands::man(),
    }
}
