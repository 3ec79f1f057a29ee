#define _GNU_SOURCE
#include "agent.h"
#include "uapi.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* QEMU's docs/specs/edu: registers in BAR 0, and a buffer of 4096 bytes that only its DMA engine reaches. */
enum { EDU_SOURCE = 0x80, EDU_TARGET = 0x88, EDU_COUNT = 0x90, EDU_COMMAND = 0x98 };
enum { EDU_START = 1, EDU_TO_MEMORY = 2 };
#define EDU_BUFFER 0x40000ull
#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8
#define EDU_DELAY_NS 100000000
#define EDU_BAR 0x100000ull

#define SYSFS "/sys/bus/pci/devices"

struct device devices[MAX_DEVICES];
int device_count;

static int is_edu(const struct dirent *entry)
{
	char path[PATH_MAX], text[64];
	snprintf(path, sizeof path, SYSFS "/%s/vendor", entry->d_name);
	if (strtol(read_file(path, text, sizeof text), NULL, 16) != EDU_VENDOR)
		return 0;
	snprintf(path, sizeof path, SYSFS "/%s/device", entry->d_name);
	return strtol(read_file(path, text, sizeof text), NULL, 16) == EDU_DEVICE;
}

static int group_of(const char *address)
{
	char path[PATH_MAX], link[PATH_MAX];
	snprintf(path, sizeof path, SYSFS "/%s/iommu_group", address);
	ssize_t length = readlink(path, link, sizeof link - 1);
	if (length < 0)
		die("%s has no IOMMU group", address);
	link[length] = 0;
	return atoi(strrchr(link, '/') + 1);
}

/* The name of the device's own character device; without CONFIG_VFIO_DEVICE_CDEV there is none. */
static void find_cdev(struct device *device)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, SYSFS "/%s/vfio-dev", device->address);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (entry->d_name[0] != '.')
			snprintf(device->cdev, sizeof device->cdev, "/dev/vfio/devices/%s", entry->d_name);
	if (folder)
		closedir(folder);
}

void find_devices(const char *driver)
{
	struct dirent **found;
	int count = scandir(SYSFS, &found, is_edu, alphasort);
	for (int i = 0; i < count && i < MAX_DEVICES; i++) {
		struct device *device = &devices[device_count++];
		char path[PATH_MAX];
		snprintf(device->address, sizeof device->address, "%.31s", found[i]->d_name);
		device->group = group_of(device->address);
		device->fd = device->group_fd = -1;
		snprintf(path, sizeof path, SYSFS "/%s/driver_override", device->address);
		write_file(path, driver);
		write_file("/sys/bus/pci/drivers_probe", device->address);
		find_cdev(device);
	}
	if (device_count == 0)
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
static void ready_by_sysfs(struct device *device)
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

void device_ready(struct device *device)
{
	if (device->fd < 0) {
		ready_by_sysfs(device);
		return;
	}
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

void device_close(struct device *device)
{
	if (device->bar)
		munmap((void *)device->bar, device->bar_size);
	if (device->fd >= 0)
		close(device->fd);
	if (device->group_fd >= 0)
		close(device->group_fd);
	device->bar = NULL;
	device->fd = device->group_fd = -1;
}

static volatile uint64_t *edu(struct device *device, int at)
{
	return (volatile uint64_t *)(device->bar + at);
}

static void begin(struct device *device, uint64_t from, uint64_t to, size_t size, int direction)
{
	if (!device->bar)
		die("DMA by a device that the reset did not attach");
	*edu(device, EDU_SOURCE) = from;
	*edu(device, EDU_TARGET) = to;
	*edu(device, EDU_COUNT) = size;
	*edu(device, EDU_COMMAND) = EDU_START | direction;
}

bool device_is_busy(struct device *device)
{
	return *edu(device, EDU_COMMAND) & EDU_START;
}

/* The engine starts 100 ms after the command; in QEMU's virtual time that passes at once when the guest is idle. */
static void transfer(struct device *device, uint64_t from, uint64_t to, size_t size, int direction)
{
	begin(device, from, to, size, direction);
	struct timespec delay = { .tv_nsec = EDU_DELAY_NS };
	do {
		nanosleep(&delay, NULL);
		delay.tv_nsec = 100000;
	} while (device_is_busy(device));
}

void device_begin_store(struct device *device, size_t from, uint64_t iova, size_t size)
{
	begin(device, EDU_BUFFER + from, iova, size, EDU_TO_MEMORY);
}

void device_store(struct device *device, size_t from, uint64_t iova, size_t size)
{
	transfer(device, EDU_BUFFER + from, iova, size, EDU_TO_MEMORY);
}

void device_load(struct device *device, uint64_t iova, size_t to, size_t size)
{
	transfer(device, iova, EDU_BUFFER + to, size, 0);
}
