import { enumerated, shellWord } from '../../core/base/words.ts';
import type { FileTexts } from '../../core/plan/unifiedDiff.ts';
import type { Installation } from '../../core/installation/installation.ts';
import type { NewFile } from '../init/deployFiles.ts';
import type { AnsibleRoots } from '../init/finders/ansible.ts';
import type { Found } from '../init/interview.ts';
import type { Trial } from '../init/trial.ts';
import { onLines } from './problems.ts';
import { heading } from './style.ts';

interface Report {
  readonly found: readonly Found[];
  readonly files: readonly NewFile[];
  /** Files that make a ConfigMap for clients. */
  readonly made: readonly FileTexts[];
  readonly trial: Trial;
  readonly ansible: AnsibleRoots;
  readonly installation: Installation;
  /** The working copy, as the person has named it; absent where it is the folder that they are in. */
  readonly repo?: string | undefined;
}

/** What was found and where, what is written, and what a person does next. */
export function initReport({ found, files, made, trial, ansible, installation, repo = '.' }: Report): string {
  const width = Math.max(...found.map(({ setting }) => setting.length));
  const roots = [...ansible.roles, ...ansible.playbooks];
  const lines = [
    heading('Found'),
    ...found.map(
      ({ setting, value, from }) =>
        `  ${setting.padEnd(width)}  ${value.startsWith(from) ? value : `${value}  (${from})`}`,
    ),
    ...(roots.length === 0 ? [] : [`  Ansible: ${enumerated(roots)}, which registrations name one by one`]),
    heading('Files'),
    ...files.map(({ path }) => `  ${path}`),
    ...made.map(({ path, before }) => `  ${path}${before === undefined ? '' : ' (added to)'}`),
    ...trialLines(trial),
    heading('Next'),
    `  look through registrar.yaml${made.length === 0 ? ' and commit it' : ', commit it and the new ConfigMap'} to ${installation.gitops.branch}`,
    '  what a registration would change, without any system:',
    `    oidc-registrar plan <client> --offline${repo === '.' ? '' : ` --repo ${shellWord(repo)}`}`,
    '  whether a worker reaches everything, and may do what it must:',
    '    oidc-registrar doctor',
    '  docs/how-to/first-client.md goes on from here',
  ];
  return `${lines.join('\n').trimStart()}\n`;
}

function trialLines({ refusal, warnings }: Trial): readonly string[] {
  const refused = [
    heading('A plan of a first client is refused (of an invented one, init-trial)'),
    ...onLines(refusal ?? '')
      .split('\n')
      .map((line) => `  ${line}`),
  ];
  return [
    ...(refusal === undefined ? [] : refused),
    ...(warnings.length === 0 ? [] : [heading('To look at'), ...warnings.map((each) => `  ${each}`)]),
  ];
}
