/* Random bytes: every length, exactly that many bytes, no repetition. */

#include "expect.h"

enum { UNTOUCHED = 0x5A, LARGE = 256 * 1024 };

static unsigned char buffer[LARGE + 1];
static unsigned char first[32], second[32];

static void test(void) {
    /* Nothing to fill is not an error. */
    expect_ok(random_get(buffer, 0));

    /* Exactly the bytes asked for: the ones behind them stay, the ones inside
     * change within a few calls (a byte may come out as it was). */
    for (uint32_t length = 1; length <= 64; length++) {
        memset(buffer, UNTOUCHED, sizeof buffer);
        bool last_changed = false;
        for (int attempt = 0; attempt < 16 && !last_changed; attempt++) {
            expect_ok(random_get(buffer, length));
            last_changed = buffer[length - 1] != UNTOUCHED;
        }
        expect(last_changed);
        expect_equal(buffer[length], UNTOUCHED);
    }

    expect_ok(random_get(first, sizeof first));
    expect_ok(random_get(second, sizeof second));
    expect(!same_bytes(first, second, sizeof first));

    /* More than hosts fill in one piece. Every value occurs: at 1024 expected
     * occurrences each, none missing is as good as certain. */
    memset(buffer, 0, sizeof buffer);
    buffer[LARGE] = UNTOUCHED;
    expect_ok(random_get(buffer, LARGE));
    static uint32_t occurrences[256];
    for (uint32_t i = 0; i < LARGE; i++)
        occurrences[buffer[i]]++;
    for (int value = 0; value < 256; value++)
        expect(occurrences[value] > 512 && occurrences[value] < 2048);
    expect_equal(buffer[LARGE], UNTOUCHED);
}
