/* The virtual devices, in the one directory that the program is given, as /dev.
 * Standard input is "input". */

#include "scratch.h"

enum { DEV = SCRATCH, LONG = 100000 };

static unsigned char buffer[LONG], other[LONG];
static const char *const names[] = {"null",    "zero",  "full",   "random",
                                    "urandom", "stdin", "stdout", "stderr"};
enum { DEVICES = 8, STREAMS_FROM = 5 };

static errno_t open_as(const char *name, uint32_t oflags, rights_t rights, fd_t *fd) {
    *fd = NO_SUCH_FD;
    return path_open(DEV, LOOKUP_SYMLINK_FOLLOW, TEXT(name), oflags, rights, 0, 0, fd);
}

static fd_t opened(const char *name, rights_t rights) {
    fd_t fd;
    expect_ok(open_as(name, 0, rights, &fd));
    return fd;
}

static uint32_t read_some(fd_t fd, void *into, uint32_t size) {
    iovec_t iov = {into, size};
    uint32_t got = UINT32_MAX;
    expect_ok(fd_read(fd, &iov, 1, &got));
    return got;
}

static bool all_are(uint32_t size, unsigned char byte) {
    for (uint32_t i = 0; i < size; i++)
        if (buffer[i] != byte)
            return false;
    return true;
}

static void directory(void) {
    filestat_t stat;
    expect_ok(fd_filestat_get(DEV, &stat));
    expect_equal(stat.filetype, FILETYPE_DIRECTORY);
    filesize_t self = stat.ino, device = stat.dev;

    /* `.`, `..` and all of the names, each a device of its own. */
    uint32_t used = 0, count = 0, found = 0;
    expect_ok(fd_readdir(DEV, buffer, sizeof buffer, 0, &used));
    for (uint32_t at = 0; at < used; count++) {
        dirent_t entry;
        memcpy(&entry, buffer + at, sizeof entry);
        const char *name = (const char *)buffer + at + sizeof entry;
        for (int i = 0; i < DEVICES; i++)
            if (entry.d_namlen == length_of(names[i]) &&
                same_bytes(name, names[i], entry.d_namlen)) {
                found |= 1u << i;
                expect_equal(entry.d_type, FILETYPE_CHARACTER_DEVICE);
                expect_ok(path_filestat_get(DEV, 0, TEXT(names[i]), &stat));
                expect_equal(stat.ino, entry.d_ino);
            }
        at += sizeof entry + entry.d_namlen;
    }
    expect_equal(count, DEVICES + 2);
    expect_equal(found, (1u << DEVICES) - 1);

    for (int i = 0; i < DEVICES; i++) {
        expect_ok(path_filestat_get(DEV, 0, TEXT(names[i]), &stat));
        expect_equal(stat.filetype, FILETYPE_CHARACTER_DEVICE);
        expect_equal(stat.size, 0);
        expect_equal(stat.dev, device);
        expect(stat.ino != self);
        expect(stat.mtim > 0);
    }
    expect_ok(path_filestat_get(DEV, 0, TEXT("."), &stat));
    expect_equal(stat.ino, self);
    expect_ok(path_filestat_get(DEV, 0, TEXT("./null"), &stat));
    expect_errno(path_filestat_get(DEV, 0, TEXT("none"), &stat), ENOENT);
    expect_errno(path_filestat_get(DEV, 0, TEXT("nul"), &stat), ENOENT);
    expect_errno(path_filestat_get(DEV, 0, TEXT("null/x"), &stat), ENOTDIR);
    expect_errno(path_filestat_get(DEV, 0, TEXT("null/"), &stat), ENOTDIR);
    expect_errno(path_filestat_get(DEV, 0, TEXT("none/x"), &stat), ENOENT);
    expect_errno(path_filestat_get(DEV, 0, TEXT(""), &stat), ENOENT);
    expect_escape_refused(path_filestat_get(DEV, 0, TEXT(".."), &stat));
    expect_escape_refused(path_filestat_get(DEV, 0, TEXT("../dev/null"), &stat));
    expect_escape_refused(path_filestat_get(DEV, 0, TEXT("/null"), &stat));
}

