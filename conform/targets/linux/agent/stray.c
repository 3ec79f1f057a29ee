#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Frames that were freed last are given out first: so many are more than a sequence frees. */
#define TAKEN 256ull

/*
 * The kernel poisons a page that becomes free (`page_poison=1`) and looks at it when it gives it out again. So pages are taken,
 * and given back.
 */
static void take_pages(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
	void *taken = mmap(NULL, TAKEN * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (taken == MAP_FAILED)
		die("no memory to look for stray writes in");
	munmap(taken, TAKEN * PAGE);
}

/* Each complaint begins with one line of these two; the kernel leaves out those that come too fast. */
static bool complains(const char *line)
{
	return strstr(line, "pagealloc: memory corruption") || strstr(line, "pagealloc: single bit error");
}

long long stray_writes(void)
{
	static int log = -1;
	static char record[8192];
	long long count = 0;
	if (log < 0)
		log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log < 0)
		die("the kernel's log cannot be read");
	take_pages();
	for (;;) {
		ssize_t length = read(log, record, sizeof record - 1);
		/* EPIPE: older records were overwritten; the next read returns the oldest that is left. */
		if (length < 0 && errno != EPIPE)
			return count;
		record[length > 0 ? length : 0] = 0;
		count += complains(record);
	}
}
