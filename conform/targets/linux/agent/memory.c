#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

uint8_t *backing;
int backing_fd = -1;
int backing_pages;

static int new_memfd(int pages)
{
	int fd = memfd_create("backing", MFD_CLOEXEC);
	return fd >= 0 && ftruncate(fd, pages * PAGE) ? -1 : fd;
}

/* Frames: more than the kernel keeps at hand for the next who asks, in whatever order they became free. */
#define AT_HAND 1024

static void touch(int page)
{
	(void)*(volatile uint8_t *)(backing + page * PAGE);
}

/*
 * A kernel pins and maps frames that follow each other at one go, and others one by one. So each sequence has both: in the last
 * quarter of the pages the frames are in reverse order.
 */
static void fill_backing(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, reversed = backing_pages / 4;
	void *at_hand = mmap(NULL, AT_HAND * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (at_hand == MAP_FAILED)
		die("no memory for frames in order");
	for (int page = 0; page < backing_pages - reversed; page++)
		touch(page);
	for (int page = backing_pages; page-- > backing_pages - reversed;)
		touch(page);
	munmap(at_hand, AT_HAND * PAGE);
}

void backing_open(int pages, bool is_guest_memfd)
{
	if (backing) {
		munmap(backing, backing_pages * PAGE);
		close(backing_fd);
	}
	backing_pages = pages;
	backing_fd = is_guest_memfd ? make_guest_memfd(pages) : new_memfd(pages);
	if (backing_fd < 0)
		die("no backing");
	backing = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, backing_fd, 0);
	if (backing == MAP_FAILED)
		die("the backing cannot be mapped");
	fill_backing();
}

void backing_of_table(int pages)
{
	backing_pages = pages;
	backing = table_memory();
	memset(backing, 0, pages * layout.page_size);
}

int punch(int fd, uint64_t page, uint64_t count)
{
	int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	return fallocate(fd, mode, page * PAGE, count * PAGE) ? errno : 0;
}

/* Of a guest_memfd neither read() nor lseek() tells. */
bool backing_has(uint64_t page)
{
	unsigned char is_there;
	if (mincore(backing + offset_of(page), PAGE, &is_there))
		die("cannot tell whether page %llu of the backing is present", (unsigned long long)page);
	return is_there & 1;
}

void backing_peek(uint64_t page, uint8_t *bytes, size_t size)
{
	if (backing_has(page))
		memcpy(bytes, backing + offset_of(page), size);
	else
		memset(bytes, 0, size);
}

int value_of(const uint8_t *bytes)
{
	for (int i = 1; i < 16; i++)
		if (bytes[i] != bytes[0])
			return -1;
	return bytes[0];
}

/* Who may lock memory without limit is not limited: CAP_IPC_LOCK goes, and stays within reach. */
static void allow_unlimited(bool allowed)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2];
	if (syscall(SYS_capget, &header, sets))
		die("no capabilities");
	sets[0].effective = allowed ? sets[0].permitted : sets[0].permitted & ~(1u << CAP_IPC_LOCK);
	if (syscall(SYS_capset, &header, sets))
		die("the capabilities cannot be changed");
}

static long long memlock = LLONG_MAX;

void set_memlock(long long pages)
{
	bool unlimited = pages == LLONG_MAX;
	memlock = pages;
	rlim_t bytes = unlimited ? RLIM_INFINITY : pages * PAGE;
	if (setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ bytes, RLIM_INFINITY }))
		die("RLIMIT_MEMLOCK cannot be set");
	allow_unlimited(unlimited);
}

void raise_memlock(long long pages)
{
	if (memlock != LLONG_MAX)
		set_memlock(memlock + pages);
}

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

/* type1 counts what it pins as locked memory, iommufd as pinned memory. */
long long locked_pages(bool iommufd)
{
	static int fd = -1;
	static char text[8192];
	if (fd < 0)
		fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t length = pread(fd, text, sizeof text - 1, 0);
	text[length > 0 ? length : 0] = 0;
	const char *found = strstr(text, iommufd ? "\nVmPin:" : "\nVmLck:");
	if (!found)
		die("/proc/self/status says nothing of locked memory");
	return atoll(found + 7) * 1024 / (long long)PAGE;
}
