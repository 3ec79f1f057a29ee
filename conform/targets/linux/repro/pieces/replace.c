#include "../../agent/agent.h"

#include <errno.h>
#include <linux/iommufd.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>

/* These take the place of the agent's where each map and unmap moves the devices to another address space. */

/* the page table in use; 0 is iommufd's own */
static uint32_t table;

static uint32_t old_ioas;

static uint32_t old_table;

/* A new address space, in the place of `first_ioas`, and its page table. */
static void space_begin(void)
{
	struct iommu_ioas_alloc ioas = { .size = sizeof ioas };
	struct iommu_hwpt_alloc hwpt = { .size = sizeof hwpt, .dev_id = devices[0].id };
	old_ioas = first_ioas;
	old_table = table;
	must(ioctl(iommufd, IOMMU_IOAS_ALLOC, &ioas));
	first_ioas = hwpt.pt_id = ioas.out_ioas_id;
	must(ioctl(iommufd, IOMMU_HWPT_ALLOC, &hwpt));
	table = hwpt.out_hwpt_id;
}

/* What is mapped in the old one is in the new one, too, unless a call has taken it away. */
static void space_copy(struct range range, int permissions)
{
	struct iommu_ioas_copy copy = {
		.size = sizeof copy, .dst_ioas_id = first_ioas, .src_ioas_id = old_ioas, .flags = flags_of(permissions),
		.length = range.length, .dst_iova = range.iova, .src_iova = range.iova,
	};
	if (ioctl(iommufd, IOMMU_IOAS_COPY, &copy) && errno != ENOENT)
		die("a mapping cannot be copied");
}

/* Devices move to it. */
static void space_enter(int devices_moved)
{
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof attach, .pt_id = table };
	for (int i = 0; i < devices_moved; i++)
		must(ioctl(devices[i].fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach));
}

static void destroy(uint32_t id)
{
	struct iommu_destroy gone = { .size = sizeof gone, .id = id };
	must(ioctl(iommufd, IOMMU_DESTROY, &gone));
}

static void space_drop(void)
{
	destroy(table);
	destroy(first_ioas);
	first_ioas = old_ioas;
	table = old_table;
}
