import { expect } from 'vitest';
import type { Rows } from '../../../../sandbox/authentik/state.ts';
import type { Answer, Lab, Pod } from '../lab.ts';
import { SECRET } from '../lab.ts';
import type { Recording } from '../recordings.ts';
import { clientText, type ClientText } from '../texts.ts';

/** How one recording is played again. */
export interface Case {
  /**
   * Puts the stand-in into the recording's precondition by its own means. May return the key that takes the place of the
   * recorded one in the path.
   */
  readonly arrange?: (lab: Lab, recording: Recording) => Promise<string | number | void> | string | number | void;
  /** The recorded body with our keys in the place of the recorded ones. */
  readonly body?: (lab: Lab, recorded: Readonly<Record<string, unknown>>) => unknown;
  /** The tables that the request changes, with all the work that it asks for; no other may. */
  readonly changes?: readonly (keyof Rows)[];
  /** What the request must have changed, when all work is done. */
  readonly effect?: (lab: Lab, answer: Answer) => Promise<void> | void;
  /** The recording without what has nothing to do with it. */
  readonly trim?: (recorded: unknown) => unknown;
  /** The logged words are a parser's own. */
  readonly ownWords?: boolean;
}

/** Why a recording is not played again. */
export type LeftOut = string;

export const DEMO = 'custom/demo.yaml';
export const ENV = { OIDC_DEMO_SECRET: SECRET };

/** `grant_types` only where the version knows it, as the recorded files had it. */
function textFor(lab: Lab, text: ClientText): string {
  return clientText(has2026_5(lab) ? text : { ...text, grantTypes: text.grantTypes ?? '' });
}

function has2026_5(lab: Lab): boolean {
  return lab.version.startsWith('2026.5');
}

/** custom/demo.yaml placed and applied: provider, application, binding to admins, group demo-ci, user svc-demo. */
export async function demo(lab: Lab): Promise<Pod> {
  lab.group('admins');
  const pod = await lab.pod({ [DEMO]: clientText({ slug: 'demo', people: true }) }, ENV);
  expect(lab.instance(DEMO)).toMatchObject({ status: 'successful', name: 'oidc-demo' });
  return pod;
}

/** Another client beside demo, discovered and then applied by API. Returns its instance's key. */
export async function besideDemo(lab: Lab, text: ClientText): Promise<string> {
  const pod = await demo(lab);
  const path = `custom/${text.slug}.yaml`;
  pod.write(path, textFor(lab, text));
  await lab.settled();
  await lab.apply(path);
  return lab.instance(path).pk;
}

/** One client alone, with admins to bind it to. */
export async function alone(lab: Lab, text: ClientText): Promise<Pod> {
  lab.group('admins');
  return lab.pod({ [`custom/${text.slug}.yaml`]: textFor(lab, text) }, ENV);
}

export function provider(lab: Lab, name: string) {
  const found = lab.rows.providers.find((row) => row.name === name);
  if (found === undefined) throw new Error(`no provider ${name}`);
  return found;
}

export function application(lab: Lab, slug: string) {
  const found = lab.rows.applications.find((row) => row.slug === slug);
  if (found === undefined) throw new Error(`no application ${slug}`);
  return found;
}

export function group(lab: Lab, name: string) {
  const found = lab.rows.groups.find((row) => row.name === name);
  if (found === undefined) throw new Error(`no group ${name}`);
  return found;
}

export function user(lab: Lab, username: string) {
  const found = lab.rows.users.find((row) => row.username === username);
  if (found === undefined) throw new Error(`no user ${username}`);
  return found;
}

/** The apply tasks of a path's instance, newest first. */
export function tasksOf(lab: Lab, path: string) {
  const { pk } = lab.instance(path);
  return lab.standIn.pool.tasks.filter((task) => task.instance === pk);
}
