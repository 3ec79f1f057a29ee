#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_LIMIT 4096

static int port;
static char in[4 * LINE_LIMIT], out[4 * LINE_LIMIT];
/* The request at work: what is read ahead of it moves the others. */
static char request_line[LINE_LIMIT + 1];
static size_t in_start, in_end, out_end;

/* Where a field's value begins. Objects are flat and strings hold no quotes, so a key is found as it is written. */
static const char *value_at(const char *line, const char *field)
{
	char key[40];
	snprintf(key, sizeof key, "\"%s\":", field);
	const char *found = strstr(line, key);
	return found ? found + strlen(key) : NULL;
}

long long number_of(const char *line, const char *field)
{
	const char *value = value_at(line, field);
	if (!value)
		die("a request without %s: %s", field, line);
	return strtoll(value, NULL, 10);
}

bool word_of(const char *line, const char *field, char *word, size_t size)
{
	const char *value = value_at(line, field);
	if (!value || *value != '"')
		return false;
	size_t length = strcspn(value + 1, "\"");
	if (length >= size)
		return false;
	memcpy(word, value + 1, length);
	word[length] = 0;
	return true;
}

void lines_open(int fd)
{
	port = fd;
}

void lines_flush(void)
{
	for (size_t done = 0; done < out_end;) {
		ssize_t written = write(port, out + done, out_end - done);
		if (written < 0 && errno != EINTR && errno != EAGAIN)
			die("the port takes no more");
		if (written > 0)
			done += written;
	}
	out_end = 0;
}

/* More of the port's input behind what there is. @returns whether there was any */
static bool read_more(void)
{
	lines_flush();
	memmove(in, in + in_start, in_end - in_start);
	in_end -= in_start;
	in_start = 0;
	if (in_end == sizeof in)
		die("a line without an end, or too much to be read ahead");
	ssize_t length = read(port, in + in_end, sizeof in - in_end);
	if (length < 0 && errno != EINTR)
		die("the port cannot be read");
	in_end += length > 0 ? length : 0;
	return length != 0;
}

void lines_ahead(int count)
{
	for (;;) {
		int there = 0;
		for (size_t at = in_start; at < in_end; at++)
			there += in[at] == '\n';
		if (there >= count || !read_more())
			return;
	}
}

/* The next request, or NULL at the end. Replies leave when nothing is left to read. */
char *next_line(void)
{
	for (;;) {
		char *start = in + in_start;
		char *end = memchr(start, '\n', in_end - in_start);
		if (end) {
			*end = 0;
			in_start = end + 1 - in;
			if (end - start > LINE_LIMIT)
				die("a line that is too long");
			return strcpy(request_line, start);
		}
		if (!read_more())
			return NULL;
	}
}

static void add(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void add(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	out_end += vsnprintf(out + out_end, sizeof out - out_end, format, arguments);
	va_end(arguments);
}

void reply_begin(long long id, int error)
{
	if (out_end > sizeof out - LINE_LIMIT)
		lines_flush();
	const char *outcome = error ? strerrorname_np(error) : "ok";
	add("{\"id\":%lld,\"outcome\":\"%s\"", id, outcome ? outcome : "EUNKNOWN");
}

void reply_number(const char *field, long long value)
{
	add(",\"%s\":%lld", field, value);
}

void reply_word(const char *field, const char *value)
{
	add(",\"%s\":\"%s\"", field, value);
}

void reply_end(void)
{
	add("}\n");
}
