/* The bytes between the fields of what a host writes: zero, whatever stood there
 * before, so that nothing of the host's own memory ever shows in them.
 *
 * Stricter than the specification, which says nothing about these bytes: a host
 * that writes field by field leaves them as they were, and gives away nothing
 * either. This one promises zeros. */

#include "scratch.h"

static unsigned char space[256];

static void prefill(void) { memset(space, 0xAA, sizeof space); }

/* Bytes from one offset up to another are zero. */
static bool zero(uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; i++)
        if (space[i] != 0)
            return false;
    return true;
}

static void expect_filestat_padding(void) {
    /* Between the type, one byte at 16, and the links. */
    expect(zero(17, offsetof(filestat_t, nlink)));
}

static void test(void) {
    make_file("file", "content");
    fd_t fd = open_with("file", 0, RIGHTS_FILE, 0);

    const fd_t descriptors[] = {0, 1, 2, SCRATCH, fd};
    for (int i = 0; i < 5; i++) {
        prefill();
        expect_ok(fd_fdstat_get(descriptors[i], (fdstat_t *)(void *)space));
        expect(zero(1, 2));
        expect(zero(4, 8));
    }

    prefill();
    expect_ok(fd_filestat_get(fd, (filestat_t *)(void *)space));
    expect_filestat_padding();
    prefill();
    expect_ok(fd_filestat_get(SCRATCH, (filestat_t *)(void *)space));
    expect_filestat_padding();
    prefill();
    expect_ok(path_filestat_get(SCRATCH, 0, TEXT("file"), (filestat_t *)(void *)space));
    expect_filestat_padding();
    prefill();
    if (fd_filestat_get(1, (filestat_t *)(void *)space) == ESUCCESS)
        expect_filestat_padding();

    prefill();
    expect_ok(fd_prestat_get(SCRATCH, (prestat_t *)(void *)space));
    expect(zero(1, 4));

    uint32_t used = 0;
    prefill();
    expect_ok(fd_readdir(SCRATCH, space, sizeof space, 0, &used));
    uint32_t offset = 0, entries = 0;
    while (used - offset >= sizeof(dirent_t)) {
        /* Behind the type, one byte at 20. */
        expect(zero(offset + 21, offset + 24));
        uint32_t name_length;
        memcpy(&name_length, space + offset + 16, sizeof name_length);
        offset += (uint32_t)sizeof(dirent_t) + name_length;
        entries++;
    }
    /* The file, and the two that every directory has. */
    expect_equal(entries, 3);

    subscription_t subscription;
    memset(&subscription, 0, sizeof subscription);
    subscription.userdata = 0x1122334455667788;
    subscription.clock.id = CLOCK_MONOTONIC;
    uint32_t happened = 0;
    prefill();
    expect_ok(poll_oneoff(&subscription, (event_t *)(void *)space, 1, &happened));
    expect_equal(happened, 1);
    /* A clock's event has nothing to say about bytes and flags. */
    expect(zero(11, sizeof(event_t)));

    subscription.type = EVENTTYPE_FD_WRITE;
    subscription.fd_readwrite.fd = fd;
    prefill();
    expect_ok(poll_oneoff(&subscription, (event_t *)(void *)space, 1, &happened));
    expect_equal(happened, 1);
    expect(zero(11, 16));
    expect(zero(26, 32));
    expect_ok(fd_close(fd));
}
