#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
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
	reboot(RB_POWER_OFF);
	_exit(2);
}

/* The kernel ignores `dmaproof.interface=type1v2` on its command line; the agent reads it there. */
static bool read_word(const char *key, char word[16])
{
	char line[2048];
	const char *found = strstr(read_file("/proc/cmdline", line, sizeof line), key);
	return found && sscanf(found + strlen(key), "%15s", word) == 1;
}

static void read_boot(struct boot *boot)
{
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
static int open_port(void)
{
	for (int tries = 0; tries < 1000; tries++) {
		int fd = open("/dev/vport0p1", O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			return fd;
		usleep(5000);
	}
	die("no virtio-serial port");
}

int main(void)
{
	static struct boot boot;
	boot_system();
	read_boot(&boot);
	lines_open(open_port());
	signal(SIGPIPE, SIG_IGN);
	container_use(boot.interface);
	bind_devices(is_table(boot.interface) ? "dmaproof_pt" : "vfio-pci", add_device);
	faults_open();
	if (is_table(boot.interface))
		table_layout(TABLE_SUPERPAGE);
	scratch_open();
	bool goes_on = true;
	for (char *line; goes_on && (line = next_line());) {
		answer(&boot, line);
		goes_on = !strstr(line, "\"call\":\"bye\"");
	}
	lines_flush();
	reboot(RB_POWER_OFF);
}
