/*
 * Preloaded into an agent: a sync takes as many milliseconds as the file says that SLOW_SYNC names. The file is read each
 * time, so that a disk can become slow, and well again, under an agent that runs.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void wait_for_the_disk(void) {
  const char *path = getenv("SLOW_SYNC");
  char text[16] = {0};
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  if (read(file, text, sizeof text - 1) < 0) text[0] = 0;
  close(file);
  long ms = atol(text);
  struct timespec time = {ms / 1000, (ms % 1000) * 1000000L};
  if (ms > 0) nanosleep(&time, NULL);
}

int fsync(int file) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  wait_for_the_disk();
  return real(file);
}

int fdatasync(int file) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  wait_for_the_disk();
  return real(file);
}
