import { expect } from 'vitest';
import { sha512 } from '../../../../sandbox/authentik/hash.ts';
import type { Lab } from '../lab.ts';
import type { Recording } from '../recordings.ts';
import { clientText, groupText } from '../texts.ts';
import { DEMO, demo, ENV, tasksOf, type Case } from './case.ts';

const demoPk = async (lab: Lab): Promise<string> => {
  await demo(lab);
  return lab.instance(DEMO).pk;
};

/** Two instances of custom/d1.yaml: the discovered one, named dup, and one made by API. */
async function twoOfOnePath(lab: Lab): Promise<void> {
  await lab.pod({ 'custom/d1.yaml': groupText('dup') });
  lab.standIn.pool.createInstance('dup2', 'custom/d1.yaml');
}

function setEnabled(enabled: boolean): NonNullable<Case['arrange']> {
  return async (lab) => {
    await lab.pod({ 'custom/d1.yaml': groupText('dup') });
    const instance = lab.instance('custom/d1.yaml');
    instance.enabled = enabled;
    return instance.pk;
  };
}

async function fileRemoved(lab: Lab): Promise<string> {
  const path = 'custom/q8nokey.yaml';
  const pod = await lab.pod({ [path]: groupText('oidc-q8nokey') });
  pod.remove(path);
  await lab.settled();
  return lab.instance(path).pk;
}

const BAD_YAML = 'version: 1\nmetadata:\n  name: b1\nentries:\n  - model: [unclosed\n';

/** custom/b1.yaml was good and applied, then overwritten by text that is no YAML. */
async function badOverGood(lab: Lab): Promise<string> {
  const path = 'custom/b1.yaml';
  const pod = await lab.pod({ [path]: groupText('b1') });
  const good = { ...lab.instance(path) };
  pod.write(path, BAD_YAML);
  await lab.settled();
  await lab.apply(path);
  const bad = lab.instance(path);
  expect(bad).toMatchObject({ status: 'successful', last_applied_hash: sha512(groupText('b1')) });
  expect(bad.last_applied > good.last_applied).toBe(true);
  return bad.pk;
}

async function context(lab: Lab): Promise<string> {
  const labels = ['  labels:', '    example.invalid/owner: oidc'];
  await lab.pod({ 'custom/c1.yaml': groupText('c1', labels) });
  return lab.instance('custom/c1.yaml').pk;
}

