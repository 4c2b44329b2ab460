import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filePlan } from '../../client/filePlan.ts';
import { importWithPlan } from '../../client/importPlan.ts';
import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { planFileChanges, planFileRemovals, type ChangeInput } from '../../core/changes/fileChanges.ts';
import { importStanding } from '../../core/import/importClient.ts';
import { standingClients } from '../../core/import/clients.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { namesIn } from '../../core/edits/blueprint/namesIn.ts';
import { sectionsOf } from '../../core/edits/blueprint/sectionSources.ts';
import { deliveredOf } from '../../core/names/delivered.ts';
import { resolveNames } from '../../core/names/names.ts';
import type { EngineMode } from '../../core/authentik/wantedState.ts';
import type { Registration } from '../../core/registration/registration.ts';
import { textsOf } from '../fixtures/texts.ts';
import { type ClientShape, redirectOf } from './handMade/blueprint.ts';
import { repositoryOf, variableOf, type MadeRepository, type RepositoryShape } from './handMade/repository.ts';
import { documentsIn, isWithin, labelOf, providersIn, sectionTexts } from './handMade/secondReader.ts';
import { repositories } from './handMade/shapes.ts';

/**
 * Repositories as people have them, with every shape combined that public ones were seen to have (test/core/handMade). Nothing of the
 * project writes them, and what Authentik's worker gets is read by another YAML parser, which follows ExternalSecret and `envFrom` by
 * itself.
 */

const RUNS = Number(process.env['HAND_MADE_RUNS'] ?? (process.env['TEST_LONG'] === 'true' ? 2_000 : 400));
// The same for everybody, so that a change is judged and not the dice; another one is given by hand.
const SEED = Number(process.env['HAND_MADE_SEED'] ?? 20_261_201);

/** Why a client cannot be taken as it stands, where that is so. */
function whyNot(shape: RepositoryShape, client: ClientShape): string | undefined {
  // Nothing is asked of how a secret arrives that the client does not have.
  if (isPublic(shape, client)) return sharesScope(shape, client) ? SHARED : undefined;
  if (client.secret === 'absent' || client.secret === 'clear') return 'its blueprint names no secret of the vault';
  return sharesScope(shape, client) ? SHARED : whyNoNew(shape);
}

const SHARED = 'two mappings of its section are of one scope';

/** Merged attributes come from one that is confidential. */
function isPublic({ style }: RepositoryShape, client: ClientShape): boolean {
  return client.isPublic && !style.merged;
}

/** Each client's own mapping is of the same scope, so that two in one section cannot be told apart by it. */
function sharesScope({ clients, sections }: RepositoryShape, client: ClientShape): boolean {
  const together =
    sections === 'together' || sections === 'apart' ? clients : sections === 'two' ? clients.slice(0, 2) : [];
  return (
    together.includes(client) &&
    together.filter(({ mappings }) => mappings === 'own').length > 1 &&
    client.mappings === 'own'
  );
}

/** Why no new client can be added, where that is so. */
function whyNoNew({ template, fetch }: RepositoryShape): string | undefined {
  if (template === 'from') return 'the keys of the Secret come from a templateFrom';
  if (fetch !== 'data' && template !== 'data') return 'every field of the item would arrive, pending ones too';
  return undefined;
}

const count = new Map<string, number>();
const counted = (what: string): unknown => count.set(what, (count.get(what) ?? 0) + 1);

async function adopts({ files, installation }: MadeRepository, shape: RepositoryShape, client: ClientShape) {
  const read = (path: string): string | undefined => files[path];
  const standing = standingClients({ installation, read });
  expect(standing.unreadable).toEqual([]);
  expect(new Set(standing.clients.map(({ slug }) => slug))).toEqual(new Set(shape.clients.map(({ slug }) => slug)));
  const found = standing.clients.find(({ slug }) => slug === client.slug);
  if (found === undefined) throw new Error('no such client');
  const why = whyNot(shape, client);
  const input = { client: client.slug, installation, paths: Object.keys(files), read };
  const imported =
    found.refusal === undefined
      ? await importWithPlan({ input, standing, files: textsOf(files) }, found)
      : { refusal: found.refusal, lines: 0, text: found.refusal };
  const isClean = imported.refusal === undefined && imported.lines === 0;
  if (isClean !== (why === undefined)) expect(imported.text).toBe(why ?? 'nothing would change');
  const kind = isPublic(shape, client) ? 'public and ' : '';
  counted(why === undefined ? `${kind}adopted, nothing would change` : `not adopted: ${why}`);
  if (why !== undefined) return;
  // What was read is what the generator meant.
  const { registration } = importStanding(input, standing, found);
  const names = resolveNames(checkRegistration(registration, 'imported'), installation);
  expect(names).toMatchObject({ slug: client.slug, providerName: client.providerName });
  if (isPublic(shape, client)) {
    expect(deliveredOf(names)).toEqual([]);
    return;
  }
  expect(names).toMatchObject({
    vaultField: client.field,
    secretKey: client.key,
    envVar: client.variable,
  });
  const { clientId } = client;
  const isKept = shape.keepsIds === true && 'variable' in clientId;
  expect(names.keptId?.envVar).toBe(isKept ? clientId.variable : undefined);
  if (isKept) counted('adopted with the id that the vault keeps');
}

