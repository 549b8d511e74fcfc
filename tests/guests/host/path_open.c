/* Opening: flags, lookups, rights, and paths that try to get out. */

#include "scratch.h"

/* The rights that opening the scratch directory may hand on. A host need not have
 * every right there is (one without sockets has no SOCK_SHUTDOWN). */
static rights_t inheritable;

static errno_t open_at(fd_t at, const char *path, uint32_t lookup, uint32_t oflags,
                       rights_t rights) {
    fd_t fd = NO_SUCH_FD;
    errno_t error = path_open(at, lookup, TEXT(path), oflags, rights, 0, 0, &fd);
    if (error == ESUCCESS) {
        expect(fd > SCRATCH && fd != NO_SUCH_FD);
        expect_ok(fd_close(fd));
    } else {
        /* The result is written on success only. */
        expect_equal(fd, NO_SUCH_FD);
    }
    return error;
}

static errno_t open(const char *path, uint32_t oflags) {
    return open_at(SCRATCH, path, 0, oflags, RIGHTS_READ);
}

static errno_t create(const char *path, uint32_t oflags) {
    return open_at(SCRATCH, path, 0, OFLAGS_CREAT | oflags, RIGHTS_FILE);
}

static void opening_flags(void) {
    expect_errno(open("file", 0), ENOENT);
    expect_ok(create("file", 0));
    expect_equal(type_of("file"), FILETYPE_REGULAR_FILE);
    make_file("file", "content");

    /* Creating what exists is opening, unless it has to be new. */
    expect_ok(create("file", 0));
    expect(file_is("file", "content"));
    expect_errno(create("file", OFLAGS_EXCL), EEXIST);
    expect_errno(create("file", OFLAGS_EXCL | OFLAGS_TRUNC), EEXIST);
    expect(file_is("file", "content"));
    expect_ok(create("new", OFLAGS_EXCL));
    expect_equal(type_of("new"), FILETYPE_REGULAR_FILE);

    expect_ok(open_at(SCRATCH, "file", 0, OFLAGS_TRUNC, RIGHTS_FILE));
    expect(file_is("file", ""));
    expect_errno(open_at(SCRATCH, "none", 0, OFLAGS_TRUNC, RIGHTS_FILE), ENOENT);

    expect_errno(open("file", OFLAGS_DIRECTORY), ENOTDIR);
    expect_errno(open("none", OFLAGS_DIRECTORY), ENOENT);
    /* A directory cannot be created by opening: the combination makes no sense. */
    expect_errno(create("none", OFLAGS_DIRECTORY), EINVAL, ENOENT, ENOTDIR);
    expect_equal(type_of("none"), -1);
}

static void directories(void) {
    expect_ok(path_create_directory(SCRATCH, TEXT("dir")));
    make_file("dir/file", "inside");

    /* With the flag or without, as long as nobody asks to write. */
    expect_ok(open_at(SCRATCH, "dir", 0, OFLAGS_DIRECTORY, RIGHT_FD_READDIR));
    expect_ok(open_at(SCRATCH, "dir", 0, 0, RIGHT_FD_READDIR));
    expect_ok(open_at(SCRATCH, ".", 0, OFLAGS_DIRECTORY, RIGHT_FD_READDIR));
    expect_errno(open_at(SCRATCH, "dir", 0, 0, RIGHT_FD_READ | RIGHT_FD_WRITE), EISDIR);
    expect_errno(open_at(SCRATCH, "dir", 0, OFLAGS_TRUNC, RIGHTS_FILE), EISDIR);
    expect_errno(create("dir", OFLAGS_EXCL), EEXIST);
    /* To create is to ask for a file, even if nobody asks to write. */
    static const char *const names[] = {"dir", "dir/", ".", "dir/."};
    for (int i = 0; i < 4; i++)
        expect_errno(open_at(SCRATCH, names[i], 0, OFLAGS_CREAT, RIGHT_FD_READ), EISDIR);

    fd_t dir = open_directory("dir");
    fdstat_t stat;
    expect_ok(fd_fdstat_get(dir, &stat));
    expect_equal(stat.fs_filetype, FILETYPE_DIRECTORY);
    /* Paths are relative to the descriptor they come with, */
    expect_ok(open_at(dir, "file", 0, 0, RIGHTS_READ));
    expect_errno(open_at(dir, "dir/file", 0, 0, RIGHTS_READ), ENOENT);
    /* and may not leave it, even to where another descriptor could go. */
    expect_escape_refused(open_at(dir, "..", 0, OFLAGS_DIRECTORY, RIGHT_FD_READDIR));
    expect_escape_refused(open_at(dir, "../file", 0, 0, RIGHTS_READ));
    expect_ok(fd_close(dir));
}

