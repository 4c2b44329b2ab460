import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { planOffline } from '../../client/commands/planOffline.ts';
import { clientOf } from '../e2e/deployers/client.ts';
import { SERVED } from '../e2e/deployers/lives.ts';
import { JOBS } from '../e2e/deployers/settings.ts';
import { layoutOf } from '../e2e/deployers/worlds.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { workingCopy } from '../fixtures/gitApply.ts';

// Of the token's role no file tells.
const settings = SERVED.filter(({ mode }) => mode === 'apply');

it.each(settings)('$deployer, $land, $landBy, $delivery: a plan is made of files alone', async (setting) => {
  const { files, installation } = await layoutOf(setting);
  const { registration } = clientOf(setting, JOBS);
  const folder = await temporaryFolder();
  const [file, asked] = [path.join(folder, 'registrar.yaml'), path.join(folder, 'lived.yaml')];
  const gitops = { ...installation.gitops, landBy: setting.landBy };
  await writeFile(file, stringify({ ...installation, gitops }));
  await writeFile(asked, stringify(registration));
  const repo = await workingCopy(files);

  const { plan } = await planOffline({ client: undefined, registration: asked, repo, installation: file });

  const { externalSecret, deployment } = installation.authentik;
  const paths = plan.files.map((each) => each.path);
  expect(paths).toContain(externalSecret.file);
  // A variable of its own, or a file of its own where the volume lists them, as that of this sample does.
  const listed = setting.delivery === 'file' && installation.gitops.branch === 'trunk';
  expect(paths.includes(deployment.file)).toBe(setting.delivery === 'env' || listed);
});
