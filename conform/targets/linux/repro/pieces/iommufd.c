#define _GNU_SOURCE
#include "../../agent/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/iommufd.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* These take the place of the agent's where one address space has all mappings. */

int iommufd;
uint32_t first_ioas;

/* A device is opened by its own character device; without CONFIG_VFIO_DEVICE_CDEV there is none. */
void iommufd_open(int count)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof alloc };
	iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	must(ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc));
	first_ioas = alloc.out_ioas_id;
	for (int i = 0; i < count; i++) {
		struct vfio_device_bind_iommufd bind = { .argsz = sizeof bind, .iommufd = iommufd };
		struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof attach, .pt_id = first_ioas };
		char path[256];
		glob_t found;
		snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/vfio-dev/vfio*", devices[i].address);
		if (!glob(path, 0, NULL, &found))
			snprintf(path, sizeof path, "/dev/vfio/devices%s", strrchr(found.gl_pathv[0], '/'));
		int fd = open(path, O_RDWR | O_CLOEXEC);
		if (ioctl(fd, VFIO_DEVICE_BIND_IOMMUFD, &bind) || ioctl(fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
			die("%s does not attach", path);
		devices[i].fd = fd;
		devices[i].id = bind.out_devid;
	}
}

/* of permissions: 1 the device may read, 2 it may write */
#define flags_of(permissions)                                                                 \
	(IOMMU_IOAS_MAP_FIXED_IOVA | ((permissions) & 1 ? IOMMU_IOAS_MAP_READABLE : 0) | \
	 ((permissions) & 2 ? IOMMU_IOAS_MAP_WRITEABLE : 0))

int iommufd_map(struct range range, void *memory, int permissions)
{
	struct iommu_ioas_map map = {
		.size = sizeof map, .ioas_id = first_ioas, .flags = flags_of(permissions),
		.user_va = (uintptr_t)memory, .length = range.length, .iova = range.iova,
	};
	return ioctl(iommufd, IOMMU_IOAS_MAP, &map) ? errno : 0;
}

int iommufd_map_file(struct range range, struct place place, int permissions)
{
	struct iommu_ioas_map_file map = {
		.size = sizeof map, .ioas_id = first_ioas, .flags = flags_of(permissions),
		.fd = place.fd, .start = place.start, .length = range.length, .iova = range.iova,
	};
	return ioctl(iommufd, IOMMU_IOAS_MAP_FILE, &map) ? errno : 0;
}

int iommufd_unmap(struct range range, uint64_t *unmapped)
{
	struct iommu_ioas_unmap unmap = {
		.size = sizeof unmap, .ioas_id = first_ioas, .iova = range.iova, .length = range.length
	};
	int error = ioctl(iommufd, IOMMU_IOAS_UNMAP, &unmap) ? errno : 0;
	*unmapped = unmap.length;
	return error;
}
