#include "../../agent/agent.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fault interrupts of VT-d or SMMUv3, on all CPUs: the kernel's own message about a fault is rate-limited. */
long long interrupt_count(void)
{
	char line[4096];
	long long count = 0;
	bool is_there = false;
	FILE *file = fopen("/proc/interrupts", "r");
	while (file && fgets(line, sizeof line, file)) {
		if (!strstr(line, "dmar") && !strstr(line, "arm-smmu-v3-evtq"))
			continue;
		is_there = true;
		for (char *word = strtok(strchr(line, ':') + 1, " "); word && isdigit(*word); word = strtok(NULL, " "))
			count += atoll(word);
	}
	if (!is_there)
		die("the IOMMU has no fault interrupt");
	fclose(file);
	return count;
}
