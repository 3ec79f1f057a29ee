#define _GNU_SOURCE
#include "../agent/agent.h"
#include "../agent/uapi.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

/* These take the place of the agent's where one address space has all mappings. */

void iommufd_open(int count)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof alloc };
	iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc))
		die("no IOAS");
	first_ioas = alloc.out_ioas_id;
	for (int i = 0; i < count; i++) {
		int fd = devices[i].fd = open_cdev(devices[i].address);
		struct vfio_device_bind_iommufd bind = { .argsz = sizeof bind, .iommufd = iommufd };
		struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof attach, .pt_id = first_ioas };
		if (ioctl(fd, VFIO_DEVICE_BIND_IOMMUFD, &bind) || ioctl(fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
			die("%s does not attach", devices[i].address);
	}
}

int iommufd_map(struct range range, void *memory, int permissions)
{
	struct iommu_ioas_map map = {
		.size = sizeof map, .ioas_id = first_ioas, .user_va = (uintptr_t)memory,
		.length = range.length, .iova = range.iova, .flags = IOMMU_IOAS_MAP_FIXED_IOVA |
			(permissions & 1 ? IOMMU_IOAS_MAP_READABLE : 0) | (permissions & 2 ? IOMMU_IOAS_MAP_WRITEABLE : 0),
	};
	return ioctl(iommufd, IOMMU_IOAS_MAP, &map) ? errno : 0;
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
