import { describe } from 'vitest';
import { describeConsumers } from '../e2e/consumersLife.ts';
import { withServerSideApply } from '../fixtures/transformed.ts';
import { REAL } from './backends.ts';
import { refuseSecret } from './failStep.ts';

// On the stand-ins it runs with the end-to-end tests.
describe.skipIf(REAL === undefined)('on real clusters, a service with an ExternalSecret of its own,', () => {
  describe('applied by the client', () => describeConsumers(REAL?.options ?? {}, refuseSecret));
  describe('applied by the server', async () => {
    const layout = await withServerSideApply('consumers');
    describeConsumers({ ...REAL?.options, layout }, refuseSecret);
  });
});
