//! Numbers and colours in, cells out.