static void opening(void) {
    fd_t fd;
    for (int i = 0; i < STREAMS_FROM; i++) {
        expect_ok(open_as(names[i], OFLAGS_CREAT | OFLAGS_TRUNC,
                          RIGHT_FD_READ | RIGHT_FD_WRITE, &fd));
        fdstat_t stat;
        expect_ok(fd_fdstat_get(fd, &stat));
        expect_equal(stat.fs_filetype, FILETYPE_CHARACTER_DEVICE);
        /* That it cannot seek would make it a terminal. */
        expect(stat.fs_rights_base & RIGHT_FD_SEEK);
        expect(stat.fs_rights_base & RIGHT_FD_READ);
        expect(stat.fs_rights_base & RIGHT_FD_WRITE);
        filestat_t filestat;
        expect_ok(fd_filestat_get(fd, &filestat));
        expect_equal(filestat.filetype, FILETYPE_CHARACTER_DEVICE);
        filesize_t at = 1;
        expect_ok(fd_seek(fd, 100, WHENCE_SET, &at));
        expect_equal(at, 0);
        expect_ok(fd_tell(fd, &at));
        expect_equal(at, 0);
        expect_errno(fd_filestat_set_size(fd, 0), EINVAL);
        expect_errno(fd_allocate(fd, 0, 1), EINVAL, ENODEV);
        expect_errno(fd_filestat_set_times(fd, 1, 1, FSTFLAGS_MTIM), EROFS, ENOTCAPABLE);
        uint32_t used;
        expect_errno(fd_readdir(fd, buffer, 64, 0, &used), ENOTDIR);
        expect_ok(fd_close(fd));
        expect_errno(open_as(names[i], OFLAGS_CREAT | OFLAGS_EXCL, RIGHT_FD_READ, &fd), EEXIST);
        expect_errno(open_as(names[i], OFLAGS_DIRECTORY, RIGHT_FD_READ, &fd), ENOTDIR);
    }
    /* Only to read, or only to write. */
    fd = opened("null", RIGHT_FD_READ);
    ciovec_t from = {"x", 1};
    uint32_t count;
    expect_errno(fd_write(fd, &from, 1, &count), EBADF);
    expect_ok(fd_close(fd));
    fd = opened("zero", RIGHT_FD_WRITE);
    iovec_t into = {buffer, 1};
    expect_errno(fd_read(fd, &into, 1, &count), EBADF);
    expect_ok(fd_close(fd));
    expect_ok(open_as(".", OFLAGS_DIRECTORY, RIGHT_FD_READDIR, &fd));
    fd_t below = NO_SUCH_FD;
    expect_ok(path_open(fd, 0, TEXT("null"), 0, RIGHT_FD_READ, 0, 0, &below));
    expect_ok(fd_close(below));
    expect_ok(fd_close(fd));
    expect_errno(open_as(".", OFLAGS_CREAT, RIGHT_FD_READ, &fd), EISDIR);
}

/* Nothing in the directory changes. */
static void changes(void) {
    fd_t fd;
    expect_errno(open_as("new", OFLAGS_CREAT, RIGHT_FD_WRITE, &fd), EROFS);
    expect_errno(open_as("none/new", OFLAGS_CREAT, RIGHT_FD_WRITE, &fd), ENOENT);
    expect_errno(path_create_directory(DEV, TEXT("new")), EROFS);
    expect_errno(path_unlink_file(DEV, TEXT("null")), EROFS);
    expect_errno(path_remove_directory(DEV, TEXT("null")), EROFS);
    expect_errno(path_rename(DEV, TEXT("null"), DEV, TEXT("new")), EROFS);
    expect_errno(path_link(DEV, 0, TEXT("null"), DEV, TEXT("new")), EROFS);
    expect_errno(path_symlink(TEXT("null"), DEV, TEXT("new")), EROFS);
    expect_errno(path_filestat_set_times(DEV, 0, TEXT("null"), 1, 1, FSTFLAGS_MTIM), EROFS);
    char text[8];
    uint32_t count;
    expect_errno(path_readlink(DEV, TEXT("null"), text, sizeof text, &count), EINVAL);
    expect_errno(path_readlink(DEV, TEXT("none"), text, sizeof text, &count), ENOENT);
}

