#include "agent.h"

/*
 * What is observed is told over what there was when the reset had ended, and what is left at a close over what there was
 * before the reset opened its container. The scratch pages are no call's doing.
 */
static long long own_pins(void)
{
	return pinned_pages() - scratch_cost.pins;
}

static long long own_locked(void)
{
	return container_locked() - scratch_cost.locked;
}

static long long own_entries(void)
{
	return -container_entries_left() - scratch_cost.entries;
}

static long long pins_before;
static long long pins_begun;

void pins_note_before(void)
{
	pins_before = own_pins();
}

void pins_note(void)
{
	pins_begun = own_pins();
}

long long pins_now(void)
{
	return own_pins() - pins_begun;
}

long long pins_left(void)
{
	return own_pins() - pins_before;
}

static long long locked_before;
static long long locked_begun;

void locked_note_before(void)
{
	locked_before = own_locked();
}

void locked_note(void)
{
	locked_begun = own_locked();
}

long long locked_now(void)
{
	return own_locked() - locked_begun;
}

long long locked_left(void)
{
	return own_locked() - locked_before;
}

void limit_memlock(long long pages)
{
	set_memlock(locked_before + pages);
}

static long long tables_before;

void tables_note_before(void)
{
	tables_before = table_frames();
}

long long tables_left(void)
{
	return table_frames() - tables_before;
}

static long long entries_begun;

void entries_note(void)
{
	entries_begun = own_entries();
}

long long entries_now(void)
{
	return own_entries() - entries_begun;
}

static long long faults_seen;

void faults_note(void)
{
	faults_seen = fault_count();
}

/* Whether there was one since the last look. */
bool faults_now(void)
{
	long long before = faults_seen;
	faults_note();
	return faults_seen != before;
}
