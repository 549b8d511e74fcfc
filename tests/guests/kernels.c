/* Kernels that compute, for what the checks cost: `kernels NAME ROUNDS`. Each prints a
 * number that depends on everything it did. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 1000000
#define SIDE 120

static uint8_t composite[SIZE];
static double a[SIDE][SIDE], b[SIDE][SIDE], c[SIDE][SIDE];

/* Stores in a loop. */
static uint64_t sieve(void) {
    memset(composite, 0, sizeof composite);
    uint64_t primes = 0;
    for (uint32_t i = 2; i < SIZE; i++) {
        if (composite[i]) continue;
        primes++;
        for (uint32_t j = 2 * i; j < SIZE; j += i) composite[j] = 1;
    }
    return primes;
}

/* Loads and floating point. */
static uint64_t product(void) {
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            a[i][j] = i + j;
            b[i][j] = i - j;
        }
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            double sum = 0;
            for (int k = 0; k < SIDE; k++) sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
    return (uint64_t)(int64_t)c[SIDE / 2][SIDE / 3];
}

/* FNV-1a: a short loop without branches, each turn waiting for the one before. */
static uint64_t hash(void) {
    uint64_t h = 0xcbf29ce484222325;
    for (uint32_t i = 0; i < SIZE; i++) {
        h ^= composite[i] + i;
        h *= 0x100000001b3;
    }
    return h;
}

/* All orders of nine things, by Heap's algorithm: short loops, swaps. */
static uint64_t permutations(void) {
    int order[9], count[9] = {0};
    uint64_t sum = 0;
    for (int i = 0; i < 9; i++) order[i] = i;
    for (int i = 0; i < 9;) {
        if (count[i] < i) {
            int j = i % 2 ? count[i] : 0, t = order[j];
            order[j] = order[i];
            order[i] = t;
            for (int k = 0; k < 9; k++) sum += (uint64_t)order[k] * k;
            count[i]++;
            i = 0;
        } else {
            count[i++] = 0;
        }
    }
    return sum;
}

/* Sorts numbers: compares, swaps, and recursion that is shallow. */
static uint32_t numbers[SIZE / 10];

static void quicksort(uint32_t *from, uint32_t *to) {
    while (to - from > 1) {
        uint32_t pivot = from[(to - from - 1) / 2], *low = from - 1, *high = to;
        for (;;) {
            do low++; while (*low < pivot);
            do high--; while (*high > pivot);
            if (low >= high) break;
            uint32_t t = *low;
            *low = *high;
            *high = t;
        }
        quicksort(from, high + 1);
        from = high + 1;
    }
}

static uint64_t sort(void) {
    uint32_t x = 1;
    for (int i = 0; i < SIZE / 10; i++) numbers[i] = x = x * 1664525 + 1013904223;
    quicksort(numbers, numbers + SIZE / 10);
    return numbers[SIZE / 20];
}

/* Floating point without memory. */
static uint64_t mandelbrot(void) {
    uint64_t turns = 0;
    for (int py = 0; py < 100; py++)
        for (int px = 0; px < 100; px++) {
            double cx = px / 50.0 - 1.5, cy = py / 50.0 - 1, x = 0, y = 0;
            for (int i = 0; i < 100 && x * x + y * y < 4; i++) {
                double t = x * x - y * y + cx;
                y = 2 * x * y + cy;
                x = t;
                turns++;
            }
        }
    return turns;
}

/* Counts words, as `wc` does: a load and some branches for each byte. */
static uint64_t words(void) {
    static char text[SIZE];
    for (int i = 0; i < SIZE; i++) text[i] = (i * 7919 >> 5) % 6 ? 'a' : ' ';
    uint64_t count = 0;
    int inside = 0;
    for (int i = 0; i < SIZE; i++) {
        int is_space = text[i] == ' ' || text[i] == '\n' || text[i] == '\t';
        count += inside && is_space;
        inside = !is_space;
    }
    return count;
}

/* Nothing but calls. */
__attribute__((noinline)) static uint64_t fibonacci(uint32_t n) {
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

/* As little in a loop as there can be. */
static uint64_t count(void) {
    uint32_t x = 1, turns = 0;
    while (turns < 4000000) {
        x = x * 1664525 + 1013904223;
        turns++;
        __asm__ volatile("" : "+r"(x));
    }
    return x;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    const char *name = argv[1];
    uint64_t sum = 0;
    for (int round = atoi(argv[2]); round > 0; round--) {
        if (!strcmp(name, "sieve")) sum += sieve();
        else if (!strcmp(name, "product")) sum += product();
        else if (!strcmp(name, "hash")) sum += hash();
        else if (!strcmp(name, "permutations")) sum += permutations();
        else if (!strcmp(name, "fibonacci")) sum += fibonacci(27);
        else if (!strcmp(name, "sort")) sum += sort();
        else if (!strcmp(name, "mandelbrot")) sum += mandelbrot();
        else if (!strcmp(name, "words")) sum += words();
        else if (!strcmp(name, "count")) sum += count();
        else return 2;
    }
    printf("%llu\n", (unsigned long long)sum);
    return 0;
}
