// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared/program.h"

#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

#include "shared/message.h"
#include "shared/output.h"

/*
 * The next file opened would get the number of a closed descriptor 0, 1 or 2. Replace these with descriptors
 * on which reads and writes still fail, so that no image is written to a closed standard output.
 */
static void open_standard_descriptors(void)
{
	static const int modes[] = {O_WRONLY, O_RDONLY, O_RDWR};

	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		int opened = fcntl(fd, F_GETFD) < 0 ? open("/dev/null", modes[fd]) : fd;

		if (opened < 0)
			return;
	}
}

void program_start(void)
{
	open_standard_descriptors();
	output_start();
	/* Only what characters are: each other category costs the start of every command another file. */
	setlocale(LC_CTYPE, "");
}

int program_run(const struct command *command, int argc, char **argv)
{
	settings_start();
	catch_interrupts();
	opterr = 0;
	return end_by_signal(finish_output(command->run(argc, argv)));
}
