/* Reading directories: entries, cookies, buffers of every size. */

#include "scratch.h"

enum { ENTRIES = 20, HEADER = sizeof(dirent_t), NAME = 8 };

/* One entry, taken from the bytes that the host wrote. */
typedef struct {
    dirent_t header;
    char name[32];
} entry_t;

static char buffer[4096];

/* Reads the entry at an offset of the buffer; false if it is not there in full. */
static bool entry_at(uint32_t offset, uint32_t used, entry_t *entry) {
    if (used - offset < HEADER)
        return false;
    /* Entries are packed, thus not aligned. */
    memcpy(&entry->header, buffer + offset, HEADER);
    uint32_t length = entry->header.d_namlen;
    if (used - offset - HEADER < length || length >= sizeof entry->name)
        return false;
    memcpy(entry->name, buffer + offset + HEADER, length);
    entry->name[length] = '\0';
    return true;
}

static bool is(const entry_t *entry, const char *name) {
    return entry->header.d_namlen == length_of(name) &&
           same_bytes(entry->name, name, length_of(name));
}

/* All entries from a cookie on, read with a buffer of this size. */
static uint32_t list(fd_t fd, dircookie_t cookie, uint32_t size, entry_t *entries, uint32_t max) {
    uint32_t count = 0;
    for (;;) {
        uint32_t used = UINT32_MAX;
        memset(buffer, 0xAA, sizeof buffer);
        if (!expect_ok(fd_readdir(fd, buffer, size, cookie, &used)) || !expect(used <= size))
            return count;
        /* Behind what was used nothing is written. */
        expect(used == sizeof buffer || (unsigned char)buffer[used] == 0xAA);
        uint32_t before = count;
        for (uint32_t offset = 0; count < max && entry_at(offset, used, &entries[count]);) {
            offset += HEADER + entries[count].header.d_namlen;
            cookie = entries[count].header.d_next;
            count++;
        }
        /* A buffer that is not full says that this is the end. A full one that held
         * no entry would never make any progress. */
        if (used < size || count == before || count == max)
            return count;
    }
}

static int find(const entry_t *entries, uint32_t count, const char *name) {
    for (uint32_t i = 0; i < count; i++)
        if (is(&entries[i], name))
            return (int)i;
    return -1;
}

static entry_t all[ENTRIES + 8], part[ENTRIES + 8];

static void expect_same(const entry_t *a, const entry_t *b) {
    expect_equal(a->header.d_next, b->header.d_next);
    expect_equal(a->header.d_ino, b->header.d_ino);
    expect_equal(a->header.d_type, b->header.d_type);
    expect(is(a, b->name));
}

static void empty_directory(void) {
    expect_ok(path_create_directory(SCRATCH, TEXT("empty")));
    fd_t fd = open_directory("empty");
    /* Both names are there in a directory without any others. */
    uint32_t count = list(fd, 0, sizeof buffer, all, ENTRIES);
    expect_equal(count, 2);
    int self = find(all, count, "."), parent = find(all, count, "..");
    expect(self >= 0 && parent >= 0);
    if (self >= 0 && parent >= 0) {
        filestat_t stat;
        expect_ok(fd_filestat_get(fd, &stat));
        expect_equal(all[self].header.d_type, FILETYPE_DIRECTORY);
        expect_equal(all[self].header.d_ino, stat.ino);
        expect_equal(all[parent].header.d_type, FILETYPE_DIRECTORY);
    }
    expect_ok(fd_close(fd));
}

static const char *file_name(int i) {
    static char name[NAME + 1] = "entry-00";
    name[6] = (char)('0' + i / 10);
    name[7] = (char)('0' + i % 10);
    return name;
}

