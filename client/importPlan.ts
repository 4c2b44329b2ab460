import { CannotEdit } from '../core/edits/yaml/yamlDocument.ts';
import { RegistrarError, refused } from '../core/base/errors.ts';
import { Several } from '../core/base/several.ts';
import { withoutSecrets } from '../core/changes/withoutSecrets.ts';
import { checkRegistration } from '../core/installation/readFiles.ts';
import { importStanding, registrationText, type ImportInput } from '../core/import/importClient.ts';
import type { StandingClient, StandingClients } from '../core/import/clients.ts';
import type { FileTexts } from '../core/plan/unifiedDiff.ts';
import { unifiedDiff } from '../core/plan/unifiedDiff.ts';
import { vaultOf } from '../core/vault/vaults.ts';
import { filePlan } from './filePlan.ts';
import type { RepositoryTexts } from './workingCopy.ts';

/** A client of the repository that was read, with what a run of its registration would come to. */
export interface ImportedClient {
  readonly client: StandingClient;
  /** The registration file. */
  readonly text: string;
  /** Why the registration cannot be used yet. */
  readonly refusal?: string;
  /** Lines of files that a run would change: removed and added ones. */
  readonly lines: number;
}

export interface ImportedFrom {
  readonly input: ImportInput;
  readonly standing: StandingClients;
  readonly files: RepositoryTexts;
  readonly authentik?: string | undefined;
}

/** Reads one client and plans its registration over the same files, so that what is announced is what a run would do. */
export async function importWithPlan(
  { input, standing, files, authentik }: ImportedFrom,
  client: StandingClient,
): Promise<ImportedClient> {
  const { registration, notes, unsure } = importStanding(input, standing, client);
  try {
    if (unsure !== undefined) throw refusedItem(unsure, input.installation);
    const checked = checkRegistration(registration, `${input.installation.gitops.registrations}/${input.client}.yaml`);
    const asked = { registration: checked, installation: input.installation, files, authentik };
    const { plan, files: changed } = await filePlan(asked);
    const changes = changed.map((file) => ({ path: file.path, lines: changedLines(file) }));
    const announced = changes.map(({ path, lines }) =>
      [`a run would change ${path}:`, ...lines.map((line) => `  ${line}`)].join('\n'),
    );
    const outcome = announced.length === 0 ? ['nothing would change: a plan of this registration is empty'] : announced;
    // That no consumer is named an import has said in words of its own.
    const warnings = plan.warnings.filter((warning) => !warning.startsWith('no consumer:'));
    const text = registrationText(registration, [...notes, ...warnings, ...outcome]);
    return { client, text, lines: changes.reduce((sum, { lines }) => sum + lines.length, 0) };
  } catch (error) {
    if (!(error instanceof RegistrarError) && !(error instanceof CannotEdit)) throw error;
    const problems = error instanceof Several ? error.problems : [error];
    const told = problems.flatMap((each) => [
      `not yet usable: ${withoutSecrets(each.message)}`,
      ...(each instanceof RegistrarError ? [withoutSecrets(each.remedy)] : []),
    ]);
    return {
      client,
      text: registrationText(registration, [...notes, ...told]),
      refusal: problems.map(({ message }) => inShort(withoutSecrets(message))).join('; '),
      lines: 0,
    };
  }
}

function refusedItem(message: string, installation: ImportInput['installation']): RegistrarError {
  const { system, place } = vaultOf(installation, {});
  return refused(
    system,
    message,
    `Look for the field in each item: where it is in ${place} of registrar.yaml and in no later one, spec.vaultField is enough; name another one in spec.vaultItem, which policy.items must list; or give the key an entry of spec.data that names the item, and import again.`,
  );
}

/** A refusal for a row of a table: what an entry is and what it should be is left out of it. */
function inShort(message: string): string {
  return message.replace(/\. There:\n[^]*$/, '');
}

/** The lines that go and come, without those around them. */
function changedLines(file: FileTexts): readonly string[] {
  const diff = withoutSecrets(unifiedDiff(file, 0));
  return diff.split('\n').filter((line) => /^[-+](?!--|\+\+)/.test(line));
}
