import { testClient } from './client-suite.ts';
import { startLab } from './lab.ts';

testClient('component', () => startLab('component', 'H'));
