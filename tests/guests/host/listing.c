/* A directory with very many files, `0000000` and so on; their number is the length of
 * standard input. They are listed, listed again from the middle, and removed while they
 * are listed. */

#include "scratch.h"

enum { NAME = 7, MOST = 1 << 17 };

static unsigned char buffer[4096], seen[MOST];

/* The number that is a file's name, or MOST. */
static uint32_t number_of(const unsigned char *name, uint32_t length) {
    if (length != NAME)
        return MOST;
    uint32_t number = 0;
    for (uint32_t i = 0; i < NAME; i++) {
        if (name[i] < '0' || name[i] > '9')
            return MOST;
        number = number * 10 + (name[i] - '0');
    }
    return number < MOST ? number : MOST;
}

static void remove_file(const unsigned char *name) {
    expect_ok(path_unlink_file(SCRATCH, (const char *)name, NAME));
}

/* Lists from a cookie on, counts how often each file is seen, and gives how many files
 * there were. The cookie behind the entry `mark` is kept in `*marked`. */
static uint32_t list(dircookie_t cookie, uint32_t mark, dircookie_t *marked, bool removes) {
    uint32_t files = 0, entries = 0;
    for (;;) {
        uint32_t used = UINT32_MAX, at = 0;
        if (!expect_ok(fd_readdir(SCRATCH, buffer, sizeof buffer, cookie, &used)) ||
            !expect(used <= sizeof buffer))
            return files;
        dirent_t entry;
        while (used - at >= sizeof entry) {
            memcpy(&entry, buffer + at, sizeof entry);
            if (used - at - sizeof entry < entry.d_namlen)
                break;
            const unsigned char *name = buffer + at + sizeof entry;
            uint32_t number = number_of(name, entry.d_namlen);
            if (number < MOST) {
                files++;
                seen[number]++;
                if (removes)
                    remove_file(name);
            }
            at += sizeof entry + entry.d_namlen;
            cookie = entry.d_next;
            if (++entries == mark)
                *marked = cookie;
        }
        if (used < sizeof buffer)
            return files;
    }
}

static void expect_each(uint32_t count, uint8_t times) {
    uint32_t other = 0;
    for (uint32_t i = 0; i < count; i++)
        other += seen[i] != times;
    expect_equal(other, 0);
    memset(seen, 0, sizeof seen);
}

static void test(void) {
    uint32_t count = 0;
    for (;;) {
        iovec_t iov = {buffer, sizeof buffer};
        uint32_t got = 0;
        if (!expect_ok(fd_read(0, &iov, 1, &got)) || got == 0)
            break;
        count += got;
    }
    expect(count > 0 && count < MOST);

    dircookie_t middle = 0;
    expect_equal(list(0, count / 2, &middle, false), count);
    expect_each(count, 1);
    /* From a place in the middle, though all have been read since: the rest. `.` and
     * `..` may be anywhere. */
    uint32_t rest = list(middle, 0, NULL, false);
    expect(rest >= count - count / 2 && rest <= count - count / 2 + 2);
    /* From the middle back to the beginning. */
    memset(seen, 0, sizeof seen);
    uint32_t used = 0;
    expect_ok(fd_readdir(SCRATCH, buffer, sizeof buffer, middle, &used));
    expect_equal(list(0, 0, NULL, false), count);
    expect_each(count, 1);

    /* Removing what has been read hides nothing of what has not. */
    expect_equal(list(0, 0, NULL, true), count);
    expect_each(count, 1);
    expect_equal(list(0, 0, NULL, false), 0);
}
