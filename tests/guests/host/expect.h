/* Expectations, and the rest of what a test of the host suite is made of.
 *
 * A test includes this and defines `test`. What fails is reported on standard
 * error as `file:line: expression: expected …, got …` and the test goes on, so
 * that one run shows everything; it exits with 1 at the end. If nothing fails it
 * prints `ok <number of expectations>` and exits with 0.
 *
 * The definitions are here, not in a source of their own: a test is one source. */

#ifndef EXPECT_H
#define EXPECT_H

#include "wasi.h"

static void test(void);

/* ---- What the compiler may call even without a libc --------------------- */

void *memset(void *to, int byte, size_t length) {
    for (size_t i = 0; i < length; i++)
        ((unsigned char *)to)[i] = (unsigned char)byte;
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t length) {
    for (size_t i = 0; i < length; i++)
        ((unsigned char *)to)[i] = ((const unsigned char *)from)[i];
    return to;
}

size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length] != '\0')
        length++;
    return length;
}

/* Of a literal the compiler knows it, of anything else it calls the above. */
#define length_of(text) ((uint32_t)__builtin_strlen(text))

/* Functions are called from a hundred places here: inlined, they would make a test
 * several times as large. */
#define SHARED __attribute__((noinline, unused)) static

SHARED bool same_bytes(const void *a, const void *b, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (((const unsigned char *)a)[i] != ((const unsigned char *)b)[i])
            return false;
    return true;
}

/* A path or text as the two parameters that the interface takes. */
#define TEXT(text) (text), length_of(text)

/* ---- Messages ----------------------------------------------------------- */

/* A line is put together first, so that it arrives in one write. */
static char message[1024];
static uint32_t message_length;

SHARED void say(const char *text) {
    while (*text != '\0' && message_length < sizeof message)
        message[message_length++] = *text++;
}

SHARED void say_number(uint64_t number) {
    char digits[21];
    char *at = digits + sizeof digits;
    *--at = '\0';
    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    say(at);
}

SHARED void say_errno(uint32_t number) {
    static const char *const names[] = {
#define NAME(name) #name,
        ERRNOS(NAME)
#undef NAME
    };
    if (number < ERRNO_COUNT)
        say(names[number]);
    else
        say_number(number);
}

SHARED void end_line(fd_t fd) {
    say("\n");
    ciovec_t line = {message, message_length};
    uint32_t written;
    fd_write(fd, &line, 1, &written);
    message_length = 0;
}

/* ---- Expectations ------------------------------------------------------- */

static uint32_t expectations;
static uint32_t failures;

/* The place of an expectation and its text, as the macros pass it on. */
#define HERE(text) __FILE__, __LINE__, text

SHARED void begin_failure(const char *file, int line, const char *text) {
    failures++;
    say(file);
    say(":");
    say_number((uint64_t)line);
    say(": ");
    say(text);
    say(": expected ");
}

SHARED bool check(bool holds, const char *file, int line, const char *text) {
    expectations++;
    if (!holds) {
        begin_failure(file, line, text);
        say("true, got false");
        end_line(2);
    }
    return holds;
}

SHARED bool check_equal(uint64_t actual, uint64_t expected, const char *file, int line,
                               const char *text) {
    expectations++;
    if (actual != expected) {
        begin_failure(file, line, text);
        say_number(expected);
        say(", got ");
        say_number(actual);
        end_line(2);
    }
    return actual == expected;
}

SHARED bool check_errno(uint32_t actual, const errno_t *expected, size_t count,
                               const char *file, int line, const char *text) {
    expectations++;
    for (size_t i = 0; i < count; i++)
        if (actual == expected[i])
            return true;
    begin_failure(file, line, text);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            say(" or ");
        say_errno(expected[i]);
    }
    say(", got ");
    say_errno(actual);
    end_line(2);
    return false;
}

/* Each tells whether it held, for what makes sense only then. */
#define expect(condition) check((condition), HERE(#condition))
#define expect_equal(actual, expected) \
    check_equal((uint64_t)(actual), (uint64_t)(expected), HERE(#actual))
/* With more than one errno, any of them will do. */
#define expect_errno(call, ...)                                               \
    check_errno((call), (const errno_t[]){__VA_ARGS__},                       \
                sizeof((const errno_t[]){__VA_ARGS__}) / sizeof(errno_t),     \
                HERE(#call))
#define expect_ok(call) \
    check_errno((call), (const errno_t[]){ESUCCESS}, 1, HERE(#call))

/* An operation for which a descriptor lacks the right. Not every host keeps the
 * rights of descriptors: some treat them as a hint, which later revisions of the
 * specification allow. To run the suite on such a host, build it with
 * RIGHTS_ARE_HINTS: then any answer will do. */
#ifdef RIGHTS_ARE_HINTS
#define expect_not_capable(call) ((void)(call), expectations++)
#else
#define expect_not_capable(call) \
    check_errno((call), (const errno_t[]){ENOTCAPABLE}, 1, HERE(#call))
#endif

/* Paths that lead out of the directory they start from. */
#define expect_escape_refused(call) \
    check_errno((call), (const errno_t[]){EPERM, ENOTCAPABLE}, 2, HERE(#call))

/* Ends the test: with this code if all went well, or else with 1. */
_Noreturn static inline void finish(uint32_t code) {
    if (failures > 0)
        proc_exit(1);
    say("ok ");
    say_number(expectations);
    end_line(1);
    proc_exit(code);
}

void _start(void) {
    test();
    finish(0);
}

#endif
