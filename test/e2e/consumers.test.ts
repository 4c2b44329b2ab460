import { describeConsumers, neverReady } from './consumersLife.ts';

describeConsumers({}, neverReady);
