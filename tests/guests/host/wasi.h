/* The host's interface, written down from its specification: every function,
 * type and constant of Snapshot 1 (`wasi_snapshot_preview1`) and, with
 * SNAPSHOT0 defined, of Snapshot 0 (`wasi_unstable`).
 *
 * No libc's header is used, so that no libc's idea of the interface can hide a
 * mistake of the host's. Parameters of enumeration and flag types are full 32-bit
 * integers here, since values that the interface does not have are tested too. */

#ifndef WASI_H
#define WASI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef SNAPSHOT0
#define WASI_MODULE "wasi_unstable"
#else
#define WASI_MODULE "wasi_snapshot_preview1"
#endif

/* Only what a test calls ends up among its module's imports. */
#define IMPORT(name) __attribute__((import_module(WASI_MODULE), import_name(#name))) extern

/* ---- Types ------------------------------------------------------------- */

typedef uint16_t errno_t;
typedef uint32_t fd_t;
typedef uint64_t filesize_t;
typedef uint64_t timestamp_t; /* nanoseconds */
typedef uint64_t rights_t;
typedef uint64_t dircookie_t;

#define ERRNOS(E) \
    E(ESUCCESS) E(E2BIG) E(EACCES) E(EADDRINUSE) E(EADDRNOTAVAIL) \
    E(EAFNOSUPPORT) E(EAGAIN) E(EALREADY) E(EBADF) E(EBADMSG) E(EBUSY) \
    E(ECANCELED) E(ECHILD) E(ECONNABORTED) E(ECONNREFUSED) E(ECONNRESET) \
    E(EDEADLK) E(EDESTADDRREQ) E(EDOM) E(EDQUOT) E(EEXIST) E(EFAULT) E(EFBIG) \
    E(EHOSTUNREACH) E(EIDRM) E(EILSEQ) E(EINPROGRESS) E(EINTR) E(EINVAL) \
    E(EIO) E(EISCONN) E(EISDIR) E(ELOOP) E(EMFILE) E(EMLINK) E(EMSGSIZE) \
    E(EMULTIHOP) E(ENAMETOOLONG) E(ENETDOWN) E(ENETRESET) E(ENETUNREACH) \
    E(ENFILE) E(ENOBUFS) E(ENODEV) E(ENOENT) E(ENOEXEC) E(ENOLCK) E(ENOLINK) \
    E(ENOMEM) E(ENOMSG) E(ENOPROTOOPT) E(ENOSPC) E(ENOSYS) E(ENOTCONN) \
    E(ENOTDIR) E(ENOTEMPTY) E(ENOTRECOVERABLE) E(ENOTSOCK) E(ENOTSUP) \
    E(ENOTTY) E(ENXIO) E(EOVERFLOW) E(EOWNERDEAD) E(EPERM) E(EPIPE) E(EPROTO) \
    E(EPROTONOSUPPORT) E(EPROTOTYPE) E(ERANGE) E(EROFS) E(ESPIPE) E(ESRCH) \
    E(ESTALE) E(ETIMEDOUT) E(ETXTBSY) E(EXDEV) E(ENOTCAPABLE)

/* Enumerations rather than macros: a failed expectation prints the expression
 * with the names in it. */
#define ENUMERATOR(name) name,
enum { ERRNOS(ENUMERATOR) ERRNO_COUNT };
#undef ENUMERATOR
_Static_assert(ENOTCAPABLE == 76, "the errnos are numbered without gaps");

enum { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME, CLOCK_THREAD_CPUTIME };

#ifdef SNAPSHOT0
enum { WHENCE_CUR, WHENCE_END, WHENCE_SET };
#else
enum { WHENCE_SET, WHENCE_CUR, WHENCE_END };
#endif

enum {
    FILETYPE_UNKNOWN,
    FILETYPE_BLOCK_DEVICE,
    FILETYPE_CHARACTER_DEVICE,
    FILETYPE_DIRECTORY,
    FILETYPE_REGULAR_FILE,
    FILETYPE_SOCKET_DGRAM,
    FILETYPE_SOCKET_STREAM,
    FILETYPE_SYMBOLIC_LINK,
};

