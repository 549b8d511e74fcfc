/* Operations on paths: directories, unlinking, renaming, links, metadata. */

#include "scratch.h"

static char buffer[64];

static errno_t make_directory(const char *path) {
    return path_create_directory(SCRATCH, TEXT(path));
}
static errno_t remove_directory(const char *path) {
    return path_remove_directory(SCRATCH, TEXT(path));
}
static errno_t unlink(const char *path) { return path_unlink_file(SCRATCH, TEXT(path)); }
static errno_t rename(const char *from, const char *to) {
    return path_rename(SCRATCH, TEXT(from), SCRATCH, TEXT(to));
}
static errno_t link(const char *from, const char *to) {
    return path_link(SCRATCH, 0, TEXT(from), SCRATCH, TEXT(to));
}
static errno_t symlink(const char *target, const char *path) {
    return path_symlink(TEXT(target), SCRATCH, TEXT(path));
}
static errno_t stat(const char *path, uint32_t lookup, filestat_t *stat) {
    memset(stat, 0xAA, sizeof *stat);
    return path_filestat_get(SCRATCH, lookup, TEXT(path), stat);
}

static void directories(void) {
    expect_ok(make_directory("dir"));
    expect_equal(type_of("dir"), FILETYPE_DIRECTORY);
    expect_errno(make_directory("dir"), EEXIST);
    expect_ok(make_directory("dir/inner"));
    expect_errno(make_directory("none/inner"), ENOENT);
    make_file("dir/file", "content");
    expect_errno(make_directory("dir/file"), EEXIST);
    expect_errno(make_directory("dir/file/x"), ENOTDIR);
    expect_errno(make_directory(""), ENOENT, EINVAL);
    expect_errno(make_directory("."), EEXIST, EINVAL);
    /* The slash says what is asked for anyway. */
    expect_ok(make_directory("dir/slash/"));
    expect_equal(type_of("dir/slash"), FILETYPE_DIRECTORY);

    expect_errno(remove_directory("dir"), ENOTEMPTY);
    expect_errno(remove_directory("dir/file"), ENOTDIR);
    expect_errno(remove_directory("none"), ENOENT);
    expect_errno(remove_directory(""), ENOENT, EINVAL);
    expect_errno(remove_directory("."), EINVAL, ENOTEMPTY, EBUSY);
    /* Hosts disagree about the slash here, and the specification is silent. */
    if (expect_errno(remove_directory("dir/slash/"), ESUCCESS, EINVAL))
        remove_directory("dir/slash");
    expect_equal(type_of("dir/slash"), -1);
    expect_ok(remove_directory("dir/inner"));
    expect_equal(type_of("dir/inner"), -1);
    expect(file_is("dir/file", "content"));
}

static void unlinking(void) {
    make_file("unlink", "");
    /* With a slash at the end it would have to be a directory. */
    expect_errno(unlink("unlink/"), ENOTDIR);
    expect_ok(unlink("unlink"));
    expect_errno(unlink("unlink"), ENOENT);
    expect_errno(unlink(""), ENOENT, EINVAL);
    /* A directory is not unlinked. POSIX says EPERM, Linux EISDIR. */
    expect_errno(unlink("dir"), EISDIR, EPERM, EACCES);
    expect_errno(unlink("dir/"), EISDIR, EPERM, EACCES, ENOTDIR);
    expect_equal(type_of("dir"), FILETYPE_DIRECTORY);
    /* Of a link the link is removed, not what it points to. */
    expect_ok(symlink("dir/file", "unlink"));
    expect_ok(unlink("unlink"));
    expect_equal(type_of("unlink"), -1);
    expect(file_is("dir/file", "content"));
}

