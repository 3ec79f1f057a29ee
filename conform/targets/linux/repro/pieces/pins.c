#include "../../agent/agent.h"

#include <stdio.h>
#include <string.h>

/* Pages that anything has pinned. /proc/vmstat has them when a write to stat_refresh has added each CPU's share. */
long long pinned_pages(void)
{
	char name[64];
	long long count, pins = 0;
	FILE *refresh = fopen("/proc/sys/vm/stat_refresh", "w"), *counters = fopen("/proc/vmstat", "r");
	if (!refresh || !counters || fputs("1", refresh) < 0 || fclose(refresh))
		die("/proc/vmstat cannot be refreshed");
	while (fscanf(counters, "%63s %lld", name, &count) == 2) {
		if (!strcmp(name, "nr_foll_pin_acquired"))
			pins += count;
		if (!strcmp(name, "nr_foll_pin_released"))
			pins -= count;
	}
	fclose(counters);
	return pins;
}
