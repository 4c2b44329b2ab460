import { expect, it } from 'vitest';
import { filePlan } from '../../client/filePlan.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { textsOf } from '../fixtures/texts.ts';

// A value that Flux puts in the place of a variable is written out in a registration.

const { files, installation } = await sampleLayout('manual');
const tool = clientNamed('tool');
const DOMAIN = 'hidden.example';
const asked = {
  ...tool,
  spec: { ...tool.spec, consumers: [], redirectUris: [`https://tool.${DOMAIN}/callback`] },
};

async function warned(beside: Readonly<Record<string, string>>, substitute: object | false = { DOMAIN }) {
  const plan = await filePlan({
    registration: checkRegistration(asked, 'test'),
    installation: installationSchema.parse({ ...installation, gitops: { ...installation.gitops, substitute } }),
    files: textsOf({ ...files, ...beside }),
  });
  return plan.plan.warnings.filter((each) => each.includes('hold in clear'));
}

it('is told where nothing else of the repository shows it', async () => {
  expect(await warned({})).toEqual([expect.stringContaining('${DOMAIN}')]);
  expect(await warned({ 'oidc-clients/tool.yaml': JSON.stringify(asked) }), 'its own file alone').toHaveLength(1);
});

it.each([
  ['another file shows it', { 'apps/other.yaml': `host: other.${DOMAIN}\n` }, { DOMAIN }],
  ['the registration holds it not', {}, { DOMAIN: 'other.example' }],
  ['it is as short as a word', {}, { PART: 'tool' }],
  ['nothing is substituted', {}, false],
] as const)('is not told where %s', async (_, beside, substitute) => {
  expect(await warned(beside, substitute)).toEqual([]);
});
