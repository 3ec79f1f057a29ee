#include "agent.h"

#include <signal.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
	static struct boot boot;
	boot_system(&boot);
	lines_open(open_port());
	signal(SIGPIPE, SIG_IGN);
	find_devices(is_table(boot.interface) ? "dmaproof_pt" : "vfio-pci");
	if (!faults_open())
		die("the IOMMU has no fault interrupt");
	scratch_open(boot.interface);
	bool goes_on = true;
	for (char *line; goes_on && (line = next_line());) {
		answer(&boot, line);
		goes_on = !strstr(line, "\"call\":\"bye\"");
	}
	lines_flush();
	reboot(RB_POWER_OFF);
}
