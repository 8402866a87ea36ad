/*
 * Records what a process does to the files below one folder, in order, for the simulation of a power loss. Preloaded with
 * LD_PRELOAD; POWER_LOSS_FOLDER names the folder (absolute, links resolved), POWER_LOSS_LOG the log, which lies elsewhere.
 *
 * A record is a header (struct header) and after it the path and the data. Operations:
 *   C created   W written   T truncated   S synchronised   U unlinked   M folder made   R renamed (data: the new path)
 * Shared-memory files (-shm) are not recorded: they are mapped, and SQLite makes them anew after a crash.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FDS 65536

struct header {
  uint64_t offset;
  uint64_t length;
  uint32_t path_length;
  uint32_t operation;
};

struct file {
  char *path;
  dev_t dev;
  ino_t ino;
};

static struct file files[MOST_FDS];
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static char folder[PATH_MAX];
static size_t folder_length;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* A log with a hole proves nothing: whatever cannot be recorded ends the process. */
static void give_up(const char *what) {
  dprintf(2, "power-loss recorder: %s: %s\n", what, strerror(errno));
  _exit(70);
}

__attribute__((constructor)) static void begin(void) {
  const char *place = getenv("POWER_LOSS_FOLDER");
  const char *log = getenv("POWER_LOSS_LOG");
  if (place == NULL || log == NULL) return;
  snprintf(folder, sizeof folder, "%s", place);
  folder_length = strlen(folder);
  log_fd = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_fd < 0) give_up(log);
}

static int is_recorded(const char *path) {
  if (log_fd < 0 || strncmp(path, folder, folder_length) != 0) return 0;
  if (path[folder_length] != '/' && path[folder_length] != '\0') return 0;
  size_t length = strlen(path);
  return length < 4 || strcmp(path + length - 4, "-shm") != 0;
}

static const char *below(const char *path) {
  return is_recorded(path) ? path : NULL;
}

static void record(char operation, const char *path, uint64_t offset, const void *data, uint64_t length) {
  struct header header = {offset, length, (uint32_t)strlen(path), (uint32_t)operation};
  struct iovec parts[] = {{&header, sizeof header}, {(void *)path, header.path_length}, {(void *)data, length}};
  size_t all = sizeof header + header.path_length + (data == NULL ? 0 : length);
  ssize_t written = REAL(writev)(log_fd, parts, data == NULL ? 2 : 3);
  if (written < 0 || (size_t)written != all) give_up("the log");
}

/* The file behind the descriptor if it is recorded; NULL also when the number has come to mean something else. */
static const char *recorded(int fd) {
  struct stat now;
  if (fd < 0 || fd >= MOST_FDS || files[fd].path == NULL) return NULL;
  if (fstat(fd, &now) != 0 || now.st_dev != files[fd].dev || now.st_ino != files[fd].ino) return NULL;
  return files[fd].path;
}

static void opened(int fd, const char *path, int existed) {
  struct stat now;
  if (fd < 0 || fd >= MOST_FDS) return;
  free(files[fd].path);
  files[fd].path = NULL;
  if (!is_recorded(path) || fstat(fd, &now) != 0) return;
  files[fd].path = strdup(path);
  files[fd].dev = now.st_dev;
  files[fd].ino = now.st_ino;
  if (!existed) record('C', path, 0, NULL, 0);
}

static int open_recorded(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  pthread_mutex_lock(&order);
  int existed = access(path, F_OK) == 0;
  int fd = real(path, flags, mode);
  int kept = errno;
  if (fd >= 0 && existed && (flags & O_TRUNC) && is_recorded(path)) record('T', path, 0, NULL, 0);
  opened(fd, path, existed);
  errno = kept;
  pthread_mutex_unlock(&order);
  return fd;
}

#define OPEN(name)                                          \
  int name(const char *path, int flags, ...) {              \
    va_list rest;                                           \
    va_start(rest, flags);                                  \
    mode_t mode = (flags & O_CREAT) ? va_arg(rest, int) : 0; \
    va_end(rest);                                           \
    return open_recorded(REAL(name), path, flags, mode);    \
  }
OPEN(open)
OPEN(open64)

#define CHANGE(call, operation, path, offset, data, length)                        \
  pthread_mutex_lock(&order);                                                      \
  __typeof__(call) result = call;                                                  \
  int kept = errno;                                                                \
  const char *where = path;                                                        \
  if (result >= 0 && where != NULL) record(operation, where, offset, data, length); \
  errno = kept;                                                                    \
  pthread_mutex_unlock(&order);                                                    \
  return result

ssize_t write(int fd, const void *data, size_t size) {
  pthread_mutex_lock(&order);
  const char *path = recorded(fd);
  ssize_t result = REAL(write)(fd, data, size);
  int kept = errno;
  /* Afterwards, because a file opened for appending is moved to its end by the write itself. */
  if (result > 0 && path != NULL) record('W', path, (uint64_t)lseek(fd, 0, SEEK_CUR) - (uint64_t)result, data, (uint64_t)result);
  errno = kept;
  pthread_mutex_unlock(&order);
  return result;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
  CHANGE(REAL(pwrite)(fd, data, size, offset), 'W', recorded(fd), (uint64_t)offset, data, (uint64_t)result);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
  CHANGE(REAL(pwrite64)(fd, data, size, offset), 'W', recorded(fd), (uint64_t)offset, data, (uint64_t)result);
}

int ftruncate(int fd, off_t size) {
  CHANGE(REAL(ftruncate)(fd, size), 'T', recorded(fd), (uint64_t)size, NULL, 0);
}

int ftruncate64(int fd, off64_t size) {
  CHANGE(REAL(ftruncate64)(fd, size), 'T', recorded(fd), (uint64_t)size, NULL, 0);
}

int fsync(int fd) {
  CHANGE(REAL(fsync)(fd), 'S', recorded(fd), 0, NULL, 0);
}

int fdatasync(int fd) {
  CHANGE(REAL(fdatasync)(fd), 'S', recorded(fd), 0, NULL, 0);
}

int unlink(const char *path) {
  CHANGE(REAL(unlink)(path), 'U', below(path), 0, NULL, 0);
}

int mkdir(const char *path, mode_t mode) {
  CHANGE(REAL(mkdir)(path, mode), 'M', below(path), 0, NULL, 0);
}

int rename(const char *from, const char *to) {
  CHANGE(REAL(rename)(from, to), 'R', below(from), 0, to, strlen(to));
}
