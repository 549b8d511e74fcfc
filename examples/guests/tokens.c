/* Splits standard input into words: one a line, in lower case.
 *
 *     tokens < text
 *
 * A word is a run of ASCII letters and digits, apostrophes inside it included
 * ("don't"). Bytes above 127 count as letters and pass through unchanged, so
 * that UTF-8 words stay whole. */

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_letter(int byte) { return isalnum(byte) || byte >= 0x80; }

int main(void) {
    bool in_word = false;
    /* An apostrophe belongs to the word only if a letter follows it. */
    bool apostrophe = false;

    for (int byte; (byte = getchar()) != EOF;) {
        if (is_letter(byte)) {
            if (apostrophe)
                putchar('\'');
            putchar(tolower(byte));
            in_word = true;
            apostrophe = false;
        } else if (byte == '\'' && in_word && !apostrophe) {
            apostrophe = true;
        } else {
            if (in_word)
                putchar('\n');
            in_word = false;
            apostrophe = false;
        }
    }
    if (in_word)
        putchar('\n');

    if (ferror(stdin)) {
        fputs("tokens: cannot read standard input\n", stderr);
        return EXIT_FAILURE;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("tokens: cannot write standard output\n", stderr);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
