#include "agent.h"

struct cost scratch_cost;
static struct cost begun;

static struct cost books(void)
{
	return (struct cost){ pinned_pages(), container_locked(), -container_entries_left() };
}

void cost_begin(void)
{
	begun = books();
}

void cost_end(void)
{
	struct cost ended = books();
	scratch_cost.pins += ended.pins - begun.pins;
	scratch_cost.locked += ended.locked - begun.locked;
	scratch_cost.entries += ended.entries - begun.entries;
}

void cost_forget(void)
{
	scratch_cost = (struct cost){ 0 };
}
