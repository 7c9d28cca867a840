//! The machine: how much memory this process may still take, and what sets the bound.
//!
//! It reads what Linux tells every process about itself. A system without these files says nothing, and then nothing is
//! known: whoever asks must go on without. Nothing here knows what the memory is for.

use std::fmt;
use std::fs;

/// Memory that can still be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Bytes.
    pub bytes: u64,
    /// What allows no more.
    pub bound: Bound,
}

/// What bounds the memory of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// What the machine has, and others do not use.
    Machine,
    /// The limit of a control group that the process is in, as containers and schedulers set it.
    ControlGroup,
    /// The limit of the process's address space, as `ulimit -v` sets it.
    AddressSpace,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Machine => "on this machine",
            Self::ControlGroup => "in its control group",
            Self::AddressSpace => "in its address space (ulimit -v)",
        })
    }
}

/// What this process may still take: the smallest of what the machine, its control groups and its own limit allow. `None`
/// where the system does not say.
pub fn memory() -> Option<Memory> {
    memory_by(&|path| fs::read_to_string(path).ok())
}

/// The same where `read` gives the text of a file.
fn memory_by(read: &Read) -> Option<Memory> {
    let machine = field(read("/proc/meminfo"), "MemAvailable:");
    let bounds = [
        (Bound::Machine, machine.and_then(bytes_of_kib)),
        (Bound::ControlGroup, control_group(read)),
        (Bound::AddressSpace, address_space(read)),
    ];
    let known = bounds
        .into_iter()
        .filter_map(|(bound, bytes)| bytes.map(|bytes| Memory { bytes, bound }));
    known.min_by_key(|memory| memory.bytes)
}

type Read<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What follows `name` on its line.
fn field(text: Option<String>, name: &str) -> Option<String> {
    let text = text?;
    let mut lines = text.lines();
    lines.find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
}

/// Bytes of `1234 kB`.
fn bytes_of_kib(text: String) -> Option<u64> {
    let number: u64 = text.split_whitespace().next()?.parse().ok()?;
    number.checked_mul(1024)
}

/// The limit of the address space less what is used of it.
fn address_space(read: &Read) -> Option<u64> {
    let limits = field(read("/proc/self/limits"), "Max address space")?;
    let limit: u64 = limits.split_whitespace().next()?.parse().ok()?;
    let used = bytes_of_kib(field(read("/proc/self/status"), "VmSize:")?)?;
    Some(limit.saturating_sub(used))
}

/// The files of one version of control groups.
struct Version {
    root: &'static str,
    limit: &'static str,
    used: &'static str,
    /// In `memory.stat`: what is used for files and can be given back at once.
    inactive: &'static str,
}

const VERSIONS: [Version; 2] = [
    Version {
        root: "/sys/fs/cgroup/memory",
        limit: "memory.limit_in_bytes",
        used: "memory.usage_in_bytes",
        inactive: "total_inactive_file ",
    },
    Version {
        root: "/sys/fs/cgroup",
        limit: "memory.max",
        used: "memory.current",
        inactive: "inactive_file ",
    },
];

/// The smallest limit of the process's control groups and of those around them, less what is used of it.
fn control_group(read: &Read) -> Option<u64> {
    let groups = read("/proc/self/cgroup")?;
    let of_line = |line: &str| {
        // `hierarchy:controllers:path`; the second version has no controllers there.
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let is_first = controllers.split(',').any(|name| name == "memory");
        let is_second = controllers.is_empty();
        (is_first || is_second).then(|| left_in(read, path, &VERSIONS[usize::from(is_second)]))?
    };
    groups.lines().filter_map(of_line).min()
}

