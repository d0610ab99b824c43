//! The program `phi-agent`; all of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    phi_agent::cli::main()
}
