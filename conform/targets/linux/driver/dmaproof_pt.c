// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/dmaproof_pt: IOMMU domains whose page tables a process fills and empties through iommu_map() and iommu_unmap(),
 * and nothing else. QEMU's `edu` devices that are bound to the driver of this name are attached to them, as iommufd
 * does it; their registers are the process's own business (`resource0` in sysfs).
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/iommu.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/sort.h>
#include <linux/uaccess.h>

#include "dmaproof_pt.h"
#include "iommu-priv.h"

#define ALL_PAGES (DMAPROOF_PT_PAGES + DMAPROOF_PT_SCRATCH)
#define BLOCK_ORDER 10
#define BLOCK_PAGES (1 << BLOCK_ORDER)
#define BLOCKS (DMAPROOF_PT_PAGES / BLOCK_PAGES)
#define MOST_BLOCKS 32
#define MOST_DEVICES 8

static DEFINE_MUTEX(lock);
static struct place {
	struct pci_dev *pci;
	/* The core keeps one of them while the device is attached, and wants another for a replacement. */
	struct iommu_attach_handle handles[2];
	unsigned int turn;
} devices[MOST_DEVICES];
/* The first so many are ours: without a domain of ours they are blocked, and not back with the kernel's DMA API. */
static unsigned int device_count, owned;
static struct iommu_domain *domains[DMAPROOF_PT_DOMAINS];
static struct page *pages[ALL_PAGES];
static bool is_open;

static int by_address(const void *a, const void *b)
{
	struct page *const *left = a, *const *right = b;

	return page_to_pfn(*left) < page_to_pfn(*right) ? -1 : 1;
}

/* Where so many blocks in order begin that follow each other; -1 if none do. */
static int find_run(struct page **blocks, int count)
{
	int length = 1, i;

	for (i = 1; i <= count; i++) {
		if (length == BLOCKS)
			return i - BLOCKS;
		if (i < count && page_to_pfn(blocks[i]) == page_to_pfn(blocks[i - 1]) + BLOCK_PAGES)
			length++;
		else
			length = 1;
	}
	return -1;
}

/* The allocator's largest blocks are smaller than the run: neighbours are taken, and the others are given back. */
static int allocate_run(void)
{
	struct page *blocks[MOST_BLOCKS];
	int count = 0, first = -1, i, page;

	while (first < 0 && count < MOST_BLOCKS) {
		blocks[count] = alloc_pages(GFP_KERNEL | __GFP_NOWARN, BLOCK_ORDER);
		if (!blocks[count])
			break;
		count++;
		sort(blocks, count, sizeof(*blocks), by_address, NULL);
		first = find_run(blocks, count);
	}
	for (i = 0; i < count; i++) {
		if (first < 0 || i < first || i >= first + BLOCKS) {
			__free_pages(blocks[i], BLOCK_ORDER);
			continue;
		}
		split_page(blocks[i], BLOCK_ORDER);
		for (page = 0; page < BLOCK_PAGES; page++)
			pages[(i - first) * BLOCK_PAGES + page] = blocks[i] + page;
	}
	return first < 0 ? -ENOMEM : 0;
}

static int allocate_memory(void)
{
	struct page *scratch;
	int i, error;

	if (pages[0])
		return 0;
	error = allocate_run();
	if (error)
		return error;
	/* Never undone: the memory stays for the next who opens the device. */
	scratch = alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 1);
	split_page(scratch, 1);
	for (i = 0; i < DMAPROOF_PT_SCRATCH; i++)
		pages[DMAPROOF_PT_PAGES + i] = scratch + i;
	return 0;
}

static int place_at(const struct dmaproof_pt_place *asked, bool replaces)
{
	struct place *place = &devices[asked->device];
	struct iommu_attach_handle *handle = &place->handles[place->turn ^ 1];
	struct iommu_domain *domain = domains[asked->domain];
	struct iommu_group *group = iommu_group_get(&place->pci->dev);
	int error = replaces ? iommu_replace_group_handle(group, domain, handle) :
			       iommu_attach_group_handle(domain, group, handle);

	iommu_group_put(group);
	if (!error)
		place->turn ^= 1;
	return error;
}

