#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

uint8_t *backing;
int backing_fd = -1;
int backing_pages;

int new_memfd(int pages)
{
	int fd = memfd_create("backing", MFD_CLOEXEC);
	return fd >= 0 && ftruncate(fd, pages * PAGE) ? -1 : fd;
}

void backing_open(int pages, int fd)
{
	backing_pages = pages;
	backing_fd = fd;
	backing = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (backing == MAP_FAILED)
		die("the backing cannot be mapped");
	frames_forget();
}

void backing_close(void)
{
	if (backing)
		munmap(backing, backing_pages * PAGE);
	close(backing_fd);
	backing = NULL;
}

/* Frames: more than the kernel keeps at hand for the next who asks, in whatever order they became free. */
#define AT_HAND 1024

/*
 * A kernel pins and maps frames that follow each other at one go, and others one by one. So each sequence has both: in the last
 * quarter of the pages the frames are in reverse order.
 */
void backing_fill(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, reversed = backing_pages / 4;
	void *at_hand = mmap(NULL, AT_HAND * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (at_hand == MAP_FAILED)
		die("no memory for frames in order");
	for (int page = 0; page < backing_pages - reversed; page++)
		(void)((volatile uint8_t *)backing)[page * PAGE];
	for (int page = backing_pages; page-- > backing_pages - reversed;)
		(void)((volatile uint8_t *)backing)[page * PAGE];
	munmap(at_hand, AT_HAND * PAGE);
}

void backing_of_table(int pages)
{
	backing_pages = pages;
	backing = table_memory();
	memset(backing, 0, pages * page_size);
}

int punch(int fd, uint64_t page, uint64_t count)
{
	int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	return fallocate(fd, mode, page * PAGE, count * PAGE) ? errno : 0;
}

int punch_backing(uint64_t page, uint64_t count)
{
	return punch(backing_fd, page, count);
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

void *memory_of(uint64_t page)
{
	return backing + page * page_size;
}

void *memory_but_last(uint64_t page, uint64_t count)
{
	static uint8_t *memory;
	static size_t left;
	if (left)
		munmap(memory, left);
	memory = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, backing_fd, page * PAGE);
	if (memory == MAP_FAILED)
		die("the memory cannot be mapped once more");
	left = (count - 1) * PAGE;
	munmap(memory + left, PAGE);
	return memory;
}

struct place place_of(uint64_t page)
{
	return (struct place){ backing_fd, page * PAGE };
}

/* Behind the end of the file there is nothing. */
struct place place_behind(void)
{
	return place_of(backing_pages);
}
