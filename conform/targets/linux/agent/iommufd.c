#define _GNU_SOURCE
#include "agent.h"
#include "uapi.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

int iommufd = -1;
/* The address space that is opened with it. */
uint32_t first_ioas;

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

int ioas_map(uint32_t ioas, struct range range, void *memory, int permissions)
{
	struct iommu_ioas_map map = {
		.size = sizeof map,
		.flags = flags_of(permissions),
		.ioas_id = ioas,
		.user_va = (uintptr_t)memory,
		.length = range.length,
		.iova = range.iova,
	};
	return ioctl(iommufd, IOMMU_IOAS_MAP, &map) ? errno : 0;
}

int iommufd_map_file(struct range range, struct place place, int permissions)
{
	struct iommu_ioas_map_file map = {
		.size = sizeof map,
		.flags = flags_of(permissions),
		.ioas_id = first_ioas,
		.fd = place.fd,
		.start = place.start,
		.length = range.length,
		.iova = range.iova,
	};
	return ioctl(iommufd, IOMMU_IOAS_MAP_FILE, &map) ? errno : 0;
}

int ioas_copy(uint32_t from, uint32_t to, struct range range, int permissions)
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
	return ioctl(iommufd, IOMMU_IOAS_COPY, &copy) ? errno : 0;
}

int ioas_unmap(uint32_t ioas, struct range range, uint64_t *unmapped)
{
	struct iommu_ioas_unmap unmap = {
		.size = sizeof unmap, .ioas_id = ioas, .iova = range.iova, .length = range.length
	};
	int error = ioctl(iommufd, IOMMU_IOAS_UNMAP, &unmap) ? errno : 0;
	*unmapped = unmap.length;
	return error;
}

/* Of a device that is attached already it is a replacement. */
void iommufd_attach(struct device *device, uint32_t page_table)
{
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof attach, .pt_id = page_table };
	if (ioctl(device->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		die("%s does not attach", device->address);
}

/* The device's own character device; without CONFIG_VFIO_DEVICE_CDEV there is none. */
static int open_cdev(const char *address)
{
	char path[PATH_MAX];
	int fd = -1;
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/vfio-dev", address);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && fd < 0 && (entry = readdir(folder));) {
		snprintf(path, sizeof path, "/dev/vfio/devices/%.255s", entry->d_name);
		if (entry->d_name[0] != '.')
			fd = open(path, O_RDWR | O_CLOEXEC);
	}
	if (folder)
		closedir(folder);
	return fd;
}

void iommufd_open(int count)
{
	iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	first_ioas = new_ioas(iommufd);
	for (int i = 0; i < count; i++) {
		devices[i].fd = open_cdev(devices[i].address);
		struct vfio_device_bind_iommufd bind = { .argsz = sizeof bind, .iommufd = iommufd };
		if (ioctl(devices[i].fd, VFIO_DEVICE_BIND_IOMMUFD, &bind))
			die("%s does not bind", devices[i].address);
		devices[i].id = bind.out_devid;
		iommufd_attach(&devices[i], first_ioas);
	}
}

void iommufd_close(void)
{
	devices_close();
	close(iommufd);
	iommufd = -1;
}

int iommufd_map(struct range range, void *memory, int permissions)
{
	return ioas_map(first_ioas, range, memory, permissions);
}

int iommufd_unmap(struct range range, uint64_t *unmapped)
{
	return ioas_unmap(first_ioas, range, unmapped);
}

int iommufd_unmap_all(uint64_t *unmapped)
{
	return iommufd_unmap((struct range){ 0, UINT64_MAX }, unmapped);
}
