/* Traps in the way that the first argument names.
 *
 *     traps unreachable      the unreachable instruction
 *     traps divide           integer division by zero
 *     traps overflow         the most negative integer divided by -1
 *     traps bounds           a load beyond the end of memory
 *     traps stack            recursion without an end
 *     traps indirect         a call through a pointer of another function type
 *     traps null-indirect    a call through a null pointer
 *     traps abort            libc's abort
 *
 * Writes "before" to standard output and "warned" to standard error, both
 * unbuffered, before it traps. Every way has a function of its own, never
 * inlined, and the module keeps its name section: backtraces can be checked.
 *
 * The operands are volatile throughout. All of this is undefined behaviour in C,
 * and the compiler must not see it. */

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMED __attribute__((noinline, used))

static volatile int sink;
static volatile int forever = 1;

NAMED static void trap_unreachable(void) { __builtin_trap(); }

NAMED static void trap_divide(void) {
    /* Not a constant: 1 / x would become a comparison, which never traps. */
    volatile int dividend = 7, zero = 0;
    sink = dividend / zero;
}

NAMED static void trap_overflow(void) {
    volatile int lowest = INT_MIN, minus_one = -1;
    sink = lowest / minus_one;
}

NAMED static void trap_bounds(void) {
    volatile uintptr_t address = UINT32_MAX - 15;
    sink = *(volatile int *)address;
}

NAMED static int recurse(int depth) {
    /* Work after the call, on a volatile, keeps this from becoming a loop. */
    int deeper = forever ? recurse(depth + 1) : 0;
    sink = deeper;
    return deeper + sink;
}

NAMED static void trap_stack(void) { sink = recurse(0); }

NAMED static double of_another_type(double x) { return x * 2; }

NAMED static void trap_indirect(void) {
    double (*volatile target)(double) = of_another_type;
    sink = ((int (*)(int, int))(void (*)(void))target)(1, 2);
}

NAMED static void trap_null_indirect(void) {
    int (*volatile target)(int) = NULL;
    sink = target(1);
}

NAMED static void trap_abort(void) { abort(); }

static const struct {
    const char *name;
    void (*trap)(void);
} ways[] = {
    {"unreachable", trap_unreachable},
    {"divide", trap_divide},
    {"overflow", trap_overflow},
    {"bounds", trap_bounds},
    {"stack", trap_stack},
    {"indirect", trap_indirect},
    {"null-indirect", trap_null_indirect},
    {"abort", trap_abort},
};

int main(int argc, char **argv) {
    write(STDOUT_FILENO, "before", 6);
    write(STDERR_FILENO, "warned", 6);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (argc > 1 && strcmp(argv[1], ways[i].name) == 0)
            ways[i].trap();

    /* Reached only without a known way to trap, or if none happened. */
    fputs("traps: did not trap\n", stderr);
    return 2;
}
