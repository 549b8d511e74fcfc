/* Sockets: a program that was given none has none. Every call fails, with the
 * descriptor at fault or as not supported. */

#include "scratch.h"

static char buffer[8];

static void refused(fd_t fd) {
    iovec_t into = {buffer, sizeof buffer};
    ciovec_t from = {buffer, sizeof buffer};
    uint32_t count;
    uint16_t flags;
    /* ENOTCAPABLE: no descriptor here has the rights of sockets. */
#ifndef SNAPSHOT0
    fd_t accepted = NO_SUCH_FD;
    expect_errno(sock_accept(fd, 0, &accepted), ENOTSOCK, EBADF, ENOTSUP, ENOTCAPABLE);
    expect_errno(sock_accept(fd, FDFLAGS_NONBLOCK, &accepted), ENOTSOCK, EBADF, ENOTSUP,
                 ENOTCAPABLE);
    expect_equal(accepted, NO_SUCH_FD);
#endif
    expect_errno(sock_recv(fd, &into, 1, 0, &count, &flags), ENOTSOCK, EBADF, ENOTSUP,
                 ENOTCAPABLE);
    expect_errno(sock_recv(fd, &into, 1, RIFLAGS_RECV_PEEK, &count, &flags), ENOTSOCK, EBADF,
                 ENOTSUP, ENOTCAPABLE);
    expect_errno(sock_send(fd, &from, 1, 0, &count), ENOTSOCK, EBADF, ENOTSUP, ENOTCAPABLE);
    expect_errno(sock_shutdown(fd, SDFLAGS_RD), ENOTSOCK, EBADF, ENOTSUP, ENOTCAPABLE);
    expect_errno(sock_shutdown(fd, SDFLAGS_RD | SDFLAGS_WR), ENOTSOCK, EBADF, ENOTSUP,
                 ENOTCAPABLE);
}

static void test(void) {
    refused(SCRATCH);
    make_file("file", "content");
    fd_t fd = open_with("file", 0, RIGHTS_FILE, 0);
    refused(fd);
    expect_ok(fd_close(fd));
    refused(fd);
    refused(NO_SUCH_FD);
    refused(UINT32_MAX);
    /* What was to be sent has not been written. */
    expect(file_is("file", "content"));

    /* The standard streams are refused too, and lose nothing by it. */
    refused(0);
    refused(1);
    refused(2);
    iovec_t into = {buffer, sizeof buffer};
    uint32_t count = 0;
    expect_ok(fd_read(0, &into, 1, &count));
    expect(count > 0 && buffer[0] == 'i');
}