enum {
    ADVICE_NORMAL,
    ADVICE_SEQUENTIAL,
    ADVICE_RANDOM,
    ADVICE_WILLNEED,
    ADVICE_DONTNEED,
    ADVICE_NOREUSE,
};

enum {
    FDFLAGS_APPEND = 1 << 0,
    FDFLAGS_DSYNC = 1 << 1,
    FDFLAGS_NONBLOCK = 1 << 2,
    FDFLAGS_RSYNC = 1 << 3,
    FDFLAGS_SYNC = 1 << 4,
};

enum {
    FSTFLAGS_ATIM = 1 << 0,
    FSTFLAGS_ATIM_NOW = 1 << 1,
    FSTFLAGS_MTIM = 1 << 2,
    FSTFLAGS_MTIM_NOW = 1 << 3,
};

enum { LOOKUP_SYMLINK_FOLLOW = 1 << 0 };

enum {
    OFLAGS_CREAT = 1 << 0,
    OFLAGS_DIRECTORY = 1 << 1,
    OFLAGS_EXCL = 1 << 2,
    OFLAGS_TRUNC = 1 << 3,
};

enum { EVENTTYPE_CLOCK, EVENTTYPE_FD_READ, EVENTTYPE_FD_WRITE };
enum { SUBCLOCKFLAGS_ABSTIME = 1 << 0 };
enum { PREOPENTYPE_DIR };
enum { SIGNAL_NONE, SIGNAL_HUP, SIGNAL_ABRT = 6, SIGNAL_TERM = 15 };
enum { SDFLAGS_RD = 1 << 0, SDFLAGS_WR = 1 << 1 };
enum { RIFLAGS_RECV_PEEK = 1 << 0, RIFLAGS_RECV_WAITALL = 1 << 1 };

enum {
    RIGHT_FD_DATASYNC = 1 << 0,
    RIGHT_FD_READ = 1 << 1,
    RIGHT_FD_SEEK = 1 << 2,
    RIGHT_FD_FDSTAT_SET_FLAGS = 1 << 3,
    RIGHT_FD_SYNC = 1 << 4,
    RIGHT_FD_TELL = 1 << 5,
    RIGHT_FD_WRITE = 1 << 6,
    RIGHT_FD_ADVISE = 1 << 7,
    RIGHT_FD_ALLOCATE = 1 << 8,
    RIGHT_PATH_CREATE_DIRECTORY = 1 << 9,
    RIGHT_PATH_CREATE_FILE = 1 << 10,
    RIGHT_PATH_LINK_SOURCE = 1 << 11,
    RIGHT_PATH_LINK_TARGET = 1 << 12,
    RIGHT_PATH_OPEN = 1 << 13,
    RIGHT_FD_READDIR = 1 << 14,
    RIGHT_PATH_READLINK = 1 << 15,
    RIGHT_PATH_RENAME_SOURCE = 1 << 16,
    RIGHT_PATH_RENAME_TARGET = 1 << 17,
    RIGHT_PATH_FILESTAT_GET = 1 << 18,
    RIGHT_PATH_FILESTAT_SET_SIZE = 1 << 19,
    RIGHT_PATH_FILESTAT_SET_TIMES = 1 << 20,
    RIGHT_FD_FILESTAT_GET = 1 << 21,
    RIGHT_FD_FILESTAT_SET_SIZE = 1 << 22,
    RIGHT_FD_FILESTAT_SET_TIMES = 1 << 23,
    RIGHT_PATH_SYMLINK = 1 << 24,
    RIGHT_PATH_REMOVE_DIRECTORY = 1 << 25,
    RIGHT_PATH_UNLINK_FILE = 1 << 26,
    RIGHT_POLL_FD_READWRITE = 1 << 27,
    RIGHT_SOCK_SHUTDOWN = 1 << 28,
};

typedef struct {
    void *buf;
    uint32_t buf_len;
} iovec_t;

typedef struct {
    const void *buf;
    uint32_t buf_len;
} ciovec_t;

typedef struct {
    uint8_t fs_filetype;
    uint16_t fs_flags;
    rights_t fs_rights_base;
    rights_t fs_rights_inheriting;
} fdstat_t;