static void paths(void) {
    expect_ok(open("dir/file", 0));
    expect_ok(open("./dir/./file", 0));
    expect_ok(open("dir//file", 0));
    expect_ok(open("dir/../dir/file", 0));
    expect_errno(open("dir/none/file", 0), ENOENT);
    expect_errno(open("dir/file/below", 0), ENOTDIR);
    expect_errno(open("none/../dir/file", 0), ENOENT);
    expect_errno(open("dir/file/..", 0), ENOTDIR);

    /* A trailing slash asks for a directory. */
    expect_ok(open_at(SCRATCH, "dir/", 0, OFLAGS_DIRECTORY, RIGHT_FD_READDIR));
    expect_ok(open_at(SCRATCH, "dir///", 0, OFLAGS_DIRECTORY, RIGHT_FD_READDIR));
    expect_errno(open("dir/file/", 0), ENOTDIR);
    expect_errno(open("dir/file/.", 0), ENOTDIR);
    expect_errno(create("dir/none/", 0), EISDIR, ENOENT, ENOTDIR, EINVAL);
    expect_equal(type_of("dir/none"), -1);

    expect_errno(open("", 0), ENOENT, EINVAL);
    /* A NUL cannot be part of a path; and what stands in front of it is not it. */
    fd_t fd;
    expect_errno(path_open(SCRATCH, 0, "dir/file\0x", 10, 0, RIGHTS_READ, 0, 0, &fd), EINVAL,
                 EILSEQ, ENOENT);
    /* Paths are UTF-8. */
    expect_errno(open("\xFF\xFE", 0), EILSEQ, ENOENT, EINVAL);
    expect_errno(create("\xC3\x28", 0), EILSEQ, EINVAL);
    static char long_name[300];
    memset(long_name, 'n', sizeof long_name - 1);
    expect_errno(open(long_name, 0), ENAMETOOLONG, ENOENT);
    expect_errno(create(long_name, 0), ENAMETOOLONG);

    /* Names are bytes apart from that: spaces, backslashes, other alphabets. */
    make_file("dir/ sp ace ", "1");
    make_file("dir/back\\slash", "2");
    make_file("dir/\xC3\xA4\xE2\x82\xAC", "3");
    make_file("dir/...", "4");
    expect(file_is("dir/ sp ace ", "1"));
    expect(file_is("dir/back\\slash", "2"));
    expect(file_is("dir/\xC3\xA4\xE2\x82\xAC", "3"));
    expect(file_is("dir/...", "4"));
}

static void escapes(void) {
    static const char *const outside[] = {
        "..",        "../",         "../x",           "dir/../..",   "dir/../../x",
        "./../x",    "/",           "/etc",           "/etc/passwd", "//etc/passwd",
        "/scratch",  "dir/../../scratch/dir/file",    "../scratch",
    };
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        expect_escape_refused(open(outside[i], 0));
        expect_escape_refused(open(outside[i], OFLAGS_DIRECTORY));
        expect_escape_refused(create(outside[i], 0));
        expect_escape_refused(create(outside[i], OFLAGS_EXCL));
        expect_escape_refused(open_at(SCRATCH, outside[i], LOOKUP_SYMLINK_FOLLOW, 0, RIGHTS_READ));
    }

    /* The same by way of symbolic links. A host may refuse to create those, and
     * then has nothing to fear from them. */
    if (path_symlink(TEXT(".."), SCRATCH, TEXT("up")) == ESUCCESS) {
        expect_escape_refused(
            open_at(SCRATCH, "up", LOOKUP_SYMLINK_FOLLOW, 0, RIGHT_FD_READDIR));
        expect_escape_refused(open("up/x", 0));
        expect_escape_refused(create("up/x", OFLAGS_EXCL));
        expect_escape_refused(open("dir/../up/x", 0));
    }
    if (path_symlink(TEXT("../../x"), SCRATCH, TEXT("dir/out")) == ESUCCESS) {
        expect_escape_refused(
            open_at(SCRATCH, "dir/out", LOOKUP_SYMLINK_FOLLOW, OFLAGS_CREAT, RIGHTS_FILE));
        expect_errno(create("dir/out", OFLAGS_EXCL), EEXIST, EPERM, ENOTCAPABLE);
    }
    if (path_symlink(TEXT("up/x"), SCRATCH, TEXT("chain")) == ESUCCESS)
        expect_escape_refused(open_at(SCRATCH, "chain", LOOKUP_SYMLINK_FOLLOW, 0, RIGHTS_READ));
}

