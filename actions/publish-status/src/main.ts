import { runAction } from '@tagflow/action-kit';
import { action } from './action.ts';

await runAction(action);
