#include "agent.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* /proc/vmstat, to which a write to stat_refresh has added each CPU's share. */
static const char *vmstat(void)
{
	static int fd = -1;
	static char text[16384];
	if (write_file("/proc/sys/vm/stat_refresh", "1"))
		die("/proc/vmstat cannot be refreshed");
	if (fd < 0)
		fd = open("/proc/vmstat", O_RDONLY | O_CLOEXEC);
	ssize_t length = pread(fd, text, sizeof text - 1, 0);
	text[length > 0 ? length : 0] = 0;
	return text;
}

/* @param name with the end of the line before it, and the blank behind it */
static long long number_in(const char *text, const char *name)
{
	const char *found = strstr(text, name);
	if (!found)
		die("/proc/vmstat has no %s", name + 1);
	return atoll(found + strlen(name));
}

long long pinned_pages(void)
{
	const char *text = vmstat();
	return number_in(text, "\nnr_foll_pin_acquired ") - number_in(text, "\nnr_foll_pin_released ");
}

long long table_frames(void)
{
	return number_in(vmstat(), "\nnr_iommu_pages ");
}

static long long own_status(const char *name)
{
	static int fd = -1;
	static char text[8192];
	if (fd < 0)
		fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t length = pread(fd, text, sizeof text - 1, 0);
	text[length > 0 ? length : 0] = 0;
	const char *found = strstr(text, name);
	if (!found)
		die("/proc/self/status says nothing of locked memory");
	return atoll(found + strlen(name)) * 1024 / (long long)PAGE;
}

/* type1 counts what it pins as locked memory, iommufd as pinned memory. */
long long locked_memory(void)
{
	return own_status("\nVmLck:");
}

long long pinned_memory(void)
{
	return own_status("\nVmPin:");
}

/* Of an interface without a limit of entries. */
long long no_entries(void)
{
	return -1;
}
