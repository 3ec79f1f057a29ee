#include "../agent/agent.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* All these take the place of the agent's where a page is one of the kernel's, and a device is opened by VFIO. */

uint64_t offset_of(uint64_t page)
{
	return page * PAGE;
}

uint64_t iova_of(uint64_t page)
{
	return first_iova + page * PAGE;
}

struct range range_of(uint64_t page, uint64_t count)
{
	return (struct range){ iova_of(page), count * PAGE };
}

void *memory_of(uint64_t page)
{
	return backing + page * PAGE;
}

uint8_t *bytes_of(uint64_t page)
{
	return memory_of(page);
}

/* The device's own character device; without CONFIG_VFIO_DEVICE_CDEV there is none. */
static int open_cdev(const char *address)
{
	char path[PATH_MAX];
	glob_t found;
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/vfio-dev/vfio*", address);
	if (glob(path, 0, NULL, &found))
		return -1;
	snprintf(path, sizeof path, "/dev/vfio/devices%s", strrchr(found.gl_pathv[0], '/'));
	return open(path, O_RDWR | O_CLOEXEC);
}

/* vfio-pci takes bus mastering away when a device is opened. */
void vfio_ready(struct device *device)
{
	struct vfio_region_info bar = { .argsz = sizeof bar, .index = VFIO_PCI_BAR0_REGION_INDEX };
	struct vfio_region_info config = { .argsz = sizeof config, .index = VFIO_PCI_CONFIG_REGION_INDEX };
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	if (ioctl(device->fd, VFIO_DEVICE_GET_REGION_INFO, &bar) ||
	    ioctl(device->fd, VFIO_DEVICE_GET_REGION_INFO, &config) ||
	    pwrite(device->fd, &command, sizeof command, config.offset + PCI_COMMAND) != sizeof command)
		die("%s: no BAR 0, or bus mastering stays off", device->address);
	device->bar_size = bar.size;
	device->bar = mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED, device->fd, bar.offset);
	if (device->bar == MAP_FAILED)
		die("%s: BAR 0 cannot be mapped", device->address);
}