export const BLUEPRINTS: Readonly<Record<string, Case>> = {
  '01-apply-missing-instance': {},
  '01-apply': {
    changes: ['instances'],
    arrange: demoPk,
    async effect(lab, { body }) {
      const before = (body as { last_applied: string }).last_applied;
      const [newest, ...older] = tasksOf(lab, DEMO);
      expect(older).toHaveLength(1);
      expect(newest).toMatchObject({ state: 'done' });
      expect(lab.instance(DEMO).last_applied > before).toBe(true);
      expect(lab.instance(DEMO)).toMatchObject({
        status: 'successful',
        last_applied_hash: sha512(clientText({ slug: 'demo', people: true })),
      });
    },
  },
  '01-create-content': {
    changes: ['instances'],
    effect(lab) {
      const rows = lab.rows.instances;
      expect(rows).toMatchObject([{ name: 'goodcontent', path: '', status: 'unknown', last_applied_hash: '' }]);
      expect(
        lab.rows.groups.some((group) => group.name === 'gc'),
        'nothing is applied yet',
      ).toBe(false);
    },
  },
  '01-create-invalid-content': {
    arrange: (lab) => void lab.group('admins'),
    effect: (lab) => expect(lab.rows.instances).toEqual([]),
  },
  '06-apply-file-removed': {
    changes: ['instances'],
    arrange: fileRemoved,
    effect(lab) {
      expect(lab.instance('custom/q8nokey.yaml').status).toBe('error');
      expect(
        lab.rows.groups.some((group) => group.name === 'oidc-q8nokey'),
        'objects stay',
      ).toBe(true);
    },
  },
  '06-available': { arrange: availableFiles },
  '06-blueprint-bad-yaml-over-good': { arrange: badOverGood },
  '06-blueprint-by-pk': { arrange: demoPk },
  '06-blueprints-by-path-none': {},
  '06-blueprints-by-path': { arrange: demoPk },
  '06-tasks-bad-yaml-over-good': { arrange: badOverGood, ownWords: true },
  '06-tasks-discovery-broken-by-list-yaml': {
    async arrange(lab) {
      const pod = await lab.pod({});
      pod.write('custom/b4.yaml', '- version: 1\n- entries: []\n');
      pod.write('custom/b5.yaml', groupText('b5'));
      await lab.settled();
      expect(lab.rows.instances, 'no new file is taken up').toEqual([]);
    },
  },
  '06-tasks-file-removed': {
    async arrange(lab) {
      const pk = await fileRemoved(lab);
      await lab.apply('custom/q8nokey.yaml');
      return pk;
    },
  },
  '07-create-duplicate-name': {
    arrange: async (lab) => void (await lab.pod({ 'custom/d1.yaml': groupText('dup') })),
    effect: (lab) => expect(lab.rows.instances).toHaveLength(1),
  },
  '07-create-missing-path': {
    arrange: async (lab) => void (await lab.pod({})),
    effect: (lab) => expect(lab.rows.instances).toEqual([]),
  },
  '07-create-second-instance-same-path': {
    changes: ['instances'],
    arrange: async (lab) => void (await lab.pod({ 'custom/d1.yaml': groupText('dup') })),
    effect(lab) {
      expect(lab.rows.instances).toMatchObject([
        { name: 'dup', path: 'custom/d1.yaml', status: 'successful' },
        { name: 'dup2', path: 'custom/d1.yaml', status: 'unknown' },
      ]);
    },
  },
  '07-delete-instance': {
    changes: ['instances'],
    async arrange(lab) {
      await twoOfOnePath(lab);
      return lab.rows.instances.find((row) => row.name === 'dup2')?.pk;
    },
    effect: (lab) => expect(lab.rows.instances).toMatchObject([{ name: 'dup' }]),
  },
  '07-disable-without-path': {
    arrange: setEnabled(true),
    effect: (lab) => expect(lab.instance('custom/d1.yaml').enabled).toBe(true),
  },
  '07-disable': {
    changes: ['instances'],
    arrange: setEnabled(true),
    effect: (lab) => expect(lab.instance('custom/d1.yaml').enabled).toBe(false),
  },
  '07-enable': {
    changes: ['instances'],
    arrange: setEnabled(false),
    effect: (lab) => expect(lab.instance('custom/d1.yaml').enabled).toBe(true),
  },
  '07-list-two-instances-one-path': { arrange: twoOfOnePath },
  '07-tasks-apply-disabled': {
    async arrange(lab) {
      await lab.pod({ 'custom/d1.yaml': groupText('dup') });
      const instance = lab.instance('custom/d1.yaml');
      instance.enabled = false;
      const before = { ...instance };
      await lab.apply('custom/d1.yaml');
      const { last_applied, ...rest } = lab.instance('custom/d1.yaml');
      expect(rest).toMatchObject({ status: 'successful', last_applied_hash: before.last_applied_hash });
      expect(last_applied > before.last_applied).toBe(true);
      return instance.pk;
    },
  },
  '07-tasks-discovery-duplicate-name': {
    async arrange(lab) {
      await lab.pod({
        'custom/d1.yaml': groupText('dup'),
        'custom/d2.yaml': groupText('dup'),
        'custom/d3.yaml': groupText('d3'),
      });
      expect(
        lab.rows.instances.map((row) => row.path),
        'neither it nor the file after it',
      ).toEqual(['custom/d1.yaml']);
    },
  },
  '11-tasks-of-instance-ok': {
    async arrange(lab) {
      const pk = await demoPk(lab);
      await lab.apply(DEMO);
      await lab.apply(DEMO);
      return pk;
    },
  },
  '16-instance-with-context-and-labels': {
    async arrange(lab) {
      const pk = await context(lab);
      lab.instance('custom/c1.yaml').context = { mark: 'from-instance' };
      return pk;
    },
  },
  '16-set-context': {
    changes: ['instances'],
    arrange: context,
    effect: (lab) => expect(lab.instance('custom/c1.yaml').context).toEqual({ mark: 'from-instance' }),
  },
  '17-blueprint-two-applies-at-once': { arrange: clash },
  '17-tasks-two-applies-at-once': {
    arrange: clash,
    // The third task is an earlier apply of another text, with a line that another thread of the worker logged meanwhile.
    trim(recorded) {
      const { pagination, results } = recorded as { pagination: object; results: readonly unknown[] };
      return {
        ...(recorded as object),
        pagination: { ...pagination, count: 2, end_index: 2 },
        results: results.slice(0, 2),
      };
    },
  },
};

interface Listed {
  readonly path: string;
  readonly meta: { readonly name: string; readonly labels: Readonly<Record<string, string>> } | null;
}

/** Files of the recorded paths and metadata, one that is no YAML, and one whose name ends otherwise. */
export async function availableFiles(lab: Lab, { response }: Recording): Promise<void> {
  const listed = (response.body as readonly (Listed | string)[]).filter((file) => typeof file !== 'string');
  const files = listed.map(({ path, meta }) => [path, meta === null ? 'version: 1\nentries: []\n' : textWith(meta)]);
  await lab.pod({ 'custom/bad.yaml': BAD_YAML, ...Object.fromEntries(files), 'custom/other.yml': groupText('other') });
}

function textWith({ name, labels }: NonNullable<Listed['meta']>): string {
  const lines = Object.entries(labels).map(([label, value]) => `    ${label}: ${JSON.stringify(value)}`);
  return groupText(name, lines.length === 0 ? [] : ['  labels:', ...lines]);
}

/** Two applies of a new file ran at once: every object exists, and the instance has an error and no hash. */
async function clash(lab: Lab): Promise<string> {
  lab.faults.add({ system: 'authentik', times: 1, effect: { kind: 'behaviour', name: 'applyClash' } });
  lab.group('admins');
  await lab.pod({ 'custom/lone.yaml': clientText({ slug: 'lone', people: true }) }, ENV);
  expect(lab.rows.applications, 'every object exists').toMatchObject([{ slug: 'lone' }]);
  expect(lab.rows.groups.some((group) => group.name === 'lone-ci')).toBe(true);
  return lab.instance('custom/lone.yaml').pk;
}
