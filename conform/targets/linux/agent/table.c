#include "agent.h"
#include "dmaproof_pt.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

/*
 * The interface `page-table`: iommu_map() and iommu_unmap(), and where devices are attached, by a driver of ours in the
 * kernel (`dmaproof_pt.c`). A superpage is 2 MiB there, whatever number of pages the protocol says that it has; so a page
 * of the protocol is a part of it, and each is mapped as a run of entries.
 */
#define SUPERPAGE (512 * PAGE)

bool frames_stay;

static int table_fd = -1;
static uint8_t *table_bytes;
/* The domain of the calls to come. */
static int table_domain;

/* The memory is the kernel module's: the backing and the scratch pages lie in it. */
uint8_t *table_memory(void)
{
	if (table_fd >= 0)
		return table_bytes;
	table_fd = open("/dev/dmaproof_pt", O_RDWR | O_CLOEXEC);
	if (table_fd < 0)
		die("this kernel has no /dev/dmaproof_pt");
	size_t size = (DMAPROOF_PT_PAGES + DMAPROOF_PT_SCRATCH) * PAGE;
	table_bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, table_fd, 0);
	if (table_bytes == MAP_FAILED)
		die("the page table's memory cannot be mapped");
	return table_bytes;
}

uint8_t *table_scratch(void)
{
	return table_memory() + DMAPROOF_PT_PAGES * PAGE;
}

void table_open(int count)
{
	table_memory();
	table_domain = 0;
	if (ioctl(table_fd, DMAPROOF_PT_RESET, count))
		die("no domain for %d devices", count);
}

void table_close(void)
{
	devices_close();
	if (table_fd >= 0)
		ioctl(table_fd, DMAPROOF_PT_RESET, 0); /* which frees the domain, and refuses to make one for no device */
}

void table_use(int number)
{
	table_domain = number;
}

int table_map(struct range range, void *first, int permissions)
{
	struct dmaproof_pt_map map = {
		.domain = table_domain,
		.iova = range.iova,
		.page = ((uint8_t *)first - table_bytes) / PAGE,
		.count = range.length / PAGE,
		.permissions = permissions,
	};
	return ioctl(table_fd, DMAPROOF_PT_MAP, &map) ? errno : 0;
}

int table_map_scratch(struct range range, void *memory)
{
	int error = 0;
	for (table_domain = TABLE_DOMAINS; table_domain-- && !error;)
		error = table_map(range, memory, 3);
	table_domain = 0;
	return error;
}

int table_unmap(struct range range, uint64_t *unmapped)
{
	struct dmaproof_pt_unmap unmap = { .domain = table_domain, .iova = range.iova, .count = range.length / PAGE };
	int error = ioctl(table_fd, DMAPROOF_PT_UNMAP, &unmap) ? errno : 0;
	*unmapped = unmap.unmapped;
	return error;
}

static int place_device(unsigned long call, int device)
{
	struct dmaproof_pt_place place = { .domain = table_domain, .device = device };
	return ioctl(table_fd, call, &place) ? errno : 0;
}

/* What a device read while it was blocked is still in its buffer. */
int table_attach(int device, bool replaces)
{
	int error = place_device(replaces ? DMAPROOF_PT_REPLACE : DMAPROOF_PT_ATTACH, device);
	if (!error)
		scratch_refill(&devices[device]);
	return error;
}

int table_detach(int device)
{
	return place_device(DMAPROOF_PT_DETACH, device);
}

/*
 * The scratch pages lie before everything in the same directory, so that this is always there: where it is not, an unmap of Linux
 * 6.12 goes on to its end.
 */
void table_layout(int superpage)
{
	frames_stay = true;
	page_size = SUPERPAGE / superpage;
	first_iova = 0x40400000ull;
	scratch_iova = 0x40000000ull;
}
