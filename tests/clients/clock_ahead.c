/* Lets a server live in the future: preloaded, it moves the wall clock by CLOCK_AHEAD_S seconds.
 *
 * The shortest session lasts 900 seconds; a test cannot wait that long. Waiting times are measured by the monotonic
 * clock, which stays as it is. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

typedef int (*clock_fn)(clockid_t, struct timespec *);

int clock_gettime(clockid_t clock, struct timespec *answer) {
    static clock_fn real;
    static long ahead_s;
    if (!real) {
        const char *text = getenv("CLOCK_AHEAD_S");
        ahead_s = text ? atol(text) : 0;
        real = (clock_fn)dlsym(RTLD_NEXT, "clock_gettime");
    }
    int code = real(clock, answer);
    if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) answer->tv_sec += ahead_s;
    return code;
}
