//! Counts allocations: the allocator of programs that want to know.
//!
//! A step that allocates waits for a lock that all threads share, now and then for the system. The binary and one test
//! use [`Counting`] as their allocator; in any other program nothing is counted, and [`counted`] says so.

#![allow(unsafe_code, reason = "only an unsafe trait can count allocations")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static N_ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    /// Bytes allocated less bytes freed; below 0 on a thread that frees what others allocated.
    static N_BYTES: Cell<i64> = const { Cell::new(0) };
}

/// The system's allocator, counting on each thread for itself.
#[derive(Debug)]
pub struct Counting;

// SAFETY: every call goes to `System` unchanged, and counting in a constant-initialised thread-local cell without a
// destructor neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size);
        free(layout.size());
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, new_size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        free(layout.size());
        // SAFETY: `pointer` came from `System` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn count(n_bytes: usize) {
    N_ALLOCATIONS.set(N_ALLOCATIONS.get().wrapping_add(1));
    N_BYTES.set(N_BYTES.get().wrapping_add_unsigned(n_bytes as u64));
}

fn free(n_bytes: usize) {
    N_BYTES.set(N_BYTES.get().wrapping_sub_unsigned(n_bytes as u64));
}

/// What `work` makes, and how many bytes more are allocated on this thread than before; 0 if [`Counting`] is not the
/// program's allocator.
pub fn held<T>(work: impl FnOnce() -> T) -> (T, i64) {
    let before = N_BYTES.get();
    let made = work();
    (made, N_BYTES.get().wrapping_sub(before))
}

/// How often `work` allocates on this thread; `None` if [`Counting`] is not the program's allocator.
pub fn counted(work: impl FnOnce()) -> Option<u64> {
    let before = N_ALLOCATIONS.get();
    drop(std::hint::black_box(Box::new(0_u8)));
    if N_ALLOCATIONS.get() == before {
        return None;
    }
    let before = N_ALLOCATIONS.get();
    work();
    Some(N_ALLOCATIONS.get().wrapping_sub(before))
}
