/*
 * Sends the packets of a file to one UDP port, over and over, at a rate:
 *
 *     generator HOST PORT RATE SECONDS FILE
 *
 * FILE holds each packet behind its length in two bytes, the lower one first. Prints how many were sent. When it was held
 * up it catches up in a burst: the rate is one over the whole time.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define MAX_PACKETS 65536
#define PAUSE_NS 500000

static unsigned char *packets[MAX_PACKETS];
static size_t lengths[MAX_PACKETS];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static int load(const char *path) {
  FILE *file = fopen(path, "rb");
  int count = 0, low, high;
  if (!file) return 0;
  while (count < MAX_PACKETS && (low = getc(file)) != EOF && (high = getc(file)) != EOF) {
    size_t length = (size_t)low | (size_t)high << 8;
    unsigned char *packet = malloc(length ? length : 1);
    if (!packet || fread(packet, 1, length, file) != length) return 0;
    packets[count] = packet;
    lengths[count++] = length;
  }
  fclose(file);
  return count;
}

int main(int count, char **arguments) {
  if (count != 6) {
    fprintf(stderr, "generator HOST PORT RATE SECONDS FILE\n");
    return 2;
  }
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(arguments[2]))};
  double rate = atof(arguments[3]), seconds = atof(arguments[4]);
  int kinds = load(arguments[5]), out = socket(AF_INET, SOCK_DGRAM, 0);
  if (!inet_aton(arguments[1], &to.sin_addr) || kinds == 0 || out < 0) {
    fprintf(stderr, "generator: the address or the file %s can't be used\n", arguments[5]);
    return 1;
  }
  long sent = 0, failed = 0;
  double begun = now(), passed;
  while ((passed = now() - begun) < seconds) {
    while (sent + failed < passed * rate) {
      long at = (sent + failed) % kinds;
      if (sendto(out, packets[at], lengths[at], 0, (struct sockaddr *)&to, sizeof to) < 0) failed++;
      else sent++;
    }
    struct timespec pause = {0, PAUSE_NS};
    nanosleep(&pause, NULL);
  }
  printf("%ld\n", sent);
  return 0;
}
