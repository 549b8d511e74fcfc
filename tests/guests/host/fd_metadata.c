/* What descriptors know: fdstat, flags, rights, filestat, sizes, times, advice. */

#include "scratch.h"

static filestat_t stat_of(fd_t fd) {
    filestat_t stat;
    memset(&stat, 0xAA, sizeof stat);
    expect_ok(fd_filestat_get(fd, &stat));
    return stat;
}

static fdstat_t fdstat_of(fd_t fd) {
    fdstat_t stat;
    memset(&stat, 0xAA, sizeof stat);
    expect_ok(fd_fdstat_get(fd, &stat));
    return stat;
}

static void types(void) {
    /* What the standard streams are is the embedder's choice; a directory is none
     * of the choices. */
    for (fd_t fd = 0; fd < 3; fd++) {
        uint8_t type = fdstat_of(fd).fs_filetype;
        expect(type <= FILETYPE_SYMBOLIC_LINK && type != FILETYPE_DIRECTORY);
    }
    expect_equal(fdstat_of(SCRATCH).fs_filetype, FILETYPE_DIRECTORY);
    expect_equal(stat_of(SCRATCH).filetype, FILETYPE_DIRECTORY);

    make_file("types", "");
    fd_t fd = open_with("types", 0, RIGHTS_READ, 0);
    expect_equal(fdstat_of(fd).fs_filetype, FILETYPE_REGULAR_FILE);
    expect_equal(stat_of(fd).filetype, FILETYPE_REGULAR_FILE);
    expect_ok(fd_close(fd));
}

static void flags(void) {
    fd_t fd = open_with("flags", OFLAGS_CREAT, RIGHTS_FILE, FDFLAGS_APPEND);
    expect_equal(fdstat_of(fd).fs_flags, FDFLAGS_APPEND);
    expect_ok(fd_fdstat_set_flags(fd, 0));
    expect_equal(fdstat_of(fd).fs_flags, 0);
    expect_ok(fd_fdstat_set_flags(fd, FDFLAGS_APPEND));
    expect_equal(fdstat_of(fd).fs_flags, FDFLAGS_APPEND);
    expect_ok(fd_fdstat_set_flags(fd, FDFLAGS_NONBLOCK));
    expect_equal(fdstat_of(fd).fs_flags & (FDFLAGS_APPEND | FDFLAGS_NONBLOCK), FDFLAGS_NONBLOCK);
    expect_ok(fd_fdstat_set_flags(fd, FDFLAGS_APPEND | FDFLAGS_NONBLOCK));
    expect_equal(fdstat_of(fd).fs_flags, FDFLAGS_APPEND | FDFLAGS_NONBLOCK);
    /* Synchronous writing is a matter of opening: POSIX cannot change it later, so
     * a host need not. */
    expect_errno(fd_fdstat_set_flags(fd, FDFLAGS_SYNC), ESUCCESS, ENOTSUP, EINVAL);
    expect_ok(fd_close(fd));

    fd = open_with("flags", 0, RIGHT_FD_WRITE, 0);
    expect_ok(fd_fdstat_set_flags(fd, FDFLAGS_APPEND));
    expect_ok(fd_close(fd));
}

/* Programs of 2019 and 2020 open a file with one or two rights, and then do with it
 * whatever can be done with a file. */