static void symbolic_links(void) {
    expect_ok(path_symlink(TEXT("dir/file"), SCRATCH, TEXT("link")));
    expect_ok(path_symlink(TEXT("dir"), SCRATCH, TEXT("dirlink")));
    expect_ok(path_symlink(TEXT("../dir/file"), SCRATCH, TEXT("dir/inside")));
    expect_ok(path_symlink(TEXT("nowhere"), SCRATCH, TEXT("dangling")));
    expect_ok(path_symlink(TEXT("loop2"), SCRATCH, TEXT("loop1")));
    expect_ok(path_symlink(TEXT("loop1"), SCRATCH, TEXT("loop2")));

    /* The last part is followed only when asked to, */
    expect_errno(open("link", 0), ELOOP);
    expect_ok(open_at(SCRATCH, "link", LOOKUP_SYMLINK_FOLLOW, 0, RIGHTS_READ));
    expect_errno(open("dirlink", OFLAGS_DIRECTORY), ELOOP, ENOTDIR);
    expect_ok(open_at(SCRATCH, "dirlink", LOOKUP_SYMLINK_FOLLOW, OFLAGS_DIRECTORY,
                      RIGHT_FD_READDIR));
    /* those before it always, */
    expect_ok(open("dirlink/file", 0));
    /* also up and down again, as long as they stay inside. */
    expect_ok(open_at(SCRATCH, "dir/inside", LOOKUP_SYMLINK_FOLLOW, 0, RIGHTS_READ));

    expect_errno(open("dangling", 0), ELOOP);
    expect_errno(open_at(SCRATCH, "dangling", LOOKUP_SYMLINK_FOLLOW, 0, RIGHTS_READ), ENOENT);
    /* What a link points to may be created through it, but not exclusively. */
    expect_errno(open_at(SCRATCH, "dangling", LOOKUP_SYMLINK_FOLLOW,
                         OFLAGS_CREAT | OFLAGS_EXCL, RIGHTS_FILE),
                 EEXIST);
    expect_equal(type_of("nowhere"), -1);
    expect_ok(open_at(SCRATCH, "dangling", LOOKUP_SYMLINK_FOLLOW, OFLAGS_CREAT, RIGHTS_FILE));
    expect_equal(type_of("nowhere"), FILETYPE_REGULAR_FILE);

    expect_errno(open_at(SCRATCH, "loop1", LOOKUP_SYMLINK_FOLLOW, 0, RIGHTS_READ), ELOOP);
    expect_errno(open("loop1/x", 0), ELOOP);
}

