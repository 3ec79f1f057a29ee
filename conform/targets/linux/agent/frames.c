#define _GNU_SOURCE
#include "agent.h"

#include <fcntl.h>
#include <unistd.h>

/* More than a sequence punches out; the oldest give way. */
#define KEPT 256

static struct {
	uint64_t page, address;
} frames[KEPT];
static unsigned int frame_count;

void frames_forget(void)
{
	frame_count = 0;
}

/* /proc/self/pagemap has 64 bits a page of this process: of one that is present, the number of its frame comes first. */
static uint64_t address_behind(const volatile uint8_t *at)
{
	static int map = -1;
	uint64_t entry;
	if (map < 0)
		map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	(void)*at;
	if (pread(map, &entry, sizeof entry, (uintptr_t)at / PAGE * sizeof entry) != sizeof entry || !(entry >> 63))
		die("a page of the backing has no frame");
	return (entry & ((1ull << 55) - 1)) * PAGE;
}

static void note(uint64_t page, uint64_t count)
{
	for (uint64_t end = page + count; page < end; page++) {
		if (!backing_has(page))
			continue;
		unsigned int at = frame_count++ % KEPT;
		frames[at].page = page;
		frames[at].address = address_behind(backing + offset_of(page));
	}
}

int punch_noted(uint64_t page, uint64_t count)
{
	note(page, count);
	return punch_backing(page, count);
}

static int value_in(uint64_t address)
{
	static int memory = -1;
	uint8_t bytes[16];
	if (memory < 0)
		memory = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	if (pread(memory, bytes, sizeof bytes, address) != sizeof bytes)
		die("/dev/mem does not show a frame");
	return value_of(bytes);
}

bool frames_hold(uint64_t page, uint8_t value)
{
	uint8_t bytes[16];
	backing_peek(page, bytes, sizeof bytes);
	if (value_of(bytes) == value)
		return true;
	for (unsigned int i = 0; i < frame_count && i < KEPT; i++)
		if (frames[i].page == page && value_in(frames[i].address) == value)
			return true;
	return false;
}
