/* A counter that lives as long as its instance: a reactor, so it has no
 * `_start`, only functions for the host to call.
 *
 *     increment(by: i32) -> i32    adds `by`, returns the new value
 *     value() -> i32               returns the value
 *     report()                     prints the value as a line */

#include <stdio.h>

static int count;

__attribute__((export_name("increment"))) int increment(int by) {
    /* Overflow of a signed int is undefined in C; the wrapper wants it to wrap. */
    count = (int)((unsigned)count + (unsigned)by);
    return count;
}

__attribute__((export_name("value"))) int value(void) { return count; }

__attribute__((export_name("report"))) void report(void) {
    printf("%d\n", count);
    /* A reactor never exits, so nothing else flushes. */
    fflush(stdout);
}
