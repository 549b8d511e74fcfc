/* Reading and writing: scatter and gather, positions, reads at an offset. */

#include "scratch.h"

enum { UNTOUCHED = 0x5A };

static char buffer[64];

static filesize_t position(fd_t fd) {
    filesize_t at = UINT64_MAX;
    expect_ok(fd_tell(fd, &at));
    return at;
}

static void expect_rest(fd_t fd, const char *rest) {
    memset(buffer, UNTOUCHED, sizeof buffer);
    iovec_t iov = {buffer, sizeof buffer};
    uint32_t got = UINT32_MAX;
    expect_ok(fd_read(fd, &iov, 1, &got));
    expect_equal(got, length_of(rest));
    expect(same_bytes(buffer, rest, length_of(rest)));
    expect_equal(buffer[length_of(rest)], UNTOUCHED);
}

static void standard_input(void) {
    /* A short buffer takes the beginning, the next read goes on from there. */
    char head[2];
    iovec_t iov = {head, sizeof head};
    uint32_t got = UINT32_MAX;
    expect_ok(fd_read(0, &iov, 1, &got));
    expect_equal(got, 2);
    expect(same_bytes(head, "in", 2));
    expect_rest(0, "put");
    /* The end of the input is a read of nothing, again and again. */
    for (int i = 0; i < 3; i++)
        expect_rest(0, "");
    /* Streams have no position. A host that knows standard input to be a pipe says
     * ESPIPE; one that never gave it the right says ENOTCAPABLE. If it is a file,
     * the position may well be told. */
    filesize_t at;
    expect_errno(fd_tell(0, &at), ESPIPE, ENOTCAPABLE, ESUCCESS);
}

static void gather(void) {
    fd_t fd = open_with("gather", OFLAGS_CREAT | OFLAGS_EXCL, RIGHTS_FILE, 0);
    ciovec_t iovs[] = {{"one ", 4}, {NULL, 0}, {"two ", 4}, {"", 0}, {"three", 5}};
    uint32_t written = UINT32_MAX;
    expect_ok(fd_write(fd, iovs, 5, &written));
    /* A host may take the first buffers only. What it took is what it says. */
    expect(written > 0 && written <= 13);
    expect_equal(position(fd), written);
    while (written < 13) {
        ciovec_t rest = {&"one two three"[written], 13 - written};
        uint32_t more = 0;
        if (!expect_ok(fd_write(fd, &rest, 1, &more)) || !expect(more > 0))
            return;
        written += more;
    }
    expect(content_is(fd, 0, "one two three"));

    /* No buffers, or none with a byte in it: nothing is written. */
    written = UINT32_MAX;
    expect_ok(fd_write(fd, iovs, 0, &written));
    expect_equal(written, 0);
    written = UINT32_MAX;
    expect_ok(fd_write(fd, iovs + 1, 1, &written));
    expect_equal(written, 0);
    expect_equal(position(fd), 13);
    expect_ok(fd_close(fd));
}

static void scatter(void) {
    make_file("scatter", "0123456789");
    fd_t fd = open_with("scatter", 0, RIGHTS_READ, 0);
    char a[4], b[4], c[4];
    memset(a, UNTOUCHED, sizeof a);
    memset(b, UNTOUCHED, sizeof b);
    memset(c, UNTOUCHED, sizeof c);
    iovec_t iovs[] = {{a, 3}, {NULL, 0}, {b, 4}, {c, 4}};

    /* As with gather: a host may fill the first buffers only, in order. */
    uint32_t got = 0;
    expect_ok(fd_read(fd, iovs, 4, &got));
    expect(got >= 3 && got <= 10);
    expect_equal(position(fd), got);
    expect(same_bytes(a, "012", 3));
    expect_equal(a[3], UNTOUCHED);
    if (got == 10) {
        expect(same_bytes(b, "3456", 4));
        expect(same_bytes(c, "789", 3));
        expect_equal(c[3], UNTOUCHED);
    }
    uint32_t nothing = UINT32_MAX;
    expect_ok(fd_read(fd, iovs, 0, &nothing));
    expect_equal(nothing, 0);
    expect_ok(fd_close(fd));
}