static void full_directory(void) {
    expect_ok(path_create_directory(SCRATCH, TEXT("full")));
    fd_t fd = open_directory("full");
    for (int i = 0; i < ENTRIES - 2; i++) {
        fd_t file = NO_SUCH_FD;
        expect_ok(path_open(fd, 0, TEXT(file_name(i)), OFLAGS_CREAT, RIGHTS_FILE, 0, 0, &file));
        expect_ok(fd_close(file));
    }
    expect_ok(path_create_directory(fd, TEXT(file_name(ENTRIES - 2))));
    expect_ok(path_symlink(TEXT("entry-00"), fd, TEXT(file_name(ENTRIES - 1))));

    uint32_t count = list(fd, 0, sizeof buffer, all, ENTRIES + 8);
    if (!expect_equal(count, ENTRIES + 2))
        return;
    for (int i = 0; i < ENTRIES; i++) {
        int at = find(all, count, file_name(i));
        if (!expect(at >= 0))
            continue;
        filestat_t stat;
        expect_ok(path_filestat_get(fd, 0, TEXT(file_name(i)), &stat));
        expect_equal(all[at].header.d_ino, stat.ino);
        expect_equal(all[at].header.d_type, stat.filetype);
    }
    /* Every cookie is another one, and none is the beginning's. */
    bool distinct = true;
    for (uint32_t i = 0; i < count; i++) {
        expect(all[i].header.d_next != 0);
        for (uint32_t j = 0; j < i; j++)
            distinct = distinct && all[i].header.d_next != all[j].header.d_next;
    }
    expect(distinct);

    /* From any cookie on the same entries follow, in whatever order one asks. */
    for (uint32_t i = count; i-- > 0;) {
        uint32_t rest = list(fd, all[i].header.d_next, sizeof buffer, part, ENTRIES + 8);
        expect_equal(rest, count - i - 1);
        for (uint32_t j = 0; j < rest; j++)
            expect_same(&part[j], &all[i + 1 + j]);
    }

    /* A buffer just large enough for one entry, then ones that cut off in the
     * middle of the second: of its name, of its header. */
    static const uint32_t sizes[] = {
        HEADER + NAME,          HEADER + NAME + 1,  HEADER + NAME + HEADER - 1,
        2 * HEADER + NAME,      2 * HEADER + NAME + 3,
        3 * (HEADER + NAME),
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint32_t again = list(fd, 0, sizes[i], part, ENTRIES + 8);
        expect_equal(again, count);
        for (uint32_t j = 0; j < again; j++)
            expect_same(&part[j], &all[j]);
    }

    /* One too small for any entry is filled with the beginning of it: that is how a
     * program learns that it needs a larger one. */
    uint32_t used = UINT32_MAX;
    memset(buffer, 0xAA, sizeof buffer);
    expect_ok(fd_readdir(fd, buffer, 10, 0, &used));
    expect_equal(used, 10);
    expect(same_bytes(buffer, &all[0].header, 10));
    expect_equal((unsigned char)buffer[10], 0xAA);
    expect_ok(fd_readdir(fd, buffer, 0, 0, &used));
    expect_equal(used, 0);

    /* At the end there is nothing more. */
    expect_ok(fd_readdir(fd, buffer, sizeof buffer, all[count - 1].header.d_next, &used));
    expect_equal(used, 0);

    /* What is created later shows when one starts again, and what is removed is
     * gone. */
    fd_t file = NO_SUCH_FD;
    expect_ok(path_open(fd, 0, TEXT("later"), OFLAGS_CREAT, RIGHTS_FILE, 0, 0, &file));
    expect_ok(fd_close(file));
    expect_ok(path_unlink_file(fd, TEXT("entry-05")));
    count = list(fd, 0, sizeof buffer, all, ENTRIES + 8);
    expect_equal(count, ENTRIES + 2);
    expect(find(all, count, "later") >= 0);
    expect(find(all, count, "entry-05") < 0);
    expect_ok(fd_close(fd));
}

/* A cookie that the host never gave out: nothing, an error, or what happens to be
 * there, but no endless loop and no crash. */
static void strange_cookies(void) {
    static const dircookie_t cookies[] = {12345678, (dircookie_t)INT64_MAX, UINT64_MAX};
    fd_t fd = open_directory("full");
    for (size_t i = 0; i < sizeof cookies / sizeof cookies[0]; i++) {
        uint32_t used = 0;
        errno_t error = fd_readdir(fd, buffer, sizeof buffer, cookies[i], &used);
        expect_errno(error, ESUCCESS, EINVAL, ENOENT, EOVERFLOW);
        expect(used <= sizeof buffer);
    }
    expect_equal(list(fd, 0, sizeof buffer, all, ENTRIES + 8), ENTRIES + 2);
    expect_ok(fd_close(fd));
}

static void not_directories(void) {
    uint32_t used;
    make_file("file", "");
    fd_t fd = open_with("file", 0, RIGHTS_READ, 0);
    expect_errno(fd_readdir(fd, buffer, sizeof buffer, 0, &used), ENOTDIR, EBADF, ENOTCAPABLE);
    expect_ok(fd_close(fd));
    expect_errno(fd_readdir(0, buffer, sizeof buffer, 0, &used), ENOTDIR, EBADF, ENOTCAPABLE);

    /* A directory can be listed that was opened for something else. */
    fd = NO_SUCH_FD;
    expect_ok(path_open(SCRATCH, 0, TEXT("full"), OFLAGS_DIRECTORY, RIGHT_PATH_OPEN, 0, 0, &fd));
    expect_ok(fd_readdir(fd, buffer, sizeof buffer, 0, &used));
    expect_ok(fd_close(fd));
}

static void test(void) {
    empty_directory();
    full_directory();
    strange_cookies();
    not_directories();
}