const asked = (name: string, redirect: string, clientId?: { readonly envVar: string }): Registration =>
  checkRegistration(
    {
      apiVersion: 'oidc-registrar/v1',
      kind: 'OidcClient',
      metadata: { name },
      spec: { displayName: 'Notice board', redirectUris: [redirect], access: { groups: ['family'] }, clientId },
    },
    'test',
  );

function inputOf(
  { installation }: MadeRepository,
  registration: Registration,
  files: Readonly<Record<string, string>>,
  engineMode: EngineMode = 'any',
): ChangeInput {
  const names = namesIn(
    registration,
    installation,
    sectionsOf(installation, (path) => files[path]),
  );
  const { text } = renderBlueprint({ registration, installation, names, authentikVersion: '2026.5.0', engineMode });
  const steps = ['patchExternalSecret', 'syncBlueprint', 'renderAnsibleFiles', 'deliverToConsumers'] as const;
  return { registration, installation, names, blueprintText: text, steps, read: (path) => files[path] };
}

/** The files as a plan leaves them, or what it refuses. */
async function planned(
  { installation }: MadeRepository,
  registration: Registration,
  files: Readonly<Record<string, string>>,
) {
  try {
    const { files: changed } = await filePlan({ registration, installation, files: textsOf(files) });
    return { ...files, ...Object.fromEntries(changed.map(({ path, after = '' }) => [path, after])) };
  } catch (error) {
    if (error instanceof RegistrarError) return error;
    throw error;
  }
}

async function takesNew(made: MadeRepository, shape: RepositoryShape): Promise<void> {
  const { files } = made;
  const clientId = shape.keepsIds === true ? { envVar: variableOf(shape, 'BOARD_CLIENT_ID') } : undefined;
  const registration = asked('board', 'https://board.orchard.example/callback', clientId);
  const why = whyNoNew(shape);
  const after = await planned(made, registration, files);
  if (after instanceof RegistrarError) {
    if (why === undefined) expect(after.message).toBe('a plan');
    counted(`no new client: ${why}`);
    return;
  }
  if (why !== undefined) expect(after).toBe(why);
  counted('a new client is added');
  // Nothing of others has gone, and no line of theirs but an empty list.
  for (const [path, text] of Object.entries(files)) {
    expect(isWithin(documentsIn(withoutTags(text)), documentsIn(withoutTags(after[path] ?? '')))).toBe(true);
    const lines = (after[path] ?? '').split('\n');
    let at = 0;
    for (const line of text.replace('env: []', 'env:').split('\n')) {
      at = lines.indexOf(line, at) + 1;
      if (at === 0) expect(after[path]).toContain(line);
    }
  }
  // The worker's variable holds the client's own field of the vault, and each of the others what it held.
  const names = resolveNames(registration, made.installation);
  const labels = [
    ...shape.clients.map(({ field }) => field),
    ...deliveredOf(names).map(({ vaultField }) => vaultField),
  ];
  const attrs = providersIn(after).get('Notice board') ?? {};
  const id = names.keptId === undefined ? 'board' : { tag: '!Env', argument: names.keptId.envVar };
  expect(attrs).toMatchObject({ client_id: id, client_secret: { tag: '!Env', argument: names.envVar } });
  for (const { envVar, vaultField } of deliveredOf(names)) expect(labelOf(after, envVar, labels)).toBe(vaultField);
  for (const { variable } of shape.clients)
    expect(labelOf(after, variable, labels)).toBe(labelOf(files, variable, labels));
  // Twice is once, and the way back gives every byte.
  expect(await planned(made, registration, after)).toEqual(after);
  const back: Record<string, string> = { ...after };
  for (const { path, after: text } of planFileRemovals(inputOf(made, registration, after))) {
    if (text === null) delete back[path];
    else back[path] = text;
  }
  expect(back).toEqual(files);
}

