/* What one call of the host costs, measured from within:
 *
 *     hostcalls DIRECTORY ROW COUNT
 *
 * prints the row, the count and the nanoseconds that one operation took, in a line. It
 * works in DIRECTORY, which is to be empty, and leaves it empty. Anything that does not
 * go as it should ends it with status 1.
 *
 * The same source is compiled for WASI and natively. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_SIZE (1 << 20)
#define ENTRIES 2000

static const char *directory;
static char buffer[1 << 16];

static void fail(const char *what) {
    fprintf(stderr, "hostcalls: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now(void) {
    struct timespec time;
    if (clock_gettime(CLOCK_MONOTONIC, &time)) fail("clock_gettime");
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* The path of the file with this name; good until the next call. */
static const char *path(const char *name) {
    static char joined[1024];
    if (snprintf(joined, sizeof joined, "%s/%s", directory, name) >= (int)sizeof joined)
        fail("path");
    return joined;
}

static const char *numbered(long number) {
    char name[32];
    snprintf(name, sizeof name, "file-%ld", number);
    return path(name);
}

static int create(const char *at) {
    int fd = open(at, O_RDWR | O_CREAT | O_EXCL, 0644);
    if (fd < 0) fail("create");
    return fd;
}

static void create_many(long count) {
    for (long i = 0; i < count; i++)
        if (close(create(numbered(i)))) fail("close");
}

static void unlink_many(long count) {
    for (long i = 0; i < count; i++)
        if (unlink(numbered(i))) fail("unlink");
}

/* Goes through a file in pieces, again and again. */
static uint64_t pieces(long count, size_t size, int writes) {
    int fd = create(path("data"));
    for (size_t at = 0; at < FILE_SIZE; at += sizeof buffer)
        if (write(fd, buffer, sizeof buffer) != (ssize_t)sizeof buffer) fail("write");
    long turn = FILE_SIZE / (long)size;
    uint64_t started = now();
    for (long i = 0; i < count; i++) {
        if (i % turn == 0 && lseek(fd, 0, SEEK_SET) != 0) fail("lseek");
        ssize_t done = writes ? write(fd, buffer, size) : read(fd, buffer, size);
        if (done != (ssize_t)size) fail(writes ? "write" : "read");
    }
    uint64_t took = now() - started;
    if (close(fd) || unlink(path("data"))) fail("unlink");
    return took;
}

static uint64_t stats(long count) {
    const char *at = path("data");
    struct stat status;
    int fd = create(at);
    if (write(fd, buffer, 7) != 7 || close(fd)) fail("write");
    uint64_t started = now();
    for (long i = 0; i < count; i++)
        if (stat(at, &status) || status.st_size != 7) fail("stat");
    uint64_t took = now() - started;
    if (unlink(at)) fail("unlink");
    return took;
}

static uint64_t opens(long count) {
    const char *at = path("data");
    if (close(create(at))) fail("close");
    uint64_t started = now();
    for (long i = 0; i < count; i++) {
        int fd = open(at, O_RDONLY);
        if (fd < 0 || close(fd)) fail("open");
    }
    uint64_t took = now() - started;
    if (unlink(at)) fail("unlink");
    return took;
}

static uint64_t creates(long count) {
    uint64_t started = now();
    create_many(count);
    uint64_t took = now() - started;
    unlink_many(count);
    return took;
}

static uint64_t unlinks(long count) {
    create_many(count);
    uint64_t started = now();
    unlink_many(count);
    return now() - started;
}

/* One operation is the listing of a directory of ENTRIES files. */
static uint64_t listings(long count) {
    create_many(ENTRIES);
    uint64_t started = now();
    for (long i = 0; i < count; i++) {
        DIR *open = opendir(directory);
        if (!open) fail("opendir");
        long files = 0;
        for (struct dirent *entry; (entry = readdir(open));) files += entry->d_name[0] == 'f';
        if (files != ENTRIES || closedir(open)) fail("readdir");
    }
    uint64_t took = now() - started;
    unlink_many(ENTRIES);
    return took;
}

static uint64_t clocks(long count) {
    uint64_t started = now(), last = started;
    for (long i = 0; i < count; i++) {
        uint64_t next = now();
        if (next < last) fail("the clock goes back");
        last = next;
    }
    return last - started;
}

static uint64_t randoms(long count) {
    uint64_t any = 0;
    uint64_t started = now();
    for (long i = 0; i < count; i++) {
        uint64_t numbers[2];
        if (getentropy(numbers, sizeof numbers)) fail("getentropy");
        any |= numbers[0] | numbers[1];
    }
    uint64_t took = now() - started;
    if (!any) fail("nothing is random");
    return took;
}

/* Two bytes to the standard output, without a buffer. */
static uint64_t captures(long count) {
    uint64_t started = now();
    for (long i = 0; i < count; i++)
        if (write(STDOUT_FILENO, ".\n", 2) != 2) fail("write");
    return now() - started;
}

/* Sleeps COUNT milliseconds: what waits, rather than what is fast. */
static uint64_t sleeps(long count) {
    uint64_t started = now();
    struct timespec time = {count / 1000, count % 1000 * 1000000};
    if (nanosleep(&time, NULL)) fail("nanosleep");
    return now() - started;
}

static uint64_t measure(const char *row, long count) {
    if (!strcmp(row, "read-4k")) return pieces(count, 1 << 12, 0);
    if (!strcmp(row, "write-4k")) return pieces(count, 1 << 12, 1);
    if (!strcmp(row, "read-64k")) return pieces(count, 1 << 16, 0);
    if (!strcmp(row, "write-64k")) return pieces(count, 1 << 16, 1);
    if (!strcmp(row, "stat")) return stats(count);
    if (!strcmp(row, "open")) return opens(count);
    if (!strcmp(row, "create")) return creates(count);
    if (!strcmp(row, "unlink")) return unlinks(count);
    if (!strcmp(row, "readdir")) return listings(count);
    if (!strcmp(row, "clock")) return clocks(count);
    if (!strcmp(row, "random")) return randoms(count);
    if (!strcmp(row, "capture")) return captures(count);
    if (!strcmp(row, "sleep")) return sleeps(count);
    fprintf(stderr, "hostcalls: no row is called %s\n", row);
    exit(2);
}

int main(int argc, char **argv) {
    long count = argc == 4 ? atol(argv[3]) : 0;
    if (count < 1) {
        fprintf(stderr, "usage: hostcalls DIRECTORY ROW COUNT\n");
        return 2;
    }
    directory = argv[1];
    double each = (double)measure(argv[2], count) / (double)count;
    printf("%s %ld %.3f\n", argv[2], count, each);
    return 0;
}
