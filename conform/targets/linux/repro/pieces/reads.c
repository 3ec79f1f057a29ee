#include "../../agent/agent.h"

#include <string.h>

/* These take the place of the agent's where no page gets another frame, and nothing reads what a device wrote. */

/* A read that was blocked brings zeroes. So other bytes stand behind each page's value. */
#define sign(page) memset(backing + offset_of(page) + 16, 0xa5, 16)

/* Whether a read arrives, and the byte that it finds 16 times. What was read is in the device's buffer, and is stored. */
static bool dma_read(struct device *device, uint64_t page, int *value)
{
	memset(scratch, 0, 32);
	transfer(device, scratch_iova, EDU_BUFFER + 16, 32, 0);
	transfer(device, iova_of(page), EDU_BUFFER + 16, 32, 0);
	transfer(device, EDU_BUFFER + 16, scratch_iova, 32, EDU_TO_MEMORY);
	bool is_done = scratch[16] == 0xa5 && scratch[31] == 0xa5;
	*value = !is_done ? 0 : memcmp(scratch, scratch + 1, 15) ? -1 : scratch[0];
	return is_done;
}

/* Whether zeroes of the device's buffer arrive in the page; if not, the page keeps its value. */
static bool dma_write(struct device *device, uint64_t page)
{
	uint8_t *bytes = backing + offset_of(page), value = bytes[0];
	memset(bytes, 1, 16);
	transfer(device, EDU_BUFFER, iova_of(page), 16, EDU_TO_MEMORY);
	if (!bytes[0] && !bytes[15])
		return true;
	memset(bytes, value, 16);
	return false;
}