static void contents(void) {
    fd_t fd = opened("null", RIGHT_FD_READ | RIGHT_FD_WRITE);
    ciovec_t from[] = {{"some ", 5}, {"text", 4}};
    uint32_t count = 0;
    expect_ok(fd_write(fd, from, 2, &count));
    expect_equal(count, 9);
    expect_equal(read_some(fd, buffer, 10), 0);
    expect_ok(fd_close(fd));

    static const char *const zeros[] = {"zero", "full"};
    for (int i = 0; i < 2; i++) {
        fd = opened(zeros[i], RIGHT_FD_READ | RIGHT_FD_WRITE);
        memset(buffer, 0xAA, sizeof buffer);
        expect_equal(read_some(fd, buffer, sizeof buffer - 1), sizeof buffer - 1);
        expect(all_are(sizeof buffer - 1, 0));
        expect_equal(buffer[sizeof buffer - 1], 0xAA);
        iovec_t into = {buffer, sizeof buffer};
        expect_ok(fd_pread(fd, &into, 1, 1ull << 40, &count));
        expect_equal(count, sizeof buffer);
        expect_errno(fd_pread(fd, &into, 1, UINT64_MAX, &count), EINVAL);
        errno_t expected = i == 0 ? ESUCCESS : ENOSPC;
        expect_equal(fd_write(fd, from, 2, &count), expected);
        expect_equal(fd_pwrite(fd, from, 2, 5, &count), expected);
        expect_ok(fd_close(fd));
    }

    static const char *const randoms[] = {"random", "urandom"};
    for (int i = 0; i < 2; i++) {
        fd = opened(randoms[i], RIGHT_FD_READ | RIGHT_FD_WRITE);
        static const uint32_t sizes[] = {1000, LONG};
        for (int j = 0; j < 2; j++) {
            memset(buffer, 0, sizeof buffer);
            expect_equal(read_some(fd, buffer, sizes[j]), sizes[j]);
            expect_equal(read_some(fd, other, sizes[j]), sizes[j]);
            expect(!same_bytes(buffer, other, sizes[j]));
            /* About half of all bits are set, at the end as well. */
            uint32_t set = 0;
            for (uint32_t at = sizes[j] - 1000; at < sizes[j]; at++)
                set += (uint32_t)__builtin_popcount(buffer[at]);
            expect(set > 3000 && set < 5000);
        }
        expect_ok(fd_write(fd, from, 2, &count));
        expect_equal(count, 9);
        expect_ok(fd_close(fd));
    }
}

static void streams(void) {
    fd_t fd;
    expect_errno(open_as("stdin", 0, RIGHT_FD_WRITE, &fd), EACCES);
    expect_errno(open_as("stdout", 0, RIGHT_FD_READ, &fd), EACCES);
    expect_errno(open_as("stderr", 0, RIGHT_FD_READ | RIGHT_FD_WRITE, &fd), EACCES);

    fd_t in = opened("stdin", RIGHT_FD_READ);
    expect_equal(read_some(in, buffer, 2), 2);
    expect(same_bytes(buffer, "in", 2));
    /* It is the same stream. */
    expect_equal(read_some(0, buffer, 1), 1);
    expect(same_bytes(buffer, "p", 1));
    expect_equal(read_some(in, buffer, 10), 2);
    expect(same_bytes(buffer, "ut", 2));
    expect_equal(read_some(in, buffer, 10), 0);
    filesize_t at;
    uint32_t count;
    iovec_t into = {buffer, 1};
    expect_errno(fd_seek(in, 1, WHENCE_SET, &at), ESPIPE);
    expect_errno(fd_pread(in, &into, 1, 0, &count), ESPIPE);

    fd_t out = opened("stdout", RIGHT_FD_WRITE), err = opened("stderr", RIGHT_FD_WRITE);
    expect_equal(write_text(out, "to stdout\n"), 10);
    expect_equal(write_text(err, "to stderr\n"), 10);
    expect_errno(fd_read(out, &into, 1, &count), EBADF);

    /* They are told to be what the streams are. */
    fdstat_t one, two;
    expect_ok(fd_fdstat_get(1, &one));
    expect_ok(fd_fdstat_get(out, &two));
    expect_equal(one.fs_filetype, two.fs_filetype);
    filestat_t stat, same;
    expect_ok(fd_filestat_get(1, &stat));
    expect_ok(fd_filestat_get(out, &same));
    expect_equal(stat.filetype, same.filetype);

    /* Over itself, a stream stays; and one may take the place of another. */
    expect_ok(fd_renumber(out, 1));
    expect_errno(fd_close(out), EBADF);
    expect_equal(write_text(1, "again\n"), 6);
    out = opened("stdout", RIGHT_FD_WRITE);
    expect_ok(fd_renumber(out, err));
    expect_equal(write_text(err, "still to stdout\n"), 16);
    expect_ok(fd_close(err));

    /* When a stream is closed, so is what stands for it. */
    expect_ok(fd_close(0));
    expect_errno(fd_read(in, &into, 1, &count), EBADF);
    expect_errno(fd_filestat_get(in, &stat), EBADF);
    expect_errno(open_as("stdin", 0, RIGHT_FD_READ, &fd), ENXIO);
    /* What has its number now is another thing. */
    fd = opened("zero", RIGHT_FD_READ);
    expect_equal(fd, 0);
    expect_errno(fd_read(in, &into, 1, &count), EBADF);
    expect_ok(fd_renumber(in, 0));
    expect_errno(fd_read(0, &into, 1, &count), EBADF);
    expect_ok(fd_close(0));
}

