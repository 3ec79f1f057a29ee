#include "agent.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PROTOCOL 1
#define NO_MEMLOCK 4294967295ll

/* What the last reset set up. */
static struct {
	const char *interface;
	bool kvm;
	long long entries, locked, pins, faults;
	int devices;
	/* Before its container was opened. */
	struct {
		long long pins, locked, tables;
	} start;
} now;

static long long id;
static const char *request;

static long long number(const char *field)
{
	return number_of(request, field);
}

static bool is(const char *field, const char *word)
{
	char found[32];
	return word_of(request, field, found, sizeof found) && !strcmp(found, word);
}

/* Of a page table: the domain that the call is about. */
static void use_domain(void)
{
	table_use(strstr(request, "\"domain\":") ? number("domain") : 0);
}

static void plain_reply(int error)
{
	reply_begin(id, error);
	reply_end();
}

static void say_hello(const struct boot *boot)
{
	char interfaces[32];
	strcpy(interfaces, boot->interface);
	if (!is_table(boot->interface) && kvm_there())
		strcat(interfaces, " kvm");
	bool counts = is_type1(boot->interface), bare = is_table(boot->interface);
	reply_begin(id, 0);
	reply_number("protocol", PROTOCOL);
	reply_word("name", boot->version);
	reply_word("interfaces", interfaces);
	bool may_map_guest_memfd = maps_files(boot->interface) && filled_guest_memfd(1) >= 0;
	reply_word("flaws", bare ? "" : may_map_guest_memfd ? "misaligned wraps unbacked outside empty guest-memfd"
						: "misaligned wraps unbacked outside empty");
	reply_word("limits", bare ? "" : counts ? "entries memlock" : "memlock");
	reply_word("observes", bare ? "result data fault unmapped tables stray faults when" :
			       counts ? "result data fault unmapped pins entries pinned locked tables stray faults when" :
					"result data fault unmapped pins pinned locked tables stray faults when");
	reply_number("devices", device_count);
	reply_number("pages", bare ? TABLE_PAGES : MAX_PAGES);
	reply_word("superpages", bare ? TABLE_SUPERPAGES : "512");
	if (bare)
		reply_number("domains", TABLE_DOMAINS);
	reply_end();
}

static long long own_pins(void)
{
	return pinned_pages() - scratch_cost().pins;
}

static long long own_locked(void)
{
	return locked_pages(!is_type1(now.interface)) - scratch_cost().locked;
}

static void note_start(void)
{
	now.start.pins = own_pins();
	now.start.locked = own_locked();
	now.start.tables = table_frames();
}

/* What is left over what there was before the reset, which is nothing if all was given back. */
static void close_all(void)
{
	kvm_close();
	scratch_leave();
	container_close();
	if (scratch_stays())
		scratch_gone();
	reply_begin(id, 0);
	if (!is_table(now.interface)) {
		reply_number("pins", own_pins() - now.start.pins);
		reply_number("locked", own_locked() - now.start.locked);
	}
	reply_number("tables", table_frames() - now.start.tables);
	reply_number("stray", stray_writes());
	reply_end();
}

static void reset(const struct boot *boot)
{
	long long entries = number("entries"), memlock = number("memlock");
	int count = number("devices"), pages = number("pages");
	if (!is("interface", boot->interface) || count > device_count || pages > MAX_PAGES)
		die("a reset that the hello does not offer: %s", request);
	kvm_close();
	container_close();
	scratch_gone();
	race_reset();
	stray_writes(); /* what no close has told is no later sequence's */
	if (is_table(boot->interface)) {
		table_layout(number("superpage"));
		backing_of_table(pages);
	} else
		backing_open(pages, !strcmp(boot->backing, "guest-memfd"));
	now.interface = boot->interface;
	note_start();
	set_memlock(memlock == NO_MEMLOCK ? LLONG_MAX : now.start.locked + memlock);
	now.kvm = number("kvm");
	now.devices = count;
	bool is_limited = entries != NO_ENTRY_LIMIT;
	container_open(boot->interface, count, is_limited ? entries + 1 : entries);
	/* A limit counts the scratch pages' entry all the time; and to map them later would move the devices, or change a table. */
	scratch_reset(is_limited || is_table(now.interface) || replaces(now.interface));
	for (int i = 0; i < count && is_table(now.interface); i++)
		scratch_refill(&devices[i]); /* it may have been blocked when the last sequence ended */
	if (now.kvm)
		kvm_open();
	now.entries = container_entries_left() + scratch_cost().entries;
	now.locked = own_locked();
	now.pins = own_pins();
	now.faults = fault_count();
	plain_reply(0);
}

