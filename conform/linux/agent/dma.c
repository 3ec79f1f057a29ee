#define _GNU_SOURCE
#include "agent.h"

#include <string.h>
#include <sys/mman.h>

/*
 * Nobody but the device's own DMA engine sees its buffer. So the container has two pages beside those of the protocol: one
 * holds 16 times each byte, from which the buffer is filled, and into the other the buffer is emptied.
 */
static uint8_t *scratch;
#define FILLED(value) (IOVA_SCRATCH + 16 * (value))
#define EMPTIED (IOVA_SCRATCH + PAGE)

void scratch_open(void)
{
	int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE;
	scratch = mmap(NULL, SCRATCH_PAGES * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (scratch == MAP_FAILED)
		die("no scratch pages");
	for (int value = 0; value < 256; value++)
		memset(scratch + 16 * value, value, 16);
}

void scratch_map(void)
{
	if (container_map((struct range){ IOVA_SCRATCH, SCRATCH_PAGES * PAGE }, scratch, 3))
		die("the scratch pages cannot be mapped");
}

static void fill_buffer(struct device *device, uint8_t value)
{
	device_load(device, FILLED(value), 16);
}

static const uint8_t *empty_buffer(struct device *device)
{
	device_store(device, EMPTIED, 16);
	return scratch + PAGE;
}

static uint64_t iova_of(uint64_t page)
{
	return IOVA_BASE + page * PAGE;
}

/* One read of a page into the buffer, which held `filling` before; what it holds afterwards. */
static const uint8_t *read_over(struct device *device, uint64_t page, uint8_t filling)
{
	fill_buffer(device, filling);
	device_load(device, iova_of(page), 16);
	return empty_buffer(device);
}

/*
 * A read that changes nothing in the buffer was blocked, or the page holds what was there: then another filling tells.
 * A device may read as often as it likes, nobody notices.
 */
enum result dma_read(struct device *device, uint64_t page, int *value)
{
	long long faults = fault_count();
	for (uint8_t filling = 1; filling <= 2; filling++) {
		*value = value_of(read_over(device, page, filling));
		if (fault_count() != faults)
			break;
		if (*value != filling)
			return DONE;
	}
	*value = 0;
	return BLOCKED;
}

/*
 * A write that raised no fault may still have been blocked (QEMU keeps silent after a read of the same page), and one that
 * arrived need not show in the backing (the frame was punched out of it). So marks go first. If the backing does not show
 * a mark, the device looks for it: it finds the mark, or something else, in which case the write was blocked, or it may not
 * read at all, in which case the entry that it used is one that lets it write. No page can look right twice by chance: the
 * marks and fillings are four different values.
 */
static bool arrives(struct device *device, uint64_t page, uint8_t mark, uint8_t filling)
{
	uint8_t after[16];
	long long faults = fault_count();
	fill_buffer(device, mark);
	device_store(device, iova_of(page), 16);
	if (fault_count() != faults)
		return false;
	backing_peek(page, after, sizeof after);
	if (value_of(after) == mark)
		return true;
	int found = value_of(read_over(device, page, filling));
	return found == mark || found == filling;
}

enum result dma_write(struct device *device, uint64_t page, uint8_t value)
{
	uint8_t before[16];
	backing_peek(page, before, sizeof before);
	bool first = before[0] == 1;
	if (!arrives(device, page, first ? 2 : 1, 3) || !arrives(device, page, first ? 1 : 2, 4))
		return BLOCKED;
	fill_buffer(device, value);
	device_store(device, iova_of(page), 16);
	return DONE;
}
