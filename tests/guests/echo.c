/* Tells what reached the program: arguments, environment, standard input.
 *
 *     arg <i> <value>      for each argument, from 0
 *     env <K=V>            for each environment variable
 *     stdin:
 *     <standard input, byte for byte> */

#include <stdio.h>
#include <stdlib.h>

extern char **environ;

int main(int argc, char **argv) {
    for (int i = 0; i < argc; i++)
        printf("arg %d %s\n", i, argv[i]);
    /* `environ` rather than getenv: duplicates and odd entries show too. */
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
        printf("env %s\n", *entry);
    puts("stdin:");

    char buffer[4096];
    size_t length;
    while ((length = fread(buffer, 1, sizeof buffer, stdin)) > 0)
        fwrite(buffer, 1, length, stdout);
    if (ferror(stdin)) {
        perror("echo: stdin");
        return EXIT_FAILURE;
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
