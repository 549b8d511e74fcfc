/* Waiting: clocks, readiness of descriptors, both together. */

#include "scratch.h"

enum { MAX = 4 };

static const timestamp_t millisecond = 1000000;
static const timestamp_t second = 1000000000;

static event_t events[MAX];

static timestamp_t now(uint32_t clock) {
    timestamp_t time = 0;
    expect_ok(clock_time_get(clock, 1, &time));
    return time;
}

static subscription_t on_clock(uint64_t userdata, uint32_t clock, timestamp_t timeout,
                               uint32_t flags) {
    subscription_t subscription;
    /* Padding is the program's to leave as it likes. */
    memset(&subscription, 0xAA, sizeof subscription);
    subscription.userdata = userdata;
    subscription.type = EVENTTYPE_CLOCK;
#ifdef SNAPSHOT0
    /* What a program says here has no effect. */
    subscription.clock.identifier = 0x1234567890;
#endif
    subscription.clock.id = clock;
    subscription.clock.timeout = timeout;
    subscription.clock.precision = 0;
    subscription.clock.flags = (uint16_t)flags;
    return subscription;
}

static subscription_t on_fd(uint64_t userdata, uint32_t type, fd_t fd) {
    subscription_t subscription;
    memset(&subscription, 0xAA, sizeof subscription);
    subscription.userdata = userdata;
    subscription.type = (uint8_t)type;
    subscription.fd_readwrite.fd = fd;
    return subscription;
}

/* The number of events; 0 if the call failed. */
static uint32_t poll(const subscription_t *subscriptions, uint32_t count) {
    uint32_t happened = UINT32_MAX;
    memset(events, 0xAA, sizeof events);
    if (!expect_ok(poll_oneoff(subscriptions, events, count, &happened)))
        return 0;
    /* At least one, at most one each. */
    expect(happened >= 1 && happened <= count);
    return happened;
}

static void expect_clock_event(const subscription_t *subscription) {
    expect_equal(poll(subscription, 1), 1);
    expect_equal(events[0].userdata, subscription->userdata);
    expect_equal(events[0].error, ESUCCESS);
    expect_equal(events[0].type, EVENTTYPE_CLOCK);
}

/* Waits on a clock for a while, and measures on the monotonic one. */
static void sleeps(uint32_t clock, bool absolute) {
    static const timestamp_t pause = 20000000;
    timestamp_t before = now(CLOCK_MONOTONIC);
    subscription_t subscription =
        absolute ? on_clock(0xABCDEF0123456789, clock, now(clock) + pause, SUBCLOCKFLAGS_ABSTIME)
                 : on_clock(0xABCDEF0123456789, clock, pause, 0);
    expect_clock_event(&subscription);
    timestamp_t passed = now(CLOCK_MONOTONIC) - before;
    /* Never too short; a millisecond is left to clocks that count coarsely, the two
     * clocks of an absolute realtime wait among them. Too long is the machine's
     * business, within reason. */
    expect(passed >= pause - millisecond);
    expect(passed < 10 * second);
}

static void returns_at_once(uint32_t clock, timestamp_t timeout, uint32_t flags) {
    timestamp_t before = now(CLOCK_MONOTONIC);
    subscription_t subscription = on_clock(7, clock, timeout, flags);
    expect_clock_event(&subscription);
    expect(now(CLOCK_MONOTONIC) - before < 2 * second);
}

static void clocks(void) {
    sleeps(CLOCK_MONOTONIC, false);
    sleeps(CLOCK_MONOTONIC, true);
    sleeps(CLOCK_REALTIME, false);
    sleeps(CLOCK_REALTIME, true);
    returns_at_once(CLOCK_MONOTONIC, 0, 0);
    returns_at_once(CLOCK_REALTIME, 0, 0);
    /* A moment that has passed already. */
    returns_at_once(CLOCK_MONOTONIC, 0, SUBCLOCKFLAGS_ABSTIME);
    returns_at_once(CLOCK_REALTIME, 0, SUBCLOCKFLAGS_ABSTIME);
    returns_at_once(CLOCK_REALTIME, now(CLOCK_REALTIME) - second, SUBCLOCKFLAGS_ABSTIME);

    /* The first of several to happen ends the wait. */
    timestamp_t before = now(CLOCK_MONOTONIC);
    subscription_t several[] = {
        on_clock(1, CLOCK_MONOTONIC, 60 * second, 0),
        on_clock(2, CLOCK_MONOTONIC, 10 * millisecond, 0),
        on_clock(3, CLOCK_REALTIME, 60 * second, 0),
        /* Longer than any program will run: no sum may overflow. */
        on_clock(4, CLOCK_MONOTONIC, UINT64_MAX, 0),
    };
    uint32_t happened = poll(several, 4);
    expect_equal(happened, 1);
    expect_equal(events[0].userdata, 2);
    expect(now(CLOCK_MONOTONIC) - before < 10 * second);
}

