#define _GNU_SOURCE
#include "../../agent/agent.h"

#include <string.h>

/*
 * These take the place of the agent's for runs in which no page gets another frame: a write that arrives shows in the
 * backing, and neither the fault interrupt nor the device has to be asked for it.
 */

/* Devices write from their buffers, which they fill from the first page; what they read they store in the second. */
uint8_t *scratch_pages;

size_t slot_of(uint8_t value)
{
	return 16 * value;
}

/* The buffers get 16 times each byte, by way of a container of their own. */
void scratch_open(void)
{
	scratch_pages = container_scratch();
	for (int value = 0; value < 256; value++)
		memset(scratch_pages + slot_of(value), value, 16);
	container_open(device_count);
	devices_ready(device_count);
	if (container_map_scratch(scratch_range(), scratch_pages))
		die("the scratch pages cannot be mapped");
	for (int i = 0; i < device_count; i++)
		device_load(&devices[i], FILLED, 0, PAGE - 1);
	container_close();
}

/* A mark goes first, since the page may hold the value already. */
static bool dma_write(struct device *device, uint64_t page, uint8_t value)
{
	uint8_t *bytes = backing + offset_of(page), mark = bytes[0] == 1 ? 2 : 1;
	device_store(device, slot_of(mark), iova_of(page), 16);
	if (value_of(bytes) != mark)
		return false;
	device_store(device, slot_of(value), iova_of(page), 16);
	return true;
}

/* A read that was blocked brings zeroes, or nothing, and never what stands behind each page's value. */
void sign_pages(uint64_t page, uint64_t count)
{
	for (uint64_t end = page + count; page < end; page++)
		memcpy(backing + offset_of(page) + 16, signature, SIGNATURE);
}

static bool dma_read(struct device *device, uint64_t page, int *value)
{
	uint8_t *found = scratch_pages + PAGE;
	sign_pages(page, 1);
	scratch_need();
	memset(found, 0, 16 + SIGNATURE);
	device_load(device, iova_of(page), 0, 16 + SIGNATURE);
	device_store(device, 0, EMPTIED, 16 + SIGNATURE);
	scratch_refill(device);
	bool is_done = !memcmp(found + 16, signature, SIGNATURE);
	*value = is_done ? value_of(found) : 0;
	return is_done;
}
