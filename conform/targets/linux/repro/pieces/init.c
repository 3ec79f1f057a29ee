#define _GNU_SOURCE
#include "../../agent/agent.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

_Noreturn void die(const char *format, ...)
{
	int error = errno;
	va_list arguments;
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	fprintf(stderr, " (last errno: %s)\n", strerror(error));
	tcdrain(STDERR_FILENO);
	reboot(RB_POWER_OFF);
	_exit(1);
}

/* What the test is started with: the devices' addresses. */
static char *words[MAX_DEVICES + 2] = { "/repro" };
static int word_count = 1;

static void add_word(const char *address)
{
	if (word_count <= MAX_DEVICES)
		words[word_count++] = strdup(address);
}

static void run_test(const char *driver)
{
	boot_system();
	dup2(STDERR_FILENO, STDOUT_FILENO);
	bind_devices(driver, add_word);
	if (!fork()) {
		execv(words[0], words);
		die("%s cannot be started", words[0]);
	}
	wait(NULL);
	tcdrain(STDOUT_FILENO);
	reboot(RB_POWER_OFF);
}
