/* Files in the scratch directory: the only one that a test gets, preopened as
 * descriptor 3 at the guest path /scratch, for reading and writing, empty. */

#ifndef SCRATCH_H
#define SCRATCH_H

#include "expect.h"

enum { SCRATCH = 3 };

enum {
    RIGHTS_READ = RIGHT_FD_READ | RIGHT_FD_SEEK | RIGHT_FD_TELL | RIGHT_FD_ADVISE |
                  RIGHT_FD_FILESTAT_GET | RIGHT_FD_FDSTAT_SET_FLAGS | RIGHT_POLL_FD_READWRITE,
    RIGHTS_WRITE = RIGHT_FD_WRITE | RIGHT_FD_DATASYNC | RIGHT_FD_SYNC | RIGHT_FD_ALLOCATE |
                   RIGHT_FD_FILESTAT_SET_SIZE | RIGHT_FD_FILESTAT_SET_TIMES,
    RIGHTS_FILE = RIGHTS_READ | RIGHTS_WRITE,
    RIGHTS_DIRECTORY =
        RIGHT_PATH_CREATE_DIRECTORY | RIGHT_PATH_CREATE_FILE | RIGHT_PATH_LINK_SOURCE |
        RIGHT_PATH_LINK_TARGET | RIGHT_PATH_OPEN | RIGHT_FD_READDIR | RIGHT_PATH_READLINK |
        RIGHT_PATH_RENAME_SOURCE | RIGHT_PATH_RENAME_TARGET | RIGHT_PATH_FILESTAT_GET |
        RIGHT_PATH_FILESTAT_SET_TIMES | RIGHT_FD_FILESTAT_GET | RIGHT_FD_FILESTAT_SET_TIMES |
        RIGHT_PATH_SYMLINK | RIGHT_PATH_REMOVE_DIRECTORY | RIGHT_PATH_UNLINK_FILE,
};

/* What no host hands out at the start. */
enum { NO_SUCH_FD = 9999 };

/* Opens a file or fails the test; NO_SUCH_FD in that case. */
SHARED fd_t open_with(const char *path, uint32_t oflags, rights_t rights,
                             uint32_t fdflags) {
    fd_t fd = NO_SUCH_FD;
    errno_t error = path_open(SCRATCH, 0, TEXT(path), oflags, rights, 0, fdflags, &fd);
    if (error != ESUCCESS) {
        say("cannot open ");
        say(path);
        say(": ");
        say_errno(error);
        end_line(2);
        failures++;
    }
    return fd;
}

SHARED fd_t open_directory(const char *path) {
    fd_t fd = NO_SUCH_FD;
    expect_ok(path_open(SCRATCH, 0, TEXT(path), OFLAGS_DIRECTORY, RIGHTS_DIRECTORY,
                        RIGHTS_DIRECTORY | RIGHTS_FILE, 0, &fd));
    return fd;
}

/* Writes one buffer; the number of bytes that were taken, or 0. */
SHARED uint32_t write_text(fd_t fd, const char *text) {
    ciovec_t iov = {text, length_of(text)};
    uint32_t written = 0;
    return fd_write(fd, &iov, 1, &written) == ESUCCESS ? written : 0;
}

/* Creates or replaces a file. */
SHARED void make_file(const char *path, const char *content) {
    fd_t fd = open_with(path, OFLAGS_CREAT | OFLAGS_TRUNC, RIGHTS_FILE, 0);
    expect_equal(write_text(fd, content), length_of(content));
    expect_ok(fd_close(fd));
}

/* Whether a descriptor's content from an offset on is exactly this. */
SHARED bool content_is(fd_t fd, filesize_t offset, const char *expected) {
    char content[256];
    uint32_t length = length_of(expected), got = 0;
    iovec_t iov = {content, sizeof content};
    return fd_pread(fd, &iov, 1, offset, &got) == ESUCCESS && got == length &&
           same_bytes(content, expected, length);
}

SHARED bool file_is(const char *path, const char *expected) {
    fd_t fd = open_with(path, 0, RIGHTS_READ, 0);
    bool is = content_is(fd, 0, expected);
    fd_close(fd);
    return is;
}

/* The type of what is at a path, without following it; -1 if there is nothing. */
SHARED int type_of(const char *path) {
    filestat_t stat;
    return path_filestat_get(SCRATCH, 0, TEXT(path), &stat) == ESUCCESS ? stat.filetype : -1;
}

#endif