static void rights(void) {
#ifndef RIGHTS_ARE_HINTS
    fd_t dir = NO_SUCH_FD, fd = NO_SUCH_FD;
    fdstat_t stat;

    /* A directory has all the rights of directories, and hands on all that can be
     * handed on, whatever was asked for; */
    expect_ok(path_open(SCRATCH, 0, TEXT("dir"), OFLAGS_DIRECTORY, 0, 0, 0, &dir));
    expect_ok(fd_fdstat_get(dir, &stat));
    expect_equal(stat.fs_rights_base & RIGHTS_DIRECTORY, RIGHTS_DIRECTORY);
    expect_equal(stat.fs_rights_inheriting, inheritable);
    /* so has a file, but for what was not asked for of reading and writing. */
    expect_ok(path_open(dir, 0, TEXT("file"), 0, RIGHT_FD_READ, 0, 0, &fd));
    expect_ok(fd_fdstat_get(fd, &stat));
    expect_equal(stat.fs_rights_base & RIGHTS_FILE,
                 RIGHTS_FILE & ~(rights_t)(RIGHT_FD_WRITE | RIGHT_FD_ALLOCATE |
                                           RIGHT_FD_FILESTAT_SET_SIZE));
    expect_equal(stat.fs_rights_inheriting, 0);
    expect_ok(fd_close(fd));
    expect_ok(path_open(dir, 0, TEXT("file"), 0, RIGHT_FD_WRITE, RIGHT_FD_WRITE, 0, &fd));
    expect_ok(fd_close(fd));
    /* Rights that do not exist cannot be asked for. */
    expect_errno(path_open(dir, 0, TEXT("file"), 0, 1ull << 40, 0, 0, &fd), EINVAL);
    expect_errno(path_open(dir, 0, TEXT("file"), 0, 0, 1ull << 63, 0, &fd), EINVAL);

    /* What a directory does not hand on any more, nothing has that is opened through
     * it, nor through what is. */
    expect_ok(fd_fdstat_set_rights(dir, RIGHT_PATH_OPEN | RIGHT_FD_READDIR,
                                   RIGHT_FD_READ | RIGHT_FD_SEEK | RIGHT_PATH_OPEN));
    expect_ok(path_open(dir, 0, TEXT("file"), 0, RIGHT_FD_READ, 0, 0, &fd));
    expect_ok(fd_fdstat_get(fd, &stat));
    expect_equal(stat.fs_rights_base, RIGHT_FD_READ | RIGHT_FD_SEEK);
    expect_ok(fd_close(fd));
    expect_not_capable(path_open(dir, 0, TEXT("file"), 0, RIGHT_FD_WRITE, 0, 0, &fd));
    expect_ok(path_open(dir, 0, TEXT("."), OFLAGS_DIRECTORY, 0, inheritable, 0, &fd));
    expect_ok(fd_fdstat_get(fd, &stat));
    expect_equal(stat.fs_rights_base, RIGHT_PATH_OPEN);
    expect_equal(stat.fs_rights_inheriting, RIGHT_FD_READ | RIGHT_FD_SEEK | RIGHT_PATH_OPEN);
    fd_t file = NO_SUCH_FD;
    expect_not_capable(path_open(fd, 0, TEXT("file"), 0, RIGHT_FD_WRITE, 0, 0, &file));
    expect_ok(fd_close(fd));
    /* Creating and cutting off need rights of the directory's own. */
    expect_not_capable(path_open(dir, 0, TEXT("n"), OFLAGS_CREAT, RIGHT_FD_READ, 0, 0, &fd));
    expect_not_capable(path_open(dir, 0, TEXT("file"), OFLAGS_TRUNC, RIGHT_FD_READ, 0, 0, &fd));
    /* So does everything else that takes a path. */
    filestat_t filestat;
    char buffer[8];
    uint32_t count;
    expect_not_capable(path_create_directory(dir, TEXT("n")));
    expect_not_capable(path_filestat_get(dir, 0, TEXT("file"), &filestat));
    expect_not_capable(path_filestat_set_times(dir, 0, TEXT("file"), 1, 1, FSTFLAGS_MTIM));
    expect_not_capable(path_link(dir, 0, TEXT("file"), SCRATCH, TEXT("n")));
    expect_not_capable(path_link(SCRATCH, 0, TEXT("file"), dir, TEXT("n")));
    expect_not_capable(path_readlink(dir, TEXT("out"), buffer, sizeof buffer, &count));
    expect_not_capable(path_remove_directory(dir, TEXT("file")));
    expect_not_capable(path_rename(dir, TEXT("file"), SCRATCH, TEXT("n")));
    expect_not_capable(path_rename(SCRATCH, TEXT("file"), dir, TEXT("n")));
    expect_not_capable(path_symlink(TEXT("x"), dir, TEXT("n")));
    expect_not_capable(path_unlink_file(dir, TEXT("file")));
    expect_ok(fd_close(dir));

    dir = NO_SUCH_FD;
    expect_ok(path_open(SCRATCH, 0, TEXT("dir"), OFLAGS_DIRECTORY, 0, inheritable, 0, &dir));
    expect_ok(fd_fdstat_set_rights(dir, 0, inheritable));
    expect_not_capable(path_open(dir, 0, TEXT("file"), 0, RIGHT_FD_READ, 0, 0, &fd));
    expect_not_capable(fd_readdir(dir, buffer, sizeof buffer, 0, &count));
    expect_ok(fd_close(dir));
    expect(file_is("dir/file", "inside"));
#endif
}

static void descriptor_flags(void) {
    fd_t fd = NO_SUCH_FD;
    fdstat_t stat;
    expect_ok(path_open(SCRATCH, 0, TEXT("file"), 0, RIGHTS_FILE, 0,
                        FDFLAGS_APPEND | FDFLAGS_NONBLOCK, &fd));
    expect_ok(fd_fdstat_get(fd, &stat));
    expect_equal(stat.fs_flags & (FDFLAGS_APPEND | FDFLAGS_NONBLOCK),
                 FDFLAGS_APPEND | FDFLAGS_NONBLOCK);
    expect_ok(fd_close(fd));

    /* Synchronous writing: done, or refused; never ignored in silence. */
    static const uint32_t synchronous[] = {FDFLAGS_DSYNC, FDFLAGS_RSYNC, FDFLAGS_SYNC};
    for (int i = 0; i < 3; i++) {
        errno_t error =
            path_open(SCRATCH, 0, TEXT("file"), 0, RIGHTS_FILE, 0, synchronous[i], &fd);
        expect_errno(error, ESUCCESS, ENOTSUP);
        if (error == ESUCCESS) {
            expect_equal(write_text(fd, "s"), 1);
            expect_ok(fd_close(fd));
        }
    }
}

static void test(void) {
    fdstat_t stat;
    expect_ok(fd_fdstat_get(SCRATCH, &stat));
    inheritable = stat.fs_rights_inheriting;

    opening_flags();
    directories();
    paths();
    escapes();
    symbolic_links();
    rights();
    descriptor_flags();
}
