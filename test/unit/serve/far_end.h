/* `wsdx serve` as a child, for tests: set-up and teardown. */
#ifndef FAR_END_H
#define FAR_END_H

#include "unit.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;
static uint16_t port;

static inline int start_far(void **state)
{
	const char *wsdx = getenv("WSDX");
	int ends[2];
	char line[128] = "";
	unsigned number;

	(void)state;
	if (!wsdx || pipe(ends))
		return -1;
	child = fork();
	if (!child) {
		dup2(ends[1], 1);
		close(ends[0]);
		close(ends[1]);
		execl(wsdx, wsdx, "serve", "--listen", "127.0.0.1:0", "--faults", "--deflate",
			NULL);
		_exit(127);
	}
	close(ends[1]);
	if (read(ends[0], line, sizeof(line) - 1) <= 0 ||
		sscanf(line, "listening on http://127.0.0.1:%u/", &number) != 1)
		return -1;
	close(ends[0]);
	port = (uint16_t)number;
	return 0;
}

static inline int stop_far(void **state)
{
	int status = 0;

	(void)state;
	kill(child, SIGTERM);
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM ? 0 : -1;
}

#endif