static void seek_and_tell(void) {
    make_file("seek", "0123456789");
    fd_t fd = open_with("seek", 0, RIGHTS_FILE, 0);
    filesize_t at = UINT64_MAX;
    expect_equal(position(fd), 0);
    expect_ok(fd_seek(fd, 4, WHENCE_SET, &at));
    expect_equal(at, 4);
    expect_ok(fd_seek(fd, 3, WHENCE_CUR, &at));
    expect_equal(at, 7);
    expect_ok(fd_seek(fd, -2, WHENCE_CUR, &at));
    expect_equal(at, 5);
    expect_equal(position(fd), 5);
    expect_ok(fd_seek(fd, -1, WHENCE_END, &at));
    expect_equal(at, 9);
    expect_rest(fd, "9");
    expect_ok(fd_seek(fd, 0, WHENCE_END, &at));
    expect_equal(at, 10);
    expect_ok(fd_seek(fd, 0, WHENCE_CUR, &at));
    expect_equal(at, 10);

    /* Before the beginning there is nothing; the position stays. */
    at = 0x5A5A;
    expect_errno(fd_seek(fd, -1, WHENCE_SET, &at), EINVAL);
    expect_errno(fd_seek(fd, -11, WHENCE_CUR, &at), EINVAL);
    expect_errno(fd_seek(fd, -11, WHENCE_END, &at), EINVAL);
    expect_errno(fd_seek(fd, INT64_MIN, WHENCE_CUR, &at), EINVAL, EOVERFLOW);
    expect_equal(at, 0x5A5A);
    expect_equal(position(fd), 10);

    /* Beyond the end one may go. A read finds nothing there, a write leaves a hole
     * of zeros. */
    expect_ok(fd_seek(fd, 2, WHENCE_END, &at));
    expect_equal(at, 12);
    expect_rest(fd, "");
    expect_equal(write_text(fd, "x"), 1);
    expect_equal(position(fd), 13);
    uint32_t got = 0;
    iovec_t hole = {buffer, 3};
    expect_ok(fd_pread(fd, &hole, 1, 10, &got));
    expect_equal(got, 3);
    expect(same_bytes(buffer, "\0\0x", 3));
    expect_ok(fd_close(fd));

    /* A position can lie beyond the largest file of any file system. */
    fd = open_with("seek", 0, RIGHTS_FILE, 0);
    static const int64_t far[] = {INT64_MAX, 1ll << 62, 1ll << 48};
    for (int i = 0; i < 3; i++) {
        expect_ok(fd_seek(fd, far[i], WHENCE_SET, &at));
        expect_equal(at, far[i]);
        expect_equal(position(fd), far[i]);
        expect_rest(fd, "");
        expect_equal(position(fd), far[i]);
        ciovec_t from = {"x", 1};
        uint32_t count = 0;
        expect_errno(fd_write(fd, &from, 1, &count), EFBIG, ENOSPC);
        from.buf_len = 0;
        expect_ok(fd_write(fd, &from, 1, &count));
        expect_ok(fd_seek(fd, -1, WHENCE_CUR, &at));
        expect_equal(at, far[i] - 1);
        expect_ok(fd_seek(fd, far[i] - 13, WHENCE_END, &at));
        expect_equal(at, far[i]);
        expect_ok(fd_seek(fd, 12 - far[i], WHENCE_CUR, &at));
        expect_equal(at, 12);
        expect_rest(fd, "x");
    }
    /* No offset is larger than a signed number can hold. */
    expect_ok(fd_seek(fd, INT64_MAX, WHENCE_SET, &at));
    expect_errno(fd_seek(fd, 1, WHENCE_CUR, &at), EINVAL, EOVERFLOW);
    expect_errno(fd_seek(fd, INT64_MAX, WHENCE_END, &at), EINVAL, EOVERFLOW);
    expect_errno(fd_seek(fd, INT64_MIN, WHENCE_CUR, &at), EINVAL, EOVERFLOW);
    expect_equal(position(fd), INT64_MAX);
    /* A write that appends goes to the end from there. */
    expect_ok(fd_fdstat_set_flags(fd, FDFLAGS_APPEND));
    expect_equal(write_text(fd, "y"), 1);
    expect_equal(position(fd), 14);
    expect_ok(fd_close(fd));

#ifndef RIGHTS_ARE_HINTS
    /* If the right to seek is taken away, asking for the position still works by the
     * right to tell, and by nothing else. */
    fd = open_with("seek", 0, RIGHT_FD_READ, 0);
    expect_ok(fd_fdstat_set_rights(fd, RIGHT_FD_READ | RIGHT_FD_TELL, 0));
    expect_equal(position(fd), 0);
    expect_not_capable(fd_seek(fd, 1, WHENCE_SET, &at));
    expect_ok(fd_fdstat_set_rights(fd, RIGHT_FD_READ, 0));
    expect_not_capable(fd_tell(fd, &at));
    expect_ok(fd_close(fd));
#endif
}

