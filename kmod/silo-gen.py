#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""silo-gen: make C from the netlink spec

Reads silo.yaml, which follows the kernel's YNL schema (genetlink-c), and
writes the user interface header, the module's policies and operations and
libsilo's tables. With --check it writes nothing and fails if a file differs.
"""
import argparse
import pathlib
import sys
import textwrap

import yaml

TREE = pathlib.Path(__file__).resolve().parent.parent
EDIT = '/* Do not edit directly, made by kmod/silo-gen.py from kmod/silo.yaml */'
UAPI_LICENSE = '/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */'
WIDTH = 100

MNL_TYPES = {
    'u32': 'U32', 'u64': 'U64', 'string': 'NUL_STRING', 'binary': 'BINARY',
    'flag': 'FLAG', 'nest': 'NESTED', 'pad': 'UNSPEC',
}


def lower(name):
    return name.replace('-', '_')


def upper(name):
    return lower(name).upper()


def wrap(text, first, rest, last=''):
    """Break text into lines that start with first, then rest, a tab counting as 8."""
    width = WIDTH - 7 * max(first.count('\t'), rest.count('\t'))
    lines = textwrap.wrap(' '.join(text.split()), width, initial_indent=first.expandtabs(1),
                          subsequent_indent=rest.expandtabs(1), break_on_hyphens=False)
    tabs = len(first) - len(first.lstrip('\t'))
    lines = ['\t' * tabs + line[tabs:] for line in lines]
    lines[-1] += last
    return lines


def comment(text, indent=''):
    """A comment on one line if it fits, else a block."""
    one = wrap(text, indent + '/* ', indent + ' * ', ' */')
    if len(one) == 1 and len(one[0].expandtabs()) <= WIDTH:
        return one
    return [indent + '/*'] + wrap(text, indent + ' * ', indent + ' * ') + [indent + ' */']


class Enum:
    """A definition of type enum or flags."""

    def __init__(self, definition):
        self.name = definition['name']
        self.is_flags = definition['type'] == 'flags'
        self.c_name = 'silo_' + lower(self.name)
        self.prefix = definition.get('name-prefix', 'silo-' + self.name + '-')
        self.doc = definition['doc']
        self.entries = definition['entries']

    def constant(self, entry):
        return upper(self.prefix + entry['name'])

    def declare(self):
        lines = ['/**', *wrap(f'enum {self.c_name} - {self.doc}', ' * ', ' *\t')]
        for entry in self.entries:
            lines += wrap(f'@{self.constant(entry)}: {entry["doc"]}', ' * ', ' *\t')
        lines += [' */', f'enum {self.c_name} {{']
        for number, entry in enumerate(self.entries):
            value = f' = 1 << {number}' if self.is_flags else ''
            lines.append(f'\t{self.constant(entry)}{value},')
        return lines + ['};', '']


class Attribute:
    """One attribute of a set."""

    def __init__(self, spec, prefix, attribute):
        self.spec = spec
        self.name = attribute['name']
        self.constant = upper(prefix + self.name)
        self.type = attribute['type']
        self.checks = attribute.get('checks', {})
        self.enum = spec.enums.get(attribute.get('enum'))
        self.nested = attribute.get('nested-attributes')
        self.is_mask = attribute.get('enum-as-flags', False)
        self.is_multi = attribute.get('multi-attr', False)
        self.doc = attribute.get('doc', 'Padding before 64-bit numbers; no meaning.')

    def limit(self, check):
        """The value of a check as C, None if there is none or it allows all that the type can hold."""
        value = self.checks.get(check)
        if value in (None, self.type + '-max', self.type + '-min'):
            return None
        return str(value) if isinstance(value, int) else 'SILO_' + upper(value)

    def describe(self):
        """The documentation: type, limits, then the text of the spec."""
        facts = [self.type]
        if self.enum:
            facts.append(('bits of ' if self.is_mask else '') + 'enum ' + self.enum.c_name)
        if self.nested:
            facts.append('of ' + upper(self.spec.prefixes[self.nested]) + '*')
        for check, text in (('exact-len', 'exactly {} bytes'), ('max-len', 'at most {} bytes'),
                            ('min', 'at least {}'), ('max', 'at most {}')):
            if self.limit(check):
                facts.append(text.format(self.limit(check)))
        if self.is_multi:
            facts.append('may be repeated')
        return f'{", ".join(facts)}. {self.doc}'

    def policy(self):
        """The initializer of a struct nla_policy."""
        low, high = self.limit('min'), self.limit('max')
        kind = 'NLA_' + upper(self.type)
        if self.type == 'string':
            return f'{{ .type = NLA_NUL_STRING, .len = {self.limit("max-len")} }}'
        if self.type == 'binary' and self.limit('exact-len'):
            return f'NLA_POLICY_EXACT_LEN({self.limit("exact-len")})'
        if self.type == 'binary':
            return f'{{ .type = NLA_BINARY, .len = {self.limit("max-len")} }}'
        if self.enum and self.is_mask:
            return f'NLA_POLICY_MASK({kind}, {hex((1 << len(self.enum.entries)) - 1)})'
        if self.enum and 'max' not in self.checks:
            high = self.enum.constant(self.enum.entries[-1])
        if low and high:
            return f'NLA_POLICY_RANGE({kind}, {low}, {high})'
        if low or high:
            return f'NLA_POLICY_{"MIN" if low else "MAX"}({kind}, {low or high})'
        if self.type not in ('u32', 'u64', 'flag'):
            sys.exit(f'{self.constant}: no policy for type {self.type} in a request')
        return f'{{ .type = {kind} }}'


class Operation:
    """One operation, or an event."""

    def __init__(self, spec, prefix, operation):
        self.name = lower(operation['name'])
        self.constant = upper(prefix + operation['name'])
        self.set_name = operation['attribute-set']
        self.doc = operation['doc']
        self.has_do = 'do' in operation
        self.has_dump = 'dump' in operation
        self.is_request = self.has_do or self.has_dump
        names = {name for way in ('do', 'dump') if way in operation
                 for name in operation[way].get('request', {}).get('attributes', [])}
        self.request = [a for a in spec.sets[self.set_name] if a.name in names]
        if len(self.request) != len(names):
            sys.exit(f'{self.name}: unknown attributes in the request')

    def handlers(self):
        """(member of struct genl_ops, arguments) of each handler."""
        callback = 'struct netlink_callback *cb'
        if self.has_do:
            yield 'doit', 'struct sk_buff *skb, struct genl_info *info'
        if self.has_dump:
            yield 'start', callback
            yield 'dumpit', 'struct sk_buff *skb, ' + callback
            yield 'done', callback


class Spec:
    """silo.yaml"""

    def __init__(self, path):
        spec = yaml.safe_load(path.read_text(encoding='utf-8'))
        self.name, self.version, self.doc = spec['name'], spec['version'], spec['doc']
        self.constants = [d for d in spec['definitions'] if d['type'] == 'const']
        self.enums = {d['name']: Enum(d) for d in spec['definitions'] if d['type'] != 'const'}
        self.prefixes = {s['name']: s['name-prefix'] for s in spec['attribute-sets']}
        self.set_docs = {s['name']: s['doc'] for s in spec['attribute-sets']}
        self.sets = {s['name']: [Attribute(self, s['name-prefix'], a) for a in s['attributes']]
                     for s in spec['attribute-sets']}
        operations = spec['operations']
        self.operation_prefix = operations['name-prefix']
        self.operations = [Operation(self, self.operation_prefix, o) for o in operations['list']]
        self.requests = [o for o in self.operations if o.is_request]
        self.groups = spec['mcast-groups']['list']


def numbered(prefix, entries):
    """An enum of (constant, documentation) from 1 on, with its largest number."""
    lines, start = ['enum {'], ' = 1'
    for constant, doc in entries:
        lines += [*comment(doc, '\t'), f'\t{constant}{start},']
        start = ''
    last = upper(prefix) + 'MAX'
    return lines + ['', '\t/* private: */', f'\t__{last},', f'\t{last} = (__{last} - 1)', '};', '']


def uapi_header(spec):
    lines = [UAPI_LICENSE, EDIT, '/*', *wrap(spec.doc, ' * ', ' * '), ' */',
             '#ifndef _UAPI_LINUX_SILO_H', '#define _UAPI_LINUX_SILO_H', '',
             f'#define SILO_GENL_NAME\t\t"{spec.name}"', f'#define SILO_GENL_VERSION\t{spec.version}', '']
    for constant in spec.constants:
        lines += [*comment(constant['doc']), f'#define SILO_{upper(constant["name"])}\t{constant["value"]}']
    lines.append('')
    for enum in spec.enums.values():
        lines += enum.declare()
    for name, attributes in spec.sets.items():
        lines += comment(f'Attributes {upper(spec.prefixes[name])}*: {spec.set_docs[name]}')
        lines += numbered(spec.prefixes[name], [(a.constant, a.describe()) for a in attributes])
    lines += comment('Commands. All answer with an errno and, if it is not 0, with a sentence '
                     '(extended acknowledgement).')
    lines += numbered(spec.operation_prefix, [
        (o.constant, f'{o.doc} Attributes {upper(spec.prefixes[o.set_name])}*.') for o in spec.operations])
    for group in spec.groups:
        lines += [*comment('Multicast group: ' + group['doc']),
                  f'#define SILO_MCGRP_{upper(group["name"])}\t"{group["name"]}"']
    return lines + ['', '#endif /* _UAPI_LINUX_SILO_H */']


def kernel_header(spec):
    lines = ['/* SPDX-License-Identifier: GPL-2.0-only */', EDIT,
             '#ifndef _SILO_GENERATED_NETLINK_H', '#define _SILO_GENERATED_NETLINK_H', '',
             '#include <net/genetlink.h>', '#include <net/netlink.h>', '', '#include <linux/silo.h>', '',
             f'#define SILO_NL_OPS_COUNT {len(spec.requests)}', '', 'enum {']
    lines += [f'\tSILO_NL_MCGRP_{upper(group["name"])},' for group in spec.groups]
    lines += ['\tSILO_NL_MCGRPS_COUNT', '};', '',
              'extern const struct genl_ops silo_nl_ops[SILO_NL_OPS_COUNT];',
              'extern const struct genl_multicast_group silo_nl_mcgrps[SILO_NL_MCGRPS_COUNT];', '']
    for operation in spec.requests:
        lines += [f'int silo_nl_{operation.name}_{member}({arguments});'
                  for member, arguments in operation.handlers()]
    return lines + ['', '#endif']


def kernel_source(spec):
    lines = ['// SPDX-License-Identifier: GPL-2.0-only', EDIT, '#include "netlink.h"', '']
    for operation in spec.requests:
        lines.append(f'static const struct nla_policy '
                     f'silo_{operation.name}_nl_policy[{operation.request[-1].constant} + 1] = {{')
        lines += [f'\t[{a.constant}] = {a.policy()},' for a in operation.request] + ['};', '']
    lines.append('const struct genl_ops silo_nl_ops[SILO_NL_OPS_COUNT] = {')
    for operation in spec.requests:
        lines += ['\t{', f'\t\t.cmd = {operation.constant},']
        lines += [f'\t\t.{member} = silo_nl_{operation.name}_{member},' for member, _ in operation.handlers()]
        lines += [f'\t\t.policy = silo_{operation.name}_nl_policy,',
                  f'\t\t.maxattr = {operation.request[-1].constant},', '\t},']
    lines += ['};', '', 'const struct genl_multicast_group silo_nl_mcgrps[SILO_NL_MCGRPS_COUNT] = {']
    for group in spec.groups:
        constant = upper(group['name'])
        lines.append(f'\t[SILO_NL_MCGRP_{constant}] = {{ .name = SILO_MCGRP_{constant} }},')
    return lines + ['};']


def library_header(spec):
    lines = ['/* SPDX-License-Identifier: LGPL-2.1-or-later */', EDIT,
             '#ifndef SILO_GENERATED_TABLES_H', '#define SILO_GENERATED_TABLES_H', '',
             '#include <stddef.h>', '', '#include <libmnl/libmnl.h>', '', '#include <linux/silo.h>', '',
             '/* One attribute: its name in the spec, its type, its exact size and its largest; 0 is any. */',
             'struct silo_attribute {', '\tconst char *name;', '\tenum mnl_attr_data_type type;',
             '\tsize_t exact_size;', '\tsize_t max_size;', '};', '',
             '/* The attributes of a set by their numbers, from 1 to @max. */',
             'struct silo_attribute_set {', '\tconst char *name;',
             '\tconst struct silo_attribute *attributes;',
             '\tunsigned int max;', '};', '',
             '/* The words of an enum by their numbers, or of flags by their bits. */',
             'struct silo_names {', '\tsize_t count;', '\tconst char *const *names;', '};', '']
    lines += [f'extern const struct silo_attribute_set silo_attributes_{lower(name)};' for name in spec.sets]
    lines += ['', '/* The set that a command uses, by its number. */',
              'extern const struct silo_attribute_set *const silo_command_sets[SILO_CMD_MAX + 1];', '']
    lines += [f'extern const struct silo_names silo_names_{lower(e.name)};' for e in spec.enums.values()]
    return lines + ['', '#endif']


def library_source(spec):
    lines = ['// SPDX-License-Identifier: LGPL-2.1-or-later', EDIT, '#include "tables.h"', '']
    for name, attributes in spec.sets.items():
        maximum = upper(spec.prefixes[name]) + 'MAX'
        lines.append(f'static const struct silo_attribute {lower(name)}_table[{maximum} + 1] = {{')
        for a in attributes:
            lines.append(f'\t[{a.constant}] = {{ "{a.name}", MNL_TYPE_{MNL_TYPES[a.type]}, '
                         f'{a.limit("exact-len") or 0}, {a.limit("max-len") or 0} }},')
        lines += ['};', '', f'const struct silo_attribute_set silo_attributes_{lower(name)} = {{',
                  f'\t"{name}", {lower(name)}_table, {maximum}', '};', '']
    lines.append('const struct silo_attribute_set *const silo_command_sets[SILO_CMD_MAX + 1] = {')
    lines += [f'\t[{o.constant}] = &silo_attributes_{lower(o.set_name)},' for o in spec.operations]
    lines += ['};', '']
    for enum in spec.enums.values():
        names = ', '.join(f'"{entry["name"]}"' for entry in enum.entries)
        lines += [f'const struct silo_names silo_names_{lower(enum.name)} = {{',
                  f'\t{len(enum.entries)}, (const char *const []) {{',
                  *wrap(names, '\t\t', '\t\t'), '\t}', '};', '']
    return lines[:-1]


FILES = {
    'kmod/include/uapi/linux/silo.h': uapi_header,
    'kmod/generated/netlink.h': kernel_header,
    'kmod/generated/netlink.c': kernel_source,
    'lib/src/generated/tables.h': library_header,
    'lib/src/generated/tables.c': library_source,
}


def main():
    parser = argparse.ArgumentParser(description='Make C from kmod/silo.yaml.')
    parser.add_argument('--check', action='store_true', help='write nothing, fail if a file differs')
    is_check = parser.parse_args().check
    spec = Spec(TREE / 'kmod/silo.yaml')
    status = 0
    for name, make in FILES.items():
        path, text = TREE / name, '\n'.join(make(spec)) + '\n'
        if path.exists() and path.read_text(encoding='utf-8') == text:
            continue
        if is_check:
            print(f'{name}: differs from kmod/silo.yaml, run "make generate"', file=sys.stderr)
            status = 1
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding='utf-8')
    return status


if __name__ == '__main__':
    sys.exit(main())
