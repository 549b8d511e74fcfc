/* Values that the interface does not have: enumerations beyond their last case,
 * flags beyond the last bit. All are EINVAL, and none has an effect.
 *
 * A topic of its own, because hosts may also trap on these. */

#include "scratch.h"

/* Beyond a byte and beyond 16 bits as well: nothing may be cut off to fit. */
static const uint32_t wide[] = {0x100, 0x10000, 0x80000000, UINT32_MAX};
enum { WIDE = sizeof wide / sizeof wide[0] };

static void clocks(void) {
    timestamp_t untouched = 0x5A5A;
    /* An unknown clock may also be called one that is not supported. */
    for (uint32_t clock = 4; clock < 10; clock++) {
        expect_errno(clock_res_get(clock, &untouched), EINVAL, ENOTSUP);
        expect_errno(clock_time_get(clock, 0, &untouched), EINVAL, ENOTSUP);
    }
    for (int i = 0; i < WIDE; i++) {
        expect_errno(clock_res_get(wide[i], &untouched), EINVAL, ENOTSUP);
        expect_errno(clock_time_get(wide[i], 0, &untouched), EINVAL, ENOTSUP);
    }
    expect_equal(untouched, 0x5A5A);
}

static void descriptors(fd_t fd) {
    filesize_t at = 0x5A5A;
    expect_errno(fd_seek(fd, 1, 3, &at), EINVAL);
    expect_errno(fd_seek(fd, 1, 255, &at), EINVAL);
    expect_errno(fd_advise(fd, 0, 0, 6), EINVAL);
    expect_errno(fd_advise(fd, 0, 0, 255), EINVAL);
    expect_errno(fd_fdstat_set_flags(fd, 1 << 5), EINVAL);
    expect_errno(fd_fdstat_set_flags(fd, FDFLAGS_APPEND | 1 << 15), EINVAL);
    expect_errno(fd_filestat_set_times(fd, 1, 1, 1 << 4), EINVAL);
    expect_errno(fd_filestat_set_times(fd, 1, 1, FSTFLAGS_MTIM | 1 << 15), EINVAL);
    for (int i = 0; i < WIDE; i++) {
        expect_errno(fd_seek(fd, 1, wide[i], &at), EINVAL);
        expect_errno(fd_advise(fd, 0, 0, wide[i]), EINVAL);
        expect_errno(fd_fdstat_set_flags(fd, wide[i]), EINVAL);
        expect_errno(fd_filestat_set_times(fd, 1, 1, wide[i]), EINVAL);
    }
    expect_equal(at, 0x5A5A);

    /* Rights that do not exist are rights that the descriptor does not have. */
    fdstat_t stat;
    expect_errno(fd_fdstat_set_rights(fd, 1ull << 40, 0), EINVAL, ENOTCAPABLE);
    expect_errno(fd_fdstat_set_rights(fd, 0, 1ull << 63), EINVAL, ENOTCAPABLE);

    /* Nothing has changed. */
    expect_ok(fd_fdstat_get(fd, &stat));
    expect_equal(stat.fs_flags, 0);
    expect_equal(stat.fs_rights_base & RIGHTS_FILE, RIGHTS_FILE);
    expect_ok(fd_tell(fd, &at));
    expect_equal(at, 0);
    filestat_t filestat;
    expect_ok(fd_filestat_get(fd, &filestat));
    expect(filestat.mtim > 1);
}

