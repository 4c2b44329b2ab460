import type { World } from '../../sandbox/world/world.ts';

/** They decide about what a run proposes, once it has looked for that in vain. */
export class People {
  /** They do not want it. */
  closeIt = false;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** An attempt of an activity is about to begin. */
  async meet(activity: string, attempt: number): Promise<void> {
    if (activity !== 'awaitMerge' || attempt < 2) return;
    const { forge, repository } = this.#world;
    const open = forge?.pulls.rows.find(({ state }) => state === 'open');
    if (open !== undefined && this.closeIt) return forge?.pulls.close(open.number);
    const branch = (await repository.branches()).find((name) => name.startsWith('oidc-registrar-change/'));
    if (branch === undefined) return undefined;
    // One that the job could not open is decided by its branch.
    if (open === undefined && !this.closeIt) await repository.merge(branch, 'squash', { message: 'As reviewed' });
    if (open !== undefined) await forge?.pulls.merge(open.number, 'squash', { message: 'As reviewed' });
    await repository.deleteBranch(branch);
    return undefined;
  }
}
