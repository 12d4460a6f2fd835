/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Do not edit directly, made by kmod/silo-gen.py from kmod/silo.yaml */
#ifndef SILO_GENERATED_TABLES_H
#define SILO_GENERATED_TABLES_H

#include <stddef.h>

#include <libmnl/libmnl.h>

#include <linux/silo.h>

/* One attribute: its name in the spec, its type, its exact size and its largest; 0 is any. */
struct silo_attribute {
	const char *name;
	enum mnl_attr_data_type type;
	size_t exact_size;
	size_t max_size;
};

/* The attributes of a set by their numbers, from 1 to @max. */
struct silo_attribute_set {
	const char *name;
	const struct silo_attribute *attributes;
	unsigned int max;
};

/* The words of an enum by their numbers, or of flags by their bits. */
struct silo_names {
	size_t count;
	const char *const *names;
};

extern const struct silo_attribute_set silo_attributes_silo;
extern const struct silo_attribute_set silo_attributes_ns;
extern const struct silo_attribute_set silo_attributes_member;
extern const struct silo_attribute_set silo_attributes_event;
extern const struct silo_attribute_set silo_attributes_key;

/* The set that a command uses, by its number. */
extern const struct silo_attribute_set *const silo_command_sets[SILO_CMD_MAX + 1];

extern const struct silo_names silo_names_state;
extern const struct silo_names silo_names_isolation;
extern const struct silo_names silo_names_ended_by;
extern const struct silo_names silo_names_flags;
extern const struct silo_names silo_names_event_kind;
extern const struct silo_names silo_names_key_type;
extern const struct silo_names silo_names_key_entry_kind;

#endif
