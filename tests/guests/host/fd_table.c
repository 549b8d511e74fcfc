/* The table of descriptors: preopens, closing, renumbering, numbers not in use. */

#include "scratch.h"

static char buffer[64];

static void preopens(void) {
    prestat_t prestat;
    memset(&prestat, 0xAA, sizeof prestat);
    expect_ok(fd_prestat_get(SCRATCH, &prestat));
    expect_equal(prestat.tag, PREOPENTYPE_DIR);
    expect_equal(prestat.name_len, 8);

    memset(buffer, 0x5A, sizeof buffer);
    expect_ok(fd_prestat_dir_name(SCRATCH, buffer, 8));
    expect(same_bytes(buffer, "/scratch", 8));
    /* Not NUL-terminated: the length is all there is. */
    expect_equal(buffer[8], 0x5A);
    /* A longer buffer than needed is filled as far as needed; one that is too
     * short is refused, under one of two names. */
    memset(buffer, 0x5A, sizeof buffer);
    expect_ok(fd_prestat_dir_name(SCRATCH, buffer, 20));
    expect(same_bytes(buffer, "/scratch", 8));
    expect_equal(buffer[9], 0x5A);
    expect_errno(fd_prestat_dir_name(SCRATCH, buffer, 7), ENAMETOOLONG, ENOBUFS);
    expect_errno(fd_prestat_dir_name(SCRATCH, buffer, 0), ENAMETOOLONG, ENOBUFS);

    /* Where the preopens end, a program stops looking: that has to be EBADF. */
    expect_errno(fd_prestat_get(SCRATCH + 1, &prestat), EBADF);
    /* Open, but not preopened. Hosts disagree on the name of the error: libcs take
     * both for "not a preopen". */
    for (fd_t fd = 0; fd < 3; fd++) {
        expect_errno(fd_prestat_get(fd, &prestat), EBADF, EINVAL, ENOTSUP);
        expect_errno(fd_prestat_dir_name(fd, buffer, 8), EBADF, EINVAL, ENOTSUP, ENOTDIR);
    }
    make_file("preopens", "");
    fd_t fd = open_with("preopens", 0, RIGHTS_READ, 0);
    expect_errno(fd_prestat_get(fd, &prestat), EBADF, EINVAL, ENOTSUP);
    expect_errno(fd_prestat_dir_name(fd, buffer, 8), EBADF, EINVAL, ENOTSUP, ENOTDIR);
    expect_ok(fd_close(fd));

    fd_t directory = open_directory(".");
    expect_errno(fd_prestat_get(directory, &prestat), EBADF, EINVAL, ENOTSUP);
    expect_ok(fd_close(directory));
}

static void closing(void) {
    make_file("closing", "text");
    fd_t first = open_with("closing", 0, RIGHTS_READ, 0);
    fd_t second = open_with("closing", 0, RIGHTS_READ, 0);
    expect(first != second && first > SCRATCH && second > SCRATCH);
    /* Descriptors are positive as signed numbers too. */
    expect(first <= INT32_MAX && second <= INT32_MAX);
    expect_ok(fd_close(first));
    expect_errno(fd_close(first), EBADF);
    /* The other one lives on. */
    expect(content_is(second, 0, "text"));
    expect_ok(fd_close(second));

    /* The same file may be open many times; all numbers differ. */
    fd_t many[100];
    bool distinct = true;
    for (int i = 0; i < 100; i++) {
        many[i] = open_with("closing", 0, RIGHTS_READ, 0);
        for (int j = 0; j < i; j++)
            distinct = distinct && many[i] != many[j];
    }
    expect(distinct);
    for (int i = 0; i < 100; i++)
        expect_ok(fd_close(many[i]));

    /* A file that is removed while it is open stays readable. */
    fd_t fd = open_with("closing", 0, RIGHTS_READ, 0);
    expect_ok(path_unlink_file(SCRATCH, TEXT("closing")));
    expect(content_is(fd, 0, "text"));
    expect_ok(fd_close(fd));
}

static void renumbering(void) {
    make_file("one", "one");
    make_file("two", "two");
    fd_t one = open_with("one", 0, RIGHTS_READ, 0);
    fd_t two = open_with("two", 0, RIGHTS_READ, 0);
    fdstat_t before, after;
    expect_ok(fd_fdstat_get(one, &before));

    /* The target is closed and replaced, the source is gone; all in one step. */
    expect_ok(fd_renumber(one, two));
    expect_errno(fd_fdstat_get(one, &after), EBADF);
    expect(content_is(two, 0, "one"));
    expect_ok(fd_fdstat_get(two, &after));
    expect_equal(after.fs_rights_base, before.fs_rights_base);
    expect_equal(after.fs_flags, before.fs_flags);

    /* Onto itself nothing happens. */
    expect_ok(fd_renumber(two, two));
    expect(content_is(two, 0, "one"));

    /* Both must be open. A number that the program has not been given is not its
     * to choose: otherwise it could take over one that the host hands out later. */
    expect_errno(fd_renumber(NO_SUCH_FD, two), EBADF);
    expect_errno(fd_renumber(two, NO_SUCH_FD), EBADF);
    expect_errno(fd_renumber(NO_SUCH_FD, NO_SUCH_FD), EBADF);
    expect(content_is(two, 0, "one"));
    expect_ok(fd_close(two));
    expect_errno(fd_renumber(two, two), EBADF);
}

