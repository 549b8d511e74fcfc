/* Clocks: resolution, time, clocks that a host need not have. */

#include "expect.h"

static const uint64_t second = 1000 * 1000 * 1000;

static void required(uint32_t id) {
    timestamp_t resolution = 0, first = 0, next = 0;
    expect_ok(clock_res_get(id, &resolution));
    /* A resolution of zero is none; one above a second is no clock. */
    expect(resolution > 0 && resolution <= second);
    expect_ok(clock_time_get(id, 0, &first));
    expect_ok(clock_time_get(id, second, &next));
    expect(first > 0);
    expect(next >= first && next - first < 60 * second);
}

/* The clocks of processor time: a host may not have them, and then says that it does
 * not know or not support them, or (wasmtime) that they are no object it has. */
static void optional(uint32_t id) {
    timestamp_t resolution = 0, first = 0, next = 0;
    expect_errno(clock_res_get(id, &resolution), ESUCCESS, EINVAL, ENOTSUP, EBADF);
    errno_t error = clock_time_get(id, 0, &first);
    expect_errno(error, ESUCCESS, EINVAL, ENOTSUP, EBADF);
    if (error == ESUCCESS) {
        expect_ok(clock_time_get(id, 0, &next));
        expect(next >= first);
    }
}

static void test(void) {
    required(CLOCK_REALTIME);
    required(CLOCK_MONOTONIC);

    /* Wall-clock time counts from 1970: this was written after 2020. A clock that
     * a host has fixed may say anything, but not that it stands at zero. */
    timestamp_t now = 0;
    expect_ok(clock_time_get(CLOCK_REALTIME, 1, &now));
    expect(now > 0);

    /* The monotonic clock never runs backwards. */
    timestamp_t last = 0;
    bool monotonic = true;
    for (int i = 0; i < 1000; i++) {
        expect_ok(clock_time_get(CLOCK_MONOTONIC, 1, &now));
        monotonic = monotonic && now >= last;
        last = now;
    }
    expect(monotonic);

    optional(CLOCK_PROCESS_CPUTIME);
    optional(CLOCK_THREAD_CPUTIME);
}
