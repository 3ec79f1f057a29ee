// SPDX-License-Identifier: GPL-2.0
/*
 * A referee for page tables: iommu_map() and iommu_unmap() of a paging domain, with QEMU's edu devices attached to it, as
 * ioctls on /dev/dmaproof-pt. VFIO and iommufd refuse what would overlap before a page table hears of it, and never pass on
 * what iommu_unmap() returned; this does neither. For Linux 6.12 and 7.2. One user at a time: the agent.
 *
 * mmap() gives the memory that mappings lead to: PAGES pages without a gap, aligned to their size, so that superpages are
 * possible, and behind them EXTRA pages for the agent's own use.
 */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/iommu.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/uaccess.h>

#define PAGES_ORDER 10
#define PAGES (1ul << PAGES_ORDER)
#define EXTRA_ORDER 1
#define EXTRA (1ul << EXTRA_ORDER)
#define MAX_DEVICES 8

struct dmaproof_pt_range {
	__u64 iova;
	__u64 page;	/* map: the first page of the memory, those behind it included */
	__u64 count;	/* in pages */
	__u64 prot;	/* map: 1 read, 2 write */
	__s64 result;	/* map: 0 or a negative errno; unmap: bytes, as iommu_unmap() returns them */
};

/* A new, empty domain with so many devices attached to it; the others are left with what they had. */
#define DMAPROOF_PT_RESET _IO('P', 0)
#define DMAPROOF_PT_MAP _IOWR('P', 1, struct dmaproof_pt_range)
#define DMAPROOF_PT_UNMAP _IOWR('P', 2, struct dmaproof_pt_range)

static struct page *memory, *extra;
static struct iommu_domain *domain;
static struct pci_dev *devices[MAX_DEVICES];
static int attached;
/* What is mapped, as far as the caller knows: the domain must be empty before it is freed. */
static u64 lowest = U64_MAX, highest;

static void leave(void)
{
	while (attached > 0) {
		struct iommu_group *group = iommu_group_get(&devices[--attached]->dev);

		iommu_detach_group(domain, group);
		iommu_group_put(group);
	}
	if (!domain)
		return;
	if (lowest < highest)
		iommu_unmap(domain, lowest, highest - lowest);
	iommu_domain_free(domain);
	domain = NULL;
	lowest = U64_MAX;
	highest = 0;
}

static int find_devices(int count)
{
	struct pci_dev *found = NULL;
	int at = 0;

	while (at < count && (found = pci_get_device(0x1234, 0x11e8, found))) {
		if (!devices[at])
			devices[at] = pci_dev_get(found);
		at++;
	}
	pci_dev_put(found);
	return at < count ? -ENODEV : 0;
}

static int reset(int count)
{
	int error;

	if (count < 1 || count > MAX_DEVICES)
		return -EINVAL;
	leave();
	error = find_devices(count);
	if (error)
		return error;
	domain = iommu_paging_domain_alloc(&devices[0]->dev);
	if (IS_ERR(domain)) {
		error = PTR_ERR(domain);
		domain = NULL;
		return error;
	}
	for (; attached < count; attached++) {
		struct iommu_group *group = iommu_group_get(&devices[attached]->dev);

		error = iommu_attach_group(domain, group);
		iommu_group_put(group);
		if (error) {
			leave();
			return error;
		}
		pci_set_master(devices[attached]);
	}
	return 0;
}

static phys_addr_t address_of(u64 page, u64 count)
{
	if (page < PAGES && count <= PAGES - page)
		return page_to_phys(memory) + page * PAGE_SIZE;
	if (page >= PAGES && page < PAGES + EXTRA && count <= PAGES + EXTRA - page)
		return page_to_phys(extra) + (page - PAGES) * PAGE_SIZE;
	return PHYS_ADDR_MAX;
}

static long map(struct dmaproof_pt_range *range)
{
	phys_addr_t address = address_of(range->page, range->count);
	int prot = (range->prot & 1 ? IOMMU_READ : 0) | (range->prot & 2 ? IOMMU_WRITE : 0);

	if (address == PHYS_ADDR_MAX)
		return -EFAULT;
	lowest = min(lowest, range->iova);
	highest = max(highest, range->iova + range->count * PAGE_SIZE);
	return iommu_map(domain, range->iova, address, range->count * PAGE_SIZE, prot, GFP_KERNEL);
}

static long control(struct file *file, unsigned int command, unsigned long argument)
{
	struct dmaproof_pt_range range;

	if (command == DMAPROOF_PT_RESET)
		return reset(argument);
	if (command != DMAPROOF_PT_MAP && command != DMAPROOF_PT_UNMAP)
		return -ENOTTY;
	if (!domain)
		return -ENXIO;
	if (copy_from_user(&range, (void __user *)argument, sizeof(range)))
		return -EFAULT;
	if (command == DMAPROOF_PT_MAP)
		range.result = map(&range);
	else
		range.result = iommu_unmap(domain, range.iova, range.count * PAGE_SIZE);
	return copy_to_user((void __user *)argument, &range, sizeof(range)) ? -EFAULT : 0;
}

static int give_memory(struct file *file, struct vm_area_struct *area)
{
	unsigned long size = area->vm_end - area->vm_start, first = PAGES * PAGE_SIZE;
	int error;

	if (area->vm_pgoff || size != (PAGES + EXTRA) * PAGE_SIZE)
		return -EINVAL;
	error = remap_pfn_range(area, area->vm_start, page_to_pfn(memory), first, area->vm_page_prot);
	if (error)
		return error;
	return remap_pfn_range(area, area->vm_start + first, page_to_pfn(extra), size - first, area->vm_page_prot);
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = control,
	.mmap = give_memory,
};

static struct miscdevice node = { .minor = MISC_DYNAMIC_MINOR, .name = "dmaproof-pt", .fops = &operations };

static int __init start(void)
{
	memory = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_COMP, PAGES_ORDER);
	extra = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_COMP, EXTRA_ORDER);
	if (!memory || !extra)
		return -ENOMEM;
	return misc_register(&node);
}
device_initcall(start);
