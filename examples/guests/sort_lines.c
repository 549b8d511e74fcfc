/* Sorts the lines of a file into another: sort_lines FROM TO */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *one, const void *other) {
    return strcmp(*(char *const *)one, *(char *const *)other);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s FROM TO\n", argv[0]);
        return 2;
    }
    FILE *from = fopen(argv[1], "r");
    if (from == NULL) {
        perror(argv[1]);
        return 1;
    }
    char **lines = NULL, *line = NULL;
    size_t count = 0, room = 0, size = 0;
    while (getline(&line, &size, from) != -1) {
        if (count == room) {
            room = room == 0 ? 64 : room * 2;
            lines = realloc(lines, room * sizeof *lines);
            if (lines == NULL)
                abort();
        }
        lines[count++] = line;
        line = NULL;
        size = 0;
    }
    qsort(lines, count, sizeof *lines, compare);
    FILE *to = fopen(argv[2], "w");
    if (to == NULL) {
        perror(argv[2]);
        return 1;
    }
    for (size_t i = 0; i < count; i++)
        fputs(lines[i], to);
    if (fclose(to) != 0) {
        perror(argv[2]);
        return 1;
    }
    printf("%zu lines\n", count);
    return 0;
}