static subscription_t on_fd(uint32_t type, fd_t fd) {
    subscription_t subscription;
    memset(&subscription, 0, sizeof subscription);
    subscription.userdata = fd;
    subscription.type = (uint8_t)type;
    subscription.fd_readwrite.fd = fd;
    return subscription;
}

/* None is waited for. */
static void polling(void) {
    subscription_t all[DEVICES * 2];
    event_t events[DEVICES * 2];
    uint32_t count = 0, happened = 0;
    for (int i = 0; i < DEVICES; i++) {
        bool reads = i <= STREAMS_FROM, writes = i != STREAMS_FROM;
        fd_t fd = opened(names[i], (reads ? RIGHT_FD_READ : 0) | (writes ? RIGHT_FD_WRITE : 0));
        if (reads)
            all[count++] = on_fd(EVENTTYPE_FD_READ, fd);
        if (writes)
            all[count++] = on_fd(EVENTTYPE_FD_WRITE, fd);
    }
    expect_ok(poll_oneoff(all, events, count, &happened));
    expect_equal(happened, count);
    for (uint32_t i = 0; i < happened; i++) {
        expect_equal(events[i].error, ESUCCESS);
        expect_equal(events[i].userdata, all[i].userdata);
    }
    for (uint32_t i = 0; i < count; i++)
        fd_close((fd_t)all[i].userdata);
}

/* With an argument: standard input has nothing yet, and is waited for. */
static void waiting(void) {
    fd_t in = opened("stdin", RIGHT_FD_READ);
    subscription_t subscriptions[2] = {on_fd(EVENTTYPE_FD_READ, in)};
    memset(&subscriptions[1], 0, sizeof subscriptions[1]);
    subscriptions[1].type = EVENTTYPE_CLOCK;
    subscriptions[1].clock.id = CLOCK_MONOTONIC;
    subscriptions[1].clock.timeout = 60000000000;
    event_t events[2];
    uint32_t happened = 0;
    expect_ok(poll_oneoff(subscriptions, events, 2, &happened));
    expect_equal(happened, 1);
    expect_equal(events[0].error, ESUCCESS);
    expect_equal(events[0].userdata, in);
    expect_equal(events[0].type, EVENTTYPE_FD_READ);
    expect_equal(read_some(in, buffer, 10), 5);
    expect(same_bytes(buffer, "input", 5));
}

static void test(void) {
    uint32_t arguments, size;
    expect_ok(args_sizes_get(&arguments, &size));
    if (arguments > 1) {
        waiting();
        return;
    }
    directory();
    opening();
    changes();
    contents();
    polling();
    streams();
}
