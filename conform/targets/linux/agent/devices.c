#define _GNU_SOURCE
#include "agent.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define SYSFS "/sys/bus/pci/devices"
#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8
#define EDU_BAR 0x100000ull

struct device devices[MAX_DEVICES];
int device_count;

void add_device(const char *address)
{
	if (device_count < MAX_DEVICES)
		devices[device_count++] = (struct device){ .address = address, .group_fd = -1, .fd = -1 };
}

static int is_edu(const struct dirent *entry)
{
	char path[PATH_MAX], text[64];
	snprintf(path, sizeof path, SYSFS "/%s/vendor", entry->d_name);
	if (strtol(read_file(path, text, sizeof text), NULL, 16) != EDU_VENDOR)
		return 0;
	snprintf(path, sizeof path, SYSFS "/%s/device", entry->d_name);
	return strtol(read_file(path, text, sizeof text), NULL, 16) == EDU_DEVICE;
}

void bind_devices(const char *driver, void (*found)(const char *address))
{
	struct dirent **entries;
	int count = scandir(SYSFS, &entries, is_edu, alphasort);
	for (int i = 0; i < count; i++) {
		char path[PATH_MAX];
		snprintf(path, sizeof path, SYSFS "/%s/driver_override", entries[i]->d_name);
		write_file(path, driver);
		write_file("/sys/bus/pci/drivers_probe", entries[i]->d_name);
		found(entries[i]->d_name);
	}
	if (count <= 0)
		die("no edu device");
}

/* vfio-pci takes bus mastering away when a device is opened. */
static void enable(struct device *device, uint64_t config)
{
	uint16_t command;
	if (pread(device->fd, &command, sizeof command, config + 4) != sizeof command)
		die("%s: no command register", device->address);
	command |= 2 | 4;
	if (pwrite(device->fd, &command, sizeof command, config + 4) != sizeof command)
		die("%s: bus mastering stays off", device->address);
}

/* Behind no VFIO: the registers are a file of sysfs, and the driver has turned bus mastering on. */
void sysfs_ready(struct device *device)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, SYSFS "/%s/resource0", device->address);
	device->fd = open(path, O_RDWR | O_CLOEXEC);
	device->bar_size = EDU_BAR;
	void *bar = mmap(NULL, device->bar_size, PROT_READ | PROT_WRITE, MAP_SHARED, device->fd, 0);
	if (bar == MAP_FAILED)
		die("%s cannot be mapped", path);
	device->bar = bar;
}

void vfio_ready(struct device *device)
{
	struct vfio_region_info region = { .argsz = sizeof region, .index = VFIO_PCI_BAR0_REGION_INDEX };
	if (ioctl(device->fd, VFIO_DEVICE_GET_REGION_INFO, &region))
		die("%s: no BAR 0", device->address);
	device->bar_size = region.size;
	void *bar = mmap(NULL, region.size, PROT_READ | PROT_WRITE, MAP_SHARED, device->fd, region.offset);
	if (bar == MAP_FAILED)
		die("%s: BAR 0 cannot be mapped", device->address);
	device->bar = bar;
	region.index = VFIO_PCI_CONFIG_REGION_INDEX;
	if (ioctl(device->fd, VFIO_DEVICE_GET_REGION_INFO, &region))
		die("%s: no configuration space", device->address);
	enable(device, region.offset);
}

void devices_ready(int count)
{
	for (int i = 0; i < count; i++)
		container_ready(&devices[i]);
}

void devices_close(void)
{
	for (int i = 0; i < device_count; i++) {
		struct device *device = &devices[i];
		if (device->bar)
			munmap((void *)device->bar, device->bar_size);
		close(device->fd);
		close(device->group_fd);
		device->bar = NULL;
		device->fd = device->group_fd = -1;
	}
}
