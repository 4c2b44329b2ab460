import { DefaultFailureConverter } from '@temporalio/common';

/** Puts what a failure says into a payload, which a codec then encodes as it does all others. By this name Temporal's SDK takes it. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
