import { cellsOf, LONG_LIVES, SHORT_LIVES } from './lives.ts';
import { refusalOf } from './refusals.ts';
import { type Cell, CELLS } from './settings.ts';

type Values = { readonly [Factor in keyof Cell]?: readonly Cell[Factor][] };

/** A test, and the cells that it meets: every combination of these values. */
export interface Proof extends Values {
  /** File below `test/e2e/`, without its ending (`.test` too), and how the test's title begins. */
  readonly file: string;
  readonly title: string;
  /** Run by `npm run test:long` alone. */
  readonly long?: true;
}

/** What a test has where it says nothing else. */
const USUAL = { land: ['last'], landBy: ['push'], delivery: ['env'], mode: ['apply'] } as const satisfies Values;
const BOTH = ['last', 'first'] as const;
const BY_PEOPLE = { deployer: ['argocd'], land: BOTH, landBy: ['pullRequest'] } as const;
const BY_OTHERS = { deployer: ['external'], land: ['first'] } as const;
const BY_FLUX = { deployer: ['flux'], land: ['first'], delivery: ['envFrom'] } as const;
const BY_SOURCES = { deployer: ['argocdSources'], land: ['last'] } as const;
const FILES = { deployer: ['argocd'], delivery: ['file'] } as const;
const WHOLE = { deployer: ['argocd'], delivery: ['envFrom'] } as const;

