#include "agent.h"
#include "uapi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The container of the VFIO ioctls, or the iommufd. */
static int container = -1;
static bool native, is_replacing, is_bare;
static uint32_t ioas;

bool maps_files(const char *interface)
{
	return !strcmp(interface, "iommufd-file");
}

bool replaces(const char *interface)
{
	return !strcmp(interface, "iommufd-replace");
}

bool is_type1(const char *interface)
{
	return !strncmp(interface, "type1", 5);
}

bool is_iommufd(const char *interface)
{
	return !strcmp(interface, "iommufd") || maps_files(interface) || replaces(interface);
}

static void open_container(const char *interface)
{
	bool is_compat = !strcmp(interface, "compat");
	container = open(is_compat ? "/dev/iommu" : "/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (container < 0)
		die("no container for %s", interface);
	if (!is_compat)
		return;
	struct iommu_vfio_ioas set = { .size = sizeof set, .ioas_id = new_ioas(container), .op = IOMMU_VFIO_IOAS_SET };
	if (ioctl(container, IOMMU_VFIO_IOAS, &set))
		die("the compatible IOAS cannot be set");
}

static void attach_by_group(const char *interface, int count)
{
	int version = strcmp(interface, "type1") ? VFIO_TYPE1v2_IOMMU : VFIO_TYPE1_IOMMU;
	for (int i = 0; i < count; i++) {
		char path[32];
		snprintf(path, sizeof path, "/dev/vfio/%d", devices[i].group);
		devices[i].group_fd = open(path, O_RDWR | O_CLOEXEC);
		if (devices[i].group_fd < 0)
			die("%s cannot be opened", path);
		if (ioctl(devices[i].group_fd, VFIO_GROUP_SET_CONTAINER, &container))
			die("%s does not join the container", path);
		if (i == 0 && ioctl(container, VFIO_SET_IOMMU, version))
			die("the container refuses %s", interface);
	}
	for (int i = 0; i < count; i++) {
		devices[i].fd = ioctl(devices[i].group_fd, VFIO_GROUP_GET_DEVICE_FD, devices[i].address);
		if (devices[i].fd < 0)
			die("%s cannot be had", devices[i].address);
	}
}

static void attach_by_cdev(int count)
{
	container = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (container < 0)
		die("no iommufd");
	ioas = new_ioas(container);
	for (int i = 0; i < count; i++) {
		devices[i].fd = open(devices[i].cdev, O_RDWR | O_CLOEXEC);
		if (devices[i].fd < 0)
			die("%s cannot be opened as '%s'", devices[i].address, devices[i].cdev);
		struct vfio_device_bind_iommufd bind = { .argsz = sizeof bind, .iommufd = container };
		if (ioctl(devices[i].fd, VFIO_DEVICE_BIND_IOMMUFD, &bind))
			die("%s does not bind", devices[i].cdev);
		devices[i].id = bind.out_devid;
		iommufd_attach(&devices[i], ioas);
	}
	if (is_replacing)
		replace_open(container, ioas, count);
}

/* The limit is sampled when the container is opened. */
static void limit_entries(const char *interface, long long limit)
{
	char text[32];
	if (strncmp(interface, "type1", 5))
		return;
	snprintf(text, sizeof text, "%lld", limit);
	if (write_file("/sys/module/vfio_iommu_type1/parameters/dma_entry_limit", text))
		die("the entry limit cannot be set");
}

void container_open(const char *interface, int count, long long entry_limit)
{
	container_close();
	native = is_iommufd(interface);
	is_replacing = replaces(interface);
	is_bare = is_table(interface);
	limit_entries(interface, entry_limit);
	if (is_bare) {
		table_open(count);
	} else if (native) {
		attach_by_cdev(count);
	} else {
		open_container(interface);
		attach_by_group(interface, count);
	}
	for (int i = 0; i < count; i++)
		device_ready(&devices[i]);
}

void container_close(void)
{
	for (int i = 0; i < device_count; i++)
		device_close(&devices[i]);
	if (is_bare)
		table_close();
	if (container >= 0)
		close(container);
	container = -1;
}

int container_map_file(struct range range, struct place place, int permissions)
{
	return iommufd_map_file(container, ioas, range, place, permissions);
}

int container_map(struct range range, void *memory, int permissions)
{
	if (is_bare)
		return table_map(range, memory, permissions);
	if (is_replacing)
		return replace_map(range, memory, permissions);
	if (native)
		return iommufd_map(container, ioas, range, memory, permissions);
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof map,
		.flags = (permissions & 1 ? VFIO_DMA_MAP_FLAG_READ : 0) |
			 (permissions & 2 ? VFIO_DMA_MAP_FLAG_WRITE : 0),
		.vaddr = (uintptr_t)memory,
		.iova = range.iova,
		.size = range.length,
	};
	return ioctl(container, VFIO_IOMMU_MAP_DMA, &map) ? errno : 0;
}

static int type1_unmap(struct range range, uint32_t flags, uint64_t *unmapped)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof unmap, .flags = flags, .iova = range.iova, .size = range.length
	};
	int error = ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap) ? errno : 0;
	*unmapped = unmap.size;
	return error;
}

int container_unmap(struct range range, uint64_t *unmapped)
{
	if (is_bare)
		return table_unmap(range, unmapped);
	if (is_replacing)
		return replace_unmap(range, unmapped);
	return native ? iommufd_unmap(container, ioas, range, unmapped) : type1_unmap(range, 0, unmapped);
}

int container_unmap_all(uint64_t *unmapped)
{
	if (native)
		return container_unmap((struct range){ 0, UINT64_MAX }, unmapped);
	return type1_unmap((struct range){ 0, 0 }, VFIO_DMA_UNMAP_FLAG_ALL, unmapped);
}

long long container_entries_left(void)
{
	union {
		struct vfio_iommu_type1_info info;
		uint8_t bytes[1024];
	} all = { .info = { .argsz = sizeof all } };
	if (native || is_bare || ioctl(container, VFIO_IOMMU_GET_INFO, &all) || !(all.info.flags & VFIO_IOMMU_INFO_CAPS))
		return -1;
	for (uint32_t at = all.info.cap_offset; at;) {
		struct vfio_info_cap_header *header = (void *)(all.bytes + at);
		if (header->id == VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL)
			return ((struct vfio_iommu_type1_info_dma_avail *)header)->avail;
		at = header->next;
	}
	return -1;
}
