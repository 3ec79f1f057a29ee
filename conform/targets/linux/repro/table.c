#define _GNU_SOURCE
#include "../agent/agent.h"
#include "../agent/dmaproof_pt.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* These take the place of the agent's for `page-table`, where the memory is that of our driver in the kernel. */

/* A superpage is 2 MiB; a page here is a part of it, and is mapped as a run of entries. */
uint64_t page_size;
uint64_t first_iova = 0x40400000ull;
uint64_t scratch_iova = 0x40000000ull;

static uint8_t *table_bytes;

static void table_begin(void)
{
	table_fd = open("/dev/dmaproof_pt", O_RDWR | O_CLOEXEC);
	size_t size = (DMAPROOF_PT_PAGES + DMAPROOF_PT_SCRATCH) * PAGE;
	table_bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, table_fd, 0);
	if (table_bytes == MAP_FAILED)
		die("the memory of /dev/dmaproof_pt cannot be mapped");
}

uint8_t *bytes_of(uint64_t page)
{
	return backing + offset_of(page);
}

uint8_t *table_scratch(void)
{
	return table_bytes + DMAPROOF_PT_PAGES * PAGE;
}

void table_layout(int superpage)
{
	page_size = 512 * PAGE / superpage;
}

void backing_of_table(int pages)
{
	backing = memset(table_bytes, 0, pages * page_size);
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

/* Pages before all others keep their directory: without it an unmap of Linux 6.12 continues to its end. */
static void table_hold(void)
{
	struct range first = { scratch_iova, DMAPROOF_PT_SCRATCH * PAGE };
	for (table_domain = DMAPROOF_PT_DOMAINS; table_domain--;)
		if (table_map(first, table_scratch(), 3))
			die("the first pages cannot be mapped");
	table_domain = 0;
}

int table_map(struct range range, void *first, int permissions)
{
	struct dmaproof_pt_map map = {
		.domain = table_domain, .iova = range.iova, .page = ((uint8_t *)first - table_bytes) / PAGE,
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
	close(fd);
}
