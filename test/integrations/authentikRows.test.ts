import { describe, expect, it } from 'vitest';
import { MADE_FOR } from '../../core/authentik/renderBlueprint.ts';
import * as readersByName from '../../integrations/authentik/rows.ts';
import type { Row } from '../../integrations/authentik/shape.ts';
import { NoAnswer } from '../../integrations/httpAnswer.ts';

const readers: Readonly<Record<string, unknown>> = readersByName;

const GROUP = {
  pk: 'g',
  name: 'staff',
  is_superuser: true,
  parents: ['p'],
  roles: ['r'],
  roles_obj: [{ pk: 'r', name: 'operator' }],
};

/** A row with every field that its reader looks at, and no value that anybody would take for none. */
const ROWS: Readonly<Record<keyof typeof readersByName, Row>> = {
  toProvider: {
    pk: 7,
    name: 'Zot',
    client_id: 'zot',
    client_type: 'public',
    authorization_flow: 'f',
    invalidation_flow: 'i',
    signing_key: 'k',
    encryption_key: 'e',
    property_mappings: ['m'],
    redirect_uris: [{ matching_mode: 'regex', url: 'https://zot.example/', redirect_uri_type: 'logout' }],
    grant_types: ['implicit'],
    sub_mode: 'user_uuid',
    issuer_mode: 'global',
    include_claims_in_id_token: true,
    assigned_application_slug: 'zot',
    access_code_validity: 'minutes=2',
    access_token_validity: 'minutes=3',
    refresh_token_validity: 'days=4',
    refresh_token_threshold: 'hours=5',
    authentication_flow: 'a',
    logout_uri: 'https://zot.example/out',
    logout_method: 'frontchannel',
  },
  toApplication: {
    pk: 'a',
    name: 'Zot',
    slug: 'zot',
    provider: 7,
    meta_launch_url: 'https://zot.example/',
    meta_publisher: 'us',
    meta_description: 'what it is',
    meta_icon: 'icon.svg',
    meta_hide: true,
    open_in_new_tab: true,
    group: 'tools',
    policy_engine_mode: 'all',
  },
  toBinding: {
    pk: 'b',
    target: 'a',
    order: 3,
    enabled: true,
    negate: true,
    timeout: 9,
    failure_result: true,
    group: 'g',
    group_obj: { name: 'staff' },
    user: 5,
    user_obj: { username: 'alice' },
    policy: 'p',
    policy_obj: { name: 'office hours' },
    expiring: true,
    expires: '2027-06-30T18:00:00Z',
  },
  toGroupHead: GROUP,
  toGroup: { ...GROUP, users_obj: [{ pk: 5, username: 'alice' }], attributes: { [MADE_FOR]: 'zot' } },
  toUser: {
    pk: 5,
    username: 'alice',
    name: 'Alice',
    type: 'service_account',
    is_active: true,
    groups: ['g'],
    attributes: { [MADE_FOR]: 'zot' },
  },
  toInstance: {
    pk: 'i',
    name: 'zot',
    path: 'mnt/zot.yaml',
    enabled: true,
    status: 'successful',
    last_applied: '2026-01-01T00:00:00.000001Z',
    last_applied_hash: 'h',
  },
  toFile: { path: 'mnt/zot.yaml', hash: 'h', meta: { name: 'zot' } },
  toTask: {
    message_id: 't',
    state: 'done',
    aggregated_status: 'error',
    logs: [{ log_level: 'warning', event: 'said' }],
    previous_logs: [{ log_level: 'error', event: 'said before' }],
  },
  toUsedBy: { app: 'authentik_core', model_name: 'user', pk: '5', name: 'alice', action: 'cascade' },
};

/** A role whose name is not told is called by its key, which is another field of the answer. */
const INSTEAD: ReadonlySet<unknown> = new Set(['r']);

type Path = readonly (string | number)[];

function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  if (Array.isArray(value)) return value.flatMap((each, i) => pathsIn(each, [...path, i]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...pathsIn(inner, [...path, key])]);
}

function without(row: Row, path: Path): Row {
  const copy = structuredClone(row) as Record<string | number, unknown>;
  const holder = path.slice(0, -1).reduce((at, key) => at[key] as Record<string | number, unknown>, copy);
  delete holder[path.at(-1) ?? ''];
  return copy;
}

/** Whether all that an answer says, the whole one says as well. */
function saysNoMore(part: unknown, whole: unknown): boolean {
  if (part === undefined || part === whole || INSTEAD.has(part)) return true;
  if (typeof part !== 'object' || part === null || typeof whole !== 'object' || whole === null) return false;
  if (Array.isArray(part) && Array.isArray(whole) && part.length !== whole.length) return false;
  return Object.entries(part).every(([key, inner]) => saysNoMore(inner, (whole as Record<string, unknown>)[key]));
}

/** A row that notes which of its fields are looked at. */
function watched(row: Row, seen: Set<string>): Row {
  return new Proxy(row, {
    get(target, field) {
      seen.add(String(field));
      return target[String(field)];
    },
  });
}

describe.each(Object.entries(ROWS))('%s', (name, row) => {
  const read = readers[name] as (found: Row) => unknown;

  it('looks at no field that its row here does not have', () => {
    const seen = new Set<string>();
    read(watched(row, seen));
    expect([...seen].filter((field) => !(field in row) && field !== 'parent')).toEqual([]);
  });

  it.each(pathsIn(row).map((path) => [path.join('.'), path] as const))(
    'makes no value of an absent %s',
    (_words, path) => {
      const whole = read(row);
      try {
        const part = read(without(row, path));
        expect(saysNoMore(part, whole), JSON.stringify(part)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(NoAnswer);
      }
    },
  );
});
