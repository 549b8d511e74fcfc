/* A reactor: `_initialize` instead of `_start`, and functions for the host.
 *
 *     greet()                      prints "greeting <n>", n from 1
 *     add(a: i32, b: i32) -> i32
 *
 * Before `_initialize` has run, greet prints "not initialized" instead, so a
 * host that forgets the call, or makes it twice, can be told from one that makes
 * it once. */

#include <stdio.h>

static int initializations;
static int greetings;

__attribute__((constructor)) static void initialize(void) { initializations++; }

__attribute__((export_name("greet"))) void greet(void) {
    if (initializations == 1)
        printf("greeting %d\n", ++greetings);
    else
        puts(initializations == 0 ? "not initialized" : "initialized twice");
    /* A reactor never exits, so nothing else flushes. */
    fflush(stdout);
}

__attribute__((export_name("add"))) int add(int a, int b) {
    return (int)((unsigned)a + (unsigned)b);
}
