#define _GNU_SOURCE
#include "../../agent/agent.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct device {
	const char *address;
	int group_fd;
	int fd;
	uint32_t id;
	volatile uint8_t *bar;
	size_t bar_size;
};
struct device devices[8];

/* the memory that is mapped for DMA */
uint8_t *backing;

static void memfd_open(int pages)
{
	int fd = memfd_create("backing", MFD_CLOEXEC);
	must(ftruncate(fd, pages * PAGE));
	backing = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (backing == MAP_FAILED)
		die("the memfd cannot be mapped");
	backing_fd = fd;
	backing_pages = pages;
}

int value_of(const uint8_t *bytes)
{
	return memcmp(bytes, bytes + 1, 15) ? -1 : bytes[0];
}
