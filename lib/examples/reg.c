// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - example: say what a registry file would change
 *
 *	reg < FILE
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <silo/silo.h>

static int print(const struct silo_reg_change *change, void *data)
{
	struct silo_value value = {
		.type = change->type,
		.size = change->size,
		.data = (unsigned char *)change->data,
	};
	const char *type = silo_key_type_name(change->type);
	char *text;

	(void)data;
	printf("%u: %s %s", change->line, change->is_delete ? "delete" : "set", change->path);
	if (change->value)
		printf(" %s", *change->value ? change->value : "@");
	if (change->value && !change->is_delete) {
		if (silo_value_format(&value, &text))
			return -ENOMEM;
		printf(" %s %s", type ? type : "other", text);
		free(text);
	}
	putchar('\n');
	return 0;
}

int main(void)
{
	static char text[1 << 20];
	const size_t size = fread(text, 1, sizeof(text), stdin);
	const char *reason;
	unsigned int line;
	int err = silo_reg_parse(text, size, print, NULL, &line, &reason);

	if (err == -EBADMSG)
		fprintf(stderr, "reg: line %u: %s\n", line, reason);
	else if (err)
		fprintf(stderr, "reg: %s\n", strerror(-err));
	return err != 0;
}
