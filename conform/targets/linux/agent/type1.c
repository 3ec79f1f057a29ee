#define _GNU_SOURCE
#include "agent.h"
#include "uapi.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The container of the VFIO ioctls. */
static int container = -1;

static int group_of(const char *address)
{
	char path[PATH_MAX], group[PATH_MAX];
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", address);
	if (!realpath(path, group))
		die("%s has no IOMMU group", address);
	return atoi(strrchr(group, '/') + 1);
}

/* The container gets its IOMMU behind the first group. */
static void vfio_open(int fd, int version, int count)
{
	container = fd;
	for (int i = 0; i < count; i++) {
		char path[32];
		snprintf(path, sizeof path, "/dev/vfio/%d", group_of(devices[i].address));
		devices[i].group_fd = open(path, O_RDWR | O_CLOEXEC);
		if (ioctl(devices[i].group_fd, VFIO_GROUP_SET_CONTAINER, &container))
			die("%s does not join the container", path);
		if (i == 0 && ioctl(container, VFIO_SET_IOMMU, version))
			die("the container refuses the IOMMU's type %d", version);
		devices[i].fd = ioctl(devices[i].group_fd, VFIO_GROUP_GET_DEVICE_FD, devices[i].address);
		if (devices[i].fd < 0)
			die("%s cannot be had", devices[i].address);
	}
}

void type1_open(int count)
{
	vfio_open(open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC), VFIO_TYPE1_IOMMU, count);
}

void type1v2_open(int count)
{
	vfio_open(open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC), VFIO_TYPE1v2_IOMMU, count);
}

void compat_open(int count)
{
	int fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	struct iommu_vfio_ioas set = { .size = sizeof set, .ioas_id = new_ioas(fd), .op = IOMMU_VFIO_IOAS_SET };
	if (ioctl(fd, IOMMU_VFIO_IOAS, &set))
		die("the compatible IOAS cannot be set");
	vfio_open(fd, VFIO_TYPE1v2_IOMMU, count);
}

void vfio_close(void)
{
	devices_close();
	close(container);
	container = -1;
}

/* The limit is sampled when the container is opened. */
void limit_entries(long long limit)
{
	char text[32];
	snprintf(text, sizeof text, "%lld", limit);
	if (write_file("/sys/module/vfio_iommu_type1/parameters/dma_entry_limit", text))
		die("the entry limit cannot be set");
}

int vfio_map(struct range range, void *memory, int permissions)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof map,
		.flags = (permissions & 1 ? VFIO_DMA_MAP_FLAG_READ : 0) | (permissions & 2 ? VFIO_DMA_MAP_FLAG_WRITE : 0),
		.vaddr = (uintptr_t)memory,
		.iova = range.iova,
		.size = range.length,
	};
	return ioctl(container, VFIO_IOMMU_MAP_DMA, &map) ? errno : 0;
}

int vfio_unmap(struct range range, uint64_t *unmapped)
{
	struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof unmap, .iova = range.iova, .size = range.length };
	int error = ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap) ? errno : 0;
	*unmapped = unmap.size;
	return error;
}

int vfio_unmap_all(uint64_t *unmapped)
{
	struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof unmap, .flags = VFIO_DMA_UNMAP_FLAG_ALL };
	int error = ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap) ? errno : 0;
	*unmapped = unmap.size;
	return error;
}

/* Entries of the limit that are not used up, or -1 if the container does not tell. */
long long vfio_entries_left(void)
{
	union {
		struct vfio_iommu_type1_info info;
		uint8_t bytes[1024];
	} all = { .info = { .argsz = sizeof all } };
	if (ioctl(container, VFIO_IOMMU_GET_INFO, &all) || !(all.info.flags & VFIO_IOMMU_INFO_CAPS))
		return -1;
	for (uint32_t at = all.info.cap_offset; at;) {
		struct vfio_info_cap_header *header = (void *)(all.bytes + at);
		if (header->id == VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL)
			return ((struct vfio_iommu_type1_info_dma_avail *)header)->avail;
		at = header->next;
	}
	return -1;
}
