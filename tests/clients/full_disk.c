/* Lets a disk be full: preloaded, it answers "no space left on device" below the folders that a file names.
 *
 * FULL_DISK_FILE is the path of that file. While it is there, each of its lines is an operation and a folder: "write /data"
 * refuses what writes to files, "sync /data" what forces them to the disk, "create /data" new files and folders. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* What the file says, read without the functions that are replaced here. */
static int read_orders(char *orders, size_t room) {
    const char *path = getenv("FULL_DISK_FILE");
    if (!path) return 0;
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0) return 0;
    long length = syscall(SYS_read, file, orders, room - 1);
    syscall(SYS_close, file);
    if (length <= 0) return 0;
    orders[length] = 0;
    return 1;
}

static int is_full_at(const char *operation, const char *path) {
    char orders[4096];
    int kept = errno, found = 0;
    if (read_orders(orders, sizeof orders)) {
        char *rest = orders, *line;
        while (!found && (line = strsep(&rest, "\n"))) {
            char *folder = strchr(line, ' ');
            if (!folder) continue;
            *folder++ = 0;
            found = !strcmp(line, operation) && !strncmp(path, folder, strlen(folder));
        }
    }
    errno = kept;
    return found;
}

static int is_full(const char *operation, int file) {
    char link[64], path[PATH_MAX];
    int kept = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = kept;
    if (length <= 0) return 0;
    path[length] = 0;
    return is_full_at(operation, path);
}

static int refuse(void) {
    errno = ENOSPC;
    return -1;
}

ssize_t write(int file, const void *bytes, size_t count) {
    REAL(write);
    return is_full("write", file) ? refuse() : real(file, bytes, count);
}

ssize_t writev(int file, const struct iovec *pieces, int count) {
    REAL(writev);
    return is_full("write", file) ? refuse() : real(file, pieces, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    REAL(pwrite);
    return is_full("write", file) ? refuse() : real(file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    REAL(pwrite64);
    return is_full("write", file) ? refuse() : real(file, bytes, count, offset);
}

int fallocate(int file, int mode, off_t offset, off_t length) {
    REAL(fallocate);
    return is_full("write", file) ? refuse() : real(file, mode, offset, length);
}

int posix_fallocate(int file, off_t offset, off_t length) {
    REAL(posix_fallocate);
    return is_full("write", file) ? ENOSPC : real(file, offset, length);
}

int fsync(int file) {
    REAL(fsync);
    return is_full("sync", file) ? refuse() : real(file);
}

int fdatasync(int file) {
    REAL(fdatasync);
    return is_full("sync", file) ? refuse() : real(file);
}

/* Files that are there can be opened on a full disk. */
#define OPEN(name)                                                                     \
    int name(const char *path, int flags, ...) {                                       \
        REAL(name);                                                                    \
        va_list more;                                                                  \
        va_start(more, flags);                                                         \
        mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;                      \
        va_end(more);                                                                  \
        struct stat there;                                                             \
        int is_new = flags & O_CREAT && stat(path, &there);                            \
        return is_new && is_full_at("create", path) ? refuse() : real(path, flags, mode); \
    }

OPEN(open)
OPEN(open64)

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    return is_full_at("create", path) ? refuse() : real(path, mode);
}
