/* The program's own process: yielding, signals, and the exit, which is what ends
 * this test. */

#include "expect.h"

static volatile bool deeper = true;

/* From within other functions: an exit ends them all. */
__attribute__((noinline)) static void exit_from(int depth) {
    if (deeper && depth > 0)
        exit_from(depth - 1);
    else
        finish(0);
    /* Reached only if the exit returned. */
    __builtin_trap();
}

static void test(void) {
    for (int i = 0; i < 100; i++)
        expect_ok(sched_yield());

    /* There are no signals in a sandbox, least of all for the embedder: a host that
     * raised them would end the process that it runs in. */
    expect_errno(proc_raise(SIGNAL_TERM), ENOSYS, ENOTSUP);
    expect_errno(proc_raise(SIGNAL_ABRT), ENOSYS, ENOTSUP);
    /* No signal at all is no harm. */
    expect_errno(proc_raise(SIGNAL_NONE), ENOSYS, ENOTSUP, ESUCCESS, EINVAL);

    exit_from(20);
}
