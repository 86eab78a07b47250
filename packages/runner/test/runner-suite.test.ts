import { commandRig } from './command-rig.ts';
import { memoryRig } from './memory-ci.ts';
import { runnerSuite } from './runner-suite.ts';

runnerSuite('command', commandRig);
runnerSuite('remote', () => memoryRig());
