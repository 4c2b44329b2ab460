import type { WorkflowHandle } from '@temporalio/client';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import type { DeregisterResult } from '../../core/run/deregistration.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { startDeregistration, strikeStep } from '../e2e/deregistering.ts';
import { failPlace, rotatable } from '../e2e/rotationFaults.ts';
import type { TestBed } from '../e2e/testBed.ts';
import { INSTALLED } from './installations.ts';
import type { Stage } from './stage.ts';
import type { InstallationName, StoryName } from './target.ts';

/** A story that can be told again and again in one world. */
export interface Story {
  readonly client: string;
  /** Brings the world to where the story begins. */
  prepare(bed: TestBed): Promise<void>;
  /** Makes the run fail at its end, so that it takes everything back. */
  failLate(stage: Stage): Promise<void>;
  begin(bed: TestBed): Promise<WorkflowHandle>;
  /** What the snapshots do not show, after a run that was taken back. */
  intact(bed: TestBed): Promise<void>;
  /** What must be so after a run that ended well; the story then begins anew. */
  done(bed: TestBed, result: unknown): Promise<void>;
}

/** A client with a file on a host, which the job updates, a Schedule, and where there is one an ExternalSecret on another cluster. */
function clientOf(installation: InstallationName, name: string, version = 1): RegistrationInput {
  const { layout } = INSTALLED[installation];
  const { spec: plain, ...client } = rotatable(name, layout);
  const consumers = [...(plain.consumers ?? []), ...(layout === 'consumers' ? [serviceOf(name, version)] : [])];
  const spec = { ...plain, consumers, rotation: { every: `${version * 90}d` } };
  if (version === 1) return { ...client, spec };
  return {
    ...client,
    spec: {
      ...spec,
      redirectUris: [...spec.redirectUris, `https://${name}.orchard.example/second`],
      description: 'As it is now',
      groups: [{ name: `${name}-team`, serviceAccounts: [{ username: `svc-${name}-2` }] }],
    },
  };
}

function serviceOf(name: string, version: number) {
  return {
    kind: 'externalSecret',
    file: `apps/photos/${name}.yaml`,
    name: `${name}-oidc`,
    namespace: 'photos',
    cluster: 'hub',
    application: 'photos',
    kustomization: 'apps/photos/kustomization.yaml',
    secretStoreRef: { name: 'vault-orchard' },
    target: { name: `${name}-oidc` },
    secretKey: version === 1 ? 'clientSecret' : 'secret',
  } as const;
}

let clients = 0;

class Client {
  name = '';
  /** What is registered; 0: nothing. */
  version = 0;
  /** What its registration file says; 0: there is none. */
  #written = 0;
  readonly installation: InstallationName;

  constructor(installation: InstallationName) {
    this.installation = installation;
  }

  anew(): void {
    clients += 1;
    this.name = `m${clients}`;
    this.version = 0;
    this.#written = 0;
  }

