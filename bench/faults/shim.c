/* Counts the calls that change files under one folder, and ends the process after the k-th, or makes it
   fail; and sets the clock of the wall. Preloaded, so that SQLite's and Arrow's calls count as well as
   Python's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static char root[PATH_MAX];
static long wanted, seen;
static int failing, always;

/* at: the number of the call, 0 for none; error: what it fails with, 0 to be killed after it. */
void fault_arm(const char *under, long at, int error, int for_ever) {
    strncpy(root, under, sizeof root - 1);
    wanted = at; failing = error; always = for_ever; seen = 0;
}

long fault_seen(void) { return seen; }

static int counts(const char *path) {
    return root[0] && path && strncmp(path, root, strlen(root)) == 0;
}

static int counts_fd(int fd) {
    char name[64], path[PATH_MAX];
    if (!root[0]) return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return counts(path);
}

/* Before a call: whether it is to fail. */
static int fails(long number) {
    if (!failing || !wanted) return 0;
    if (number == wanted || (always && number > wanted)) { errno = failing; return 1; }
    return 0;
}

/* After a call: the end, where it is the one. */
static void ends(long number) {
    if (!failing && wanted && number == wanted) kill(getpid(), SIGKILL);
}

#define REAL(name) static typeof(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)
#define COUNTED(condition, call) \
    long number = 0; \
    if (condition) { number = __sync_add_and_fetch(&seen, 1); if (fails(number)) return -1; } \
    typeof(call) result = call; \
    if (number) ends(number); \
    return result

ssize_t write(int fd, const void *data, size_t size) { REAL(write); COUNTED(counts_fd(fd), real(fd, data, size)); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { REAL(pwrite); COUNTED(counts_fd(fd), real(fd, data, size, at)); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { REAL(pwrite64); COUNTED(counts_fd(fd), real(fd, data, size, at)); }
int fsync(int fd) { REAL(fsync); COUNTED(counts_fd(fd), real(fd)); }
int fdatasync(int fd) { REAL(fdatasync); COUNTED(counts_fd(fd), real(fd)); }
int ftruncate(int fd, off_t size) { REAL(ftruncate); COUNTED(counts_fd(fd), real(fd, size)); }
int ftruncate64(int fd, off64_t size) { REAL(ftruncate64); COUNTED(counts_fd(fd), real(fd, size)); }
int rename(const char *from, const char *to) { REAL(rename); COUNTED(counts(to), real(from, to)); }
int link(const char *from, const char *to) { REAL(link); COUNTED(counts(to), real(from, to)); }
int unlink(const char *path) { REAL(unlink); COUNTED(counts(path), real(path)); }
int mkdir(const char *path, mode_t mode) { REAL(mkdir); COUNTED(counts(path), real(path, mode)); }
int rmdir(const char *path) { REAL(rmdir); COUNTED(counts(path), real(path)); }

#define MODE mode_t mode = 0; va_list rest; va_start(rest, flags); \
    if (flags & O_CREAT) { mode = va_arg(rest, mode_t); } va_end(rest)

int open(const char *path, int flags, ...) { MODE; REAL(open); COUNTED((flags & O_CREAT) && counts(path), real(path, flags, mode)); }
int open64(const char *path, int flags, ...) { MODE; REAL(open64); COUNTED((flags & O_CREAT) && counts(path), real(path, flags, mode)); }

/* CLOCK_SET: seconds that the clock is put forward; CLOCK_AFTER: seconds after the start of the process. */
static double began = -1, ahead, after;

static int real_clock(clockid_t id, struct timespec *at) { REAL(clock_gettime); return real(id, at); }

static double seconds(clockid_t id) {
    struct timespec at;
    real_clock(id, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static long put_forward(void) {
    if (began < 0) {
        const char *by = getenv("CLOCK_SET"), *when = getenv("CLOCK_AFTER");
        ahead = by ? atof(by) : 0; after = when ? atof(when) : 0; began = seconds(CLOCK_MONOTONIC);
    }
    return ahead && seconds(CLOCK_MONOTONIC) - began >= after ? (long)ahead : 0;
}

int clock_gettime(clockid_t id, struct timespec *at) {
    int result = real_clock(id, at);
    if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) at->tv_sec += put_forward();
    return result;
}

int gettimeofday(struct timeval *at, void *zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec; at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
