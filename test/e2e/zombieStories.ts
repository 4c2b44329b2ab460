import type { Read } from './stopInside.ts';

/** Kinds of runs in which an activity can be met. */
export type Story =
  | 'register'
  | 'registerFails'
  | 'withdraw'
  | 'rotate'
  | 'rotateFails'
  | 'deregister'
  | 'deregisterFails';

/** Whether a run of this kind takes back what it did, without a cancel while it is at that. */
export function goesBack(story: Story): boolean {
  return story.endsWith('Fails') || story === 'withdraw';
}

/** Activities that write nothing, or nothing that matters afterwards, and why. */
export const HARMLESS: Readonly<Record<string, string>> = {
  describeInstallation: 'reads',
  diagnose: 'reads; asks for rights by dry runs and reviews, which change nothing',
  preflightBeforeTurn: 'reads',
  preflight: 'reads; asks Argo CD to compare again, which changes nothing',
  planChange: 'reads',
  renewPods: 'makes new pods, and once more does no harm: test/worker/lateWrites.test.ts holds the write',
  awaitDeployed: 'reads',
  verifyRegistration: 'reads',
  awaitMerge: 'reads',
  notify: 'tells people what was so when it was sent',
  leftInAuthentik: 'reads',
  planRemoval: 'reads',
  verifyRemoval: 'reads',
  listClients: 'reads',
  checkBasis: 'reads',
  checkGit: 'reads',
  checkCluster: 'reads',
  checkAuthentik: 'reads',
  checkSecret: 'reads',
  checkRuns: 'reads',
  preflightRotation: 'reads',
  testSecret: "reads, and revokes a token that is nobody's",
  probeConsumer: 'runs a command of the installation that only looks',
  reconcileSchedule:
    'reads Temporal alone, where no stand-in can stop it: test/worker/lateWrites.test.ts holds its writes',
};

/** The story in which each activity that writes is met, by the sample layout that has it. */
export const MET = {
  manual: {
    acquireTurn: 'register',
    generateSecret: 'register',
    storeSecret: 'register',
    patchExternalSecret: 'register',
    syncBlueprint: 'register',
    pollBlueprintStatus: 'register',
    renderAnsibleFiles: 'register',
    landChange: 'register',
    cleanUp: 'register',
    undoSyncBlueprint: 'registerFails',
    undoPatchExternalSecret: 'registerFails',
    undoStoreSecret: 'registerFails',
    undoGenerateSecret: 'registerFails',
    deleteRunBranch: 'registerFails',
    releaseTurn: 'registerFails',
    createSecret: 'rotate',
    setSecret: 'rotate',
    applyAtConsumer: 'rotate',
    finishRotation: 'rotate',
    restoreSecret: 'rotateFails',
    restoreConsumer: 'rotateFails',
    undoCreateSecret: 'rotateFails',
    takeOutBlueprint: 'deregister',
    takeOutExternalSecret: 'deregister',
    removeApplication: 'deregister',
    removeAccounts: 'deregister',
    retireSecret: 'deregister',
    undoTakeOutBlueprint: 'deregisterFails',
    undoTakeOutExternalSecret: 'deregisterFails',
    undoRemoveApplication: 'deregisterFails',
  },
  consumers: {
    deliverToConsumers: 'register',
    undoDeliverToConsumers: 'registerFails',
    takeFromConsumers: 'deregister',
    undoTakeFromConsumers: 'deregisterFails',
  },
  /** Where changes land first there is something to revert. */
  auto: { revertChange: 'registerFails' },
  /** The layout `manual` where changes land by a pull request. */
  forge: { settleLanding: 'withdraw' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Story>>>>;

/** The read on which a write hangs, where it is not the activity's first. */
export const READS: Readonly<Record<string, Read>> = {
  // Whether the instance must be made.
  syncBlueprint: { system: 'authentik', path: '/managed/blueprints/\\?' },
  // Whether our apply has ended.
  pollBlueprintStatus: { system: 'authentik', path: '/managed/blueprints/\\?' },
  // What the branch holds, once the clusters have been looked at.
  renderAnsibleFiles: { system: 'git' },
  // The item of which the write is made, after one for what is to be written.
  setSecret: { system: 'connect', skip: 1 },
  finishRotation: { system: 'connect', skip: 1 },
  restoreSecret: { system: 'connect', skip: 1 },
  undoCreateSecret: { system: 'connect', skip: 1 },
  retireSecret: { system: 'connect', skip: 1 },
  // Whether the object is as we deployed it, once it is known to hold our change.
  undoSyncBlueprint: { system: 'kubernetes/edge', path: '/configmaps/', skip: 1 },
  undoPatchExternalSecret: { system: 'kubernetes/edge', path: '/externalsecrets/', skip: 1 },
  undoTakeOutBlueprint: { system: 'kubernetes/edge', path: '/configmaps/', skip: 1 },
  undoTakeOutExternalSecret: { system: 'kubernetes/edge', path: '/externalsecrets/', skip: 1 },
  // Who uses the object that is to be deleted.
  removeApplication: { system: 'authentik', path: '/used_by/' },
  // The same, after the looks at account and group by which all is planned.
  removeAccounts: { system: 'authentik', path: '/used_by/', skip: 2 },
  // What the consumer's cluster holds, once Authentik's is known to hold our change.
  deliverToConsumers: { system: 'kubernetes/hub', path: '/externalsecrets/' },
  undoDeliverToConsumers: { system: 'kubernetes/hub', path: '/externalsecrets/' },
  undoTakeFromConsumers: { system: 'kubernetes/hub', path: '/externalsecrets/' },
  // Whether the change was taken back, once it is known that it has landed.
  revertChange: { system: 'git', skip: 1 },
  // Whether the pull request is open.
  settleLanding: { system: 'forge' },
};