static void renaming(void) {
    make_file("from", "from");
    make_file("other", "other");
    expect_ok(rename("from", "to"));
    expect_equal(type_of("from"), -1);
    expect(file_is("to", "from"));
    /* What is there already is replaced. */
    expect_ok(rename("to", "other"));
    expect(file_is("other", "from"));
    expect_equal(type_of("to"), -1);
    expect_errno(rename("none", "to"), ENOENT);
    expect_errno(rename("other", "none/to"), ENOENT);
    expect_errno(rename("", "to"), ENOENT, EINVAL);
    expect_errno(rename("other", ""), ENOENT, EINVAL);
    /* Onto itself: nothing happens, and it is no error. */
    expect_ok(rename("other", "other"));
    expect(file_is("other", "from"));

    expect_ok(make_directory("a"));
    expect_ok(make_directory("a/inner"));
    expect_ok(make_directory("b"));
    make_file("b/file", "");
    expect_errno(rename("a", "b"), ENOTEMPTY, EEXIST);
    expect_errno(rename("a", "other"), ENOTDIR);
    expect_errno(rename("other", "b"), EISDIR);
    expect_errno(rename("a", "a/inner/a"), EINVAL);
    expect_errno(rename("other/", "to"), ENOTDIR);
    expect_errno(rename("other", "to/"), ENOTDIR, ENOENT);
    /* An empty directory may be replaced by a directory. */
    expect_ok(unlink("b/file"));
    expect_ok(rename("a", "b"));
    expect_equal(type_of("a"), -1);
    expect_equal(type_of("b/inner"), FILETYPE_DIRECTORY);

    /* From one directory to another. */
    fd_t b = open_directory("b");
    expect_ok(path_rename(SCRATCH, TEXT("other"), b, TEXT("moved")));
    expect(file_is("b/moved", "from"));
    expect_ok(path_rename(b, TEXT("moved"), SCRATCH, TEXT("other")));
    expect(file_is("other", "from"));
    expect_escape_refused(path_rename(b, TEXT("../other"), b, TEXT("stolen")));
    expect_escape_refused(path_rename(b, TEXT("inner"), b, TEXT("../inner")));
    expect_ok(fd_close(b));
    expect(file_is("other", "from"));

    /* A link is renamed itself. */
    expect_ok(symlink("other", "link"));
    expect_ok(rename("link", "renamed"));
    expect_equal(type_of("renamed"), FILETYPE_SYMBOLIC_LINK);
    expect(file_is("other", "from"));
    expect_ok(unlink("renamed"));
}

static void hard_links(void) {
    make_file("first", "shared");
    expect_ok(link("first", "second"));
    expect(file_is("second", "shared"));
    make_file("second", "changed");
    expect(file_is("first", "changed"));
    filestat_t first, second;
    expect_ok(stat("first", 0, &first));
    expect_ok(stat("second", 0, &second));
    expect_equal(first.ino, second.ino);
    expect_equal(first.nlink, 2);

    expect_errno(link("first", "second"), EEXIST);
    expect_errno(link("none", "third"), ENOENT);
    expect_errno(link("first", "none/third"), ENOENT);
    expect_errno(link("first", "third/"), ENOENT, ENOTDIR);
    expect_errno(link("", "third"), ENOENT, EINVAL);
    expect_errno(link("dir", "third"), EPERM, EACCES);
    expect_ok(unlink("first"));
    expect(file_is("second", "changed"));
    expect_ok(stat("second", 0, &second));
    expect_equal(second.nlink, 1);

    /* A link to a symbolic link is a second name of the link. */
    expect_ok(symlink("second", "soft"));
    expect_ok(link("soft", "third"));
    expect_equal(type_of("third"), FILETYPE_SYMBOLIC_LINK);
    expect_ok(unlink("third"));
    /* Following it is what POSIX allows and hosts may refuse. */
    errno_t error = path_link(SCRATCH, LOOKUP_SYMLINK_FOLLOW, TEXT("soft"), SCRATCH,
                              TEXT("third"));
    expect_errno(error, ESUCCESS, EINVAL, ENOTSUP);
    if (error == ESUCCESS) {
        expect_equal(type_of("third"), FILETYPE_REGULAR_FILE);
        expect_ok(unlink("third"));
    }
    expect_ok(unlink("soft"));
}

