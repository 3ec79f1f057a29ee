#include "agent.h"

/*
 * What the kind of IOMMU decides. `dmaproof repro` knows the kind: its program calls the functions on the right by their own
 * names (repro/binding.ts).
 */
bool faults_are_told(void)
{
	return !is_amd_vi();
}

void faults_open(void)
{
	if (faults_are_told())
		interrupt_open();
}

long long fault_count(void)
{
	return faults_are_told() ? interrupt_count() : no_faults();
}

bool write_arrives(struct device *device, uint64_t page)
{
	if (frames_stay)
		return mark_shows(device, page);
	return faults_are_told() ? marks_arrive(device, page) : mark_is_seen(device, page);
}

int backing_punch(uint64_t page, uint64_t count)
{
	return faults_are_told() ? punch_backing(page, count) : punch_noted(page, count);
}
