import { ApplicationFailure } from '@temporalio/common';
import type { Job, Plan } from '../../core/run/job.ts';
import type { Standing } from './standing.ts';

/** What a run asks who reads everything and changes nothing. */
type Asked = Pick<Job, 'client' | 'changeId'> & { readonly input?: { readonly takeBack?: boolean } };

/** What is the same whatever is there of the client. */
interface Found {
  readonly plan: Plan;
  /** How its changes land, and whether anything is delivered. */
  readonly way: Pick<Job, 'landBy' | 'edits'>;
  /** Throws where another client is half done. */
  readonly assertNoOther: (client: string) => void;
}

export function preflight(standing: Standing, { client, changeId }: Asked, { plan, way, assertNoOther }: Found): Plan {
  const { change } = standing;
  if (change?.removes === true) throw refused(`a deregistration of ${client} is half done`);
  if (standing.isHalfRotated) throw ApplicationFailure.nonRetryable('a rotation is half done', 'HalfRotated');
  assertNoOther(client);
  const continued = change !== undefined && !standing.isDone;
  const job = { ...plan.job, ...way, client, changeId: change?.id ?? changeId, continued };
  if (!continued) standing.text.wanted = standing.text.asked;
  // What is through leaves its branch alone, which goes with this run.
  if (!continued && change !== undefined) change.completed = true;
  const asAsked = standing.isServed && standing.text.landed === standing.text.wanted;
  return { ...plan, job, unchanged: !continued && asAsked };
}

export function preflightRotation(standing: Standing, { client, changeId }: Asked, { plan }: Found): Plan {
  const { change, secret } = standing;
  if (change?.removes === true) throw refused(`a deregistration of ${client} is half done`);
  if (!standing.isDone) throw refused(`a change of ${client} is half done`);
  const stage = secret.previous > 0 ? 'set' : secret.next > 0 ? 'created' : 'fresh';
  if (!standing.made.has('field') || (stage === 'fresh' && !standing.isServed))
    throw refused(`${client} is not registered`);
  const job = { ...plan.job, client, changeId, stage, continued: stage !== 'fresh' };
  return { ...plan, job };
}

export function planRemoval(
  standing: Standing,
  { client, changeId, input }: Asked,
  { plan, way, assertNoOther }: Found,
): Plan {
  const { change, secret } = standing;
  const removal = plan.job.removal;
  if (removal === undefined) throw new TypeError('no removal');
  if (change?.removes === false && !standing.isDone) throw refused(`a registration of ${client} is half done`);
  if (change?.removes === false) change.completed = true;
  assertNoOther(client);
  if (secret.previous > 0) throw ApplicationFailure.nonRetryable('a rotation is half done', 'HalfRotated');
  const continued = change?.removes === true;
  const committed = continued && standing.isDone;
  if (committed && input?.takeBack === true) throw refused(`the deregistration of ${client} is past its point`);
  const job = {
    ...plan.job,
    ...way,
    client,
    changeId: change?.id ?? changeId,
    continued,
    removal: { ...removal, committed },
  };
  return { ...plan, job, unchanged: !continued && standing.isEmpty };
}

export function refused(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'Refused', { system: 'test', remedy: 'Run it.' });
}
