#include "agent.h"

#include <string.h>

/*
 * What each interface makes of the calls on a container. `dmaproof repro` reads this table, too: a reproducer calls the
 * functions of its interface by their own names.
 */
static const struct interface interfaces[] = {
	{
		.name = "type1",
		.open = type1_open, .close = vfio_close, .ready = vfio_ready,
		.map = vfio_map, .unmap = vfio_unmap, .unmap_all = vfio_unmap_all,
		.entries_left = vfio_entries_left, .locked = locked_memory,
		.scratch = new_scratch, .map_scratch = map_scratch_once,
	},
	{
		.name = "type1v2",
		.open = type1v2_open, .close = vfio_close, .ready = vfio_ready,
		.map = vfio_map, .unmap = vfio_unmap, .unmap_all = vfio_unmap_all,
		.entries_left = vfio_entries_left, .locked = locked_memory,
		.scratch = new_scratch, .map_scratch = map_scratch_once,
	},
	{
		.name = "compat",
		.open = compat_open, .close = vfio_close, .ready = vfio_ready,
		.map = vfio_map, .unmap = vfio_unmap, .unmap_all = vfio_unmap_all,
		.entries_left = vfio_entries_left, .locked = pinned_memory,
		.scratch = new_scratch, .map_scratch = map_scratch_once,
	},
	{
		.name = "iommufd",
		.open = iommufd_open, .close = iommufd_close, .ready = vfio_ready,
		.map = iommufd_map, .unmap = iommufd_unmap, .unmap_all = iommufd_unmap_all,
		.entries_left = no_entries, .locked = pinned_memory,
		.scratch = new_scratch, .map_scratch = map_scratch_once,
	},
	{
		.name = "iommufd-file",
		.open = iommufd_open, .close = iommufd_close, .ready = vfio_ready,
		.map = iommufd_map, .unmap = iommufd_unmap, .unmap_all = iommufd_unmap_all, .map_file = iommufd_map_file,
		.entries_left = no_entries, .locked = pinned_memory,
		.scratch = new_scratch, .map_scratch = map_scratch_once,
	},
	{
		.name = "iommufd-replace",
		.open = replace_open, .close = iommufd_close, .ready = vfio_ready,
		.map = replace_map, .unmap = replace_unmap, .unmap_all = replace_unmap_all,
		.entries_left = no_entries, .locked = pinned_memory,
		.scratch = new_scratch, .map_scratch = map_scratch_once,
	},
	{
		.name = "page-table",
		.open = table_open, .close = table_close, .ready = sysfs_ready,
		.map = table_map, .unmap = table_unmap,
		.entries_left = no_entries, .locked = pinned_memory,
		.scratch = table_scratch, .map_scratch = table_map_scratch,
	},
};

static const struct interface *in_use;

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

bool is_table(const char *interface)
{
	return !strcmp(interface, "page-table");
}

void container_use(const char *interface)
{
	for (size_t i = 0; i < sizeof interfaces / sizeof *interfaces; i++)
		if (!strcmp(interfaces[i].name, interface))
			in_use = &interfaces[i];
	if (!in_use)
		die("an interface that this agent does not know: %s", interface);
}

void container_open(int count)
{
	in_use->open(count);
}

void container_close(void)
{
	in_use->close();
}

void container_ready(struct device *device)
{
	in_use->ready(device);
}

int container_map(struct range range, void *memory, int permissions)
{
	return in_use->map(range, memory, permissions);
}

int container_map_file(struct range range, struct place place, int permissions)
{
	return in_use->map_file(range, place, permissions);
}

int container_unmap(struct range range, uint64_t *unmapped)
{
	return in_use->unmap(range, unmapped);
}

int container_unmap_all(uint64_t *unmapped)
{
	return in_use->unmap_all(unmapped);
}

long long container_entries_left(void)
{
	return in_use->entries_left();
}

long long container_locked(void)
{
	return in_use->locked();
}

uint8_t *container_scratch(void)
{
	return in_use->scratch();
}

int container_map_scratch(struct range range, void *memory)
{
	return in_use->map_scratch(range, memory);
}
