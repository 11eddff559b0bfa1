/* A clock that jumps by years at every question: LD_PRELOAD puts it before the C library's. The monotonic ones keep going. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *when) {
    static int (*real)(clockid_t, struct timespec *);
    static int questions;
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int answer = real(id, when);
    if (id == CLOCK_REALTIME) when->tv_sec += (questions++ % 7 - 3) * 365L * 86400L;
    return answer;
}
