import { expect } from 'vitest';
import type { Lab } from '../lab.ts';
import { availableFiles } from './blueprints.ts';
import { application, DEMO, demo, provider, tasksOf, type Case } from './case.ts';

/** The role of the recordings. */
const SEVEN_VIEWS = [
  'view_blueprintinstance',
  'view_oauth2provider',
  'view_application',
  'view_policybinding',
  'view_group',
  'view_user',
  'view_task',
];

const SUBJECTS: Readonly<Record<string, (lab: Lab) => string | number | undefined>> = {
  'app-get': () => undefined,
  'app-list': () => undefined,
  bindings: (lab) => application(lab, 'demo').pk,
  'bp-apply': (lab) => lab.instance(DEMO).pk,
  'bp-get': (lab) => lab.instance(DEMO).pk,
  'bp-list': () => undefined,
  groups: () => undefined,
  'prov-get': (lab) => provider(lab, 'demo').pk,
  'prov-list': () => undefined,
  tasks: (lab) => lab.instance(DEMO).pk,
  users: () => undefined,
  version: () => undefined,
};

function limited(permissions: readonly string[], what: string): Case {
  return {
    async arrange(lab) {
      await demo(lab);
      lab.grant.permissions = new Set(permissions);
      return SUBJECTS[what]?.(lab);
    },
  };
}

function available(permissions: readonly string[]): Case {
  return {
    async arrange(lab, recording) {
      await availableFiles(lab, recording);
      lab.grant.permissions = new Set(permissions);
    },
  };
}

/** What a token may do: none, wrong, without permissions, with the seven that only view, and with the one to apply. */
export const TOKENS: Readonly<Record<string, Case>> = {
  '01-admin-version': {},
  '01-admin-version-bad-token': {},
  '01-admin-version-no-token': {},
  '10-rbac-no-permissions-bp-available': available([]),
  '10-rbac-seven-view-permissions-bp-available': available(SEVEN_VIEWS),
  ...Object.fromEntries(
    Object.keys(SUBJECTS).flatMap((what) => [
      [`10-rbac-no-permissions-${what}`, limited([], what)],
      [`10-rbac-seven-view-permissions-${what}`, limited(SEVEN_VIEWS, what)],
    ]),
  ),
  '10-rbac-apply-with-view-and-add': {
    ...limited(['view_blueprintinstance', 'add_blueprintinstance'], 'bp-apply'),
    changes: ['instances'],
    effect: (lab) => expect(tasksOf(lab, DEMO)).toMatchObject([{ state: 'done' }, { state: 'done' }]),
  },
};
