import type { Moment } from './stopInside.ts';

/** Kinds of runs in which an activity can be met. */
export type Story =
  | 'register'
  | 'registerFails'
  | 'withdraw'
  | 'rotate'
  | 'rotateFails'
  | 'deregister'
  | 'deregisterFails';

/** Activities that write nothing, or nothing that matters afterwards, and why. */
export const HARMLESS: Readonly<Record<string, string>> = {
  describeInstallation: 'reads',
  preflight: 'reads; asks Argo CD to compare again, which changes nothing',
  planChange: 'reads',
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
export const READS: Readonly<Record<string, Moment['read']>> = {
  // Whether the instance must be made.
  syncBlueprint: { system: 'authentik', path: '/managed/blueprints/\\?' },
};

/** Of {@link MET}, those that nobody has seen to end well yet. */
export const NOT_YET: Readonly<Record<string, string>> = {
  storeSecret: 'written, waits for its first run',
  pollBlueprintStatus: 'written, waits for its first run',
  landChange: 'written, waits for its first run',
  cleanUp: 'written, waits for its first run',
  undoSyncBlueprint:
    'the undo gave up on the second worker; to be run again now that its timers and its fetch are mended',
  undoPatchExternalSecret: 'written, waits for its first run',
  undoStoreSecret: 'written, waits for its first run',
  undoGenerateSecret: 'written, waits for its first run',
  deleteRunBranch: 'written, waits for its first run',
  releaseTurn: 'written, waits for its first run',
  createSecret: 'written, waits for its first run',
  setSecret: 'written, waits for its first run',
  applyAtConsumer: 'written, waits for its first run',
  finishRotation: 'written, waits for its first run',
  restoreSecret: 'written, waits for its first run',
  restoreConsumer: 'written, waits for its first run',
  undoCreateSecret: 'written, waits for its first run',
  takeOutBlueprint: 'written, waits for its first run',
  takeOutExternalSecret: 'written, waits for its first run',
  removeApplication: 'written, waits for its first run',
  removeAccounts: 'written, waits for its first run',
  retireSecret: 'written, waits for its first run',
  undoTakeOutBlueprint: 'written, waits for its first run',
  undoTakeOutExternalSecret: 'written, waits for its first run',
  undoRemoveApplication: 'written, waits for its first run',
  undoDeliverToConsumers:
    'the undo gave up on the second worker; to be run again now that its timers and its fetch are mended',
  takeFromConsumers: 'written, waits for its first run',
  undoTakeFromConsumers: 'written, waits for its first run',
};