/// What is left in the control group at `path` and in all around it. A container may see its own group as the root, or
/// have a path that only its host knows: folders that are not there are passed over.
fn left_in(read: &Read, path: &str, version: &Version) -> Option<u64> {
    let number = |folder: &str, file: &str| {
        let text = read(&format!("{}{folder}/{file}", version.root))?;
        text.trim().parse::<u64>().ok()
    };
    let left = |folder: &str| {
        let limit = number(folder, version.limit)?;
        let used = number(folder, version.used)?;
        let statistics = read(&format!("{}{folder}/memory.stat", version.root));
        let inactive = field(statistics, version.inactive).and_then(|text| text.parse().ok());
        Some(limit.saturating_sub(used.saturating_sub(inactive.unwrap_or(0))))
    };
    let path = path.trim_end_matches('/');
    let around = path.match_indices('/').map(|(end, _)| &path[..end]);
    around.chain([path]).filter_map(left).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: (&str, &str) = (
        "/proc/meminfo",
        "MemTotal:       16000000 kB\nMemFree:  100 kB\nMemAvailable:    8000000 kB\n",
    );
    const UNLIMITED: (&str, &str) = (
        "/proc/self/limits",
        "Limit                     Soft Limit           Hard Limit           Units     \n\
         Max address space         unlimited            unlimited            bytes     \n",
    );

    fn memory(files: &[(&str, &str)]) -> Option<(u64, Bound)> {
        let read = |path: &str| {
            let found = files.iter().find(|(known, _)| *known == path);
            found.map(|(_, text)| (*text).to_owned())
        };
        memory_by(&read).map(|memory| (memory.bytes, memory.bound))
    }

    #[test]
    fn without_limits_it_is_what_the_machine_has_left_and_without_files_it_is_not_known() {
        let files = [MEMINFO, UNLIMITED, ("/proc/self/cgroup", "0::/\n")];
        assert_eq!(memory(&files), Some((8_192_000_000, Bound::Machine)));
        assert_eq!(memory(&[]), None);
        for damaged in [
            "",
            "MemAvailable:",
            "MemAvailable: many kB",
            "MemAvailable: 99999999999999999999 kB",
        ] {
            assert_eq!(memory(&[("/proc/meminfo", damaged)]), None, "{damaged}");
        }
    }

    #[test]
    fn a_limit_of_the_address_space_counts_less_what_is_used_of_it() {
        let limits = "Limit  Soft Limit  Hard Limit  Units\n\
                      Max cpu time              unlimited            unlimited            seconds   \n\
                      Max address space         4096000000           unlimited            bytes     \n";
        let status = "Name:\tdropscope\nVmPeak:\t 2000000 kB\nVmSize:\t 1000000 kB\n";
        let files = [
            MEMINFO,
            ("/proc/self/limits", limits),
            ("/proc/self/status", status),
        ];
        assert_eq!(memory(&files), Some((3_072_000_000, Bound::AddressSpace)));
    }

    #[test]
    fn the_tightest_of_the_control_groups_around_the_process_counts_in_both_versions() {
        let second = [
            MEMINFO,
            ("/proc/self/cgroup", "0::/jobs/7/step\n"),
            ("/sys/fs/cgroup/jobs/7/step/memory.max", "max\n"),
            ("/sys/fs/cgroup/jobs/7/memory.max", "3000\n"),
            ("/sys/fs/cgroup/jobs/7/memory.current", "1000\n"),
            (
                "/sys/fs/cgroup/jobs/7/memory.stat",
                "anon 500\ninactive_file 400\n",
            ),
            ("/sys/fs/cgroup/jobs/memory.max", "9000\n"),
            ("/sys/fs/cgroup/jobs/memory.current", "1000\n"),
        ];
        assert_eq!(memory(&second), Some((2400, Bound::ControlGroup)));
        // In a container: the path is the host's, and what is at the root is the container's own.
        let first = [
            MEMINFO,
            (
                "/proc/self/cgroup",
                "5:cpu,cpuacct:/docker/ab\n4:memory:/docker/ab\n0::/\n",
            ),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "5000\n"),
            ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "6000\n"),
            (
                "/sys/fs/cgroup/memory/memory.stat",
                "inactive_file 1\ntotal_inactive_file 2000\n",
            ),
        ];
        assert_eq!(memory(&first), Some((1000, Bound::ControlGroup)));
    }

    #[test]
    fn this_machine_says_what_it_has_left() {
        if cfg!(target_os = "linux") {
            assert!(super::memory().is_some_and(|memory| memory.bytes > 0));
        }
    }
}
