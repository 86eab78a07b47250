import { decisionSuite } from './decision-suite.ts';
import { sqliteStage } from './stage.ts';

decisionSuite('SQLite', sqliteStage);
