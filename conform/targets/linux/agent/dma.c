#include "agent.h"

#include <string.h>

const char *result_name(enum result result)
{
	return result == DONE ? "done" : "blocked";
}

/*
 * A DMA that was blocked without a fault record brings zeroes, as a page may hold them. So behind a page's value the agent
 * keeps a signature: on every page that has a frame, before any device can look.
 */
static const uint8_t signature[SIGNATURE] = "dmaproof's page";

void sign_pages(uint64_t page, uint64_t count)
{
	for (uint64_t end = page + count; page < end; page++)
		if (backing_has(page))
			memcpy(backing + offset_of(page) + 16, signature, SIGNATURE);
}

/* Whether the device may read the page. A read changes nothing that the protocol shows. */
static bool reads(struct device *device, uint64_t page, int *value)
{
	scratch_need();
	long long faults = fault_count();
	device_load(device, iova_of(page), 0, 16 + SIGNATURE);
	uint8_t *found = scratch_pages + PAGE;
	memset(found, 0, 16 + SIGNATURE);
	device_store(device, 0, iova_of_scratch(), 16 + SIGNATURE);
	scratch_refill(device);
	*value = value_of(found);
	return fault_count() == faults && !memcmp(found + 16, signature, SIGNATURE);
}

enum result dma_read(struct device *device, uint64_t page, int *value)
{
	sign_pages(page, 1);
	if (reads(device, page, value))
		return DONE;
	*value = 0;
	return BLOCKED;
}

/*
 * A write that raised no fault may still have been blocked (QEMU keeps silent where the entry is cached), and one that
 * arrived need not show in the backing (the frame was punched out of it). So marks go first. If the backing does not show
 * a mark, the device looks for it: it finds the mark; or something else, in which case the write was blocked; or it may not
 * read at all, in which case the entry that it used is one that lets it write. No page holds two marks by chance.
 */
static bool arrives(struct device *device, uint64_t page, uint8_t mark)
{
	uint8_t after[16];
	int found;
	long long faults = fault_count();
	device_store(device, slot_of(mark), iova_of(page), 16);
	if (fault_count() != faults)
		return false;
	backing_peek(page, after, sizeof after);
	return value_of(after) == mark || !reads(device, page, &found) || found == mark;
}

bool marks_arrive(struct device *device, uint64_t page)
{
	uint8_t before[16];
	backing_peek(page, before, sizeof before);
	bool first = before[0] == 1;
	return arrives(device, page, first ? 2 : 1) && arrives(device, page, first ? 1 : 2);
}

/*
 * Where no page ever gets another frame, a write that arrives shows in the backing: an SMMUv3 aborts DMA of a device without a
 * domain, and tells no fault.
 */
bool mark_shows(struct device *device, uint64_t page)
{
	uint8_t bytes[16];
	backing_peek(page, bytes, sizeof bytes);
	uint8_t mark = bytes[0] == 1 ? 2 : 1;
	device_store(device, slot_of(mark), iova_of(page), 16);
	backing_peek(page, bytes, sizeof bytes);
	return value_of(bytes) == mark;
}

/* Where no fault is told, the frames tell: a mark goes first that none of them holds. */
bool mark_is_seen(struct device *device, uint64_t page)
{
	uint8_t mark = 1;
	while (frames_hold(page, mark))
		mark++;
	device_store(device, slot_of(mark), iova_of(page), 16);
	return frames_hold(page, mark);
}

enum result dma_write(struct device *device, uint64_t page, uint8_t value)
{
	sign_pages(page, 1);
	if (!write_arrives(device, page))
		return BLOCKED;
	/* Of the byte 0 the buffer's last byte would be the sixteenth. */
	device_store(device, slot_of(value), iova_of(page), value ? 16 : 15);
	if (!value)
		device_store(device, slot_of(value), iova_of(page) + 15, 1);
	return DONE;
}
