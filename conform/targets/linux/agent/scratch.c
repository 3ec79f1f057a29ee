#define _GNU_SOURCE
#include "agent.h"

#include <string.h>
#include <sys/mman.h>

/*
 * Only the device's own DMA engine sees its buffer. The devices fill it with 16 times each byte once, from a scratch page in a
 * container of its own: what they write comes from there. What they read is emptied into another. So while they read,
 * the container of the sequence has the scratch pages, too; what that costs is told apart.
 */
uint8_t *scratch_pages;
static bool is_mapped, stays_mapped;
#define FILLED scratch_iova
#define EMPTIED (scratch_iova + PAGE)

size_t slot_of(uint8_t value)
{
	return 16 * (uint8_t)(value - 1);
}

static struct range scratch_range(void)
{
	return (struct range){ scratch_iova, SCRATCH_PAGES * PAGE };
}

void scratch_need(void)
{
	if (is_mapped)
		return;
	cost_begin();
	raise_memlock(SCRATCH_PAGES);
	if (container_map_scratch(scratch_range(), scratch_pages))
		die("the scratch pages cannot be mapped");
	is_mapped = true;
	cost_end();
}

void scratch_leave(void)
{
	uint64_t unmapped;
	if (!is_mapped || stays_mapped)
		return;
	cost_begin();
	if (container_unmap(scratch_range(), &unmapped))
		die("the scratch pages cannot be unmapped");
	raise_memlock(-SCRATCH_PAGES);
	is_mapped = false;
	cost_end();
}

void scratch_gone(void)
{
	raise_memlock(is_mapped ? -SCRATCH_PAGES : 0);
	is_mapped = false;
	cost_forget();
}

void scratch_reset(bool stays)
{
	is_mapped = false;
	cost_forget();
	stays_mapped = stays;
	if (stays)
		scratch_need();
}

void scratch_closed(void)
{
	if (stays_mapped)
		scratch_gone();
}

uint8_t *new_scratch(void)
{
	int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE;
	void *pages = mmap(NULL, SCRATCH_PAGES * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (pages == MAP_FAILED)
		die("no scratch pages");
	return pages;
}

int map_scratch_once(struct range range, void *memory)
{
	return container_map(range, memory, 3);
}

void scratch_open(void)
{
	scratch_pages = container_scratch();
	for (int value = 0; value < 256; value++)
		memset(scratch_pages + slot_of(value), value, 16);
	container_open(device_count);
	devices_ready(device_count);
	scratch_reset(true);
	for (int i = 0; i < device_count; i++)
		device_load(&devices[i], FILLED, 0, PAGE - 1);
	container_close();
	scratch_gone();
}

uint64_t iova_of_scratch(void)
{
	return EMPTIED;
}

void scratch_refill(struct device *device)
{
	device_load(device, FILLED, 0, 16 + SIGNATURE);
}

/* It meets the scratch pages only where they stay. */
int unmap_all_but_scratch(uint64_t *unmapped)
{
	scratch_leave();
	int error = container_unmap_all(unmapped);
	if (error || !stays_mapped)
		return error;
	*unmapped -= SCRATCH_PAGES * PAGE;
	scratch_gone();
	scratch_reset(true);
	return 0;
}
