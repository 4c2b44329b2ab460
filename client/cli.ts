#!/usr/bin/env node
import { Command } from 'commander';
import { forgetEmptyVariables } from '../core/base/emptyVariables.ts';
import { asTyped } from './asTyped.ts';
import { addCheckCommands } from './groups/checks.ts';
import { addDoctorCommand } from './groups/doctor.ts';
import { addCompletionCommand } from './groups/completion.ts';
import { addFileCommands } from './groups/files.ts';
import { addInitCommand } from './groups/init.ts';
import { groupCommands, HELP } from './groups/inHelp.ts';
import { addRunCommands } from './groups/runs.ts';
import { addSandboxCommands } from './groups/sandbox.ts';
import { addScheduleCommands } from './groups/schedule.ts';
import { addCommonOptions } from './groups/common.ts';
import { tellError, tellUsage } from './output/tellError.ts';
import { hintOfNpm } from './takenByNpm.ts';

forgetEmptyVariables(process.env);
const asData = process.argv.includes('--json');

// Each command loads its code when it runs, so that --help is quick.
const program = new Command('oidc-registrar')
  .description(
    'Registers OIDC clients across vault, GitOps repository, clusters, Authentik and Ansible, as one durable job.',
  )
  .configureHelp(HELP)
  .configureOutput({
    writeOut: (text) => process.stdout.write(asTyped(text)),
    outputError: (text) => tellUsage(text, asData),
  })
  .addHelpText(
    'after',
    "\nTemporal is found as its own tools find it (TEMPORAL_ADDRESS), or is that of the sandbox that runs here. All of it can be done with Temporal's CLI alone; see docs/reference/workflows.md.",
  );

addCommonOptions(program);
addInitCommand(program);
addFileCommands(program);
addRunCommands(program);
addCheckCommands(program);
addDoctorCommand(program);
addScheduleCommands(program);
addSandboxCommands(program);
addCompletionCommand(program);
groupCommands(program);

try {
  process.stderr.write(hintOfNpm(program, process.argv.slice(2)) ?? '');
  await program.parseAsync();
} catch (error) {
  tellError(error, asData);
  process.exitCode = 1;
}
// A client library may keep a socket open; everything that was started has been stopped.
process.exit();
