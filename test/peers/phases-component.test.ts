import { testPhases } from './phases-suite.ts';

testPhases('component');
