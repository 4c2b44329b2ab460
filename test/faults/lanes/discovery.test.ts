import { describeInstallation } from '../lane.ts';

describeInstallation('discovery');
