import { CannotEdit } from '../../core/edits/yaml/yamlDocument.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Installation } from '../../core/installation/installation.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { filePlan } from '../filePlan.ts';
import { RUN_REFUSES } from '../warningsOfFiles.ts';
import type { RepositoryTexts } from '../workingCopy.ts';

/** What an offline plan says of a first client in this installation: what it or a run refuses, and what it warns of. */
export interface Trial {
  readonly refusal?: string;
  readonly warnings: readonly string[];
}

/** A client that nobody has, for whom every object must be edited. */
const registration = checkRegistration(
  {
    apiVersion: 'oidc-registrar/v1',
    kind: 'OidcClient',
    metadata: { name: 'init-trial' },
    spec: {
      displayName: 'Init trial',
      redirectUris: ['https://init-trial.example.com/callback'],
      access: { groups: ['init-trial'] },
    },
  },
  'init',
);

/** Plans it over the files, so that what a first registration would be refused for is told at once. */
export async function trialOf(installation: Installation, files: RepositoryTexts): Promise<Trial> {
  try {
    const { plan } = await filePlan({ registration, installation, files });
    // What is about this client alone tells nothing of the installation.
    const ofAny = plan.warnings.filter((each) => !/^no consumer:|init-trial/.test(each));
    const refusals = ofAny.filter((each) => each.startsWith(RUN_REFUSES));
    const warnings = ofAny.filter((each) => !refusals.includes(each));
    return { ...(refusals.length === 0 ? {} : { refusal: refusals.join('\n') }), warnings };
  } catch (error) {
    if (!(error instanceof RegistrarError) && !(error instanceof CannotEdit)) throw error;
    const remedy = error instanceof RegistrarError ? `\n${error.remedy}` : '';
    return { refusal: `${error.message}${remedy}`, warnings: [] };
  }
}
