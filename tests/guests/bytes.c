/* Writes every byte value once, in order: 256 bytes, not valid UTF-8.
 *
 *     bytes        256 bytes
 *     bytes N      N MiB of the same pattern, repeated */

#include <stdlib.h>
#include <unistd.h>

enum { MIB = 1 << 20, CHUNK = 64 << 10 };

static unsigned char pattern[CHUNK];

static void write_all(const unsigned char *from, size_t length) {
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, from, length);
        if (written <= 0)
            _Exit(EXIT_FAILURE);
        from += written;
        length -= (size_t)written;
    }
}

int main(int argc, char **argv) {
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (unsigned char)i;

    if (argc == 1) {
        write_all(pattern, 256);
        return EXIT_SUCCESS;
    }
    unsigned long mebibytes = strtoul(argv[1], NULL, 10);
    for (unsigned long i = 0; i < mebibytes; i++)
        for (size_t written = 0; written < MIB; written += CHUNK)
            write_all(pattern, CHUNK);
    return EXIT_SUCCESS;
}
