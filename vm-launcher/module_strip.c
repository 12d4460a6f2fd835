// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - module_strip: a module without what only a debugger reads
 *
 * A module as built is ten times as large with its debugging sections as
 * without, and all of it would have to fit into the guest's first file system.
 * Sections keep their numbers, since symbols and relocations name them by
 * these; the ones that go become empty.
 */
#include <elf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "module_strip.h"

#define SIGNATURE "~Module signature appended~\n"

static bool is_signed(const struct bytes *module)
{
	size_t length = strlen(SIGNATURE);

	return module->size >= length && !memcmp(module->data + module->size - length, SIGNATURE, length);
}

static bool fits(const struct bytes *module, uint64_t offset, uint64_t size)
{
	return offset <= module->size && size <= module->size - offset;
}

/* The section headers, or NULL if the file is not as a module should be. */
static Elf64_Shdr *sections_of(const struct bytes *module, const Elf64_Ehdr *header)
{
	Elf64_Shdr *sections = (Elf64_Shdr *)(module->data + header->e_shoff);

	if (memcmp(header->e_ident, ELFMAG, SELFMAG) || header->e_ident[EI_CLASS] != ELFCLASS64 ||
	    header->e_type != ET_REL || header->e_shentsize != sizeof(*sections) || header->e_shoff % 8 ||
	    !fits(module, header->e_shoff, header->e_shnum * sizeof(*sections)) ||
	    header->e_shstrndx >= header->e_shnum)
		return NULL;
	for (int i = 0; i < header->e_shnum; i++)
		if (sections[i].sh_type != SHT_NOBITS &&
		    !fits(module, sections[i].sh_offset, sections[i].sh_size))
			return NULL;
	return sections;
}

/* @names is as it was: the section of names is moved itself. */
static bool is_debugging(const struct bytes *module, const Elf64_Shdr *names, const Elf64_Shdr *section)
{
	const char *name = (const char *)module->data + names->sh_offset + section->sh_name;
	size_t left = section->sh_name < names->sh_size ? names->sh_size - section->sh_name : 0;

	return (left > 6 && !strncmp(name, ".debug", 6)) || (left > 11 && !strncmp(name, ".rela.debug", 11));
}

/*
 * Lays out what stays, one section after another; returns the end, or 0 if sections overlap, as no module's
 * do.
 */
static size_t lay_out(const struct bytes *module, Elf64_Shdr *sections, const Elf64_Ehdr *header,
		      unsigned char *data, size_t room)
{
	const Elf64_Shdr names = sections[header->e_shstrndx];
	size_t end = sizeof(*header);

	for (int i = 1; i < header->e_shnum; i++) {
		Elf64_Shdr *section = &sections[i];
		size_t align = section->sh_addralign ? section->sh_addralign : 1;

		if (i != header->e_shstrndx && is_debugging(module, &names, section)) {
			section->sh_type = SHT_NULL;
			section->sh_size = section->sh_offset = 0;
			continue;
		}
		if (section->sh_type == SHT_NOBITS) {
			section->sh_offset = end;
			continue;
		}
		end = (end + align - 1) / align * align;
		if (align > 4096 || end > room || section->sh_size > room - end)
			return 0;
		memcpy(data + end, module->data + section->sh_offset, section->sh_size);
		section->sh_offset = end;
		end += section->sh_size;
	}
	return (end + 7) / 8 * 8;
}

void module_strip(struct bytes *module)
{
	const Elf64_Ehdr *old = (const Elf64_Ehdr *)module->data;
	const Elf64_Shdr *sections;
	unsigned char *data, *table;
	size_t size, end, room;
	Elf64_Ehdr header;

	sections = module->size < sizeof(*old) || is_signed(module) ? NULL : sections_of(module, old);
	if (!sections)
		return;
	header = *old;
	size = header.e_shnum * sizeof(*sections);
	room = module->size + header.e_shnum * 64UL;
	data = calloc(1, room + size + 8);
	table = malloc(size);
	if (data && table) {
		memcpy(table, sections, size);
		end = lay_out(module, (Elf64_Shdr *)table, &header, data, room);
		if (end) {
			header.e_shoff = end;
			memcpy(data, &header, sizeof(header));
			memcpy(data + end, table, size);
			free(module->data);
			module->data = data;
			module->size = end + size;
			data = NULL;
		}
	}
	free(table);
	free(data);
}