static void few_rights(void) {
    make_file("few", "0123456789");
    char byte;
    iovec_t into = {&byte, 1};
    ciovec_t from = {"x", 1};
    uint32_t count;
    filesize_t at;
    static const rights_t asked[] = {0, RIGHT_FD_READ, RIGHT_FD_WRITE,
                                     RIGHT_FD_READ | RIGHT_FD_WRITE, RIGHT_FD_FILESTAT_GET};
    for (int i = 0; i < 5; i++) {
        fd_t fd = open_with("few", 0, asked[i], 0);
        filestat_t stat;
        expect_ok(fd_filestat_get(fd, &stat));
        expect_equal(stat.size, 10);
        expect_ok(fd_seek(fd, 3, WHENCE_SET, &at));
        expect_ok(fd_tell(fd, &at));
        expect_equal(at, 3);
        expect_ok(fd_advise(fd, 0, 10, ADVICE_NORMAL));
        expect_ok(fd_sync(fd));
        expect_ok(fd_datasync(fd));
        expect_ok(fd_fdstat_set_flags(fd, 0));
        expect_ok(fd_filestat_set_times(fd, 1, 1, FSTFLAGS_MTIM));

        /* Only to read and to write must be asked for; without the latter, a file
         * is open for reading. */
        bool writes = asked[i] & RIGHT_FD_WRITE;
        bool reads = asked[i] & RIGHT_FD_READ || !writes;
        rights_t base = fdstat_of(fd).fs_rights_base;
        expect_equal((base & RIGHT_FD_READ) != 0, reads);
        expect_equal((base & RIGHT_FD_WRITE) != 0, writes);
        expect_equal(fd_read(fd, &into, 1, &count), reads ? ESUCCESS : EBADF);
        expect_equal(fd_pread(fd, &into, 1, 0, &count), reads ? ESUCCESS : EBADF);
        expect_equal(fd_write(fd, &from, 1, &count), writes ? ESUCCESS : EBADF);
        expect_equal(fd_pwrite(fd, &from, 1, 0, &count), writes ? ESUCCESS : EBADF);
        expect_equal(fd_filestat_set_size(fd, 10), writes ? ESUCCESS : EINVAL);
        errno_t allocated = fd_allocate(fd, 0, 10);
        if (writes)
            /* ENOTSUP: not every file system can. */
            expect_errno(allocated, ESUCCESS, ENOTSUP);
        else
            expect_errno(allocated, EBADF);
        expect_ok(fd_close(fd));
    }

    /* So is one that is made, or emptied, by opening it. */
    static const uint32_t oflags[] = {OFLAGS_CREAT, OFLAGS_TRUNC, OFLAGS_CREAT | OFLAGS_TRUNC};
    for (int i = 0; i < 3; i++) {
        fd_t fd = open_with("made", oflags[i], 0, 0);
        expect_equal(fdstat_of(fd).fs_rights_base & (RIGHT_FD_READ | RIGHT_FD_WRITE),
                     RIGHT_FD_READ);
        expect_ok(fd_read(fd, &into, 1, &count));
        expect_equal(count, 0);
        expect_errno(fd_write(fd, &from, 1, &count), EBADF);
        expect_ok(fd_close(fd));
    }

    /* Who asks to append, and neither to read nor to write, writes. */
    make_file("appended", "0");
    fd_t fd = open_with("appended", 0, RIGHT_FD_SEEK, FDFLAGS_APPEND);
    expect_ok(fd_write(fd, &from, 1, &count));
    expect_errno(fd_read(fd, &into, 1, &count), EBADF);
    expect_ok(fd_close(fd));
    fd = open_with("appended", 0, RIGHT_FD_READ, FDFLAGS_APPEND);
    expect_errno(fd_write(fd, &from, 1, &count), EBADF);
    expect_ok(fd_close(fd));
    expect(file_is("appended", "0x"));
}

static void rights(void) {
#ifndef RIGHTS_ARE_HINTS
    fd_t fd = open_with("rights", OFLAGS_CREAT, RIGHTS_FILE, 0);
    rights_t had = fdstat_of(fd).fs_rights_base;
    expect_equal(had & RIGHTS_FILE, RIGHTS_FILE);
    /* A file has no use for the rights of directories. */
    expect_equal(had & RIGHTS_DIRECTORY & ~(rights_t)RIGHTS_FILE, 0);

    /* Rights can be given up, one by one, */
    expect_ok(fd_fdstat_set_rights(fd, had & ~(rights_t)RIGHT_FD_WRITE, 0));
    expect_equal(fdstat_of(fd).fs_rights_base, had & ~(rights_t)RIGHT_FD_WRITE);
    ciovec_t iov = {"x", 1};
    uint32_t count;
    expect_errno(fd_write(fd, &iov, 1, &count), EBADF);
    /* but never be had back, nor any others, alone or beside allowed ones; */
    expect_not_capable(fd_fdstat_set_rights(fd, had, 0));
    expect_not_capable(fd_fdstat_set_rights(fd, RIGHT_PATH_OPEN, 0));
    expect_not_capable(fd_fdstat_set_rights(fd, 0, RIGHT_FD_WRITE));
    /* and a refusal changes nothing. */
    expect_equal(fdstat_of(fd).fs_rights_base, had & ~(rights_t)RIGHT_FD_WRITE);

    /* With no rights at all there is nothing left to do but to close. */
    expect_ok(fd_fdstat_set_rights(fd, 0, 0));
    expect_equal(fdstat_of(fd).fs_rights_base, 0);
    iovec_t into = {&count, 1};
    filesize_t at;
    filestat_t stat;
    expect_errno(fd_read(fd, &into, 1, &count), EBADF);
    expect_not_capable(fd_seek(fd, 1, WHENCE_SET, &at));
    expect_not_capable(fd_tell(fd, &at));
    expect_not_capable(fd_filestat_get(fd, &stat));
    expect_errno(fd_filestat_set_size(fd, 0), EINVAL);
    expect_not_capable(fd_filestat_set_times(fd, 0, 0, FSTFLAGS_MTIM));
    expect_not_capable(fd_advise(fd, 0, 0, ADVICE_NORMAL));
    expect_errno(fd_allocate(fd, 0, 1), EBADF);
    expect_not_capable(fd_sync(fd));
    expect_not_capable(fd_datasync(fd));
    expect_not_capable(fd_fdstat_set_flags(fd, 0));
    expect_ok(fd_close(fd));
#endif
}

