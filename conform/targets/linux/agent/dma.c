#define _GNU_SOURCE
#include "agent.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Only the device's own DMA engine sees its buffer. The devices fill it with 16 times each byte once, from a scratch page in a
 * container of its own: what they write comes from there. What they read is emptied into another. So while they read,
 * the container of the sequence has the scratch pages, too; what that costs is told apart.
 */
static uint8_t *scratch;
static bool is_mapped, stays_mapped, counts_locked;
/* Domains that a device may be attached to: each has the scratch pages. */
static int domains = 1;
static struct cost cost;
#define FILLED layout.scratch
#define EMPTIED (layout.scratch + PAGE)

/*
 * Page 0 is away from the interrupt range, and eight pages before the end of a page table, so that ranges of a few pages
 * cross from one table into the next.
 */
struct layout layout = { PAGE, 0x40200000ull - 8 * PAGE, 0x20000000ull };

size_t slot_of(uint8_t value)
{
	return 16 * (uint8_t)(value - 1);
}

bool scratch_stays(void)
{
	return stays_mapped;
}

struct cost scratch_cost(void)
{
	return cost;
}

static struct cost books(void)
{
	return (struct cost){ pinned_pages(), locked_pages(!counts_locked), -container_entries_left() };
}

/* What changes beside a call of ours is no other call's doing, be it right or wrong. */
static void charge(struct cost before)
{
	struct cost after = books();
	cost.pins += after.pins - before.pins;
	cost.locked += after.locked - before.locked;
	cost.entries += after.entries - before.entries;
}

static struct range scratch_range(void)
{
	return (struct range){ layout.scratch, SCRATCH_PAGES * PAGE };
}

void scratch_need(void)
{
	if (is_mapped)
		return;
	struct cost before = books();
	raise_memlock(SCRATCH_PAGES);
	for (int domain = domains; domain--;) {
		table_use(domain);
		if (container_map(scratch_range(), scratch, 3))
			die("the scratch pages cannot be mapped");
	}
	is_mapped = true;
	charge(before);
}

void scratch_leave(void)
{
	uint64_t unmapped;
	if (!is_mapped || stays_mapped)
		return;
	struct cost before = books();
	if (container_unmap(scratch_range(), &unmapped))
		die("the scratch pages cannot be unmapped");
	raise_memlock(-SCRATCH_PAGES);
	is_mapped = false;
	charge(before);
}

void scratch_gone(void)
{
	if (is_mapped)
		raise_memlock(-SCRATCH_PAGES);
	is_mapped = false;
	cost = (struct cost){ 0 };
}

void scratch_reset(bool stays)
{
	is_mapped = false;
	cost = (struct cost){ 0 };
	stays_mapped = stays;
	if (stays)
		scratch_need();
}

void scratch_open(const char *interface)
{
	int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE;
	scratch = is_table(interface) ? table_scratch() :
		  mmap(NULL, SCRATCH_PAGES * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (scratch == MAP_FAILED)
		die("no scratch pages");
	counts_locked = is_type1(interface);
	for (int value = 0; value < 256; value++)
		memset(scratch + slot_of(value), value, 16);
	if (is_table(interface)) {
		table_layout(TABLE_SUPERPAGE);
		domains = TABLE_DOMAINS;
	}
	container_open(interface, device_count, NO_ENTRY_LIMIT);
	scratch_reset(true);
	for (int i = 0; i < device_count; i++)
		device_load(&devices[i], FILLED, 0, PAGE - 1);
	container_close();
	scratch_gone();
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

void scratch_refill(struct device *device)
{
	device_load(device, FILLED, 0, 16 + sizeof signature);
}

/* Whether the device may read the page. A read changes nothing that the protocol shows. */
static bool reads(struct device *device, uint64_t page, int *value)
{
	scratch_need();
	long long faults = fault_count();
	device_load(device, iova_of(page), 0, 16 + sizeof signature);
	uint8_t *found = scratch + PAGE;
	memset(found, 0, 16 + sizeof signature);
	device_store(device, 0, EMPTIED, 16 + sizeof signature);
	scratch_refill(device);
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
	device_store(device, slot_of(mark), iova_of(page), 16);
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
	/* Of the byte 0 the buffer's last byte would be the sixteenth. */
	device_store(device, slot_of(value), iova_of(page), value ? 16 : 15);
	if (!value)
		device_store(device, slot_of(value), iova_of(page) + 15, 1);
	return DONE;
}
