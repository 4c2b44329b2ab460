import { deliveryOf } from '../kubernetes/delivery.ts';
import { withoutSecrets } from '../changes/withoutSecrets.ts';
import { own } from '../base/own.ts';
import { entryName } from '../changes/entry.ts';
import type { ChangeInput, FileEdit } from '../changes/fileEdit.ts';
import { editsOf } from '../changes/editsOf.ts';
import { deliveredOf } from '../names/delivered.ts';
import type { Names } from '../names/names.ts';
import { byRepair, type CheckReport, type Remedy, type Seen } from './finding.ts';

/** Whether every edit of a registration stands in the files, exactly as the job writes it or equal in meaning. */
export function compareFiles(client: string, input: ChangeInput): CheckReport {
  const current = new Map<string, string | undefined>();
  const findings: Seen[] = [];
  let present = false;
  for (const edit of editsOf(input)) {
    const text = current.has(edit.path) ? current.get(edit.path) : input.read(edit.path);
    if (text === undefined && !edit.mayCreate) {
      findings.push(drift(`the repository has no file ${edit.path}`, { remedy: 'Add the file, or correct its path.' }));
      continue;
    }
    const outcome = edit.add(text);
    if (outcome.kind === 'alreadyThere') present = true;
    // A further file that is gone was taken up by the repository's own rules, as a release takes up changelog fragments.
    if (outcome.kind === 'changed' && text === undefined && edit.entry.place === 'file') continue;
    if (outcome.kind === 'changed') {
      current.set(edit.path, outcome.text);
      findings.push(drift(`${edit.path} lacks ${labelOf(edit, input.names)}`, byRepair(client)));
    }
    if (outcome.kind === 'different' && edit.entry.place === 'file') continue;
    if (outcome.kind === 'different') {
      present = true;
      findings.push({
        ...drift(
          `${edit.path}: ${labelOf(edit, input.names)} is there but different`,
          text !== undefined && edit.update?.(text).kind === 'changed'
            ? byRepair(client)
            : byRepair(client, (command) => `Make it as wanted, or take it out and run: ${command}`),
        ),
        ...firstDifference(outcome.wanted, outcome.found),
      });
    }
    if (outcome.kind === 'refused')
      findings.push(
        drift(`${edit.path}: ${outcome.reason}`, {
          remedy: outcome.remedy ?? `Mend the file, or add by hand: ${outcome.addByHand}`,
        }),
      );
  }
  return { present, findings };
}

function drift(what: string, remedy: Remedy): Seen {
  return { system: 'Git', severity: 'drift', what, ...remedy };
}

function labelOf({ entry }: FileEdit, names: Names): string {
  const { blueprintKey } = (entry.index === undefined ? undefined : names.further?.[entry.index]) ?? names;
  // Of a public client nothing is delivered, and so no edit is of that.
  const value = deliveredOf(names)[entry.index ?? 0] ?? deliveredOf(names)[0] ?? names;
  const labels: Readonly<Record<string, string>> = {
    externalSecret: `the entry ${value.secretKey}`,
    deployment: deliveryOf(value).entry,
    configMap: `the section ${blueprintKey}`,
    generator: `the file ${blueprintKey} of the generator`,
    blueprintItem: `the item ${blueprintKey} in the volume of the blueprints`,
    template: 'the template of the credentials',
    roleTask: 'the task that writes the credentials',
    default: 'the empty default',
    preTasks: 'the pre_tasks that read the secret',
    consumerSecret: "the consumer's ExternalSecret",
    kustomization: "the entry of the consumer's ExternalSecret",
    file: 'the file of the registration',
  };
  return own(labels, entry.place) ?? entryName(entry);
}

/** The first line that differs; what people wrote may hold a secret in clear, which is masked. */
function firstDifference(wanted: string, found: string): { readonly expected: string; readonly found: string } {
  const [ours, theirs] = [withoutSecrets(wanted), withoutSecrets(found)].map((text) => text.split('\n'));
  const length = Math.max(ours?.length ?? 0, theirs?.length ?? 0);
  for (let at = 0; at < length; at += 1) {
    const [expected = '', there = ''] = [ours?.[at]?.trim(), theirs?.[at]?.trim()];
    if (expected !== there) return { expected, found: there };
  }
  return { expected: 'our own text', found: 'another text of the same lines' };
}