static void paths(void) {
    fd_t opened = NO_SUCH_FD;
    filestat_t stat;
    uint32_t lookups[] = {1 << 1, 1 << 31, 0x100, 0x10000};
    for (int i = 0; i < 4; i++) {
        uint32_t lookup = lookups[i];
        expect_errno(
            path_open(SCRATCH, lookup, TEXT("file"), 0, RIGHT_FD_READ, 0, 0, &opened), EINVAL);
        expect_errno(path_filestat_get(SCRATCH, lookup, TEXT("file"), &stat), EINVAL);
        expect_errno(
            path_filestat_set_times(SCRATCH, lookup, TEXT("file"), 1, 1, FSTFLAGS_MTIM), EINVAL);
        expect_errno(path_link(SCRATCH, lookup, TEXT("file"), SCRATCH, TEXT("link")), EINVAL);
    }
    expect_errno(path_filestat_set_times(SCRATCH, 0, TEXT("file"), 1, 1, 1 << 4), EINVAL);
    expect_errno(path_open(SCRATCH, 0, TEXT("new"), OFLAGS_CREAT | 1 << 4, RIGHT_FD_READ, 0, 0,
                           &opened),
                 EINVAL);
    expect_errno(path_open(SCRATCH, 0, TEXT("new"), OFLAGS_CREAT, RIGHT_FD_READ, 0, 1 << 5,
                           &opened),
                 EINVAL);
    for (int i = 0; i < WIDE; i++) {
        expect_errno(path_filestat_set_times(SCRATCH, 0, TEXT("file"), 1, 1, wide[i]), EINVAL);
        expect_errno(path_open(SCRATCH, 0, TEXT("new"), OFLAGS_CREAT | wide[i], RIGHT_FD_READ, 0,
                               0, &opened),
                     EINVAL);
        expect_errno(path_open(SCRATCH, 0, TEXT("new"), OFLAGS_CREAT, RIGHT_FD_READ, 0, wide[i],
                               &opened),
                     EINVAL);
    }
    expect_errno(path_open(SCRATCH, 0, TEXT("file"), 0, 1ull << 40, 0, 0, &opened), EINVAL,
                 ENOTCAPABLE);
    expect_errno(path_open(SCRATCH, 0, TEXT("file"), 0, 0, 1ull << 63, 0, &opened), EINVAL,
                 ENOTCAPABLE);
    expect_equal(opened, NO_SUCH_FD);
    expect_equal(type_of("new"), -1);
    expect_equal(type_of("link"), -1);
}

static void subscriptions(void) {
    static const uint8_t types[] = {3, 4, 128, 255};
    for (int i = 0; i < 4; i++) {
        subscription_t subscription;
        event_t event;
        uint32_t happened;
        memset(&subscription, 0, sizeof subscription);
        subscription.type = types[i];
        expect_errno(poll_oneoff(&subscription, &event, 1, &happened), EINVAL);
    }

    /* What is wrong with one clock may be said in its event. */
    for (int i = 0; i < 2; i++) {
        subscription_t subscription;
        event_t event;
        uint32_t happened = 0;
        memset(&subscription, 0, sizeof subscription);
        subscription.clock.id = i == 0 ? CLOCK_MONOTONIC : 77;
        subscription.clock.flags = i == 0 ? 1 << 1 : 0;
        errno_t error = poll_oneoff(&subscription, &event, 1, &happened);
        if (error == ESUCCESS && expect_equal(happened, 1))
            error = event.error;
        expect_errno(error, EINVAL, ENOTSUP);
    }
}

static void process(void) {
    /* Beyond the last signal; where there are none, that may be the answer. */
    expect_errno(proc_raise(255), EINVAL, ENOSYS, ENOTSUP);
    expect_errno(proc_raise(UINT32_MAX), EINVAL, ENOSYS, ENOTSUP);
    /* Neither direction, and one that does not exist. */
    expect_errno(sock_shutdown(SCRATCH, 1 << 2), EINVAL, ENOTSOCK, EBADF, ENOTSUP, ENOTCAPABLE);
    expect_errno(sock_shutdown(SCRATCH, 0), EINVAL, ENOTSOCK, EBADF, ENOTSUP, ENOTCAPABLE);
}

static void test(void) {
    make_file("file", "content");
    clocks();
    fd_t fd = open_with("file", 0, RIGHTS_FILE, 0);
    descriptors(fd);
    expect_ok(fd_close(fd));
    paths();
    subscriptions();
    process();
    expect(file_is("file", "content"));
}