static void filestat(void) {
    make_file("filestat", "twelve bytes");
    fd_t fd = open_with("filestat", 0, RIGHTS_READ, 0);
    filestat_t stat = stat_of(fd);
    expect_equal(stat.filetype, FILETYPE_REGULAR_FILE);
    expect_equal(stat.nlink, 1);
    expect_equal(stat.size, 12);
    expect(stat.atim > 0 && stat.mtim > 0 && stat.ctim > 0);

    /* A second name is a second link, and the same file. */
    expect_ok(path_link(SCRATCH, 0, TEXT("filestat"), SCRATCH, TEXT("filestat2")));
    expect_equal(stat_of(fd).nlink, 2);
    filestat_t other;
    expect_ok(path_filestat_get(SCRATCH, 0, TEXT("filestat2"), &other));
    expect_equal(other.dev, stat.dev);
    expect_equal(other.ino, stat.ino);
    expect_ok(path_unlink_file(SCRATCH, TEXT("filestat2")));
    expect_equal(stat_of(fd).nlink, 1);

    /* Another file is not. */
    make_file("filestat3", "");
    expect_ok(path_filestat_get(SCRATCH, 0, TEXT("filestat3"), &other));
    expect(other.ino != stat.ino);
    expect_equal(other.size, 0);
    expect_ok(fd_close(fd));
}

static void sizes(void) {
    make_file("sizes", "0123456789");
    fd_t fd = open_with("sizes", 0, RIGHTS_FILE, 0);
    expect_ok(fd_filestat_set_size(fd, 4));
    expect_equal(stat_of(fd).size, 4);
    expect(content_is(fd, 0, "0123"));
    /* What is added is zeros, not what was cut off before. */
    expect_ok(fd_filestat_set_size(fd, 6));
    char added[2] = {1, 1};
    iovec_t iov = {added, 2};
    uint32_t got = 0;
    expect_ok(fd_pread(fd, &iov, 1, 4, &got));
    expect_equal(got, 2);
    expect(added[0] == 0 && added[1] == 0);
    expect_ok(fd_filestat_set_size(fd, 0));
    expect_equal(stat_of(fd).size, 0);
    /* Larger than any file can be. */
    expect_errno(fd_filestat_set_size(fd, UINT64_MAX), EINVAL, EFBIG, EOVERFLOW);
    expect_equal(stat_of(fd).size, 0);
    expect_ok(fd_close(fd));

    fd = open_with("sizes", 0, RIGHTS_READ, 0);
    expect_errno(fd_filestat_set_size(fd, 1), ENOTCAPABLE, EINVAL, EBADF);
    expect_ok(fd_close(fd));
}

