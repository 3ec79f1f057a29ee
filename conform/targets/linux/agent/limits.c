#define _GNU_SOURCE
#include "agent.h"

#include <limits.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

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
