/* Writes down which files a server syncs and renames, in order: preloaded, it appends a line to the file SYNC_LOG after
 * each of these calls has succeeded. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void note(const char *what, const char *path) {
    static int log_fd = -1;
    char line[PATH_MAX + 32];
    const char *log_path = getenv("SYNC_LOG");
    if (!log_path) return;
    if (log_fd < 0) log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int length = snprintf(line, sizeof line, "%s %s\n", what, path);
    if (log_fd < 0 || length < 0 || write(log_fd, line, (size_t)length) != length) abort();
}

static void note_fd(const char *what, int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) abort();
    path[length] = 0;
    note(what, path);
}

int fsync(int fd) {
    int code = ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
    if (code == 0) note_fd("sync", fd);
    return code;
}

int fdatasync(int fd) {
    int code = ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
    if (code == 0) note_fd("sync", fd);
    return code;
}

int rename(const char *from, const char *to) {
    int code = ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename"))(from, to);
    if (code == 0) note("rename", to);
    return code;
}
