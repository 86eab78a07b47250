import { runAction } from '../../src/index.ts';
import { sampleAction } from './sample-action.ts';

await runAction(sampleAction);
