import { describe, expect, test } from 'vitest';
import { withLiveSubstitution } from '../../../activities/state/fluxSubstitution.ts';
import type { Deps } from '../../../activities/deps.ts';
import { RegistrarError, type ErrorKind } from '../../../core/base/errors.ts';
import { testFlux, type TestFlux } from '../../fixtures/fakeFlux.ts';

function setup(postBuild: object | undefined, configured?: object | false, forceSyncMs = 0) {
  const world = testFlux(() => '');
  if (postBuild !== undefined) world.kustomization.spec['postBuild'] = postBuild;
  const installation = {
    gitops: { substitute: configured },
    timings: { forceSyncMs },
    authentik: { kustomization: 'apps' },
  };
  return { world, deps: { installation, flux: world.flux } as unknown as Deps };
}

const substituteOf = async (deps: Deps) => (await withLiveSubstitution(deps)).installation.gitops.substitute;
const map = (name: string, optional = false) => ({ kind: 'ConfigMap', name, optional });
const secret = { kind: 'Secret', name: 'secrets' };

describe('what a run takes for substituted', () => {
  const maps = (world: TestFlux): void => {
    world.configMaps['flux-system/one'] = { A: 'one', B: 'one', C: 'of\ntwo lines' };
    world.configMaps['flux-system/two'] = { B: 'two' };
  };

  test.each<[string, object | undefined, object | false | undefined, object | false | undefined]>([
    ['nothing without postBuild', undefined, undefined, false],
    ['nothing without any variable, whatever the defaults', { substitute: {} }, undefined, false],
    ['defaults without any variable, where Flux is told to', { substituteStrategy: 'Always' }, undefined, {}],
    ['the values of the Kustomization', { substitute: { A: 'x' } }, undefined, { A: 'x' }],
    [
      'those of its ConfigMaps, the later before the earlier',
      { substituteFrom: [map('one'), map('two')] },
      undefined,
      { A: 'one', B: 'two', C: 'oftwo lines' },
    ],
    [
      'its own before those',
      { substituteFrom: [map('one')], substitute: { A: 'own' } },
      undefined,
      { A: 'own', B: 'one', C: 'oftwo lines' },
    ],
    ['none of a ConfigMap that is absent', { substituteFrom: [map('absent', true)] }, undefined, false],
    ['nobody knows what, with a Secret alone', { substituteFrom: [secret] }, undefined, undefined],
    ['what stands after a Secret', { substituteFrom: [map('one'), secret, map('two')] }, undefined, { B: 'two' }],
    ['what registrar.yaml says of a Secret', { substituteFrom: [secret] }, { A: 'said' }, { A: 'said' }],
    ['nothing, where registrar.yaml says so', { substitute: { A: 'x' } }, false, false],
  ])('%s', async (_name, postBuild, configured, expected) => {
    const { world, deps } = setup(postBuild, configured);
    maps(world);
    expect(await substituteOf(deps)).toEqual(expected);
  });

  test('is untold where a ConfigMap may not be read', async () => {
    const { world, deps } = setup({ substituteFrom: [map('one')] });
    world.configMaps['flux-system/one'] = error('Unauthorized');
    expect(await substituteOf(deps)).toBeUndefined();
  });
});

describe('a reading', () => {
  test('is good for a while, then made anew', async () => {
    const { world, deps } = setup({ substitute: { A: 'x' } }, undefined, 60_000);
    expect(await withLiveSubstitution(deps)).toBe(await withLiveSubstitution(deps));
    world.kustomization.spec['postBuild'] = { substitute: { A: 'y' } };
    expect(await substituteOf(deps)).toEqual({ A: 'x' });
    const other = setup({ substitute: { A: 'x' } });
    await withLiveSubstitution(other.deps);
    other.world.kustomization.spec['postBuild'] = { substitute: { A: 'y' } };
    expect(await substituteOf(other.deps)).toEqual({ A: 'y' });
  });

  test('that fails leaves the last one in force, and is an error where there was none', async () => {
    const { world, deps } = setup({ substituteFrom: [map('one')] });
    world.configMaps['flux-system/one'] = error('Unavailable');
    await expect(withLiveSubstitution(deps)).rejects.toMatchObject({ kind: 'Unavailable' });
    world.configMaps['flux-system/one'] = { A: 'x' };
    await withLiveSubstitution(deps);
    world.configMaps['flux-system/one'] = error('Unavailable');
    expect(await substituteOf(deps)).toEqual({ A: 'x' });
  });

  test('of a Kustomization that is not there changes nothing: what asks for it says so', async () => {
    const { deps } = setup(undefined, { A: 'said' });
    const absent = { ...deps, installation: { ...deps.installation, authentik: { kustomization: 'absent' } } } as Deps;
    expect(await withLiveSubstitution(absent)).toBe(absent);
  });

  test('is none where Flux does not deploy', async () => {
    const deps = { installation: { authentik: {}, gitops: {} } } as unknown as Deps;
    expect(await withLiveSubstitution(deps)).toBe(deps);
  });
});

function error(kind: ErrorKind): RegistrarError {
  return new RegistrarError({ system: 'Kubernetes', kind, message: 'no', remedy: 'no' });
}
