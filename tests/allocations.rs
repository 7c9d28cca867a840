//! The products of training allocate nothing.
//!
//! Alone in its file, because the counter stands in for the allocator of the whole test program.

#![allow(unsafe_code, reason = "only an unsafe trait can count allocations")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use dropscope::math::matmul::{Kernels, Level};
use ndarray::{Array1, Array2};

thread_local! {
    static N_ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting on each thread for itself.
struct Counting;

// SAFETY: every call goes to `System` unchanged, and counting in a constant-initialised thread-local cell without a
// destructor neither allocates nor unwinds. The other methods of the trait call these two.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        N_ALLOCATIONS.set(N_ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of `alloc`, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System.alloc` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn products_allocate_nothing() {
    for level in Level::ALL.into_iter().filter(|level| level.is_available()) {
        let kernels = Kernels::new(level);
        for (b, i, u) in [(100, 784, 256), (32, 64, 10), (1, 300, 7)] {
            let (a, w, d) = (
                Array2::ones((b, i)),
                Array2::ones((i, u)),
                Array2::ones((b, u)),
            );
            let bias = Array1::ones(u);
            let mut out = Array2::zeros((b, u));
            let mut d_a = Array2::zeros((b, i));
            let mut d_w = Array2::zeros((i, u));
            let before = N_ALLOCATIONS.get();
            kernels.forward(
                a.view(),
                w.view(),
                bias.view(),
                out.view_mut(),
                |_, _, _| (),
            );
            kernels.d_input(d.view(), w.view(), d_a.view_mut(), |_, _, _| ());
            kernels.d_weight(a.view(), d.view(), d_w.view_mut(), |_, _, _| ());
            assert_eq!(N_ALLOCATIONS.get() - before, 0, "{level:?} {b}x{i}x{u}");
        }
    }
}

#[test]
fn the_counter_counts() {
    let before = N_ALLOCATIONS.get();
    drop(std::hint::black_box(vec![0_u8; 100]));
    assert!(N_ALLOCATIONS.get() > before);
}