static void detach(unsigned int device)
{
	struct place *place = &devices[device];
	struct iommu_group *group = iommu_group_get(&place->pci->dev);

	iommu_detach_group_handle(place->handles[place->turn].domain, group);
	iommu_group_put(group);
}

static void close_domains(void)
{
	int i;

	while (owned) {
		detach(--owned);
		iommu_device_release_dma_owner(&devices[owned].pci->dev);
	}
	for (i = 0; i < DMAPROOF_PT_DOMAINS; i++) {
		if (domains[i])
			iommu_domain_free(domains[i]);
		domains[i] = NULL;
	}
}

/*
 * In the first domain, by way of the others: one of Linux 6.12 has superpages when it has had a device. What an earlier
 * domain of the same number left in the IOTLB, where a kernel forgot to flush it, is no later call's doing.
 */
static int place_first(unsigned int device)
{
	struct dmaproof_pt_place place = { .device = device, .domain = DMAPROOF_PT_DOMAINS };
	int error = 0;

	while (!error && place.domain--) {
		error = place_at(&place, true);
		if (!error)
			iommu_flush_iotlb_all(domains[place.domain]);
	}
	return error;
}

static int open_domains(unsigned long count)
{
	int i;

	for (i = 0; i < DMAPROOF_PT_DOMAINS; i++) {
		struct iommu_domain *fresh = iommu_paging_domain_alloc(&devices[0].pci->dev);

		if (IS_ERR(fresh))
			return PTR_ERR(fresh);
		domains[i] = fresh;
	}
	while (owned < count) {
		int error = iommu_device_claim_dma_owner(&devices[owned].pci->dev, devices);

		if (error)
			return error;
		error = place_first(owned++);
		if (error)
			return error;
	}
	return 0;
}

static int reset(unsigned long count)
{
	int error;

	close_domains();
	if (!count || count > device_count)
		return -ENODEV;
	error = open_domains(count);
	if (error)
		close_domains();
	return error;
}

static bool is_run(u64 page, u64 count)
{
	u64 end = page < DMAPROOF_PT_PAGES ? DMAPROOF_PT_PAGES : ALL_PAGES;

	return page < end && count && count <= end - page;
}

static int map(const struct dmaproof_pt_map *asked)
{
	int prot = (asked->permissions & 1 ? IOMMU_READ : 0) | (asked->permissions & 2 ? IOMMU_WRITE : 0);

	if (!is_run(asked->page, asked->count))
		return -EDOM;
	return iommu_map(domains[asked->domain], asked->iova, page_to_phys(pages[asked->page]),
			 asked->count << PAGE_SHIFT, prot, GFP_KERNEL);
}

static void look(struct dmaproof_pt_look *asked)
{
	phys_addr_t phys = iommu_iova_to_phys(domains[asked->domain], asked->iova);
	int i;

	asked->there = phys != 0;
	asked->page = ~0ull;
	for (i = 0; phys && i < ALL_PAGES; i++)
		if (page_to_phys(pages[i]) == (phys & PAGE_MASK))
			asked->page = i;
}

union asked {
	struct dmaproof_pt_map map;
	struct dmaproof_pt_unmap unmap;
	struct dmaproof_pt_look look;
	struct dmaproof_pt_place place;
};

static int carry_out(unsigned int call, union asked *asked)
{
	switch (call) {
	case DMAPROOF_PT_MAP:
		return map(&asked->map);
	case DMAPROOF_PT_UNMAP:
		asked->unmap.unmapped = iommu_unmap(domains[asked->unmap.domain], asked->unmap.iova,
						    asked->unmap.count << PAGE_SHIFT);
		return 0;
	case DMAPROOF_PT_LOOK:
		look(&asked->look);
		return 0;
	case DMAPROOF_PT_ATTACH:
		return place_at(&asked->place, false);
	case DMAPROOF_PT_REPLACE:
		return place_at(&asked->place, true);
	case DMAPROOF_PT_DETACH:
		detach(asked->place.device);
		return 0;
	}
	return -ENOTTY;
}

