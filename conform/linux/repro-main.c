/*
 * Makes the calls of a saved run, each with what it said then. As init of a guest it sets the system up first; on a
 * machine of your own run it as root, with edu devices bound to vfio-pci that you can spare.
 */
static const struct {
	const char *request, *reply;
} calls[] = {
/* CALLS */
};

int main(void)
{
	static struct boot boot = { .interface = INTERFACE, .backing = "memfd" };
	bool is_init = getpid() == 1;
	if (is_init) {
		boot_system(&boot);
		dup2(STDERR_FILENO, STDOUT_FILENO);
	}
	lines_open(STDOUT_FILENO);
	find_devices();
	if (!faults_open())
		die("the IOMMU has no fault interrupt");
	scratch_open();
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		printf("asked %s\nthen  %s\nnow   ", calls[i].request, calls[i].reply);
		fflush(stdout);
		answer(&boot, calls[i].request);
		lines_flush();
	}
	if (is_init)
		reboot(RB_POWER_OFF);
	return 0;
}
