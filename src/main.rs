//! dropscope: flags, settings, a face, an exit code.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dropscope::bench::allocations::Counting;
use dropscope::cli::bench;
use dropscope::cli::commands::{self, Failure};
use dropscope::cli::{Cli, Command, output};
use signal_hook::consts::SIGINT;
use signal_hook::flag;

/// So that `dropscope bench` can say what a step allocates.
#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::read(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are errors, too; where nobody reads them there is nothing to be done.
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    run(cli).unwrap_or_else(|failure| {
        output::complain(&failure.messages());
        failure.exit_code()
    })
}

fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        None => commands::lab(&cli.settings.0),
        Some(Command::Train(args)) => commands::train(&args, interruption()?.as_ref()),
        Some(Command::Bench(args)) => bench::bench(&args),
        Some(Command::Preset(command)) => commands::preset(command, interruption()?.as_ref()),
        Some(Command::Data(command)) => commands::data(command),
        Some(Command::Config(command)) => commands::config(command),
        Some(Command::Keys) => commands::keys(),
        Some(Command::Completions { shell }) => commands::completions(shell),
        Some(Command::Man) => commands::man(),
    }
}

/// Becomes true at the first Ctrl-C, so that what was measured is still printed; the second ends the program at once.
fn interruption() -> Result<Arc<AtomicBool>, Failure> {
    let is_interrupted = Arc::new(AtomicBool::new(false));
    flag::register_conditional_shutdown(SIGINT, 1, Arc::clone(&is_interrupted))?;
    flag::register(SIGINT, Arc::clone(&is_interrupted))?;
    Ok(is_interrupted)
}
