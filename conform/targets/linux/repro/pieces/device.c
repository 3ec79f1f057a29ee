#include "../../agent/agent.h"

#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* All these take the place of the agent's where a page is one of the kernel's, and a device is opened by VFIO. */

/* across the end of a page table */
#define iova_of(page) (0x40200000ull + (page) * PAGE - 8 * PAGE)

#define first_iova iova_of(0)

#define range_of(page, count) ((struct range){ iova_of(page), (count) * PAGE })

#define offset_of(page) ((page) * PAGE)

#define memory_of(page) (backing + (page) * PAGE)

/* where devices store what they have read */
static uint8_t *scratch;

#define scratch_iova 0x20000000ull

/* vfio-pci takes bus mastering away when a device is opened. */
void vfio_ready(struct device *device)
{
	struct vfio_region_info bar = { .argsz = sizeof bar, .index = VFIO_PCI_BAR0_REGION_INDEX };
	struct vfio_region_info config = { .argsz = sizeof config, .index = VFIO_PCI_CONFIG_REGION_INDEX };
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	must(ioctl(device->fd, VFIO_DEVICE_GET_REGION_INFO, &bar));
	must(ioctl(device->fd, VFIO_DEVICE_GET_REGION_INFO, &config));
	must(pwrite(device->fd, &command, sizeof command, config.offset + PCI_COMMAND));
	device->bar_size = bar.size;
	device->bar = mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED, device->fd, bar.offset);
	if (device->bar == MAP_FAILED)
		die("%s: BAR 0 cannot be mapped", device->address);
}
