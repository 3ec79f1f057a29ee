/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What /dev/dmaproof_pt understands: iommu_map() and iommu_unmap() on its domains, and which of them a device is attached
 * to, with nothing above them.
 */
#ifndef DMAPROOF_PT_H
#define DMAPROOF_PT_H

#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * mmap() gives the device's memory: first a physically contiguous run, aligned to 2 MiB, that is mapped for DMA; then
 * two pages of their own.
 */
#define DMAPROOF_PT_PAGES 2048
#define DMAPROOF_PT_SCRATCH 2
#define DMAPROOF_PT_DOMAINS 2

struct dmaproof_pt_map {
	__u64 domain;
	__u64 iova;
	/* Of the memory; the range lies in the run or in the two pages. */
	__u64 page, count;
	/* 1 the device may read, 2 it may write. */
	__u64 permissions;
};

struct dmaproof_pt_unmap {
	__u64 domain;
	__u64 iova, count;
	/* What iommu_unmap() returned, in bytes. */
	__u64 unmapped;
};

struct dmaproof_pt_look {
	__u64 domain;
	__u64 iova;
	/* What iommu_iova_to_phys() returned, as a page of the memory; 0 in `there` for none. */
	__u64 page, there;
};

struct dmaproof_pt_place {
	/* A detach does not look at it. */
	__u64 domain;
	__u64 device;
};

/* Fresh domains, the first so many devices attached to the first of them. */
#define DMAPROOF_PT_RESET _IO('T', 0)
/* Fails as iommu_map() did. */
#define DMAPROOF_PT_MAP _IOW('T', 1, struct dmaproof_pt_map)
#define DMAPROOF_PT_UNMAP _IOWR('T', 2, struct dmaproof_pt_unmap)
#define DMAPROOF_PT_LOOK _IOWR('T', 3, struct dmaproof_pt_look)
/* iommu_attach_group_handle(), iommu_replace_group_handle(), iommu_detach_group_handle(): as iommufd places a device. */
#define DMAPROOF_PT_ATTACH _IOW('T', 4, struct dmaproof_pt_place)
#define DMAPROOF_PT_REPLACE _IOW('T', 5, struct dmaproof_pt_place)
#define DMAPROOF_PT_DETACH _IOW('T', 6, struct dmaproof_pt_place)

#endif
