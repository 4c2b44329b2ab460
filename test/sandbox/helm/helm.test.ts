import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { authentikChart } from '../../../sandbox/helm/authentikChart.ts';
import { sampleLayout } from '../../../sandbox/world/layout.ts';
import { World } from '../../../sandbox/world/world.ts';
import { temporaryFolder } from '../../fixtures/clusters.ts';

interface Rendered {
  readonly containers: readonly { readonly env: unknown; readonly envFrom: unknown; readonly volumeMounts: unknown }[];
  readonly volumes: unknown;
}

function worker(values: Parameters<typeof authentikChart>[1]): Rendered {
  const objects = authentikChart({ name: 'authentik', namespace: 'identity' }, values);
  return objects.find(({ metadata }) => metadata.name === 'authentik-worker')?.['spec'].template.spec as Rendered;
}

describe("the chart's worker", () => {
  const source = (name: string) => ({ secretRef: { name } });

  it('has the chart’s own Secret first, then what is global, then what is its own', () => {
    const values = {
      global: { env: [{ name: 'A' }], envFrom: [source('global')] },
      worker: { env: [{ name: 'B' }], envFrom: [source('own')] },
      server: { env: [{ name: 'C' }] },
    };
    expect(worker(values).containers[0]).toMatchObject({
      env: [{ name: 'A' }, { name: 'B' }],
      envFrom: [source('authentik'), source('global'), source('own')],
    });
  });

  it('has an existing Secret in the place of its own, or none', () => {
    expect(worker({ authentik: { existingSecret: { secretName: 'mine' } } }).containers[0]?.envFrom).toEqual([
      source('mine'),
    ]);
    expect(worker({ authentik: { enabled: false } }).containers[0]?.envFrom).toEqual([]);
  });

  it('mounts the ConfigMaps of blueprints under their names', () => {
    const rendered = worker({ blueprints: { configMaps: ['apps'] } });
    expect(rendered.containers[0]?.volumeMounts).toEqual([
      { name: 'blueprints-cm-apps', mountPath: '/blueprints/mounted/cm-apps' },
    ]);
    expect(rendered.volumes).toEqual([{ name: 'blueprints-cm-apps', configMap: { name: 'apps' } }]);
  });
});

describe('the sample that Flux and Helm deploy', () => {
  it('comes to rest with the secrets of the vault in Authentik, and is upgraded where its values change alone', async () => {
    const layout = await sampleLayout('helm');
    const world = await World.start({ layout, dir: path.join(await temporaryFolder(), 'world') });
    onTestFinished(() => world.destroy());
    await world.settled();
    const { fields } = world.connect.item(world.installation.vault.itemId);
    const secret = (label: string) => fields.find((field) => field.label === label)?.value;
    expect(world.authentik.database.rows.providers.map((row) => [row.client_id, row.client_secret])).toEqual([
      ['grafana', secret('GRAFANA_CLIENT_SECRET')],
      ['paperless', secret('PAPERLESS_CLIENT_SECRET')],
    ]);

    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'identity', name: 'authentik-worker' };
    const annotations = { 'kubectl.kubernetes.io/restartedAt': 'by hand' };
    await world.cluster.mergePatch(deployment, { spec: { replicas: 3, template: { metadata: { annotations } } } });
    await world.repository.commitAs('somebody', { 'README.md': 'Nothing of Authentik' }, 'Say less');
    await world.settled();
    expect((await world.cluster.get(deployment))?.['spec'].replicas).toBe(3);

    const { file } = world.installation.authentik.deployment;
    const text = (await world.repository.read(file)).replace('replicas: 2', 'replicas: 1');
    await world.repository.commitAs('somebody', { [file]: text }, 'One worker');
    await world.settled();
    const after = (await world.cluster.get(deployment))?.['spec'];
    expect([after.replicas, after.template.metadata.annotations]).toEqual([1, annotations]);
  });
});
