/* Where in memory a host puts its results: each field at its offset, each struct
 * as large as it is, and not a byte behind it. Offsets are written out here, so
 * that a mistake in the header's structs cannot repeat itself. */

#include "scratch.h"

enum { UNTOUCHED = 0xAA };

static unsigned char space[256];

static void prefill(void) { memset(space, UNTOUCHED, sizeof space); }

static bool untouched_from(uint32_t offset) {
    for (uint32_t i = offset; i < sizeof space; i++)
        if (space[i] != UNTOUCHED)
            return false;
    return true;
}

/* A little-endian number of so many bytes. */
static uint64_t number(uint32_t offset, uint32_t bytes) {
    uint64_t value = 0;
    for (uint32_t i = bytes; i-- > 0;)
        value = value << 8 | space[offset + i];
    return value;
}

static void expect_filestat(timestamp_t atim, timestamp_t mtim) {
#ifdef SNAPSHOT0
    enum { NLINK = 20, NLINK_BYTES = 4, SIZE = 24, END = 56 };
#else
    enum { NLINK = 24, NLINK_BYTES = 8, SIZE = 32, END = 64 };
#endif
    expect(number(8, 8) != 0);
    expect_equal(space[16], FILETYPE_REGULAR_FILE);
    expect_equal(number(NLINK, NLINK_BYTES), 2);
    expect_equal(number(SIZE, 8), 1000);
    expect_equal(number(SIZE + 8, 8), atim);
    expect_equal(number(SIZE + 16, 8), mtim);
    /* The change of the times is the last change, and was just now. */
    expect(number(SIZE + 24, 8) > mtim);
    expect(untouched_from(END));
}

static void test(void) {
    static const timestamp_t atim = 3000000000, mtim = 5000000000;
    make_file("file", "");
    fd_t fd = open_with("file", 0, RIGHTS_FILE, FDFLAGS_APPEND);
    expect_ok(path_link(SCRATCH, 0, TEXT("file"), SCRATCH, TEXT("link")));
    expect_ok(fd_filestat_set_size(fd, 1000));
    expect_ok(fd_filestat_set_times(fd, atim, mtim, FSTFLAGS_ATIM | FSTFLAGS_MTIM));

    prefill();
    expect_ok(fd_filestat_get(fd, (filestat_t *)(void *)space));
    expect_filestat(atim, mtim);
    prefill();
    expect_ok(path_filestat_get(SCRATCH, 0, TEXT("file"), (filestat_t *)(void *)space));
    expect_filestat(atim, mtim);

    prefill();
    expect_ok(fd_fdstat_get(fd, (fdstat_t *)(void *)space));
    expect_equal(space[0], FILETYPE_REGULAR_FILE);
    expect_equal(number(2, 2), FDFLAGS_APPEND);
    expect_equal(number(8, 8) & (RIGHT_FD_READ | RIGHT_FD_WRITE), RIGHT_FD_READ | RIGHT_FD_WRITE);
    expect(untouched_from(24));
    prefill();
    expect_ok(fd_fdstat_get(SCRATCH, (fdstat_t *)(void *)space));
    expect_equal(space[0], FILETYPE_DIRECTORY);
    expect_equal(number(2, 2), 0);
    expect(number(8, 8) & RIGHT_PATH_OPEN);
    expect(number(16, 8) & RIGHT_FD_READ);
    expect(untouched_from(24));

    prefill();
    expect_ok(fd_prestat_get(SCRATCH, (prestat_t *)(void *)space));
    expect_equal(space[0], PREOPENTYPE_DIR);
    expect_equal(number(4, 4), 8);
    expect(untouched_from(8));

    prefill();
    uint32_t size;
    expect_ok(args_sizes_get((uint32_t *)(void *)space, &size));
    expect(untouched_from(4));
    prefill();
    expect_ok(clock_time_get(CLOCK_REALTIME, 1, (timestamp_t *)(void *)space));
    expect(untouched_from(8));
    prefill();
    expect_ok(fd_tell(fd, (filesize_t *)(void *)space));
    expect_equal(number(0, 8), 0);
    expect(untouched_from(8));
    prefill();
    ciovec_t iov = {"four", 4};
    expect_ok(fd_write(fd, &iov, 1, (uint32_t *)(void *)space));
    expect_equal(number(0, 4), 4);
    expect(untouched_from(4));
    expect_ok(fd_close(fd));

    /* A lone directory entry, in a buffer with room for it and no more. */
    expect_ok(path_unlink_file(SCRATCH, TEXT("file")));
    uint32_t used = 0;
    dircookie_t cookie = 0;
    bool found = false;
    for (int i = 0; i < 3 && !found; i++) {
        prefill();
        expect_ok(fd_readdir(SCRATCH, space, 28, cookie, &used));
        expect(used <= 28 && untouched_from(28));
        cookie = number(0, 8);
        found = number(16, 4) == 4 && same_bytes(space + 24, "link", 4);
    }
    if (expect(found)) {
        filestat_t stat;
        expect_ok(path_filestat_get(SCRATCH, 0, TEXT("link"), &stat));
        expect_equal(number(8, 8), stat.ino);
        expect_equal(space[20], FILETYPE_REGULAR_FILE);
    }

    /* A subscription, byte by byte: a clock in the past, by its absolute time. Read
     * at wrong offsets it would be another clock, or a very long wait. */
    static unsigned char subscription[64];
#ifdef SNAPSHOT0
    enum { CLOCK = 24 };
#else
    enum { CLOCK = 16 };
#endif
    for (uint32_t i = 0; i < 8; i++)
        subscription[i] = (unsigned char)(0x10 + i);
    subscription[CLOCK] = CLOCK_MONOTONIC;
    subscription[CLOCK + 8] = 1;                       /* the timeout: a nanosecond */
    subscription[CLOCK + 24] = SUBCLOCKFLAGS_ABSTIME;  /* behind the precision */
#ifdef SNAPSHOT0
    /* The identifier. As a timeout it would be a wait of centuries. */
    memset(subscription + 16, 0x7F, 8);
#endif
    uint32_t happened = 0;
    prefill();
    expect_ok(poll_oneoff((const subscription_t *)(void *)subscription,
                          (event_t *)(void *)space, 1, &happened));
    expect_equal(happened, 1);
    expect_equal(number(0, 8), 0x1716151413121110);
    expect_equal(number(8, 2), ESUCCESS);
    expect_equal(space[10], EVENTTYPE_CLOCK);
    expect(untouched_from(32));

    /* Two: the second begins where the first ends. */
#ifdef SNAPSHOT0
    enum { SUBSCRIPTION = 56 };
#else
    enum { SUBSCRIPTION = 48 };
#endif
    static unsigned char two[2 * SUBSCRIPTION];
    memcpy(two, subscription, SUBSCRIPTION);
    memcpy(two + SUBSCRIPTION, subscription, SUBSCRIPTION);
    two[SUBSCRIPTION] = 0x77;
    prefill();
    expect_ok(poll_oneoff((const subscription_t *)(void *)two, (event_t *)(void *)space, 2,
                          &happened));
    /* Both have happened. A host may report one of them alone. */
    if (expect(happened >= 1 && happened <= 2) && happened == 2) {
        expect_equal(space[10], EVENTTYPE_CLOCK);
        expect_equal(space[32 + 10], EVENTTYPE_CLOCK);
        expect_equal(space[0] + space[32], 0x10 + 0x77);
    }
    expect(untouched_from(32 * happened));
}
