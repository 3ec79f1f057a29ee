#define _GNU_SOURCE
#include "agent.h"
#include "uapi.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Memory that starts shared takes a machine without private memory; the file keeps its machine. */
int make_guest_memfd(uint64_t pages)
{
	struct kvm_create_guest_memfd memfd = {
		.size = pages * PAGE, .flags = GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED
	};
	int host = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int machine = host < 0 ? -1 : ioctl(host, KVM_CREATE_VM, 0);
	int fd = machine < 0 ? -1 : ioctl(machine, KVM_CREATE_GUEST_MEMFD, &memfd);
	if (machine >= 0)
		close(machine);
	if (host >= 0)
		close(host);
	return fd;
}

/* Kept once it was made: what is behind it does not matter, since a map by file must refuse it. */
int filled_guest_memfd(uint64_t pages)
{
	static int fd = -1;
	static uint64_t size;
	if (fd >= 0 && size >= pages)
		return fd;
	if (fd >= 0)
		close(fd);
	fd = make_guest_memfd(pages);
	if (fd < 0)
		return -1;
	void *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		die("a guest_memfd cannot be mapped");
	memset(memory, 1, pages * PAGE);
	munmap(memory, pages * PAGE);
	size = pages;
	return fd;
}

struct place place_in_guest_memfd(uint64_t page)
{
	return (struct place){ filled_guest_memfd(backing_pages), page * PAGE };
}
