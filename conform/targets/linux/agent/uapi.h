/*
 * The kernel's ABI as far as Debian 12's headers, which are those of Linux 6.1, do not have it yet.
 * Names and layouts are those of include/uapi/linux/{iommufd,vfio,kvm}.h of Linux 6.12 and 7.2.
 */
#ifndef UAPI_H
#define UAPI_H

#include <linux/ioctl.h>
#include <linux/kvm.h>
#include <linux/types.h>
#include <linux/vfio.h>

/* <linux/iommufd.h>, which is included nowhere. */
#define IOMMUFD_TYPE (';')

struct iommu_ioas_alloc {
	__u32 size, flags, out_ioas_id;
};
struct iommu_ioas_map {
	__u32 size, flags, ioas_id, reserved;
	__aligned_u64 user_va, length, iova;
};
struct iommu_ioas_copy {
	__u32 size, flags, dst_ioas_id, src_ioas_id;
	__aligned_u64 length, dst_iova, src_iova;
};
struct iommu_destroy {
	__u32 size, id;
};
/* As in 6.12: a longer one is for what is left out here. */
struct iommu_hwpt_alloc {
	__u32 size, flags, dev_id, pt_id, out_hwpt_id, reserved, data_type, data_len;
	__aligned_u64 data_uptr;
};
struct iommu_ioas_unmap {
	__u32 size, ioas_id;
	__aligned_u64 iova, length;
};
struct iommu_ioas_map_file {
	__u32 size, flags, ioas_id;
	__s32 fd;
	__aligned_u64 start, length, iova;
};
struct iommu_vfio_ioas {
	__u32 size, ioas_id;
	__u16 op, reserved;
};

#define IOMMU_IOAS_MAP_FIXED_IOVA (1 << 0)
#define IOMMU_IOAS_MAP_WRITEABLE (1 << 1)
#define IOMMU_IOAS_MAP_READABLE (1 << 2)
#define IOMMU_VFIO_IOAS_SET 1
#define IOMMU_DESTROY _IO(IOMMUFD_TYPE, 0x80)
#define IOMMU_IOAS_ALLOC _IO(IOMMUFD_TYPE, 0x81)
#define IOMMU_IOAS_COPY _IO(IOMMUFD_TYPE, 0x83)
#define IOMMU_IOAS_MAP _IO(IOMMUFD_TYPE, 0x85)
#define IOMMU_IOAS_UNMAP _IO(IOMMUFD_TYPE, 0x86)
#define IOMMU_VFIO_IOAS _IO(IOMMUFD_TYPE, 0x88)
#define IOMMU_HWPT_ALLOC _IO(IOMMUFD_TYPE, 0x89)
#define IOMMU_IOAS_MAP_FILE _IO(IOMMUFD_TYPE, 0x8f)

/* From here on a guard for what came with one version. */

#ifndef VFIO_DEVICE_BIND_IOMMUFD
struct vfio_device_bind_iommufd {
	__u32 argsz, flags;
	__s32 iommufd;
	__u32 out_devid;
};
#define VFIO_DEVICE_BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
struct vfio_device_attach_iommufd_pt {
	__u32 argsz, flags, pt_id;
};
#define VFIO_DEVICE_ATTACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 19)
#endif

#ifndef KVM_CREATE_GUEST_MEMFD
struct kvm_userspace_memory_region2 {
	__u32 slot, flags;
	__u64 guest_phys_addr, memory_size, userspace_addr, guest_memfd_offset;
	__u32 guest_memfd, pad1;
	__u64 pad2[14];
};
struct kvm_memory_attributes {
	__u64 address, size, attributes, flags;
};
struct kvm_create_guest_memfd {
	__u64 size, flags, reserved[6];
};

#define KVM_X86_SW_PROTECTED_VM 1
#define KVM_MEM_GUEST_MEMFD (1UL << 2)
#define KVM_MEMORY_ATTRIBUTE_PRIVATE (1ULL << 3)
#define KVM_SET_USER_MEMORY_REGION2 _IOW(KVMIO, 0x49, struct kvm_userspace_memory_region2)
#define KVM_SET_MEMORY_ATTRIBUTES _IOW(KVMIO, 0xd2, struct kvm_memory_attributes)
#define KVM_CREATE_GUEST_MEMFD _IOWR(KVMIO, 0xd4, struct kvm_create_guest_memfd)
#endif

#ifndef GUEST_MEMFD_FLAG_MMAP
#define GUEST_MEMFD_FLAG_MMAP (1ULL << 0)
#endif
#ifndef GUEST_MEMFD_FLAG_INIT_SHARED
#define GUEST_MEMFD_FLAG_INIT_SHARED (1ULL << 1)
#endif

#endif