typedef struct {
    uint64_t dev;
    uint64_t ino;
    uint8_t filetype;
#ifdef SNAPSHOT0
    uint32_t nlink;
#else
    uint64_t nlink;
#endif
    filesize_t size;
    timestamp_t atim;
    timestamp_t mtim;
    timestamp_t ctim;
} filestat_t;

typedef struct {
    dircookie_t d_next;
    uint64_t d_ino;
    uint32_t d_namlen;
    uint8_t d_type;
} dirent_t;

typedef struct {
    uint8_t tag;
    uint32_t name_len;
} prestat_t;

typedef struct {
    uint64_t userdata;
    uint8_t type;
    union {
        struct {
#ifdef SNAPSHOT0
            uint64_t identifier;
#endif
            uint32_t id;
            timestamp_t timeout;
            timestamp_t precision;
            uint16_t flags;
        } clock;
        struct {
            fd_t fd;
        } fd_readwrite;
    };
} subscription_t;

typedef struct {
    uint64_t userdata;
    errno_t error;
    uint8_t type;
    struct {
        filesize_t nbytes;
        uint16_t flags;
    } fd_readwrite;
} event_t;

_Static_assert(sizeof(fdstat_t) == 24, "fdstat");
_Static_assert(sizeof(dirent_t) == 24, "dirent");
_Static_assert(sizeof(prestat_t) == 8, "prestat");
_Static_assert(sizeof(event_t) == 32, "event");
#ifdef SNAPSHOT0
_Static_assert(sizeof(filestat_t) == 56 && offsetof(filestat_t, nlink) == 20, "filestat");
_Static_assert(sizeof(subscription_t) == 56, "subscription");
#else
_Static_assert(sizeof(filestat_t) == 64 && offsetof(filestat_t, nlink) == 24, "filestat");
_Static_assert(sizeof(subscription_t) == 48, "subscription");
#endif

/* ---- Functions --------------------------------------------------------- */

IMPORT(args_get) errno_t args_get(char **argv, char *argv_buf);
IMPORT(args_sizes_get) errno_t args_sizes_get(uint32_t *argc, uint32_t *argv_buf_size);
IMPORT(environ_get) errno_t environ_get(char **environ, char *environ_buf);
IMPORT(environ_sizes_get) errno_t environ_sizes_get(uint32_t *count, uint32_t *buf_size);

IMPORT(clock_res_get) errno_t clock_res_get(uint32_t id, timestamp_t *resolution);
IMPORT(clock_time_get)
errno_t clock_time_get(uint32_t id, timestamp_t precision, timestamp_t *time);

IMPORT(fd_advise)
errno_t fd_advise(fd_t fd, filesize_t offset, filesize_t len, uint32_t advice);
IMPORT(fd_allocate) errno_t fd_allocate(fd_t fd, filesize_t offset, filesize_t len);
IMPORT(fd_close) errno_t fd_close(fd_t fd);
IMPORT(fd_datasync) errno_t fd_datasync(fd_t fd);
IMPORT(fd_fdstat_get) errno_t fd_fdstat_get(fd_t fd, fdstat_t *stat);
IMPORT(fd_fdstat_set_flags) errno_t fd_fdstat_set_flags(fd_t fd, uint32_t flags);
IMPORT(fd_fdstat_set_rights)
errno_t fd_fdstat_set_rights(fd_t fd, rights_t base, rights_t inheriting);
IMPORT(fd_filestat_get) errno_t fd_filestat_get(fd_t fd, filestat_t *stat);
IMPORT(fd_filestat_set_size) errno_t fd_filestat_set_size(fd_t fd, filesize_t size);
IMPORT(fd_filestat_set_times)
errno_t fd_filestat_set_times(fd_t fd, timestamp_t atim, timestamp_t mtim, uint32_t flags);
IMPORT(fd_pread)
errno_t fd_pread(fd_t fd, const iovec_t *iovs, uint32_t iovs_len, filesize_t offset,
                 uint32_t *read);