static void allocation(void) {
    fd_t fd = open_with("allocation", OFLAGS_CREAT, RIGHTS_FILE, 0);
    /* Not every file system can: then the host says so, and does nothing. */
    errno_t error = fd_allocate(fd, 0, 100);
    expect_errno(error, ESUCCESS, ENOTSUP);
    expect_equal(stat_of(fd).size, error == ESUCCESS ? 100 : 0);
    if (error == ESUCCESS) {
        /* It never shrinks a file. */
        expect_ok(fd_allocate(fd, 0, 10));
        expect_equal(stat_of(fd).size, 100);
        expect_ok(fd_allocate(fd, 90, 20));
        expect_equal(stat_of(fd).size, 110);
    }
    expect_errno(fd_allocate(fd, UINT64_MAX, UINT64_MAX), EINVAL, EFBIG, EOVERFLOW, ENOTSUP);
    expect_ok(fd_close(fd));
}

static void times(void) {
    make_file("times", "");
    fd_t fd = open_with("times", 0, RIGHTS_FILE, 0);
    static const timestamp_t second = 1000000000;
    static const timestamp_t then = 1000000000ull * 1000000000 + 123456000;

    expect_ok(fd_filestat_set_times(fd, then, then + second, FSTFLAGS_ATIM | FSTFLAGS_MTIM));
    expect_equal(stat_of(fd).atim, then);
    expect_equal(stat_of(fd).mtim, then + second);
    /* Each alone leaves the other as it was, whatever value is passed for it. */
    expect_ok(fd_filestat_set_times(fd, 7 * second, 9 * second, FSTFLAGS_MTIM));
    expect_equal(stat_of(fd).atim, then);
    expect_equal(stat_of(fd).mtim, 9 * second);
    expect_ok(fd_filestat_set_times(fd, 7 * second, 5, FSTFLAGS_ATIM));
    expect_equal(stat_of(fd).atim, 7 * second);
    expect_equal(stat_of(fd).mtim, 9 * second);
    expect_ok(fd_filestat_set_times(fd, 1, 1, 0));
    expect_equal(stat_of(fd).atim, 7 * second);
    expect_equal(stat_of(fd).mtim, 9 * second);

    /* Now is what the host's file system thinks it is, long after then. */
    expect_ok(fd_filestat_set_times(fd, 1, 1, FSTFLAGS_ATIM_NOW));
    expect(stat_of(fd).atim > then);
    expect_equal(stat_of(fd).mtim, 9 * second);
    expect_ok(fd_filestat_set_times(fd, then, 1, FSTFLAGS_ATIM | FSTFLAGS_MTIM_NOW));
    expect_equal(stat_of(fd).atim, then);
    expect(stat_of(fd).mtim > then);

    /* One time cannot be both. */
    expect_errno(fd_filestat_set_times(fd, 1, 1, FSTFLAGS_ATIM | FSTFLAGS_ATIM_NOW), EINVAL);
    expect_errno(fd_filestat_set_times(fd, 1, 1, FSTFLAGS_MTIM | FSTFLAGS_MTIM_NOW), EINVAL);
    expect_equal(stat_of(fd).atim, then);
    expect_ok(fd_close(fd));

}

static void advice(void) {
    make_file("advice", "0123456789");
    fd_t fd = open_with("advice", 0, RIGHTS_FILE, 0);
    for (uint32_t kind = ADVICE_NORMAL; kind <= ADVICE_NOREUSE; kind++)
        expect_ok(fd_advise(fd, 0, 10, kind));
    /* A length of zero means up to the end; beyond the end is fine too. */
    expect_ok(fd_advise(fd, 2, 0, ADVICE_SEQUENTIAL));
    expect_ok(fd_advise(fd, 100, 100, ADVICE_WILLNEED));
    expect(content_is(fd, 0, "0123456789"));
    expect_ok(fd_close(fd));
    /* A directory is not read at offsets. */
    expect_errno(fd_advise(SCRATCH, 0, 0, ADVICE_NORMAL), EBADF, EISDIR, EINVAL, ENOTCAPABLE);
}

static void synchronisation(void) {
    fd_t fd = open_with("synchronisation", OFLAGS_CREAT, RIGHTS_FILE, 0);
    expect_equal(write_text(fd, "text"), 4);
    expect_ok(fd_datasync(fd));
    expect_ok(fd_sync(fd));
    expect(content_is(fd, 0, "text"));
    expect_ok(fd_close(fd));
}

static void test(void) {
    types();
    flags();
    few_rights();
    rights();
    filestat();
    sizes();
    allocation();
    times();
    advice();
    synchronisation();
}