static void ready(subscription_t subscription) {
    if (!expect_equal(poll(&subscription, 1), 1))
        return;
    expect_equal(events[0].userdata, subscription.userdata);
    expect_equal(events[0].error, ESUCCESS);
    expect_equal(events[0].type, subscription.type);
}

static void readiness(void) {
    make_file("file", "content");
    fd_t fd = open_with("file", 0, RIGHTS_FILE, 0);

    /* A regular file is always ready. */
    ready(on_fd(11, EVENTTYPE_FD_READ, fd));
    ready(on_fd(12, EVENTTYPE_FD_WRITE, fd));
    /* Of two that are ready a host may report one, or both. */
    subscription_t both[] = {on_fd(13, EVENTTYPE_FD_READ, fd), on_fd(14, EVENTTYPE_FD_WRITE, fd)};
    uint32_t happened = poll(both, 2);
    for (uint32_t i = 0; i < happened; i++) {
        expect_equal(events[i].error, ESUCCESS);
        expect_equal(events[i].type,
                     events[i].userdata == 13 ? EVENTTYPE_FD_READ : EVENTTYPE_FD_WRITE);
    }
    expect(happened == 1 || events[0].userdata != events[1].userdata);

    /* The standard streams are ready too: there is input, and output is taken. */
    ready(on_fd(20, EVENTTYPE_FD_READ, 0));
    ready(on_fd(21, EVENTTYPE_FD_WRITE, 1));
    ready(on_fd(22, EVENTTYPE_FD_WRITE, 2));

    /* What is ready does not wait for a clock beside it. */
    timestamp_t before = now(CLOCK_MONOTONIC);
    subscription_t mixed[] = {on_clock(31, CLOCK_MONOTONIC, 60 * second, 0),
                              on_fd(32, EVENTTYPE_FD_READ, fd)};
    expect_equal(poll(mixed, 2), 1);
    expect_equal(events[0].userdata, 32);
    expect_equal(events[0].type, EVENTTYPE_FD_READ);
    expect(now(CLOCK_MONOTONIC) - before < 10 * second);

    /* After the last byte as well: the read that says so would not wait. */
    filesize_t at;
    expect_ok(fd_seek(fd, 0, WHENCE_END, &at));
    ready(on_fd(33, EVENTTYPE_FD_READ, fd));
    expect_ok(fd_close(fd));
}

/* An error of one subscription is its event's; hosts may also fail the call. */
static void fails(subscription_t subscription, errno_t expected) {
    uint32_t happened = 0;
    errno_t error = poll_oneoff(&subscription, events, 1, &happened);
    if (error != ESUCCESS) {
        expect_errno(error, expected);
        return;
    }
    if (!expect_equal(happened, 1))
        return;
    expect_equal(events[0].userdata, subscription.userdata);
    expect_errno(events[0].error, expected);
}

static void errors(void) {
    /* Nothing to wait for would be to wait for ever. */
    uint32_t happened = 0;
    subscription_t unused = on_clock(0, CLOCK_MONOTONIC, 0, 0);
    expect_errno(poll_oneoff(&unused, events, 0, &happened), EINVAL);

    fails(on_fd(41, EVENTTYPE_FD_READ, NO_SUCH_FD), EBADF);
    fails(on_fd(42, EVENTTYPE_FD_WRITE, UINT32_MAX), EBADF);

#ifndef RIGHTS_ARE_HINTS
    fd_t fd = open_with("file", 0, RIGHT_FD_READ, 0);
    expect_ok(fd_fdstat_set_rights(fd, RIGHT_FD_READ, 0));
    fails(on_fd(43, EVENTTYPE_FD_READ, fd), ENOTCAPABLE);
    expect_ok(fd_close(fd));
#endif
}

static void test(void) {
    clocks();
    readiness();
    errors();
}
