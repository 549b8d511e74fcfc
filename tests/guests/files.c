/* Does one file operation and prints its result.
 *
 *     read PATH              the content
 *     write PATH TEXT        creates or replaces the file; prints "ok"
 *     append PATH TEXT       "ok"
 *     list DIR               "<type> <name>" a line, sorted by name, without . and ..
 *     mkdir DIR              "ok"
 *     rmdir DIR              "ok"
 *     rm PATH                "ok"
 *     mv FROM TO             "ok"
 *     ln FROM TO             a hard link; "ok"
 *     symlink TARGET LINK    "ok"
 *     readlink LINK          the target
 *     stat PATH              "<type> size <n> links <n> mtime <seconds>"
 *     lstat PATH             the same, without following a symbolic link
 *     truncate PATH N        "ok"
 *     touch PATH [SECONDS]   creates the file or sets its times, to now or to
 *                            the given seconds since 1970; "ok"
 *     times PATH [SECONDS]   the same for what is there, without opening it; "ok"
 *
 * <type> is file, dir, symlink or other. A failed operation prints
 * "error: <NAME>" with errno's symbolic name, to standard output like any other
 * result, and exits with 1. Wrong usage exits with 2. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *errno_name(int number) {
    switch (number) {
#define NAME(name) case name: return #name;
        NAME(E2BIG) NAME(EACCES) NAME(EAGAIN) NAME(EBADF) NAME(EBUSY)
        NAME(EDQUOT) NAME(EEXIST) NAME(EFAULT) NAME(EFBIG) NAME(EILSEQ)
        NAME(EINTR) NAME(EINVAL) NAME(EIO) NAME(EISDIR) NAME(ELOOP)
        NAME(EMFILE) NAME(EMLINK) NAME(ENAMETOOLONG) NAME(ENFILE) NAME(ENODEV)
        NAME(ENOENT) NAME(ENOMEM) NAME(ENOSPC) NAME(ENOSYS) NAME(ENOTCAPABLE)
        NAME(ENOTDIR) NAME(ENOTEMPTY) NAME(ENOTSUP) NAME(ENXIO) NAME(EOVERFLOW)
        NAME(EPERM) NAME(EPIPE) NAME(EROFS) NAME(ESPIPE) NAME(ETXTBSY)
        NAME(EXDEV)
#undef NAME
    }
    static char unnamed[16];
    snprintf(unnamed, sizeof unnamed, "%d", number);
    return unnamed;
}

/* Operations return 0, or -1 with errno set. */

static int done(int result) {
    if (result == 0)
        puts("ok");
    return result;
}

static int read_file(const char *path) {
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return -1;
    char buffer[4096];
    ssize_t length;
    while ((length = read(fd, buffer, sizeof buffer)) > 0)
        fwrite(buffer, 1, (size_t)length, stdout);
    if (length < 0)
        return -1;
    return close(fd);
}

static int write_file(const char *path, const char *text, int flags) {
    int fd = open(path, O_WRONLY | O_CREAT | flags, 0666);
    if (fd < 0)
        return -1;
    for (size_t left = strlen(text); left > 0;) {
        ssize_t written = write(fd, text, left);
        if (written < 0)
            return -1;
        text += written;
        left -= (size_t)written;
    }
    return done(close(fd));
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int neither_dot_nor_dot_dot(const struct dirent *entry) {
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static const char *entry_type(const struct dirent *entry) {
    switch (entry->d_type) {
    case DT_REG: return "file";
    case DT_DIR: return "dir";
    case DT_LNK: return "symlink";
    default: return "other";
    }
}

static int list(const char *path) {
    struct dirent **entries;
    int count = scandir(path, &entries, neither_dot_nor_dot_dot, by_name);
    if (count < 0)
        return -1;
    for (int i = 0; i < count; i++)
        printf("%s %s\n", entry_type(entries[i]), entries[i]->d_name);
    return 0;
}

static int read_link(const char *path) {
    char target[4096];
    ssize_t length = readlink(path, target, sizeof target);
    if (length < 0)
        return -1;
    printf("%.*s\n", (int)length, target);
    return 0;
}

static int print_stat(const char *path, bool follow) {
    struct stat st;
    if ((follow ? stat : lstat)(path, &st) != 0)
        return -1;
    const char *type = S_ISREG(st.st_mode)   ? "file"
                       : S_ISDIR(st.st_mode) ? "dir"
                       : S_ISLNK(st.st_mode) ? "symlink"
                                             : "other";
    printf("%s size %lld links %llu mtime %lld\n", type, (long long)st.st_size,
           (unsigned long long)st.st_nlink, (long long)st.st_mtim.tv_sec);
    return 0;
}

static int truncate_file(const char *path, const char *size) {
    int fd = open(path, O_WRONLY);
    if (fd < 0)
        return -1;
    if (ftruncate(fd, strtoll(size, NULL, 10)) != 0)
        return -1;
    return done(close(fd));
}

static int set_times(const char *path, const char *seconds) {
    /* The clock is asked here, not by the host: some releases of wasi-libc pass
     * on "now", as a null pointer or as UTIME_NOW, wrongly. */
    struct timespec time;
    if (seconds != NULL)
        time = (struct timespec){.tv_sec = strtoll(seconds, NULL, 10)};
    else if (clock_gettime(CLOCK_REALTIME, &time) != 0)
        return -1;
    struct timespec times[2] = {time, time};
    return done(utimensat(AT_FDCWD, path, times, 0));
}

static int touch(const char *path, const char *seconds) {
    int fd = open(path, O_WRONLY | O_CREAT, 0666);
    /* A directory cannot be opened for writing, but can be touched. */
    if (fd < 0 && errno != EISDIR)
        return -1;
    if (fd >= 0)
        close(fd);
    return set_times(path, seconds);
}

static int usage(void) {
    fputs("usage: files OPERATION PATH [OPERAND]\n", stderr);
    return 2;
}

int main(int argc, char **argv) {
    if (argc < 3)
        return usage();
    const char *operation = argv[1];
    const char *path = argv[2];
    const char *operand = argc > 3 ? argv[3] : NULL;
#define IS(name) (strcmp(operation, name) == 0)
#define IS_WITH_OPERAND(name) (operand != NULL && IS(name))

    int result;
    if (IS("read"))
        result = read_file(path);
    else if (IS_WITH_OPERAND("write"))
        result = write_file(path, operand, O_TRUNC);
    else if (IS_WITH_OPERAND("append"))
        result = write_file(path, operand, O_APPEND);
    else if (IS("list"))
        result = list(path);
    else if (IS("mkdir"))
        result = done(mkdir(path, 0777));
    else if (IS("rmdir"))
        result = done(rmdir(path));
    else if (IS("rm"))
        result = done(unlink(path));
    else if (IS_WITH_OPERAND("mv"))
        result = done(rename(path, operand));
    else if (IS_WITH_OPERAND("ln"))
        result = done(link(path, operand));
    else if (IS_WITH_OPERAND("symlink"))
        result = done(symlink(path, operand));
    else if (IS("readlink"))
        result = read_link(path);
    else if (IS("stat"))
        result = print_stat(path, true);
    else if (IS("lstat"))
        result = print_stat(path, false);
    else if (IS_WITH_OPERAND("truncate"))
        result = truncate_file(path, operand);
    else if (IS("touch"))
        result = touch(path, operand);
    else if (IS("times"))
        result = set_times(path, operand);
    else
        return usage();

    if (result != 0) {
        printf("error: %s\n", errno_name(errno));
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
