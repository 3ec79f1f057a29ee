#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* The interface `page-table`: iommu_map() and iommu_unmap() themselves, through kernel/dmaproof_pt.c. */
struct dmaproof_pt_range {
	uint64_t iova, page, count, prot;
	int64_t result;
};
#define DMAPROOF_PT_RESET _IO('P', 0)
#define DMAPROOF_PT_MAP _IOWR('P', 1, struct dmaproof_pt_range)
#define DMAPROOF_PT_UNMAP _IOWR('P', 2, struct dmaproof_pt_range)

static int table = -1;

bool is_table(const char *interface)
{
	return !strcmp(interface, "page-table");
}

bool table_is_open(void)
{
	return table >= 0;
}

/* The kernel's own memory, since only that has no gaps; behind it are the scratch pages. */
uint8_t *table_memory(void)
{
	static uint8_t *memory;
	if (memory)
		return memory;
	table = open("/dev/dmaproof-pt", O_RDWR | O_CLOEXEC);
	if (table < 0)
		die("this kernel does not have kernel/dmaproof_pt.c");
	memory = mmap(NULL, (TABLE_PAGES + SCRATCH_PAGES) * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, table, 0);
	if (memory == MAP_FAILED)
		die("the memory of page tables cannot be mapped");
	return memory;
}

/* No driver owns the devices, so sysfs gives their registers. */
static void open_device(struct device *device)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/enable", device->address);
	if (!device->bar && write_file(path, "1"))
		die("%s cannot be enabled", device->address);
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/resource0", device->address);
	int fd = open(path, O_RDWR | O_SYNC | O_CLOEXEC);
	device->bar_size = EDU_BAR_SIZE;
	void *bar = mmap(NULL, device->bar_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || bar == MAP_FAILED)
		die("%s: BAR 0 cannot be mapped", device->address);
	close(fd);
	device->bar = bar;
}

void table_reset(int count)
{
	for (int i = 0; i < count; i++)
		open_device(&devices[i]);
	if (ioctl(table, DMAPROOF_PT_RESET, count))
		die("no new domain for %d devices", count);
}

static int64_t call(unsigned long command, struct dmaproof_pt_range range)
{
	if (ioctl(table, command, &range))
		die("a call of the page table that the kernel does not take");
	return range.result;
}

int table_map(struct range range, const void *memory, int permissions)
{
	struct dmaproof_pt_range asked = {
		.iova = range.iova,
		.page = ((const uint8_t *)memory - table_memory()) / PAGE,
		.count = range.length / PAGE,
		.prot = permissions,
	};
	return -call(DMAPROOF_PT_MAP, asked);
}

/* iommu_unmap() knows no errors, only how much it removed. */
int table_unmap(struct range range, uint64_t *unmapped)
{
	*unmapped = call(DMAPROOF_PT_UNMAP, (struct dmaproof_pt_range){ .iova = range.iova, .count = range.length / PAGE });
	return 0;
}
