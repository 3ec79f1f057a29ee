#include "../../agent/agent.h"

#include <unistd.h>

/* QEMU's docs/specs/edu: registers in BAR 0, and the buffer of its DMA engine, full of zeroes at first. */
enum { EDU_SOURCE = 0x80 / 8, EDU_TARGET, EDU_COUNT, EDU_COMMAND, EDU_START = 1, EDU_TO_MEMORY, EDU_BUFFER = 0x40000 };

static void transfer(struct device *device, uint64_t from, uint64_t to, size_t size, int direction)
{
	volatile uint64_t *registers = (volatile uint64_t *)device->bar;
	registers[EDU_SOURCE] = from;
	registers[EDU_TARGET] = to;
	registers[EDU_COUNT] = size;
	registers[EDU_COMMAND] = EDU_START | direction;
	do
		usleep(100000);
	while (registers[EDU_COMMAND] & EDU_START);
}
