#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	if (fd < 0)
		return errno;
	int error = write(fd, text, strlen(text)) < 0 ? errno : 0;
	close(fd);
	return error;
}

char *read_file(const char *path, char *buffer, size_t size)
{
	buffer[0] = 0;
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		return buffer;
	ssize_t length = read(fd, buffer, size - 1);
	close(fd);
	buffer[length > 0 ? length : 0] = 0;
	buffer[strcspn(buffer, "\n")] = 0;
	return buffer;
}
