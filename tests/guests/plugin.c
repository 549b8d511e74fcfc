/* A plugin in C, which calls functions of the application.
 *
 * `allocated` is the number of allocations that nobody has freed. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

struct text {
    char *bytes;
    size_t len;
};

struct maybe_text {
    uint8_t is_some;
    struct text some;
};

struct person {
    struct text name;
    uint32_t age;
    double height;
};

IMPORT("log") void host_log(int32_t level, const char *bytes, size_t len);
IMPORT("lookup") void host_lookup(struct maybe_text *result, const char *key, size_t len);
IMPORT("older") void host_older(struct person *result, const struct person *person);
IMPORT("sum") int64_t host_sum(const int32_t *numbers, size_t len);
IMPORT("fill") int32_t host_fill(uint8_t *place, size_t len);
IMPORT("ask") uint32_t host_ask(uint32_t question);

static int32_t count;

EXPORT("allocate") void *allocate(size_t size) {
    count++;
    return malloc(size);
}

EXPORT("release") void release(void *place) {
    count--;
    free(place);
}

EXPORT("allocated") int32_t allocated(void) { return count; }

/* The value of the key in the application, or "nothing". */
EXPORT("handle") void handle(struct text *result, const char *key, size_t len) {
    char message[64];
    int written = snprintf(message, sizeof message, "asked for %zu bytes", len);
    host_log(3, message, written);
    struct maybe_text found;
    host_lookup(&found, key, len);
    if (found.is_some) {
        *result = found.some;
        return;
    }
    result->len = strlen("nothing");
    result->bytes = allocate(result->len);
    memcpy(result->bytes, "nothing", result->len);
}

/* The person in a year. */
EXPORT("birthday") void birthday(struct person *result, const struct person *person) {
    host_older(result, person);
    /* The name was ours to free: pass it on. */
}

EXPORT("total") int64_t total(uint32_t len) {
    int32_t *numbers = calloc(len, sizeof *numbers);
    for (uint32_t i = 0; i < len; i++) {
        numbers[i] = (int32_t)i - 1;
    }
    int64_t sum = host_sum(numbers, len);
    free(numbers);
    return sum;
}

/* The sum of the bytes that the application has written. */
EXPORT("filled") int32_t filled(uint32_t len) {
    uint8_t *place = calloc(len, 1);
    int32_t sum = host_fill(place, len);
    for (uint32_t i = 0; i < len; i++) {
        sum += place[i];
    }
    free(place);
    return sum;
}

/* Asks the application, which may ask the plugin again. */
EXPORT("think") uint32_t think(uint32_t question) { return 1 + host_ask(question); }

EXPORT("double") uint32_t twice(uint32_t number) { return 2 * number; }
