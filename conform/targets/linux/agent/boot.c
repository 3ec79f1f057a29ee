#define _GNU_SOURCE
#include "agent.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void mount_all(void)
{
	static const char *const mounts[][2] = {
		{ "devtmpfs", "/dev" }, { "proc", "/proc" }, { "sysfs", "/sys" }, { "tmpfs", "/tmp" },
	};
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		mkdir(mounts[i][1], 0755);
		mount(mounts[i][0], mounts[i][1], mounts[i][0], 0, 0);
	}
	if (!freopen("/dev/console", "w", stderr))
		_exit(1);
}

/* The initrd has them numbered in the order in which they must load: 00.ko, 01.ko, … */
static void load_modules(void)
{
	for (int i = 0;; i++) {
		char path[32];
		snprintf(path, sizeof path, "/modules/%02d.ko", i);
		int fd = open(path, O_RDONLY);
		if (fd < 0)
			return;
		if (syscall(SYS_finit_module, fd, "", 0))
			die("%s does not load", path);
		close(fd);
	}
}

void boot_system(void)
{
	mount_all();
	/* Few frames at hand (backing_fill). */
	write_file("/proc/sys/vm/percpu_pagelist_high_fraction", "1000000");
	load_modules();
}