static void at_an_offset(void) {
    make_file("offset", "0123456789");
    fd_t fd = open_with("offset", 0, RIGHTS_FILE, 0);
    filesize_t at;
    expect_ok(fd_seek(fd, 2, WHENCE_SET, &at));

    char a[3], b[3];
    iovec_t into[] = {{a, 3}, {b, 3}};
    uint32_t got = UINT32_MAX;
    expect_ok(fd_pread(fd, into, 2, 5, &got));
    expect(got == 3 || got == 5);
    expect(same_bytes(a, "567", 3));
    expect(got == 3 || same_bytes(b, "89", 2));
    expect_ok(fd_pread(fd, into, 2, 10, &got));
    expect_equal(got, 0);
    expect_ok(fd_pread(fd, into, 2, 1000000, &got));
    expect_equal(got, 0);
    expect_ok(fd_pread(fd, into, 0, 0, &got));
    expect_equal(got, 0);

    ciovec_t from[] = {{"AB", 2}, {"CD", 2}};
    uint32_t written = UINT32_MAX;
    expect_ok(fd_pwrite(fd, from, 2, 3, &written));
    expect(written == 2 || written == 4);
    if (written == 2) {
        expect_ok(fd_pwrite(fd, from + 1, 1, 5, &written));
        expect_equal(written, 2);
    }
    expect(content_is(fd, 0, "012ABCD789"));
    /* None of this moved the position. */
    expect_equal(position(fd), 2);
    expect_rest(fd, "2ABCD789");

    /* Beyond the end: the gap is zeros. */
    expect_ok(fd_pwrite(fd, from, 1, 12, &written));
    expect_equal(written, 2);
    iovec_t gap = {buffer, 4};
    expect_ok(fd_pread(fd, &gap, 1, 10, &got));
    expect_equal(got, 4);
    expect(same_bytes(buffer, "\0\0AB", 4));

    /* An offset that no signed file offset can hold. */
    expect_errno(fd_pread(fd, into, 1, UINT64_MAX, &got), EINVAL, EOVERFLOW, EFBIG);
    expect_errno(fd_pwrite(fd, from, 1, UINT64_MAX, &written), EINVAL, EOVERFLOW, EFBIG);
    expect_ok(fd_close(fd));

#ifndef RIGHTS_ARE_HINTS
    /* Reading at an offset needs the right to seek as well. */
    fd = open_with("offset", 0, RIGHT_FD_READ | RIGHT_FD_WRITE, 0);
    expect_ok(fd_fdstat_set_rights(fd, RIGHT_FD_READ | RIGHT_FD_WRITE, 0));
    expect_not_capable(fd_pread(fd, into, 1, 0, &got));
    expect_not_capable(fd_pwrite(fd, from, 1, 0, &written));
    expect_ok(fd_close(fd));
#endif
}

static void append(void) {
    make_file("append", "abc");
    fd_t fd = open_with("append", 0, RIGHTS_FILE, FDFLAGS_APPEND);
    filesize_t at;
    /* Wherever the position is, writing happens at the end. */
    expect_ok(fd_seek(fd, 1, WHENCE_SET, &at));
    expect_equal(write_text(fd, "def"), 3);
    expect(content_is(fd, 0, "abcdef"));
    expect_equal(position(fd), 6);
    expect_ok(fd_seek(fd, 0, WHENCE_SET, &at));
    expect_equal(write_text(fd, "g"), 1);
    expect(content_is(fd, 0, "abcdefg"));

    /* Without the flag it happens at the position again. */
    expect_ok(fd_fdstat_set_flags(fd, 0));
    expect_ok(fd_seek(fd, 0, WHENCE_SET, &at));
    expect_equal(write_text(fd, "A"), 1);
    expect(content_is(fd, 0, "Abcdefg"));
    expect_ok(fd_close(fd));
}

static void rights(void) {
    make_file("rights", "content");
    uint32_t count;
    iovec_t into = {buffer, 4};
    ciovec_t from = {"text", 4};

    /* A host that keeps rights says ENOTCAPABLE; one that opened the file
     * accordingly lets the system say EBADF. */
    fd_t fd = open_with("rights", 0, RIGHTS_READ, 0);
    expect_errno(fd_write(fd, &from, 1, &count), ENOTCAPABLE, EBADF);
    expect_errno(fd_pwrite(fd, &from, 1, 0, &count), ENOTCAPABLE, EBADF);
    expect_ok(fd_close(fd));
    fd = open_with("rights", 0, RIGHTS_WRITE, 0);
    expect_errno(fd_read(fd, &into, 1, &count), ENOTCAPABLE, EBADF);
    expect_errno(fd_pread(fd, &into, 1, 0, &count), ENOTCAPABLE, EBADF);
    expect_ok(fd_close(fd));
    expect(file_is("rights", "content"));

    /* A directory has no bytes. */
    expect_errno(fd_read(SCRATCH, &into, 1, &count), EISDIR, EBADF, ENOTCAPABLE);
    expect_errno(fd_pread(SCRATCH, &into, 1, 0, &count), EISDIR, EBADF, ENOTCAPABLE);
    expect_errno(fd_write(SCRATCH, &from, 1, &count), EISDIR, EBADF, ENOTCAPABLE);
    expect_errno(fd_pwrite(SCRATCH, &from, 1, 0, &count), EISDIR, EBADF, ENOTCAPABLE);

    /* The wrong way round on the standard streams. */
    expect_errno(fd_write(0, &from, 1, &count), EBADF, ENOTCAPABLE);
    expect_errno(fd_read(1, &into, 1, &count), EBADF, ENOTCAPABLE);
    expect_errno(fd_read(2, &into, 1, &count), EBADF, ENOTCAPABLE);
}

static void test(void) {
    standard_input();
    gather();
    scatter();
    seek_and_tell();
    at_an_offset();
    append();
    rights();
}
