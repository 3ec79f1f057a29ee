#include "agent.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The fault interrupt, of VT-d or SMMUv3: the kernel counts it, while its own message about a fault is rate-limited. */
static int counter = -1;

void interrupt_open(void)
{
	DIR *folder = opendir("/sys/kernel/irq");
	for (struct dirent *entry; folder && counter < 0 && (entry = readdir(folder));) {
		char path[PATH_MAX], text[256];
		snprintf(path, sizeof path, "/sys/kernel/irq/%s/actions", entry->d_name);
		read_file(path, text, sizeof text);
		if (strncmp(text, "dmar", 4) && strncmp(text, "arm-smmu-v3-evtq", 16))
			continue;
		snprintf(path, sizeof path, "/sys/kernel/irq/%s/per_cpu_count", entry->d_name);
		counter = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (folder)
		closedir(folder);
	if (counter < 0)
		die("the IOMMU has no fault interrupt");
}

long long interrupt_count(void)
{
	char text[64];
	ssize_t length = pread(counter, text, sizeof text - 1, 0);
	if (length <= 0)
		die("the count of fault interrupts cannot be read");
	text[length] = 0;
	return atoll(text);
}

/*
 * AMD-Vi as QEMU 7.2 emulates it logs no event: amdvi_test_mask() in hw/i386/amd_iommu.c sets bits where it should look at them,
 * and amdvi_log_event() takes that for a full log.
 */
long long no_faults(void)
{
	return 0;
}
