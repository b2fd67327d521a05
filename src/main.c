#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd.h"

static const char *environment(const char *name)
{
	return getenv(name);
}

/* Started with a closed standard stream, the first socket would take its number, and receive what
 * is printed. Standard output is filled with what cannot be written to: a lost report is said. */
static void fill_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
			open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) != fd)
			abort();
}

int main(int argc, char **argv)
{
	int status;

	fill_standard_streams();
	signal(SIGPIPE, SIG_IGN);
	status = cmd_main(argc, (const char *const *)argv, environment, stdout, stderr);
	/* a reader that has seen enough, as `head`, is no failure */
	if ((fflush(stdout) != 0 || ferror(stdout)) && errno != EPIPE && status == EXIT_FINE) {
		perror("wsdx: standard output");
		status = EXIT_BLIND;
	}
	return status;
}
