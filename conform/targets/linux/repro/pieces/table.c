#define _GNU_SOURCE
#include "../../agent/agent.h"
#include "../../agent/dmaproof_pt.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

/* These take the place of the agent's for `page-table`, where the memory is that of our driver in the kernel. */

/* a part of a superpage, mapped as a run of entries */
uint64_t page_size;

#define first_iova 0x40400000ull

#define scratch_iova 0x40000000ull

/* Of a page that is larger than the kernel's, sometimes the first of those is looked at, and sometimes the last. */
#define offset_of(page) ((page) * page_size + ((page) % 2 ? page_size - PAGE : 0))

#define iova_of(page) (first_iova + offset_of(page))

#define range_of(page, count) ((struct range){ first_iova + (page) * page_size, (count) * page_size })

#define memory_of(page) (backing + (page) * page_size)

static int table_fd;

/* The driver's memory: contiguous pages that are mapped for DMA, then two of their own. */
static void table_begin(void)
{
	size_t size = (DMAPROOF_PT_PAGES + DMAPROOF_PT_SCRATCH) * PAGE;
	table_fd = open("/dev/dmaproof_pt", O_RDWR | O_CLOEXEC);
	backing = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, table_fd, 0);
	if (backing == MAP_FAILED)
		die("the memory of /dev/dmaproof_pt cannot be mapped");
}

#define scratch (backing + DMAPROOF_PT_PAGES * PAGE)

uint8_t *table_scratch(void)
{
	return scratch;
}

/* of the calls to come */
static int table_domain;

/* Gives the devices a domain. Its first pages stay mapped, for without a directory an unmap of Linux 6.12 continues. */
static void table_reset(int count)
{
	struct range first = { scratch_iova, DMAPROOF_PT_SCRATCH * PAGE };
	if (ioctl(table_fd, DMAPROOF_PT_RESET, count))
		die("no domain for %d devices", count);
	for (table_domain = DMAPROOF_PT_DOMAINS; table_domain--;)
		if (table_map(first, scratch, 3))
			die("the first pages cannot be mapped");
	table_domain = 0;
}

void table_open(int count)
{
	table_domain = 0;
	if (ioctl(table_fd, DMAPROOF_PT_RESET, count))
		die("no domain for %d devices", count);
}

/* This frees the domains, and makes none. */
void table_close(void)
{
	ioctl(table_fd, DMAPROOF_PT_RESET, 0);
}

int table_map(struct range range, void *first, int permissions)
{
	struct dmaproof_pt_map map = {
		.domain = table_domain, .iova = range.iova, .page = ((uint8_t *)first - backing) / PAGE,
		.count = range.length / PAGE, .permissions = permissions,
	};
	return ioctl(table_fd, DMAPROOF_PT_MAP, &map) ? errno : 0;
}

/* Its driver has turned bus mastering on. */
void sysfs_ready(struct device *device)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/resource0", device->address);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	device->bar = mmap(NULL, 0x100000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (device->bar == MAP_FAILED)
		die("%s cannot be mapped", path);
}
