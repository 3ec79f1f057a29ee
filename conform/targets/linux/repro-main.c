/*
 * A test of one result, in KTAP: it fails if the divergence is there again. It makes the calls of a saved run, each beside
 * what it was answered then. Its exit statuses are kselftest's: 1 failed, every reply was as it was then; 0 passed, one
 * was not; 4 skipped, that cannot be told; and 2 if it could not begin. As init of a guest it sets the system up first and
 * ends it; on a machine of your own run it as root, with edu devices bound to vfio-pci that you can spare.
 */
enum { PASS = 0, FAIL = 1, SKIP = 4 };

static const struct {
	const char *request, *reply;
} calls[] = {
/* CALLS */
};

/* The number of the first call that was answered otherwise than then, from 1; 0 if none was. */
static size_t make_calls(const struct boot *boot)
{
	size_t other = 0;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		printf("# asked %s\n# then  %s\n", calls[i].request, calls[i].reply);
		fflush(stdout);
		answer(boot, calls[i].request);
		printf("# now   ");
		fflush(stdout);
		if (!other && !says_as_then(lines_waiting(), calls[i].reply))
			other = i + 1;
		lines_flush();
	}
	return other;
}

int main(void)
{
	static struct boot boot = { .interface = INTERFACE, .backing = BACKING };
	const size_t last = sizeof calls / sizeof *calls - 1;
	bool is_init = getpid() == 1;
	if (is_init) {
		boot_system(&boot);
		dup2(STDERR_FILENO, STDOUT_FILENO);
	}
	printf("TAP version 13\n1..1\n");
	fflush(stdout);
	lines_open(STDOUT_FILENO);
	find_devices(is_table(boot.interface) ? "dmaproof_pt" : "vfio-pci");
	if (!faults_open())
		die("the IOMMU has no fault interrupt");
	scratch_open(boot.interface);
	size_t other = make_calls(&boot);
	bool can_tell = calls[last].reply[0] == '{';
	if (!can_tell)
		printf("ok 1 - cannot tell # SKIP the last call had no reply then\n");
	else if (other)
		printf("ok 1 - not reproduced: call %zu of %zu was answered otherwise than then\n", other, last + 1);
	else
		printf("not ok 1 - reproduced: every call was answered as it was then\n");
	fflush(stdout);
	if (is_init) {
		tcdrain(STDOUT_FILENO);
		reboot(RB_POWER_OFF);
	}
	return !can_tell ? SKIP : other ? PASS : FAIL;
}
