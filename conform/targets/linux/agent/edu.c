#include "agent.h"

#include <time.h>

/* QEMU's docs/specs/edu: registers in BAR 0, and a buffer of 4096 bytes that only its DMA engine reaches. */
enum { EDU_SOURCE = 0x80, EDU_TARGET = 0x88, EDU_COUNT = 0x90, EDU_COMMAND = 0x98 };
enum { EDU_START = 1, EDU_TO_MEMORY = 2 };
#define EDU_BUFFER 0x40000ull
#define EDU_DELAY_NS 100000000

static volatile uint64_t *edu(struct device *device, int at)
{
	return (volatile uint64_t *)(device->bar + at);
}

static void begin(struct device *device, uint64_t from, uint64_t to, size_t size, int direction)
{
	if (!device->bar)
		die("DMA by a device that the reset did not attach");
	*edu(device, EDU_SOURCE) = from;
	*edu(device, EDU_TARGET) = to;
	*edu(device, EDU_COUNT) = size;
	*edu(device, EDU_COMMAND) = EDU_START | direction;
}

bool device_is_busy(struct device *device)
{
	return *edu(device, EDU_COMMAND) & EDU_START;
}

/* The engine starts 100 ms after the command; in QEMU's virtual time that passes at once when the guest is idle. */
static void transfer(struct device *device, uint64_t from, uint64_t to, size_t size, int direction)
{
	begin(device, from, to, size, direction);
	struct timespec delay = { .tv_nsec = EDU_DELAY_NS };
	do {
		nanosleep(&delay, NULL);
		delay.tv_nsec = 100000;
	} while (device_is_busy(device));
}

void device_begin_store(struct device *device, size_t from, uint64_t iova, size_t size)
{
	begin(device, EDU_BUFFER + from, iova, size, EDU_TO_MEMORY);
}

void device_store(struct device *device, size_t from, uint64_t iova, size_t size)
{
	transfer(device, EDU_BUFFER + from, iova, size, EDU_TO_MEMORY);
}

void device_load(struct device *device, uint64_t iova, size_t to, size_t size)
{
	transfer(device, iova, EDU_BUFFER + to, size, 0);
}