/* Of a call on the container: a page table pins nothing. */
static void reply_pins(void)
{
	if (!is_table(now.interface))
		reply_number("pins", own_pins() - now.pins);
}

/* The address and the length that a call is made with. */
static struct range flawed_range(void)
{
	uint64_t iovfn = number("iovfn"), count = number("count");
	struct range range = { layout.base + iovfn * layout.page_size, count * layout.page_size };
	if (is("flaw", "misaligned"))
		return (struct range){ range.iova + PAGE / 2, range.length - PAGE / 2 };
	if (is("flaw", "wraps"))
		return (struct range){ -PAGE, (count + 1) * PAGE };
	if (is("flaw", "outside"))
		range.iova = (1ull << 60) + iovfn * PAGE;
	if (is("flaw", "empty"))
		range.length = 0;
	return range;
}

/* Addresses of this process that nothing is behind. */
static void *nothing_behind(size_t size)
{
	void *hole = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (hole == MAP_FAILED)
		die("no addresses with nothing behind them");
	munmap(hole, size);
	return hole;
}

static int map_memory(void)
{
	void *memory = backing + number("page") * layout.page_size;
	if (is("flaw", "unbacked"))
		memory = nothing_behind(number("count") * PAGE);
	return container_map(flawed_range(), memory, number("permissions"));
}

/* Behind the end of the file there is nothing. */
static int map_file(void)
{
	struct place place = { backing_fd, number("page") * PAGE };
	if (is("flaw", "unbacked"))
		place.start = backing_pages * PAGE;
	if (is("flaw", "guest-memfd"))
		place.fd = filled_guest_memfd(backing_pages);
	return container_map_file(flawed_range(), place, number("permissions"));
}

static void map(void)
{
	uint64_t count = number("count");
	use_domain();
	int error = maps_files(now.interface) ? map_file() : map_memory();
	sign_pages(number("page"), count);
	reply_begin(id, error);
	reply_pins();
	reply_end();
}

static void unmap(void)
{
	uint64_t unmapped;
	use_domain();
	int error = container_unmap(flawed_range(), &unmapped);
	reply_begin(id, error);
	if (!error)
		reply_number("unmapped", unmapped / layout.page_size);
	reply_pins();
	reply_end();
}

/* What the device writes under an unmap: the value that the model knows. */
#define UNDER_UNMAP 90

/* Whether the write arrived is left open: it may take place before the unmap, in it, or behind it. */
static void unmap_under_dma(void)
{
	uint64_t unmapped;
	const char *when;
	struct device *device = &devices[number("device") % MAX_DEVICES];
	race_arm(device, number("iovfn"), UNDER_UNMAP);
	race_begin(number("before"));
	int error = container_unmap(flawed_range(), &unmapped);
	race_end(device, &when);
	reply_begin(id, error);
	if (!error)
		reply_number("unmapped", unmapped / layout.page_size);
	reply_pins();
	reply_end();
}

/* It meets the scratch pages only where they stay. */
static void unmap_all(void)
{
	uint64_t unmapped;
	scratch_leave();
	int error = container_unmap_all(&unmapped);
	if (!error && scratch_stays()) {
		scratch_gone();
		scratch_reset(true);
	}
	reply_begin(id, error);
	if (!error)
		reply_number("unmapped", unmapped / PAGE - (scratch_stays() ? SCRATCH_PAGES : 0));
	reply_pins();
	reply_end();
}

