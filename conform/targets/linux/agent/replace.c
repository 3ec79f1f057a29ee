#include "agent.h"
#include "uapi.h"

#include <errno.h>
#include <sys/ioctl.h>

/* An address space, and the page table that the devices walk; the first page table is iommufd's own, and has no number. */
struct space {
	uint32_t ioas, table;
};

static int attached;
static struct space used;
/* What is mapped, or was until a call took it away. */
static struct {
	struct range range;
	int permissions;
} areas[2 * MAX_PAGES];
static int area_count;

void replace_open(int count)
{
	iommufd_open(count);
	attached = count;
	used = (struct space){ .ioas = first_ioas };
	area_count = 0;
}

static void destroy(uint32_t id)
{
	struct iommu_destroy destroy = { .size = sizeof destroy, .id = id };
	if (ioctl(iommufd, IOMMU_DESTROY, &destroy))
		die("object %u of the iommufd is still in use", id);
}

static void destroy_space(struct space space)
{
	if (space.table)
		destroy(space.table);
	destroy(space.ioas);
}

/* The page table comes first: with it the address space knows what may be mapped. */
static struct space new_space(void)
{
	struct space space = { .ioas = new_ioas(iommufd) };
	struct iommu_hwpt_alloc alloc = { .size = sizeof alloc, .dev_id = devices[0].id, .pt_id = space.ioas };
	if (ioctl(iommufd, IOMMU_HWPT_ALLOC, &alloc))
		die("no second page table");
	space.table = alloc.out_hwpt_id;
	return space;
}

/* A new space with what the one in use has. What is not there any more is forgotten. */
static struct space copied(void)
{
	struct space space = new_space();
	int kept = 0;
	for (int i = 0; i < area_count; i++) {
		int error = ioas_copy(used.ioas, space.ioas, areas[i].range, areas[i].permissions);
		if (error && error != ENOENT)
			die("a mapping cannot be copied: error %d", error);
		if (!error)
			areas[kept++] = areas[i];
	}
	area_count = kept;
	return space;
}

static void move_to(struct space space)
{
	for (int i = 0; i < attached; i++)
		iommufd_attach(&devices[i], space.table);
	destroy_space(used);
	used = space;
}

int replace_map(struct range range, void *memory, int permissions)
{
	struct space space = copied();
	int error = ioas_map(space.ioas, range, memory, permissions);
	if (error) {
		destroy_space(space);
		return error;
	}
	areas[area_count].range = range;
	areas[area_count++].permissions = permissions;
	move_to(space);
	return 0;
}

/* A call that fails may have taken something away before. */
int replace_unmap(struct range range, uint64_t *unmapped)
{
	struct space space = copied();
	int error = ioas_unmap(space.ioas, range, unmapped);
	move_to(space);
	return error;
}

int replace_unmap_all(uint64_t *unmapped)
{
	return replace_unmap((struct range){ 0, UINT64_MAX }, unmapped);
}
