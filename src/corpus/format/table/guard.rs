//! Damaged files may make the libraries that read tables panic; that must cost the file, not the run.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether this thread's panics are caught and told of as rejects.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// What `work` returns, or the message of its panic, of which nothing is printed.
///
/// What `work` was changing is lost with it: callers do not use it again.
pub(super) fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    HOOK.call_once(|| {
        let earlier = take_hook();
        set_hook(Box::new(move |info| {
            if !QUIET.get() {
                earlier(info);
            }
        }));
    });
    let before = QUIET.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(before);
    outcome.map_err(|panic| {
        let message = panic
            .downcast_ref::<&str>()
            .map(|m| (*m).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned());
        let message = message.unwrap_or_default();
        format!("it breaks the reader: {message}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_message() {
        assert_eq!(quietly(|| 3), Ok(3));
        let told = quietly(|| -> u8 { panic!("page {} is odd", 7) }).unwrap_err();
        assert!(told.ends_with("page 7 is odd"), "{told}");
    }
}