IMPORT(fd_prestat_get) errno_t fd_prestat_get(fd_t fd, prestat_t *prestat);
IMPORT(fd_prestat_dir_name) errno_t fd_prestat_dir_name(fd_t fd, char *path, uint32_t path_len);
IMPORT(fd_pwrite)
errno_t fd_pwrite(fd_t fd, const ciovec_t *iovs, uint32_t iovs_len, filesize_t offset,
                  uint32_t *written);
IMPORT(fd_read)
errno_t fd_read(fd_t fd, const iovec_t *iovs, uint32_t iovs_len, uint32_t *read);
IMPORT(fd_readdir)
errno_t fd_readdir(fd_t fd, void *buf, uint32_t buf_len, dircookie_t cookie, uint32_t *used);
IMPORT(fd_renumber) errno_t fd_renumber(fd_t from, fd_t to);
IMPORT(fd_seek)
errno_t fd_seek(fd_t fd, int64_t offset, uint32_t whence, filesize_t *position);
IMPORT(fd_sync) errno_t fd_sync(fd_t fd);
IMPORT(fd_tell) errno_t fd_tell(fd_t fd, filesize_t *position);
IMPORT(fd_write)
errno_t fd_write(fd_t fd, const ciovec_t *iovs, uint32_t iovs_len, uint32_t *written);

IMPORT(path_create_directory)
errno_t path_create_directory(fd_t fd, const char *path, uint32_t path_len);
IMPORT(path_filestat_get)
errno_t path_filestat_get(fd_t fd, uint32_t lookup, const char *path, uint32_t path_len,
                          filestat_t *stat);
IMPORT(path_filestat_set_times)
errno_t path_filestat_set_times(fd_t fd, uint32_t lookup, const char *path, uint32_t path_len,
                                timestamp_t atim, timestamp_t mtim, uint32_t flags);
IMPORT(path_link)
errno_t path_link(fd_t old_fd, uint32_t old_lookup, const char *old_path, uint32_t old_len,
                  fd_t new_fd, const char *new_path, uint32_t new_len);
IMPORT(path_open)
errno_t path_open(fd_t fd, uint32_t lookup, const char *path, uint32_t path_len, uint32_t oflags,
                  rights_t base, rights_t inheriting, uint32_t fdflags, fd_t *opened);
IMPORT(path_readlink)
errno_t path_readlink(fd_t fd, const char *path, uint32_t path_len, char *buf, uint32_t buf_len,
                      uint32_t *used);
IMPORT(path_remove_directory)
errno_t path_remove_directory(fd_t fd, const char *path, uint32_t path_len);
IMPORT(path_rename)
errno_t path_rename(fd_t fd, const char *old_path, uint32_t old_len, fd_t new_fd,
                    const char *new_path, uint32_t new_len);
IMPORT(path_symlink)
errno_t path_symlink(const char *target, uint32_t target_len, fd_t fd, const char *path,
                     uint32_t path_len);
IMPORT(path_unlink_file) errno_t path_unlink_file(fd_t fd, const char *path, uint32_t path_len);

IMPORT(poll_oneoff)
errno_t poll_oneoff(const subscription_t *in, event_t *out, uint32_t count, uint32_t *events);
IMPORT(proc_exit) _Noreturn void proc_exit(uint32_t code);
IMPORT(proc_raise) errno_t proc_raise(uint32_t signal);
IMPORT(random_get) errno_t random_get(void *buf, uint32_t buf_len);
IMPORT(sched_yield) errno_t sched_yield(void);

#ifndef SNAPSHOT0
IMPORT(sock_accept) errno_t sock_accept(fd_t fd, uint32_t flags, fd_t *accepted);
#endif
IMPORT(sock_recv)
errno_t sock_recv(fd_t fd, const iovec_t *iovs, uint32_t iovs_len, uint32_t flags,
                  uint32_t *received, uint16_t *out_flags);
IMPORT(sock_send)
errno_t sock_send(fd_t fd, const ciovec_t *iovs, uint32_t iovs_len, uint32_t flags,
                  uint32_t *sent);
IMPORT(sock_shutdown) errno_t sock_shutdown(fd_t fd, uint32_t how);

#endif