/* Every function that takes a descriptor refuses one that is not open. */
static void not_open(fd_t fd) {
    fdstat_t fdstat;
    filestat_t filestat;
    prestat_t prestat;
    iovec_t into = {buffer, 1};
    ciovec_t from = {buffer, 1};
    filesize_t at;
    uint32_t count;
    fd_t opened;

    expect_errno(fd_advise(fd, 0, 0, ADVICE_NORMAL), EBADF);
    expect_errno(fd_allocate(fd, 0, 1), EBADF, ENOTSUP);
    expect_errno(fd_close(fd), EBADF);
    expect_errno(fd_datasync(fd), EBADF);
    expect_errno(fd_fdstat_get(fd, &fdstat), EBADF);
    expect_errno(fd_fdstat_set_flags(fd, 0), EBADF);
    /* ENOTSUP: hosts that do not keep rights have nothing to look up. */
    expect_errno(fd_fdstat_set_rights(fd, 0, 0), EBADF, ENOTSUP);
    expect_errno(fd_filestat_get(fd, &filestat), EBADF);
    expect_errno(fd_filestat_set_size(fd, 0), EBADF);
    expect_errno(fd_filestat_set_times(fd, 0, 0, 0), EBADF);
    expect_errno(fd_pread(fd, &into, 1, 0, &count), EBADF);
    expect_errno(fd_prestat_get(fd, &prestat), EBADF);
    expect_errno(fd_prestat_dir_name(fd, buffer, sizeof buffer), EBADF);
    expect_errno(fd_pwrite(fd, &from, 1, 0, &count), EBADF);
    expect_errno(fd_read(fd, &into, 1, &count), EBADF);
    expect_errno(fd_readdir(fd, buffer, sizeof buffer, 0, &count), EBADF);
    expect_errno(fd_renumber(fd, SCRATCH), EBADF);
    expect_errno(fd_renumber(SCRATCH, fd), EBADF);
    expect_errno(fd_seek(fd, 0, WHENCE_SET, &at), EBADF);
    expect_errno(fd_sync(fd), EBADF);
    expect_errno(fd_tell(fd, &at), EBADF);
    expect_errno(fd_write(fd, &from, 1, &count), EBADF);

    expect_errno(path_create_directory(fd, TEXT("x")), EBADF);
    expect_errno(path_filestat_get(fd, 0, TEXT("x"), &filestat), EBADF);
    expect_errno(path_filestat_set_times(fd, 0, TEXT("x"), 0, 0, 0), EBADF);
    expect_errno(path_link(fd, 0, TEXT("x"), SCRATCH, TEXT("y")), EBADF);
    expect_errno(path_link(SCRATCH, 0, TEXT("two"), fd, TEXT("y")), EBADF);
    expect_errno(path_open(fd, 0, TEXT("x"), 0, 0, 0, 0, &opened), EBADF);
    expect_errno(path_readlink(fd, TEXT("x"), buffer, sizeof buffer, &count), EBADF);
    expect_errno(path_remove_directory(fd, TEXT("x")), EBADF);
    expect_errno(path_rename(fd, TEXT("x"), SCRATCH, TEXT("y")), EBADF);
    expect_errno(path_rename(SCRATCH, TEXT("two"), fd, TEXT("y")), EBADF);
    expect_errno(path_symlink(TEXT("x"), fd, TEXT("y")), EBADF);
    expect_errno(path_unlink_file(fd, TEXT("x")), EBADF);
}

/* Every function that takes a directory refuses a file. */
static void not_a_directory(void) {
    fd_t fd = open_with("two", 0, RIGHTS_READ, 0);
    filestat_t filestat;
    uint32_t count;
    fd_t opened;
    /* ENOTCAPABLE: a file never has the rights that these need. EBADF: it is no
     * descriptor of the kind that is asked for. */
    expect_errno(fd_readdir(fd, buffer, sizeof buffer, 0, &count), ENOTDIR, EBADF, ENOTCAPABLE);
    expect_errno(path_create_directory(fd, TEXT("x")), ENOTDIR, EBADF, ENOTCAPABLE);
    expect_errno(path_filestat_get(fd, 0, TEXT("x"), &filestat), ENOTDIR, EBADF, ENOTCAPABLE);
    expect_errno(path_link(fd, 0, TEXT("x"), SCRATCH, TEXT("y")), ENOTDIR, EBADF, ENOTCAPABLE);
    expect_errno(path_open(fd, 0, TEXT("x"), 0, 0, 0, 0, &opened), ENOTDIR, EBADF, ENOTCAPABLE);
    expect_errno(path_readlink(fd, TEXT("x"), buffer, sizeof buffer, &count), ENOTDIR, EBADF,
                 ENOTCAPABLE);
    expect_errno(path_remove_directory(fd, TEXT("x")), ENOTDIR, EBADF, ENOTCAPABLE);
    expect_errno(path_rename(fd, TEXT("x"), SCRATCH, TEXT("y")), ENOTDIR, EBADF, ENOTCAPABLE);
    expect_errno(path_symlink(TEXT("x"), fd, TEXT("y")), ENOTDIR, EBADF, ENOTCAPABLE);
    expect_errno(path_unlink_file(fd, TEXT("x")), ENOTDIR, EBADF, ENOTCAPABLE);
    expect_ok(fd_close(fd));
}

static void test(void) {
    preopens();
    closing();
    renumbering();
    not_open(SCRATCH + 1);
    not_open(NO_SUCH_FD);
    not_open(INT32_MAX);
    not_open((fd_t)INT32_MAX + 1);
    not_open(UINT32_MAX);
    not_a_directory();

    /* A preopen is a descriptor like any other: it can be closed, and then it is
     * no preopen any more. */
    prestat_t prestat;
    expect_ok(fd_close(SCRATCH));
    expect_errno(fd_prestat_get(SCRATCH, &prestat), EBADF);
    not_open(SCRATCH);
}
