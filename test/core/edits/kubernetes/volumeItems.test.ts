import { describe, expect, it } from 'vitest';
import { addVolumeItem, removeVolumeItem, type VolumeItem } from '../../../../core/edits/kubernetes/volumeItems.ts';
import { bothWays, crlf } from '../bothWays.ts';

const edit = { add: addVolumeItem, remove: removeVolumeItem };
const wanted: VolumeItem = {
  name: 'worker',
  container: 'worker',
  secretName: 'authentik',
  folder: '/client-secrets',
  key: 'zot-client-secret',
};

/** A Deployment whose worker mounts the Secret as these lines of the volume say. */
function deployment(volume: string, mount = 'mountPath: /client-secrets'): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
spec:
  template:
    spec:
      containers:
        - name: proxy
        - name: worker
          volumeMounts:
            - name: blueprints
              mountPath: /blueprints/custom
            - name: secrets
              ${mount}
      volumes:
        - name: blueprints
          configMap: {name: blueprints}
        - name: secrets
${volume}        - name: cache
          emptyDir: {}
`;
}

const ITEMS = `          secret:
            secretName: authentik
            items:
              # The wiki came first.
              - key: "wiki-client-secret"
                path: "wiki-client-secret"
`;
const WHOLE = `          secret:
            secretName: authentik
`;

describe('an item of a Secret that is mounted as a volume', () => {
  it('is added after the last one, in its style', () => {
    const [start, end] = deployment(ITEMS).split('        - name: cache') as [string, string];
    expect(bothWays(edit, deployment(ITEMS), wanted)).toBe(`${start}              - key: "zot-client-secret"
                path: "zot-client-secret"
        - name: cache${end}`);
  });

  it('is added in plain lines where the neighbour has a mode, and keeps the line breaks of Windows', () => {
    const before = crlf(deployment(`${ITEMS}                mode: 0400\n`));
    expect(bothWays(edit, before, wanted)).toContain(
      crlf('mode: 0400\n              - key: zot-client-secret\n                path: zot-client-secret\n'),
    );
  });

  it('is not needed where the whole Secret is mounted', () => {
    const text = deployment(WHOLE);
    expect(addVolumeItem(text, wanted)).toEqual({ kind: 'alreadyThere', text });
    expect(removeVolumeItem(text, wanted)).toEqual({ kind: 'alreadyThere', text });
  });

  it('that is there with another path is different, and is not taken out', () => {
    const text = deployment(`${ITEMS}              - key: zot-client-secret\n                path: zot\n`);
    const different = { kind: 'different', found: '{"key":"zot-client-secret","path":"zot"}' };
    expect(addVolumeItem(text, wanted)).toMatchObject(different);
    expect(removeVolumeItem(text, wanted)).toMatchObject(different);
  });

  it.each<[string, string, string]>([
    [
      'nothing is mounted at the folder',
      deployment(WHOLE, 'mountPath: /elsewhere'),
      'Deployment worker: its container worker mounts nothing at /client-secrets',
    ],
    [
      'the mount has a subPath',
      deployment(WHOLE, 'mountPath: /client-secrets\n              subPath: zot-client-secret'),
      'Deployment worker: its container worker mounts /client-secrets with subPath, which the kubelet never refreshes',
    ],
    [
      'another Secret is mounted',
      deployment(WHOLE.replace('authentik', 'other')),
      'Deployment worker: its container worker mounts Secret other at /client-secrets, not authentik',
    ],
    [
      'the volume is none of a Secret',
      deployment('          emptyDir: {}\n'),
      'Deployment worker: what its container worker mounts at /client-secrets is no volume of a Secret',
    ],
  ])('is refused with the lines to add where %s', (_case, text, reason) => {
    const outcome = addVolumeItem(text, wanted);
    expect(outcome).toMatchObject({ kind: 'refused', reason });
    expect('addByHand' in outcome && outcome.addByHand).toContain('            secretName: authentik');
    expect(removeVolumeItem(text, wanted)).toEqual({ kind: 'alreadyThere', text });
  });

  it('is refused with its own lines where the list cannot be edited, or its path is taken', () => {
    const flow = deployment('          secret: {secretName: authentik, items: {key: a, path: a}}\n');
    expect(addVolumeItem(flow, wanted)).toMatchObject({
      kind: 'refused',
      addByHand: '                - key: zot-client-secret\n                  path: zot-client-secret',
    });
    const taken = deployment(`${ITEMS}              - key: other\n                path: zot-client-secret\n`);
    expect(addVolumeItem(taken, wanted)).toMatchObject({
      kind: 'refused',
      reason: 'another item of the volume has the path zot-client-secret',
    });
  });
});
