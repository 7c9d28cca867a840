# The commands of the project; `just` alone lists them.

default:
    @just --list

# Fetch what a build needs and install the optional tools that the gate uses where it finds them.
setup:
    cargo fetch --locked
    cargo install --locked cargo-deny typos-cli cargo-machete

# Everything that a change must pass. The continuous integration runs the same script.
check:
    .ci/run

# Measure: this machine, the engine on it, and what a step is made of.
bench:
    cargo run --release -- bench
    cargo bench

# A million broken inputs for each reader of files: tables, IDX files, settings files, settings, data specs.
fuzz n="1000000":
    for reader in csv idx toml settings specs; do \
        cargo run -q --no-default-features --features fuzz --example fuzz -- $reader {{n}} || exit 1; \
    done

# The products, whose innermost loops are unsafe, under AddressSanitizer. The flag is one of the compiler's unstable ones.
sanitize:
    RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address cargo test --lib --no-default-features \
        --target x86_64-unknown-linux-gnu --target-dir target/sanitize math::

# Repair what a machine can repair.
fix:
    cargo clippy --fix --allow-dirty --allow-staged --all-targets
    cargo fmt
