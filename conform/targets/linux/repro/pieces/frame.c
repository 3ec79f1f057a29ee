#define _GNU_SOURCE
#include "../../agent/agent.h"

#include <stdio.h>
#include <stdlib.h>

enum { PASS, FAIL, SKIP = 4 }; /* as kselftest has them */

#define die(format, ...) (printf("ok 1 - could not run # SKIP " format ": %m\n", ##__VA_ARGS__), exit(SKIP))

/* for set-up that the calls stand on */
#define must(call) ((call) < 0 ? die(#call) : (void)0)

static const char *first_other; /* the first that is not as it was then */

static void expect(const char *what, long long now, long long then)
{
	printf("# %s: %lld, then %lld\n", what, now, then);
	if (!first_other && now != then)
		first_other = what;
}
