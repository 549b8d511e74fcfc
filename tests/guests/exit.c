/* Exits with the code in the first argument: an unsigned 32-bit decimal.
 *
 * Writes "out" to standard output and "err" to standard error first. The import
 * is called directly: libc's exit takes an int and runs destructors, and here the
 * host's own handling of the code is the point. Without an argument it returns
 * from main, which exits with 0 without any call of proc_exit. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wasi/api.h>

static void say(int fd, const char *text) { write(fd, text, strlen(text)); }

int main(int argc, char **argv) {
    say(STDOUT_FILENO, "out");
    say(STDERR_FILENO, "err");
    if (argc > 1)
        __wasi_proc_exit((__wasi_exitcode_t)strtoul(argv[1], NULL, 10));
    return EXIT_SUCCESS;
}