/** A section in a file of its own has tags that the plain reader does not know. */
function withoutTags(text: string): string {
  return text.replaceAll(/!(Env|Find|KeyOf|File)\b/g, '');
}

/** A change of a client that was adopted: one value, in its own entries, and back. */
function changes({ files, installation }: MadeRepository, shape: RepositoryShape, client: ClientShape): void {
  const read = (path: string): string | undefined => files[path];
  const standing = standingClients({ installation, read });
  const found = standing.clients.find(({ slug }) => slug === client.slug);
  if (found === undefined || whyNot(shape, client) !== undefined) return;
  const input = { client: client.slug, installation, paths: Object.keys(files), read };
  const { registration } = importStanding(input, standing, found);
  const moved = `${redirectOf(client)}/new`;
  const spec = { ...registration.spec, redirectUris: [moved] };
  // Of an application that lets everybody in no registration says the mode: what stands is kept, as in a plan.
  const change = inputOf(
    { files, installation },
    checkRegistration({ ...registration, spec }, 'test'),
    files,
    client.mode,
  );
  const text =
    client.grants || shape.style.merged
      ? change.blueprintText
      : change.blueprintText.replace(/^ +grant_types: .*\n/m, '');
  if (client.state === 'created') {
    // Authentik would pass over what stands already, so a change of it is refused.
    expect(() => planFileChanges({ ...change, blueprintText: text })).toThrow(RegistrarError);
    return;
  }
  const plans = planFileChanges({ ...change, blueprintText: text });
  const after = { ...files, ...Object.fromEntries(plans.map(({ path, after: now }) => [path, now])) };
  const updated = new Set(plans.filter(({ kind }) => kind === 'updated').map(({ entry }) => entry));
  expect([...updated]).toEqual([shape.sections === 'apart' ? 'configMap/0' : 'configMap']);
  const before = providersIn(files);
  for (const [name, attrs] of providersIn(after)) {
    const isOurs = name === client.providerName;
    const [uri] = attrs['redirect_uris'] as readonly { readonly url: string }[];
    if (isOurs) expect(uri?.url).toBe(moved);
    const { redirect_uris: _now, ...rest } = attrs;
    const { redirect_uris: _then, ...was } = before.get(name) ?? {};
    expect(isOurs ? rest : attrs).toEqual(isOurs ? was : before.get(name));
  }
  expect(Object.keys(sectionTexts(after))).toEqual(Object.keys(sectionTexts(files)));
  const origin = (entry: string, path: string): string | undefined => (updated.has(entry) ? files[path] : undefined);
  const undo = planFileRemovals({ ...change, blueprintText: text, read: (path) => after[path], origin }, (entry) =>
    updated.has(entry),
  );
  expect({ ...after, ...Object.fromEntries(undo.map(({ path, after: now }) => [path, now])) }).toEqual(files);
}

describe('repositories that people made by hand', () => {
  it(
    `are taken over as they stand, and edited in nothing but what is asked (seed ${SEED})`,
    { timeout: 1_800_000 },
    async () => {
      const pick = fc.tuple(repositories, fc.nat(2), fc.boolean());
      await fc.assert(
        fc.asyncProperty(pick, async ([shape, at, isNew]) => {
          const made = repositoryOf(shape);
          const client = shape.clients[at % shape.clients.length] as ClientShape;
          await adopts(made, shape, client);
          if (isNew) await takesNew(made, shape);
          else changes(made, shape, client);
        }),
        { numRuns: RUNS, seed: SEED },
      );
      const table = [...count]
        .toSorted(([, a], [, b]) => b - a)
        .map(([what, times]) => `${String(times).padStart(6)}  ${what}`);
      process.stdout.write(`\n${RUNS} repositories, seed ${SEED}\n${table.join('\n')}\n`);
      expect(count.get('adopted, nothing would change') ?? 0).toBeGreaterThan(RUNS / 4);
      expect(count.get('public and adopted, nothing would change') ?? 0).toBeGreaterThan(0);
    },
  );
});
