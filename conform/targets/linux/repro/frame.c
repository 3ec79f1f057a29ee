#define _GNU_SOURCE
#include "../agent/agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PASS, FAIL, SKIP = 4 }; /* as kselftest has them */

#define die(format, ...) (printf("ok 1 - could not run # SKIP " format ": %m\n", ##__VA_ARGS__), exit(SKIP))

/* The first that is not as it was then. */
static const char *first_other;

static void expect_word(const char *what, const char *now, const char *then)
{
	printf("# %s: %s, then %s\n", what, now, then);
	if (!first_other && strcmp(now, then))
		first_other = what;
}

static void expect_number(const char *what, long long now, long long then)
{
	printf("# %s: %lld, then %lld\n", what, now, then);
	if (!first_other && now != then)
		first_other = what;
}

static void expect_outcome(const char *call, int error, const char *then)
{
	const char *name = error ? strerrorname_np(error) : "ok";
	expect_word(call, name ? name : "EUNKNOWN", then);
}

static void begin_test(int count, char **addresses, int needed)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n1..1\n");
	if (count < needed)
		die("expected the PCI addresses of %d devices", needed);
	for (int i = 0; i < needed; i++)
		devices[i] = (struct device){ .address = addresses[i], .group_fd = -1, .fd = -1 };
	device_count = needed;
}

static int end_test(void)
{
	if (first_other)
		printf("ok 1 - not reproduced: %s was answered otherwise than then\n", first_other);
	else
		printf("not ok 1 - reproduced: every call was answered as it was then\n");
	return first_other ? PASS : FAIL;
}

static int skip_test(const char *why)
{
	printf("ok 1 - cannot tell # SKIP %s\n", why);
	return SKIP;
}
