import test from 'ava';
import { createApi } from '@tagflow/http';
import { createDlrnClient, createRepositoryTree } from '../src/index.ts';
import { testBuilds } from './suite-builds.ts';
import { type Mode, type Suite, type SuiteDlrn, testEffects } from './suite-context.ts';
import { testMoves } from './suite-moves.ts';
import { testPromotions } from './suite-promotions.ts';
import { testReads } from './suite-reads.ts';
import { testVotes } from './suite-votes.ts';

export {
  failsWith,
  flipRecorder,
  type Mode,
  moveOf,
  setOfHash,
  stageOptions,
  type SuiteDlrn,
  testEffects,
} from './suite-context.ts';

/** The tests that every DLRN has to pass; each uses labels of its own. */
export function testClient(mode: Mode, start: () => Promise<SuiteDlrn>): void {
  let shared: Promise<Suite> | null = null;
  const open = (): Promise<Suite> =>
    (shared ??= start().then((dlrn) => {
      const api = createApi(testEffects);
      const credentials = { username: dlrn.username, password: dlrn.password };
      const client = createDlrnClient(api, { apiUrl: dlrn.apiUrl, credentials });
      return { dlrn, api, client, tree: createRepositoryTree(api, { reposUrl: dlrn.reposUrl, effects: testEffects }) };
    }));

  test.after.always(async () => {
    await (await shared?.catch(() => null))?.dlrn.close();
  });

  testReads(mode, open);
  testMoves(mode, open);
  testPromotions(mode, open);
  testVotes(mode, open);
  testBuilds(mode, open);
}
