/* Greets the word in the first argument, or the world.
 *
 *     hello [WORD]
 *
 * The environment variable GREETING replaces "Hello". */

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    const char *word = argc > 1 ? argv[1] : "world";
    const char *greeting = getenv("GREETING");
    if (greeting == NULL)
        greeting = "Hello";

    /* fputs rather than printf: formatting would be most of the module. */
    fputs(greeting, stdout);
    fputs(", ", stdout);
    fputs(word, stdout);
    fputs("!\n", stdout);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
