import { describe, expect, it } from 'vitest';
import { brokenExpression, brokenText } from '../../../core/policy/expressions.ts';

describe('a text that Ansible templates', () => {
  it.each([
    'plain {braces} and }} alone',
    '{{ zot_config_dir }}/oidc.json',
    '{{- a.b["c"].0 | default("x", true) -}}',
    '{"secret": {{ zot_secret | to_nice_json(indent=2) }}}',
    "{{ a if b is defined and c | length > 0 else 'd' }}",
    '{{ a not in b }}',
    '{{ "lookup(" | quote }}',
  ])('may hold variables, literals and known filters: %s', (text) => {
    expect(brokenText(text)).toBeUndefined();
  });

  it.each([
    ['a lookup', '{{ lookup("pipe", "id") }}'],
    ['a query by its short name', '{{ q("pipe", "id") }}'],
    ['a call of what brackets give', '{{ (lookup)("pipe", "id") }}'],
    ['a call of what a key gives', '{{ a["b"]("id") }}'],
    ['a call in an argument', '{{ "" | default(lookup("pipe", "id")) }}'],
    ['a call in a condition', '{{ a if lookup("pipe", "id") else b }}'],
    ['a filter that reads or runs', '{{ "x" | extract(y) }}'],
    ['a filter of a collection', '{{ "x" | ansible.builtin.password_hash }}'],
    ["Python's own attributes", '{{ a.__class__ }}'],
    ["Python's own attributes as a key", '{{ a["__class__"] }}'],
    ['a key that is worked out', '{{ a[b] }}'],
    ['an expression in a string', '{{ a | default("{{ lookup(1) }}") }}'],
    ['a mapping', '{{ {"a": 1} }}'],
    ['a concatenation', '{{ a ~ b }}'],
    ['an escape in a string', String.raw`{{ "\x7b" }}`],
    ['all variables of the play', "{{ vars['authentik_secret_key'] }}"],
    ['all variables of another host', '{{ hostvars.other.ansible_become_password }}'],
    ['a statement', '{% import "x" as y %}'],
    ['a statement with a dash', '{%- set x = 1 %}'],
    ['a comment', '{# {{ a }} #}'],
    ['other delimiters', '#jinja2: variable_start_string: "[["\n[[ lookup("pipe", "id") ]]'],
    ['no end', '{{ a'],
    ['nothing', '{{ }}'],
    ['a test with arguments', '{{ a is match("x") }}'],
    ['parentheses without end', `{{ ${'('.repeat(20_000)} }}`],
    ['conditions in conditions', `{{ ${'a if '.repeat(20_000)} a }}`],
    ['arguments in arguments', `{{ ${'a | d('.repeat(10_000)} a }}`],
    ['a line break before a call', '{{ lookup\n("pipe") }}'],
  ])('may not hold %s', (_what, text) => {
    expect(brokenText(text)).toBeDefined();
  });

  it('takes the filters that the installation adds', () => {
    expect(brokenText('{{ a | my_filter }}')).toContain('filter "my_filter" is not allowed');
    expect(brokenText('{{ a | my_filter }}', ['my_filter'])).toBeUndefined();
  });
});

describe('a condition', () => {
  it.each(['a is defined', 'not a and b == "c"', 'x.stdout | length >= 1 or y is not none', 'a not in b'])(
    'may compare: %s',
    (text) => expect(brokenExpression(text)).toBeUndefined(),
  );

  it.each(['lookup("pipe", "id")', 'a is defined and q("x")', 'a and', 'a b'])('may not be more: %s', (text) => {
    expect(brokenExpression(text)).toBeDefined();
  });
});