static bool is_place(unsigned int call)
{
	return call == DMAPROOF_PT_ATTACH || call == DMAPROOF_PT_REPLACE || call == DMAPROOF_PT_DETACH;
}

static long answer(unsigned int call, void __user *argument)
{
	union asked asked;
	int error;

	if (_IOC_TYPE(call) != 'T' || _IOC_SIZE(call) > sizeof(asked) || _IOC_SIZE(call) < sizeof(__u64))
		return -ENOTTY;
	if (!owned)
		return -ENXIO;
	if (copy_from_user(&asked, argument, _IOC_SIZE(call)))
		return -EFAULT;
	/* The domain comes first in each of them. */
	if (asked.place.domain >= DMAPROOF_PT_DOMAINS || (is_place(call) && asked.place.device >= owned))
		return -EDOM;
	error = carry_out(call, &asked);
	if (error)
		return error;
	return copy_to_user(argument, &asked, _IOC_SIZE(call)) ? -EFAULT : 0;
}

static long on_ioctl(struct file *file, unsigned int call, unsigned long argument)
{
	long result;

	mutex_lock(&lock);
	result = call == DMAPROOF_PT_RESET ? reset(argument) : answer(call, (void __user *)argument);
	mutex_unlock(&lock);
	return result;
}

static int on_mmap(struct file *file, struct vm_area_struct *vma)
{
	return vm_map_pages(vma, pages, ALL_PAGES);
}

static int on_open(struct inode *inode, struct file *file)
{
	int error;

	mutex_lock(&lock);
	error = is_open ? -EBUSY : allocate_memory();
	is_open |= !error;
	mutex_unlock(&lock);
	return error;
}

static int on_release(struct inode *inode, struct file *file)
{
	mutex_lock(&lock);
	close_domains();
	is_open = false;
	mutex_unlock(&lock);
	return 0;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = on_open,
	.release = on_release,
	.unlocked_ioctl = on_ioctl,
	.mmap = on_mmap,
};

static struct miscdevice misc = { .minor = MISC_DYNAMIC_MINOR, .name = "dmaproof_pt", .fops = &operations };

static int on_probe(struct pci_dev *device, const struct pci_device_id *id)
{
	int error = pci_enable_device(device);

	if (error)
		return error;
	pci_set_master(device);
	mutex_lock(&lock);
	error = device_count < MOST_DEVICES ? 0 : -ENOSPC;
	if (!error)
		devices[device_count++].pci = device;
	mutex_unlock(&lock);
	return error;
}

static void on_remove(struct pci_dev *device)
{
	unsigned int i;

	mutex_lock(&lock);
	close_domains();
	for (i = 0; i < device_count && devices[i].pci != device; i++)
		;
	if (i < device_count)
		memmove(devices + i, devices + i + 1, (--device_count - i) * sizeof(*devices));
	mutex_unlock(&lock);
	pci_disable_device(device);
}

/* Only a device whose driver_override names this driver. */
static const struct pci_device_id ids[] = {
	{ PCI_DEVICE_DRIVER_OVERRIDE(0x1234, 0x11e8, 1) },
	{}
};

static struct pci_driver driver = {
	.name = "dmaproof_pt",
	.id_table = ids,
	.probe = on_probe,
	.remove = on_remove,
	/* As for VFIO: nobody else sets up DMA for it. */
	.driver_managed_dma = true,
};

static int __init start(void)
{
	int error = misc_register(&misc);

	if (error)
		return error;
	error = pci_register_driver(&driver);
	if (error)
		misc_deregister(&misc);
	return error;
}

static void __exit end(void)
{
	int i;

	pci_unregister_driver(&driver);
	misc_deregister(&misc);
	for (i = 0; i < ALL_PAGES && pages[i]; i++)
		__free_page(pages[i]);
}

module_init(start);
module_exit(end);
MODULE_DESCRIPTION("A page table of the IOMMU with nothing above it, for dmaproof");
MODULE_LICENSE("GPL");
