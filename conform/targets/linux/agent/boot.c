#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

_Noreturn void die(const char *format, ...)
{
	static bool is_dying;
	va_list arguments;
	int error = errno;
	va_start(arguments, format);
	fputs("agent: ", stderr);
	vfprintf(stderr, format, arguments);
	fprintf(stderr, " (last errno: %s)\n", strerror(error));
	va_end(arguments);
	/* What was answered stands: else the calls of an earlier sequence had no replies. */
	if (!is_dying) {
		is_dying = true;
		lines_flush();
	}
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	_exit(2);
}

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

/* The kernel ignores `dmaproof.interface=type1v2` on its command line; the agent reads it there. */
static bool read_word(const char *key, char word[16])
{
	char line[2048];
	const char *found = strstr(read_file("/proc/cmdline", line, sizeof line), key);
	return found && sscanf(found + strlen(key), "%15s", word) == 1;
}

void boot_system(struct boot *boot)
{
	mount_all();
	/* Few frames at hand (fill_backing). */
	write_file("/proc/sys/vm/percpu_pagelist_high_fraction", "1000000");
	load_modules();
	if (!read_word("dmaproof.interface=", boot->interface))
		die("the kernel's command line names no interface");
	if (!read_word("dmaproof.backing=", boot->backing))
		strcpy(boot->backing, "memfd");
	struct utsname name;
	uname(&name);
	bool is_memfd = !strcmp(boot->backing, "memfd");
	snprintf(boot->version, sizeof boot->version, "linux-%.50s%s%s", name.release, is_memfd ? "" : "+",
		 is_memfd ? "" : boot->backing);
}

/* The port appears a moment after the driver. */
int open_port(void)
{
	for (int tries = 0; tries < 1000; tries++) {
		int fd = open("/dev/vport0p1", O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			return fd;
		usleep(5000);
	}
	die("no virtio-serial port");
}
