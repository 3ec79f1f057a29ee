#include "agent.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The IOMMU's fault interrupt: the kernel counts it, while its own message about a fault is rate-limited. */
static int counter = -1;

void faults_open(void)
{
	DIR *folder = opendir("/sys/kernel/irq");
	for (struct dirent *entry; folder && counter < 0 && (entry = readdir(folder));) {
		char path[PATH_MAX], text[256];
		snprintf(path, sizeof path, "/sys/kernel/irq/%s/actions", entry->d_name);
		if (strncmp(read_file(path, text, sizeof text), "dmar", 4))
			continue;
		snprintf(path, sizeof path, "/sys/kernel/irq/%s/per_cpu_count", entry->d_name);
		counter = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (folder)
		closedir(folder);
	if (counter < 0)
		die("the IOMMU has no fault interrupt");
}

long long fault_count(void)
{
	char text[64];
	ssize_t length = pread(counter, text, sizeof text - 1, 0);
	if (length <= 0)
		die("the count of fault interrupts cannot be read");
	text[length] = 0;
	return atoll(text);
}
