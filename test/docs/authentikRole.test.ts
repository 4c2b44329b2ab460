import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { BLUEPRINT_SCHEMA } from '../fixtures/authentikBlueprintSchema.ts';

const FILE = readFileSync('deploy/authentik-role.yaml', 'utf8');
/** A reference as the text that it is. */
const customTags = [{ tag: '!KeyOf', resolve: (id: string) => id }];
const read = (text: string): unknown => parse(text, { customTags });

interface Blueprint {
  readonly entries: readonly {
    readonly model: string;
    readonly id?: string;
    readonly attrs: Record<string, unknown>;
  }[];
}

const schema = z.fromJSONSchema(BLUEPRINT_SCHEMA as Parameters<typeof z.fromJSONSchema>[0]);
const takes = (text: string): boolean => schema.safeParse(read(text)).success;

describe('the role as a blueprint', () => {
  it('is one that the schema of Authentik accepts, with every line that stands in a comment', () => {
    expect(takes(FILE)).toBe(true);
    const whole = FILE.replaceAll(/# - authentik_/g, '- authentik_');
    expect(whole).not.toBe(FILE);
    expect(takes(whole)).toBe(true);
  });

  it.each([
    ['a misspelt permission', 'authentik_core.view_group\n', 'authentik_core.view_groups\n'],
    ['an attribute that is none', 'is_superuser: false', 'superuser: false'],
    ['an account of no type', 'type: service_account', 'type: robot'],
    ['a token of no intent', 'intent: api', 'intent: everything'],
    ['a model that nobody knows', 'authentik_rbac.role', 'authentik_rbac.roles'],
  ])('and that would not accept %s', (_what, from, to) => {
    expect(FILE).toContain(from);
    expect(takes(FILE.replace(from, to))).toBe(false);
  });

  it('makes nobody a superuser, names no secret, and refers back alone', () => {
    const { entries } = read(FILE) as Blueprint;
    expect(entries.map(({ model }) => model)).toEqual([
      'authentik_rbac.role',
      'authentik_core.group',
      'authentik_core.user',
      'authentik_core.token',
    ]);
    expect(entries[1]?.attrs).toMatchObject({ is_superuser: false, roles: ['role'] });
    expect(entries[2]?.attrs).toMatchObject({ groups: ['group'] });
    expect(entries[3]?.attrs).toMatchObject({ user: 'account' });
    expect(stringify(entries.map(({ attrs }) => Object.keys(attrs)))).not.toMatch(/key|password/);
  });

  it('names what the page of permissions does, and nothing else', () => {
    const page = readFileSync('docs/reference/permissions.md', 'utf8');
    const section = page.slice(page.indexOf('## Authentik'), page.indexOf('## 1Password'));
    const namedIn = (text: string) => [...text.matchAll(/authentik_[a-z0-9_]+\.(?:add|change|delete|view)_[a-z0-9]+/g)];
    const all = (text: string) => [...new Set(namedIn(text).map(([name]) => name))].toSorted();
    expect(all(FILE)).toEqual(all(section));
  });
});
