#define _GNU_SOURCE
#include "agent.h"

#include <unistd.h>

/* Page 0 is eight pages before the end of a page table, so that short ranges cross into the next, and away from MSIs. */
uint64_t first_iova = 0x40200000ull - 8 * PAGE;
uint64_t page_size = PAGE;
uint64_t scratch_iova = 0x20000000ull;

/* Of a page that is larger than the kernel's, sometimes the first of those is looked at, and sometimes the last. */
uint64_t offset_of(uint64_t page)
{
	return page * page_size + (page % 2 ? page_size - PAGE : 0);
}

uint64_t iova_of(uint64_t page)
{
	return first_iova + offset_of(page);
}

struct range range_of(uint64_t page, uint64_t count)
{
	return (struct range){ first_iova + page * page_size, count * page_size };
}

struct range misaligned(struct range range)
{
	return (struct range){ range.iova + PAGE / 2, range.length - PAGE / 2 };
}

struct range wrapping(struct range range)
{
	return (struct range){ -PAGE, range.length + PAGE };
}

bool is_amd_vi(void)
{
	return !access("/sys/class/iommu/ivhd0", F_OK);
}

/* Behind what the IOMMU can address. AMD-Vi can address everything; there it is in the range of HyperTransport. */
struct range outside(struct range range)
{
	uint64_t first = is_amd_vi() ? 0xfd00000000ull : 1ull << 60;
	return (struct range){ first + range.iova - first_iova, range.length };
}

struct range empty(struct range range)
{
	return (struct range){ range.iova, 0 };
}
