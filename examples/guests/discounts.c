/* A plugin for a shop, in C: two for the price of one. It calls the application, and is called
 * with a list of strings. */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct text {
    const char *bytes;
    size_t len;
};

__attribute__((import_module("shop"), import_name("log")))
void shop_log(const char *bytes, size_t len);

__attribute__((import_module("shop"), import_name("price")))
uint32_t shop_price(const char *bytes, size_t len);

__attribute__((export_name("total")))
uint32_t total(const struct text *items, size_t count) {
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const struct text *item = &items[i];
        size_t before = 0;
        for (size_t j = 0; j < i; j++) {
            if (items[j].len == item->len && memcmp(items[j].bytes, item->bytes, item->len) == 0) {
                before++;
            }
        }
        if (before % 2 == 1) {
            char message[80];
            int written =
                snprintf(message, sizeof message, "%.*s is free", (int)item->len, item->bytes);
            shop_log(message, written < (int)sizeof message ? written : (int)sizeof message - 1);
        } else {
            sum += shop_price(item->bytes, item->len);
        }
    }
    return sum;
}