static void symbolic_links(void) {
    expect_ok(symlink("dir/file", "soft"));
    expect_equal(type_of("soft"), FILETYPE_SYMBOLIC_LINK);
    expect_errno(symlink("dir/file", "soft"), EEXIST);
    expect_errno(symlink("dir/file", "dir"), EEXIST);
    expect_errno(symlink("dir/file", "none/soft"), ENOENT);
    expect_errno(symlink("dir/file", "soft2/"), ENOENT, ENOTDIR, EINVAL);
    expect_errno(symlink("dir/file", ""), ENOENT, EINVAL);
    expect_errno(symlink("", "empty"), ENOENT, EINVAL);
    /* An absolute target could only mean something outside. */
    expect_escape_refused(symlink("/etc/passwd", "absolute"));
    expect_equal(type_of("absolute"), -1);

    uint32_t used = UINT32_MAX;
    memset(buffer, 0x5A, sizeof buffer);
    expect_ok(path_readlink(SCRATCH, TEXT("soft"), buffer, sizeof buffer, &used));
    expect_equal(used, 8);
    expect(same_bytes(buffer, "dir/file", 8));
    /* Not NUL-terminated. */
    expect_equal(buffer[8], 0x5A);

    /* A buffer that is too short gets the beginning. */
    memset(buffer, 0x5A, sizeof buffer);
    expect_ok(path_readlink(SCRATCH, TEXT("soft"), buffer, 3, &used));
    expect_equal(used, 3);
    expect(same_bytes(buffer, "dir", 3));
    expect_equal(buffer[3], 0x5A);
    expect_ok(path_readlink(SCRATCH, TEXT("soft"), buffer, 8, &used));
    expect_equal(used, 8);
    /* Room for nothing: nothing, or the system's EINVAL. */
    expect_errno(path_readlink(SCRATCH, TEXT("soft"), buffer, 0, &used), ESUCCESS, EINVAL);

    expect_errno(path_readlink(SCRATCH, TEXT("dir/file"), buffer, 8, &used), EINVAL);
    expect_errno(path_readlink(SCRATCH, TEXT("dir"), buffer, 8, &used), EINVAL);
    expect_errno(path_readlink(SCRATCH, TEXT("none"), buffer, 8, &used), ENOENT);
    expect_errno(path_readlink(SCRATCH, TEXT(""), buffer, 8, &used), ENOENT, EINVAL);
    expect_ok(unlink("soft"));
}

static void metadata(void) {
    filestat_t of;
    expect_ok(stat("dir/file", 0, &of));
    expect_equal(of.filetype, FILETYPE_REGULAR_FILE);
    expect_equal(of.size, 7);
    expect_equal(of.nlink, 1);
    expect_ok(stat("dir", 0, &of));
    expect_equal(of.filetype, FILETYPE_DIRECTORY);
    expect_ok(stat(".", 0, &of));
    expect_equal(of.filetype, FILETYPE_DIRECTORY);
    expect_ok(stat("dir/", 0, &of));
    expect_equal(of.filetype, FILETYPE_DIRECTORY);
    expect_errno(stat("dir/file/", 0, &of), ENOTDIR);
    expect_errno(stat("none", 0, &of), ENOENT);
    expect_errno(stat("", 0, &of), ENOENT, EINVAL);

    expect_ok(symlink("dir/file", "soft"));
    expect_ok(stat("soft", 0, &of));
    expect_equal(of.filetype, FILETYPE_SYMBOLIC_LINK);
    expect_equal(of.size, 8);
    expect_ok(stat("soft", LOOKUP_SYMLINK_FOLLOW, &of));
    expect_equal(of.filetype, FILETYPE_REGULAR_FILE);
    expect_equal(of.size, 7);
    expect_ok(symlink("nowhere", "dangling"));
    expect_ok(stat("dangling", 0, &of));
    expect_errno(stat("dangling", LOOKUP_SYMLINK_FOLLOW, &of), ENOENT);
}

