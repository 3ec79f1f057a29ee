#define _GNU_SOURCE
#include "agent.h"

#include <time.h>

/*
 * An edu engine moves its data at a whole millisecond of QEMU's clock, the hundredth after its command. Where the guest's own
 * clock has these milliseconds is measured before each race; then the writes are begun, and the guest sleeps until shortly
 * before they are due. What it does from then on is interrupted wherever it is.
 */
#define MS 1000000ull
#define DELAY (100 * MS)
/* How far into a millisecond the writes begin: all of them in the same one. */
#define INTO (3 * MS / 10)
/* What a sleep may be late. */
#define LATE (MS / 10)

static struct {
	bool is_armed, was_early, is_late;
	uint64_t page;
	uint8_t value;
} armed[MAX_DEVICES];
static bool is_over;

static uint64_t clock_now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void wait_until(uint64_t when)
{
	if (when > clock_now() + LATE) {
		uint64_t early = when - LATE;
		struct timespec time = { .tv_sec = early / 1000000000ull, .tv_nsec = early % 1000000000ull };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
	}
	while (clock_now() < when)
		;
}

/* When one of QEMU's milliseconds began. */
static uint64_t measure(struct device *device)
{
	uint64_t start = clock_now();
	device_begin_store(device, 0, iova_of_scratch(), 16);
	wait_until(start + DELAY - MS - LATE);
	while (device_is_busy(device))
		;
	return clock_now();
}

void race_reset(void)
{
	for (int i = 0; i < MAX_DEVICES; i++)
		armed[i].is_armed = false;
}

void race_arm(struct device *device, uint64_t page, uint8_t value)
{
	int i = device - devices;
	scratch_need();
	armed[i].is_armed = true;
	armed[i].page = page;
	armed[i].value = value;
}

void race_begin(long long before)
{
	uint64_t whole = 0;
	for (int i = 0; i < device_count && !whole; i++)
		if (armed[i].is_armed)
			whole = measure(&devices[i]);
	if (!whole)
		die("a race without a device that is armed");
	uint64_t start = whole + ((clock_now() + LATE - whole) / MS + 1) * MS;
	wait_until(start + INTO);
	for (int i = 0; i < device_count; i++)
		if (armed[i].is_armed)
			device_begin_store(&devices[i], slot_of(armed[i].value), iova_of(armed[i].page), 16);
	wait_until(start + DELAY - before * 1000);
	is_over = false;
	for (int i = 0; i < device_count; i++)
		armed[i].was_early = armed[i].is_armed && !device_is_busy(&devices[i]);
}

enum result race_end(struct device *device, const char **when)
{
	int i = device - devices;
	if (!armed[i].is_armed)
		die("device %d runs no race", i);
	for (int other = 0; other < device_count && !is_over; other++)
		armed[other].is_late = armed[other].is_armed && device_is_busy(&devices[other]);
	is_over = true;
	while (device_is_busy(device))
		nanosleep(&(struct timespec){ .tv_nsec = MS / 10 }, NULL);
	uint8_t found[16];
	backing_peek(armed[i].page, found, sizeof found);
	armed[i].is_armed = false;
	*when = armed[i].was_early ? "before" : armed[i].is_late ? "after" : "during";
	return value_of(found) == armed[i].value ? DONE : BLOCKED;
}