static void dma(bool write)
{
	struct device *device = &devices[number("device") % MAX_DEVICES];
	long long faults = fault_count(), page = number("iovfn");
	int data = 0;
	enum result result =
		write ? dma_write(device, page, number("value")) : dma_read(device, page, &data);
	reply_begin(id, 0);
	reply_word("result", result == DONE ? "done" : "blocked");
	if (!write)
		reply_number("data", data);
	reply_number("fault", fault_count() != faults);
	reply_end();
}

static void end_race(void)
{
	const char *when;
	enum result result = race_end(&devices[number("device") % MAX_DEVICES], &when);
	reply_begin(id, 0);
	reply_word("result", result == DONE ? "done" : "blocked");
	reply_word("when", when);
	reply_end();
}

static bool answer_race(void)
{
	if (is("call", "dma-arm")) {
		race_arm(&devices[number("device") % MAX_DEVICES], number("iovfn"), number("value"));
		plain_reply(0);
	} else if (is("call", "dma-begin")) {
		lines_ahead(number("ahead"));
		race_begin(number("before"));
		plain_reply(0);
	} else if (is("call", "dma-end"))
		end_race();
	else
		return false;
	return true;
}

static void reply_data(int error, int data)
{
	reply_begin(id, error);
	if (!error)
		reply_number("data", data);
	reply_end();
}

static void observe(void)
{
	long long faults = fault_count();
	reply_begin(id, 0);
	if (is_type1(now.interface))
		reply_number("entries", now.entries - container_entries_left() - scratch_cost().entries);
	if (!is_table(now.interface)) {
		reply_number("pinned", own_pins() - now.pins);
		reply_number("locked", own_locked() - now.locked);
	}
	reply_number("faults", faults != now.faults);
	reply_end();
	now.faults = faults;
}

static bool answer_memory(void)
{
	if (is("call", "host-write"))
		memset(backing + offset_of(number("page")), number("value"), 16), plain_reply(0);
	else if (is("call", "host-read"))
		reply_data(0, value_of(backing + offset_of(number("page"))));
	else if (is("call", "punch-hole"))
		plain_reply(punch(backing_fd, number("page"), number("count")));
	else
		return false;
	return true;
}

static bool answer_place(void)
{
	bool replaces = is("call", "replace");
	if (!replaces && !is("call", "attach") && !is("call", "detach"))
		return false;
	int device = number("device");
	use_domain();
	plain_reply(is("call", "detach") ? table_detach(device) : table_attach(device, replaces));
	return true;
}

static void guest_read(void)
{
	int data = 0;
	int error = kvm_guest_read(number("page"), &data);
	reply_data(error, data);
}

static bool answer_kvm(void)
{
	if (is("call", "set-attributes"))
		plain_reply(kvm_attributes(number("page"), number("count"), is("to", "private")));
	else if (is("call", "convert"))
		plain_reply(kvm_convert(number("page"), number("count"), is("to", "private")));
	else if (is("call", "guest-write"))
		plain_reply(kvm_guest_write(number("page"), number("value")));
	else if (is("call", "guest-read"))
		guest_read();
	else if (is("call", "punch-private"))
		plain_reply(kvm_punch(number("page"), number("count")));
	else
		return false;
	return true;
}

void answer(const struct boot *boot, const char *line)
{
	request = line;
	id = number("id");
	if (is("call", "hello"))
		say_hello(boot);
	else if (is("call", "reset"))
		reset(boot);
	else if (is("call", "map"))
		map();
	else if (is("call", "unmap"))
		unmap();
	else if (is("call", "unmap-all"))
		unmap_all();
	else if (is("call", "unmap-under-dma"))
		unmap_under_dma();
	else if (is("call", "dma-write") || is("call", "dma-read"))
		dma(is("call", "dma-write"));
	else if (is("call", "observe"))
		observe();
	else if (is("call", "close"))
		close_all();
	else if (is("call", "bye"))
		plain_reply(0);
	else if (!answer_memory() && !answer_place() && !answer_kvm() && !answer_race())
		die("a call that this agent does not know: %s", line);
}
