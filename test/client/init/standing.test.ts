import { expect, it } from 'vitest';
import { standingIn } from '../../../client/init/finders/standing.ts';
import { renderBlueprint } from '../../../core/authentik/renderBlueprint.ts';
import { SECRET_DIALECTS } from '../../../core/authentik/secretDialects.ts';
import { newSecretName } from '../../../core/authentik/secretObject.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { sampleLayout } from '../../../sandbox/world/layout.ts';
import { clientNamed } from '../../fixtures/clients.ts';

const { installation: given } = await sampleLayout('manual');
const authentik = { ...given.authentik, allowVersions: ['2026.11'] };
const installation = installationSchema.parse({ ...given, authentik });
const registration = checkRegistration(clientNamed('tool'), 'test');
const names = resolveNames(registration, installation);

it.each([undefined, ...SECRET_DIALECTS])('a client tells the variable of its secret, kept by %o', (dialect) => {
  const name = newSecretName(registration, installation);
  const secretObject = dialect && { dialect, name };
  const authentikVersion = dialect === undefined ? '2026.8.0' : '2026.11.0';
  const { text } = renderBlueprint({ registration, installation, names, authentikVersion, secretObject });
  const [client] = standingIn({ sections: new Map([['tool.yaml', text]]) });
  expect(client).toMatchObject({ slug: names.slug, variable: names.envVar });
});
