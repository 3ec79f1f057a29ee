#define _GNU_SOURCE
#include "../../agent/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/iommufd.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/* These take the place of the agent's: they open for one sequence, and say in one line why they could not. */

static int container;

static void vfio_open(int fd, int type, int count)
{
	container = fd;
	for (int i = 0; i < count; i++) {
		char path[256];
		snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", devices[i].address);
		snprintf(path, sizeof path, "/dev/vfio%s", strrchr(realpath(path, NULL) ?: "/", '/'));
		int group = open(path, O_RDWR | O_CLOEXEC);
		if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container))
			die("%s does not join the container", path);
		if (i == 0 && ioctl(container, VFIO_SET_IOMMU, type))
			die("the container refuses the IOMMU's type %d", type);
		devices[i].fd = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, devices[i].address);
		if (devices[i].fd < 0)
			die("%s cannot be had", devices[i].address);
		devices[i].group_fd = group;
	}
}

int vfio_map(struct range range, void *memory, int permissions)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof map, .vaddr = (uintptr_t)memory, .iova = range.iova, .size = range.length,
		.flags = permissions, /* 1: VFIO_DMA_MAP_FLAG_READ, 2: VFIO_DMA_MAP_FLAG_WRITE */
	};
	return ioctl(container, VFIO_IOMMU_MAP_DMA, &map) ? errno : 0;
}

/* A container of iommufd's own, which emulates type1v2. */
void compat_open(int count)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof alloc };
	struct iommu_vfio_ioas set = { .size = sizeof set, .op = IOMMU_VFIO_IOAS_SET };
	int fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	must(ioctl(fd, IOMMU_IOAS_ALLOC, &alloc));
	set.ioas_id = alloc.out_ioas_id;
	must(ioctl(fd, IOMMU_VFIO_IOAS, &set));
	vfio_open(fd, VFIO_TYPE1v2_IOMMU, count);
}
