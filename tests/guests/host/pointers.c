/* Pointers that lead out of memory, in every parameter of every function; lengths
 * that overflow; addresses that are not aligned; buffers that overlap.
 *
 * The specification lets a host answer with an errno or trap. This suite asks for
 * an errno, never a trap, a hang or a crash. Three are accepted:
 *   EFAULT     the usual one;
 *   EINVAL     for an address that is not aligned, as the odd ones here are, or a
 *              count that no memory can hold;
 *   EOVERFLOW  for an address and a length whose sum does not fit. */

#include "scratch.h"

#define expect_fault(call) \
    check_errno((call), (const errno_t[]){EFAULT, EINVAL, EOVERFLOW}, 3, HERE(#call))

/* Where a host never has to look at the address, it need not object to it. */
#define expect_fault_or(call, other) \
    check_errno((call), (const errno_t[]){EFAULT, EINVAL, EOVERFLOW, other}, 4, HERE(#call))

static char buffer[256];

/* Addresses at which nothing can be written or read, not even one word. */
static uintptr_t wild[8];
enum { WILD = sizeof wild / sizeof wild[0] };

static void find_wild_addresses(void) {
    uint64_t end = (uint64_t)__builtin_wasm_memory_size(0) * 65536;
    wild[0] = (uintptr_t)end;      /* just behind the last byte */
    wild[1] = (uintptr_t)end - 1;  /* begins inside, ends outside */
    wild[2] = (uintptr_t)end - 2;
    wild[3] = (uintptr_t)end + 65536;
    wild[4] = 0x80000000;          /* negative as a signed number */
    wild[5] = 0xFFFFFFF8;          /* with a length of 8 the sum is 2^32, thus 0 */
    wild[6] = 0xFFFFFFFC;
    wild[7] = 0xFFFFFFFF;
}

/* Every pointer of every function, one at a time; all else is as it should be. */
static void at_address(uintptr_t address, fd_t fd) {
    void *bad = (void *)address;
    iovec_t into = {buffer, 4};
    ciovec_t from = {buffer, 4};
    /* A buffer of eight bytes there: it does not fit, wherever it begins. */
    iovec_t bad_into = {bad, 8};
    ciovec_t bad_from = {bad, 8};
    uint32_t count;
    filestat_t stat;
    fd_t opened;

    expect_fault(args_sizes_get(bad, &count));
    expect_fault(args_sizes_get(&count, bad));
    expect_fault(args_get(bad, buffer));
    expect_fault(environ_sizes_get(bad, &count));
    expect_fault(environ_sizes_get(&count, bad));
    /* Without any variables there is nothing to write. */
    expect_fault_or(environ_get(bad, buffer), ESUCCESS);
    expect_fault(clock_res_get(CLOCK_MONOTONIC, bad));
    expect_fault(clock_time_get(CLOCK_MONOTONIC, 0, bad));
    expect_fault(random_get(bad, 8));

    expect_fault(fd_fdstat_get(fd, bad));
    expect_fault(fd_filestat_get(fd, bad));
    expect_fault(fd_pread(fd, bad, 1, 0, &count));
    expect_fault(fd_pread(fd, &bad_into, 1, 0, &count));
    expect_fault(fd_pread(fd, &into, 1, 0, bad));
    expect_fault(fd_read(fd, bad, 1, &count));
    expect_fault(fd_read(fd, &bad_into, 1, &count));
    expect_fault(fd_read(fd, &into, 1, bad));
    expect_fault(fd_pwrite(fd, bad, 1, 0, &count));
    expect_fault(fd_pwrite(fd, &bad_from, 1, 0, &count));
    expect_fault(fd_write(fd, bad, 1, &count));
    expect_fault(fd_write(fd, &bad_from, 1, &count));
    /* To captured output too. */
    expect_fault(fd_write(1, bad, 1, &count));
    expect_fault(fd_write(1, &bad_from, 1, &count));
    expect_fault(fd_seek(fd, 0, WHENCE_SET, bad));
    expect_fault(fd_tell(fd, bad));
    expect_fault(fd_prestat_get(SCRATCH, bad));
    expect_fault(fd_prestat_dir_name(SCRATCH, bad, 8));
    expect_fault(fd_readdir(SCRATCH, bad, 64, 0, &count));
    expect_fault(fd_readdir(SCRATCH, buffer, sizeof buffer, 0, bad));

    expect_fault(path_create_directory(SCRATCH, bad, 8));
    expect_fault(path_filestat_get(SCRATCH, 0, bad, 8, &stat));
    expect_fault(path_filestat_get(SCRATCH, 0, TEXT("file"), bad));
    expect_fault(path_filestat_set_times(SCRATCH, 0, bad, 8, 1, 1, FSTFLAGS_MTIM));
    expect_fault(path_link(SCRATCH, 0, bad, 8, SCRATCH, TEXT("link")));
    expect_fault(path_link(SCRATCH, 0, TEXT("file"), SCRATCH, bad, 8));
    expect_fault(path_open(SCRATCH, 0, bad, 8, 0, RIGHT_FD_READ, 0, 0, &opened));
    expect_fault(path_open(SCRATCH, 0, TEXT("file"), 0, RIGHT_FD_READ, 0, 0, bad));
    expect_fault(path_readlink(SCRATCH, bad, 8, buffer, sizeof buffer, &count));
    expect_fault(path_readlink(SCRATCH, TEXT("soft"), bad, 8, &count));
    expect_fault(path_readlink(SCRATCH, TEXT("soft"), buffer, sizeof buffer, bad));
    expect_fault(path_remove_directory(SCRATCH, bad, 8));
    expect_fault(path_rename(SCRATCH, bad, 8, SCRATCH, TEXT("x")));
    expect_fault(path_rename(SCRATCH, TEXT("file"), SCRATCH, bad, 8));
    expect_fault(path_symlink(bad, 8, SCRATCH, TEXT("x")));
    expect_fault(path_symlink(TEXT("file"), SCRATCH, bad, 8));
    expect_fault(path_unlink_file(SCRATCH, bad, 8));

    subscription_t subscription;
    memset(&subscription, 0, sizeof subscription);
    subscription.clock.id = CLOCK_MONOTONIC;
    event_t event;
    expect_fault(poll_oneoff(bad, &event, 1, &count));
    expect_fault(poll_oneoff(&subscription, bad, 1, &count));
    expect_fault(poll_oneoff(&subscription, &event, 1, bad));

    /* These have no sockets to work on, so a host may not get to the pointers. */
    uint16_t flags;
    static const errno_t socket_errors[] = {EFAULT,   EINVAL, EOVERFLOW,  ENOTSOCK,
                                            EBADF,    ENOTSUP, ENOTCAPABLE};
    enum { SOCKET_ERRORS = sizeof socket_errors / sizeof socket_errors[0] };
#define expect_socket_error(call) check_errno((call), socket_errors, SOCKET_ERRORS, HERE(#call))
#ifndef SNAPSHOT0
    expect_socket_error(sock_accept(fd, 0, bad));
#endif
    expect_socket_error(sock_recv(fd, bad, 1, 0, &count, &flags));
    expect_socket_error(sock_recv(fd, &bad_into, 1, 0, &count, &flags));
    expect_socket_error(sock_recv(fd, &into, 1, 0, bad, &flags));
    expect_socket_error(sock_recv(fd, &into, 1, 0, &count, bad));
    expect_socket_error(sock_send(fd, bad, 1, 0, &count));
    expect_socket_error(sock_send(fd, &bad_from, 1, 0, &count));
    expect_socket_error(sock_send(fd, &from, 1, 0, bad));
}

/* Good addresses with lengths that no memory has. */
static void lengths(fd_t fd) {
    static const uint32_t huge[] = {0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF};
    uint32_t count;
    filestat_t stat;
    fd_t opened;
    for (int i = 0; i < 4; i++) {
        uint32_t length = huge[i];
        iovec_t into = {buffer, length};
        ciovec_t from = {buffer, length};
        expect_fault(random_get(buffer, length));
        expect_fault(fd_read(fd, &into, 1, &count));
        expect_fault(fd_pread(fd, &into, 1, 0, &count));
        expect_fault(fd_write(fd, &from, 1, &count));
        expect_fault(fd_pwrite(fd, &from, 1, 0, &count));
        expect_fault(fd_write(1, &from, 1, &count));
        /* As many buffers: the array itself does not fit, and its size in bytes may
         * overflow (2^29 buffers take 2^32 bytes). */
        expect_fault(fd_read(fd, &into, length, &count));
        expect_fault(fd_write(fd, &from, length, &count));
        expect_fault(fd_pread(fd, &into, length, 0, &count));
        expect_fault(fd_pwrite(fd, &from, length, 0, &count));
        expect_fault(fd_readdir(SCRATCH, buffer, length, 0, &count));
        expect_fault_or(path_create_directory(SCRATCH, buffer, length), ENAMETOOLONG);
        expect_fault_or(path_filestat_get(SCRATCH, 0, buffer, length, &stat), ENAMETOOLONG);
        expect_fault_or(path_open(SCRATCH, 0, buffer, length, 0, RIGHT_FD_READ, 0, 0, &opened),
                        ENAMETOOLONG);
        expect_fault_or(path_unlink_file(SCRATCH, buffer, length), ENAMETOOLONG);
        expect_fault_or(path_rename(SCRATCH, TEXT("file"), SCRATCH, buffer, length),
                        ENAMETOOLONG);
        expect_fault_or(path_symlink(buffer, length, SCRATCH, TEXT("x")), ENAMETOOLONG);
        expect_fault(path_readlink(SCRATCH, TEXT("soft"), buffer, length, &count));
        subscription_t subscription;
        memset(&subscription, 0, sizeof subscription);
        subscription.clock.id = CLOCK_MONOTONIC;
        event_t event;
        expect_fault(poll_oneoff(&subscription, &event, length, &count));
    }
    iovec_t into = {buffer, 1};
    ciovec_t from = {buffer, 1};
    expect_fault(fd_read(fd, &into, 1 << 29, &count));
    expect_fault(fd_write(fd, &from, 1 << 29, &count));

    /* Lengths whose sum overflows, though each buffer fits: at the end of the file
     * there is nothing to put there, so a host that takes the sum for the size of a
     * buffer of its own is all that can go wrong. */
    enum { MANY = 10000 };
    static iovec_t many[MANY];
    uint32_t memory = (uint32_t)__builtin_wasm_memory_size(0) * 65536;
    for (int i = 0; i < MANY; i++)
        many[i] = (iovec_t){NULL, memory};
    filesize_t end;
    expect_ok(fd_seek(fd, 0, WHENCE_END, &end));
    count = 0;
    expect_fault_or(fd_read(fd, many, MANY, &count), ESUCCESS);
    expect_fault_or(fd_pread(fd, many, MANY, end, &count), ESUCCESS);
    expect_equal(count, 0);
}

/* Nothing is touched at a length of zero, so a host may accept any address. */
static void nothing_at_all(fd_t fd) {
    for (int i = 0; i < WILD; i++) {
        void *bad = (void *)wild[i];
        iovec_t into = {bad, 0};
        ciovec_t from = {bad, 0};
        uint32_t count = 0;
        expect_fault_or(random_get(bad, 0), ESUCCESS);
        expect_fault_or(fd_read(fd, &into, 1, &count), ESUCCESS);
        expect_fault_or(fd_write(fd, &from, 1, &count), ESUCCESS);
        expect_fault_or(fd_read(fd, bad, 0, &count), ESUCCESS);
        expect_fault_or(fd_write(fd, bad, 0, &count), ESUCCESS);
        expect_equal(count, 0);
        expect_fault_or(path_create_directory(SCRATCH, bad, 0), ENOENT);
    }
}

/* Addresses that are not aligned: refused, or done properly. */
static void misaligned(fd_t fd) {
    static uint64_t space[16];
    for (uint32_t by = 1; by < 4; by++) {
        char *at = (char *)space + by;
        filesize_t position = 0;
        expect_ok(fd_seek(fd, 3, WHENCE_SET, &position));
        if (expect_fault_or(fd_tell(fd, (filesize_t *)(void *)at), ESUCCESS) &&
            fd_tell(fd, (filesize_t *)(void *)at) == ESUCCESS) {
            memcpy(&position, at, sizeof position);
            expect_equal(position, 3);
        }

        fdstat_t fdstat;
        if (expect_fault_or(fd_fdstat_get(fd, (fdstat_t *)(void *)at), ESUCCESS) &&
            fd_fdstat_get(fd, (fdstat_t *)(void *)at) == ESUCCESS) {
            memcpy(&fdstat, at, sizeof fdstat);
            expect_equal(fdstat.fs_filetype, FILETYPE_REGULAR_FILE);
        }

        ciovec_t from = {"mis", 3};
        uint32_t count = 0;
        memcpy(at, &from, sizeof from);
        expect_ok(fd_seek(fd, 0, WHENCE_SET, &position));
        errno_t error = fd_write(fd, (const ciovec_t *)(void *)at, 1, &count);
        if (expect_fault_or(error, ESUCCESS) && error == ESUCCESS)
            expect_equal(count, 3);
        error = fd_write(fd, &from, 1, (uint32_t *)(void *)at);
        if (expect_fault_or(error, ESUCCESS) && error == ESUCCESS) {
            memcpy(&count, at, sizeof count);
            expect_equal(count, 3);
        }

        subscription_t subscription;
        memset(&subscription, 0, sizeof subscription);
        subscription.clock.id = CLOCK_MONOTONIC;
        event_t event;
        memcpy(at, &subscription, sizeof subscription);
        expect_fault_or(poll_oneoff((const subscription_t *)(void *)at, &event, 1, &count),
                        ESUCCESS);
        expect_fault_or(poll_oneoff(&subscription, (event_t *)(void *)at, 1, &count), ESUCCESS);
    }
}

/* Results that land on the parameters they come from. What is read is the host's to
 * decide; that it ends, and stays inside, is not. */
static void overlapping(fd_t fd) {
    filesize_t position;
    iovec_t iovs[4];
    for (int i = 0; i < 4; i++)
        iovs[i] = (iovec_t){iovs, sizeof iovs};
    expect_ok(fd_seek(fd, 0, WHENCE_SET, &position));
    uint32_t count = 0;
    expect_fault_or(fd_read(fd, iovs, 4, &count), ESUCCESS);

    for (int i = 0; i < 4; i++)
        iovs[i] = (iovec_t){buffer, 4};
    expect_ok(fd_seek(fd, 0, WHENCE_SET, &position));
    expect_fault_or(fd_read(fd, iovs, 4, &iovs[0].buf_len), ESUCCESS);

    expect_fault_or(args_sizes_get(&count, &count), ESUCCESS);

    subscription_t subscriptions[2];
    memset(subscriptions, 0, sizeof subscriptions);
    subscriptions[0].clock.id = subscriptions[1].clock.id = CLOCK_MONOTONIC;
    expect_fault_or(poll_oneoff(subscriptions, (event_t *)(void *)subscriptions, 2, &count),
                    ESUCCESS);
}

static void test(void) {
    find_wild_addresses();
    make_file("file", "content that is longer than the buffers that it is read into");
    expect_ok(path_symlink(TEXT("file"), SCRATCH, TEXT("soft")));
    fd_t fd = open_with("file", 0, RIGHTS_FILE, 0);

    for (int i = 0; i < WILD; i++)
        at_address(wild[i], fd);
    lengths(fd);
    nothing_at_all(fd);
    expect(content_is(fd, 0, "content that is longer than the buffers that it is read into"));
    misaligned(fd);
    overlapping(fd);
    expect_ok(fd_close(fd));

    /* No failed call has left anything behind. */
    expect_equal(type_of("link"), -1);
    expect_equal(type_of("x"), -1);
    expect_equal(type_of("file"), FILETYPE_REGULAR_FILE);
    expect_equal(type_of("soft"), FILETYPE_SYMBOLIC_LINK);
}
