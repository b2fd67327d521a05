#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE ((size_t)64 << 10)

static bool failed(struct file_error *e, const char *path, const char *why)
{
	snprintf(e->text, sizeof(e->text), "%s: %s", path, why);
	return false;
}

static bool is_standard(const char *path)
{
	return !strcmp(path, "-");
}

static bool read_all(struct buf *out, int fd, const char *path, struct file_error *error)
{
	size_t max = out->max ? out->max : BUF_MAX;
	char piece[4096];

	for (;;) {
		ssize_t got = read(fd, piece, sizeof(piece));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return failed(error, path, strerror(errno));
		if (!got)
			return true;
		if ((size_t)got > max - out->n) {
			snprintf(error->text, sizeof(error->text), "%s: larger than %zu bytes",
				path, max);
			return false;
		}
		buf_add(out, (struct span){piece, (size_t)got});
	}
}

bool file_read(struct buf *out, const char *path, struct file_error *error)
{
	bool standard = is_standard(path);
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	size_t before = out->n;
	bool ok;

	if (fd < 0)
		return failed(error, path, strerror(errno));
	ok = read_all(out, fd, standard ? "standard input" : path, error);
	if (!ok)
		out->n = before;
	if (!standard)
		close(fd);
	return ok;
}

static bool write_all(int fd, struct span content)
{
	while (content.n) {
		ssize_t n = write(fd, content.p, content.n < PIECE ? content.n : PIECE);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			content = span_from(content, (size_t)n);
	}
	return true;
}

/* mkostemp makes it 0600; what is not secret gets what open(2) would have given. */
static bool give_mode(int fd, bool secret)
{
	mode_t mask;

	if (secret)
		return true;
	mask = umask(0);
	umask(mask);
	return fchmod(fd, 0666 & ~mask) == 0;
}

/* A device, a pipe, a link: a rename would put a plain file in its place, /dev/null's included. */
static bool is_to_stay(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static bool write_through(const char *path, struct span content, struct file_error *error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool fine;

	if (fd < 0)
		return failed(error, path, strerror(errno));
	fine = write_all(fd, content) || failed(error, path, strerror(errno));
	return (close(fd) == 0 || failed(error, path, strerror(errno))) && fine;
}

bool file_write(const char *path, struct span content, bool secret, struct file_error *error)
{
	char beside[4096];
	int fd;

	if (is_standard(path) || !strcmp(path, "/dev/stdout"))
		return write_all(STDOUT_FILENO, content) ||
		       failed(error, "standard output", strerror(errno));
	if (is_to_stay(path))
		return write_through(path, content, error);
	if ((size_t)snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= sizeof(beside))
		return failed(error, path, strerror(ENAMETOOLONG));
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return failed(error, path, strerror(errno));
	if (!write_all(fd, content) || !give_mode(fd, secret) || rename(beside, path)) {
		failed(error, path, strerror(errno));
		close(fd);
		unlink(beside);
		return false;
	}
	return close(fd) == 0 || failed(error, path, strerror(errno));
}
