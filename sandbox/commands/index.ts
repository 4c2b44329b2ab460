import type { SandboxCommands } from '../../client/groups/sandboxPackage.ts';
import { demo } from './demo.ts';
import { controlSandbox, sandbox } from './sandbox.ts';

// Each by its name, for the command line loads this file by its place.
export { controlSandbox, demo, sandbox };

({ demo, sandbox, controlSandbox }) satisfies SandboxCommands;