static errno_t set_times(const char *path, uint32_t lookup, timestamp_t atim, timestamp_t mtim,
                         uint32_t flags) {
    return path_filestat_set_times(SCRATCH, lookup, TEXT(path), atim, mtim, flags);
}

static void times(void) {
    static const timestamp_t second = 1000000000;
    filestat_t of;
    expect_ok(set_times("dir/file", 0, 5 * second, 6 * second, FSTFLAGS_ATIM | FSTFLAGS_MTIM));
    expect_ok(stat("dir/file", 0, &of));
    expect_equal(of.atim, 5 * second);
    expect_equal(of.mtim, 6 * second);
    expect_ok(set_times("dir/file", 0, 1, 7 * second, FSTFLAGS_MTIM));
    expect_ok(stat("dir/file", 0, &of));
    expect_equal(of.atim, 5 * second);
    expect_equal(of.mtim, 7 * second);
    expect_ok(set_times("dir/file", 0, 1, 1, FSTFLAGS_ATIM_NOW));
    expect_ok(stat("dir/file", 0, &of));
    expect(of.atim > 1000000 * second);
    expect_equal(of.mtim, 7 * second);

    /* Of a link, the link's own, unless it is to be followed. */
    expect_ok(set_times("soft", 0, 1, 8 * second, FSTFLAGS_MTIM));
    expect_ok(stat("dir/file", 0, &of));
    expect_equal(of.mtim, 7 * second);
    expect_ok(stat("soft", 0, &of));
    expect_equal(of.mtim, 8 * second);
    expect_ok(set_times("soft", LOOKUP_SYMLINK_FOLLOW, 1, 9 * second, FSTFLAGS_MTIM));
    expect_ok(stat("dir/file", 0, &of));
    expect_equal(of.mtim, 9 * second);

    expect_ok(set_times("dir", 0, 1, 3 * second, FSTFLAGS_MTIM));
    expect_ok(stat("dir", 0, &of));
    expect_equal(of.mtim, 3 * second);

    expect_errno(set_times("dir/file", 0, 1, 1, FSTFLAGS_ATIM | FSTFLAGS_ATIM_NOW), EINVAL);
    expect_errno(set_times("dir/file", 0, 1, 1, FSTFLAGS_MTIM | FSTFLAGS_MTIM_NOW), EINVAL);
    expect_errno(set_times("none", 0, 1, 1, FSTFLAGS_MTIM), ENOENT);
    expect_ok(unlink("soft"));
    expect_ok(unlink("dangling"));
}

/* None of the operations reaches outside. */
static void escapes(void) {
    static const char *const outside[] = {"../x", "/etc/passwd", "dir/../../x", "/", "up/x"};
    size_t count = sizeof outside / sizeof outside[0];
    /* A host that refuses to make this link leaves "up" missing. */
    if (symlink("..", "up") != ESUCCESS)
        count--;
    filestat_t of;
    uint32_t used;
    for (size_t i = 0; i < count; i++) {
        const char *path = outside[i];
        expect_escape_refused(make_directory(path));
        expect_escape_refused(remove_directory(path));
        expect_escape_refused(unlink(path));
        expect_escape_refused(rename(path, "dir/x"));
        expect_escape_refused(rename("dir/file", path));
        expect_escape_refused(link(path, "dir/x"));
        expect_escape_refused(link("dir/file", path));
        expect_escape_refused(symlink("dir/file", path));
        expect_escape_refused(stat(path, 0, &of));
        expect_escape_refused(stat(path, LOOKUP_SYMLINK_FOLLOW, &of));
        expect_escape_refused(set_times(path, 0, 1, 1, FSTFLAGS_MTIM));
        expect_escape_refused(path_readlink(SCRATCH, TEXT(path), buffer, sizeof buffer, &used));
    }
    expect(file_is("dir/file", "content"));
}

static void test(void) {
    directories();
    unlinking();
    renaming();
    hard_links();
    symbolic_links();
    metadata();
    times();
    escapes();
}
