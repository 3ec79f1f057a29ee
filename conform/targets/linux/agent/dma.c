#define _GNU_SOURCE
#include "agent.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Only the device's own DMA engine sees its buffer. So the container has two pages beside those of the protocol: one
 * holds 16 times each byte, from which the buffer is filled, and into the other the buffer is emptied.
 */
static uint8_t *scratch;
#define FILLED(value) (layout.scratch + 16 * (value))
#define EMPTIED (layout.scratch + PAGE)

/*
 * Page 0 is away from the interrupt range, and eight pages before the end of a page table, so that ranges of a few pages
 * cross from one table into the next.
 */
struct layout layout = { PAGE, 0x40200000ull - 8 * PAGE, 0x20000000ull };

void scratch_open(const char *interface)
{
	int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE;
	scratch = is_table(interface) ? table_scratch() :
		  mmap(NULL, SCRATCH_PAGES * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (scratch == MAP_FAILED)
		die("no scratch pages");
	for (int value = 0; value < 256; value++)
		memset(scratch + 16 * value, value, 16);
}

void scratch_map(void)
{
	if (container_map((struct range){ layout.scratch, SCRATCH_PAGES * PAGE }, scratch, 3))
		die("the scratch pages cannot be mapped");
}

void fill_buffer(struct device *device, uint8_t value)
{
	device_load(device, FILLED(value), 16);
}

/* Of a page that is larger than the kernel's, sometimes the first of those is looked at, and sometimes the last. */
uint64_t offset_of(uint64_t page)
{
	return page * layout.page_size + (page % 2 ? layout.page_size - PAGE : 0);
}

uint64_t iova_of(uint64_t page)
{
	return layout.base + offset_of(page);
}

uint64_t iova_of_scratch(void)
{
	return EMPTIED;
}

/*
 * A DMA that was blocked without a fault record brings zeroes, as a page may hold them. So behind a page's value the agent
 * keeps a signature: on every page that has a frame, before any device can look.
 */
static const uint8_t signature[16] = "dmaproof's page";

void sign_pages(uint64_t page, uint64_t count)
{
	for (uint64_t end = page + count; page < end; page++)
		if (backing_has(page))
			memcpy(backing + offset_of(page) + 16, signature, sizeof signature);
}

/* Whether the device may read the page. A read changes nothing that the protocol shows. */
static bool reads(struct device *device, uint64_t page, int *value)
{
	long long faults = fault_count();
	device_load(device, iova_of(page), 16 + sizeof signature);
	device_store(device, EMPTIED, 16 + sizeof signature);
	const uint8_t *found = scratch + PAGE;
	*value = value_of(found);
	return fault_count() == faults && !memcmp(found + 16, signature, sizeof signature);
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
	fill_buffer(device, mark);
	device_store(device, iova_of(page), 16);
	if (fault_count() != faults)
		return false;
	backing_peek(page, after, sizeof after);
	return value_of(after) == mark || !reads(device, page, &found) || found == mark;
}

enum result dma_write(struct device *device, uint64_t page, uint8_t value)
{
	uint8_t before[16];
	sign_pages(page, 1);
	backing_peek(page, before, sizeof before);
	bool first = before[0] == 1;
	if (!arrives(device, page, first ? 2 : 1) || !arrives(device, page, first ? 1 : 2))
		return BLOCKED;
	fill_buffer(device, value);
	device_store(device, iova_of(page), 16);
	return DONE;
}
