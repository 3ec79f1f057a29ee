/*
 * An IOMMU page table with superpages and an IOTLB, as a process that dmaproof can question (docs/protocol.md).
 *
 *   cc -O2 -o page_table examples/page_table.c
 *   npx dmaproof conform ./page_table --interface page-table
 *   npx dmaproof conform './page_table unaligned-flush' --interface page-table
 *
 * The second one has a bug that Linux had (59bf3557cf2f): the flush of an unmapped range is as long as the range,
 * rounded up to a power of two, but begins at the next lower multiple of that, so the range's end may stay cached.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGES = 64, READ = 1, WRITE = 2 };

static int pages, super;         /* of this reset */
static int small_leaf[PAGES];    /* permissions by page; 0 is not present */
static int large_leaf[PAGES];    /* permissions by superpage */
static int small_cached[PAGES];  /* the IOTLB: permissions by page, and by superpage */
static int large_cached[PAGES];
static int value[PAGES];         /* what each page of memory holds */
static int unaligned_flush;

static long field(const char *line, const char *name)
{
	char key[32];
	const char *at;

	snprintf(key, sizeof(key), "\"%s\":", name);
	at = strstr(line, key);
	return at ? atol(at + strlen(key)) : 0;
}

static int is_call(const char *line, const char *name)
{
	char key[48];

	snprintf(key, sizeof(key), "\"call\":\"%s\"", name);
	return strstr(line, key) != NULL;
}

static int leaf(int page)
{
	return large_leaf[page / super] ? large_leaf[page / super] : small_leaf[page];
}

static void flush(int first, int count)
{
	int size = 1, page, last;

	while (size < count)
		size *= 2;
	page = first / size * size;
	last = page + size;
	if (!unaligned_flush) /* as many blocks as it takes */
		while (last < first + count)
			last += size;
	for (; page < last && page < pages; page++) {
		small_cached[page] = 0;
		large_cached[page / super] = 0;
	}
}

static int unmap(int first, int end)
{
	int page = first, gone = 0;

	while (page < end && page < pages && leaf(page)) { /* a hole is the end */
		int region = page / super;

		if (large_leaf[region]) { /* goes as a whole, unless it begins before the range */
			if (page % super)
				break;
			large_leaf[region] = 0;
			gone += super;
			page = (region + 1) * super;
		} else {
			small_leaf[page] = 0;
			gone++;
			page++;
		}
	}
	flush(first, end - first);
	return gone;
}

static const char *map(int first, int end, int permissions)
{
	int page = first, at;

	while (page < end) {
		int fits = page % super == 0 && page + super <= end;

		for (at = page; fits && at < page + super; at++)
			fits = !leaf(at);
		if (fits) {
			large_leaf[page / super] = permissions;
			page += super;
		} else if (leaf(page)) {
			unmap(first, page);
			return "EADDRINUSE";
		} else {
			small_leaf[page++] = permissions;
		}
	}
	return "ok";
}

static int translate(int page)
{
	int region = page / super;

	if (small_cached[page])
		return small_cached[page];
	if (large_cached[region])
		return large_cached[region];
	if (large_leaf[region])
		large_cached[region] = large_leaf[region];
	else
		small_cached[page] = small_leaf[page];
	return leaf(page);
}

static void reset(const char *line)
{
	pages = field(line, "pages");
	super = field(line, "superpage");
	memset(small_leaf, 0, sizeof(small_leaf));
	memset(large_leaf, 0, sizeof(large_leaf));
	memset(small_cached, 0, sizeof(small_cached));
	memset(large_cached, 0, sizeof(large_cached));
	memset(value, 0, sizeof(value));
}

static void answer(const char *line)
{
	int iovfn = field(line, "iovfn"), end = iovfn + field(line, "count"), page = field(line, "page");

	printf("{\"id\":%ld,", field(line, "id"));
	if (is_call(line, "hello")) {
		printf("\"outcome\":\"ok\",\"protocol\":1,\"name\":\"page_table.c\",\"interfaces\":\"page-table\","
		       "\"flaws\":\"\",\"limits\":\"\",\"observes\":\"result data unmapped\",\"devices\":1,\"pages\":%d}\n",
		       PAGES);
		return;
	}
	if (is_call(line, "map")) {
		printf("\"outcome\":\"%s\"}\n", map(iovfn, end, field(line, "permissions")));
		return;
	}
	printf("\"outcome\":\"ok\"");
	if (is_call(line, "reset")) {
		reset(line);
	} else if (is_call(line, "unmap")) {
		printf(",\"unmapped\":%d", unmap(iovfn, end));
	} else if (is_call(line, "host-write")) {
		value[page] = field(line, "value");
	} else if (is_call(line, "host-read")) {
		printf(",\"data\":%d", value[page]);
	} else if (is_call(line, "dma-write")) {
		int passes = translate(iovfn) & WRITE;

		if (passes)
			value[iovfn] = field(line, "value");
		printf(",\"result\":\"%s\"", passes ? "done" : "blocked");
	} else if (is_call(line, "dma-read")) {
		int passes = translate(iovfn) & READ;

		printf(",\"result\":\"%s\",\"data\":%d", passes ? "done" : "blocked", passes ? value[iovfn] : 0);
	}
	printf("}\n");
}

/* A line at a time; what was answered goes out before anything is waited for. */
static char *next_line(void)
{
	static char buffer[1 << 16];
	static size_t from, held;

	for (;;) {
		char *end = memchr(buffer + from, '\n', held - from), *line = buffer + from;
		ssize_t more;

		if (end) {
			*end = '\0';
			from = end + 1 - buffer;
			return line;
		}
		memmove(buffer, buffer + from, held - from);
		held -= from;
		from = 0;
		fflush(stdout);
		more = read(0, buffer + held, sizeof(buffer) - held);
		if (more <= 0)
			return NULL;
		held += more;
	}
}

int main(int argc, char **argv)
{
	char *line;

	unaligned_flush = argc > 1 && !strcmp(argv[1], "unaligned-flush");
	if (argc > 2 || (argc > 1 && !unaligned_flush)) {
		fprintf(stderr, "usage: %s [unaligned-flush]\n", argv[0]);
		return 1;
	}
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	while ((line = next_line()))
		answer(line);
	return 0;
}
