/* Arguments and environment: sizes, the pointer table, the strings behind it.
 *
 * Expects no particular arguments: whatever they are, the parts must agree. */

#include "expect.h"

enum { UNTOUCHED = 0x5A };

static char *table[64];
static char strings[4096];

static void expect_packed(uint32_t count, uint32_t size) {
    /* Strings lie one behind the other, each with its NUL, and fill the buffer. */
    uint32_t offset = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!expect_equal(table[i] - strings, offset))
            return;
        offset += length_of(table[i]) + 1;
    }
    expect_equal(offset, size);
    /* Nothing is written behind what the sizes announced. */
    expect_equal((uintptr_t)table[count], 0);
    expect_equal(strings[size], UNTOUCHED);
}

static void arguments(void) {
    uint32_t count = UINT32_MAX, size = UINT32_MAX;
    expect_ok(args_sizes_get(&count, &size));
    if (!expect(count < 64 && size < sizeof strings))
        return;
    memset(strings, UNTOUCHED, sizeof strings);
    expect_ok(args_get(table, strings));
    expect_packed(count, size);
    /* A program has at least its name. */
    expect(count >= 1);
}

static void environment(void) {
    uint32_t count = UINT32_MAX, size = UINT32_MAX;
    memset(table, 0, sizeof table);
    expect_ok(environ_sizes_get(&count, &size));
    if (!expect(count < 64 && size < sizeof strings))
        return;
    memset(strings, UNTOUCHED, sizeof strings);
    expect_ok(environ_get(table, strings));
    expect_packed(count, size);
    for (uint32_t i = 0; i < count; i++) {
        bool assigns = false;
        for (const char *at = table[i]; *at != '\0'; at++)
            assigns |= *at == '=';
        expect(assigns);
    }
}

static void test(void) {
    arguments();
    environment();
    /* A second call answers the same. */
    memset(table, 0, sizeof table);
    arguments();
}
