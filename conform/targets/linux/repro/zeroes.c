#include "../agent/agent.h"

#include <string.h>
#include <unistd.h>

/* QEMU's docs/specs/edu: registers in BAR 0, and the buffer of its DMA engine, which holds zeroes from the start. */
enum { EDU_SOURCE = 0x80 / 8, EDU_TARGET, EDU_COUNT, EDU_COMMAND, EDU_START = 1, EDU_TO_MEMORY, EDU_BUFFER = 0x40000 };

/* A write that arrives shows in the backing, since no call here gives a page another frame. */
static const char *dma_write(struct device *device, uint64_t page)
{
	volatile uint64_t *registers = (volatile uint64_t *)device->bar;
	uint8_t *bytes = memset(bytes_of(page), 1, 16);
	registers[EDU_SOURCE] = EDU_BUFFER;
	registers[EDU_TARGET] = iova_of(page);
	registers[EDU_COUNT] = 16;
	registers[EDU_COMMAND] = EDU_START | EDU_TO_MEMORY;
	do
		usleep(100000);
	while (registers[EDU_COMMAND] & EDU_START);
	return bytes[0] || bytes[15] ? "blocked" : "done";
}
