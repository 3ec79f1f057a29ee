#include "agent.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define PROTOCOL 1
#define NO_MEMLOCK 4294967295ll

/* That of the last reset. */
static const char *interface;

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

static const char *observed(bool counts, bool bare)
{
	static char names[128];
	snprintf(names, sizeof names, "result data unmapped%s%s tables stray%s when", bare ? "" : " pins pinned locked",
		 counts ? " entries" : "", faults_are_told() ? " fault faults" : "");
	return names;
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
	reply_word("observes", observed(counts, bare));
	reply_number("devices", device_count);
	reply_number("pages", bare ? TABLE_PAGES : MAX_PAGES);
	reply_word("superpages", bare ? TABLE_SUPERPAGES : "512");
	if (bare)
		reply_number("domains", TABLE_DOMAINS);
	reply_end();
}

/* What is left over what there was before the reset, which is nothing if all was given back. */
static void close_all(void)
{
	kvm_close();
	scratch_leave();
	container_close();
	scratch_closed();
	reply_begin(id, 0);
	if (!is_table(interface)) {
		reply_number("pins", pins_left());
		reply_number("locked", locked_left());
	}
	reply_number("tables", tables_left());
	reply_number("stray", stray_writes());
	reply_end();
}

static void note_before(void)
{
	pins_note_before();
	locked_note_before();
	tables_note_before();
}

static void note(void)
{
	entries_note();
	locked_note();
	pins_note();
	faults_note();
}

static void open_backing(const struct boot *boot, int pages)
{
	if (is_table(interface)) {
		table_layout(number("superpage"));
		backing_of_table(pages);
		return;
	}
	backing_close();
	backing_open(pages, strcmp(boot->backing, "guest-memfd") ? new_memfd(pages) : make_guest_memfd(pages));
	backing_fill();
}

static void reset(const struct boot *boot)
{
	long long entries = number("entries"), memlock = number("memlock");
	int count = number("devices"), pages = number("pages");
	interface = boot->interface;
	if (!is("interface", interface) || count > device_count || pages > MAX_PAGES)
		die("a reset that the hello does not offer: %s", request);
	kvm_close();
	container_close();
	scratch_gone();
	race_reset();
	stray_writes(); /* what no close has told is no later sequence's */
	open_backing(boot, pages);
	note_before();
	if (memlock == NO_MEMLOCK)
		set_memlock(LLONG_MAX);
	else
		limit_memlock(memlock);
	bool is_limited = entries != NO_ENTRY_LIMIT;
	if (is_type1(interface))
		limit_entries(is_limited ? entries + 1 : entries);
	container_open(count);
	devices_ready(count);
	/* A limit counts the scratch pages' entry all the time; and to map them later would move the devices, or change a table. */
	scratch_reset(is_limited || is_table(interface) || replaces(interface));
	for (int i = 0; i < count && is_table(interface); i++)
		scratch_refill(&devices[i]); /* it may have been blocked when the last sequence ended */
	if (number("kvm"))
		kvm_open();
	note();
	plain_reply(0);
}

/* Of a call on the container: a page table pins nothing. */
static void reply_pins(void)
{
	if (!is_table(interface))
		reply_number("pins", pins_now());
}

/* The address and the length that a call is made with. */
static struct range flawed_range(void)
{
	struct range range = range_of(number("iovfn"), number("count"));
	if (is("flaw", "misaligned"))
		return misaligned(range);
	if (is("flaw", "wraps"))
		return wrapping(range);
	if (is("flaw", "outside"))
		return outside(range);
	return is("flaw", "empty") ? empty(range) : range;
}

static int map_memory(void)
{
	uint64_t page = number("page");
	void *memory = is("flaw", "unbacked") ? memory_but_last(page, number("count")) : memory_of(page);
	return container_map(flawed_range(), memory, number("permissions"));
}

static int map_file(void)
{
	struct place place = is("flaw", "unbacked")    ? place_behind() :
			     is("flaw", "guest-memfd") ? place_in_guest_memfd(number("page")) :
							 place_of(number("page"));
	return container_map_file(flawed_range(), place, number("permissions"));
}

static void map(void)
{
	uint64_t count = number("count");
	use_domain();
	int error = maps_files(interface) ? map_file() : map_memory();
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
		reply_number("unmapped", unmapped / page_size);
	reply_pins();
	reply_end();
}

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
		reply_number("unmapped", unmapped / page_size);
	reply_pins();
	reply_end();
}

static void unmap_all(void)
{
	uint64_t unmapped;
	int error = unmap_all_but_scratch(&unmapped);
	reply_begin(id, error);
	if (!error)
		reply_number("unmapped", unmapped / PAGE);
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
	reply_word("result", result_name(result));
	if (!write)
		reply_number("data", data);
	if (faults_are_told())
		reply_number("fault", fault_count() != faults);
	reply_end();
}

static void end_race(void)
{
	const char *when;
	enum result result = race_end(&devices[number("device") % MAX_DEVICES], &when);
	reply_begin(id, 0);
	reply_word("result", result_name(result));
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
	reply_begin(id, 0);
	if (is_type1(interface))
		reply_number("entries", entries_now());
	if (!is_table(interface)) {
		reply_number("pinned", pins_now());
		reply_number("locked", locked_now());
	}
	if (faults_are_told())
		reply_number("faults", faults_now());
	reply_end();
}

static bool answer_memory(void)
{
	if (is("call", "host-write"))
		memset(backing + offset_of(number("page")), number("value"), 16), plain_reply(0);
	else if (is("call", "host-read"))
		reply_data(0, value_of(backing + offset_of(number("page"))));
	else if (is("call", "punch-hole"))
		plain_reply(backing_punch(number("page"), number("count")));
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