  /** A person writes its file, without which no Schedule may be. */
  async written({ world }: TestBed, version: number): Promise<void> {
    if (this.#written === version) return;
    const { registrations = 'oidc-clients' } = world.installation.gitops;
    const file = `${registrations}/${this.name}.yaml`;
    await world.repository.commitAs('ada', { [file]: stringify(this.of(version)) }, `${this.name}, version ${version}`);
    this.#written = version;
  }

  async registered(bed: TestBed): Promise<void> {
    if (this.version > 0) return;
    this.anew();
    await this.written(bed, 1);
    await bed.register(this.name, this.of(1));
    await bed.world.consumer.byHand(this.name);
    this.version = 1;
  }

  of(version: number): RegistrationInput {
    return clientOf(this.installation, this.name, version);
  }
}

/** The last that can fail: people who do not want it, a target that takes no push, or what proves it. */
async function failLast({ bed, people }: Stage, { name, installation }: Client): Promise<void> {
  const { land, forge, mayApply = true } = INSTALLED[installation];
  if (forge !== undefined && land === 'last') people.closeIt = true;
  else
    await failStep(bed.world, land === 'last' ? 'landChange' : 'verifyRegistration', {
      land,
      slug: name,
      mayApply,
    });
}

const register = (client: Client): Story => ({
  get client() {
    return client.name;
  },
  prepare: async (bed) => {
    if (client.name === '') client.anew();
    await client.written(bed, 1);
  },
  failLate: (stage) => failLast(stage, client),
  begin: (bed) => bed.start(client.name, client.of(1)),
  intact: async () => undefined,
  done: async (bed, result) => {
    expectWhole(bed, client.name, result, 'registered');
    client.anew();
  },
});

const change = (client: Client): Story => {
  const next = (): number => (client.version === 1 ? 2 : 1);
  return {
    get client() {
      return client.name;
    },
    prepare: async (bed) => {
      await client.registered(bed);
      await client.written(bed, next());
    },
    failLate: (stage) => failLast(stage, client),
    begin: (bed) => bed.start(client.name, client.of(next())),
    intact: (bed) => expectAtWork(bed, client.name),
    done: async (bed, result) => {
      expectWhole(bed, client.name, result, 'registered');
      const row = bed.world.authentik.database.rows.providers.find(({ client_id }) => client_id === client.name);
      expect(row?.redirect_uris).toHaveLength(next());
      client.version = next();
    },
  };
};

const rotate = (client: Client): Story => ({
  get client() {
    return client.name;
  },
  prepare: (bed) => client.registered(bed),
  failLate: async ({ bed }) => failPlace(bed.world, 'distribute'),
  begin: (bed) => bed.startRotation(client.name, client.of(client.version)),
  intact: (bed) => expectAtWork(bed, client.name),
  done: async (bed, result) => {
    expectWhole(bed, client.name, result, 'rotated');
    await expectAtWork(bed, client.name);
  },
});

const deregister = (client: Client): Story => ({
  get client() {
    return client.name;
  },
  prepare: (bed) => client.registered(bed),
  intact: (bed) => expectAtWork(bed, client.name),
  failLate: ({ bed }) => strikeStep(bed.world, 'verifyRemoval', 'fail'),
  begin: (bed) =>
    startDeregistration(bed, client.name, {
      registration: client.of(client.version),
      doneByHand: true,
      force: true,
    }),
  done: async (bed, result) => {
    const { outcome, kept } = result as DeregisterResult;
    // A run that was terminated may have left nothing to do.
    expect(['deregistered', 'unchanged']).toContain(outcome);
    expect(kept.filter(({ what }) => !what.includes('the turn'))).toEqual([]);
    // The vault keeps what is out of service, and a turn that was not released is told.
    const {
      repository,
      vault: _vault,
      management,
      ...rest
    } = (await bed.world.snapshot()) as {
      repository: { files: object };
      vault: unknown;
      management: object;
    };
    const others = Object.entries(management).filter(([key]) => !key.startsWith('Lease '));
    expect(JSON.stringify([others, rest]).match(new RegExp(`.{0,60}\\b${client.name}\\b.{0,60}`))).toBeNull();
    const { fields } = bed.world.connect.item(bed.world.installation.vault.itemId);
    expect(fields.map(({ label }) => label)).not.toContain(fieldOf(bed, client.name));
    expect(Object.keys(repository.files).filter((file) => file.includes(client.name))).toEqual([]);
    client.version = 0;
  },
});

export function storyOf(name: StoryName, installation: InstallationName): Story {
  const client = new Client(installation);
  return { register, change, rotate, deregister }[name](client);
}

function fieldOf({ world }: TestBed, name: string): string {
  const { vaultField = '{name}-client-secret' } = world.installation.naming ?? {};
  return vaultField.replaceAll('{name}', name).replaceAll('{NAME}', name.toUpperCase());
}

/** A login of the service on the host comes to its end. */
async function expectAtWork({ world }: TestBed, name: string): Promise<void> {
  expect(await world.consumer.works(name)).toBe(true);
}

/** One secret, everywhere the same, and nothing of the run left over. */
function expectWhole(bed: TestBed, name: string, result: unknown, outcome: string): void {
  const { world } = bed;
  const { checks, ...rest } = result as {
    outcome: string;
    kept: readonly string[];
    checks: readonly { ok: boolean }[];
  };
  const field = fieldOf(bed, name);
  const previous = new Set([`${field}-previous`, `${field}-previous-since`]);
  const told = rest.kept.some((what) => what.includes(`the previous value of ${field}`));
  // A run that was terminated is continued, or found to have done all.
  expect([outcome, 'repaired', 'unchanged']).toContain(rest.outcome);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  const { fields } = world.connect.item(world.installation.vault.itemId);
  const ours = fields.filter(({ label = '' }) => label.startsWith(field) && !label.endsWith('-rotated'));
  const left = ours.filter(({ label = '' }) => !(told && previous.has(label)));
  expect(left.map(({ label }) => label)).toEqual([field]);
  const providers = world.authentik.database.rows.providers.filter((row) => row.client_id === name);
  expect(providers.map((row) => row.client_secret)).toEqual(left.map(({ value }) => value));
}
