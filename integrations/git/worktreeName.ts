import { RegistrarError } from '../../core/base/errors.ts';

/** A worktree's name becomes the name of a folder and of a file. Throws `BadInput` where it cannot. */
export function assertWorktreeName(name: string): void {
  if (/^[\w-][\w.-]*$/.test(name)) return;
  throw new RegistrarError({
    system: 'Git',
    kind: 'BadInput',
    message: `"${name}" is no name for a worktree`,
    remedy: 'Use letters, digits, ".", "_" and "-".',
  });
}
