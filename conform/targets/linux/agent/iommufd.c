#include "agent.h"
#include "uapi.h"

#include <errno.h>
#include <sys/ioctl.h>

uint32_t new_ioas(int fd)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof alloc };
	if (ioctl(fd, IOMMU_IOAS_ALLOC, &alloc))
		die("no IOAS");
	return alloc.out_ioas_id;
}

static uint32_t flags_of(int permissions)
{
	return IOMMU_IOAS_MAP_FIXED_IOVA | (permissions & 1 ? IOMMU_IOAS_MAP_READABLE : 0) |
	       (permissions & 2 ? IOMMU_IOAS_MAP_WRITEABLE : 0);
}

int iommufd_map(int fd, uint32_t ioas, struct range range, void *memory, int permissions)
{
	struct iommu_ioas_map map = {
		.size = sizeof map,
		.flags = flags_of(permissions),
		.ioas_id = ioas,
		.user_va = (uintptr_t)memory,
		.length = range.length,
		.iova = range.iova,
	};
	return ioctl(fd, IOMMU_IOAS_MAP, &map) ? errno : 0;
}

int iommufd_map_file(int fd, uint32_t ioas, struct range range, struct place place, int permissions)
{
	struct iommu_ioas_map_file map = {
		.size = sizeof map,
		.flags = flags_of(permissions),
		.ioas_id = ioas,
		.fd = place.fd,
		.start = place.start,
		.length = range.length,
		.iova = range.iova,
	};
	return ioctl(fd, IOMMU_IOAS_MAP_FILE, &map) ? errno : 0;
}

int iommufd_copy(int fd, uint32_t from, uint32_t to, struct range range, int permissions)
{
	struct iommu_ioas_copy copy = {
		.size = sizeof copy,
		.flags = flags_of(permissions),
		.dst_ioas_id = to,
		.src_ioas_id = from,
		.length = range.length,
		.dst_iova = range.iova,
		.src_iova = range.iova,
	};
	return ioctl(fd, IOMMU_IOAS_COPY, &copy) ? errno : 0;
}

int iommufd_unmap(int fd, uint32_t ioas, struct range range, uint64_t *unmapped)
{
	struct iommu_ioas_unmap unmap = {
		.size = sizeof unmap, .ioas_id = ioas, .iova = range.iova, .length = range.length
	};
	int error = ioctl(fd, IOMMU_IOAS_UNMAP, &unmap) ? errno : 0;
	*unmapped = unmap.length;
	return error;
}

/* Of a device that is attached already it is a replacement. */
void iommufd_attach(struct device *device, uint32_t page_table)
{
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof attach, .pt_id = page_table };
	if (ioctl(device->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		die("%s does not attach", device->cdev);
}