/** Tests of a single job: each goes deeper than a life does, for most strike in every step. */
export const SINGLE: readonly Proof[] = [
  ...of('argocd', 'plan', 'done', 'cli', 'plans without changing anything'),
  ...of('argocd', 'checkClient', 'done', 'drift', 'finds nothing in a clean registration'),
  ...of('argocd', 'checkClient', 'fails', 'drift', '%s is a finding of its own'),
  ...of('argocd', 'repair', 'done', 'drift', 'an entry that was taken out of the files is written again'),
  {
    ...BY_OTHERS,
    job: ['repair', 'checkClient'],
    ending: ['done'],
    file: 'driftElsewhere',
    title: 'a repair says that it waits',
    long: true,
  },
  {
    deployer: ['argocd'],
    land: ['first'],
    job: ['repair', 'checkClient'],
    ending: ['done'],
    file: 'driftElsewhere',
    title: 'repairs Authentik',
    long: true,
  },
  { ...of('argocd', 'registerClient', 'fails', 'failAtEachStep', 'in %s leaves everything as it was')[0], land: BOTH },
  {
    deployer: ['argocd'],
    land: ['first'],
    mode: ['discovery'],
    job: ['registerClient'],
    ending: ['fails'],
    file: 'failAtEachStep',
    title: 'in %s leaves everything as it was',
  },
  {
    deployer: ['argocd'],
    land: BOTH,
    job: ['registerClient'],
    ending: ['cancelled'],
    file: 'cancelAtEachStep',
    title: 'in the middle of %s rolls back',
  },
  ...of('argocd', 'registerClient', 'killed', 'killAtEachStep', 'during %s is followed by another'),
  {
    deployer: ['argocd'],
    land: BOTH,
    job: ['registerClient', 'rotateSecret', 'deregisterClient'],
    ending: ['done'],
    file: 'wholeLife',
    title: 'a client alone leaves everything',
  },
  {
    deployer: ['argocd'],
    land: ['first'],
    mode: ['discovery'],
    job: ['registerClient'],
    ending: ['done'],
    file: 'discovery',
    title: 'takes hash and objects for proof',
  },
  {
    ...BY_PEOPLE,
    job: ['registerClient'],
    ending: ['done'],
    file: 'pullRequest',
    title: 'ends well when people merge it by %s',
  },
  {
    ...BY_PEOPLE,
    job: ['registerClient'],
    ending: ['cancelled'],
    file: 'pullRequest',
    title: 'takes everything back when it is cancelled',
  },
  {
    ...BY_PEOPLE,
    job: ['change'],
    ending: ['done', 'fails'],
    file: 'pullRequest',
    title: 'changes a registered client when people merge',
  },
  {
    ...BY_PEOPLE,
    job: ['deregisterClient'],
    ending: ['done', 'fails'],
    file: 'deregisterByPullRequest',
    title: 'is put back where people delete its branch',
    long: true,
  },
  ...of('argocd', 'change', 'done', 'change', 'is unchanged when the changed registration runs again'),
  {
    deployer: ['argocd'],
    land: BOTH,
    job: ['change'],
    ending: ['fails', 'done'],
    file: 'changeAtEachStep',
    title: 'is as it was after a failure in %s',
    long: true,
  },
  ...of('argocd', 'rotateSecret', 'fails', 'rotate', 'that fails in %s leaves the old secret'),
  ...of('argocd', 'rotateSecret', 'cancelled', 'rotate', 'that is cancelled in %s leaves the old secret'),
  { ...of('argocd', 'rotateSecret', 'killed', 'rotateKilled', 'in %s is followed by another')[0], long: true },
  {
    ...BY_OTHERS,
    delivery: ['env', 'file'],
    job: ['rotateSecret'],
    ending: ['done', 'fails'],
    file: 'rotateElsewhere',
    title: 'that fails once Authentik has the new secret',
    long: true,
  },
  {
    deployer: ['argocd'],
    land: BOTH,
    job: ['deregisterClient'],
    ending: ['fails'],
    file: 'deregisterFails',
    title: 'that fails in %s leaves the client registered',
  },
  {
    deployer: ['argocd'],
    land: BOTH,
    job: ['deregisterClient'],
    ending: ['cancelled'],
    file: 'deregisterFails',
    title: 'that is cancelled in %s leaves the client',
  },
  ...of('argocd', 'deregisterClient', 'killed', 'deregisterKilled', 'a worker that is killed during %s'),
  {
    ...BY_OTHERS,
    job: ['registerClient'],
    ending: ['fails'],
    file: 'deployByExternal',
    title: 'a run that fails in %s is reverted',
  },
  {
    ...BY_OTHERS,
    job: ['registerClient'],
    ending: ['cancelled'],
    file: 'deployByExternal',
    title: 'a run that is cancelled in %s is reverted',
  },
  {
    ...BY_OTHERS,
    job: ['registerClient'],
    ending: ['done'],
    file: 'deployByExternal',
    title: 'a client is registered with one commit',
  },
  {
    ...BY_OTHERS,
    job: ['registerClient'],
    ending: ['killed'],
    file: 'deployByExternal',
    title: 'the signal recheck looks at once',
  },
  {
    ...BY_OTHERS,
    job: ['deregisterClient'],
    ending: ['fails'],
    file: 'deployByExternal',
    title: 'a deregistration that fails in %s',
  },
  {
    ...BY_OTHERS,
    job: ['deregisterClient'],
    ending: ['cancelled'],
    file: 'deployByExternal',
    title: 'a deregistration waits while nobody deploys',
  },
  {
    ...BY_OTHERS,
    job: ['deregisterClient'],
    ending: ['done'],
    file: 'deployByExternal',
    title: 'goes on once somebody deploys',
  },
  {
    ...FILES,
    job: ['registerClient'],
    ending: ['fails', 'done'],
    file: 'deliverByFile',
    title: 'a registration that fails is taken back',
  },
  {
    ...FILES,
    job: ['rotateSecret'],
    ending: ['fails', 'done'],
    file: 'deliverByFile',
    title: 'a rotation starts no pod',
  },
  {
    ...FILES,
    job: ['deregisterClient'],
    ending: ['fails', 'done'],
    file: 'deliverByFile',
    title: 'a deregistration is put back',
  },
  {
    ...FILES,
    job: ['checkClient', 'repair'],
    ending: ['done'],
    file: 'deliverByFile',
    title: 'a secret that a person changed in the vault',
  },
  {
    ...FILES,
    mode: ['discovery'],
    job: ['registerClient'],
    ending: ['done'],
    file: 'deliverByFile',
    title: 'a registration is applied by discovery',
  },
  {
    ...WHOLE,
    job: ['registerClient'],
    ending: ['fails', 'done'],
    file: 'envFrom',
    title: 'a registration that fails is taken back',
  },
  { ...WHOLE, job: ['change'], ending: ['done'], file: 'envFrom', title: 'what has no new secret makes no new pods' },
  {
    ...WHOLE,
    job: ['rotateSecret', 'deregisterClient'],
    ending: ['done'],
    file: 'envFrom',
    title: 'a rotation gives every pod the new secret',
  },
  { ...WHOLE, job: ['checkClient'], ending: ['done'], file: 'envFrom', title: 'a check finds a variable' },
  {
    ...WHOLE,
    land: ['first'],
    mode: ['discovery'],
    job: ['registerClient'],
    ending: ['fails', 'done'],
    file: 'envFrom',
    title: 'no pod installs the secret',
  },
  {
    ...BY_FLUX,
    job: ['registerClient'],
    ending: ['fails'],
    file: 'flux',
    title: 'a registration that fails in %s is reverted',
  },
  {
    ...BY_FLUX,
    job: ['registerClient'],
    ending: ['cancelled'],
    file: 'flux',
    title: 'a registration that is cancelled in %s',
  },
  {
    ...BY_FLUX,
    job: ['registerClient'],
    ending: ['done'],
    file: 'flux',
    title: 'a client is registered with one commit',
  },
  { ...BY_FLUX, job: ['checkClient', 'repair'], ending: ['done'], file: 'flux', title: 'a check finds nothing' },
  { ...BY_FLUX, job: ['change'], ending: ['fails'], file: 'flux', title: 'a change that fails in %s' },
  { ...BY_FLUX, job: ['change'], ending: ['done'], file: 'flux', title: 'it is changed' },
  { ...BY_FLUX, job: ['rotateSecret'], ending: ['fails'], file: 'flux', title: 'a rotation that fails in %s' },
  { ...BY_FLUX, job: ['rotateSecret'], ending: ['done'], file: 'flux', title: 'it is rotated' },
  {
    ...BY_FLUX,
    job: ['deregisterClient'],
    ending: ['fails'],
    file: 'flux',
    title: 'a deregistration that fails in %s',
  },
  { ...BY_FLUX, job: ['deregisterClient'], ending: ['done'], file: 'flux', title: 'it is deregistered' },
  {
    ...BY_SOURCES,
    job: ['registerClient'],
    ending: ['fails'],
    file: 'severalSourcesLife',
    title: 'a registration that fails in %s',
  },
  {
    ...BY_SOURCES,
    job: ['registerClient', 'change', 'rotateSecret', 'deregisterClient'],
    ending: ['done'],
    file: 'severalSourcesLife',
    title: 'a client is registered, changed, rotated and deregistered',
  },
];

function of(
  deployer: Cell['deployer'],
  job: Cell['job'],
  ending: Cell['ending'],
  file: string,
  title: string,
): readonly [Proof] {
  return [{ deployer: [deployer], job: [job], ending: [ending], file, title }];
}

/** A cell that a test meets. */
export interface Met {
  readonly cell: Cell;
  readonly file: string;
  readonly long: boolean;
}

/** Every cell that some test meets. */
export function metCells(): readonly Met[] {
  const single = SINGLE.flatMap(({ file, title: _title, long = false, ...values }) => {
    const meant = { ...USUAL, ...values };
    const factors = Object.keys(meant) as (keyof Cell)[];
    return CELLS.filter((cell) =>
      factors.every((factor) => (meant[factor] as readonly string[]).includes(cell[factor])),
    ).map((cell) => ({ cell, file, long }));
  });
  const short = SHORT_LIVES.flatMap((life) =>
    cellsOf(life).map((cell) => ({ cell, file: 'everyDeployer', long: false })),
  );
  const long = LONG_LIVES.flatMap((life) => cellsOf(life).map((cell) => ({ cell, file: 'everySetting', long: true })));
  return [...single, ...short, ...long].filter(({ cell }) => refusalOf(cell) === undefined);
}
