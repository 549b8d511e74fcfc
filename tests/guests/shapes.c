/* A library in C whose functions take and return structures, enums and flags.
 *
 * `allocated` is the number of allocations that nobody has freed. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(name)))

struct text {
    char *bytes;
    size_t len;
};

struct point {
    float x;
    double y;
};

/* RED, GREEN, BLUE: the enum of the host has 8 bits. */
typedef uint8_t color;

/* The first flag is the least significant bit. */
typedef uint16_t style;

struct shape {
    uint8_t kind;
    union {
        double circle;
        struct point rectangle;
        struct {
            struct text text;
            color color;
        } label;
    };
};

enum { EMPTY, CIRCLE, RECTANGLE, LABEL };

struct word {
    struct text text;
    uint32_t count;
};

struct words {
    struct word *items;
    size_t len;
};

static int32_t allocations;

EXPORT("malloc") void *take(size_t size) {
    allocations++;
    return malloc(size);
}

EXPORT("free") void give_back(void *pointer) {
    if (pointer)
        allocations--;
    free(pointer);
}

EXPORT("allocated") int32_t allocated(void) { return allocations; }

static struct text copy(const char *bytes, size_t len) {
    struct text text = {take(len), len};
    memcpy(text.bytes, bytes, len);
    return text;
}

EXPORT("mirror") struct point mirror(struct point point) {
    return (struct point){(float)point.y, point.x};
}

EXPORT("next") color next(color now) { return (color)((now + 1) % 3); }

EXPORT("toggle") style toggle(style now) { return now ^ 0x1ff; }

/* Twice as large, and with a text twice as long. */
EXPORT("twice") struct shape twice(struct shape shape) {
    switch (shape.kind) {
    case CIRCLE:
        shape.circle *= 2;
        break;
    case RECTANGLE:
        shape.rectangle.x *= 2;
        shape.rectangle.y *= 2;
        break;
    case LABEL: {
        struct text text = shape.label.text;
        struct text both = {take(2 * text.len), 2 * text.len};
        memcpy(both.bytes, text.bytes, text.len);
        memcpy(both.bytes + text.len, text.bytes, text.len);
        shape.label.text = both;
        shape.label.color = next(shape.label.color);
    }
    }
    return shape;
}

/* A kind of shape that there is not. */
EXPORT("strange") struct shape strange(void) {
    struct shape shape = {.kind = 7};
    return shape;
}

/* Each word, with the number of times that it was there so far. */
EXPORT("count") struct words count(const char *bytes, size_t len) {
    struct words words = {take(len * sizeof(struct word) + 1), 0};
    for (size_t start = 0, end = 0; end <= len; end++) {
        if (end < len && bytes[end] != ' ')
            continue;
        uint32_t before = 1;
        for (size_t i = 0; i < words.len; i++) {
            struct text text = words.items[i].text;
            before += text.len == end - start && memcmp(text.bytes, bytes + start, text.len) == 0;
        }
        if (end > start)
            words.items[words.len++] = (struct word){copy(bytes + start, end - start), before};
        start = end + 1;
    }
    return words;
}

/* The sum of all that points have. */
EXPORT("sum") double sum(const struct point *points, size_t len) {
    double sum = 0;
    for (size_t i = 0; i < len; i++)
        sum += points[i].x + points[i].y;
    return sum;
}
