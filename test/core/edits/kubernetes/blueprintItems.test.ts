import { describe, expect, it } from 'vitest';
import {
  addBlueprintItem,
  blueprintMountIn,
  removeBlueprintItem,
  type BlueprintItem,
} from '../../../../core/edits/kubernetes/blueprintItems.ts';
import { bothWays } from '../bothWays.ts';

const edit = { add: addBlueprintItem, remove: removeBlueprintItem };
const wanted: BlueprintItem = {
  name: 'worker',
  container: 'worker',
  configMap: 'blueprints',
  mountedAs: 'custom',
  key: 'wiki.yaml',
};

const MOUNT = '- { name: own, mountPath: /blueprints/custom }';

function deployment(volume: string, mount = MOUNT): string {
  return `kind: Deployment
metadata: { name: worker }
spec:
  template:
    spec:
      containers:
        - name: proxy
        - name: worker
          volumeMounts:
            ${mount}
      volumes:
        - name: media
          emptyDir: {}
        - name: own
${volume}`;
}

const items = `          configMap:
            name: blueprints
            items:
              - key: recipes.yaml
                path: recipes.yaml
`;

describe('a volume that names the sections which it brings', () => {
  it('gets an item for the new one', () => {
    expect(bothWays(edit, deployment(items), wanted)).toBe(
      deployment(`${items}              - key: wiki.yaml\n                path: wiki.yaml\n`),
    );
  });

  it('may be projected from several objects', () => {
    const projected = `          projected:
            sources:
              - secret: { name: x }
              - configMap:
                  name: blueprints
                  items:
                    - path: recipes.yaml
                      key: recipes.yaml
`;
    expect(bothWays(edit, deployment(projected), wanted)).toBe(
      deployment(`${projected}                    - path: wiki.yaml\n                      key: wiki.yaml\n`),
    );
  });

  it.each(['global.env', 'worker.env'])('may stand in the values of a chart, whose list is %s', (valuesPath) => {
    const before = `worker:
  volumes:
    - name: own
      configMap:
        name: blueprints
        items:
          - { key: recipes.yaml, path: recipes.yaml }
global:
  volumeMounts:
    ${MOUNT.replace('custom', 'custom/')}
`;
    const made = '          - { key: wiki.yaml, path: wiki.yaml }\n';
    expect(bothWays(edit, before, { ...wanted, valuesPath })).toBe(before.replace('global:', `${made}global:`));
  });

  it('is not changed where it has the section under another name, or another one under its name', () => {
    const other = items.replace('path: recipes.yaml', 'path: wiki.yaml');
    expect(addBlueprintItem(deployment(other), wanted)).toMatchObject({
      kind: 'refused',
      reason: 'another item of the volume has the path wiki.yaml',
    });
    const renamed = items.replace('key: recipes.yaml', 'key: wiki.yaml');
    expect(addBlueprintItem(deployment(renamed), wanted)).toMatchObject({ kind: 'different' });
  });
});

describe('the worker has', () => {
  const whole = '          configMap: { name: blueprints }\n';
  const chart = (list: string): string => `blueprints:\n  configMaps: ${list}\nworker: { replicas: 1 }\n`;
  const values = { ...wanted, valuesPath: 'worker.env', mountedAs: 'mounted/cm-blueprints' };

  it.each<[string, string, BlueprintItem, object]>([
    ['every section where the ConfigMap is mounted whole', deployment(whole), wanted, { kind: 'whole' }],
    [
      'who knows what in a patch without volumes',
      deployment(whole).split('      volumes')[0] ?? '',
      wanted,
      { kind: 'unknown' },
    ],
    ['every section of what the chart mounts', chart('[other, blueprints]'), values, { kind: 'whole' }],
    ['who knows what where the values name no list', 'worker: { replicas: 1 }\n', values, { kind: 'unknown' }],
    [
      'who knows what where the chart mounts it elsewhere',
      chart('[]'),
      { ...values, mountedAs: 'custom' },
      { kind: 'unknown' },
    ],
    [
      'in a HelmRelease what its values say',
      'kind: HelmRelease\nspec: { values: { blueprints: { configMaps: [blueprints] }, worker: {} } }\n',
      { ...values, valuesPath: 'spec.values.worker.env' },
      { kind: 'whole' },
    ],
  ])('%s', (_, text, of, mount) => {
    expect(blueprintMountIn(text, of)).toEqual(mount);
    expect(addBlueprintItem(text, of)).toEqual({ kind: 'alreadyThere', text });
    expect(removeBlueprintItem(text, of)).toEqual({ kind: 'alreadyThere', text });
  });

  it.each<[string, string, BlueprintItem, string, string]>([
    [
      'nothing in the folder where another one is mounted',
      deployment(whole, MOUNT.replace('custom', 'other')),
      wanted,
      'wiki.yaml would never be mounted: it mounts ConfigMap blueprints at /blueprints/other, not at /blueprints/custom, which authentik.blueprints.mountedAs of registrar.yaml names',
      'mountPath: /blueprints/custom',
    ],
    [
      'single files, by subPath',
      deployment(whole, '- { name: own, mountPath: /blueprints/custom/recipes.yaml, subPath: recipes.yaml }'),
      wanted,
      'wiki.yaml would never be mounted: it mounts ConfigMap blueprints with subPath, key by key, which never follows a change',
      'mountPath: /blueprints/custom',
    ],
    [
      'nothing of a ConfigMap that the chart does not mount',
      chart('[other]'),
      values,
      'wiki.yaml would never be mounted: its blueprints.configMaps does not name ConfigMap blueprints',
      'configMaps:\n    - blueprints',
    ],
  ])('%s, which is refused', (_, text, of, reason, byHand) => {
    expect(addBlueprintItem(text, of)).toEqual({
      kind: 'refused',
      reason,
      addByHand: expect.stringContaining(byHand) as string,
    });
    expect(removeBlueprintItem(text, of)).toEqual({ kind: 'alreadyThere', text });
  });
});
